#include "services/resource/purchase/requisition.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/resource/v1/budget.pb.h"
#include "services/resource/catalogue/units.h"
#include "services/resource/claim/claim_rules.h"
#include "services/resource/purchase/open_purchases.h"
#include "services/resource/purchase/purchase_rules.h"
#include "services/resource/stock/valuation.h"

namespace heitie::resource {

using v1::Encumbrance;
using Requisition = v1::PurchaseRequisition;

const status::Reason kNotOrderable{absl::StatusCode::kFailedPrecondition, "NOT_ORDERABLE", "{name} is not approved, or closed.",
                                   "{name} 尚未核准或已結案。"};
const status::Reason kNotOpenEnough{absl::StatusCode::kFailedPrecondition, "NOT_OPEN_ENOUGH",
                                    "Of line {line} of {name} {open:count} are open; {asked:count} are asked for.",
                                    "{name} 第 {line} 行尚可訂購 {open:count}，申請 {asked:count}。"};
const status::Reason kTooDear{
    absl::StatusCode::kFailedPrecondition, "TOO_DEAR",
    "Line {line} of {name}: {asked:money} is dearer than what was approved, {estimate:money}, by more than {policy} "
    "allows. It needs a requisition that says so.",
    "{name} 第 {line} 行：{asked:money} 高於核准的 {estimate:money}，超出 {policy} 的容許範圍，須另行請購。"};
const status::Reason kPastDay{absl::StatusCode::kInvalidArgument, "PAST_DAY", "{day} is over; today is {today}.",
                              "{day} 已過；今天是 {today}。"};
const status::Reason kNothingAsked{absl::StatusCode::kFailedPrecondition, "NOTHING_ASKED", "Nothing is asked about {name}.",
                                   "{name} 沒有待決事項。"};
const status::Reason kRequesterNotEmployee{absl::StatusCode::kPermissionDenied, "REQUESTER_NOT_EMPLOYEE",
                                           "Only employees ask for purchases, not {name}.", "僅員工可請購，{name} 不是員工。"};
const status::Reason kNotTheRequester{absl::StatusCode::kPermissionDenied, "NOT_THE_REQUESTER", "{name} is {requester}'s.",
                                      "{name} 由 {requester} 請購。"};

namespace {

const status::Reason kPurchaseOrdered{absl::StatusCode::kFailedPrecondition, "PURCHASE_ORDERED",
                                      "Something of {name} is ordered already, so that it stays as it is.",
                                      "{name} 已有部分訂購，不可變更。"};
const status::Reason kRequisitionInHand{absl::StatusCode::kFailedPrecondition, "REQUISITION_IN_HAND",
                                        "{name} is not being written any more; it can be changed again once it is returned.",
                                        "{name} 已提交，退回後才能修改。"};
const status::Reason kAccountMissing{absl::StatusCode::kInvalidArgument, "ACCOUNT_MISSING",
                                     "Neither the line nor {item} names an expense account.", "此行與 {item} 均未指明會計科目。"};
const status::Reason kOwnRequisition{absl::StatusCode::kPermissionDenied, "OWN_REQUISITION",
                                     "Nobody decides about an own requisition: {name}.", "不得自行審核自己的請購：{name}。"};
const status::Reason kApprovedAlready{absl::StatusCode::kFailedPrecondition, "APPROVED_ALREADY",
                                      "{approver} has approved {name} already; it needs another manager.",
                                      "{approver} 已核准 {name}，須由另一位經理核准。"};

constexpr char kRequisitionPath[] = "purchase_requisition.";
constexpr int64_t kAllCommitted = std::numeric_limits<int64_t>::max();

bool IsBeingWritten(const Requisition& requisition) {
  return requisition.state() == Requisition::STATE_DRAFT || requisition.state() == Requisition::STATE_RETURNED;
}

bool MayBeOrdered(const Requisition& requisition) {
  return requisition.state() == Requisition::STATE_APPROVED || requisition.state() == Requisition::STATE_PART_ORDERED;
}

bool IsOpen(const Encumbrance& encumbrance) {
  return encumbrance.state() == Encumbrance::STATE_PRE_COMMITTED || encumbrance.state() == Encumbrance::STATE_COMMITTED;
}

absl::Status CheckRequester(const record::Transaction& tx, const Requisition& requisition) {
  if (tx.call.principal.name == requisition.requester()) return absl::OkStatus();
  return status::Error(kNotTheRequester, {{"name", requisition.name()}, {"requester", requisition.requester()}});
}

absl::Status CheckDecides(const record::Transaction& tx, const Requisition& requisition) {
  const std::string& caller = tx.call.principal.name;
  const bool own = caller == requisition.requester() || caller == requisition.creator() || caller == requisition.submitter();
  return own ? status::Error(kOwnRequisition, {{"name", requisition.name()}}) : absl::OkStatus();
}

// What the last submission put down is not true any more.
void ForgetSubmission(Requisition& requisition) {
  requisition.clear_submit_date();
  requisition.clear_approval_due_time();
  requisition.clear_approvals();
  requisition.clear_approver();
}

void ForgetQuestion(Requisition& requisition) {
  requisition.clear_decision_due_time();
  requisition.clear_decision_reason();
}

bool AnythingOrdered(const Requisition& requisition) {
  return std::any_of(requisition.lines().begin(), requisition.lines().end(),
                     [](const Requisition::Line& line) { return line.ordered_quantity() > 0; });
}

// Where something of it may still be bought.
bool IsWanted(const Requisition& requisition) {
  switch (requisition.state()) {
    case Requisition::STATE_DRAFT:
    case Requisition::STATE_RETURNED:
    case Requisition::STATE_SUBMITTED:
    case Requisition::STATE_APPROVED:
    case Requisition::STATE_PART_ORDERED:
      return true;
    default:
      return false;
  }
}

std::vector<std::string> EncumbrancesOf(const Requisition& requisition) {
  std::vector<std::string> names;
  for (const Requisition::Line& line : requisition.lines()) {
    if (!line.encumbrance().empty()) names.push_back(line.encumbrance());
  }
  return names;
}

}  // namespace

const record::StateMachine& RequisitionMachine() {
  using R = Requisition;
  static constexpr char kOther[] = "by somebody else";
  static constexpr char kAll[] = "all that is not given up is ordered";
  static constexpr char kNone[] = "nothing of it is ordered";
  static constexpr char kOver[] = "what it is for is over, or its money has lapsed";
  static constexpr char kAsked[] = "it is asked whether it is still wanted";
  static constexpr char kCovered[] = "by its requester; budgets cover it";
  static const auto& machine = *new record::StateMachine(
      R::State_descriptor(), {
                                 {R::STATE_DRAFT, "submit", R::STATE_SUBMITTED, kCovered},
                                 {R::STATE_RETURNED, "submit", R::STATE_SUBMITTED, kCovered},
                                 {R::STATE_SUBMITTED, "approve", R::STATE_APPROVED, "by somebody else; above the limit by two"},
                                 {R::STATE_SUBMITTED, "endorse", R::STATE_SUBMITTED, "by the first of two", record::kConsequence},
                                 {R::STATE_SUBMITTED, "reject", R::STATE_REJECTED, kOther},
                                 {R::STATE_SUBMITTED, "return", R::STATE_RETURNED, kOther},
                                 {R::STATE_APPROVED, "order_part", R::STATE_PART_ORDERED, "something is open", record::kConsequence},
                                 {R::STATE_ORDERED, "order_part", R::STATE_PART_ORDERED, "something is open again", record::kConsequence},
                                 {R::STATE_PART_ORDERED, "order_part", R::STATE_PART_ORDERED, "something is open", record::kConsequence},
                                 {R::STATE_APPROVED, "order", R::STATE_ORDERED, kAll, record::kConsequence},
                                 {R::STATE_PART_ORDERED, "order", R::STATE_ORDERED, kAll, record::kConsequence},
                                 {R::STATE_ORDERED, "order", R::STATE_ORDERED, kAll, record::kConsequence},
                                 {R::STATE_PART_ORDERED, "reopen", R::STATE_APPROVED, kNone, record::kConsequence},
                                 {R::STATE_ORDERED, "reopen", R::STATE_APPROVED, kNone, record::kConsequence},
                                 {R::STATE_PART_ORDERED, "give_up", R::STATE_CLOSED, "all of it was given up", record::kConsequence},
                                 {R::STATE_ORDERED, "give_up", R::STATE_CLOSED, "all of it was given up", record::kConsequence},
                                 {R::STATE_DRAFT, "ask", R::STATE_DRAFT, kOver, record::kConsequence},
                                 {R::STATE_RETURNED, "ask", R::STATE_RETURNED, kOver, record::kConsequence},
                                 {R::STATE_SUBMITTED, "ask", R::STATE_SUBMITTED, kOver, record::kConsequence},
                                 {R::STATE_APPROVED, "ask", R::STATE_APPROVED, kOver, record::kConsequence},
                                 {R::STATE_PART_ORDERED, "ask", R::STATE_PART_ORDERED, kOver, record::kConsequence},
                                 {R::STATE_DRAFT, "keep", R::STATE_DRAFT, kAsked},
                                 {R::STATE_RETURNED, "keep", R::STATE_RETURNED, kAsked},
                                 {R::STATE_SUBMITTED, "keep", R::STATE_SUBMITTED, kAsked},
                                 {R::STATE_APPROVED, "keep", R::STATE_APPROVED, kAsked},
                                 {R::STATE_PART_ORDERED, "keep", R::STATE_PART_ORDERED, kAsked},
                                 {R::STATE_DRAFT, "close", R::STATE_CLOSED},
                                 {R::STATE_RETURNED, "close", R::STATE_CLOSED},
                                 {R::STATE_SUBMITTED, "close", R::STATE_CLOSED},
                                 {R::STATE_APPROVED, "close", R::STATE_CLOSED},
                                 {R::STATE_PART_ORDERED, "close", R::STATE_CLOSED},
                                 {R::STATE_ORDERED, "close", R::STATE_CLOSED},
                             });
  return machine;
}

Requisitions::Requisitions(record::Store& store, const Items& items, const Suppliers& suppliers, const Rates& rates,
                           const Bookings& bookings, const PurchasePolicies& policies, absl::TimeZone zone)
    : items_(items),
      suppliers_(suppliers),
      rates_(rates),
      bookings_(bookings),
      policies_(policies),
      zone_(zone),
      requisitions_(store, &RequisitionMachine()),
      budgets_(store),
      encumbrances_(store) {
  requisitions_.SetFollow(OpenPurchases::FollowRequisition);
  requisitions_.SetAllows(
      [](const Requisition& requisition, const std::string& verb) { return verb != "keep" || requisition.has_decision_due_time(); });
  requisitions_.RestrictRows(record::Own("requester") || record::Own("creator") || record::Own("approver") ||
                             record::Holds(options::v1::ROLE_OPERATIONS_MANAGER) ||
                             record::Holds(options::v1::ROLE_OPERATIONS_SPECIALIST) || record::Holds(options::v1::ROLE_DATA_ANALYST) ||
                             record::Holds(options::v1::ROLE_PLATFORM_ENGINEER) || record::IsService("personnel"));
}

void Requisitions::Bind(record::Methods& methods) {
  methods.Reads(requisitions_);
  methods.Creates(requisitions_, this, &Requisitions::Create);
  methods.Updates(requisitions_, this, &Requisitions::Update);
  methods.Bind("SubmitPurchaseRequisition", this, &Requisitions::Submit);
  methods.Bind("ApprovePurchaseRequisition", this, &Requisitions::Approve);
  methods.Bind("RejectPurchaseRequisition", this, &Requisitions::Reject);
  methods.Bind("ReturnPurchaseRequisition", this, &Requisitions::Return);
  methods.Bind("ClosePurchaseRequisition", this, &Requisitions::Close);
  methods.Bind("KeepPurchaseRequisition", this, &Requisitions::Keep);
}

// ---- Drafts

absl::Status Requisitions::CheckLines(record::Transaction& tx, Requisition& requisition, const std::string& parent,
                                      status::BadFields& bad) const {
  ASSIGN_OR_RETURN(const ItemFacts facts, items_.FactsOf(tx.sql, ItemsOf(requisition.lines())));
  std::map<std::string, bool> suppliers;
  int32_t number = 0;
  for (Requisition::Line& line : *requisition.mutable_lines()) {
    const std::string path = absl::StrCat(parent, "lines[", number, "]");
    line.set_number(++number);
    for (const char* field : {"ordered_quantity", "closed_quantity", "budget", "encumbrance", "booked_minor", "conversion"}) {
      line.GetReflection()->ClearField(&line, Requisition::Line::descriptor()->FindFieldByName(field));
    }
    Rates::CheckCurrency(path + ".currency_code", line.currency_code(), bad);
    if (!line.supplier().empty()) {
      if (suppliers.count(line.supplier()) == 0) {
        const absl::Status found = suppliers_.kind().Find(tx.sql, line.supplier()).status();
        if (!found.ok() && !absl::IsNotFound(found)) return found;
        suppliers[line.supplier()] = found.ok();
      }
      if (!suppliers[line.supplier()]) bad.Add(path + ".supplier", kUnknownSupplier, {{"supplier", line.supplier()}});
    }
    const auto fact = facts.find(line.item());
    if (fact == facts.end()) {
      bad.Add(path + ".item", kUnknownItem, {{"item", line.item()}});
      continue;
    }
    RETURN_IF_ERROR(CheckBought(fact->second.item));
    line.set_expense_account(AccountId(line.expense_account().empty() ? fact->second.rules.expense_account() : line.expense_account()));
    if (line.expense_account().empty()) bad.Add(path + ".expense_account", kAccountMissing, {{"item", line.item()}});
    if (!line.unit().empty() && line.unit() != fact->second.item.unit()) {
      line.set_entered_quantity(line.quantity());
      line.set_entered_unit(line.unit());
      line.set_quantity(ToBase(fact->second.item, line.quantity(), line.unit(), path + ".quantity", path + ".unit", bad));
    } else {
      line.clear_entered_quantity();
      line.clear_entered_unit();
    }
    line.clear_unit();
  }
  return absl::OkStatus();
}

absl::Status Requisitions::Draft(record::Transaction& tx, Requisition& requisition) const {
  const std::string& caller = tx.call.principal.name;
  if (!absl::StartsWith(caller, "employees/")) return status::Error(kRequesterNotEmployee, {{"name", caller}});
  requisition.set_requester(caller);
  requisition.set_state(Requisition::STATE_DRAFT);
  status::BadFields bad;
  RETURN_IF_ERROR(CheckLines(tx, requisition, kRequisitionPath, bad));
  return bad.status();
}

absl::Status Requisitions::Create(record::Transaction& tx, Requisition& requisition) { return Draft(tx, requisition); }

absl::Status Requisitions::Update(record::Transaction& tx, const Requisition& before, Requisition& after) {
  RETURN_IF_ERROR(CheckRequester(tx, before));
  if (!IsBeingWritten(before)) return status::Error(kRequisitionInHand, {{"name", before.name()}});
  status::BadFields bad;
  RETURN_IF_ERROR(CheckLines(tx, after, kRequisitionPath, bad));
  return bad.status();
}

absl::StatusOr<Requisition> Requisitions::Make(record::Transaction& tx, Requisition draft) const {
  if (draft.name().empty()) draft.set_name(absl::StrCat("purchaseRequisitions/", record::NewId(tx.call.now)));
  RETURN_IF_ERROR(Draft(tx, draft));
  RETURN_IF_ERROR(requisitions_.Insert(tx, draft));
  return requisitions_.Change(tx, record::Target(draft.name()), "submit", [&](Requisition& after) { return TakeMoney(tx, after); });
}

// ---- For papers that make one

absl::StatusOr<Requisition> Requisitions::Write(record::Transaction& tx, Requisition draft, const std::string& path,
                                                status::BadFields& bad) const {
  if (draft.name().empty()) draft.set_name(absl::StrCat("purchaseRequisitions/", record::NewId(tx.call.now)));
  if (!absl::StartsWith(draft.requester(), "employees/")) return status::Error(kRequesterNotEmployee, {{"name", draft.requester()}});
  draft.set_state(Requisition::STATE_DRAFT);
  RETURN_IF_ERROR(CheckLines(tx, draft, path, bad));
  if (bad.empty()) RETURN_IF_ERROR(requisitions_.Insert(tx, draft));
  return draft;
}

absl::StatusOr<std::vector<std::string>> Requisitions::BudgetsOf(record::Transaction& tx, const Requisition& requisition) const {
  std::set<std::string> accounts, budgets;
  for (const Requisition::Line& line : requisition.lines()) accounts.insert(line.expense_account());
  for (const std::string& account : accounts) {
    const absl::StatusOr<std::string> budget = bookings_.Covering(tx, requisition.cost_center(), account, Today(tx));
    if (status::ReasonOf(budget.status()) == kNoBudget.id) continue;
    RETURN_IF_ERROR(budget.status());
    budgets.insert(*budget);
  }
  return std::vector<std::string>(budgets.begin(), budgets.end());
}

absl::StatusOr<Requisition> Requisitions::SubmitWritten(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(record::Step<Requisition> step, LockStep(tx, name));
  RETURN_IF_ERROR(requisitions_.Advance(step.after, step.verb = "submit"));
  RETURN_IF_ERROR(TakeMoney(tx, step.after));
  return requisitions_.Finish(tx, step);
}

absl::StatusOr<record::Step<Requisition>> Requisitions::LockStep(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(Requisition before, requisitions_.Lock(tx, name));
  return record::Step<Requisition>{before, before, "update"};
}

absl::Status Requisitions::CloseUnordered(record::Transaction& tx, const std::string& name, const std::string& reason) const {
  ASSIGN_OR_RETURN(record::Step<Requisition> step, LockStep(tx, name));
  if (AnythingOrdered(step.before)) return status::Error(kPurchaseOrdered, {{"name", name}});
  if (!IsWanted(step.before)) return absl::OkStatus();
  RETURN_IF_ERROR(requisitions_.Advance(step.after, step.verb = "close"));
  RETURN_IF_ERROR(GiveUp(tx, step.before, step.after, reason));
  return requisitions_.Finish(tx, step).status();
}

absl::Status Requisitions::Ask(record::Transaction& tx, const std::string& name, const std::string& reason) const {
  ASSIGN_OR_RETURN(record::Step<Requisition> step, LockStep(tx, name));
  if (!IsWanted(step.before) || step.before.has_decision_due_time()) return absl::OkStatus();
  RETURN_IF_ERROR(requisitions_.Advance(step.after, step.verb = "ask"));
  ASSIGN_OR_RETURN(const v1::PurchasePolicy policy, policies_.InForce(tx));
  *step.after.mutable_decision_due_time() = time::ToTimestamp(DecisionDue(tx, policy));
  step.after.set_decision_reason(reason);
  return requisitions_.Finish(tx, step).status();
}

absl::Status Requisitions::Lapse(record::Transaction& tx, const std::string& name, const std::string& budget) const {
  return Ask(tx, name, absl::StrCat("The money that was set aside for it lapsed with the period of ", budget, "."));
}

absl::Time Requisitions::DecisionDue(const record::Transaction& tx, const v1::PurchasePolicy& policy) const {
  return absl::FromCivil(Today(tx) + policy.decision_days() + 1, zone_);
}

// ---- Decisions

absl::StatusOr<Encumbrance> Requisitions::PreCommit(record::Transaction& tx, const Requisition& requisition, Requisition::Line& line,
                                                    const std::string& budget, int64_t minor) const {
  Encumbrance draft;
  draft.set_budget(budget);
  draft.set_subject(requisition.subject().empty() ? requisition.name() : requisition.subject());
  draft.set_description(line.description());
  draft.set_paper(requisition.name());
  draft.set_amount_minor(minor);
  ASSIGN_OR_RETURN(Encumbrance held, bookings_.PreCommit(tx, std::move(draft)));
  line.set_budget(budget);
  line.set_encumbrance(held.name());
  return held;
}

absl::Status Requisitions::TakeMoney(record::Transaction& tx, Requisition& requisition) const {
  const absl::CivilDay today = Today(tx);
  std::map<std::string, std::pair<std::string, std::string>> budget_of;  // by account: the budget, its currency
  std::vector<std::string> budgets;
  for (Requisition::Line& line : *requisition.mutable_lines()) {
    auto& [budget, currency] = budget_of[line.expense_account()];
    if (budget.empty()) {
      ASSIGN_OR_RETURN(budget, bookings_.Covering(tx, requisition.cost_center(), line.expense_account(), today));
      ASSIGN_OR_RETURN(const v1::Budget found, budgets_.Find(tx.sql, budget));
      currency = found.currency_code();
      budgets.push_back(budget);
    }
    ASSIGN_OR_RETURN(Converted converted, rates_.Convert(tx, line.currency_code(), line.estimate_minor(), currency, today));
    // What is less than half a minor unit still needs money.
    line.set_booked_minor(std::max<int64_t>(1, converted.minor));
    *line.mutable_conversion() = std::move(converted.conversion);
  }
  if (budgets.size() > 1 || requisition.lines_size() > 1) RETURN_IF_ERROR(bookings_.Lock(tx, {}, budgets));
  for (Requisition::Line& line : *requisition.mutable_lines()) {
    RETURN_IF_ERROR(PreCommit(tx, requisition, line, budget_of.at(line.expense_account()).first, line.booked_minor()).status());
  }
  ForgetSubmission(requisition);
  requisition.clear_state_reason();
  ForgetQuestion(requisition);
  // What a service submits counts with what its requester does.
  const std::string& caller = tx.call.principal.name;
  requisition.set_submitter(absl::StartsWith(caller, "employees/") ? caller : requisition.requester());
  *requisition.mutable_submit_date() = time::ToDate(today);
  ASSIGN_OR_RETURN(const v1::PurchasePolicy policy, policies_.InForce(tx));
  *requisition.mutable_approval_due_time() = time::ToTimestamp(absl::FromCivil(today + policy.approval_days() + 1, zone_));
  return absl::OkStatus();
}

absl::Status Requisitions::FreeMoney(record::Transaction& tx, const Requisition& requisition) const {
  std::vector<std::string> names = EncumbrancesOf(requisition);
  std::sort(names.begin(), names.end());
  if (names.size() > 1) RETURN_IF_ERROR(bookings_.Lock(tx, names));
  for (const std::string& name : names) RETURN_IF_ERROR(bookings_.Release(tx, name, kAllCommitted).status());
  return absl::OkStatus();
}

absl::StatusOr<Requisition> Requisitions::Submit(record::Transaction& tx, const v1::SubmitPurchaseRequisitionRequest& request) {
  return requisitions_.Change(tx, request, "submit", [&](const Requisition& before, Requisition& after) -> absl::Status {
    RETURN_IF_ERROR(CheckRequester(tx, before));
    ASSIGN_OR_RETURN(const ItemFacts facts, items_.FactsOf(tx.sql, ItemsOf(before.lines())));
    for (const auto& [name, fact] : facts) RETURN_IF_ERROR(CheckBought(fact.item));
    RETURN_IF_ERROR(TakeMoney(tx, after));
    after.set_approver(request.approver());
    return absl::OkStatus();
  });
}

absl::StatusOr<Requisition::Approval> Requisitions::Judge(record::Transaction& tx, const Requisition& requisition) const {
  ASSIGN_OR_RETURN(const v1::PurchasePolicy policy, policies_.InForce(tx));
  // Each sees what was submitted before, so the one that is judged last sees all of them.
  ASSIGN_OR_RETURN(const std::vector<Requisition> together,
                   requisitions_.Select(tx.sql, "WHERE submitter = ? AND submit_date = ? ORDER BY name",
                                        sql::Bind(requisition.submitter(), time::DayText(time::ToDay(requisition.submit_date())))));
  std::vector<CountedLine> lines;
  std::map<std::string, Quote> quotes;
  for (const Requisition& each : together) {
    for (const Requisition::Line& line : each.lines()) {
      auto quote = quotes.find(line.currency_code());
      if (quote == quotes.end()) {
        ASSIGN_OR_RETURN(Quote found,
                         rates_.Find(tx, line.currency_code(), policy.currency_code(), time::ToDay(requisition.submit_date())));
        quote = quotes.emplace(line.currency_code(), std::move(found)).first;
      }
      ASSIGN_OR_RETURN(const int64_t minor, quote->second.Convert(line.estimate_minor()));
      lines.push_back({each.name(), line.supplier(), minor});
    }
  }
  const CountedTogether counted = CountTogether(requisition.name(), lines);
  Requisition::Approval approval;
  approval.set_approver(tx.call.principal.name);
  *approval.mutable_approve_time() = time::ToTimestamp(tx.call.now);
  approval.set_policy(policy.name());
  ASSIGN_OR_RETURN(const int64_t limit, policies_.LimitOf(tx, policy, requisition.cost_center()));
  approval.set_limit_minor(limit);
  approval.set_counted_minor(counted.minor);
  approval.set_supplier(counted.supplier);
  for (const std::string& name : counted.requisitions) approval.add_counted_together(name);
  return approval;
}

absl::StatusOr<Requisition> Requisitions::Approve(record::Transaction& tx, const v1::ApprovePurchaseRequisitionRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Requisition> step, requisitions_.Begin(tx, request));
  RETURN_IF_ERROR(CheckDecides(tx, step.before));
  for (const Requisition::Approval& each : step.before.approvals()) {
    if (each.approver() != tx.call.principal.name || step.before.state() != Requisition::STATE_SUBMITTED) continue;
    return status::Error(kApprovedAlready, {{"approver", each.approver()}, {"name", step.before.name()}});
  }
  RETURN_IF_ERROR(requisitions_.Advance(step.after, "approve"));  // ILLEGAL_TRANSITION before anything is judged
  ASSIGN_OR_RETURN(Requisition::Approval approval, Judge(tx, step.before));
  approval.set_remark(request.remark());
  const bool enough = approval.counted_minor() <= approval.limit_minor() || !step.before.approvals().empty();
  step.verb = enough ? "approve" : "endorse";
  if (!enough) step.after = step.before;
  *step.after.add_approvals() = std::move(approval);
  step.after.set_approver(enough ? "" : request.next_approver());
  if (enough) step.after.clear_approval_due_time();
  return requisitions_.Finish(tx, step);
}

