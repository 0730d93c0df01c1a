#include "services/risk/register/risk.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/risk/v1/assessment.pb.h"
#include "heitie/risk/v1/rating.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_matrix.pb.h"
#include "heitie/risk/v1/treatment.pb.h"
#include "services/risk/quantity/assessment.h"
#include "services/risk/quantity/rating.h"
#include "services/risk/treatment/treatment.h"

namespace heitie::risk {

const status::Reason kRiskClosed{absl::StatusCode::kFailedPrecondition, "RISK_CLOSED", "{name} is closed; reopen it first.",
                                 "{name} 已關閉，請先重新開啟。"};

namespace {

using v1::Risk;

constexpr const char* kExpiryJob = "expire-treatment";

// The job that reopens a risk when its acceptance or instrument expires (R3, W6).
absl::Status KeepExpiryJob(record::Transaction& tx, const Risk* before, const Risk* after) {
  const std::string name = absl::StrCat(after->name(), "/expire");
  if (after->state() == Risk::STATE_TREATED && after->has_expire_time()) {
    return job::Schedule(tx, {name, kExpiryJob, after->name(), time::ToTime(after->expire_time())});
  }
  return before != nullptr && before->has_expire_time() ? job::Cancel(tx, name) : absl::OkStatus();
}

}  // namespace

const record::StateMachine& RiskMachine() {
  static const auto& machine = *new record::StateMachine(
      Risk::State_descriptor(),
      {
          {Risk::STATE_IDENTIFIED, "assess", Risk::STATE_ASSESSED},
          {Risk::STATE_ASSESSED, "assess", Risk::STATE_ASSESSED},
          {Risk::STATE_TREATED, "assess", Risk::STATE_TREATED, "the treatment is still permitted"},
          {Risk::STATE_REOPENED, "assess", Risk::STATE_ASSESSED},
          {Risk::STATE_TREATED, "void_treatment", Risk::STATE_ASSESSED, "assessed beyond what the treatment is permitted for",
           record::kConsequence},
          {Risk::STATE_ASSESSED, "rerate", Risk::STATE_ASSESSED, "another matrix is in force", record::kConsequence},
          {Risk::STATE_TREATED, "rerate", Risk::STATE_TREATED, "another matrix is in force, which permits the treatment",
           record::kConsequence},
          {Risk::STATE_REOPENED, "rerate", Risk::STATE_REOPENED, "another matrix is in force", record::kConsequence},
          {Risk::STATE_ASSESSED, "treat", Risk::STATE_TREATED, "the level permits the treatment"},
          {Risk::STATE_TREATED, "treat", Risk::STATE_TREATED, "the level permits the treatment"},
          {Risk::STATE_TREATED, "expire", Risk::STATE_REOPENED, "the acceptance or the instrument has expired", record::kConsequence},
          {Risk::STATE_IDENTIFIED, "close", Risk::STATE_CLOSED},
          {Risk::STATE_ASSESSED, "close", Risk::STATE_CLOSED},
          {Risk::STATE_TREATED, "close", Risk::STATE_CLOSED},
          {Risk::STATE_REOPENED, "close", Risk::STATE_CLOSED},
          {Risk::STATE_CLOSED, "reopen", Risk::STATE_REOPENED},
      });
  return machine;
}

Risks::Risks(record::Store& store, absl::TimeZone zone, const RiskMatrices& matrices, const AssessmentDuties& duties)
    : store_(store), zone_(zone), matrices_(matrices), duties_(duties), risks_(store, &RiskMachine()), assessments_(store) {
  risks_.SetStateAt([](const Risk& risk, const rpc::Call& call) { return StateAt(risk, call.now); });
  risks_.SetFollow([this](record::Transaction& tx, const Risk* before, const Risk* after) -> absl::Status {
    RETURN_IF_ERROR(KeepExpiryJob(tx, before, after));
    return before != nullptr && before->owner() != after->owner() ? duties_.Pass(tx, *after) : absl::OkStatus();
  });
}

absl::StatusOr<Risk> Risks::Assess(record::Transaction& tx, const v1::AssessRiskRequest& request) {
  return risks_.Change(tx, request, "assess", [&](const Risk& before, Risk& after) -> absl::Status {
    ASSIGN_OR_RETURN(const v1::RiskMatrix matrix, matrices_.InForce(tx.sql, tx.call.now));
    ASSIGN_OR_RETURN(v1::Assessment assessment, risk::Assess(before, request, matrix, tx.call.now));
    assessment.set_name(absl::StrCat(before.name(), "/assessments/", record::NewId(tx.call.now)));
    RETURN_IF_ERROR(assessments_.Insert(tx, assessment, "assess"));
    RETURN_IF_ERROR(duties_.Done(tx, before.name(), assessment.name()));
    if (assessment.voided_treatment()) {
      after.set_state(before.state());
      RETURN_IF_ERROR(risks_.Advance(after, "void_treatment"));
    }
    Apply(assessment, after);
    return absl::OkStatus();
  });
}

absl::StatusOr<Risk> Risks::Treat(record::Transaction& tx, const v1::TreatRiskRequest& request) {
  return risks_.Change(tx, request, "treat", [&](const Risk& before, Risk& after) -> absl::Status {
    ASSIGN_OR_RETURN(const v1::RiskMatrix matrix, matrices_.InForce(tx.sql, tx.call.now));
    const v1::Level level = Rate(matrix, before.current()).level();
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
  return risks_.Change(tx, request, "close", [&](Risk& after) {
    after.set_close_reason(request.reason());
    *after.mutable_close_time() = time::ToTimestamp(tx.call.now);
    after.clear_reopen_reason();
    return duties_.Done(tx, after.name(), "");
  });
}

absl::StatusOr<Risk> Risks::Reopen(record::Transaction& tx, const v1::ReopenRiskRequest& request) {
  return risks_.Change(tx, request, "reopen", [&](Risk& after) {
    ClearTreatment(after);
    after.clear_close_reason();
    after.clear_close_time();
    after.set_reopen_reason(request.reason());
  });
}

job::Outcome Risks::Expire(const rpc::Call& call, const job::Job& job) {
  absl::Time again = absl::InfiniteFuture();
  const absl::Status status = store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    again = absl::InfiniteFuture();
    ASSIGN_OR_RETURN(record::Step<Risk> step, risks_.Begin(tx, record::Target(job.payload)));
    // Somebody may have decided anew between the lease and the lock.
    if (step.before.state() != Risk::STATE_TREATED || !step.before.has_expire_time()) return absl::OkStatus();
    const absl::Time expiry = time::ToTime(step.before.expire_time());
    if (expiry > call.now) {
      again = expiry;
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(risks_.Advance(step.after, step.verb = "expire"));
    step.after.set_level(step.after.current().level());
    step.after.clear_residual();
    step.after.set_reopen_reason(absl::StrCat(StrategyText(step.before.strategy()), " expired at ", time::InstantText(expiry)));
    return risks_.Finish(tx, step).status();
  });
  if (!status.ok()) return job::Outcome::Failed(status);
  return again == absl::InfiniteFuture() ? job::Outcome::Done() : job::Outcome::Again(again);
}

absl::Status Risks::Create(record::Transaction&, Risk& risk) {
  risk.set_state(Risk::STATE_IDENTIFIED);
  return absl::OkStatus();
}

absl::Status Risks::Update(record::Transaction&, const Risk& before, Risk&) {
  if (before.state() == Risk::STATE_CLOSED) return status::Error(kRiskClosed, {{"name", before.name()}});
  return absl::OkStatus();
}

void Risks::Handle(job::Runner& jobs) {
  jobs.Handle(kExpiryJob, [this](const rpc::Call& call, const job::Job& job) { return Expire(call, job); });
}

void Risks::Bind(record::Methods& methods) {
  methods.Reads(risks_);
  methods.Creates(risks_, this, &Risks::Create);
  methods.Updates(risks_, this, &Risks::Update);
  methods.Bind("AssessRisk", this, &Risks::Assess);
  methods.Bind("TreatRisk", this, &Risks::Treat);
  methods.Bind("CloseRisk", this, &Risks::Close);
  methods.Bind("ReopenRisk", this, &Risks::Reopen);
  methods.Reads(assessments_);
}

}  // namespace heitie::risk
