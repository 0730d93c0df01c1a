#include "services/planning/robot/window.h"

#include <gtest/gtest.h>

#include <random>

#include "common/test/fixture.h"
#include "services/planning/robot/robot_policy.h"

namespace heitie::planning {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1767225600);

v1::RobotProvider DingTalk() { return test::Proto<v1::RobotProvider>("kind: KIND_DINGTALK limits { count: 20 window { seconds: 60 } }"); }
v1::RobotPolicy Policy() { return test::Proto<v1::RobotPolicy>("margin_percent: 5 critical_percent: 20"); }

TEST(WindowTest, AShareIsKeptForCriticalOnes) {
  const Room room = RoomAt(Policy(), DingTalk(), {}, kNow);
  EXPECT_EQ(room.all, 20);
  EXPECT_EQ(room.ordinary, 16);
  EXPECT_EQ(room.ordinary_from, kNow);
}

TEST(WindowTest, AttemptsCountForAWindowAndItsMarginAfterTheirEnd) {
  std::vector<absl::Time> ends(16, kNow - absl::Seconds(63));
  EXPECT_EQ(RoomAt(Policy(), DingTalk(), ends, kNow).ordinary, 16) << "63 s after";
  EXPECT_EQ(RoomAt(Policy(), DingTalk(), ends, kNow - absl::Microseconds(1)).ordinary, 0);
  ends.assign(16, kNow);
  const Room room = RoomAt(Policy(), DingTalk(), ends, kNow);
  EXPECT_EQ(room.all, 4);
  EXPECT_EQ(room.ordinary_from, kNow + absl::Seconds(63));
  EXPECT_EQ(room.all_from, kNow);
}

TEST(WindowTest, EachLimitHolds) {
  const auto feishu =
      test::Proto<v1::RobotProvider>("limits { count: 100 window { seconds: 60 } } limits { count: 5 window { seconds: 1 } }");
  EXPECT_EQ(RoomAt(Policy(), feishu, std::vector<absl::Time>(5, kNow), kNow).all, 0);
  EXPECT_EQ(RoomAt(Policy(), feishu, std::vector<absl::Time>(5, kNow), kNow).all_from, kNow + absl::Milliseconds(1050));
  EXPECT_EQ(RoomAt(Policy(), feishu, std::vector<absl::Time>(100, kNow - absl::Seconds(10)), kNow).all, 0);
}

// Whatever the attempts take, no window of the provider holds more than it allows, wherever within an attempt the message arrives.
TEST(WindowTest, NoWindowOfTheProviderHoldsMore) {
  std::mt19937 random(18);
  std::vector<absl::Time> ends, arrivals;
  absl::Time now = kNow;
  for (int i = 0; i < 2000; ++i) {
    const Room room = RoomAt(Policy(), DingTalk(), ends, now);
    if (room.all <= 0) {
      EXPECT_GT(room.all_from, now);
      now = room.all_from;
      continue;
    }
    const absl::Duration duration = absl::Milliseconds(random() % 9000);
    arrivals.push_back(now + duration * (static_cast<double>(random() % 1001) / 1000));
    ends.push_back(now + duration);
    now += random() % 3 == 0 ? duration : absl::Milliseconds(random() % 100);
  }
  std::sort(arrivals.begin(), arrivals.end());
  for (size_t i = 20; i < arrivals.size(); ++i) EXPECT_GT(arrivals[i] - arrivals[i - 20], absl::Seconds(60)) << i;
}

TEST(WindowTest, BackoffIsData) {
  const auto policy = test::Proto<v1::RobotPolicy>("backoff { seconds: 5 } backoff { seconds: 30 } jitter_percent: 20");
  EXPECT_EQ(BackoffAfter(policy, 1, 0), absl::Seconds(5));
  EXPECT_EQ(BackoffAfter(policy, 2, 0.5), absl::Seconds(33));
  EXPECT_EQ(BackoffAfter(policy, 3, 0), std::nullopt);
}

}  // namespace
}  // namespace heitie::planning