absl::StatusOr<Requisition> Requisitions::Reject(record::Transaction& tx, const v1::RejectPurchaseRequisitionRequest& request) {
  return requisitions_.Change(tx, request, "reject", [&](const Requisition& before, Requisition& after) -> absl::Status {
    RETURN_IF_ERROR(CheckDecides(tx, before));
    after.set_state_reason(request.reason());
    after.clear_submit_date();
    after.clear_approval_due_time();
    ForgetQuestion(after);
    return FreeMoney(tx, before);
  });
}

absl::StatusOr<Requisition> Requisitions::Return(record::Transaction& tx, const v1::ReturnPurchaseRequisitionRequest& request) {
  return requisitions_.Change(tx, request, "return", [&](const Requisition& before, Requisition& after) -> absl::Status {
    RETURN_IF_ERROR(CheckDecides(tx, before));
    ForgetSubmission(after);
    after.set_state_reason(request.reason());
    return FreeMoney(tx, before);
  });
}

absl::StatusOr<Requisition> Requisitions::Close(record::Transaction& tx, const v1::ClosePurchaseRequisitionRequest& request) {
  return requisitions_.Change(tx, request, "close", [&](const Requisition& before, Requisition& after) -> absl::Status {
    const rpc::Principal& caller = tx.call.principal;
    if (!caller.Has(options::v1::ROLE_OPERATIONS_MANAGER) && !caller.Has(options::v1::ROLE_OPERATIONS_SPECIALIST)) {
      RETURN_IF_ERROR(CheckRequester(tx, before));
    }
    return GiveUp(tx, before, after, request.reason());
  });
}

