#include "common/work/workers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <thread>

namespace heitie::work {
namespace {

struct Function final : Task {
  explicit Function(std::function<void()> f) : function(std::move(f)) {}
  void Run() override { function(); }
  void Refuse() override { ++refused; }
  std::function<void()> function;
  static inline std::atomic<int> refused{0};
};

std::shared_ptr<Task> Do(std::function<void()> function) { return std::make_shared<Function>(std::move(function)); }

TEST(WorkersTest, RefusesWhatNeitherThreadsNorQueueCanHold) {
  std::promise<void> gate;
  std::shared_future<void> open = gate.get_future().share();
  std::atomic<int> ran{0};
  {
    Workers workers(2, 3);
    const auto wait = [&] {
      open.wait();
      ++ran;
    };
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(workers.Submit(Do(wait))) << i;
    EXPECT_EQ(workers.busy(), 2);
    EXPECT_EQ(workers.queued(), 3);
    EXPECT_FALSE(workers.Submit(Do(wait)));
    EXPECT_FALSE(workers.Submit(Do(wait)));
    gate.set_value();
  }
  EXPECT_EQ(ran, 5) << "the destructor runs what was accepted, and only that";
}

TEST(WorkersTest, ARefusedTaskIsNotKept) {
  std::promise<void> gate;
  Workers workers(1, 0);
  ASSERT_TRUE(workers.Submit(Do([future = gate.get_future().share()] { future.wait(); })));
  auto refused = Do([] {});
  EXPECT_FALSE(workers.Submit(refused));
  EXPECT_EQ(refused.use_count(), 1);
  gate.set_value();
}

TEST(WorkersTest, QueuedTasksRunInTheirOrder) {
  std::vector<int> order;
  std::promise<void> gate;
  {
    Workers workers(1, 100);
    ASSERT_TRUE(workers.Submit(Do([future = gate.get_future().share()] { future.wait(); })));
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(workers.Submit(Do([&order, i] { order.push_back(i); })));
    gate.set_value();
  }
  ASSERT_EQ(order.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[i], i);
}

// A queue full of one caller's tasks: another caller's takes the place of its latest.
TEST(WorkersTest, AFloodGivesWay) {
  struct Named final : Task {
    Named(std::vector<std::string>& r, std::vector<std::string>& f, std::string n) : ran(r), refused(f), name(std::move(n)) {}
    void Run() override { ran.push_back(name); }
    void Refuse() override { refused.push_back(name); }
    std::vector<std::string>&ran, &refused;
    std::string name;
  };
  std::vector<std::string> ran, refused;
  std::promise<void> gate;
  {
    Workers workers(1, 3);
    ASSERT_TRUE(workers.Submit(Do([future = gate.get_future().share()] { future.wait(); })));
    for (const char* name : {"flood1", "flood2", "flood3"})
      EXPECT_TRUE(workers.Submit(std::make_shared<Named>(ran, refused, name), "flood"));
    EXPECT_FALSE(workers.Submit(std::make_shared<Named>(ran, refused, "flood4"), "flood"));
    EXPECT_TRUE(workers.Submit(std::make_shared<Named>(ran, refused, "trickle1"), "trickle"));
    EXPECT_EQ(workers.queued(), 3);
    gate.set_value();
  }
  EXPECT_EQ(refused, std::vector<std::string>{"flood3"});
  EXPECT_EQ(ran, (std::vector<std::string>{"flood1", "trickle1", "flood2"}));
}

TEST(WorkersTest, TheLowestPriorityLeavesThreadsFree) {
  using options::v1::PRIORITY_LOW;
  std::promise<void> gate;
  std::shared_future<void> open = gate.get_future().share();
  std::atomic<int> lists{0}, others{0};
  {
    Workers workers(4, 10, {1, 2});
    const auto list = [&] {
      open.wait();
      ++lists;
    };
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(workers.Submit(Do(list), "a", PRIORITY_LOW)) << i;
    EXPECT_FALSE(workers.Submit(Do(list), "a", PRIORITY_LOW)) << "one runs, two wait";
    EXPECT_EQ(workers.busy(), 1);
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(workers.Submit(Do([&] { ++others; })));
      while (others <= i) std::this_thread::yield();
    }
    EXPECT_EQ(lists, 0);
    gate.set_value();
  }
  EXPECT_EQ(lists, 3);
}

TEST(WorkersTest, EveryAcceptedTaskRunsOnceUnderManyProducers) {
  std::atomic<int> accepted{0}, ran{0};
  const int refused_before = Function::refused;
  {
    Workers workers(4, 16, {2, 8});
    std::vector<std::thread> producers;
    producers.reserve(8);
    for (int p = 0; p < 8; ++p) {
      producers.emplace_back([&] {
        for (int i = 0; i < 5'000; ++i) accepted += workers.Submit(Do([&] { ++ran; }), "", static_cast<Priority>(1 + i % 3));
      });
    }
    for (auto& producer : producers) producer.join();
  }
  EXPECT_EQ(ran + Function::refused - refused_before, accepted) << "run or given way, once";
  EXPECT_GT(ran, 0);
}

}  // namespace
}  // namespace heitie::work
