#include "services/resource/budgeting/budget_revision.h"

#include "common/record/columns.h"
#include "common/status/macros.h"
#include "services/resource/money/budget_ledger.h"

namespace heitie::resource {

using v1::BudgetRevision;

const status::Reason kOwnRevision{absl::StatusCode::kPermissionDenied, "OWN_REVISION",
                                  "{name} proposed the revision and cannot decide about it.", "{name} 是調整的提出者，不能自行決定。"};
const status::Reason kNotOwnRevision{absl::StatusCode::kPermissionDenied, "NOT_OWN_REVISION",
                                     "Only {name}, who proposed it, takes it back.", "僅提出者 {name} 可以撤回。"};

const record::StateMachine& BudgetRevisionMachine() {
  using R = BudgetRevision;
  static const auto& machine = *new record::StateMachine(
      R::State_descriptor(), {
                                 {R::STATE_PROPOSED, "approve", R::STATE_APPROVED, "by somebody else, at least what is taken"},
                                 {R::STATE_PROPOSED, "reject", R::STATE_REJECTED, "by somebody else"},
                                 {R::STATE_PROPOSED, "withdraw", R::STATE_WITHDRAWN, "by who proposed it"},
                             });
  return machine;
}

void BudgetRevisions::Bind(record::Methods& methods) {
  methods.Reads(revisions_);
  methods.Creates(revisions_, this, &BudgetRevisions::Create);
  methods.Bind("ApproveBudgetRevision", this, &BudgetRevisions::Approve);
  methods.Bind("RejectBudgetRevision", this, &BudgetRevisions::Reject);
  methods.Bind("WithdrawBudgetRevision", this, &BudgetRevisions::Withdraw);
}

absl::Status BudgetRevisions::Create(record::Transaction& tx, BudgetRevision& revision) {
  ASSIGN_OR_RETURN(const LockedBudget budget, budgets_.LockAlone(tx, record::ParentOf(revision.name())));
  revision.set_state(BudgetRevision::STATE_PROPOSED);
  revision.set_previous_minor(budget.budget().approved_minor());
  // What could not be approved now is not proposed either.
  v1::Budget tried = budget.budget();
  return Revise(tried, revision.amount_minor(), revision.name(), revision.reason()).status();
}

absl::StatusOr<BudgetRevision> BudgetRevisions::Approve(record::Transaction& tx, const v1::ApproveBudgetRevisionRequest& request) {
  return revisions_.Change(tx, request, "approve", [&](const BudgetRevision& before, BudgetRevision& after) -> absl::Status {
    if (before.creator() == tx.call.principal.name) return status::Error(kOwnRevision, {{"name", before.creator()}});
    ASSIGN_OR_RETURN(LockedBudget budget, budgets_.LockAlone(tx, record::ParentOf(before.name())));
    after.set_previous_minor(budget.budget().approved_minor());
    ASSIGN_OR_RETURN(const v1::BudgetEntry entry, Revise(budget.after.front(), before.amount_minor(), before.name(), before.reason()));
    after.set_version(budget.budget().revision());
    after.set_decider(tx.call.principal.name);
    return budgets_.Save(tx, budget, {entry}, "revise");
  });
}

absl::StatusOr<BudgetRevision> BudgetRevisions::Reject(record::Transaction& tx, const v1::RejectBudgetRevisionRequest& request) {
  return revisions_.Change(tx, request, "reject", [&](const BudgetRevision& before, BudgetRevision& after) -> absl::Status {
    if (before.creator() == tx.call.principal.name) return status::Error(kOwnRevision, {{"name", before.creator()}});
    after.set_state_reason(request.reason());
    after.set_decider(tx.call.principal.name);
    return absl::OkStatus();
  });
}

absl::StatusOr<BudgetRevision> BudgetRevisions::Withdraw(record::Transaction& tx, const v1::WithdrawBudgetRevisionRequest& request) {
  return revisions_.Change(tx, request, "withdraw", [&](const BudgetRevision& before, BudgetRevision& after) -> absl::Status {
    if (before.creator() != tx.call.principal.name) return status::Error(kNotOwnRevision, {{"name", before.creator()}});
    after.set_state_reason(request.reason());
    return absl::OkStatus();
  });
}

}  // namespace heitie::resource
