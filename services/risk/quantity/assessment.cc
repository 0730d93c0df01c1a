#include "services/risk/quantity/assessment.h"

#include "absl/strings/str_cat.h"
#include "common/time/instant.h"
#include "heitie/risk/v1/assessment.pb.h"
#include "heitie/risk/v1/rating.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_matrix.pb.h"
#include "services/risk/quantity/rating.h"
#include "services/risk/quantity/scales.h"
#include "services/risk/register/restriction.h"
#include "services/risk/treatment/treatment.h"

namespace heitie::risk {

const status::Reason kResidualExceedsCurrent{absl::StatusCode::kInvalidArgument, "RESIDUAL_EXCEEDS_CURRENT",
                                             "The residual rating is worse than the current one.", "剩餘風險高於當前風險。"};
const status::Reason kCurrentExceedsInherent{absl::StatusCode::kInvalidArgument, "CURRENT_EXCEEDS_INHERENT",
                                             "The current rating is worse than the inherent one.", "當前風險高於固有風險。"};
const status::Reason kResidualWithoutTreatment{absl::StatusCode::kFailedPrecondition, "RESIDUAL_WITHOUT_TREATMENT",
                                               "{name} has no treatment that holds at level {level}, so nothing is residual.",
                                               "{name} 在 {level} 級沒有有效的應對措施，無從評估剩餘風險。"};
const status::Reason kResidualWithoutEvidence{absl::StatusCode::kFailedPrecondition, "RESIDUAL_WITHOUT_EVIDENCE",
                                              "Nothing shows that the treatment of {name} works: no measure was verified, no control "
                                              "tested effective, no instrument is in force since it was decided.",
                                              "尚無證據顯示 {name} 的應對有效：決定後沒有已驗證的措施、測試有效的控制或生效中的轉移工具。"};
const status::Reason kEvidenceFallen{absl::StatusCode::kInvalidArgument, "EVIDENCE_FALLEN",
                                     "{name} shows nothing of this risk's treatment now.", "{name} 目前不能證明此風險的應對有效。"};

namespace {

// What the request says, or the inherent rating before, or the current rating where that is worse or nothing was said.
v1::Rating InherentOf(const v1::Risk& risk, const v1::AssessRiskRequest& request, const v1::RiskMatrix& matrix, const v1::Rating& current) {
  if (request.has_inherent()) return Rate(matrix, request.inherent());
  if (!risk.has_inherent()) return current;
  const v1::Rating before = Rate(matrix, risk.inherent());
  return Exceeds(current, before) ? current : before;
}

// What the residual rating rests on: what the request names, or all that stands.
absl::Status RestOn(const v1::AssessRiskRequest& request, const v1::Risk& risk, const std::vector<Evidence>& standing,
                    v1::Assessment& assessment) {
  if (standing.empty()) return status::Error(kResidualWithoutEvidence, {{"name", risk.name()}});
  status::BadFields bad;
  for (int i = 0; i < request.evidence_size(); ++i) {
    google::protobuf::RepeatedPtrField<std::string> one;
    *one.Add() = request.evidence(i);
    if (!FallenOf(one, standing).empty()) bad.Add(absl::StrCat("evidence[", i, "]"), kEvidenceFallen, {{"name", request.evidence(i)}});
  }
  if (!bad.empty()) return bad.status();
  *assessment.mutable_evidence() = request.evidence();
  if (!request.evidence().empty()) return absl::OkStatus();
  for (const Evidence& one : standing) assessment.add_evidence(one.name);
  return absl::OkStatus();
}

}  // namespace

v1::Risk::State StateAt(const v1::Risk& risk, absl::Time at) {
  const bool expired = risk.has_expire_time() && time::ToTime(risk.expire_time()) <= at;
  return expired && risk.state() == v1::Risk::STATE_TREATED ? v1::Risk::STATE_REOPENED : risk.state();
}

bool TreatmentHolds(const v1::Risk& risk, v1::Level level, absl::Time now) {
  if (StateAt(risk, now) != v1::Risk::STATE_TREATED) return false;
  return level <= risk.treatment().level() || Permitted(risk.treatment(), level);
}

absl::StatusOr<v1::Assessment> Assess(const v1::Risk& risk, const v1::AssessRiskRequest& request, const v1::RiskMatrix& matrix,
                                      absl::Time now, const std::vector<Evidence>& standing) {
  v1::Assessment assessment;
  Mark(risk.restricted_risk(), assessment);
  assessment.set_risk_matrix(matrix.name());
  assessment.set_matrix_version(matrix.version());
  assessment.set_rationale(request.rationale());
  assessment.set_origin(v1::Assessment::ORIGIN_ASSESSED);
  const v1::Rating current = Rate(matrix, request.current());
  *assessment.mutable_current() = current;
  *assessment.mutable_inherent() = InherentOf(risk, request, matrix, current);
  status::BadFields bad;
  CheckStated(request, bad);
  SetStated(request, matrix, assessment);
  if (Exceeds(current, assessment.inherent())) bad.Add("current", kCurrentExceedsInherent);
  const bool holds = TreatmentHolds(risk, current.level(), now);
  if (request.has_residual()) {
    *assessment.mutable_residual() = Rate(matrix, request.residual());
    if (Exceeds(assessment.residual(), current)) bad.Add("residual", kResidualExceedsCurrent);
    if (!holds && bad.empty()) {
      return status::Error(kResidualWithoutTreatment, {{"name", risk.name()}, {"level", LevelText(current.level())}});
    }
    if (bad.empty() && Exceeds(current, assessment.residual())) {
      const absl::Status rests = RestOn(request, risk, standing, assessment);
      if (!rests.ok()) return rests;
    }
  }
  assessment.set_voided_treatment(risk.state() == v1::Risk::STATE_TREATED && !holds);
  if (!bad.empty()) return bad.status();
  return assessment;
}

void ClearTreatment(v1::Risk& risk) {
  risk.clear_treatment();
  risk.clear_strategy();
  risk.clear_expire_time();
  risk.clear_check_due_time();
  risk.clear_check_overdue_days();
  risk.clear_avoidance_outcomes();
  ClearResidual(risk);
}

void ClearResidual(v1::Risk& risk) {
  risk.clear_residual();
  risk.clear_evidence();
  risk.clear_evidence_end_time();
  risk.set_level(risk.current().level());
}

void SetEvidence(const google::protobuf::RepeatedPtrField<std::string>& names, const std::vector<Evidence>& standing, v1::Risk& risk) {
  const google::protobuf::RepeatedPtrField<std::string> copy = names;
  *risk.mutable_evidence() = copy;
  risk.clear_evidence_end_time();
  const absl::Time end = EndOf(copy, standing);
  if (end != absl::InfiniteFuture()) *risk.mutable_evidence_end_time() = time::ToTimestamp(end);
}

v1::Risk WithoutLapsed(const v1::Risk& risk, absl::Time at) {
  if (!risk.has_evidence_end_time() || time::ToTime(risk.evidence_end_time()) > at) return risk;
  v1::Risk standing = risk;
  ClearResidual(standing);
  return standing;
}

void Apply(const v1::Assessment& assessment, const std::vector<Evidence>& standing, v1::Risk& risk) {
  const bool treated = risk.state() == v1::Risk::STATE_TREATED && !assessment.voided_treatment();
  *risk.mutable_inherent() = assessment.inherent();
  *risk.mutable_current() = assessment.current();
  risk.set_assessment(assessment.name());
  risk.set_matrix_version(assessment.matrix_version());
  risk.clear_reopen_reason();
  if (!treated) return ClearTreatment(risk);
  ClearResidual(risk);
  if (!assessment.has_residual()) return;
  *risk.mutable_residual() = assessment.residual();
  risk.set_level(risk.residual().level());
  SetEvidence(assessment.evidence(), standing, risk);
}

}  // namespace heitie::risk
