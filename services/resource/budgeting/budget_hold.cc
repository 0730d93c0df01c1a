#include "services/resource/budgeting/budget_hold.h"

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/resource/material/expiry.h"
#include "services/resource/money/budget_ledger.h"

namespace heitie::resource {

using v1::BudgetHold;

namespace {

constexpr char kExpireHoldJob[] = "expire-budget-hold";

// What is frozen frees itself.
absl::Status KeepHoldJob(record::Transaction& tx, const BudgetHold* before, const BudgetHold* after) {
  const std::string job = absl::StrCat(after->name(), "/expire");
  if (after->state() == BudgetHold::STATE_ACTIVE) {
    if (before != nullptr) return absl::OkStatus();
    return job::Schedule(tx,
                         {.name = job, .kind = kExpireHoldJob, .payload = after->name(), .run_time = time::ToTime(after->expire_time())});
  }
  return after->state() == BudgetHold::STATE_RELEASED ? job::Cancel(tx, job) : absl::OkStatus();
}

}  // namespace

const record::StateMachine& BudgetHoldMachine() {
  using H = BudgetHold;
  static const auto& machine = *new record::StateMachine(
      H::State_descriptor(),
      {
          {H::STATE_ACTIVE, "release", H::STATE_RELEASED},
          {H::STATE_ACTIVE, "expire", H::STATE_EXPIRED, "at expire_time, or the period is ended", record::kConsequence},
      });
  return machine;
}

BudgetHolds::BudgetHolds(record::Store& store, const Budgets& budgets, job::Runner& jobs)
    : store_(store), budgets_(budgets), holds_(store, &BudgetHoldMachine()) {
  holds_.SetFollow(KeepHoldJob);
  jobs.Handle(kExpireHoldJob, [this](const rpc::Call& call, const job::Job& job) {
    const absl::Status status = store_.Write(call, [&](record::Transaction& tx) { return Expire(tx, job.payload); });
    return status.ok() ? job::Outcome::Done() : job::Outcome::Failed(status);
  });
}

void BudgetHolds::Bind(record::Methods& methods) {
  methods.Reads(holds_);
  methods.Creates(holds_, this, &BudgetHolds::Create);
  methods.Bind("ReleaseBudgetHold", this, &BudgetHolds::Release);
}

absl::Status BudgetHolds::Create(record::Transaction& tx, BudgetHold& hold) {
  status::BadFields bad;
  CheckExpiry("budget_hold.expire_time", tx.call.now, *hold.mutable_expire_time(), bad);
  absl::StatusOr<LockedBudget> budget = budgets_.LockInPeriod(tx, hold.budget());
  if (absl::IsNotFound(budget.status())) bad.Add("budget_hold.budget", kUnknownBudget, {{"budget", hold.budget()}});
  RETURN_IF_ERROR(bad.status());
  RETURN_IF_ERROR(budget.status());
  ASSIGN_OR_RETURN(const Entries entries, resource::Hold(budget->after, hold.amount_minor(), hold.name(), hold.reason()));
  hold.set_currency_code(budget->budget().currency_code());
  hold.set_state(BudgetHold::STATE_ACTIVE);
  return budgets_.Save(tx, *budget, entries, "hold");
}

absl::Status BudgetHolds::Free(record::Transaction& tx, const BudgetHold& hold, const std::string& reason) const {
  ASSIGN_OR_RETURN(LockedBudget budget, budgets_.LockApproved(tx, hold.budget()));
  ASSIGN_OR_RETURN(const Entries entries, EndHold(budget.after, hold.amount_minor(), hold.name(), reason));
  return budgets_.Save(tx, budget, entries, "end_hold");
}

absl::StatusOr<BudgetHold> BudgetHolds::Release(record::Transaction& tx, const v1::ReleaseBudgetHoldRequest& request) {
  return holds_.Change(tx, request, "release", [&](BudgetHold& after) -> absl::Status {
    after.set_state_reason(request.reason());
    return Free(tx, after, request.reason());
  });
}

absl::Status BudgetHolds::Expire(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(record::Step<BudgetHold> step, holds_.Begin(tx, record::Target(name)));
  // Released between the lease of the job and this lock.
  if (step.before.state() != BudgetHold::STATE_ACTIVE) return absl::OkStatus();
  RETURN_IF_ERROR(holds_.Advance(step.after, step.verb = "expire"));
  RETURN_IF_ERROR(Free(tx, step.after, ""));
  return holds_.Finish(tx, step).status();
}

}  // namespace heitie::resource
