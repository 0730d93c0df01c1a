#include "services/resource/money/encumbrance.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "services/resource/material/expiry.h"
#include "services/resource/money/budget_ledger.h"

namespace heitie::resource {

const status::Reason kUnknownBudget{absl::StatusCode::kInvalidArgument, "UNKNOWN_BUDGET", "{budget} does not exist.", "{budget} 不存在。"};
const status::Reason kEncumbranceExpired{absl::StatusCode::kFailedPrecondition, "ENCUMBRANCE_EXPIRED", "{name} expired at {time}.",
                                         "{name} 已於 {time} 到期。"};

namespace {

using v1::Encumbrance;

constexpr char kExpireJob[] = "expire-encumbrance";

std::string JobName(const std::string& encumbrance) { return absl::StrCat(encumbrance, "/expire"); }

// What is only pre-committed frees itself.
absl::Status KeepExpiryJob(record::Transaction& tx, const Encumbrance* before, const Encumbrance* after) {
  const std::string job = JobName(after->name());
  if (after->state() == Encumbrance::STATE_PRE_COMMITTED) {
    return job::Schedule(tx, {.name = job, .kind = kExpireJob, .payload = after->name(), .run_time = time::ToTime(after->expire_time())});
  }
  const bool ended =
      before != nullptr && before->state() == Encumbrance::STATE_PRE_COMMITTED && after->state() != Encumbrance::STATE_EXPIRED;
  return ended ? job::Cancel(tx, job) : absl::OkStatus();
}

}  // namespace

const record::StateMachine& EncumbranceMachine() {
  static const auto& machine = *new record::StateMachine(
      Encumbrance::State_descriptor(),
      {
          {Encumbrance::STATE_PRE_COMMITTED, "commit", Encumbrance::STATE_COMMITTED,
           "in the budget's period, before expire_time, at most what is pre-committed"},
          {Encumbrance::STATE_PRE_COMMITTED, "release", Encumbrance::STATE_RELEASED},
          {Encumbrance::STATE_PRE_COMMITTED, "expire", Encumbrance::STATE_EXPIRED, "at expire_time", record::kConsequence},
          {Encumbrance::STATE_COMMITTED, "commit", Encumbrance::STATE_COMMITTED, "in the budget's period, at most what is pre-committed"},
          {Encumbrance::STATE_COMMITTED, "record_actual", Encumbrance::STATE_COMMITTED, "at most what is committed"},
          {Encumbrance::STATE_COMMITTED, "release", Encumbrance::STATE_RELEASED, "nothing was spent"},
          {Encumbrance::STATE_COMMITTED, "release_rest", Encumbrance::STATE_COMMITTED, "a part is to stay committed", record::kConsequence},
          {Encumbrance::STATE_COMMITTED, "settle", Encumbrance::STATE_SETTLED, "something was spent and nothing is open",
           record::kConsequence},
      });
  return machine;
}

Encumbrances::Encumbrances(record::Store& store, const Budgets& budgets, job::Runner& jobs)
    : store_(store), budgets_(budgets), encumbrances_(store, &EncumbranceMachine()) {
  encumbrances_.SetFollow(KeepExpiryJob);
  jobs.Handle(kExpireJob, [this](const rpc::Call& call, const job::Job& job) { return Expire(call, job); });
}

void Encumbrances::Bind(record::Methods& methods) {
  methods.Reads(encumbrances_);
  methods.Creates(encumbrances_, this, &Encumbrances::PreCommit);
  methods.Bind("CommitEncumbrance", this, &Encumbrances::Commit);
  methods.Bind("RecordActual", this, &Encumbrances::RecordActual);
  methods.Bind("ReleaseEncumbrance", this, &Encumbrances::Release);
}

absl::Status Encumbrances::PreCommit(record::Transaction& tx, Encumbrance& encumbrance) {
  status::BadFields bad;
  CheckExpiry("encumbrance.expire_time", tx.call.now, *encumbrance.mutable_expire_time(), bad);
  absl::StatusOr<v1::Budget> budget = budgets_.LockInPeriod(tx, encumbrance.budget());
  if (absl::IsNotFound(budget.status())) bad.Add("encumbrance.budget", kUnknownBudget, {{"budget", encumbrance.budget()}});
  RETURN_IF_ERROR(bad.status());
  RETURN_IF_ERROR(budget.status());

  v1::Budget after = *budget;
  ASSIGN_OR_RETURN(const v1::BudgetEntry entry, resource::PreCommit(after, encumbrance));
  encumbrance.set_state(Encumbrance::STATE_PRE_COMMITTED);
  return budgets_.Save(tx, *budget, after, entry, "pre_commit");
}

absl::StatusOr<Encumbrance> Encumbrances::Commit(record::Transaction& tx, const v1::CommitEncumbranceRequest& request) {
  return encumbrances_.Change(tx, request, "commit", [&](const Encumbrance& before, Encumbrance& after) -> absl::Status {
    if (before.has_expire_time() && time::ToTime(before.expire_time()) <= tx.call.now) {
      const std::string time = time::InstantText(time::ToTime(before.expire_time()));
      return status::Error(kEncumbranceExpired, {{"name", before.name()}, {"time", time}});
    }
    ASSIGN_OR_RETURN(const v1::Budget budget, budgets_.LockInPeriod(tx, before.budget()));
    v1::Budget budget_after = budget;
    ASSIGN_OR_RETURN(const v1::BudgetEntry entry, resource::Commit(budget_after, after, request.amount_minor()));
    after.clear_expire_time();
    return budgets_.Save(tx, budget, budget_after, entry, "commit");
  });
}

absl::StatusOr<Encumbrance> Encumbrances::RecordActual(record::Transaction& tx, const v1::RecordActualRequest& request) {
  return encumbrances_.Change(tx, request, "record_actual", [&](Encumbrance& after) -> absl::Status {
    ASSIGN_OR_RETURN(const v1::Budget budget, budgets_.LockApproved(tx, after.budget()));
    v1::Budget budget_after = budget;
    ASSIGN_OR_RETURN(const v1::BudgetEntry entry, resource::RecordActual(budget_after, after, request.amount_minor()));
    RETURN_IF_ERROR(budgets_.Save(tx, budget, budget_after, entry, "record_actual"));
    return Open(after) == 0 ? encumbrances_.Advance(after, "settle") : absl::OkStatus();
  });
}

absl::StatusOr<Encumbrance> Encumbrances::Release(record::Transaction& tx, const v1::ReleaseEncumbranceRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Encumbrance> step, encumbrances_.Begin(tx, request));
  const int64_t keep = std::min(request.keep_committed_minor(), step.before.committed_minor());
  // Once more is as good as once.
  if (Open(step.before) == keep) return encumbrances_.Decorated(tx.sql, step.before);
  step.verb = "release";
  RETURN_IF_ERROR(encumbrances_.Advance(step.after, keep > 0 ? "release_rest" : step.before.actual_minor() > 0 ? "settle" : "release"));
  RETURN_IF_ERROR(GiveBack(tx, step.after, keep));
  step.after.clear_expire_time();
  return encumbrances_.Finish(tx, step);
}

