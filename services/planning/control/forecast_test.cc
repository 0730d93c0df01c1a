#include "services/planning/control/forecast.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>

namespace heitie::planning {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

StatusTask Open(int64_t begin, double duration, std::vector<Link> links = {}) {
  StatusTask task;
  task.planned_begin = begin;
  task.duration = duration;
  task.links = std::move(links);
  return task;
}
StatusTask UnderWay(int64_t begin, double left, std::vector<Link> links = {}) {
  StatusTask task = Open(begin, left, std::move(links));
  task.stage = StatusTask::kUnderWay;
  task.actual_begin = begin;
  return task;
}
StatusTask Done(int64_t begin, int64_t end, std::vector<Link> links = {}) {
  StatusTask task = Open(begin, 0, std::move(links));
  task.stage = StatusTask::kDone;
  task.actual_begin = begin;
  task.actual_end = end;
  return task;
}

// Issue: A 1–4 done, B 5–10 begun on the 6th with 10 % done at its end, C 5–6 with half of it done. After Monday 9 March, the 6th day, B
// has 5.4 days left, which are 6, and ends with the 12th day, two days late.
TEST(ForecastStatusTest, AsTheIssueHasIt) {
  const StatusForecast forecast = ForecastStatus({Done(0, 4), UnderWay(5, 5.4), UnderWay(4, 1)}, 6);
  EXPECT_EQ(forecast.tasks[1].end, 12);
  EXPECT_EQ(forecast.tasks[1].end - 10, 2);
  EXPECT_EQ(forecast.tasks[2].end, 7);
  EXPECT_EQ(forecast.finish, 12);
  EXPECT_EQ(forecast.tasks[1].slack, 0);
  EXPECT_EQ(forecast.tasks[2].slack, 5);
}

TEST(ForecastStatusTest, APlanThatIsKeptIsItsOwnForecast) {
  StatusTask milestone = Open(3, 0, {{0, LinkType::kFinishToStart, 0}});
  milestone.milestone = true;
  // The milestone is reached on the 4th day, on which the next one begins.
  const StatusForecast forecast = ForecastStatus({Open(0, 4), milestone, Open(3, 2, {{1, LinkType::kFinishToStart, 0}})}, 0);
  EXPECT_EQ(forecast.tasks[0].end, 4);
  EXPECT_EQ(forecast.tasks[1].begin, 3);
  EXPECT_EQ(forecast.tasks[2].begin, 3);
  EXPECT_EQ(forecast.finish, 5);
}

TEST(ForecastStatusTest, WhatIsDoneKeepsItsDaysAndWhatIsUnderWayWaitsOnlyForTheUnfinished) {
  const Link after_first{0, LinkType::kFinishToStart, 5};
  EXPECT_EQ(ForecastStatus({Done(0, 2), UnderWay(1, 3, {after_first})}, 4).finish, 7) << "the lag of what is done is over";
  EXPECT_EQ(ForecastStatus({UnderWay(0, 2), UnderWay(1, 3, {{0, LinkType::kFinishToStart, 0}})}, 4).finish, 9);
  EXPECT_EQ(ForecastStatus({Done(0, 2), Open(1, 3, {after_first})}, 4).finish, 10);
  EXPECT_EQ(ForecastStatus({}, 4).finish, 0);
}

TEST(OutOfSequenceTest, NamesWhatWasBegunTooEarly) {
  const Link first{0, LinkType::kFinishToStart, 0};
  EXPECT_THAT(OutOfSequence({UnderWay(0, 2), UnderWay(1, 3, {first})}, 4), ElementsAre(Pair(1, 0)));
  EXPECT_THAT(OutOfSequence({Done(0, 2), UnderWay(2, 3, {first})}, 4), IsEmpty());
  EXPECT_THAT(OutOfSequence({Done(0, 3), UnderWay(2, 3, {first})}, 4), ElementsAre(Pair(1, 0)));
  EXPECT_THAT(OutOfSequence({Open(0, 3), Done(2, 3, {{0, LinkType::kStartToStart, 0}})}, 4), ElementsAre(Pair(1, 0)));
  EXPECT_THAT(OutOfSequence({Open(0, 3), Done(2, 3, {{0, LinkType::kFinishToFinish, 0}})}, 4), IsEmpty());
}

// ---- Against every schedule there is

constexpr LinkType kAll[] = {LinkType::kFinishToStart, LinkType::kStartToStart, LinkType::kFinishToFinish, LinkType::kStartToFinish};

// Where the task's own work begins and ends, and where it began at all.
struct Placed {
  int64_t work, begin, end;
};

// Whether it is a schedule, by what the words mean.
bool IsSchedule(const std::vector<StatusTask>& tasks, int64_t next, const std::vector<Placed>& at) {
  for (size_t i = 0; i < tasks.size(); ++i) {
    const StatusTask& task = tasks[i];
    if (task.stage == StatusTask::kDone) continue;
    if (at[i].work < next || (task.stage == StatusTask::kOpen && at[i].work < task.planned_begin)) return false;
    for (const Link& link : task.links) {
      const StatusTask& from = tasks[link.predecessor];
      if (task.stage == StatusTask::kUnderWay && from.stage == StatusTask::kDone) continue;
      const Placed& before = at[link.predecessor];
      const bool from_finish = link.type == LinkType::kFinishToStart || link.type == LinkType::kFinishToFinish;
      const bool to_finish = link.type == LinkType::kFinishToFinish || link.type == LinkType::kStartToFinish;
      const int64_t earliest = from_finish && !from.milestone ? before.end : before.begin;
      const int64_t mine = to_finish || task.milestone ? at[i].end : at[i].work;
      if (mine < earliest + link.lag) return false;
    }
  }
  return true;
}

TEST(ForecastStatusTest, IsTheEarliestScheduleAndItsSlackTheMostThatDelaysNothing) {
  std::mt19937 random(7);
  for (int round = 0; round < 400; ++round) {
    const int n = 1 + static_cast<int>(random() % 4);
    const int64_t next = 2;
    std::vector<StatusTask> tasks;
    for (int i = 0; i < n; ++i) {
      std::vector<Link> links;
      for (int p = 0; p < i; ++p) {
        if (random() % 2 == 0) links.push_back({p, kAll[random() % 4], static_cast<int64_t>(random() % 4) - 1});
      }
      const double left = 1 + random() % 3;
      switch (random() % 4) {
        case 0:
          tasks.push_back(Done(0, 1 + random() % 2, links));
          break;
        case 1:
          tasks.push_back(UnderWay(random() % 2, left, links));
          break;
        default:
          tasks.push_back(Open(random() % 4, left, links));
          tasks.back().milestone = random() % 4 == 0;
      }
    }
    const StatusForecast forecast = ForecastStatus(tasks, next);
    const int64_t horizon = forecast.finish + 1;
    std::vector<Placed> at(n);
    std::vector<int64_t> earliest(n, INT64_MAX), latest(n, INT64_MIN);
    const std::function<void(int)> place = [&](int i) {
      if (i == n) {
        if (!IsSchedule(tasks, next, at)) return;
        int64_t finish = 0;
        for (const Placed& placed : at) finish = std::max(finish, placed.end);
        for (int t = 0; t < n; ++t) {
          earliest[t] = std::min(earliest[t], at[t].work);
          if (finish <= forecast.finish) latest[t] = std::max(latest[t], at[t].work);
        }
        return;
      }
      if (tasks[i].stage == StatusTask::kDone) {
        at[i] = {tasks[i].actual_begin, tasks[i].actual_begin, tasks[i].actual_end};
        return place(i + 1);
      }
      const int64_t length = tasks[i].milestone ? 1 : static_cast<int64_t>(tasks[i].duration);
      for (int64_t work = 0; work + length <= horizon; ++work) {
        at[i] = {work, tasks[i].stage == StatusTask::kUnderWay ? tasks[i].actual_begin : work, work + length};
        place(i + 1);
      }
    };
    place(0);
    for (int t = 0; t < n; ++t) {
      if (tasks[t].stage == StatusTask::kDone) continue;
      const int64_t length = tasks[t].milestone ? 1 : static_cast<int64_t>(tasks[t].duration);
      EXPECT_EQ(forecast.tasks[t].end - length, earliest[t]) << "round " << round << " task " << t;
      EXPECT_EQ(forecast.tasks[t].slack, latest[t] - earliest[t]) << "round " << round << " task " << t;
    }
  }
}

}  // namespace
}  // namespace heitie::planning
