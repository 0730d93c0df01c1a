#include "services/activity/launch/examination.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "heitie/activity/v1/launch_gate_examination.pb.h"
#include "services/activity/preparation/activity_fixture.h"

namespace heitie::activity {
namespace {

using test::IsOk;

v1::ExamineLaunchGateRequest Examine(const std::string& name) {
  v1::ExamineLaunchGateRequest request;
  request.set_name(name);
  return request;
}

using ExamineTest = ActivityTest;

TEST_F(ExamineTest, ShowsWhatTheVerdictsRestOn) {
  const std::string name = Ready();
  const auto seen = Call<v1::LaunchGateExamination>("ExamineLaunchGate", Analyst(), Examine(name));
  ASSERT_THAT(seen, IsOk());
  EXPECT_TRUE(seen->gate().open());
  EXPECT_EQ(seen->gate().verdicts_size(), 10);
  EXPECT_EQ(seen->activity().etag(), seen->gate().etag());
  EXPECT_EQ(seen->preparation_items_size(), 1);
  EXPECT_EQ(seen->materials(0).available(), world_.stock);
  EXPECT_EQ(seen->budget().name(), seen->activity().budget());
  EXPECT_TRUE(seen->has_staff());
  EXPECT_TRUE(seen->missing().empty());
}

// The verdicts then rest on what the launch took, but stock and budget are still to be seen.
TEST_F(ExamineTest, ShowsStockAndBudgetAlsoAfterTheLaunch) {
  const std::string name = Live();
  const auto seen = Call<v1::LaunchGateExamination>("ExamineLaunchGate", Analyst(), Examine(name));
  ASSERT_THAT(seen, IsOk());
  EXPECT_TRUE(seen->gate().open());
  EXPECT_EQ(seen->materials_size(), 1);
  EXPECT_TRUE(seen->has_budget());
  EXPECT_TRUE(seen->missing().empty());
}

TEST_F(ExamineTest, NamesWhoDidNotAnswer) {
  const std::string name = Ready();
  world_.trouble = [](const std::string& method, FakeWorld::Moment) {
    return method == "CheckQualification" ? status::Error(status::kUnavailable, {{"what", "personnel"}}) : absl::OkStatus();
  };
  const auto seen = Call<v1::LaunchGateExamination>("ExamineLaunchGate", Analyst(), Examine(name));
  ASSERT_THAT(seen, IsOk());
  EXPECT_FALSE(seen->gate().open());
  EXPECT_FALSE(seen->has_staff());
  ASSERT_EQ(seen->missing_size(), 1);
  EXPECT_EQ(seen->missing(0).part(), "staff");
  EXPECT_EQ(seen->missing(0).service(), "personnel");
  EXPECT_EQ(seen->missing(0).code(), "UNAVAILABLE");
  EXPECT_EQ(seen->missing(0).reason(), "UNAVAILABLE");
}

TEST(ExaminationOf, HoldsTheFirstThousandAndSaysSo) {
  GateFacts facts;
  facts.items.resize(1001);
  facts.risks.emplace();
  const v1::LaunchGateExamination examination = ExaminationOf(facts);
  EXPECT_EQ(examination.preparation_items_size(), 1000);
  ASSERT_EQ(examination.missing_size(), 1);
  EXPECT_EQ(examination.missing(0).part(), "preparation_items");
  EXPECT_EQ(examination.missing(0).reason(), "TRUNCATED");
}

}  // namespace
}  // namespace heitie::activity
