// Other amounts for approved budgets, proposed by one person and decided by another (policy S5).
#ifndef HEITIE_SERVICES_RESOURCE_BUDGETING_BUDGET_REVISION_H_
#define HEITIE_SERVICES_RESOURCE_BUDGETING_BUDGET_REVISION_H_

#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/resource/v1/budget_revision.pb.h"
#include "services/resource/money/budget.h"

namespace heitie::resource {

extern const status::Reason kOwnRevision;     // {name}
extern const status::Reason kNotOwnRevision;  // {name}

const record::StateMachine& BudgetRevisionMachine();

// Thread-safe.
class BudgetRevisions {
 public:
  BudgetRevisions(record::Store& store, const Budgets& budgets) : budgets_(budgets), revisions_(store, &BudgetRevisionMachine()) {}
  void Bind(record::Methods& methods);

 private:
  using Revision = v1::BudgetRevision;

  absl::Status Create(record::Transaction& tx, Revision& revision);
  absl::StatusOr<Revision> Approve(record::Transaction& tx, const v1::ApproveBudgetRevisionRequest& request);
  absl::StatusOr<Revision> Reject(record::Transaction& tx, const v1::RejectBudgetRevisionRequest& request);
  absl::StatusOr<Revision> Withdraw(record::Transaction& tx, const v1::WithdrawBudgetRevisionRequest& request);

  const Budgets& budgets_;
  record::Kind<Revision> revisions_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_BUDGETING_BUDGET_REVISION_H_
