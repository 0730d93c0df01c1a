#include "services/resource/money/encumbrance.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "services/resource/material/expiry.h"
#include "services/resource/money/budget_ledger.h"

namespace heitie::resource {
namespace {

using v1::Encumbrance;

constexpr char kExpireJob[] = "expire-encumbrance";

constexpr auto kTransitions = std::to_array<record::Transition>({
    {Encumbrance::STATE_PRE_COMMITTED, "commit", Encumbrance::STATE_COMMITTED,
     "in the budget's period, before expire_time, at most what is pre-committed"},
    {Encumbrance::STATE_PRE_COMMITTED, "release", Encumbrance::STATE_RELEASED},
    {Encumbrance::STATE_PRE_COMMITTED, "expire", Encumbrance::STATE_EXPIRED, "at expire_time"},
    {Encumbrance::STATE_COMMITTED, "commit", Encumbrance::STATE_COMMITTED, "in the budget's period, at most what is pre-committed"},
    {Encumbrance::STATE_COMMITTED, "record_actual", Encumbrance::STATE_COMMITTED, "at most what is committed"},
    {Encumbrance::STATE_COMMITTED, "release", Encumbrance::STATE_RELEASED, "nothing was spent"},
    {Encumbrance::STATE_COMMITTED, "settle", Encumbrance::STATE_SETTLED, "something was spent and nothing is open"},
});

std::string JobName(const std::string& encumbrance) { return absl::StrCat(encumbrance, "/expire"); }

absl::Status SetState(Encumbrance& encumbrance, const std::string& verb) {
  ASSIGN_OR_RETURN(const int state, EncumbranceStates().Next(encumbrance.name(), encumbrance.state(), verb));
  encumbrance.set_state(static_cast<Encumbrance::State>(state));
  return absl::OkStatus();
}

}  // namespace

const record::StateMachine& EncumbranceStates() {
  static const auto* const kStates = new record::StateMachine(Encumbrance::State_descriptor(), kTransitions);
  return *kStates;
}

std::vector<std::string> EncumbranceVerbs(Encumbrance::State state) {
  std::vector<std::string> verbs = EncumbranceStates().AllowedVerbs(state);
  std::erase_if(verbs, [](const std::string& verb) { return verb == "expire" || verb == "settle"; });
  return verbs;
}

Encumbrances::Encumbrances(record::Store& store, const Budgets& budgets, job::Runner& jobs)
    : store_(store), budgets_(budgets), encumbrances_(store) {
  encumbrances_.SetDecorator([](sql::Session&, Encumbrance& encumbrance) {
    for (const std::string& verb : EncumbranceVerbs(encumbrance.state())) encumbrance.add_allowed_verbs(verb);
    return absl::OkStatus();
  });
  jobs.Handle(kExpireJob, [this](const rpc::Call& call, const job::Job& job) { return Expire(call, job); });
}

void Encumbrances::Bind(rpc::Service& service) {
  service.Bind("GetEncumbrance", encumbrances_.Getter());
  service.Bind("ListEncumbrances", encumbrances_.Lister());
  service.Bind("CreateEncumbrance",
               encumbrances_.Creator<v1::CreateEncumbranceRequest>(
                   [this](record::Transaction& tx, const v1::CreateEncumbranceRequest&, Encumbrance& e) { return PreCommit(tx, e); }));
  service.Bind("CommitEncumbrance", store_.Mutation(this, &Encumbrances::Commit));
  service.Bind("RecordActual", store_.Mutation(this, &Encumbrances::RecordActual));
  service.Bind("ReleaseEncumbrance", store_.Mutation(this, &Encumbrances::Release));
}

absl::Status Encumbrances::PreCommit(record::Transaction& tx, Encumbrance& encumbrance) const {
  status::BadFields bad;
  CheckExpiry("encumbrance.expire_time", tx.call.now, *encumbrance.mutable_expire_time(), bad);
  absl::StatusOr<v1::Budget> budget = budgets_.LockInPeriod(tx, encumbrance.budget());
  if (absl::IsNotFound(budget.status())) bad.Add("encumbrance.budget", kUnknownBudget, {{"budget", encumbrance.budget()}});
  RETURN_IF_ERROR(bad.status());
  RETURN_IF_ERROR(budget.status());

  v1::Budget after = *budget;
  ASSIGN_OR_RETURN(const v1::BudgetEntry entry, resource::PreCommit(after, encumbrance));
  encumbrance.set_state(Encumbrance::STATE_PRE_COMMITTED);
  RETURN_IF_ERROR(budgets_.Save(tx, *budget, after, entry, "pre_commit"));
  return job::Schedule(tx, {.name = JobName(encumbrance.name()),
                            .kind = kExpireJob,
                            .payload = encumbrance.name(),
                            .run_time = time::ToTime(encumbrance.expire_time())});
}

absl::StatusOr<Encumbrance> Encumbrances::Commit(record::Transaction& tx, const v1::CommitEncumbranceRequest& request) {
  ASSIGN_OR_RETURN(const Encumbrance before, Lock(tx, request.name(), request.etag()));
  Encumbrance after = before;
  RETURN_IF_ERROR(SetState(after, "commit"));
  if (before.has_expire_time() && time::ToTime(before.expire_time()) <= tx.call.now) {
    const std::string time = time::InstantText(time::ToTime(before.expire_time()));
    return status::Error(kEncumbranceExpired, {{"name", before.name()}, {"time", time}});
  }
  ASSIGN_OR_RETURN(const v1::Budget budget, budgets_.LockInPeriod(tx, before.budget()));
  v1::Budget budget_after = budget;
  ASSIGN_OR_RETURN(const v1::BudgetEntry entry, resource::Commit(budget_after, after, request.amount_minor()));
  RETURN_IF_ERROR(budgets_.Save(tx, budget, budget_after, entry, "commit"));
  after.clear_expire_time();
  RETURN_IF_ERROR(job::Cancel(tx, JobName(before.name())));
  return Finish(tx, before, after, "commit");
}

absl::StatusOr<Encumbrance> Encumbrances::RecordActual(record::Transaction& tx, const v1::RecordActualRequest& request) {
  ASSIGN_OR_RETURN(const Encumbrance before, Lock(tx, request.name(), request.etag()));
  Encumbrance after = before;
  RETURN_IF_ERROR(SetState(after, "record_actual"));
  ASSIGN_OR_RETURN(const v1::Budget budget, budgets_.LockApproved(tx, before.budget()));
  v1::Budget budget_after = budget;
  ASSIGN_OR_RETURN(const v1::BudgetEntry entry, resource::RecordActual(budget_after, after, request.amount_minor()));
  RETURN_IF_ERROR(budgets_.Save(tx, budget, budget_after, entry, "record_actual"));
  if (Open(after) == 0) RETURN_IF_ERROR(SetState(after, "settle"));
  return Finish(tx, before, after, "record_actual");
}

absl::StatusOr<Encumbrance> Encumbrances::Release(record::Transaction& tx, const v1::ReleaseEncumbranceRequest& request) {
  ASSIGN_OR_RETURN(const Encumbrance before, Lock(tx, request.name(), request.etag()));
  if (Open(before) == 0) return encumbrances_.Decorated(tx.sql, before);
  Encumbrance after = before;
  RETURN_IF_ERROR(SetState(after, before.actual_minor() > 0 ? "settle" : "release"));
  RETURN_IF_ERROR(GiveBack(tx, after));
  after.clear_expire_time();
  RETURN_IF_ERROR(job::Cancel(tx, JobName(before.name())));
  return Finish(tx, before, after, "release");
}

job::Outcome Encumbrances::Expire(const rpc::Call& call, const job::Job& job) {
  v1::ReleaseEncumbranceRequest request;
  request.set_name(job.payload);
  Encumbrance response;
  const absl::Status status =
      store_.Write(call, request, &response, [&](record::Transaction& tx) { return ExpirePreCommitted(tx, job.payload); });
  return status.ok() ? job::Outcome::Done() : job::Outcome::Failed(status);
}

absl::Status Encumbrances::ExpirePreCommitted(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(const Encumbrance before, encumbrances_.Lock(tx, name));
  // Committed or released between the lease of the job and this lock.
  if (before.state() != Encumbrance::STATE_PRE_COMMITTED) return absl::OkStatus();
  Encumbrance after = before;
  RETURN_IF_ERROR(SetState(after, "expire"));
  RETURN_IF_ERROR(GiveBack(tx, after));
  return encumbrances_.Update(tx, before, after, "expire");
}

absl::StatusOr<Encumbrance> Encumbrances::Lock(record::Transaction& tx, const std::string& name, const std::string& etag) const {
  ASSIGN_OR_RETURN(Encumbrance encumbrance, encumbrances_.Lock(tx, name));
  RETURN_IF_ERROR(record::CheckEtag(encumbrance.name(), encumbrance.etag(), etag));
  return encumbrance;
}

absl::Status Encumbrances::GiveBack(record::Transaction& tx, Encumbrance& encumbrance) const {
  ASSIGN_OR_RETURN(const v1::Budget budget, budgets_.LockApproved(tx, encumbrance.budget()));
  v1::Budget after = budget;
  ASSIGN_OR_RETURN(const v1::BudgetEntry entry, resource::Release(after, encumbrance));
  return budgets_.Save(tx, budget, after, entry, "release");
}

absl::StatusOr<Encumbrance> Encumbrances::Finish(record::Transaction& tx, const Encumbrance& before, Encumbrance& after,
                                                 const std::string& action) const {
  RETURN_IF_ERROR(encumbrances_.Update(tx, before, after, action));
  return encumbrances_.Decorated(tx.sql, after);
}

}  // namespace heitie::resource
