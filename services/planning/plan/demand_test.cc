#include "services/planning/plan/demand.h"

#include "common/status/shared.h"
#include "common/status/status.h"
#include "common/test/fixture.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace heitie::planning {
namespace {

const status::Reason kShortage{absl::StatusCode::kFailedPrecondition, "SHORT_OF_SOME", "short", "不足"};

// As another service's answer comes: in one language.
absl::Status OverTheWire(const absl::Status& status) { return status::FromProto(status::ToProto(status, status::Language::kEnglish)); }

absl::Status TwoShort() {
  status::Unmet unmet;
  unmet.Add("budgets/q1", status::kBudgetShort,
            {{"budget", "budgets/q1"}, {"available", int64_t{100}}, {"asked", int64_t{900}}, {"currency", "TWD"}});
  unmet.Add("items/pen", kShortage);
  return unmet.status(kShortage);
}

std::string Told(const absl::Status& status, status::Language language) {
  std::string told;
  const google::rpc::Status wire = status::ToProto(status, language);
  for (const auto& detail : wire.details()) {
    google::rpc::PreconditionFailure failure;
    if (!detail.UnpackTo(&failure)) continue;
    for (const auto& violation : failure.violations()) told += violation.description() + "|";
  }
  return told;
}

TEST(DemandTest, WhatAnotherServiceRefusesIsKeptInBothLanguages) {
  const std::vector<v1::Defect> obstacles = ObstaclesOf(OverTheWire(TwoShort()));
  ASSERT_EQ(obstacles.size(), 2u);
  EXPECT_EQ(obstacles[0].subject(), "budgets/q1");
  EXPECT_EQ(obstacles[0].reason(), "BUDGET_SHORT");
  EXPECT_THAT(obstacles[0].description(), ::testing::HasSubstr("9.00"));
  EXPECT_EQ(obstacles[0].description_zh_tw(), "budgets/q1 的可用預算不足。");
  EXPECT_EQ(obstacles[1].description(), "short");
  EXPECT_EQ(obstacles[1].description_zh_tw(), "items/pen 無法滿足（SHORT_OF_SOME）。");
  const absl::Status told = ShortOf("projects/p", obstacles);
  EXPECT_THAT(told, test::HasReason("DEMAND_SHORT"));
  EXPECT_EQ(Told(told, status::Language::kEnglish), obstacles[0].description() + "|short|");
  EXPECT_EQ(Told(told, status::Language::kTraditionalChinese), "budgets/q1 的可用預算不足。|items/pen 無法滿足（SHORT_OF_SOME）。|");
  EXPECT_EQ(Told(told, status::Language::kSimplifiedChinese), "budgets/q1 的可用预算不足。|items/pen 无法满足（SHORT_OF_SOME）。|");
}

TEST(DemandTest, WhatIsRefusedHereKeepsItsOwnWords) {
  const std::vector<v1::Defect> obstacles = ObstaclesOf(TwoShort());
  ASSERT_EQ(obstacles.size(), 2u);
  EXPECT_EQ(obstacles[1].description(), "short");
  EXPECT_EQ(obstacles[1].description_zh_tw(), "不足");
  EXPECT_THAT(Told(ShortOf("projects/p", obstacles), status::Language::kTraditionalChinese), ::testing::HasSubstr("|不足|"));
}

// One that was kept before Chinese was.
TEST(DemandTest, AnOlderObstacleIsToldByItsReason) {
  v1::Defect old;
  old.set_subject("items/pen");
  old.set_reason("STOCK_SHORT");
  old.set_description("items/pen: 3 are available, 5 were asked for.");
  const absl::Status told = ShortOf("projects/p", {old});
  EXPECT_EQ(Told(told, status::Language::kEnglish), old.description() + "|");
  EXPECT_EQ(Told(told, status::Language::kTraditionalChinese), "items/pen 的可用庫存不足。|");
}

TEST(DemandTest, WhatListsNoConditionsIsOneObstacle) {
  const std::vector<v1::Defect> obstacles = ObstaclesOf(OverTheWire(status::Error(kShortage)));
  ASSERT_EQ(obstacles.size(), 1u);
  EXPECT_EQ(obstacles[0].subject(), "resource");
  EXPECT_EQ(obstacles[0].description(), "short");
  EXPECT_EQ(obstacles[0].description_zh_tw(), "resource 無法滿足（SHORT_OF_SOME）。");
}

}  // namespace
}  // namespace heitie::planning
