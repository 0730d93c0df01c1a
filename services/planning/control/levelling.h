// Work of people spread over the days of a project (P2). Pure functions.
#ifndef HEITIE_SERVICES_PLANNING_CONTROL_LEVELLING_H_
#define HEITIE_SERVICES_PLANNING_CONTROL_LEVELLING_H_

#include <cstdint>
#include <vector>

#include "services/planning/plan/critical_path.h"
#include "services/planning/plan/schedule.h"
#include "services/planning/plan/workload.h"

namespace heitie::planning {

// A task as it is planned. Days are workdays from a common origin.
struct LevelTask {
  PlacedTask place;
  int64_t hours = 0;
  int person = -1;          // who does it; -1: nobody, or it takes no time
  bool movable = false;     // as a whole, to later days
  std::vector<Link> links;  // to its predecessors
};

struct LevelPlan {
  std::vector<LevelTask> tasks;           // by name; their links have no cycle
  std::vector<std::vector<Work>> others;  // by person: work of other plans, which takes time away
  int64_t hours_per_day = 0;
  int64_t end = 0;  // of the last day on which a task may be
};

struct Levelled {
  std::vector<int64_t> shifts;  // of each task, in workdays; never below 0
  std::vector<int> unlevelled;  // the people whose work does not pass the test, ascending
  int64_t finish_delay = 0;     // by which the last end is later
  bool exhaustive = true;       // every way was weighed
};

// Workdays on which a person does nothing take her hours, but for days that the work of other plans cannot do without: it lacks no more
// hours than before. Which of the days were taken.
std::vector<int64_t> TakeAbsences(const std::vector<int64_t>& days, int64_t hours_per_day, std::vector<Work>& others);

// How many days each task may move without moving the last end, where what comes after it moves as well; never below 0.
std::vector<int64_t> FloatsOf(const LevelPlan& plan);

// The work of a person once the tasks have moved.
std::vector<Work> WorkOf(const LevelPlan& plan, const std::vector<int64_t>& shifts, int person);

// The shifts with which FindOverload finds nothing of as many people as possible, those who fit as planned first, then one after another:
// with the least delay of the finish, then of all tasks together, then of the first tasks. A link is broken by no more than as planned.
// Branch and bound: exact while it takes at most `effort` steps of FindOverload's inner loop, else the best that was found.
Levelled Level(const LevelPlan& plan, int64_t effort = 30'000'000);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_CONTROL_LEVELLING_H_
