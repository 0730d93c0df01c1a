#include "services/resource/assignment/problem.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/str_cat.h"

namespace heitie::resource::assignment {
namespace {

template <typename T>
std::vector<int> ByName(const std::vector<T>& things) {
  std::vector<int> order(things.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int a, int b) { return std::tie(things[a].name, a) < std::tie(things[b].name, b); });
  return order;
}

std::vector<int> Inverse(const std::vector<int>& order) {
  std::vector<int> place(order.size());
  for (size_t i = 0; i < order.size(); ++i) place[order[i]] = static_cast<int>(i);
  return place;
}

int FreeOf(const Person& person, int day) {
  const auto found = person.free.find(day);
  return found == person.free.end() ? 0 : found->second;
}

const Day* FindDay(const Demand& demand, int day) {
  for (const Day& candidate : demand.days) {
    if (candidate.day == day) return &candidate;
  }
  return nullptr;
}

const Option* FindOption(const Day& day, int person) {
  for (const Option& option : day.options) {
    if (option.person == person) return &option;
  }
  return nullptr;
}

// Leaves those who can on all days.
void KeepWholeDays(Demand& demand) {
  std::map<int, size_t> days_of;
  for (const Day& day : demand.days) {
    for (const Option& option : day.options) ++days_of[option.person];
  }
  for (Day& day : demand.days) {
    std::erase_if(day.options, [&](const Option& option) { return days_of[option.person] < demand.days.size(); });
  }
}

}  // namespace

Order Normalize(Problem& problem) {
  Order order{ByName(problem.demands), ByName(problem.people)};
  const std::vector<int> demand_at = Inverse(order.demands), person_at = Inverse(order.people);
  Problem sorted;
  int64_t places = 0;
  for (int person : order.people) sorted.people.push_back(std::move(problem.people[person]));
  for (int index : order.demands) {
    Demand& demand = sorted.demands.emplace_back(std::move(problem.demands[index]));
    for (Day& day : demand.days) {
      for (Option& option : day.options) option.person = person_at[option.person];
      std::sort(day.options.begin(), day.options.end(), [](const Option& a, const Option& b) { return a.person < b.person; });
      std::erase_if(day.options, [&](const Option& option) { return FreeOf(sorted.people[option.person], day.day) < day.minutes; });
    }
    if (demand.same_person) KeepWholeDays(demand);
    demand.first_place = places + 1;
    places += static_cast<int64_t>(demand.days.size());
  }
  for (const Seat& seat : problem.in_force) sorted.in_force.insert({demand_at[seat.demand], seat.day, person_at[seat.person]});
  problem = std::move(sorted);
  return order;
}

int64_t NeededOf(const Demand& demand) { return static_cast<int64_t>(demand.count) * static_cast<int64_t>(demand.days.size()); }

Objective Evaluate(const Problem& problem, const Seats& seats) {
  Objective objective;
  for (const Demand& demand : problem.demands) objective.unmet[demand.priority] += NeededOf(demand);
  std::vector<int64_t> load;
  for (const Person& person : problem.people) load.push_back(person.base_load);
  for (const Seat& seat : seats) {
    const Demand& demand = problem.demands[seat.demand];
    const Day& day = *FindDay(demand, seat.day);
    --objective.unmet[demand.priority];
    objective.cost += FindOption(day, seat.person)->cost;
    load[seat.person] += day.minutes;
    objective.names += seat.person + 1;
    objective.places -= (demand.first_place + (&day - demand.days.data())) * (seat.person + 1);
    if (problem.in_force.count(seat) == 0) ++objective.changed;
  }
  for (const Seat& seat : problem.in_force) objective.changed += seats.count(seat) == 0 ? 1 : 0;
  for (int64_t minutes : load) objective.squares += minutes * minutes;
  return objective;
}

std::string FaultOf(const Problem& problem, const Seats& seats) {
  std::map<std::pair<int, int>, int> taken, filled;
  std::map<std::pair<int, int>, size_t> days_of;
  for (const Seat& seat : seats) {
    const Demand& demand = problem.demands[seat.demand];
    const Day* day = FindDay(demand, seat.day);
    if (day == nullptr) return absl::StrCat(demand.name, " has no day ", seat.day);
    const Person& person = problem.people[seat.person];
    if (FindOption(*day, seat.person) == nullptr) return absl::StrCat(person.name, " does not fit ", demand.name, " on ", seat.day);
    if ((taken[{seat.person, seat.day}] += day->minutes) > FreeOf(person, seat.day)) {
      return absl::StrCat(person.name, " has no time on ", seat.day);
    }
    if (++filled[{seat.demand, seat.day}] > demand.count) return absl::StrCat(demand.name, " has too many on ", seat.day);
    ++days_of[{seat.demand, seat.person}];
  }
  for (const auto& [key, days] : days_of) {
    const Demand& demand = problem.demands[key.first];
    if (demand.same_person && days < demand.days.size()) {
      return absl::StrCat(problem.people[key.second].name, " comes to ", demand.name, " on some days only");
    }
  }
  return "";
}

std::vector<std::vector<int>> PartsOf(const Problem& problem) {
  std::vector<int> part(problem.demands.size() + problem.people.size());
  std::iota(part.begin(), part.end(), 0);
  const auto root = [&](int x) {
    while (part[x] != x) x = part[x] = part[part[x]];
    return x;
  };
  const int first_person = static_cast<int>(problem.demands.size());
  for (int d = 0; d < first_person; ++d) {
    for (const Day& day : problem.demands[d].days) {
      for (const Option& option : day.options) part[root(first_person + option.person)] = root(d);
    }
  }
  std::map<int, std::vector<int>> by_root;
  for (int d = 0; d < first_person; ++d) by_root[root(d)].push_back(d);
  std::vector<std::vector<int>> parts;
  for (auto& [unused, demands] : by_root) parts.push_back(std::move(demands));
  std::sort(parts.begin(), parts.end());
  return parts;
}

Problem Restrict(const Problem& problem, const std::vector<int>& chosen) {
  Problem part;
  part.people = problem.people;
  std::map<int, int> index;
  for (int d : chosen) {
    index[d] = static_cast<int>(part.demands.size());
    part.demands.push_back(problem.demands[d]);
  }
  for (const Seat& seat : problem.in_force) {
    const auto found = index.find(seat.demand);
    if (found != index.end()) part.in_force.insert({found->second, seat.day, seat.person});
  }
  return part;
}

int FlowMinutes(const Problem& problem) {
  int minutes = 0;
  for (const Demand& demand : problem.demands) {
    if (demand.same_person && demand.days.size() > 1) return 0;
    for (const Day& day : demand.days) {
      if (minutes != 0 && day.minutes != minutes) return 0;
      minutes = day.minutes;
    }
  }
  return minutes;
}

}  // namespace heitie::resource::assignment
