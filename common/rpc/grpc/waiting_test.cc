#include "common/rpc/grpc/waiting.h"

#include <gtest/gtest.h>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"

namespace heitie::rpc {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);

class Guest final : public Waiting::Waiter {
 public:
  void Hold() override { held_ = true; }
  void GiveUp(Waiting::For what, Waiting::Why why) override {
    EXPECT_TRUE(held_);
    what_ = what;
    why_ = why;
    given_up_.Notify();
  }
  bool held() const { return held_; }
  Waiting::For what() const { return what_; }
  Waiting::Why why() const { return why_; }
  bool Await() { return given_up_.WaitForNotificationWithTimeout(kPatience); }

 private:
  bool held_ = false;
  Waiting::For what_ = Waiting::For::kMessage;
  Waiting::Why why_ = Waiting::Why::kLate;
  absl::Notification given_up_;
};

absl::Time Later() { return absl::Now() + absl::Hours(1); }

TEST(WaitingTest, WhoIsLateIsGivenUpAndNobodyElse) {
  Waiting waiting(10);
  Guest patient, late, slow, gone;
  waiting.Add(patient, Waiting::For::kMessage, Later());
  waiting.Add(gone, Waiting::For::kMessage, absl::Now());
  EXPECT_TRUE(waiting.Remove(gone, Waiting::For::kMessage));
  waiting.Add(late, Waiting::For::kMessage, absl::Now());
  waiting.Add(slow, Waiting::For::kEnd, absl::Now());
  ASSERT_TRUE(late.Await());
  ASSERT_TRUE(slow.Await());
  EXPECT_EQ(late.what(), Waiting::For::kMessage);
  EXPECT_EQ(late.why(), Waiting::Why::kLate);
  EXPECT_EQ(slow.what(), Waiting::For::kEnd);
  EXPECT_FALSE(patient.held());
  EXPECT_FALSE(gone.held());
  EXPECT_FALSE(waiting.Remove(late, Waiting::For::kMessage));
  EXPECT_TRUE(waiting.Remove(patient, Waiting::For::kMessage));
}

TEST(WaitingTest, TheOneThatHasWaitedLongestGivesWay) {
  Waiting waiting(2);
  Guest first, second, third, end;
  waiting.Add(end, Waiting::For::kEnd, Later());
  waiting.Add(first, Waiting::For::kMessage, Later());
  waiting.Add(second, Waiting::For::kMessage, Later());
  EXPECT_FALSE(first.held());
  waiting.Add(third, Waiting::For::kMessage, Later());
  EXPECT_TRUE(first.Await());
  EXPECT_EQ(first.why(), Waiting::Why::kCrowded);
  EXPECT_TRUE(waiting.Remove(second, Waiting::For::kMessage));
  EXPECT_TRUE(waiting.Remove(third, Waiting::For::kMessage));
  EXPECT_TRUE(waiting.Remove(end, Waiting::For::kEnd));
}

TEST(WaitingTest, WaitsForOneThingAtATime) {
  Waiting waiting(2);
  Guest guest;
  waiting.Add(guest, Waiting::For::kMessage, Later());
  waiting.Add(guest, Waiting::For::kEnd, Later());
  EXPECT_FALSE(waiting.Remove(guest, Waiting::For::kMessage));
  EXPECT_TRUE(waiting.Remove(guest, Waiting::For::kEnd));
}

}  // namespace
}  // namespace heitie::rpc