absl::Status Requisitions::GiveUp(record::Transaction& tx, const Requisition& before, Requisition& after, const std::string& reason) const {
  // What nobody has approved does not count with what is asked for later that day.
  if (before.approvals().empty()) after.clear_submit_date();
  after.clear_approval_due_time();
  ForgetQuestion(after);
  after.set_state_reason(reason);
  for (Requisition::Line& line : *after.mutable_lines()) line.set_closed_quantity(line.closed_quantity() + OpenOf(line));
  return FreeMoney(tx, before);
}

absl::StatusOr<Requisition> Requisitions::Keep(record::Transaction& tx, const v1::KeepPurchaseRequisitionRequest& request) {
  return requisitions_.Change(tx, request, "keep", [&](const Requisition& before, Requisition& after) -> absl::Status {
    const rpc::Principal& caller = tx.call.principal;
    if (!caller.Has(options::v1::ROLE_OPERATIONS_MANAGER) && !caller.Has(options::v1::ROLE_OPERATIONS_SPECIALIST)) {
      RETURN_IF_ERROR(CheckRequester(tx, before));
    }
    if (!before.has_decision_due_time()) return status::Error(kNothingAsked, {{"name", before.name()}});
    ForgetQuestion(after);
    after.set_state_reason(request.reason());
    return absl::OkStatus();
  });
}