job::Outcome Encumbrances::Expire(const rpc::Call& call, const job::Job& job) {
  const absl::Status status = store_.Write(call, [&](record::Transaction& tx) { return ExpirePreCommitted(tx, job.payload); });
  return status.ok() ? job::Outcome::Done() : job::Outcome::Failed(status);
}

absl::Status Encumbrances::ExpirePreCommitted(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(record::Step<Encumbrance> step, encumbrances_.Begin(tx, record::Target(name)));
  // Committed or released between the lease of the job and this lock.
  if (step.before.state() != Encumbrance::STATE_PRE_COMMITTED) return absl::OkStatus();
  RETURN_IF_ERROR(encumbrances_.Advance(step.after, step.verb = "expire"));
  RETURN_IF_ERROR(GiveBack(tx, step.after));
  return encumbrances_.Finish(tx, step).status();
}

absl::Status Encumbrances::GiveBack(record::Transaction& tx, Encumbrance& encumbrance, int64_t keep) const {
  ASSIGN_OR_RETURN(const v1::Budget budget, budgets_.LockApproved(tx, encumbrance.budget()));
  v1::Budget after = budget;
  ASSIGN_OR_RETURN(const v1::BudgetEntry entry, resource::Release(after, encumbrance, keep));
  return budgets_.Save(tx, budget, after, entry, "release");
}

}  // namespace heitie::resource
