// A service dies or stands still: what needs it fails quickly and says so, what does not goes on, and everything comes back with it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "common/test/fixture.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/launch_gate.pb.h"
#include "heitie/activity/v1/report.pb.h"
#include "heitie/gateway/v1/project_overview.pb.h"
#include "tests/e2e/suite.h"
#include "tests/e2e/world.h"

namespace heitie::e2e {
namespace {

using test::HasReason;

constexpr absl::Duration kWithoutWaiting = absl::Seconds(5);

class Outage : public ::testing::TestWithParam<bool> {
 protected:
  const Team team_{GetParam() ? Suite::Get().http() : Suite::Get().grpc()};
  static std::string NewId() {
    static int count = 0;
    return absl::StrCat(GetParam() ? "outage-http-" : "outage-grpc-", ++count);
  }
  const std::string id_ = NewId();
  const World world_{team_, id_};
  std::string activity_ = world_.Ready(id_);

  gateway::v1::ProjectOverview Overview() const {
    return team_.analyst.Do<gateway::v1::ProjectOverview>("gateway.GetProjectOverview", absl::Substitute("name: '$0'", world_.project()));
  }
  // All of what risk tells is named, and nothing else.
  static void ExpectRiskMissed(const gateway::v1::ProjectOverview& overview) {
    std::set<std::string> missing;
    for (const auto& part : overview.missing()) {
      EXPECT_EQ(part.service(), "risk");
      missing.insert(part.part());
    }
    ASSERT_THAT(missing, ::testing::ElementsAre("risk_calendar", "risk_overdue", "risks")) << overview.DebugString();
  }
  std::string LaunchRequest() const {
    return absl::Substitute("name: '$0' request_id: '$1'", activity_, activity_.substr(activity_.find('/') + 1));
  }
  void ExpectLaunchWaits(const std::string& service) const {
    const absl::Status waits = team_.manager.Try("activity.LaunchActivity", LaunchRequest());
    EXPECT_TRUE(absl::IsUnavailable(waits)) << waits;
    EXPECT_THAT(waits, HasReason("LAUNCH_CONTINUES"));
    EXPECT_TRUE(waits.GetPayload("type.googleapis.com/google.rpc.RetryInfo").has_value());
    EXPECT_THAT(std::string(waits.message()), ::testing::HasSubstr(service));
  }
  // Nobody asks for it.
  void ExpectLaunchedOnce() const {
    const auto get = [&] {
      return team_.analyst.Do<activity::v1::Activity>("activity.GetActivity", absl::Substitute("name: '$0'", activity_));
    };
    // The back-off of the job is at most as long as the outage was.
    EXPECT_TRUE(Eventually([&] { return get().state() == activity::v1::Activity::STATE_LIVE; }, absl::Minutes(1))) << get().DebugString();
    EXPECT_THAT(team_.manager.Try("activity.LaunchActivity", LaunchRequest()), test::IsOk());
    ExpectTakenOnce(team_, activity_);
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
  EXPECT_LT(absl::Now() - asked, kWithoutWaiting);

  const auto overview = Overview();
  EXPECT_EQ(overview.tasks_size(), kTasks);
  EXPECT_EQ(overview.activities_size(), 1);
  ExpectRiskMissed(overview);

  // What is not known is not taken for granted, and cannot be waived.
  EXPECT_EQ(RiskVerdict().verdict(), activity::v1::VERDICT_UNKNOWN);
  EXPECT_EQ(RiskVerdict().reason(), "FACTS_UNKNOWN");
  world_.Waive(activity_, "PRECONDITION_RISKS_SETTLED", absl::Now() + absl::Hours(1));
  EXPECT_EQ(RiskVerdict().verdict(), activity::v1::VERDICT_UNKNOWN);
  ExpectLaunchWaits("risk");

  Suite::Get().Start("risk");
  EXPECT_TRUE(Overview().missing().empty());
  EXPECT_EQ(Overview().risks_size(), 1);
  EXPECT_TRUE(Eventually([&] { return RiskVerdict().verdict() == activity::v1::VERDICT_WAIVED; })) << RiskVerdict().DebugString();
  ExpectLaunchedOnce();
}

// Nothing is decided by an outage: the launch goes on by itself, and its request_id is not burnt.
TEST_P(Outage, LaunchWaitsForADeadService) {
  for (const char* service : {"planning", "personnel"}) {
    SCOPED_TRACE(service);
    const std::string id = NewId();
    const World world(team_, id);
    activity_ = world.Ready(id);
    Suite::Get().Stop(service, SIGKILL);
    ExpectLaunchWaits(service);
    ExpectLaunchWaits(service);
    Suite::Get().Start(service);
    ExpectLaunchedOnce();
  }
}

// The first answer needs neither the services that it came from nor the state of that time.
TEST_P(Outage, ReportIsAnsweredAgain) {
  team_.manager.Do("activity.LaunchActivity", LaunchRequest());
  team_.specialist.Do("activity.EndActivity", absl::Substitute("name: '$0' reason: 'Over'", activity_));
  const auto report = [&](const char* summary) {
    return absl::Substitute("parent: '$0' report { summary: '$1' } request_id: 'report-$2'", activity_, summary, id_);
  };
  // The activity service may not know yet that metrics is back from the case before.
  absl::StatusOr<activity::v1::Report> first;
  ASSERT_TRUE(Eventually([&] {
    first = team_.specialist.Ask<activity::v1::Report>("activity.CreateReport", report("Well"));
    return first.ok();
  })) << first.status();
  const auto expect_first = [&] {
    const auto again = team_.specialist.Ask<activity::v1::Report>("activity.CreateReport", report("Well"));
    ASSERT_THAT(again, test::IsOk());
    EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
    EXPECT_THAT(team_.specialist.Try("activity.CreateReport", report("Badly")), HasReason("REQUEST_ID_REUSED"));
  };
  Suite::Get().Stop("metrics", SIGKILL);
  expect_first();
  const absl::Status another = team_.specialist.Try(
      "activity.CreateReport", absl::Substitute("parent: '$0' report { summary: 'x' } request_id: 'other-$1'", activity_, id_));
  EXPECT_TRUE(absl::IsUnavailable(another)) << another;
  EXPECT_THAT(another, HasReason("FIGURES_MISSING"));
  Suite::Get().Start("metrics");
  ASSERT_TRUE(Eventually([&] {
    return team_.manager
        .Try("activity.ArchiveActivity",
             absl::Substitute("name: '$0' explanations { measure: MEASURE_PARTICIPANTS explanation: 'Nobody came' }", activity_))
        .ok();
  }));
  expect_first();
}

TEST_P(Outage, HungServiceIsMissedAndHoldsUpNobodyElse) {
  world_.OpenHighRisk(activity_);
  {
    const Suite::Frozen risk("risk");
    const absl::Time asked = absl::Now();
    const auto overview = Overview();
    EXPECT_LT(absl::Now() - asked, kWithoutWaiting) << "long before the caller's deadline";
    EXPECT_EQ(overview.tasks_size(), kTasks);
    EXPECT_EQ(overview.activities_size(), 1);
    ExpectRiskMissed(overview);
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
