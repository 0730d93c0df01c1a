// A repeated request_id is harmless, also when the repetitions come at once (AIP-155).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "absl/strings/substitute.h"
#include "common/test/fixture.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "tests/e2e/suite.h"
#include "tests/e2e/world.h"

namespace heitie::e2e {
namespace {

using test::HasReason;

TEST(Replay, SameRequestGetsTheFirstAnswerByEitherWay) {
  const Team grpc(Suite::Get().grpc()), http(Suite::Get().http());
  const auto request = [](const std::string& title) {
    return absl::Substitute(
        "plan_period { title: '$0' cadence: CADENCE_MONTHLY start_date { year: 2026 month: 3 day: 1 } end_date { year: 2026 month: 3 "
        "day: 31 } } request_id: 'replay-1'",
        title);
  };
  const auto first = grpc.manager.Do<planning::v1::PlanPeriod>("planning.CreatePlanPeriod", request("March"));
  const auto again = http.manager.Do<planning::v1::PlanPeriod>("planning.CreatePlanPeriod", request("March"));
  EXPECT_EQ(first.SerializeAsString(), again.SerializeAsString());
  for (const Team& team : {grpc, http}) {
    const absl::Status reused = team.manager.Try("planning.CreatePlanPeriod", request("April"));
    EXPECT_TRUE(absl::IsInvalidArgument(reused)) << reused;
    EXPECT_THAT(reused, HasReason("REQUEST_ID_REUSED"));
  }
}

TEST(Replay, RepetitionsAtOnceAreOneReservation) {
  const Team team(Suite::Get().grpc());
  const World world(team, "replay");
  const std::string request = absl::Substitute(
      "reservation { subject: 'activities/replay' lines { item: '$0' quantity: 3 } expire_time $1 } request_id: 'replay-2'", world.item(),
      Instant(absl::Now() + absl::Hours(1)));
  std::vector<std::string> names(16);
  std::vector<std::thread> threads;
  for (std::string& name : names) {
    threads.emplace_back([&] {
      const auto made = team.specialist.Ask<resource::v1::Reservation>("resource.CreateReservation", request);
      name = made.ok() ? made->name() : made.status().ToString();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), 1u) << ::testing::PrintToString(names);
  EXPECT_EQ(HoldingsOf(team, "activities/replay").stock, 3);
  ExpectSoundLedgers(team);
}

TEST(Replay, LaunchIsAnsweredAgain) {
  const Team team(Suite::Get().http());
  const World world(team, "replay-launch");
  const std::string name = world.Ready("replay-launch");
  const std::string request = absl::Substitute("name: '$0' request_id: 'replay-3'", name);
  team.manager.Do("activity.LaunchActivity", request);
  EXPECT_EQ(team.manager.Do<activity::v1::Activity>("activity.LaunchActivity", request).state(), activity::v1::Activity::STATE_LIVE);
  EXPECT_THAT(team.manager.Try("activity.LaunchActivity", absl::Substitute("name: '$0' request_id: 'replay-4'", name)),
              HasReason("ILLEGAL_TRANSITION"));
  EXPECT_EQ(HoldingsOf(team, name).stock, kNeeded);
}

}  // namespace
}  // namespace heitie::e2e
