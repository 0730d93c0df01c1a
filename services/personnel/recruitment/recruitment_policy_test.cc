#include "services/personnel/recruitment/recruitment_policy.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "heitie/personnel/v1/headcount_plan.pb.h"
#include "heitie/personnel/v1/pending_step.pb.h"
#include "services/personnel/candidate/candidate_testing.h"

namespace heitie::personnel {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;

class RecruitmentPolicyTest : public CandidateFixture {
 protected:
  absl::StatusOr<v1::RecruitmentPolicy> Draft(const std::string& id, int hours, const std::string& region) {
    return Ask<v1::RecruitmentPolicy, v1::CreateRecruitmentPolicyRequest>(
        "CreateRecruitmentPolicy", Manager(),
        absl::StrCat("recruitment_policy_id: '", id, "' recruitment_policy { reason: 'as agreed' decision_hours: ", hours,
                     " phone_region: '", region, "' }"));
  }
  void Publish(const std::string& id) {
    ASSERT_THAT((Ask<v1::RecruitmentPolicy, v1::PublishRecruitmentPolicyRequest>("PublishRecruitmentPolicy", Manager(),
                                                                                 absl::StrCat("name: 'recruitmentPolicies/", id, "'"))),
                IsOk());
  }
  // How long whoever decides has for a version of a headcount plan that is submitted now.
  absl::Duration TermOf(const std::string& position) {
    const std::string plan = "headcountPlans/" + position;
    EXPECT_THAT((Ask<v1::HeadcountPlan, v1::CreateHeadcountPlanRequest>(
                    "CreateHeadcountPlan", Person("owner"),
                    absl::StrCat("headcount_plan_id: '", position, "' headcount_plan { position: 'positions/host' department: '", position,
                                 "' }"))),
                IsOk());
    EXPECT_THAT((Ask<v1::HeadcountPlanVersion, v1::CreateHeadcountPlanVersionRequest>(
                    "CreateHeadcountPlanVersion", Person("owner"),
                    absl::StrCat("parent: '", plan,
                                 "' headcount_plan_version_id: 'v' headcount_plan_version { reason: 'x' months { month { "
                                 "year: 2026 month: 1 day: 1 } planned: 1 } }"))),
                IsOk());
    EXPECT_THAT((Ask<v1::HeadcountPlanVersion, v1::SubmitHeadcountPlanVersionRequest>("SubmitHeadcountPlanVersion", Person("owner"),
                                                                                      absl::StrCat("name: '", plan, "/versions/v'"))),
                IsOk());
    const auto steps = Ask<v1::ListPendingStepsResponse, v1::ListPendingStepsRequest>(
        "ListPendingSteps", Manager(), absl::StrCat("filter: 'subject = \"", plan, "/versions/v\"'"));
    EXPECT_THAT(steps, IsOk());
    if (!steps.ok() || steps->pending_steps_size() != 1) return absl::ZeroDuration();
    return time::ToTime(steps->pending_steps(0).due_time()) - clock_.Now();
  }
};

TEST_F(RecruitmentPolicyTest, AVersionSaysHowLongDecisionsHaveAndWhatAPlainNumberIs) {
  EXPECT_THAT(Draft("x", 2161, "TW"), HasViolation("recruitment_policy.decision_hours", "BAD_VALUE"));
  EXPECT_THAT(Draft("x", 24, "XX"), HasViolation("recruitment_policy.phone_region", "UNKNOWN_REGION"));
  EXPECT_EQ(TermOf("operations"), absl::Hours(72)) << "as shipped";
  ASSERT_THAT(Draft("tokyo", 24, "JP"), IsOk());
  Publish("tokyo");
  EXPECT_EQ(TermOf("live"), absl::Hours(24));
  const auto japanese = Receive(Manager(), "phone: '03-1234-5678'");
  ASSERT_THAT(japanese, IsOk());
  EXPECT_EQ(GetCandidate(Manager(), japanese->candidate())->phone(), "+81312345678");
  // Who names a region means it, and what is stored with a country code stays what it is.
  const auto named = Receive(Manager(), "phone: '0912-345-678' phone_region: 'TW'");
  ASSERT_THAT(named, IsOk());
  EXPECT_EQ(GetCandidate(Manager(), named->candidate())->phone(), "+886912345678");
  EXPECT_THAT((Ask<v1::Candidate, v1::UpdateCandidateRequest>(
                  "UpdateCandidate", Manager(),
                  absl::StrCat("candidate { name: '", named->candidate(), "' remarks: 'x' } update_mask { paths: 'remarks' }"))),
              IsOk());
  EXPECT_EQ(GetCandidate(Manager(), named->candidate())->phone(), "+886912345678");
  const auto mobile = Receive(Manager(), "phone: '0912-345-678'");
  ASSERT_THAT(mobile, IsOk());
  EXPECT_NE(mobile->candidate(), named->candidate()) << "the same digits of two countries";
}

}  // namespace
}  // namespace heitie::personnel
