// The launch survives the death of its process at every step (W2): the next process goes live with exactly one reservation and one
// encumbrance, or refuses and holds nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/substitute.h"
#include "heitie/activity/v1/activity.pb.h"
#include "tests/e2e/suite.h"
#include "tests/e2e/world.h"

namespace heitie::e2e {
namespace {

using activity::v1::Activity;

class LaunchSaga : public ::testing::Test {
 protected:
  Activity Get(const std::string& name) const {
    return team_.analyst.Do<Activity>("activity.GetActivity", absl::Substitute("name: '$0'", name));
  }

  std::string LaunchRequest(const std::string& name) const {
    return absl::Substitute("name: '$0' request_id: 'launch-$1'", name, name.substr(name.find('/') + 1));
  }

  // Launches until the process dies.
  void LaunchAndDie(const std::string& name, const std::string& point) const {
    Suite::Get().RestartDyingAt(point);
    const absl::Status status = team_.manager.Try("activity.LaunchActivity", LaunchRequest(name));
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    ASSERT_TRUE(Suite::Get().AwaitEnd("activity")) << "the process did not reach " << point;
  }

  // The launch is over: by the process's own job, or by the client that asks again (AIP-155).
  Activity AwaitEndOfLaunch(const std::string& name, bool ask_again) const {
    if (ask_again) {
      EXPECT_TRUE(Eventually([&] { return !absl::IsUnavailable(team_.manager.Try("activity.LaunchActivity", LaunchRequest(name))); }));
    }
    EXPECT_TRUE(Eventually([&] {
      const auto activity = team_.analyst.Ask<Activity>("activity.GetActivity", absl::Substitute("name: '$0'", name));
      return activity.ok() && activity->launch().empty();
    })) << "the launch is not resumed";
    return Get(name);
  }

  void ExpectLive(const Activity& activity) const {
    EXPECT_EQ(activity.state(), Activity::STATE_LIVE) << activity.last_launch_error();
    ExpectTakenOnce(team_, activity.name());
  }

  void ExpectRefused(const Activity& activity, const std::string& why) const {
    EXPECT_EQ(activity.state(), Activity::STATE_READY);
    EXPECT_THAT(activity.last_launch_error(), ::testing::HasSubstr(why));
    const Holdings held = HoldingsOf(team_, activity.name());
    EXPECT_EQ(held.reservations + held.encumbrances, 0);
  }

  const Team team_{Suite::Get().grpc()};
};

std::string IdOf(const std::string& point) { return absl::StrReplaceAll(point, {{".", "-"}, {"_", "-"}}); }

TEST_F(LaunchSaga, GoesLiveAfterADeathAtEveryStep) {
  std::vector<std::string> points = {"launch.begun"};
  for (const char* step : {"check_gate", "take_allotment", "recheck_gate", "confirm_allotment", "go_live"}) {
    points.push_back(absl::StrCat("launch.", step, ".done"));
    points.push_back(absl::StrCat("launch.", step, ".noted"));
  }
  Conditions conditions;
  conditions.stock = kNeeded * static_cast<int64_t>(points.size());
  conditions.budget = kCost * static_cast<int64_t>(points.size());
  const World world(team_, "saga", conditions);
  for (size_t i = 0; i < points.size(); ++i) {
    SCOPED_TRACE(points[i]);
    const std::string name = world.Ready(IdOf(points[i]));
    LaunchAndDie(name, points[i]);
    if (HasFatalFailure()) return;
    Suite::Get().Start("activity");
    ExpectLive(AwaitEndOfLaunch(name, i % 4 != 1));
  }
  ExpectSoundLedgers(team_);
}

// The process dies in its own job, while that holds its lease: whoever comes next has the job within seconds, without anybody asking.
TEST_F(LaunchSaga, GoesOnSoonAfterTheDeathOfItsJob) {
  const World world(team_, "saga-job");
  const std::string name = world.Ready("saga-job");
  Suite::Get().RestartDyingAt("launch.confirm_allotment.done");
  Suite::Get().Stop("resource", SIGKILL);
  ASSERT_TRUE(absl::IsUnavailable(team_.manager.Try("activity.LaunchActivity", LaunchRequest(name))));
  Suite::Get().Start("resource");
  ASSERT_TRUE(Suite::Get().AwaitEnd("activity")) << "no job took the launch up";
  Suite::Get().Start("activity");
  EXPECT_TRUE(Eventually([&] { return Get(name).state() == Activity::STATE_LIVE; }, absl::Seconds(10)));
  ExpectLive(Get(name));
  ExpectSoundLedgers(team_);
}

// The money went elsewhere while the process was dead, and it dies again when it hears so: all was refused, the materials too.
TEST_F(LaunchSaga, TakesNothingWhenSomethingIsShortAfterADeath) {
  Conditions conditions;
  conditions.budget = kCost;
  const World world(team_, "saga-money", conditions);
  const std::string name = world.Ready("saga-money");
  LaunchAndDie(name, "launch.check_gate.noted");
  team_.manager.Do("resource.CreateEncumbrance",
                   absl::Substitute("encumbrance { budget: '$0' subject: 'activities/other' amount_minor: 1 expire_time $1 }",
                                    world.budget(), Instant(absl::Now() + absl::Hours(1))));
  Suite::Get().Start("activity", {{"HEITIE_CRASH_AT", "launch.take_allotment.done"}});
  ASSERT_TRUE(absl::IsUnavailable(team_.manager.Try("activity.LaunchActivity", LaunchRequest(name))));
  ASSERT_TRUE(Suite::Get().AwaitEnd("activity"));
  Suite::Get().Start("activity");
  ExpectRefused(AwaitEndOfLaunch(name, true), world.budget());
  ExpectSoundLedgers(team_);
}

// A risk was found while the process was dead (W1), and it dies again while it gives everything back.
TEST_F(LaunchSaga, GivesEverythingBackAfterADeath) {
  const World world(team_, "saga-risk");
  const std::string name = world.Ready("saga-risk");
  LaunchAndDie(name, "launch.take_allotment.noted");
  EXPECT_EQ(HoldingsOf(team_, name).money, kCost);
  world.OpenHighRisk(name);
  Suite::Get().Start("activity", {{"HEITIE_CRASH_AT", "launch.take_allotment.given_back"}});
  ASSERT_TRUE(absl::IsUnavailable(team_.manager.Try("activity.LaunchActivity", LaunchRequest(name))));
  ASSERT_TRUE(Suite::Get().AwaitEnd("activity"));
  Suite::Get().Start("activity");
  ExpectRefused(AwaitEndOfLaunch(name, true), "HIGH");
  ExpectSoundLedgers(team_);
}

}  // namespace
}  // namespace heitie::e2e
