#include "services/resource/claim/expense_claim.h"

#include <set>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/resource/v1/budget.pb.h"

namespace heitie::resource {

using v1::ExpenseClaim;

namespace {

const status::Reason kNotAnEmployee{absl::StatusCode::kPermissionDenied, "NOT_AN_EMPLOYEE", "Only employees claim expenses, not {name}.",
                                    "僅員工可報銷費用，{name} 不是員工。"};
const status::Reason kNotTheHolder{absl::StatusCode::kPermissionDenied, "NOT_THE_CLAIM_HOLDER", "{name} is in the hands of {holder}.",
                                   "{name} 由 {holder} 經手。"};
const status::Reason kOwnClaim{absl::StatusCode::kPermissionDenied, "OWN_CLAIM",
                               "Nobody decides about an own claim, or one that is in the own hands: {name}.",
                               "不得自行審核自己提出或經手的報銷：{name}。"};
const status::Reason kClaimInHand{absl::StatusCode::kFailedPrecondition, "CLAIM_IN_HAND",
                                  "{name} is not being written any more; it can be changed again once it is returned.",
                                  "{name} 已提交，退回後才能修改。"};
const status::Reason kClaimAgainstPolicy{absl::StatusCode::kFailedPrecondition, "CLAIM_AGAINST_POLICY",
                                         "{name} does not keep to the terms of expense claims.", "{name} 不符合費用報銷規定。"};
const status::Reason kDayLimitExceeded{
    absl::StatusCode::kFailedPrecondition, "DAY_LIMIT_EXCEEDED",
    "Of {account} up to {limit:money} is paid for {day}; other claims have {others:money} of it, and this "
    "one asks for {asked:money}.",
    "{day} 的 {account} 每人限額 {limit:money}；其他報銷已占 {others:money}，此次申請 {asked:money}。"};
const status::Reason kDuplicateReceipt{absl::StatusCode::kFailedPrecondition, "DUPLICATE_RECEIPT",
                                       "Receipts that have been claimed already: lines {lines:list}.",
                                       "收據已報銷過：第 {lines:list} 行。"};
const status::Reason kReceiptClaimed{absl::StatusCode::kFailedPrecondition, "RECEIPT_CLAIMED",
                                     "The receipt of line {line} has been claimed: the same file, or the same vendor and number.",
                                     "第 {line} 行的收據已報銷過：檔案相同，或商家與收據號碼相同。"};
const status::Reason kLikelyDuplicate{absl::StatusCode::kFailedPrecondition, "LIKELY_DUPLICATE",
                                      "{name} has receipts like those of {claims:list}; confirm by these names that they are others.",
                                      "{name} 的收據與 {claims:list} 的相似；請逐一列名確認並非重複。"};
const status::Reason kAlike{absl::StatusCode::kFailedPrecondition, "RECEIPTS_ALIKE",
                            "Line {line}: line {other_line} of {claim} is of the same vendor, day and amount.",
                            "第 {line} 行：{claim} 第 {other_line} 行的商家、日期與金額相同。"};
const status::Reason kNoLikelyDuplicate{absl::StatusCode::kInvalidArgument, "NO_LIKELY_DUPLICATE",
                                        "{claim} has no receipt like those of this claim.", "{claim} 沒有與此報銷相似的收據。"};

std::string ClaimLinePath(int line) { return absl::StrCat("lines[", line, "]"); }

// Whether somebody claims it, holds it or has drafted it.
bool IsInHandsOf(const ExpenseClaim& claim, const std::string& person) {
  return person == claim.claimant() || person == claim.holder() || person == claim.creator();
}

absl::Status CheckOther(const record::Transaction& tx, const ExpenseClaim& claim) {
  return IsInHandsOf(claim, tx.call.principal.name) ? status::Error(kOwnClaim, {{"name", claim.name()}}) : absl::OkStatus();
}

absl::Status CheckHolder(const record::Transaction& tx, const ExpenseClaim& claim) {
  if (tx.call.principal.name == claim.holder()) return absl::OkStatus();
  return status::Error(kNotTheHolder, {{"name", claim.name()}, {"holder", claim.holder()}});
}

// What the last submission put down is not true any more of what is changed.
void ClearSubmission(ExpenseClaim& claim) {
  claim.clear_bookings();
  for (ExpenseClaim::Line& line : *claim.mutable_lines()) {
    line.set_expense_account(AccountId(line.expense_account()));
    line.clear_policy();
    line.clear_budget();
    line.clear_booked_minor();
    line.clear_conversion();
  }
}

absl::Status CheckClaimDraft(const ExpenseClaim& claim) {
  status::BadFields bad;
  for (int i = 0; i < claim.lines_size(); ++i) {
    Rates::CheckCurrency(absl::StrCat("expense_claim.", ClaimLinePath(i), ".currency_code"), claim.lines(i).currency_code(), bad);
  }
  CheckClaim("expense_claim", claim, bad);
  return bad.status();
}

absl::Status CheckExpensePolicy(const v1::ExpensePolicy& policy) {
  status::BadFields bad;
  Rates::CheckCurrency("expense_policy.currency_code", policy.currency_code(), bad);
  CheckTerms(policy, bad);
  return bad.status();
}

}  // namespace

const record::StateMachine& ExpenseClaimMachine() {
  using C = ExpenseClaim;
  static constexpr char kSubmitted[] = "by its holder; the terms of each day are kept, no receipt has been claimed, and budgets cover it";
  static constexpr char kOther[] = "by somebody else";
  static const auto& machine = *new record::StateMachine(
      C::State_descriptor(),
      {
          {C::STATE_DRAFT, "submit", C::STATE_SUBMITTED, kSubmitted},
          {C::STATE_RETURNED, "submit", C::STATE_SUBMITTED, kSubmitted},
          {C::STATE_SUBMITTED, "approve", C::STATE_APPROVED, "by somebody else, who confirms what is alike"},
          {C::STATE_SUBMITTED, "return", C::STATE_RETURNED, kOther},
          {C::STATE_APPROVED, "return", C::STATE_RETURNED, kOther},
          {C::STATE_SUBMITTED, "lapse", C::STATE_RETURNED, "the period of a budget that bears it is ended", record::kConsequence},
          {C::STATE_SUBMITTED, "reject", C::STATE_REJECTED, kOther},
          {C::STATE_APPROVED, "pay", C::STATE_PAID, kOther},
          {C::STATE_DRAFT, "withdraw", C::STATE_WITHDRAWN, "by its holder"},
          {C::STATE_SUBMITTED, "withdraw", C::STATE_WITHDRAWN, "by its holder"},
          {C::STATE_APPROVED, "withdraw", C::STATE_WITHDRAWN, "by its holder"},
          {C::STATE_RETURNED, "withdraw", C::STATE_WITHDRAWN, "by its holder"},
      });
  return machine;
}

ExpenseClaims::ExpenseClaims(record::Store& store, const Bookings& bookings, const Rates& rates, absl::TimeZone zone)
    : store_(store),
      bookings_(bookings),
      rates_(rates),
      zone_(zone),
      claims_(store, &ExpenseClaimMachine()),
      budgets_(store),
      policies_(store, "expensePolicies/default", CheckExpensePolicy) {
  claims_.RestrictRows(record::Own("claimant") || record::Own("holder") || record::Holds(options::v1::ROLE_OPERATIONS_MANAGER) ||
                       record::Holds(options::v1::ROLE_DATA_ANALYST) || record::Holds(options::v1::ROLE_PLATFORM_ENGINEER));
}

void ExpenseClaims::Bind(record::Methods& methods) {
  methods.Reads(claims_);
  methods.Creates(claims_, this, &ExpenseClaims::Create);
  methods.Updates(claims_, this, &ExpenseClaims::Update);
  methods.Bind("SubmitExpenseClaim", this, &ExpenseClaims::Submit);
  methods.Bind("ApproveExpenseClaim", this, &ExpenseClaims::Approve);
  methods.Bind("ReturnExpenseClaim", this, &ExpenseClaims::Return);
  methods.Bind("RejectExpenseClaim", this, &ExpenseClaims::Reject);
  methods.Bind("WithdrawExpenseClaim", this, &ExpenseClaims::Withdraw);
  methods.Bind("PayExpenseClaim", this, &ExpenseClaims::Pay);
  methods.Bind("FindLikelyDuplicates", this, &ExpenseClaims::FindLikelyDuplicates);
  policies_.Bind<v1::PublishExpensePolicyRequest>(methods);
}

absl::Status ExpenseClaims::Create(record::Transaction& tx, Claim& claim) {
  const std::string& caller = tx.call.principal.name;
  if (!absl::StartsWith(caller, "employees/")) return status::Error(kNotAnEmployee, {{"name", caller}});
  claim.set_claimant(caller);
  claim.set_holder(caller);
  claim.set_state(Claim::STATE_DRAFT);
  ClearSubmission(claim);
  return CheckClaimDraft(claim);
}

absl::Status ExpenseClaims::Update(record::Transaction& tx, const Claim& before, Claim& after) {
  RETURN_IF_ERROR(CheckHolder(tx, before));
  if (before.state() != Claim::STATE_DRAFT && before.state() != Claim::STATE_RETURNED) {
    return status::Error(kClaimInHand, {{"name", before.name()}});
  }
  ClearSubmission(after);
  return CheckClaimDraft(after);
}

absl::Status ExpenseClaims::Judge(record::Transaction& tx, Claim& claim, absl::CivilDay today) const {
  status::Unmet unmet;
  std::map<absl::CivilDay, v1::ExpensePolicy> terms;
  ClaimedDays days;
  for (int i = 0; i < claim.lines_size(); ++i) {
    Claim::Line& line = *claim.mutable_lines(i);
    const absl::CivilDay day = BusinessDateOf(line);
    if (terms.count(day) == 0) {
      ASSIGN_OR_RETURN(terms[day], policies_.InForce(tx.sql, absl::FromCivil(day, zone_)));
    }
    const v1::ExpensePolicy& policy = terms.at(day);
    line.set_policy(policy.name());
    const v1::ExpensePolicy::AccountTerms& of_account = TermsFor(policy, line.expense_account());
    int64_t amount = 0;
    // A rate that nothing depends on need not be there; a day to come has none.
    if (day <= today && DependsOnAmount(line, of_account)) {
      ASSIGN_OR_RETURN(const Converted converted,
                       rates_.Convert(tx, line.currency_code(), line.amount_minor(), policy.currency_code(), day));
      amount = converted.minor;
    }
    JudgeLine(ClaimLinePath(i), line, of_account, amount, policy.currency_code(), today, unmet);
    if (of_account.has_day_limit_minor()) days[{line.expense_account(), day}] += amount;
  }
  ASSIGN_OR_RETURN(ClaimedDays others, OthersOf(tx, claim.name(), claim.claimant(), days));
  for (const auto& [account_day, asked] : days) {
    const auto& [account, day] = account_day;
    const v1::ExpensePolicy& policy = terms.at(day);
    const int64_t limit = TermsFor(policy, account).day_limit_minor();
    const int64_t taken = others[account_day];
    if (taken + asked <= limit) continue;
    unmet.Add(claim.name(), kDayLimitExceeded,
              {{"account", account},
               {"day", time::DayText(day)},
               {"limit", limit},
               {"others", taken},
               {"asked", asked},
               {"currency", policy.currency_code()}});
  }
  RETURN_IF_ERROR(unmet.status(kClaimAgainstPolicy, {{"name", claim.name()}}));
  return TakeDays(tx, claim.name(), claim.claimant(), days);
}

absl::Status ExpenseClaims::Apportion(record::Transaction& tx, Claim& claim, absl::CivilDay today) const {
  std::map<std::string, std::string> budget_of;  // by account
  std::map<std::string, Claim::Booking> bookings;
  for (Claim::Line& line : *claim.mutable_lines()) {
    std::string& budget = budget_of[line.expense_account()];
    if (budget.empty()) {
      ASSIGN_OR_RETURN(budget, bookings_.Covering(tx, claim.cost_center(), line.expense_account(), today));
    }
    Claim::Booking& booking = bookings[budget];
    if (booking.budget().empty()) {
      ASSIGN_OR_RETURN(const v1::Budget found, budgets_.Find(tx.sql, budget));
      booking.set_budget(budget);
      booking.set_currency_code(found.currency_code());
    }
    ASSIGN_OR_RETURN(Converted converted,
                     rates_.Convert(tx, line.currency_code(), line.amount_minor(), booking.currency_code(), BusinessDateOf(line)));
    line.set_budget(budget);
    line.set_booked_minor(converted.minor);
    *line.mutable_conversion() = std::move(converted.conversion);
    booking.set_amount_minor(booking.amount_minor() + converted.minor);  // A hundred lines below 10¹⁶ at most.
  }
  claim.clear_bookings();
  for (const auto& [budget, booking] : bookings) {
    if (booking.amount_minor() > 0) *claim.add_bookings() = booking;  // Less than half a minor unit is nothing.
  }
  return absl::OkStatus();
}

absl::StatusOr<ExpenseClaim> ExpenseClaims::Submit(record::Transaction& tx, const v1::SubmitExpenseClaimRequest& request) {
  return claims_.Change(tx, request, "submit", [&](const Claim& before, Claim& after) -> absl::Status {
    RETURN_IF_ERROR(CheckHolder(tx, before));
    const absl::CivilDay today = absl::ToCivilDay(tx.call.now, zone_);
    const std::vector<ClaimedReceipt> receipts = ReceiptsOf(after);
    RETURN_IF_ERROR(TakeTurn(tx, after.claimant(), receipts));
    RETURN_IF_ERROR(Judge(tx, after, today));
    ASSIGN_OR_RETURN(const std::vector<int> taken, TakeReceipts(tx, after, receipts));
    status::Unmet unmet;
    std::vector<std::string> numbers;
    for (const int line : taken) {
      numbers.push_back(absl::StrCat(line + 1));
      unmet.Add(ClaimLinePath(line), kReceiptClaimed, {{"line", line + 1}});
    }
    RETURN_IF_ERROR(unmet.status(kDuplicateReceipt, {{"lines", absl::StrJoin(numbers, ", ")}}));
    RETURN_IF_ERROR(Apportion(tx, after, today));

    std::vector<std::string> budgets;
    for (const Claim::Booking& booking : after.bookings()) budgets.push_back(booking.budget());
    if (budgets.size() > 1) RETURN_IF_ERROR(bookings_.Lock(tx, {}, budgets));
    for (Claim::Booking& booking : *after.mutable_bookings()) {
      v1::Encumbrance draft;
      draft.set_budget(booking.budget());
      draft.set_subject(after.name());  // What is paid already is not given back when an activity is dropped (W5).
      draft.set_paper(after.name());
      draft.set_amount_minor(booking.amount_minor());
      ASSIGN_OR_RETURN(const v1::Encumbrance held, bookings_.PreCommit(tx, std::move(draft)));
      booking.set_encumbrance(held.name());
    }
    after.clear_state_reason();
    after.clear_approver();
    after.clear_approve_time();
    after.clear_confirmed_duplicates();
    *after.mutable_submit_time() = time::ToTimestamp(tx.call.now);
    return absl::OkStatus();
  });
}

absl::Status ExpenseClaims::CheckConfirmed(record::Transaction& tx, const v1::ApproveExpenseClaimRequest& request) const {
  ASSIGN_OR_RETURN(const std::vector<LikelyDuplicate> alike, LikelyDuplicatesOf(tx.sql, request.name()));
  std::set<std::string> known;
  for (const LikelyDuplicate& each : alike) known.insert(each.claim);
  status::BadFields bad;
  std::set<std::string> confirmed;
  for (int i = 0; i < request.confirmed_duplicates_size(); ++i) {
    const std::string& claim = request.confirmed_duplicates(i);
    confirmed.insert(claim);
    if (known.count(claim) == 0) bad.Add(absl::StrCat("confirmed_duplicates[", i, "]"), kNoLikelyDuplicate, {{"claim", claim}});
  }
  RETURN_IF_ERROR(bad.status());
  status::Unmet unmet;
  std::set<std::string> open;
  for (const LikelyDuplicate& each : alike) {
    if (confirmed.count(each.claim) > 0) continue;
    open.insert(each.claim);
    unmet.Add(each.claim, kAlike, {{"line", each.line}, {"claim", each.claim}, {"other_line", each.other_line}});
  }
  return unmet.status(kLikelyDuplicate, {{"name", request.name()}, {"claims", absl::StrJoin(open, ", ")}});
}

absl::Status ExpenseClaims::ForEachBooking(record::Transaction& tx, const Claim& claim,
                                           const std::function<absl::Status(const Claim::Booking&)>& what) const {
  std::vector<std::string> names;
  for (const Claim::Booking& booking : claim.bookings()) names.push_back(booking.encumbrance());
  if (names.size() > 1) RETURN_IF_ERROR(bookings_.Lock(tx, names));
  for (const Claim::Booking& booking : claim.bookings()) RETURN_IF_ERROR(what(booking));
  return absl::OkStatus();
}

absl::Status ExpenseClaims::Release(record::Transaction& tx, const Claim& claim) const {
  return ForEachBooking(tx, claim, [&](const Claim::Booking& booking) { return bookings_.Release(tx, booking.encumbrance()).status(); });
}

absl::StatusOr<ExpenseClaim> ExpenseClaims::Approve(record::Transaction& tx, const v1::ApproveExpenseClaimRequest& request) {
  return claims_.Change(tx, request, "approve", [&](const Claim& before, Claim& after) -> absl::Status {
    RETURN_IF_ERROR(CheckOther(tx, before));
    RETURN_IF_ERROR(CheckConfirmed(tx, request));
    const std::set<std::string> confirmed(request.confirmed_duplicates().begin(), request.confirmed_duplicates().end());
    for (const std::string& claim : confirmed) after.add_confirmed_duplicates(claim);
    after.set_approver(tx.call.principal.name);
    *after.mutable_approve_time() = time::ToTimestamp(tx.call.now);
    return ForEachBooking(tx, before, [&](const Claim::Booking& booking) {
      return bookings_.Commit(tx, booking.encumbrance(), booking.amount_minor()).status();
    });
  });
}

absl::StatusOr<ExpenseClaim> ExpenseClaims::Return(record::Transaction& tx, const v1::ReturnExpenseClaimRequest& request) {
  return claims_.Change(tx, request, "return", [&](const Claim& before, Claim& after) -> absl::Status {
    RETURN_IF_ERROR(CheckOther(tx, before));
    after.set_state_reason(request.reason());
    return Release(tx, before);
  });
}

absl::Status ExpenseClaims::Lapse(record::Transaction& tx, const std::string& name, const std::string& budget) const {
  // By the job, which sees nobody's claims.
  ASSIGN_OR_RETURN(const Claim before, claims_.Lock(tx, name));
  record::Step<Claim> step{before, before, "lapse"};
  if (step.before.state() != Claim::STATE_SUBMITTED) return absl::OkStatus();
  RETURN_IF_ERROR(claims_.Advance(step.after, step.verb));
  step.after.set_state_reason(absl::StrCat("The period of ", budget, " is ended: submit it anew, so that the budget of today bears it."));
  RETURN_IF_ERROR(Release(tx, step.before));
  return claims_.Finish(tx, step).status();
}

absl::StatusOr<ExpenseClaim> ExpenseClaims::Reject(record::Transaction& tx, const v1::RejectExpenseClaimRequest& request) {
  return claims_.Change(tx, request, "reject", [&](const Claim& before, Claim& after) -> absl::Status {
    RETURN_IF_ERROR(CheckOther(tx, before));
    after.set_state_reason(request.reason());
    RETURN_IF_ERROR(FreeClaim(tx, before.name()));
    return Release(tx, before);
  });
}

absl::StatusOr<ExpenseClaim> ExpenseClaims::Withdraw(record::Transaction& tx, const v1::WithdrawExpenseClaimRequest& request) {
  return claims_.Change(tx, request, "withdraw", [&](const Claim& before, Claim& after) -> absl::Status {
    RETURN_IF_ERROR(CheckHolder(tx, before));
    after.set_state_reason(request.reason());
    RETURN_IF_ERROR(FreeClaim(tx, before.name()));
    return Release(tx, before);
  });
}

absl::StatusOr<ExpenseClaim> ExpenseClaims::Pay(record::Transaction& tx, const v1::PayExpenseClaimRequest& request) {
  return claims_.Change(tx, request, "pay", [&](const Claim& before, Claim& after) -> absl::Status {
    RETURN_IF_ERROR(CheckOther(tx, before));
    after.set_payer(tx.call.principal.name);
    *after.mutable_pay_time() = time::ToTimestamp(tx.call.now);
    after.set_payment_reference(request.payment_reference());
    return ForEachBooking(tx, before, [&](const Claim::Booking& booking) {
      return bookings_.RecordActual(tx, booking.encumbrance(), booking.amount_minor()).status();
    });
  });
}

absl::StatusOr<v1::FindLikelyDuplicatesResponse> ExpenseClaims::FindLikelyDuplicates(const rpc::Call& call,
                                                                                     const v1::FindLikelyDuplicatesRequest& request) {
  ASSIGN_OR_RETURN(const Claim claim, claims_.Get(call, request.name()));
  return store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::FindLikelyDuplicatesResponse> {
    ASSIGN_OR_RETURN(const std::vector<LikelyDuplicate> alike, LikelyDuplicatesOf(session, claim.name()));
    v1::FindLikelyDuplicatesResponse response;
    for (const LikelyDuplicate& each : alike) {
      auto& pair = *response.add_pairs();
      pair.set_line(each.line);
      pair.set_expense_claim(each.claim);
      pair.set_other_line(each.other_line);
      pair.set_claimant(each.claimant);
      pair.set_vendor(each.vendor);
      pair.set_number(each.number);
      pair.set_total_minor(each.total_minor);
    }
    return response;
  });
}

}  // namespace heitie::resource
