#include "services/risk/register/risk.h"

#include <array>
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "google/protobuf/empty.pb.h"
#include "heitie/risk/v1/assessment.pb.h"
#include "heitie/risk/v1/rating.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_matrix.pb.h"
#include "heitie/risk/v1/treatment.pb.h"
#include "services/risk/quantity/assessment.h"
#include "services/risk/treatment/treatment.h"

namespace heitie::risk {
namespace {

using v1::Risk;

constexpr const char* kExpiryJob = "expire-treatment";

constexpr auto kTransitions = std::to_array<record::Transition>({
    {Risk::STATE_IDENTIFIED, "assess", Risk::STATE_ASSESSED},
    {Risk::STATE_ASSESSED, "assess", Risk::STATE_ASSESSED},
    {Risk::STATE_TREATED, "assess", Risk::STATE_TREATED, "the treatment is still permitted"},
    {Risk::STATE_REOPENED, "assess", Risk::STATE_ASSESSED},
    {Risk::STATE_TREATED, "void_treatment", Risk::STATE_ASSESSED, "assessed beyond what the treatment is permitted for"},
    {Risk::STATE_ASSESSED, "treat", Risk::STATE_TREATED, "the level permits the treatment"},
    {Risk::STATE_TREATED, "treat", Risk::STATE_TREATED, "the level permits the treatment"},
    {Risk::STATE_TREATED, "expire", Risk::STATE_REOPENED, "the acceptance or the instrument has expired"},
    {Risk::STATE_IDENTIFIED, "close", Risk::STATE_CLOSED},
    {Risk::STATE_ASSESSED, "close", Risk::STATE_CLOSED},
    {Risk::STATE_TREATED, "close", Risk::STATE_CLOSED},
    {Risk::STATE_REOPENED, "close", Risk::STATE_CLOSED},
    {Risk::STATE_CLOSED, "reopen", Risk::STATE_REOPENED},
});

}  // namespace

const record::StateMachine& Risks::Machine() {
  static const auto* const kMachine = new record::StateMachine(Risk::State_descriptor(), kTransitions);
  return *kMachine;
}

Risks::Risks(record::Store& store, absl::TimeZone zone, const RiskMatrices& matrices)
    : store_(store), zone_(zone), matrices_(matrices), kind_(store), assessments_(store) {
  kind_.SetDecorator([](sql::Session&, Risk& risk) {
    record::SetAllowedVerbs(Machine(), risk, {"void_treatment", "expire"});
    return absl::OkStatus();
  });
}

absl::Status Risks::KeepExpiryJob(record::Transaction& tx, const Risk& before, const Risk& after) {
  const std::string name = absl::StrCat(after.name(), "/expire");
  if (after.state() == Risk::STATE_TREATED && after.has_expire_time()) {
    return job::Schedule(tx, {name, kExpiryJob, after.name(), time::ToTime(after.expire_time())});
  }
  return before.has_expire_time() ? job::Cancel(tx, name) : absl::OkStatus();
}

absl::StatusOr<Risk> Risks::Transition(record::Transaction& tx, const std::string& name, const std::string& etag, const char* verb,
                                       const Change& change) {
  ASSIGN_OR_RETURN(const Risk before, kind_.Lock(tx, name));
  RETURN_IF_ERROR(record::CheckEtag(before.name(), before.etag(), etag));
  ASSIGN_OR_RETURN(const int next, Machine().Next(name, StateAt(before, tx.call.now), verb));
  Risk after = before;
  after.set_state(static_cast<Risk::State>(next));
  RETURN_IF_ERROR(change(before, after));
  RETURN_IF_ERROR(kind_.Update(tx, before, after, verb));
  RETURN_IF_ERROR(KeepExpiryJob(tx, before, after));
  return kind_.Decorated(tx.sql, after);
}

absl::StatusOr<Risk> Risks::Assess(record::Transaction& tx, const v1::AssessRiskRequest& request) {
  return Transition(tx, request.name(), request.etag(), "assess", [&](const Risk& before, Risk& after) -> absl::Status {
    ASSIGN_OR_RETURN(const v1::RiskMatrix matrix, matrices_.InForce(tx.sql, tx.call.now));
    ASSIGN_OR_RETURN(v1::Assessment assessment, risk::Assess(before, request, matrix, tx.call.now));
    assessment.set_name(absl::StrCat(before.name(), "/assessments/", record::NewId(tx.call.now)));
    RETURN_IF_ERROR(assessments_.Insert(tx, assessment, "assess"));
    if (assessment.voided_treatment()) {
      ASSIGN_OR_RETURN(const int next, Machine().Next(before.name(), before.state(), "void_treatment"));
      after.set_state(static_cast<Risk::State>(next));
    }
    Apply(assessment, after);
    return absl::OkStatus();
  });
}

absl::StatusOr<Risk> Risks::Treat(record::Transaction& tx, const v1::TreatRiskRequest& request) {
  return Transition(tx, request.name(), request.etag(), "treat", [&](const Risk& before, Risk& after) -> absl::Status {
    const v1::Level level = before.current().level();
    RETURN_IF_ERROR(CheckTreatment(request.treatment(), tx.call.now, zone_));
    RETURN_IF_ERROR(CheckPermitted(before.name(), request.treatment(), level));
    ClearTreatment(after);
    v1::Treatment& treatment = *after.mutable_treatment();
    treatment = request.treatment();
    treatment.set_level(level);
    treatment.set_decider(tx.call.principal.name);
    *treatment.mutable_decide_time() = time::ToTimestamp(tx.call.now);
    after.set_strategy(StrategyOf(treatment));
    if (const std::optional<absl::Time> expiry = ExpiryOf(treatment)) *after.mutable_expire_time() = time::ToTimestamp(*expiry);
    return absl::OkStatus();
  });
}

absl::StatusOr<Risk> Risks::Close(record::Transaction& tx, const v1::CloseRiskRequest& request) {
  return Transition(tx, request.name(), request.etag(), "close", [&](const Risk&, Risk& after) {
    after.set_close_reason(request.reason());
    *after.mutable_close_time() = time::ToTimestamp(tx.call.now);
    after.clear_reopen_reason();
    return absl::OkStatus();
  });
}

absl::StatusOr<Risk> Risks::Reopen(record::Transaction& tx, const v1::ReopenRiskRequest& request) {
  return Transition(tx, request.name(), request.etag(), "reopen", [&](const Risk&, Risk& after) {
    ClearTreatment(after);
    after.clear_close_reason();
    after.clear_close_time();
    after.set_reopen_reason(request.reason());
    return absl::OkStatus();
  });
}

job::Outcome Risks::Expire(const rpc::Call& call, const job::Job& job) {
  const google::protobuf::Empty none;
  google::protobuf::Empty answer;
  absl::Time again = absl::InfiniteFuture();
  const absl::Status status = store_.Write(call, none, &answer, [&](record::Transaction& tx) -> absl::Status {
    again = absl::InfiniteFuture();
    ASSIGN_OR_RETURN(const Risk before, kind_.Lock(tx, job.payload));
    // Somebody may have decided anew between the lease and the lock.
    if (before.state() != Risk::STATE_TREATED || !before.has_expire_time()) return absl::OkStatus();
    if (const absl::Time expiry = time::ToTime(before.expire_time()); expiry > call.now) {
      again = expiry;
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const int next, Machine().Next(before.name(), before.state(), "expire"));
    Risk after = before;
    after.set_state(static_cast<Risk::State>(next));
    after.set_level(after.current().level());
    after.clear_residual();
    after.set_reopen_reason(
        absl::StrCat(StrategyText(before.strategy()), " expired at ", time::InstantText(time::ToTime(before.expire_time()))));
    return kind_.Update(tx, before, after, "expire");
  });
  if (!status.ok()) return job::Outcome::Failed(status);
  return again == absl::InfiniteFuture() ? job::Outcome::Done() : job::Outcome::Again(again);
}

void Risks::Handle(job::Runner& jobs) {
  jobs.Handle(kExpiryJob, [this](const rpc::Call& call, const job::Job& job) { return Expire(call, job); });
}

void Risks::Bind(rpc::Service& service) {
  service.Bind("GetRisk", kind_.Getter());
  service.Bind("ListRisks", kind_.Lister());
  service.Bind("CreateRisk", kind_.Creator<v1::CreateRiskRequest>([](record::Transaction&, const v1::CreateRiskRequest&, Risk& risk) {
    risk.set_state(Risk::STATE_IDENTIFIED);
    return absl::OkStatus();
  }));
  service.Bind("UpdateRisk", kind_.Updater([](record::Transaction&, const Risk& before, Risk&) -> absl::Status {
    if (before.state() == Risk::STATE_CLOSED) return status::Error(kRiskClosed, {{"name", before.name()}});
    return absl::OkStatus();
  }));
  service.Bind("AssessRisk", store_.Mutation(this, &Risks::Assess));
  service.Bind("TreatRisk", store_.Mutation(this, &Risks::Treat));
  service.Bind("CloseRisk", store_.Mutation(this, &Risks::Close));
  service.Bind("ReopenRisk", store_.Mutation(this, &Risks::Reopen));
  service.Bind("GetAssessment", assessments_.Getter());
  service.Bind("ListAssessments", assessments_.Lister());
}

}  // namespace heitie::risk
