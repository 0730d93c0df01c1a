#include "services/planning/policy/planning_policy.h"

#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;
using v1::PlanningPolicy;

class PlanningPolicyTest : public PlanningTest {
 protected:
  PlanningPolicy Shipped() {
    return Do<PlanningPolicy, v1::GetPlanningPolicyRequest>("GetPlanningPolicy", Analyst(), "name: 'planningPolicies/shipped'");
  }
};

TEST_F(PlanningPolicyTest, TheShippedVersionIsSoundAndInForce) {
  const PlanningPolicy shipped = Shipped();
  EXPECT_THAT(CheckPlanningPolicy(shipped), IsOk());
  EXPECT_EQ(shipped.evidence_per_project(), 1);
  EXPECT_EQ(ConfidenceOf(shipped, v1::RELIABILITY_A, 1), v1::CONFIDENCE_HIGH);
  EXPECT_EQ(ConfidenceOf(shipped, v1::RELIABILITY_A, 6), v1::CONFIDENCE_LOW);
  EXPECT_EQ(ConfidenceOf(shipped, v1::RELIABILITY_F, 1), v1::CONFIDENCE_LOW);
  EXPECT_EQ(ConfidenceOf(shipped, v1::RELIABILITY_UNSPECIFIED, 1), v1::CONFIDENCE_LOW);
  EXPECT_EQ(ConfidenceOf(shipped, v1::RELIABILITY_C, 7), v1::CONFIDENCE_LOW);
}

TEST_F(PlanningPolicyTest, ATableIsCompleteAndNeverRewardsAWorseSource) {
  PlanningPolicy policy = Shipped();
  policy.mutable_confidence_table(5)->set_by_credibility(0, v1::CONFIDENCE_MEDIUM);
  EXPECT_THAT(CheckPlanningPolicy(policy), HasViolation("planning_policy.confidence_table", "CONFIDENCE_TABLE_UNSOUND"));
  policy = Shipped();
  policy.mutable_confidence_table(1)->set_by_credibility(2, v1::CONFIDENCE_HIGH);
  EXPECT_THAT(CheckPlanningPolicy(policy), HasViolation("planning_policy.confidence_table", "CONFIDENCE_TABLE_UNSOUND"))
      << "B would make more confident than A";
  policy = Shipped();
  policy.mutable_confidence_table(3)->set_reliability(v1::RELIABILITY_A);
  policy.add_escalation_days(3);
  EXPECT_THAT(CheckPlanningPolicy(policy), test::HasViolations("planning_policy.confidence_table CONFIDENCE_TABLE_INCOMPLETE",
                                                               "planning_policy.escalation_days[2] ESCALATION_NOT_ASCENDING"));
}

TEST_F(PlanningPolicyTest, ManagersPublishAndWhatIsPublishedStays) {
  v1::CreatePlanningPolicyRequest request;
  *request.mutable_planning_policy() = Shipped();
  request.mutable_planning_policy()->set_reason("Two pieces");
  request.mutable_planning_policy()->set_evidence_per_project(2);
  request.mutable_planning_policy()->clear_start_time();
  request.set_planning_policy_id("two");
  EXPECT_THAT(Call<PlanningPolicy>("CreatePlanningPolicy", Specialist(), request), HasReason("PERMISSION_DENIED"));
  EXPECT_THAT(Call<PlanningPolicy>("CreatePlanningPolicy", Manager(), request), IsOk());
  const auto published =
      Do<PlanningPolicy, v1::PublishPlanningPolicyRequest>("PublishPlanningPolicy", Manager(), "name: 'planningPolicies/two'");
  EXPECT_EQ(published.version(), 2);
  EXPECT_THAT((Refused<PlanningPolicy, v1::UpdatePlanningPolicyRequest>(
                  "UpdatePlanningPolicy", Manager(), "planning_policy { name: 'planningPolicies/two' evidence_per_project: 3 }")),
              HasReason("RULES_IMMUTABLE"));
}

}  // namespace
}  // namespace heitie::planning
