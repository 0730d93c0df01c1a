// Budgets and their ledger (policy S5, W8): the rows that budget_ledger.h computes.
#ifndef HEITIE_SERVICES_RESOURCE_MONEY_BUDGET_H_
#define HEITIE_SERVICES_RESOURCE_MONEY_BUDGET_H_

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/record/methods.h"
#include "heitie/resource/v1/budget.pb.h"
#include "services/resource/budgeting/cost_center.h"
#include "services/resource/money/budget_ledger.h"
#include "services/resource/money/money_policy.h"

namespace heitie::resource {

extern const status::Reason kPeriodReversed;
extern const status::Reason kBudgetNotDraft;     // {budget}
extern const status::Reason kBudgetInUse;        // {budget} {held} {pre_committed} {committed} {currency}
extern const status::Reason kBudgetHasChildren;  // {budget} {count}
extern const status::Reason kCurrencyMismatch;   // {source} {from} {target} {to}
extern const status::Reason kSameBudget;
extern const status::Reason kUnknownBudget;   // {budget}
extern const status::Reason kBudgetsInLine;   // {source} {target}
extern const status::Reason kParentDiffers;   // {budget} {parent}
extern const status::Reason kBudgetsTooDeep;  // {budget} {most}
extern const status::Reason kOwnBudget;       // {name}

// How many levels a budget and those above it may have.
inline constexpr int kMostBudgetLevels = 8;

const record::StateMachine& BudgetMachine();

// Money is set aside, ordered and moved between budgets on days of their periods only. What was ordered in a period is paid or given back
// afterwards as well: that is its closing, which ends when the budget is closed. OUTSIDE_BUDGET_PERIOD.
absl::Status CheckInPeriod(const v1::Budget& budget, absl::CivilDay day);

// Both ways up without the budgets that they share.
void TrimShared(Levels& source, Levels& target);

// A budget and those above it, locked, as they were and as they are to be; the same of several, locked together.
struct LockedBudget {
  Levels before, after;
  explicit LockedBudget(Levels levels = {}) : before(levels), after(std::move(levels)) {}
  const v1::Budget& budget() const { return after.front(); }
};

// Locks are taken deepest first, and of one depth by name: everybody then waits upward only, and what most share is held shortest.
// Thread-safe.
class Budgets {
 public:
  // `zone`: in which days begin.
  Budgets(record::Store& store, absl::TimeZone zone, const MoneyPolicies& policies, const CostCenters& cost_centers);
  void Bind(record::Methods& methods);

  // Locks an approved budget and those above it, for what was taken from it before. NOT_FOUND, BUDGET_NOT_APPROVED.
  absl::StatusOr<LockedBudget> LockApproved(record::Transaction& tx, const std::string& name) const;
  // Locks an approved budget alone, for what concerns none above it. NOT_FOUND, BUDGET_NOT_APPROVED.
  absl::StatusOr<LockedBudget> LockAlone(record::Transaction& tx, const std::string& name) const;
  // Locks a budget that money can be taken from today. NOT_FOUND, BUDGET_NOT_APPROVED, OUTSIDE_BUDGET_PERIOD.
  absl::StatusOr<LockedBudget> LockInPeriod(record::Transaction& tx, const std::string& name) const;
  // Locks several with all that are above them, so that LockApproved of one after the other finds them locked. Those that are missing are
  // left out.
  absl::Status LockAll(record::Transaction& tx, const std::vector<std::string>& names) const;
  // Writes balances with their event, and the ledger entries that budget_ledger.h returned. `action` is the event's ("pre_commit", …).
  // Where a level comes to reach another threshold, it has the event `alert` besides.
  absl::Status Save(record::Transaction& tx, LockedBudget& budget, const Entries& entries, const std::string& action) const;
  // Closes it for good; the one above has a child less. BUDGET_IN_USE, BUDGET_HAS_CHILDREN.
  absl::Status CloseLocked(record::Transaction& tx, const v1::Budget& before, v1::Budget& after) const;
  // Gives it the thresholds of the policy in force; false when it has them.
  bool TakeThresholds(const v1::MoneyPolicy& policy, v1::Budget& budget) const;
  // Writes what changed beside the ledger, with an alert if a threshold is reached now.
  absl::Status Update(record::Transaction& tx, const v1::Budget& before, v1::Budget& after, const std::string& action) const;

  // Says what a booking can take from it: payable_minor and tightest_budget. One statement where others are above it, else none.
  absl::Status PutPayable(sql::Session& session, v1::Budget& budget) const;

  const record::Kind<v1::Budget>& kind() const { return budgets_; }
  absl::CivilDay Today(const rpc::Call& call) const { return absl::ToCivilDay(call.now, zone_); }
  absl::TimeZone zone() const { return zone_; }

 private:
  // Several in this order by one statement; empty when one of them is not there. Row by row as they are named, so that all wait upward.
  absl::StatusOr<Levels> LockInOrder(record::Transaction& tx, const std::vector<std::string>& names) const;
  // Which budgets are above an approved one never changes: what is known spares looking them up before they are locked.
  std::optional<std::vector<std::string>> KnownWayUp(const std::string& name) const;
  void Learn(const v1::Budget& budget) const;
  // Writes the same change of balances to all levels by one statement; false, and nothing is done, where more than that has changed.
  absl::StatusOr<bool> SaveTogether(record::Transaction& tx, LockedBudget& budget, const std::string& action) const;

  absl::Status Create(record::Transaction& tx, v1::Budget& budget);
  absl::Status Change(record::Transaction& tx, const v1::Budget& before, v1::Budget& after);
  absl::StatusOr<v1::Budget> Approve(record::Transaction& tx, const v1::ApproveBudgetRequest& request);
  absl::StatusOr<v1::Budget> Close(record::Transaction& tx, const v1::CloseBudgetRequest& request);
  absl::StatusOr<v1::TransferBudgetResponse> Transfer(record::Transaction& tx, const v1::TransferBudgetRequest& request);

  absl::Status CheckDraft(record::Transaction& tx, const v1::Budget& budget) const;
  // Puts the budget below its parent, of which it is a child from now on.
  absl::Status Adopt(record::Transaction& tx, v1::Budget& budget) const;
  absl::Status Append(record::Transaction& tx, const Entries& entries) const;

  const absl::TimeZone zone_;
  const MoneyPolicies& policies_;
  const CostCenters& cost_centers_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::vector<std::string>> ways_up_;  // of approved budgets
  record::Kind<v1::Budget> budgets_;
  record::Kind<v1::BudgetEntry> entries_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MONEY_BUDGET_H_
