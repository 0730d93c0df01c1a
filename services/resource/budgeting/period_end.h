// The end of a budget's period (policy S5, W8): what is only pre-committed lapses, what is ordered goes with its money to the budget of the
// next period, a rule says what goes of the rest, and the budget is closed for good.
#ifndef HEITIE_SERVICES_RESOURCE_BUDGETING_PERIOD_END_H_
#define HEITIE_SERVICES_RESOURCE_BUDGETING_PERIOD_END_H_

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/job/runner.h"
#include "common/record/store.h"
#include "services/resource/budgeting/budget_hold.h"
#include "services/resource/money/booking.h"
#include "services/resource/money/budget.h"
#include "services/resource/money/money_policy.h"

namespace heitie::resource {

// How much of a budget's unspent money goes on: by the rule, and at most what each budget above has left as well.
int64_t RestToCarry(const v1::MoneyPolicy& policy, const Levels& levels);

// Works in small transactions, each of which leaves the books right, so that it can be interrupted anywhere and goes on from there. A
// budget that has something ordered and no approved budget after it stays open until there is one. Thread-safe.
class PeriodEnds {
 public:
  // Handles the recurring job "end-budget-periods".
  PeriodEnds(record::Store& store, const Budgets& budgets, const Bookings& bookings, const BudgetHolds& holds,
             const MoneyPolicies& policies, job::Runner& jobs);
  PeriodEnds(const PeriodEnds&) = delete;

  // Tells a paper that money which it has pre-committed in a budget lapses, in that transaction, before the money is locked: papers are
  // locked first everywhere.
  using Tell = std::function<absl::Status(record::Transaction&, const std::string& paper, const std::string& budget)>;
  // For papers whose names begin so. Before the jobs run.
  void TellPapers(const std::string& prefix, Tell tell) { tell_[prefix] = std::move(tell); }

 private:
  job::Outcome Run(const rpc::Call& call);
  // Approved budgets whose time to be closed has come, without open ones below them.
  absl::StatusOr<std::vector<v1::Budget>> Due(const rpc::Call& call) const;
  // Whether it was closed.
  absl::StatusOr<bool> End(const rpc::Call& call, const v1::Budget& budget);
  // The approved budget for the same that begins on the day after; empty when there is none.
  absl::StatusOr<std::string> SuccessorOf(sql::Session& session, const v1::Budget& budget) const;
  absl::Status TellPaper(record::Transaction& tx, const std::string& encumbrance, const std::string& budget) const;
  absl::Status EndEncumbrance(record::Transaction& tx, const std::string& name, const std::string& budget,
                              const std::string& successor) const;
  absl::Status Close(record::Transaction& tx, const std::string& budget, const std::string& successor) const;

  record::Store& store_;
  const Budgets& budgets_;
  const Bookings& bookings_;
  const BudgetHolds& holds_;
  const MoneyPolicies& policies_;
  std::map<std::string, Tell> tell_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_BUDGETING_PERIOD_END_H_
