#include "common/work/fair_queue.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace heitie::work {
namespace {

using options::v1::PRIORITY_HIGH;
using options::v1::PRIORITY_LOW;
using options::v1::PRIORITY_NORMAL;
using namespace std::chrono_literals;

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
    queue_.Push(std::make_shared<Named>(caller, priority, ++count_), caller, priority, now_);
  }
  static std::string Name(const std::shared_ptr<Task>& task) {
    return task == nullptr ? "" : static_cast<const Named&>(*task).caller + std::to_string(static_cast<const Named&>(*task).number);
  }
  std::vector<std::string> PopAll() {
    std::vector<std::string> names;
    while (auto task = queue_.Pop(now_).task) names.push_back(Name(task));
    return names;
  }

  static std::vector<std::string> Names(const std::vector<std::shared_ptr<Task>>& tasks) {
    std::vector<std::string> names;
    for (const auto& task : tasks) names.push_back(Name(task));
    return names;
  }

  FairQueue queue_;
  FairQueue::Time now_;
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

TEST_F(FairQueueTest, HigherPrioritiesGoFirstAndTheOthersAreNotForgotten) {
  Push("low", PRIORITY_LOW);
  for (int i = 0; i < 20; ++i) Push("high", PRIORITY_HIGH);
  Push("normal");
  const std::vector<std::string> names = PopAll();
  ASSERT_EQ(names.size(), 22u);
  EXPECT_EQ(names[7], "normal22") << "the 8th turn";
  EXPECT_EQ(names[15], "low1") << "the 16th turn";
  EXPECT_EQ(names[21], "high21");
}

TEST_F(FairQueueTest, WhateverWaitsHasOneOfSixteenTurns) {
  const Priority priorities[] = {PRIORITY_LOW, PRIORITY_NORMAL, PRIORITY_HIGH};
  for (int i = 0; i < 160; ++i) {
    for (const Priority priority : priorities) Push("a", priority);
  }
  for (int sixteen = 0; sixteen < 10; ++sixteen) {
    std::map<Priority, int> turns;
    for (int i = 0; i < 16; ++i) ++turns[static_cast<const Named&>(*queue_.Pop(now_).task).priority];
    ASSERT_EQ(turns, (std::map<Priority, int>{{PRIORITY_LOW, 1}, {PRIORITY_NORMAL, 1}, {PRIORITY_HIGH, 14}})) << sixteen;
  }
}

TEST_F(FairQueueTest, ATurnOfNobodyIsTheNextOnes) {
  for (int i = 0; i < 8; ++i) Push("low", PRIORITY_LOW);
  for (int i = 0; i < 7; ++i) Push("high", PRIORITY_HIGH);
  std::vector<std::string> names = PopAll();
  EXPECT_EQ(names[6], "high15");
  EXPECT_EQ(names[7], "low1") << "the 8th turn would be of the normal ones";
}

TEST_F(FairQueueTest, TheLowestCanBeLeftOut) {
  Push("low", PRIORITY_LOW);
  Push("normal");
  EXPECT_EQ(queue_.lowest(), 1u);
  EXPECT_EQ(Name(queue_.Pop(now_, false).task), "normal2");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(queue_.Pop(now_, false).task, nullptr);
  const FairQueue::Turn turn = queue_.Pop(now_);
  EXPECT_EQ(Name(turn.task), "low1");
  EXPECT_TRUE(turn.lowest);
  EXPECT_EQ(queue_.lowest() + queue_.size(), 0u);
}

TEST_F(FairQueueTest, InALongStandingQueueTheLatestGoesFirstAndTheOldLapse) {
  constexpr int kMany = FairQueue::kModerate + 3;
  for (int i = 0; i < kMany; ++i) Push("a", PRIORITY_LOW);
  now_ += FairQueue::kStanding - 1ms;
  EXPECT_EQ(Name(queue_.Pop(now_).task), "a1") << "a burst so far";
  now_ += 1ms;
  const FairQueue::Turn turn = queue_.Pop(now_);
  EXPECT_EQ(Name(turn.task), "a" + std::to_string(kMany));
  EXPECT_EQ(Names(turn.lapsed), (std::vector<std::string>{"a2", "a3"}));
  EXPECT_EQ(queue_.lowest(), FairQueue::kModerate - 1);
  EXPECT_EQ(queue_.size(), FairQueue::kModerate - 1);
  EXPECT_EQ(Name(queue_.Pop(now_).task), "a4") << "what is left is moderate";
}