// ---- For orders

Requisition::Line* Requisitions::LineOf(Requisition& requisition, int32_t number) {
  if (number < 1 || number > requisition.lines_size()) return nullptr;
  return requisition.mutable_lines(number - 1);
}

absl::StatusOr<Requisitions::Steps> Requisitions::Lock(record::Transaction& tx, const std::set<std::string>& names) const {
  Steps steps;
  for (const std::string& name : names) {
    absl::StatusOr<record::Step<Requisition>> step = requisitions_.Begin(tx, record::Target(name));
    if (absl::IsNotFound(step.status())) continue;
    if (!step.ok()) return step.status();
    steps.emplace(name, *std::move(step));
  }
  return steps;
}

absl::Status Requisitions::Take(record::Transaction& tx, const v1::PurchasePolicy& policy, const std::string& currency, absl::CivilDay day,
                                Requisition& requisition, v1::PurchaseOrder::Allocation& part, status::Unmet& unmet) const {
  Requisition::Line& line = *LineOf(requisition, part.line());
  if (!MayBeOrdered(requisition)) {
    unmet.Add(requisition.name(), kNotOrderable, {{"name", requisition.name()}});
    return absl::OkStatus();
  }
  const int64_t open = OpenOf(line);
  if (part.quantity() > open) {
    unmet.Add(requisition.name(), kNotOpenEnough,
              {{"name", requisition.name()}, {"line", line.number()}, {"open", open}, {"asked", part.quantity()}});
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(Encumbrance held, encumbrances_.Lock(tx, line.encumbrance()));
  ASSIGN_OR_RETURN(Converted converted, rates_.Convert(tx, currency, part.ordered_minor(), held.currency_code(), day));
  const int64_t booked = converted.minor;
  if (IsTooDear(booked, part.quantity(), line.booked_minor(), line.quantity(), policy.dearer_bp())) {
    unmet.Add(requisition.name(), kTooDear,
              {{"name", requisition.name()},
               {"line", line.number()},
               {"asked", booked},
               {"estimate", *CostUpTo(line.booked_minor(), part.quantity(), line.quantity())},
               {"policy", policy.name()},
               {"currency", held.currency_code()}});
    return absl::OkStatus();
  }
  line.set_ordered_quantity(line.ordered_quantity() + part.quantity());
  part.set_currency_code(held.currency_code());
  part.set_booked_minor(booked);
  part.set_committed_minor(booked);
  *part.mutable_conversion() = std::move(converted.conversion);
  part.set_encumbrance(held.name());
  if (booked == 0) return absl::OkStatus();
  if (!IsOpen(held)) {
    // The pre-commitment has lapsed with its period, or was used up by orders that are paid.
    ASSIGN_OR_RETURN(const std::string budget, bookings_.Covering(tx, requisition.cost_center(), line.expense_account(), Today(tx)));
    ASSIGN_OR_RETURN(held, PreCommit(tx, requisition, line, budget, booked));
    part.set_encumbrance(held.name());
    return bookings_.Commit(tx, held.name(), booked).status();
  }
  const int64_t share = ShareOf(held.pre_committed_minor(), part.quantity(), open);
  const int64_t set_aside = std::min(share, booked);
  if (set_aside > 0) {
    ASSIGN_OR_RETURN(held, bookings_.Commit(tx, held.name(), set_aside));
  }
  if (booked == set_aside) return absl::OkStatus();
  part.set_committed_minor(set_aside);
  absl::Status more = TakeMore(tx, part, booked - set_aside);
  part.clear_raised_minor();
  return more;
}

absl::Status Requisitions::TakeMore(record::Transaction& tx, v1::PurchaseOrder::Allocation& part, int64_t minor) const {
  ASSIGN_OR_RETURN(const Encumbrance raised, bookings_.Raise(tx, part.encumbrance(), minor));
  part.set_committed_minor(part.committed_minor() + minor);
  part.set_raised_minor(part.raised_minor() + minor);
  if (raised.state() == Encumbrance::STATE_COMMITTED) return absl::OkStatus();
  return bookings_.Commit(tx, part.encumbrance(), minor).status();
}

absl::Status Requisitions::GiveBack(record::Transaction& tx, Requisition& requisition, v1::PurchaseOrder::Allocation& part,
                                    int64_t quantity, int64_t minor, bool reopen) const {
  Requisition::Line& line = *LineOf(requisition, part.line());
  if (reopen && quantity > 0 && requisition.state() == Requisition::STATE_CLOSED) {
    return status::Error(kNotOrderable, {{"name", requisition.name()}});
  }
  line.set_ordered_quantity(line.ordered_quantity() - quantity);
  if (!reopen) line.set_closed_quantity(line.closed_quantity() + quantity);
  part.set_closed_quantity(part.closed_quantity() + quantity);
  part.set_committed_minor(part.committed_minor() - minor);

  if (minor == 0) return absl::OkStatus();

  ASSIGN_OR_RETURN(const Encumbrance bearer, encumbrances_.Lock(tx, part.encumbrance()));
  const bool same = part.encumbrance() == line.encumbrance();
  const int64_t kept = std::max<int64_t>(0, bearer.committed_minor() - minor);
  if (!reopen) {
    // Given up for good: so much less is promised, and what open units need stays set aside.
    if (same && OpenOf(line) == 0) return bookings_.Release(tx, bearer.name(), kept).status();
    return bookings_.LowerCommitment(tx, bearer.name(), bearer.committed_minor() - kept).status();
  }
  // A release frees what is pre-committed as well, so what the open units of the line need is set aside anew.
  ASSIGN_OR_RETURN(const Encumbrance current, encumbrances_.Lock(tx, line.encumbrance()));
  const int64_t needed = minor + (OpenOf(line) > 0 ? current.pre_committed_minor() : 0);
  if (!same) RETURN_IF_ERROR(bookings_.Release(tx, current.name(), kAllCommitted).status());
  RETURN_IF_ERROR(bookings_.Release(tx, bearer.name(), kept).status());
  ASSIGN_OR_RETURN(const std::string budget, bookings_.Covering(tx, requisition.cost_center(), line.expense_account(), Today(tx)));
  return PreCommit(tx, requisition, line, budget, needed).status();
}

absl::Status Requisitions::Finish(record::Transaction& tx, Steps& steps) const {
  for (auto& [name, step] : steps) {
    if (step.before.state() == Requisition::STATE_CLOSED) {
      // What is given up of an order of it changes its figures, and nothing else.
      RETURN_IF_ERROR(requisitions_.Update(tx, step.before, step.after, "give_up"));
      continue;
    }
    switch (StateOf(step.after)) {
      case Requisition::STATE_APPROVED:
        if (step.before.state() == Requisition::STATE_APPROVED) continue;
        step.verb = "reopen";
        break;
      case Requisition::STATE_PART_ORDERED:
        step.verb = "order_part";
        break;
      case Requisition::STATE_ORDERED:
        step.verb = "order";
        break;
      default:
        step.verb = "give_up";
    }
    RETURN_IF_ERROR(requisitions_.Advance(step.after, step.verb));
    if (!IsWanted(step.after)) ForgetQuestion(step.after);
    RETURN_IF_ERROR(requisitions_.Update(tx, step.before, step.after, step.verb));
  }
  return absl::OkStatus();
}

}  // namespace heitie::resource
