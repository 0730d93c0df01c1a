#include "services/personnel/recruitment/headcount_plan.h"

#include <gmock/gmock.h>

#include "services/personnel/recruitment/recruitment_test.h"

namespace heitie::personnel {
namespace {

using absl::CivilDay;
using test::HasReason;
using test::HasViolation;
using test::IsOk;
using v1::HeadcountPlanVersion;

TEST(CheckMonths, NamesEveryBadOne) {
  const auto version = test::Proto<HeadcountPlanVersion>(R"pb(
    months {
      month { year: 2026 month: 3 day: 1 }
      planned: 1
    }
    months {
      month { year: 2026 month: 3 day: 1 }
      planned: 2
    }
    months {
      month { year: 2026 month: 4 day: 2 }
      planned: 3
    })pb");
  const absl::Status bad = CheckMonths(version);
  EXPECT_THAT(bad, HasViolation("headcount_plan_version.months[1].month", "MONTHS_OUT_OF_ORDER"));
  EXPECT_THAT(bad, HasViolation("headcount_plan_version.months[2].month", "NOT_A_MONTH"));
}

class HeadcountPlanTest : public RecruitmentTest {
 protected:
  template <typename Request>
  absl::StatusOr<HeadcountPlanVersion> Decide(const std::string& method, const std::string& id, const rpc::Call& call) {
    return Do<HeadcountPlanVersion, Request>(method, "headcountPlans/hosts/versions/" + id, call);
  }
};

TEST_F(HeadcountPlanTest, APositionHasOneInADepartment) {
  auto request = test::Proto<v1::CreateHeadcountPlanRequest>("headcount_plan { position: 'positions/host' department: 'operations' }");
  EXPECT_THAT(Call<v1::HeadcountPlan>("CreateHeadcountPlan", Specialist(), request),
              HasViolation("headcount_plan.position", "UNKNOWN_POSITION"));
  HavePosition();
  EXPECT_EQ(Race(16,
                 [&](int i) {
                   auto mine = request;
                   mine.set_headcount_plan_id(absl::StrCat("p", i));
                   return Call<v1::HeadcountPlan>("CreateHeadcountPlan", Specialist(), mine).status();
                 }),
            (std::map<std::string, int>{{"", 1}, {"HEADCOUNT_PLAN_EXISTS", 15}}));
}

TEST_F(HeadcountPlanTest, CountsOnceASecondPersonAgrees) {
  HavePosition();
  HavePlan(3);
  auto request = test::Proto<v1::CreateHeadcountPlanVersionRequest>(R"pb(
    parent: "headcountPlans/hosts"
    headcount_plan_version_id: "spring"
    headcount_plan_version {
      reason: "spring"
      months {
        month { year: 2026 month: 3 day: 1 }
        planned: 5
      }
    })pb");
  ASSERT_THAT(Call<HeadcountPlanVersion>("CreateHeadcountPlanVersion", Specialist(), request), IsOk());
  EXPECT_THAT(Decide<v1::ApproveHeadcountPlanVersionRequest>("ApproveHeadcountPlanVersion", "spring", Manager()),
              HasReason("ILLEGAL_TRANSITION"));
  ASSERT_THAT(Decide<v1::SubmitHeadcountPlanVersionRequest>("SubmitHeadcountPlanVersion", "spring", Specialist()), IsOk());
  EXPECT_THAT(Decide<v1::ApproveHeadcountPlanVersionRequest>("ApproveHeadcountPlanVersion", "spring", Specialist()),
              HasReason("OWN_PROPOSAL"));
  ASSERT_THAT(Decide<v1::RejectHeadcountPlanVersionRequest>("RejectHeadcountPlanVersion", "spring", Manager()), IsOk());
  EXPECT_EQ(Headcount(Analyst(), CivilDay(2026, 3, 1)).planned(), 3);
  ASSERT_THAT(Decide<v1::SubmitHeadcountPlanVersionRequest>("SubmitHeadcountPlanVersion", "spring", Specialist()), IsOk());
  const auto approved = Decide<v1::ApproveHeadcountPlanVersionRequest>("ApproveHeadcountPlanVersion", "spring", Manager());
  ASSERT_THAT(approved, IsOk());
  EXPECT_EQ(approved->version(), 2);
  EXPECT_EQ(approved->state_reason(), "");
  EXPECT_EQ(Headcount(Analyst(), CivilDay(2026, 2, 28)).planned(), 3);
  EXPECT_EQ(Headcount(Analyst(), CivilDay(2026, 3, 1)).planned(), 5);
  EXPECT_EQ(Headcount(Analyst(), CivilDay(2026, 3, 1)).version(), "headcountPlans/hosts/versions/spring");
  auto update = test::Proto<v1::UpdateHeadcountPlanVersionRequest>(
      "headcount_plan_version { name: 'headcountPlans/hosts/versions/spring' reason: 'more' } update_mask { paths: 'reason' }");
  EXPECT_THAT(Call<HeadcountPlanVersion>("UpdateHeadcountPlanVersion", Specialist(), update), HasReason("PLAN_VERSION_FIXED"));
}

}  // namespace
}  // namespace heitie::personnel
