// Who does what on which days, as a problem of whole numbers: no names of resources, no calendar, no database. Who fits what, how long a
// day is and what somebody has left of it was decided before; what is left is a choice.
//
// The best choice, in this order, exactly, each level only among those that are equal in all before it:
//   1. person-days met, of each priority, the highest first: as many as possible
//   2. person-days that differ from those in force, given or taken away: as few as possible
//   3. cost: as little as possible
//   4. sum over all people of (base load + minutes)²: as little as possible
//   5. ties by name: the least sum of the ranks of the people's names, then the greatest sum over all person-days of the rank of the place
//   (by
//      demand and day) times the rank of the person, by which of two people who could change places the first by name gets the first place
// Nothing is weighed against something of another level, so nothing mixes and nothing overflows: see flow.h and program.h for how. What is
// equal in all of this is chosen by the solver, which sees people and demands by name, so that the same problem in any order gives the same
// answer.
#ifndef HEITIE_SERVICES_RESOURCE_ASSIGNMENT_PROBLEM_H_
#define HEITIE_SERVICES_RESOURCE_ASSIGNMENT_PROBLEM_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace heitie::resource::assignment {

// Somebody who may fill a place on a day, and what it costs then, from 0 to 10^12.
struct Option {
  int person;  // index into Problem::people
  int64_t cost = 0;
};

struct Day {
  int day;      // counted from anywhere
  int minutes;  // of each person, above 0
  std::vector<Option> options;
};

struct Demand {
  std::string name;
  int priority = 0;  // the higher the sooner
  int count = 1;     // people on each day
  bool same_person = false;
  std::vector<Day> days;    // ascending, each once
  int64_t first_place = 0;  // rank of its first day among the places of all demands, from 1; set by Normalize
};

struct Person {
  std::string name;
  int64_t base_load = 0;    // minutes that count for the load besides, from 0 to 10^6
  std::map<int, int> free;  // minutes that are left, by day; 0 on other days
};

// Somebody on a day for a demand, by indexes of people and demands.
struct Seat {
  int demand;
  int day;
  int person;
  friend bool operator<(const Seat& a, const Seat& b) { return std::tie(a.demand, a.day, a.person) < std::tie(b.demand, b.day, b.person); }
  friend bool operator==(const Seat& a, const Seat& b) {
    return std::tie(a.demand, a.day, a.person) == std::tie(b.demand, b.day, b.person);
  }
};
using Seats = std::set<Seat>;

struct Problem {
  std::vector<Person> people;
  std::vector<Demand> demands;
  Seats in_force;
};

// What a choice achieves. Less is better, at each level.
struct Objective {
  std::map<int, int64_t, std::greater<>> unmet;  // person-days by priority; of each that a demand has
  int64_t changed = 0;
  int64_t cost = 0;
  int64_t squares = 0;
  int64_t names = 0;   // sum of ranks
  int64_t places = 0;  // minus the sum of products of ranks
  friend bool operator<(const Objective& a, const Objective& b) {
    return std::tie(a.unmet, a.changed, a.cost, a.squares, a.names, a.places) <
           std::tie(b.unmet, b.changed, b.cost, b.squares, b.names, b.places);
  }
  friend bool operator==(const Objective& a, const Objective& b) { return !(a < b) && !(b < a); }
};

// How much of the order is asked for: all of it, or only as many person-days met as possible.
enum class Levels { kAll, kMet };

enum class Method { kNone, kFlow, kProgramme };

struct Solution {
  Seats seats;
  Objective objective;
  Method method = Method::kNone;
  bool proven = true;
};

using Deadline = std::chrono::steady_clock::time_point;

// Puts people and demands in the order of their names, which solvers rely on, and leaves out what nobody can choose: options of people who
// have not enough time even alone, and, of one person for all days, of people who cannot on some day. Seats in force stay. Given, it gets
// where each demand and person was before.
struct Order {
  std::vector<int> demands, people;  // by new index the old one
};
Order Normalize(Problem& problem);

// What a choice achieves, by the definition and not by what a solver says. O(problem).
Objective Evaluate(const Problem& problem, const Seats& seats);

// What is wrong with a choice, by the definition: empty when every hard rule holds.
std::string FaultOf(const Problem& problem, const Seats& seats);

// Person-days of a demand.
int64_t NeededOf(const Demand& demand);

// Sets of demands that share nobody, each in order; the best choice of all is that of each. O(options).
std::vector<std::vector<int>> PartsOf(const Problem& problem);

// The problem of some of its demands, `chosen` in order, with all people; `in_force` of the others is left out.
Problem Restrict(const Problem& problem, const std::vector<int>& chosen);

// Minutes of every place when all are equal and no demand wants one person over several days: then it is a flow. 0: it is none.
int FlowMinutes(const Problem& problem);

}  // namespace heitie::resource::assignment

#endif  // HEITIE_SERVICES_RESOURCE_ASSIGNMENT_PROBLEM_H_
