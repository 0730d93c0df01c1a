// A service dies or stands still: what needs it fails quickly and says so, what does not goes on, and everything comes back with it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "common/testing/fixture.h"
#include "heitie/activity/v1/launch_gate.pb.h"
#include "heitie/gateway/v1/gateway_service.pb.h"
#include "tests/e2e/suite.h"
#include "tests/e2e/world.h"

namespace heitie::e2e {
namespace {

using testing::HasReason;

constexpr absl::Duration kQuick = absl::Seconds(5);

class Outage : public ::testing::TestWithParam<bool> {
 protected:
  const Team team_{GetParam() ? Suite::Get().http() : Suite::Get().grpc()};
  static std::string NewId() {
    static int count = 0;
    return absl::StrCat(GetParam() ? "outage-http-" : "outage-grpc-", ++count);
  }
  const std::string id_ = NewId();
  const World world_{team_, id_};
  const std::string activity_ = world_.Ready(id_);

  gateway::v1::ProjectOverview Overview() const {
    return team_.analyst.Do<gateway::v1::ProjectOverview>("gateway.GetProjectOverview", absl::Substitute("name: '$0'", world_.project()));
  }
  activity::v1::PreconditionVerdict RiskVerdict() const {
    const auto gate = team_.analyst.Do<activity::v1::EvaluateLaunchGateResponse>("activity.EvaluateLaunchGate",
                                                                                 absl::Substitute("name: '$0'", activity_));
    for (const auto& verdict : gate.verdicts()) {
      if (verdict.precondition() == activity::v1::PRECONDITION_RISKS_SETTLED) return verdict;
    }
    return {};
  }
};

TEST_P(Outage, DeadServiceIsNamedAndMissedUntilItIsBack) {
  world_.OpenHighRisk(activity_);
  ASSERT_EQ(Overview().risks_size(), 1);
  Suite::Get().Stop("risk", SIGKILL);

  const absl::Time asked = absl::Now();
  const absl::Status refused = team_.analyst.Try("risk.ListRisks", "");
  EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
  EXPECT_THAT(refused, HasReason("UNAVAILABLE"));
  EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr("risk"));
  EXPECT_LT(absl::Now() - asked, kQuick);

  const auto overview = Overview();
  EXPECT_EQ(overview.tasks_size(), 2);
  EXPECT_EQ(overview.activities_size(), 1);
  ASSERT_EQ(overview.missing_size(), 1) << overview.DebugString();
  EXPECT_EQ(overview.missing(0).service(), "risk");
  EXPECT_EQ(overview.missing(0).part(), "risks");

  // What is not known is not taken for granted, and cannot be waived.
  EXPECT_EQ(RiskVerdict().verdict(), activity::v1::VERDICT_UNKNOWN);
  EXPECT_EQ(RiskVerdict().reason(), "FACTS_UNKNOWN");
  world_.Waive(activity_, "PRECONDITION_RISKS_SETTLED", absl::Now() + absl::Hours(1));
  EXPECT_EQ(RiskVerdict().verdict(), activity::v1::VERDICT_UNKNOWN);
  EXPECT_THAT(team_.manager.Try("activity.LaunchActivity", absl::Substitute("name: '$0'", activity_)), HasReason("LAUNCH_GATE_CLOSED"));

  Suite::Get().Start("risk");
  EXPECT_TRUE(Overview().missing().empty());
  EXPECT_EQ(Overview().risks_size(), 1);
  EXPECT_TRUE(Eventually([&] { return RiskVerdict().verdict() == activity::v1::VERDICT_WAIVED; })) << RiskVerdict().DebugString();
}

TEST_P(Outage, HungServiceIsMissedAndHoldsUpNobodyElse) {
  world_.OpenHighRisk(activity_);
  {
    const Suite::Frozen risk("risk");
    const absl::Time asked = absl::Now();
    const auto overview = Overview();
    EXPECT_LT(absl::Now() - asked, kQuick) << "long before the caller's deadline";
    EXPECT_EQ(overview.tasks_size(), 2);
    EXPECT_EQ(overview.activities_size(), 1);
    ASSERT_EQ(overview.missing_size(), 1) << overview.DebugString();
    EXPECT_EQ(overview.missing(0).service(), "risk");
    EXPECT_EQ(overview.missing(0).reason(), "DEADLINE_EXCEEDED");

    const absl::Time other = absl::Now();
    team_.analyst.Do("planning.GetProject", absl::Substitute("name: '$0'", world_.project()));
    EXPECT_LT(absl::Now() - other, absl::Seconds(1));
  }
  EXPECT_TRUE(Overview().missing().empty());
  EXPECT_EQ(Overview().risks_size(), 1);
}

INSTANTIATE_TEST_SUITE_P(Over, Outage, ::testing::Values(false, true), [](const auto& info) { return info.param ? "HttpJson" : "Grpc"; });

}  // namespace
}  // namespace heitie::e2e
