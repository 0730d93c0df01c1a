#include <glpk.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <random>

#include "absl/strings/str_cat.h"
#include "services/resource/assignment/conflict.h"
#include "services/resource/assignment/glpk_guard.h"
#include "services/resource/assignment/problem.h"
#include "services/resource/assignment/solver.h"

namespace heitie::resource::assignment {
namespace {

Deadline In(int seconds) { return std::chrono::steady_clock::now() + std::chrono::seconds(seconds); }

std::vector<Seat> SeatsToChoose(const Problem& problem) {
  std::vector<Seat> seats;
  for (size_t d = 0; d < problem.demands.size(); ++d) {
    for (const Day& day : problem.demands[d].days) {
      for (const Option& option : day.options) seats.push_back({static_cast<int>(d), day.day, option.person});
    }
  }
  return seats;
}

// Tries every set of seats.
Objective BestByBruteForce(const Problem& problem) {
  const std::vector<Seat> seats = SeatsToChoose(problem);
  std::optional<Objective> best;
  for (uint32_t mask = 0; mask < (uint32_t{1} << seats.size()); ++mask) {
    Seats chosen;
    for (size_t i = 0; i < seats.size(); ++i) {
      if ((mask >> i & 1) != 0) chosen.insert(seats[i]);
    }
    if (!FaultOf(problem, chosen).empty()) continue;
    const Objective objective = Evaluate(problem, chosen);
    if (!best.has_value() || objective < *best) best = objective;
  }
  return *best;
}

struct Shape {
  bool same_person;
  bool equal_minutes;
};

Problem RandomProblem(std::mt19937& random, Shape shape, int most_seats) {
  const auto draw = [&](int from, int to) { return std::uniform_int_distribution<int>(from, to)(random); };
  while (true) {
    Problem problem;
    const int people = draw(1, 4), demands = draw(1, 4), days = draw(1, 3);
    for (int p = 0; p < people; ++p) {
      Person& person = problem.people.emplace_back();
      person.name = absl::StrCat("p", draw(0, 99), "-", p);
      person.base_load = draw(0, 3) * 30;
      for (int day = 0; day < days; ++day) person.free[day] = draw(0, 4) * 60;
    }
    for (int d = 0; d < demands; ++d) {
      Demand& demand = problem.demands.emplace_back();
      demand.name = absl::StrCat("d", draw(0, 99), "-", d);
      demand.priority = draw(0, 2);
      demand.count = draw(1, 2);
      demand.same_person = shape.same_person && draw(0, 1) == 1;
      for (int day = 0; day < days; ++day) {
        if (draw(0, 3) == 0) continue;
        Day& wanted = demand.days.emplace_back();
        wanted.day = day;
        wanted.minutes = shape.equal_minutes ? 120 : draw(1, 3) * 60;
        for (int p = 0; p < people; ++p) {
          if (draw(0, 3) > 0) wanted.options.push_back({p, draw(0, 2) * 50});
        }
      }
    }
    std::erase_if(problem.demands, [](const Demand& demand) { return demand.days.empty(); });
    for (const Seat& seat : SeatsToChoose(problem)) {
      if (draw(0, 3) == 0) problem.in_force.insert(seat);
    }
    if (!problem.demands.empty() && SeatsToChoose(problem).size() <= static_cast<size_t>(most_seats)) return problem;
  }
}

void ExpectBest(const Problem& drawn) {
  Problem problem = drawn;
  Normalize(problem);
  const Solution solution = SolveNormalized(problem, In(60));
  EXPECT_EQ(FaultOf(problem, solution.seats), "");
  EXPECT_TRUE(solution.proven);
  const Objective best = BestByBruteForce(problem);
  EXPECT_TRUE(solution.objective == best) << "met, changed, cost, squares, names, places: " << solution.objective.changed << " "
                                          << solution.objective.cost << " " << solution.objective.squares << " " << solution.objective.names
                                          << " " << solution.objective.places << " instead of " << best.changed << " " << best.cost << " "
                                          << best.squares << " " << best.names << " " << best.places;
}

TEST(AssignmentTest, FlowsAreAsGoodAsEveryOtherChoice) {
  std::mt19937 random(11);
  for (int i = 0; i < 400; ++i) {
    SCOPED_TRACE(i);
    ExpectBest(RandomProblem(random, {false, true}, 12));
  }
}

TEST(AssignmentTest, ProgrammesAreAsGoodAsEveryOtherChoice) {
  std::mt19937 random(12);
  for (int i = 0; i < 150; ++i) {
    SCOPED_TRACE(i);
    ExpectBest(RandomProblem(random, {true, true}, 12));
    ExpectBest(RandomProblem(random, {true, false}, 12));
    ExpectBest(RandomProblem(random, {false, false}, 12));
  }
}

// A day of 120 minutes for each person, and demands of one day that want `minutes` of one of these people each.
Problem OneDay(int people, int free, const std::vector<std::pair<int, std::vector<int>>>& demands) {
  Problem problem;
  for (int p = 0; p < people; ++p) problem.people.push_back({absl::StrCat("p", p), 0, {{0, free}}});
  for (const auto& [minutes, who] : demands) {
    Demand& demand = problem.demands.emplace_back();
    demand.name = absl::StrCat("d", problem.demands.size());
    demand.days.push_back({0, minutes, {}});
    for (int p : who) demand.days[0].options.push_back({p, 0});
  }
  return problem;
}

// Twenty people who can do nearly everything of fifty demands: nothing falls apart, and all levels that matter are proven all the same.
TEST(AssignmentTest, ManyDemandsThatShareEverybodyAreProven) {
  std::mt19937 random(2);
  const auto draw = [&](int from, int to) { return std::uniform_int_distribution<int>(from, to)(random); };
  Problem problem;
  constexpr int kDays = 20;
  for (int p = 0; p < 20; ++p) {
    Person& person = problem.people.emplace_back();
    person.name = absl::StrCat("p", p);
    person.base_load = draw(0, 10) * 60;
    for (int day = 0; day < kDays; ++day) {
      if (draw(0, 9) > 0) person.free[day] = 480;
    }
  }
  for (int d = 0; d < 50; ++d) {
    Demand& demand = problem.demands.emplace_back();
    demand.name = absl::StrCat("d", d);
    demand.priority = draw(0, 2);
    demand.count = draw(1, 2);
    demand.same_person = draw(0, 1) == 1;
    const int from = draw(0, kDays - 1), to = std::min(kDays, from + draw(1, 5)), minutes = draw(2, 8) * 60;
    for (int day = from; day < to; ++day) demand.days.push_back({day, minutes, {}});
    for (int p = 0; p < 20; ++p) {
      if (draw(0, 2) == 0) continue;
      const int64_t cost = draw(1, 4) * 100;
      for (Day& day : demand.days) day.options.push_back({p, cost});
    }
  }
  const Solution solution = Solve(problem, In(120));
  EXPECT_EQ(solution.method, Method::kProgramme);
  EXPECT_TRUE(solution.proven);
  EXPECT_EQ(FaultOf(problem, solution.seats), "");
}

TEST(AssignmentTest, WhatGlpkGivesUpEndsNoProcess) {
  glp_prob* wrong = nullptr;
  EXPECT_FALSE(RunGlpk([&] {
    wrong = glp_create_prob();
    glp_set_row_bnds(wrong, 7, GLP_FX, 0, 0);  // there is no such row
  }));
  // The next one is computed as ever.
  EXPECT_TRUE(Solve(OneDay(2, 120, {{60, {0, 1}}, {90, {0}}}), In(60)).proven);
}

TEST(AssignmentTest, SaysByWhichMethod) {
  EXPECT_EQ(Solve(OneDay(2, 120, {{60, {0, 1}}, {60, {0}}}), In(60)).method, Method::kFlow);
  EXPECT_EQ(Solve(OneDay(2, 120, {{60, {0, 1}}, {90, {0}}}), In(60)).method, Method::kProgramme);
  EXPECT_EQ(Solve(OneDay(1, 30, {{60, {0}}}), In(60)).method, Method::kNone);
  Problem apart = OneDay(2, 120, {{60, {0}}, {90, {1}}});
  EXPECT_EQ(Solve(apart, In(60)).method, Method::kFlow) << "parts that share nobody are problems of their own";
}

// A day of one person goes to what is more urgent, however many less urgent ones would be met by it.
TEST(AssignmentTest, OneUrgentDayGoesBeforeManyOthers) {
  Problem problem;
  problem.people.push_back({"li", 0, {{0, 480}}});
  for (int d = 0; d < 9; ++d) {
    Demand& demand = problem.demands.emplace_back();
    demand.name = absl::StrCat("d", d);
    demand.priority = d == 8 ? 1 : 0;
    demand.days.push_back({0, d == 8 ? 480 : 60, {{0, 0}}});
  }
  const Solution solution = Solve(problem, In(60));
  EXPECT_EQ(solution.seats, (Seats{{8, 0, 0}}));
}

TEST(AssignmentTest, WhoIsInForceStaysThoughOthersAreCheaper) {
  Problem problem = OneDay(2, 120, {{120, {0, 1}}});
  problem.demands[0].days[0].options[1].cost = 1000;
  EXPECT_EQ(Solve(problem, In(60)).seats, (Seats{{0, 0, 0}}));
  problem.in_force.insert({0, 0, 1});
  EXPECT_EQ(Solve(problem, In(60)).seats, (Seats{{0, 0, 1}}));
}

TEST(AssignmentTest, LoadsAreLevelled) {
  Problem problem = OneDay(2, 480, {{60, {0, 1}}, {60, {0, 1}}, {60, {0, 1}}, {60, {0, 1}}});
  problem.people[0].base_load = 120;
  const Solution solution = Solve(problem, In(60));
  EXPECT_EQ(solution.objective.squares, 180 * 180 + 180 * 180);
}

// The first place goes to the first by name.
TEST(AssignmentTest, TiesGoByName) {
  Problem problem = OneDay(2, 120, {{120, {0, 1}}, {120, {0, 1}}});
  EXPECT_EQ(Solve(problem, In(60)).seats, (Seats{{0, 0, 0}, {1, 0, 1}}));
  problem.people[0].name = "z";
  EXPECT_EQ(Solve(problem, In(60)).seats, (Seats{{0, 0, 1}, {1, 0, 0}}));
}

// The answer in words, which does not depend on indexes.
std::set<std::string> Told(const Problem& problem, const Seats& seats) {
  std::set<std::string> told;
  for (const Seat& seat : seats) {
    told.insert(absl::StrCat(problem.demands[seat.demand].name, "/", seat.day, "/", problem.people[seat.person].name));
  }
  return told;
}

TEST(AssignmentTest, TheOrderOfTheProblemDoesNotMatter) {
  std::mt19937 random(13);
  for (int i = 0; i < 60; ++i) {
    SCOPED_TRACE(i);
    const Problem problem = RandomProblem(random, {i % 2 == 0, true}, 40);
    Problem turned;
    turned.people = {problem.people.rbegin(), problem.people.rend()};
    turned.demands = {problem.demands.rbegin(), problem.demands.rend()};
    const int people = static_cast<int>(problem.people.size()), demands = static_cast<int>(problem.demands.size());
    for (Demand& demand : turned.demands) {
      for (Day& day : demand.days) {
        for (Option& option : day.options) option.person = people - 1 - option.person;
      }
    }
    for (const Seat& seat : problem.in_force) {
      turned.in_force.insert({demands - 1 - seat.demand, seat.day, people - 1 - seat.person});
    }
    EXPECT_EQ(Told(problem, Solve(problem, In(60)).seats), Told(turned, Solve(turned, In(60)).seats));
  }
}

bool CanMeetByBruteForce(const Problem& problem, const std::vector<int>& demands) {
  const Problem part = Restrict(problem, demands);
  int64_t needed = 0;
  for (const Demand& demand : part.demands) needed += NeededOf(demand);
  const std::vector<Seat> seats = SeatsToChoose(part);
  for (uint32_t mask = 0; mask < (uint32_t{1} << seats.size()); ++mask) {
    if (__builtin_popcount(mask) != needed) continue;
    Seats chosen;
    for (size_t i = 0; i < seats.size(); ++i) {
      if ((mask >> i & 1) != 0) chosen.insert(seats[i]);
    }
    if (FaultOf(part, chosen).empty()) return true;
  }
  return false;
}

// The least number of demands that cannot be met together; 0: all can.
size_t SmallestByBruteForce(const Problem& problem, const std::vector<int>& among) {
  size_t smallest = 0;
  for (uint32_t mask = 1; mask < (uint32_t{1} << among.size()); ++mask) {
    std::vector<int> chosen;
    for (size_t i = 0; i < among.size(); ++i) {
      if ((mask >> i & 1) != 0) chosen.push_back(among[i]);
    }
    if (smallest != 0 && chosen.size() >= smallest) continue;
    if (!CanMeetByBruteForce(problem, chosen)) smallest = chosen.size();
  }
  return smallest;
}

TEST(ConflictTest, FirstConflictIsASmallestSetAndEachIsIrreducible) {
  std::mt19937 random(14);
  int found = 0, larger = 0;
  for (int i = 0; i < 250; ++i) {
    SCOPED_TRACE(i);
    Problem problem = RandomProblem(random, {i % 2 == 0, i % 3 != 0}, 14);
    Normalize(problem);
    const Solution solution = SolveNormalized(problem, In(60));
    const std::vector<Conflict> conflicts = FindConflicts(problem, solution, 20, In(60));
    for (const auto& part : PartsOf(problem)) {
      const auto of_part = [&](const Conflict& conflict) { return std::binary_search(part.begin(), part.end(), conflict.demands[0]); };
      const auto first = std::find_if(conflicts.begin(), conflicts.end(), of_part);
      const size_t smallest = SmallestByBruteForce(problem, part);
      ASSERT_EQ(first != conflicts.end(), smallest != 0);
      if (first != conflicts.end()) {
        EXPECT_EQ(first->demands.size(), smallest);
      }
    }
    for (const Conflict& conflict : conflicts) {
      ++found;
      larger += conflict.demands.size() > 1 ? 1 : 0;
      EXPECT_TRUE(conflict.smallest);
      EXPECT_FALSE(CanMeetByBruteForce(problem, conflict.demands));
      for (size_t out = 0; out < conflict.demands.size(); ++out) {
        std::vector<int> rest = conflict.demands;
        rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(out));
        EXPECT_TRUE(rest.empty() || CanMeetByBruteForce(problem, rest));
      }
    }
  }
  EXPECT_GT(found, 50);
  EXPECT_GT(larger, 10);
}

// Nine demands of which any eight can be met: the set of nine is a smallest one, for all up to eight were tried; of ten it is not known.
TEST(ConflictTest, LargeSetsAreIrreducible) {
  for (const int count : {9, 11}) {
    std::vector<int> all;
    for (int p = 0; p + 1 < count; ++p) all.push_back(p);
    std::vector<std::pair<int, std::vector<int>>> demands(static_cast<size_t>(count), {120, all});
    Problem problem = OneDay(count - 1, 120, demands);
    Normalize(problem);
    const std::vector<Conflict> conflicts = FindConflicts(problem, SolveNormalized(problem, In(60)), 20, In(60));
    ASSERT_EQ(conflicts.size(), 1u);
    EXPECT_EQ(conflicts[0].demands.size(), static_cast<size_t>(count));
    EXPECT_EQ(conflicts[0].smallest, count == 9);
  }
}

TEST(AssignmentTest, WithoutTimeNothingIsClaimed) {
  Problem problem = OneDay(2, 120, {{60, {0, 1}}, {90, {0}}});
  const Solution solution = Solve(problem, std::chrono::steady_clock::now());
  EXPECT_FALSE(solution.proven);
  Normalize(problem);
  EXPECT_EQ(FaultOf(problem, solution.seats), "");
}

}  // namespace
}  // namespace heitie::resource::assignment
