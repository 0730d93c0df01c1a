#include "services/risk/treatment/measures.h"

#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/risk/register/risk.h"
#include "services/risk/treatment/treatment.h"

namespace heitie::risk {

using v1::RiskMeasure;

namespace {

const status::Reason kMeasureSettled{absl::StatusCode::kFailedPrecondition, "RISK_MEASURE_SETTLED",
                                     "{name} is done or given up; reopen it first.", "{name} 已完成或取消，請先重新開啟。"};

bool IsUnderWay(const RiskMeasure& measure) {
  return measure.state() == RiskMeasure::STATE_OPEN || measure.state() == RiskMeasure::STATE_IN_PROGRESS ||
         measure.state() == RiskMeasure::STATE_REOPENED;
}

}  // namespace

Measures::Measures(const record::Kind<v1::Risk>& risks, const record::Kind<v1::RiskIndicator>& indicators, const RiskPolicies& policies,
                   EvidenceBook& book, const Standing& standing)
    : risks_(risks), indicators_(indicators), policies_(policies), measures_(book.measures()) {
  measures_.SetFollow([&standing](record::Transaction& tx, const RiskMeasure* before, const RiskMeasure* after) {
    const bool falls = before != nullptr && before->state() != after->state() &&
                       (before->state() == RiskMeasure::STATE_VERIFIED || after->state() == RiskMeasure::STATE_CANCELLED);
    return falls ? standing.Recheck(tx, after->risk(), after->name()) : absl::OkStatus();
  });
}

absl::Status Measures::CheckNews(record::Transaction& tx, const RiskMeasure& measure) const {
  const absl::CivilDay due = time::ToDay(measure.due_date());
  if (due < absl::ToCivilDay(tx.call.now, policies_.zone())) {
    status::BadFields bad;
    bad.Add("risk_measure.due_date", kAlreadyPast, {{"time", time::DayText(due)}});
    return bad.status();
  }
  return measure.indicator().empty() ? absl::OkStatus() : indicators_.Find(tx.sql, measure.indicator()).status();
}

absl::Status Measures::Create(record::Transaction& tx, RiskMeasure& measure) {
  RETURN_IF_ERROR(CheckNews(tx, measure));
  ASSIGN_OR_RETURN(const v1::Risk risk, risks_.Guard(tx, measure.risk()));
  if (risk.state() == v1::Risk::STATE_CLOSED) return status::Error(kRiskClosed, {{"name", risk.name()}});
  measure.set_state(RiskMeasure::STATE_OPEN);
  return absl::OkStatus();
}

absl::Status Measures::Update(record::Transaction& tx, const RiskMeasure& before, RiskMeasure& after) {
  if (!IsUnderWay(before)) return status::Error(kMeasureSettled, {{"name", before.name()}});
  const bool same =
      before.indicator() == after.indicator() && google::protobuf::util::MessageDifferencer::Equals(before.due_date(), after.due_date());
  return same ? absl::OkStatus() : CheckNews(tx, after);
}

absl::StatusOr<RiskMeasure> Measures::Start(record::Transaction& tx, const v1::StartRiskMeasureRequest& request) {
  return measures_.Change(tx, request, "start");
}

absl::StatusOr<RiskMeasure> Measures::Done(record::Transaction& tx, const v1::FinishRiskMeasureRequest& request) {
  return measures_.Change(tx, request, "finish");
}

absl::StatusOr<RiskMeasure> Measures::Verify(record::Transaction& tx, const v1::VerifyRiskMeasureRequest& request) {
  return measures_.Change(tx, request, "verify", [&](const RiskMeasure& before, RiskMeasure& after) -> absl::Status {
    const std::string& verifier = tx.call.principal.name;
    if (verifier == before.owner()) return status::Error(kOwnWork, {{"person", verifier}});
    after.set_evidence(request.evidence());
    after.set_verifier(verifier);
    *after.mutable_verify_time() = time::ToTimestamp(tx.call.now);
    after.clear_state_reason();
    return absl::OkStatus();
  });
}

absl::StatusOr<RiskMeasure> Measures::Reopen(record::Transaction& tx, const v1::ReopenRiskMeasureRequest& request) {
  return measures_.Change(tx, request, "reopen", [&](RiskMeasure& after) {
    after.set_state_reason(request.reason());
    after.clear_evidence();
    after.clear_verifier();
    after.clear_verify_time();
  });
}

absl::StatusOr<RiskMeasure> Measures::Cancel(record::Transaction& tx, const v1::CancelRiskMeasureRequest& request) {
  return measures_.Change(tx, request, "cancel", [&](RiskMeasure& after) { after.set_state_reason(request.reason()); });
}

void Measures::Bind(record::Methods& methods) {
  methods.Reads(measures_);
  methods.Creates(measures_, this, &Measures::Create);
  methods.Updates(measures_, this, &Measures::Update);
  methods.Bind("StartRiskMeasure", this, &Measures::Start);
  methods.Bind("FinishRiskMeasure", this, &Measures::Done);
  methods.Bind("VerifyRiskMeasure", this, &Measures::Verify);
  methods.Bind("ReopenRiskMeasure", this, &Measures::Reopen);
  methods.Bind("CancelRiskMeasure", this, &Measures::Cancel);
}

}  // namespace heitie::risk
