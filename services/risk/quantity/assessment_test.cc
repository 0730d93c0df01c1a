#include "services/risk/quantity/assessment.h"

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "heitie/risk/v1/assessment.pb.h"
#include "heitie/risk/v1/rating.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/treatment.pb.h"
#include "services/risk/quantity/matrix_for_test.h"
#include "services/risk/quantity/rating.h"

namespace heitie::risk {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;
using test::Proto;
using v1::Risk;

const absl::Time kNow = absl::FromUnixSeconds(1767268800);

// A request with `current` and, where given, `inherent` and `residual`, each as "likelihood impact".
v1::AssessRiskRequest Request(int likelihood, int impact) {
  v1::AssessRiskRequest request;
  request.mutable_current()->set_likelihood(likelihood);
  request.mutable_current()->set_impact(impact);
  request.set_rationale("survey");
  return request;
}
void Set(v1::Rating* rating, int likelihood, int impact) {
  rating->set_likelihood(likelihood);
  rating->set_impact(impact);
}

// A risk treated at `level` by the plan.
Risk Treated(v1::Level level, const std::string& treatment) {
  Risk risk;
  risk.set_name("risks/r");
  risk.set_state(Risk::STATE_TREATED);
  *risk.mutable_treatment() = Proto<v1::Treatment>(treatment);
  risk.mutable_treatment()->set_level(level);
  risk.mutable_current()->set_level(level);
  return risk;
}
Risk Accepted() { return Treated(v1::LEVEL_LOW, "acceptance { monitor: 'employees/a' }"); }

TEST(Assess, RatesByTheMatrixAndNamesIt) {
  const auto assessment = Assess(Risk(), Request(3, 5), MatrixForTest(), kNow, {});
  ASSERT_THAT(assessment, IsOk());
  EXPECT_EQ(assessment->current().level(), v1::LEVEL_HIGH);
  EXPECT_EQ(assessment->inherent().level(), v1::LEVEL_HIGH);
  EXPECT_EQ(assessment->risk_matrix(), "riskMatrices/m");
  EXPECT_EQ(assessment->matrix_version(), 3);
  EXPECT_EQ(assessment->rationale(), "survey");
  EXPECT_FALSE(assessment->voided_treatment());
}

TEST(Assess, KeepsAWorseInherentRatingAndRaisesABetterOne) {
  Risk risk;
  Set(risk.mutable_inherent(), 4, 4);
  EXPECT_EQ(Assess(risk, Request(2, 2), MatrixForTest(), kNow, {})->inherent().likelihood(), 4);
  EXPECT_EQ(Assess(risk, Request(5, 5), MatrixForTest(), kNow, {})->inherent().likelihood(), 5);
}

TEST(Assess, RefusesCurrentAboveStatedInherent) {
  v1::AssessRiskRequest request = Request(4, 4);
  Set(request.mutable_inherent(), 2, 2);
  EXPECT_THAT(Assess(Risk(), request, MatrixForTest(), kNow, {}), HasViolation("current", "CURRENT_EXCEEDS_INHERENT"));
}

TEST(Assess, RefusesResidualAboveCurrent) {
  v1::AssessRiskRequest request = Request(2, 3);
  Set(request.mutable_residual(), 3, 3);
  const Risk risk = Treated(v1::LEVEL_MEDIUM, "reduction {}");
  EXPECT_THAT(Assess(risk, request, MatrixForTest(), kNow, {}), HasViolation("residual", "RESIDUAL_EXCEEDS_CURRENT"));
  Set(request.mutable_residual(), 2, 3);
  EXPECT_THAT(Assess(risk, request, MatrixForTest(), kNow, {}), IsOk());
}

TEST(Assess, RefusesResidualWithoutTreatmentThatHolds) {
  v1::AssessRiskRequest request = Request(4, 4);
  Set(request.mutable_residual(), 1, 1);
  EXPECT_THAT(Assess(Risk(), request, MatrixForTest(), kNow, {}), HasReason("RESIDUAL_WITHOUT_TREATMENT"));
  EXPECT_THAT(Assess(Accepted(), request, MatrixForTest(), kNow, {}), HasReason("RESIDUAL_WITHOUT_TREATMENT"));
}

TEST(Assess, VoidsAnAcceptanceAtAHigherLevel) {
  EXPECT_FALSE(Assess(Accepted(), Request(1, 2), MatrixForTest(), kNow, {})->voided_treatment());
  EXPECT_TRUE(Assess(Accepted(), Request(2, 3), MatrixForTest(), kNow, {})->voided_treatment());
}

TEST(Assess, VoidsAReductionAtHighUnlessControllable) {
  EXPECT_TRUE(Assess(Treated(v1::LEVEL_MEDIUM, "reduction {}"), Request(5, 5), MatrixForTest(), kNow, {})->voided_treatment());
  EXPECT_FALSE(
      Assess(Treated(v1::LEVEL_MEDIUM, "reduction {} controllable: true"), Request(5, 5), MatrixForTest(), kNow, {})->voided_treatment());
}

TEST(Assess, KeepsATreatmentAtALowerLevel) {
  EXPECT_FALSE(Assess(Treated(v1::LEVEL_HIGH, "avoidance {}"), Request(1, 1), MatrixForTest(), kNow, {})->voided_treatment());
  EXPECT_FALSE(Assess(Treated(v1::LEVEL_MEDIUM, "transfer {}"), Request(1, 1), MatrixForTest(), kNow, {})->voided_treatment());
}

TEST(Assess, VoidsWhatHasExpired) {
  Risk risk = Accepted();
  risk.mutable_expire_time()->set_seconds(absl::ToUnixSeconds(kNow));
  EXPECT_TRUE(Assess(risk, Request(1, 1), MatrixForTest(), kNow, {})->voided_treatment());
  EXPECT_FALSE(Assess(risk, Request(1, 1), MatrixForTest(), kNow - absl::Microseconds(1), {})->voided_treatment());
}

TEST(StateAt, ReopensByTheTimeItself) {
  Risk risk = Accepted();
  risk.mutable_expire_time()->set_seconds(absl::ToUnixSeconds(kNow));
  EXPECT_EQ(StateAt(risk, kNow - absl::Microseconds(1)), Risk::STATE_TREATED);
  EXPECT_EQ(StateAt(risk, kNow), Risk::STATE_REOPENED);
  risk.set_state(Risk::STATE_CLOSED);
  EXPECT_EQ(StateAt(risk, kNow), Risk::STATE_CLOSED);
}

TEST(Apply, TakesTheResidualLevelOfATreatmentThatHolds) {
  Risk risk = Treated(v1::LEVEL_HIGH, "reduction {} controllable: true");
  v1::AssessRiskRequest request = Request(4, 4);
  Set(request.mutable_residual(), 1, 4);
  EXPECT_THAT(Assess(risk, request, MatrixForTest(), kNow, {}), HasReason("RESIDUAL_WITHOUT_EVIDENCE"));
  const std::vector<Evidence> standing = {{"riskControls/c", kNow + absl::Hours(2)}, {"riskMeasures/m"}, {"transferInstruments/t", kNow}};
  Apply(*Assess(risk, request, MatrixForTest(), kNow, standing), standing, risk);
  EXPECT_EQ(risk.level(), v1::LEVEL_LOW);
  EXPECT_EQ(risk.current().level(), v1::LEVEL_HIGH);
  EXPECT_EQ(risk.evidence_size(), 3) << "all that stands, as the request names nothing";
  EXPECT_EQ(risk.evidence_end_time().seconds(), absl::ToUnixSeconds(kNow)) << "the first that ends";
  request.add_evidence("riskMeasures/m");
  request.add_evidence("riskControls/c");
  Apply(*Assess(risk, request, MatrixForTest(), kNow, standing), standing, risk);
  EXPECT_EQ(risk.evidence_end_time().seconds(), absl::ToUnixSeconds(kNow + absl::Hours(2)));
  EXPECT_EQ(WithoutLapsed(risk, kNow + absl::Hours(2) - absl::Microseconds(1)).level(), v1::LEVEL_LOW);
  const Risk lapsed = WithoutLapsed(risk, kNow + absl::Hours(2));
  EXPECT_EQ(lapsed.level(), v1::LEVEL_HIGH) << "by the time itself";
  EXPECT_FALSE(lapsed.has_residual() || lapsed.has_evidence_end_time() || lapsed.evidence_size() > 0);
  Apply(*Assess(risk, Request(4, 4), MatrixForTest(), kNow, {}), {}, risk);
  EXPECT_EQ(risk.level(), v1::LEVEL_HIGH);
  EXPECT_FALSE(risk.has_residual());
  EXPECT_EQ(risk.evidence_size(), 0);
  request.set_evidence(1, "riskControls/other");
  EXPECT_THAT(Assess(risk, request, MatrixForTest(), kNow, standing), HasViolation("evidence[1]", "EVIDENCE_FALLEN"));
}

TEST(Apply, TakesAVoidedTreatmentAway) {
  Risk risk = Accepted();
  risk.set_strategy(v1::STRATEGY_ACCEPT);
  risk.mutable_expire_time()->set_seconds(absl::ToUnixSeconds(kNow) + 60);
  Apply(*Assess(risk, Request(4, 4), MatrixForTest(), kNow, {}), {}, risk);
  EXPECT_FALSE(risk.has_treatment());
  EXPECT_FALSE(risk.has_expire_time());
  EXPECT_EQ(risk.strategy(), v1::STRATEGY_UNSPECIFIED);
  EXPECT_EQ(risk.level(), v1::LEVEL_HIGH);
}

}  // namespace
}  // namespace heitie::risk
