#include "common/rpc/fair_queue.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace heitie::rpc {
namespace {

using options::v1::PRIORITY_HIGH;
using options::v1::PRIORITY_LOW;
using options::v1::PRIORITY_NORMAL;

struct Named final : Task {
  Named(std::string c, Priority p, int n) : caller(std::move(c)), priority(p), number(n) {}
  void Run() override {}
  void Refuse() override {}
  const std::string caller;
  const Priority priority;
  const int number;
};

class FairQueueTest : public ::testing::Test {
 protected:
  void Push(const std::string& caller, Priority priority = PRIORITY_NORMAL) {
    queue_.Push(std::make_shared<Named>(caller, priority, ++count_), caller, priority);
  }
  static std::string Name(const std::shared_ptr<Task>& task) {
    return task == nullptr ? "" : static_cast<const Named&>(*task).caller + std::to_string(static_cast<const Named&>(*task).number);
  }
  std::vector<std::string> PopAll() {
    std::vector<std::string> names;
    while (auto task = queue_.Pop().task) names.push_back(Name(task));
    return names;
  }

  FairQueue queue_;
  int count_ = 0;
};

TEST_F(FairQueueTest, CallersTakeTurnsAndEachKeepsItsOrder) {
  for (int i = 0; i < 4; ++i) Push("a");
  Push("b");
  Push("c");
  Push("b");
  EXPECT_EQ(PopAll(), (std::vector<std::string>{"a1", "b5", "c6", "a2", "b7", "a3", "a4"}));
  EXPECT_EQ(queue_.size(), 0u);
}

TEST_F(FairQueueTest, HigherPrioritiesGoFirstAndTheLowestIsNotForgotten) {
  Push("low", PRIORITY_LOW);
  for (int i = 0; i < 20; ++i) Push("high", PRIORITY_HIGH);
  Push("normal");
  const std::vector<std::string> names = PopAll();
  ASSERT_EQ(names.size(), 22u);
  EXPECT_EQ(names[15], "low1") << "the 16th turn";
  EXPECT_EQ(names[21], "normal22");
}

TEST_F(FairQueueTest, TheLowestCanBeLeftOut) {
  Push("low", PRIORITY_LOW);
  Push("normal");
  EXPECT_EQ(queue_.lowest(), 1u);
  EXPECT_EQ(Name(queue_.Pop(false).task), "normal2");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(queue_.Pop(false).task, nullptr);
  const FairQueue::Turn turn = queue_.Pop();
  EXPECT_EQ(Name(turn.task), "low1");
  EXPECT_TRUE(turn.lowest);
  EXPECT_EQ(queue_.lowest() + queue_.size(), 0u);
}

TEST_F(FairQueueTest, TheLowestWithMostWaitingGivesWay) {
  Push("a", PRIORITY_LOW);
  Push("b", PRIORITY_LOW);
  Push("b", PRIORITY_LOW);
  Push("c");
  EXPECT_EQ(Name(queue_.Yield("x", PRIORITY_NORMAL)), "b3");
  EXPECT_EQ(Name(queue_.Yield("x", PRIORITY_LOW)), "") << "everybody has one";
  EXPECT_EQ(queue_.size(), 3u);
  EXPECT_NE(queue_.Yield("x", PRIORITY_HIGH), nullptr);
  EXPECT_NE(queue_.Yield("x", PRIORITY_HIGH), nullptr);
  EXPECT_EQ(Name(queue_.Yield("x", PRIORITY_HIGH)), "c4");
  EXPECT_EQ(queue_.Yield("x", PRIORITY_HIGH), nullptr);
}

TEST_F(FairQueueTest, ACallerDoesNotDriveOutWhoHasLess) {
  for (int i = 0; i < 3; ++i) Push("a");
  Push("b");
  EXPECT_EQ(queue_.Yield("a", PRIORITY_NORMAL), nullptr);
  EXPECT_EQ(Name(queue_.Yield("b", PRIORITY_NORMAL)), "a3");
  EXPECT_EQ(queue_.Yield("b", PRIORITY_NORMAL), nullptr) << "now they have about the same";
}

// Random traffic into a bounded queue: every task comes out once or gives way once, and nobody gives way to a lower priority or to himself.
TEST_F(FairQueueTest, LosesNothingUnderRandomTraffic) {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    FairQueue queue;
    int pushed = 0, popped = 0, yielded = 0;
    for (int step = 0; step < 2000; ++step) {
      // One caller floods, two trickle.
      const std::string caller = random() % 10 < 8 ? "flood" : random() % 2 ? "b" : "c";
      const Priority priority = static_cast<Priority>(1 + random() % 3);
      if (queue.size() >= 30) {
        const auto victim = queue.Yield(caller, priority);
        if (victim == nullptr) continue;
        ++yielded;
        const auto& named = static_cast<const Named&>(*victim);
        ASSERT_LE(named.priority, priority);
        ASSERT_FALSE(named.priority == priority && named.caller == caller);
      }
      queue.Push(std::make_shared<Named>(caller, priority, step), caller, priority);
      ++pushed;
      if (random() % 3 == 0) popped += queue.Pop().task != nullptr;
    }
    while (queue.Pop().task != nullptr) ++popped;
    ASSERT_EQ(pushed, popped + yielded);
  }
}

}  // namespace
}  // namespace heitie::rpc
