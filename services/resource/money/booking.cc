#include "services/resource/money/booking.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "common/job/runner.h"
#include "common/job/schedule_new.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/resource/v1/budget.pb.h"
#include "services/resource/money/budget_ledger.h"

namespace heitie::resource {

using v1::Encumbrance;

const status::Reason kNoBudget{absl::StatusCode::kFailedPrecondition, "NO_BUDGET",
                               "No approved budget of {cost_center} or one above it covers “{account}” on {day}.",
                               "{day} 沒有 {cost_center} 或其上層已核准的預算涵蓋「{account}」。"};
const status::Reason kInvoiceExceedsCommitment{
    absl::StatusCode::kFailedPrecondition, "INVOICE_EXCEEDS_COMMITMENT",
    "{encumbrance}: {excess:money} would be spent beyond the commitment, {limit:money} may be by {policy}; raise the commitment first.",
    "{encumbrance}：將超出承付 {excess:money}，依 {policy} 上限為 {limit:money}；請先提高承付。"};
const status::Reason kCreditExceedsActual{absl::StatusCode::kFailedPrecondition, "CREDIT_EXCEEDS_ACTUAL",
                                          "{encumbrance}: {actual:money} was spent, {asked:money} cannot come back.",
                                          "{encumbrance}：實支為 {actual:money}，不能退回 {asked:money}。"};
const status::Reason kEncumbranceOfPaper{absl::StatusCode::kFailedPrecondition, "ENCUMBRANCE_OF_PAPER",
                                         "{encumbrance} is booked by {paper} and not by hand.",
                                         "{encumbrance} 由 {paper} 入帳，不能手動處理。"};
const status::Reason kEncumbranceExpired{absl::StatusCode::kFailedPrecondition, "ENCUMBRANCE_EXPIRED", "{name} expired at {time}.",
                                         "{name} 已於 {time} 到期。"};

const status::Reason kRaiseLimit{
    absl::StatusCode::kPermissionDenied, "RAISE_LIMIT",
    "{encumbrance} would be raised by {raised:money} altogether, a specialist may by {limit:money} ({policy}).",
    "{encumbrance} 累計將提高 {raised:money}，專員上限為 {limit:money}（{policy}）。"};

namespace {

std::string ExpiryJobName(const std::string& encumbrance) { return absl::StrCat(encumbrance, "/expire"); }

bool WillExpire(const Encumbrance* encumbrance) {
  return encumbrance != nullptr && encumbrance->state() == Encumbrance::STATE_PRE_COMMITTED && encumbrance->has_expire_time();
}

// What is only pre-committed frees itself.
absl::Status KeepExpiryJob(record::Transaction& tx, const Encumbrance* before, const Encumbrance* after) {
  const std::string job = ExpiryJobName(after->name());
  if (WillExpire(after)) {
    if (WillExpire(before) && time::ToTime(before->expire_time()) == time::ToTime(after->expire_time())) return absl::OkStatus();
    const job::Job expiry = {
        .name = job, .kind = kExpireEncumbranceJob, .payload = after->name(), .run_time = time::ToTime(after->expire_time())};
    return before == nullptr ? job::ScheduleNew(tx, expiry) : job::Schedule(tx, expiry);
  }
  return WillExpire(before) && after->state() != Encumbrance::STATE_EXPIRED ? job::Cancel(tx, job) : absl::OkStatus();
}

absl::Status CheckHand(const Encumbrance& encumbrance, bool by_hand) {
  if (!by_hand || encumbrance.paper().empty()) return absl::OkStatus();
  return status::Error(kEncumbranceOfPaper, {{"encumbrance", encumbrance.name()}, {"paper", encumbrance.paper()}});
}

// What was ever promised of it and not given back, but for what exceeded that.
int64_t CommittedBase(const Encumbrance& encumbrance) {
  return encumbrance.committed_minor() + encumbrance.actual_minor() - std::min(encumbrance.actual_minor(), encumbrance.excess_minor());
}

template <typename T>
size_t RankIn(const std::vector<T>& list, const T& one) {
  return static_cast<size_t>(std::find(list.begin(), list.end(), one) - list.begin());
}

}  // namespace

const record::StateMachine& EncumbranceMachine() {
  using E = Encumbrance;
  static const auto& machine = *new record::StateMachine(
      E::State_descriptor(),
      {
          {E::STATE_PRE_COMMITTED, "commit", E::STATE_COMMITTED,
           "in the budget's period, before expire_time, at most what is pre-committed"},
          {E::STATE_PRE_COMMITTED, "raise", E::STATE_PRE_COMMITTED, "in the budget's period, at most what is available at every level"},
          {E::STATE_PRE_COMMITTED, "release", E::STATE_RELEASED},
          {E::STATE_PRE_COMMITTED, "expire", E::STATE_EXPIRED, "at expire_time, or the period is ended", record::kConsequence},
          {E::STATE_PRE_COMMITTED, "lower", E::STATE_PRE_COMMITTED, "its allotment holds less", record::kConsequence},
          {E::STATE_COMMITTED, "lower", E::STATE_COMMITTED, "its allotment holds less", record::kConsequence},
          {E::STATE_COMMITTED, "commit", E::STATE_COMMITTED, "in the budget's period, at most what is pre-committed"},
          {E::STATE_COMMITTED, "raise", E::STATE_COMMITTED, "in the budget's period, at most what is available at every level"},
          {E::STATE_COMMITTED, "record_actual", E::STATE_COMMITTED, "at most what is committed, and the excess that the terms allow"},
          {E::STATE_COMMITTED, "credit", E::STATE_COMMITTED, "at most what was spent"},
          {E::STATE_COMMITTED, "exceed", E::STATE_COMMITTED, "within the terms", record::kConsequence},
          {E::STATE_COMMITTED, "carry", E::STATE_COMMITTED, "the period is ended", record::kConsequence},
          {E::STATE_COMMITTED, "release", E::STATE_RELEASED, "nothing was spent"},
          {E::STATE_COMMITTED, "release_rest", E::STATE_COMMITTED, "a part is to stay committed", record::kConsequence},
          {E::STATE_COMMITTED, "settle", E::STATE_SETTLED, "something was spent and nothing is open", record::kConsequence},
          {E::STATE_COMMITTED, "recommit", E::STATE_COMMITTED, "its invoice was taken back", record::kConsequence},
          {E::STATE_SETTLED, "recommit", E::STATE_COMMITTED, "its invoice was taken back", record::kConsequence},
          {E::STATE_SETTLED, "credit", E::STATE_SETTLED, "at most what was spent"},
          {E::STATE_SETTLED, "exceed", E::STATE_SETTLED, "within the terms", record::kConsequence},
      });
  return machine;
}

Bookings::Bookings(record::Store& store, const Budgets& budgets, const MoneyPolicies& policies, const CostCenters& cost_centers)
    : budgets_(budgets), policies_(policies), cost_centers_(cost_centers), encumbrances_(store, &EncumbranceMachine()) {
  encumbrances_.SetFollow(KeepExpiryJob);
  encumbrances_.SetAllows([](const Encumbrance& encumbrance, const std::string& verb) {
    // By hand; its paper asks nobody.
    if (!encumbrance.paper().empty()) return false;
    if (verb == "commit") return encumbrance.pre_committed_minor() > 0;
    if (verb == "record_actual") return encumbrance.committed_minor() > 0;
    return verb != "credit" || encumbrance.actual_minor() > 0;
  });
}

absl::StatusOr<std::string> Bookings::Covering(record::Transaction& tx, const std::string& cost_center, const std::string& account,
                                               absl::CivilDay day) const {
  return FindCovering(tx.sql, cost_center, account, day);
}

absl::StatusOr<std::string> Bookings::FindCovering(sql::Session& session, const std::string& cost_center, const std::string& account,
                                                   absl::CivilDay day) const {
  ASSIGN_OR_RETURN(const std::vector<std::string> centers, cost_centers_.WayUp(session, cost_center));
  ASSIGN_OR_RETURN(const std::vector<std::string> accounts, cost_centers_.AccountWayUp(session, account));
  sql::Values values = {sql::V(time::DayText(day)), sql::V(time::DayText(day))};
  for (const std::string& id : centers) values.push_back(sql::V(id));
  for (const std::string& id : accounts) values.push_back(sql::V(id));
  ASSIGN_OR_RETURN(const std::vector<v1::Budget> budgets,
                   budgets_.kind().Select(session,
                                          absl::StrCat("WHERE state = 'STATE_APPROVED' AND start_date <= ? AND end_date >= ? AND "
                                                       "cost_center IN (",
                                                       sql::Placeholders(centers.size()), ") AND expense_account IN (",
                                                       sql::Placeholders(accounts.size()), ")"),
                                          values));
  const auto rank = [&](const v1::Budget& budget) {
    return std::make_tuple(RankIn(centers, budget.cost_center()), RankIn(accounts, budget.expense_account()),
                           time::ToDay(budget.end_date()) - time::ToDay(budget.start_date()), budget.name());
  };
  const auto best = std::min_element(budgets.begin(), budgets.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  if (best != budgets.end()) return best->name();
  return status::Error(kNoBudget, {{"cost_center", cost_center}, {"account", account}, {"day", time::DayText(day)}});
}

absl::Status Bookings::Lock(record::Transaction& tx, std::vector<std::string> encumbrances, std::vector<std::string> budgets) const {
  std::sort(encumbrances.begin(), encumbrances.end());
  encumbrances.erase(std::unique(encumbrances.begin(), encumbrances.end()), encumbrances.end());
  for (const std::string& name : encumbrances) {
    ASSIGN_OR_RETURN(const Encumbrance encumbrance, encumbrances_.Lock(tx, name));
    budgets.push_back(encumbrance.budget());
  }
  return budgets_.LockAll(tx, budgets);
}

absl::Status Bookings::Take(record::Transaction& tx, LockedBudget& budget, Encumbrance& encumbrance) const {
  ASSIGN_OR_RETURN(const Entries entries, resource::PreCommit(budget.after, encumbrance));
  encumbrance.set_state(Encumbrance::STATE_PRE_COMMITTED);
  return budgets_.Save(tx, budget, entries, "pre_commit");
}

absl::StatusOr<Encumbrance> Bookings::PreCommit(record::Transaction& tx, Encumbrance draft) const {
  if (draft.name().empty()) draft.set_name(absl::StrCat("encumbrances/", record::NewId(tx.call.now)));
  ASSIGN_OR_RETURN(LockedBudget budget, budgets_.LockInPeriod(tx, draft.budget()));
  RETURN_IF_ERROR(Take(tx, budget, draft));
  RETURN_IF_ERROR(encumbrances_.Insert(tx, draft, "create"));
  return encumbrances_.Decorated(tx.sql, draft);
}

absl::StatusOr<Encumbrance> Bookings::Commit(record::Transaction& tx, const std::string& name, int64_t amount) const {
  return Commit(tx, Target(name), amount, By::kPaper);
}

absl::StatusOr<Encumbrance> Bookings::Commit(record::Transaction& tx, const Target& target, int64_t amount, By by) const {
  return encumbrances_.Change(tx, target, "commit", [&](const Encumbrance& before, Encumbrance& after) -> absl::Status {
    RETURN_IF_ERROR(CheckHand(before, by == By::kHand));
    if (before.has_expire_time() && time::ToTime(before.expire_time()) <= tx.call.now) {
      const std::string time = time::InstantText(time::ToTime(before.expire_time()));
      return status::Error(kEncumbranceExpired, {{"name", before.name()}, {"time", time}});
    }
    ASSIGN_OR_RETURN(LockedBudget budget, budgets_.LockInPeriod(tx, before.budget()));
    ASSIGN_OR_RETURN(const Entries entries, resource::Commit(budget.after, after, amount));
    after.clear_expire_time();
    return budgets_.Save(tx, budget, entries, "commit");
  });
}

absl::StatusOr<Encumbrance> Bookings::Raise(record::Transaction& tx, const std::string& name, int64_t amount) const {
  return Raise(tx, Target(name), amount, By::kPaper);
}

absl::StatusOr<Encumbrance> Bookings::Raise(record::Transaction& tx, const Target& target, int64_t amount, By by) const {
  return encumbrances_.Change(tx, target, "raise", [&](const Encumbrance& before, Encumbrance& after) -> absl::Status {
    RETURN_IF_ERROR(CheckHand(before, by == By::kHand));
    if (by == By::kHand) RETURN_IF_ERROR(CheckRaise(tx, before, amount));
    ASSIGN_OR_RETURN(LockedBudget budget, budgets_.LockInPeriod(tx, before.budget()));
    const bool ordered = before.state() == Encumbrance::STATE_COMMITTED;
    ASSIGN_OR_RETURN(const Entries entries, resource::Raise(budget.after, after, amount, ordered));
    return budgets_.Save(tx, budget, entries, "raise");
  });
}

absl::Status Bookings::CheckRaise(record::Transaction& tx, const Encumbrance& encumbrance, int64_t amount) const {
  if (tx.call.principal.Has(options::v1::ROLE_OPERATIONS_MANAGER)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::MoneyPolicy policy, policies_.InForce(tx));
  const int64_t raised = encumbrance.raised_minor() - encumbrance.excess_minor() + amount;
  if (raised <= policy.specialist_raise_minor()) return absl::OkStatus();
  return status::Error(kRaiseLimit, {{"encumbrance", encumbrance.name()},
                                     {"raised", raised},
                                     {"limit", policy.specialist_raise_minor()},
                                     {"policy", policy.name()},
                                     {"currency", encumbrance.currency_code()}});
}

absl::StatusOr<Encumbrance> Bookings::RecordActual(record::Transaction& tx, const std::string& name, int64_t amount,
                                                   bool allow_excess) const {
  return RecordActual(tx, Target(name), amount, allow_excess, By::kPaper);
}

absl::StatusOr<Encumbrance> Bookings::RecordActual(record::Transaction& tx, const Target& target, int64_t amount, bool allow_excess,
                                                   By by) const {
  return encumbrances_.Change(tx, target, "record_actual", [&](const Encumbrance& before, Encumbrance& after) -> absl::Status {
    RETURN_IF_ERROR(CheckHand(before, by == By::kHand));
    const int64_t excess = allow_excess ? std::max<int64_t>(0, amount - before.committed_minor()) : 0;
    if (excess > 0) RETURN_IF_ERROR(CheckExcess(tx, before, excess));
    ASSIGN_OR_RETURN(LockedBudget budget, budgets_.LockApproved(tx, before.budget()));
    Entries entries;
    if (amount > excess) {
      ASSIGN_OR_RETURN(entries, resource::RecordActual(budget.after, after, amount - excess));
    }
    if (excess > 0) {
      ASSIGN_OR_RETURN(const Entries more, resource::Exceed(budget.after, after, excess));
      entries.insert(entries.end(), more.begin(), more.end());
    }
    RETURN_IF_ERROR(budgets_.Save(tx, budget, entries, "record_actual"));
    return Open(after) == 0 ? encumbrances_.Advance(after, "settle") : absl::OkStatus();
  });
}

absl::Status Bookings::CheckExcess(record::Transaction& tx, const Encumbrance& encumbrance, int64_t excess) const {
  ASSIGN_OR_RETURN(const v1::MoneyPolicy policy, policies_.InForce(tx));
  const int64_t limit = ExcessLimit(policy, CommittedBase(encumbrance));
  if (encumbrance.excess_minor() + excess <= limit) return absl::OkStatus();
  return status::Error(kInvoiceExceedsCommitment, {{"encumbrance", encumbrance.name()},
                                                   {"excess", encumbrance.excess_minor() + excess},
                                                   {"limit", limit},
                                                   {"policy", policy.name()},
                                                   {"currency", encumbrance.currency_code()}});
}

absl::StatusOr<Encumbrance> Bookings::Excess(record::Transaction& tx, const std::string& name, int64_t amount) const {
  return encumbrances_.Change(tx, Target(name), "exceed", [&](const Encumbrance& before, Encumbrance& after) -> absl::Status {
    RETURN_IF_ERROR(CheckExcess(tx, before, amount));
    ASSIGN_OR_RETURN(LockedBudget budget, budgets_.LockApproved(tx, before.budget()));
    ASSIGN_OR_RETURN(const Entries entries, resource::Exceed(budget.after, after, amount));
    return budgets_.Save(tx, budget, entries, "exceed");
  });
}

// What comes back for a period that is closed for good is the present one's.
absl::StatusOr<LockedBudget> Bookings::LockForCredit(record::Transaction& tx, const std::string& budget) const {
  std::string name = budget;
  for (;;) {
    ASSIGN_OR_RETURN(const v1::Budget found, budgets_.kind().Find(tx.sql, name));
    if (found.state() != v1::Budget::STATE_CLOSED || found.successor().empty()) return budgets_.LockApproved(tx, name);
    name = found.successor();
  }
}

absl::StatusOr<Encumbrance> Bookings::Credit(record::Transaction& tx, const std::string& name, int64_t amount) const {
  return Credit(tx, Target(name), amount, By::kPaper);
}

absl::StatusOr<Encumbrance> Bookings::Credit(record::Transaction& tx, const Target& target, int64_t amount, By by) const {
  return encumbrances_.Change(tx, target, "credit", [&](const Encumbrance& before, Encumbrance& after) -> absl::Status {
    RETURN_IF_ERROR(CheckHand(before, by == By::kHand));
    if (amount > before.actual_minor()) {
      return status::Error(
          kCreditExceedsActual,
          {{"encumbrance", before.name()}, {"actual", before.actual_minor()}, {"asked", amount}, {"currency", before.currency_code()}});
    }
    ASSIGN_OR_RETURN(LockedBudget budget, LockForCredit(tx, before.budget()));
    ASSIGN_OR_RETURN(const Entries entries, resource::Credit(budget.after, after, amount));
    return budgets_.Save(tx, budget, entries, "credit");
  });
}

absl::StatusOr<bool> Bookings::Recommit(record::Transaction& tx, const std::string& name, int64_t amount) const {
  ASSIGN_OR_RETURN(record::Step<Encumbrance> step, encumbrances_.Begin(tx, Target(name)));
  ASSIGN_OR_RETURN(const v1::Budget of, budgets_.kind().Find(tx.sql, step.before.budget()));
  if (of.state() != v1::Budget::STATE_APPROVED || !CheckInPeriod(of, budgets_.Today(tx.call)).ok()) return false;
  RETURN_IF_ERROR(encumbrances_.Advance(step.after, step.verb = "recommit"));
  ASSIGN_OR_RETURN(LockedBudget budget, budgets_.LockInPeriod(tx, step.before.budget()));
  ASSIGN_OR_RETURN(const Entries entries, resource::Raise(budget.after, step.after, amount, /*ordered=*/true));
  RETURN_IF_ERROR(budgets_.Save(tx, budget, entries, "raise"));
  RETURN_IF_ERROR(encumbrances_.Finish(tx, step).status());
  return true;
}

absl::StatusOr<Encumbrance> Bookings::LowerCommitment(record::Transaction& tx, const std::string& name, int64_t amount) const {
  ASSIGN_OR_RETURN(record::Step<Encumbrance> step, encumbrances_.Begin(tx, Target(name), "lower"));
  if (amount == Open(step.before)) return Release(tx, name);
  ASSIGN_OR_RETURN(LockedBudget budget, budgets_.LockApproved(tx, step.before.budget()));
  ASSIGN_OR_RETURN(const Entries entries, resource::LowerCommitment(budget.after, step.after, amount));
  RETURN_IF_ERROR(budgets_.Save(tx, budget, entries, "release"));
  return encumbrances_.Finish(tx, step);
}

absl::StatusOr<Encumbrance> Bookings::Release(record::Transaction& tx, const std::string& name, int64_t keep) const {
  return Release(tx, Target(name), keep, By::kPaper);
}

absl::StatusOr<Encumbrance> Bookings::Release(record::Transaction& tx, const Target& target, int64_t keep_at_most, By by) const {
  ASSIGN_OR_RETURN(record::Step<Encumbrance> step, encumbrances_.Begin(tx, target));
  RETURN_IF_ERROR(CheckHand(step.before, by == By::kHand));
  const int64_t keep = std::min(keep_at_most, step.before.committed_minor());
  // Once more is as good as once.
  if (Open(step.before) == keep) return encumbrances_.Decorated(tx.sql, step.before);
  step.verb = "release";
  RETURN_IF_ERROR(encumbrances_.Advance(step.after, keep > 0 ? "release_rest" : step.before.actual_minor() > 0 ? "settle" : "release"));
  RETURN_IF_ERROR(GiveBack(tx, step.after, keep));
  step.after.clear_expire_time();
  return encumbrances_.Finish(tx, step);
}

absl::StatusOr<Encumbrance> Bookings::Lower(record::Transaction& tx, const std::string& name, int64_t amount) const {
  ASSIGN_OR_RETURN(record::Step<Encumbrance> step, encumbrances_.Begin(tx, Target(name), "lower"));
  if (amount == Open(step.before)) return Release(tx, name);
  ASSIGN_OR_RETURN(LockedBudget budget, budgets_.LockApproved(tx, step.before.budget()));
  ASSIGN_OR_RETURN(const Entries entries, resource::Lower(budget.after, step.after, amount));
  RETURN_IF_ERROR(budgets_.Save(tx, budget, entries, "release"));
  return encumbrances_.Finish(tx, step);
}

absl::Status Bookings::Expire(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(record::Step<Encumbrance> step, encumbrances_.Begin(tx, Target(name)));
  // Committed or released between the lease of the job and this lock.
  if (step.before.state() != Encumbrance::STATE_PRE_COMMITTED) return absl::OkStatus();
  RETURN_IF_ERROR(encumbrances_.Advance(step.after, step.verb = "expire"));
  RETURN_IF_ERROR(GiveBack(tx, step.after, 0));
  return encumbrances_.Finish(tx, step).status();
}

absl::Status Bookings::GiveBack(record::Transaction& tx, Encumbrance& encumbrance, int64_t keep) const {
  ASSIGN_OR_RETURN(LockedBudget budget, budgets_.LockApproved(tx, encumbrance.budget()));
  ASSIGN_OR_RETURN(const Entries entries, resource::Release(budget.after, encumbrance, keep));
  return budgets_.Save(tx, budget, entries, "release");
}

}  // namespace heitie::resource
