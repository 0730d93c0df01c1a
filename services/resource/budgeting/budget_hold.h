// Money that is frozen for a while (policy S5).
#ifndef HEITIE_SERVICES_RESOURCE_BUDGETING_BUDGET_HOLD_H_
#define HEITIE_SERVICES_RESOURCE_BUDGETING_BUDGET_HOLD_H_

#include <string>

#include "common/job/runner.h"
#include "common/record/methods.h"
#include "heitie/resource/v1/budget_hold.pb.h"
#include "services/resource/money/budget.h"

namespace heitie::resource {

const record::StateMachine& BudgetHoldMachine();

// Locks are taken in one order: hold, then budgets. Thread-safe.
class BudgetHolds {
 public:
  // Handles the jobs of kind "expire-budget-hold".
  BudgetHolds(record::Store& store, const Budgets& budgets, job::Runner& jobs);
  void Bind(record::Methods& methods);
  // Frees it because its time or its budget's period is over. OK when it is not active any more.
  absl::Status Expire(record::Transaction& tx, const std::string& name) const;

 private:
  using Hold = v1::BudgetHold;

  absl::Status Create(record::Transaction& tx, Hold& hold);
  absl::StatusOr<Hold> Release(record::Transaction& tx, const v1::ReleaseBudgetHoldRequest& request);
  absl::Status Free(record::Transaction& tx, const Hold& hold, const std::string& reason) const;

  record::Store& store_;
  const Budgets& budgets_;
  record::Kind<Hold> holds_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_BUDGETING_BUDGET_HOLD_H_
