#include "services/planning/plan/critical_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>

namespace heitie::planning {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr LinkType kTypes[] = {LinkType::kFinishToStart, LinkType::kStartToStart, LinkType::kFinishToFinish, LinkType::kStartToFinish};

// Whether the starts keep every link, by the definition of the four types.
bool Keeps(const Network& network, const std::vector<int64_t>& start) {
  for (size_t task = 0; task < network.size(); ++task) {
    const int64_t finish = start[task] + network[task].duration;
    for (const Link& link : network[task].links) {
      const int64_t from = start[link.predecessor], to = from + network[link.predecessor].duration;
      bool kept = false;
      if (link.type == LinkType::kFinishToStart) kept = start[task] >= to + link.lag;
      if (link.type == LinkType::kStartToStart) kept = start[task] >= from + link.lag;
      if (link.type == LinkType::kFinishToFinish) kept = finish >= to + link.lag;
      if (link.type == LinkType::kStartToFinish) kept = finish >= from + link.lag;
      if (!kept) return false;
    }
  }
  return true;
}

// Calls `each` with every assignment of starts that keeps the links and ends by `end`.
void ForEachSchedule(const Network& network, int64_t end, const std::function<void(const std::vector<int64_t>&)>& each) {
  std::vector<int64_t> start(network.size(), 0);
  const std::function<void(size_t)> place = [&](size_t task) {
    if (task == network.size()) {
      if (Keeps(network, start)) each(start);
      return;
    }
    for (start[task] = 0; start[task] + network[task].duration <= end; ++start[task]) place(task + 1);
  };
  place(0);
}

Network RandomNetwork(std::mt19937& random, int tasks) {
  Network network(tasks);
  for (int task = 0; task < tasks; ++task) {
    network[task].duration = random() % 4;
    for (int predecessor = 0; predecessor < task; ++predecessor) {
      if (random() % 2 == 0) network[task].links.push_back({predecessor, kTypes[random() % 4], static_cast<int64_t>(random() % 5) - 2});
    }
  }
  return network;
}

// The earliest and latest starts, by trying every schedule.
struct Extremes {
  int64_t finish = 0;
  std::vector<int64_t> earliest, latest;
};

Extremes ByBruteForce(const Network& network) {
  Extremes extremes;
  for (bool found = false;; ++extremes.finish) {
    ForEachSchedule(network, extremes.finish, [&](const auto&) { found = true; });
    if (found) break;
  }
  extremes.earliest.assign(network.size(), INT64_MAX);
  extremes.latest.assign(network.size(), INT64_MIN);
  ForEachSchedule(network, extremes.finish, [&](const std::vector<int64_t>& start) {
    for (size_t i = 0; i < start.size(); ++i) {
      extremes.earliest[i] = std::min(extremes.earliest[i], start[i]);
      extremes.latest[i] = std::max(extremes.latest[i], start[i]);
    }
  });
  return extremes;
}

// How far a task can move with all others at their earliest.
int64_t FreeFloatByTrying(const Network& network, const Extremes& extremes, size_t task) {
  int64_t shift = 0;
  for (std::vector<int64_t> start = extremes.earliest; extremes.earliest[task] + network[task].duration + shift < extremes.finish;
       ++shift) {
    ++start[task];
    if (!Keeps(network, start)) break;
  }
  return shift;
}

TEST(CriticalPathTest, AgreesWithTryingEverySchedule) {
  std::mt19937 random(7);
  for (int trial = 0; trial < 600; ++trial) {
    const Network network = RandomNetwork(random, 1 + static_cast<int>(random() % 4));
    const Extremes expected = ByBruteForce(network);
    const NetworkTimes actual = ComputeTimes(network);
    ASSERT_EQ(actual.finish, expected.finish) << trial;
    for (size_t i = 0; i < network.size(); ++i) {
      const TaskTimes& times = actual.tasks[i];
      ASSERT_EQ(times.early_start, expected.earliest[i]) << trial;
      ASSERT_EQ(times.late_start, expected.latest[i]) << trial;
      ASSERT_EQ(times.early_finish, expected.earliest[i] + network[i].duration);
      ASSERT_EQ(times.late_finish, expected.latest[i] + network[i].duration);
      ASSERT_EQ(times.total_float, expected.latest[i] - expected.earliest[i]);
      ASSERT_EQ(times.free_float, FreeFloatByTrying(network, expected, i)) << trial;
      ASSERT_EQ(times.critical(), expected.latest[i] == expected.earliest[i]);
    }
  }
}

TEST(CriticalPathTest, AnEarlierDeadlineLowersEveryFloatAlike) {
  std::mt19937 random(8);
  for (int trial = 0; trial < 200; ++trial) {
    const Network network = RandomNetwork(random, 5);
    const NetworkTimes free = ComputeTimes(network), late = ComputeTimes(network, free.finish + 3),
                       tight = ComputeTimes(network, free.finish - 2);
    for (size_t i = 0; i < network.size(); ++i) {
      EXPECT_EQ(late.tasks[i].total_float, free.tasks[i].total_float);
      EXPECT_EQ(tight.tasks[i].total_float, free.tasks[i].total_float - 2);
      EXPECT_EQ(tight.tasks[i].free_float, free.tasks[i].free_float);
    }
  }
}

TEST(CriticalPathTest, TextbookExample) {
  // A(3) → B(4) → D(2), A → C(1) → D: A, B, D are critical, C floats by 3.
  const Network network = {{3, {}},
                           {4, {{0, LinkType::kFinishToStart, 0}}},
                           {1, {{0, LinkType::kFinishToStart, 0}}},
                           {2, {{1, LinkType::kFinishToStart, 0}, {2, LinkType::kFinishToStart, 0}}}};
  const NetworkTimes times = ComputeTimes(network);
  EXPECT_EQ(times.finish, 9);
  EXPECT_TRUE(times.tasks[0].critical() && times.tasks[1].critical() && times.tasks[3].critical());
  EXPECT_EQ(times.tasks[2].total_float, 3);
  EXPECT_EQ(times.tasks[2].free_float, 3);
}

TEST(CriticalPathTest, ALongTaskWithAShortStartToStartSuccessorEndsTheProject) {
  const NetworkTimes times = ComputeTimes({{10, {}}, {1, {{0, LinkType::kStartToStart, 0}}}});
  EXPECT_EQ(times.finish, 10);
  EXPECT_TRUE(times.tasks[0].critical());
  EXPECT_EQ(times.tasks[1].total_float, 9);
}

TEST(CriticalPathTest, EmptyNetwork) {
  EXPECT_EQ(ComputeTimes({}).finish, 0);
  EXPECT_THAT(FindCycles({}), IsEmpty());
}

TEST(FindCyclesTest, NamesTheShortestCycleOfEachGroup) {
  Network network(7);
  const auto link = [&](int from, int to) { network[to].links.push_back({from, LinkType::kFinishToStart, 0}); };
  link(0, 1), link(1, 2), link(2, 0), link(2, 1);  // 0 → 1 → 2 → 0
  link(2, 3);                                      // follows a cycle only
  link(4, 4);                                      // depends on itself
  link(5, 6);
  EXPECT_THAT(FindCycles(network), ElementsAre(ElementsAre(0, 1, 2), ElementsAre(4)));
}

TEST(FindCyclesTest, AgreesWithTransitiveClosure) {
  std::mt19937 random(9);
  for (int trial = 0; trial < 2000; ++trial) {
    const int n = 1 + static_cast<int>(random() % 7);
    Network network(n);
    std::vector<std::vector<bool>> reach(n, std::vector<bool>(n, false)), edge = reach;
    for (size_t i = n * (random() % 3); i > 0; --i) {
      const int from = static_cast<int>(random() % n), to = static_cast<int>(random() % n);
      network[to].links.push_back({from, LinkType::kFinishToStart, 0});
      reach[from][to] = edge[from][to] = true;
    }
    for (int k = 0; k < n; ++k) {
      for (int i = 0; i < n; ++i) {
        for (int j = 0; j < n; ++j) reach[i][j] = reach[i][j] || (reach[i][k] && reach[k][j]);
      }
    }
    std::vector<int> expected;  // The smallest task of each group.
    for (int i = 0; i < n; ++i) {
      bool smallest = reach[i][i];
      for (int j = 0; j < i; ++j) smallest = smallest && !(reach[i][j] && reach[j][i]);
      if (smallest) expected.push_back(i);
    }
    std::vector<int> actual;
    for (const std::vector<int>& cycle : FindCycles(network)) {
      actual.push_back(cycle.front());
      for (size_t i = 0; i < cycle.size(); ++i) ASSERT_TRUE(edge[cycle[i]][cycle[(i + 1) % cycle.size()]]);
    }
    ASSERT_EQ(actual, expected) << trial;
  }
}

}  // namespace
}  // namespace heitie::planning