TEST_F(FairQueueTest, InAStandingQueueTheNewAreNotLapsed) {
  for (size_t i = 0; i < FairQueue::kModerate; ++i) Push("a", PRIORITY_LOW);
  now_ += FairQueue::kStanding;
  for (size_t i = 0; i < FairQueue::kModerate; ++i) Push("b", PRIORITY_LOW);
  const FairQueue::Turn first = queue_.Pop(now_), second = queue_.Pop(now_);
  EXPECT_EQ(first.lapsed.size(), FairQueue::kModerate) << "all of a";
  EXPECT_EQ(Name(first.task), "b32");
  EXPECT_TRUE(second.lapsed.empty());
}

// One task each, of many callers: the old lapse as well.
TEST_F(FairQueueTest, InAStandingQueueOfManyCallersTheOldLapse) {
  constexpr int kMany = 2 * FairQueue::kModerate;
  for (int i = 0; i < kMany; ++i) Push("old" + std::to_string(i) + "-", PRIORITY_LOW);
  now_ += FairQueue::kStanding;
  for (int i = 0; i < 3; ++i) Push("new" + std::to_string(i) + "-", PRIORITY_LOW);
  const FairQueue::Turn turn = queue_.Pop(now_);
  EXPECT_EQ(turn.lapsed.size(), size_t{kMany} + 3 - FairQueue::kModerate);
  EXPECT_EQ(queue_.lowest(), FairQueue::kModerate - 1);
}

TEST_F(FairQueueTest, AModerateQueueIsServedInItsOrderForEver) {
  for (size_t i = 0; i < FairQueue::kModerate; ++i) Push("a", PRIORITY_LOW);
  for (int i = 1; i <= 100; ++i) {
    now_ += FairQueue::kStanding;
    const FairQueue::Turn turn = queue_.Pop(now_);
    EXPECT_EQ(Name(turn.task), "a" + std::to_string(i));
    EXPECT_TRUE(turn.lapsed.empty());
    Push("a", PRIORITY_LOW);
  }
}

TEST_F(FairQueueTest, OnlyTheLowestPriorityLapses) {
  for (size_t i = 0; i < 2 * FairQueue::kModerate; ++i) Push("a");
  now_ += 10 * FairQueue::kStanding;
  const FairQueue::Turn turn = queue_.Pop(now_);
  EXPECT_EQ(Name(turn.task), "a1");
  EXPECT_TRUE(turn.lapsed.empty());
}

TEST_F(FairQueueTest, InAStandingQueueCallersTakeTurnsToo) {
  for (int i = 0; i < 20; ++i) {
    Push("flood", PRIORITY_LOW);
    now_ += 10ms;
  }
  Push("trickle", PRIORITY_LOW);
  Push("flood", PRIORITY_LOW);
  EXPECT_EQ(Name(queue_.Pop(now_).task), "flood22");
  EXPECT_EQ(Name(queue_.Pop(now_).task), "trickle21");
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
    FairQueue::Time now;
    int pushed = 0, popped = 0, yielded = 0;
    const auto pop = [&] {
      const FairQueue::Turn turn = queue.Pop(now);
      yielded += static_cast<int>(turn.lapsed.size());
      popped += turn.task != nullptr;
      return turn.task != nullptr;
    };
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
      queue.Push(std::make_shared<Named>(caller, priority, step), caller, priority, now);
      ++pushed;
      now += std::chrono::microseconds(random() % 3000);
      if (random() % 3 == 0) pop();
    }
    while (pop()) {
    }
    ASSERT_EQ(pushed, popped + yielded);
  }
}

}  // namespace
}  // namespace heitie::work
