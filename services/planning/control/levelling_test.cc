#include "services/planning/control/levelling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <tuple>
#include <utility>

namespace heitie::planning {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

LevelTask Movable(int64_t begin, int64_t end, int64_t hours, int person, std::vector<Link> links = {}) {
  LevelTask task;
  task.place = {{begin, end}, false};
  task.hours = hours;
  task.person = person;
  task.movable = true;
  task.links = std::move(links);
  return task;
}

LevelPlan PlanOf(std::vector<LevelTask> tasks, int people, int64_t end) {
  LevelPlan plan;
  plan.tasks = std::move(tasks);
  plan.others.resize(people);
  plan.hours_per_day = 8;
  plan.end = end;
  return plan;
}

TEST(LevellingTest, WhatFitsStays) {
  const Levelled levelled = Level(PlanOf({Movable(0, 2, 16, 0), Movable(2, 4, 16, 0)}, 1, 10));
  EXPECT_THAT(levelled.shifts, ElementsAre(0, 0));
  EXPECT_TRUE(levelled.exhaustive);
}

TEST(LevellingTest, WhatHasFloatMovesFirst) {
  // The first one ends on the last day of all; the second one has two days of float, and they need two days each.
  const Levelled levelled =
      Level(PlanOf({Movable(0, 2, 16, 0), Movable(0, 2, 16, 0), Movable(2, 4, 8, 1, {{0, LinkType::kFinishToStart, 0}})}, 2, 10));
  EXPECT_THAT(levelled.shifts, ElementsAre(0, 2, 0));
  EXPECT_EQ(levelled.finish_delay, 0);
}

TEST(LevellingTest, OfEqualOnesTheFirstByNameStays) {
  EXPECT_THAT(Level(PlanOf({Movable(0, 1, 8, 0), Movable(0, 1, 8, 0)}, 1, 10)).shifts, ElementsAre(0, 1));
}

TEST(LevellingTest, BeyondTheFloatTheFinishMovesAsLittleAsPossible) {
  const Levelled levelled = Level(PlanOf({Movable(0, 3, 24, 0), Movable(0, 1, 8, 0)}, 1, 10));
  EXPECT_EQ(levelled.finish_delay, 1);
  EXPECT_THAT(levelled.shifts, ElementsAre(1, 0))
      << "a day of delay for the long one is less than three for the short one, which is as late";
}

TEST(LevellingTest, LinksMoveWhatFollows) {
  const Levelled levelled =
      Level(PlanOf({Movable(0, 2, 16, 0), Movable(0, 2, 16, 0), Movable(2, 3, 8, 1, {{1, LinkType::kFinishToStart, 0}})}, 2, 10));
  EXPECT_THAT(levelled.shifts, ElementsAre(2, 0, 0));
}

TEST(LevellingTest, WhatIsUnderWayStaysAndOtherPlansTakeTimeAway) {
  LevelTask begun = Movable(0, 2, 8, 0);
  begun.movable = false;
  LevelPlan plan = PlanOf({begun, Movable(0, 2, 16, 0)}, 1, 10);
  plan.others[0].push_back({2, 3, 8, false});
  EXPECT_THAT(Level(plan).shifts, ElementsAre(0, 3)) << "8 of 16 hours are taken until day 2, and day 2 whole";
}

TEST(LevellingTest, DaysOfAbsenceTakeTimeAwayButNotFromOtherPlans) {
  LevelPlan plan = PlanOf({Movable(0, 2, 16, 0)}, 1, 10);
  EXPECT_THAT(TakeAbsences({1, 2}, 8, plan.others[0]), ElementsAre(1, 2));
  EXPECT_THAT(Level(plan).shifts, ElementsAre(3)) << "the first two days that follow each other";
  plan.tasks[0].hours = 8;
  EXPECT_THAT(Level(plan).shifts, ElementsAre(0)) << "it is done on the day before";
  // Another plan wants two of three days: of the first two absences one is no matter of this plan.
  std::vector<Work> others = {{0, 3, 16, false}};
  EXPECT_THAT(TakeAbsences({0, 1, 5}, 8, others), ElementsAre(0, 5));
  // What lacks hours already lacks no more.
  others = {{0, 2, 20, false}};
  EXPECT_THAT(TakeAbsences({1, 4}, 8, others), ElementsAre(4));
}

TEST(LevellingTest, WhoCannotBeHelpedIsNamedAndHelpsNobodyElseLess) {
  const Levelled levelled = Level(PlanOf({Movable(0, 2, 30, 0), Movable(0, 1, 8, 1), Movable(0, 1, 8, 1)}, 2, 10));
  EXPECT_THAT(levelled.unlevelled, ElementsAre(0));
  EXPECT_THAT(levelled.shifts, ElementsAre(0, 0, 1));
}

TEST(LevellingTest, TheLastDayBounds) {
  EXPECT_THAT(Level(PlanOf({Movable(0, 2, 16, 0), Movable(0, 2, 16, 0)}, 1, 3)).unlevelled, ElementsAre(0));
  EXPECT_THAT(Level(PlanOf({Movable(0, 2, 16, 0), Movable(0, 2, 16, 0)}, 1, 4)).unlevelled, IsEmpty());
}

TEST(LevellingTest, TooManyWaysAreSaidToBeTooMany) {
  std::vector<LevelTask> tasks;
  for (int i = 0; i < 40; ++i) tasks.push_back(Movable(0, 2, 8, 0));
  const Levelled levelled = Level(PlanOf(tasks, 1, 60), 2'000'000);
  EXPECT_FALSE(levelled.exhaustive);
  EXPECT_THAT(levelled.unlevelled, IsEmpty()) << "it is found all the same";
  EXPECT_FALSE(FindOverload(WorkOf(PlanOf(tasks, 1, 60), levelled.shifts, 0), 8));
}

// ---- Every way, one after another.

bool KeepsLinks(const LevelPlan& plan, const std::vector<int64_t>& shifts) {
  for (size_t i = 0; i < plan.tasks.size(); ++i) {
    for (const Link& link : plan.tasks[i].links) {
      PlacedTask before = plan.tasks[link.predecessor].place, after = plan.tasks[i].place;
      const int64_t planned = Shortfall(link, before, after);
      before.span.begin += shifts[link.predecessor];
      before.span.end += shifts[link.predecessor];
      after.span.begin += shifts[i];
      after.span.end += shifts[i];
      if (Shortfall(link, before, after) > std::max<int64_t>(planned, 0)) return false;
    }
  }
  return true;
}

bool Fits(const LevelPlan& plan, const std::vector<int64_t>& shifts, const std::vector<bool>& people) {
  for (size_t person = 0; person < people.size(); ++person) {
    if (people[person] && FindOverload(WorkOf(plan, shifts, static_cast<int>(person)), plan.hours_per_day)) return false;
  }
  return true;
}

int64_t EndOf(const LevelPlan& plan, const std::vector<int64_t>& shifts) {
  int64_t end = 0;
  for (size_t i = 0; i < plan.tasks.size(); ++i) end = std::max(end, plan.tasks[i].place.span.end + shifts[i]);
  return end;
}

std::optional<std::vector<int64_t>> BestOfAll(const LevelPlan& plan, const std::vector<bool>& people) {
  using Value = std::tuple<int64_t, int64_t, std::vector<int64_t>>;
  std::optional<Value> best;
  std::vector<int64_t> shifts(plan.tasks.size());
  const auto most = [&](size_t i) { return plan.tasks[i].movable ? std::max<int64_t>(0, plan.end - plan.tasks[i].place.span.end) : 0; };
  while (true) {
    if (KeepsLinks(plan, shifts) && Fits(plan, shifts, people)) {
      int64_t total = 0;
      for (const int64_t shift : shifts) total += shift;
      const Value value(EndOf(plan, shifts), total, shifts);
      if (!best || value < *best) best = value;
    }
    size_t place = 0;
    while (place < shifts.size() && shifts[place] == most(place)) shifts[place++] = 0;
    if (place == shifts.size()) break;
    ++shifts[place];
  }
  if (!best) return std::nullopt;
  return std::get<2>(*best);
}

TEST(LevellingTest, NoOtherWayIsBetter) {
  std::mt19937 random(11);
  constexpr LinkType kTypes[] = {LinkType::kFinishToStart, LinkType::kStartToStart, LinkType::kFinishToFinish, LinkType::kStartToFinish};
  int moved = 0, named = 0;
  for (int trial = 0; trial < 200; ++trial) {
    LevelPlan plan = PlanOf({}, 2, 6);
    const int count = 2 + static_cast<int>(random() % 4);
    for (int i = 0; i < count; ++i) {
      const int64_t begin = random() % 3;
      LevelTask task = Movable(begin, begin + 1 + static_cast<int64_t>(random() % 2), 4 + static_cast<int64_t>(random() % 9),
                               static_cast<int>(random() % 3) - 1);
      task.movable = random() % 6 != 0;
      task.place.milestone = random() % 8 == 0;
      if (i > 0 && random() % 2 == 0) {
        task.links.push_back(
            {static_cast<int>(random() % static_cast<unsigned>(i)), kTypes[random() % 4], static_cast<int64_t>(random() % 3) - 1});
      }
      plan.tasks.push_back(std::move(task));
    }
    if (random() % 2 == 0) plan.others[0].push_back({1, 3, 6, false});
    const Levelled levelled = Level(plan);
    ASSERT_TRUE(levelled.exhaustive) << trial;
    // The people who can be helped, as the contract says: those who fit, then one after another.
    const std::vector<int64_t> planned(plan.tasks.size());
    std::vector<bool> people(2);
    for (int person = 0; person < 2; ++person) people[person] = !FindOverload(WorkOf(plan, planned, person), plan.hours_per_day);
    std::vector<int> unlevelled;
    for (int person = 0; person < 2; ++person) {
      if (people[person]) continue;
      people[person] = true;
      if (BestOfAll(plan, people)) continue;
      people[person] = false;
      unlevelled.push_back(person);
    }
    const auto best = BestOfAll(plan, people);
    ASSERT_TRUE(best) << trial;
    EXPECT_EQ(levelled.shifts, *best) << trial;
    EXPECT_EQ(levelled.unlevelled, unlevelled) << trial;
    EXPECT_EQ(levelled.finish_delay, EndOf(plan, *best) - EndOf(plan, planned)) << trial;
    const std::vector<int64_t> floats = FloatsOf(plan);
    if (levelled.finish_delay == 0) {
      for (size_t i = 0; i < floats.size(); ++i) EXPECT_LE(levelled.shifts[i], floats[i]) << trial;
    }
    moved += *best != planned;
    named += !unlevelled.empty();
  }
  EXPECT_GT(moved, 10);
  EXPECT_GT(named, 5);
}

}  // namespace
}  // namespace heitie::planning
