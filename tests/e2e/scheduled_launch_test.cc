// A scheduled launch begins by itself at its time, once, also when the process that is to begin it is dead or dies over it (A2, W2).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "common/test/fixture.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/launch.pb.h"
#include "tests/e2e/suite.h"
#include "tests/e2e/world.h"

namespace heitie::e2e {
namespace {

using activity::v1::Activity;
using activity::v1::Launch;
using activity::v1::ListLaunchesResponse;
using test::HasReason;

// Enough for what a test does before the launch; a whole number of microseconds, as instants are kept.
constexpr absl::Duration kStartAhead = absl::Seconds(3);
absl::Time Ahead(absl::Duration duration) { return absl::FromUnixMicros(absl::ToUnixMicros(absl::Now() + duration)); }

class ScheduledLaunch : public ::testing::Test {
 protected:
  Activity Schedule(const std::string& name, absl::Time time) const {
    return team_.manager.Do<Activity>("activity.ScheduleLaunch", absl::Substitute("name: '$0' launch_time $1", name, Instant(time)));
  }
  absl::StatusOr<Activity> Unschedule(const std::string& name) const {
    return team_.manager.Ask<Activity>("activity.UnscheduleLaunch", absl::Substitute("name: '$0'", name));
  }
  absl::StatusOr<Activity> Get(const std::string& name) const {
    return team_.analyst.Ask<Activity>("activity.GetActivity", absl::Substitute("name: '$0'", name));
  }
  ListLaunchesResponse Launches(const std::string& name) const {
    return team_.analyst.Do<ListLaunchesResponse>("activity.ListLaunches", absl::Substitute("parent: '$0'", name));
  }

  // Goes live by one launch that the job begins, for the one who scheduled it and not before its time.
  void ExpectOneLaunch(const std::string& name, absl::Time time) const {
    EXPECT_TRUE(Eventually([&] {
      const auto activity = Get(name);
      return activity.ok() && activity->state() == Activity::STATE_LIVE;
    })) << Get(name)->DebugString();
    EXPECT_FALSE(Get(name)->has_scheduled_launch_time());
    const ListLaunchesResponse launches = Launches(name);
    ASSERT_EQ(launches.launches_size(), 1) << launches.DebugString();
    const Launch& launch = launches.launches(0);
    EXPECT_EQ(launch.state(), Launch::STATE_SUCCEEDED);
    EXPECT_TRUE(launch.scheduled());
    EXPECT_EQ(launch.launcher(), "employees/manager");
    EXPECT_GE(time::ToTime(launch.create_time()), time);
    ExpectTakenOnce(team_, name);
  }

  const Team team_{Suite::Get().grpc()};
};

TEST_F(ScheduledLaunch, GoesLiveByItselfUnlessUnscheduled) {
  const World world(team_, "schedule");
  const std::string kept = world.Ready("schedule-kept"), dropped = world.Ready("schedule-dropped");
  const absl::Time time = Ahead(kStartAhead);
  // Jobs are leased in the order of their times: when the other one is live, this one's time has been served as well.
  Schedule(dropped, time - absl::Milliseconds(200));
  const Activity scheduled = Schedule(kept, time);
  EXPECT_EQ(scheduled.state(), Activity::STATE_READY);
  EXPECT_EQ(time::ToTime(scheduled.scheduled_launch_time()), time);
  const auto unscheduled = Unschedule(dropped);
  ASSERT_TRUE(unscheduled.ok()) << unscheduled.status();
  EXPECT_FALSE(unscheduled->has_scheduled_launch_time());
  EXPECT_THAT(Unschedule(dropped), HasReason("NOT_SCHEDULED"));

  ExpectOneLaunch(kept, time);
  EXPECT_EQ(Get(dropped)->state(), Activity::STATE_READY);
  EXPECT_EQ(Launches(dropped).launches_size(), 0);
  EXPECT_EQ(HoldingsOf(team_, dropped).stock, 0);
}

TEST_F(ScheduledLaunch, WaitsForADeadProcess) {
  const World world(team_, "schedule-dead");
  const std::string name = world.Ready("schedule-dead");
  const absl::Time time = Ahead(kStartAhead);
  Schedule(name, time);
  Suite::Get().Stop("activity", SIGKILL);
  ASSERT_LT(absl::Now(), time) << "killed too late";
  absl::SleepFor(time - absl::Now());
  Suite::Get().Start("activity");
  ExpectOneLaunch(name, time);
  ExpectSoundLedgers(team_);
}

TEST_F(ScheduledLaunch, IsFinishedByTheNextProcess) {
  const World world(team_, "schedule-dying");
  const std::string name = world.Ready("schedule-dying");
  Suite::Get().RestartDyingAt("launch.begun");
  const absl::Time time = Ahead(kStartAhead / 3);
  Schedule(name, time);
  ASSERT_TRUE(Suite::Get().AwaitEnd("activity")) << "the job did not begin the launch";
  EXPECT_GE(absl::Now(), time);
  Suite::Get().Start("activity");
  ExpectOneLaunch(name, time);
  ExpectSoundLedgers(team_);
}

}  // namespace
}  // namespace heitie::e2e
