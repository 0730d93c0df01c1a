#include "services/resource/people/planning.h"

#include <algorithm>
#include <chrono>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/time/day.h"
#include "services/resource/assignment/conflict.h"
#include "services/resource/assignment/solver.h"

namespace heitie::resource {
namespace {

using personnel::v1::Employee;
using v1::StaffDemand;
using v1::StaffPlan;

constexpr size_t kMostConflicts = 20;
constexpr int kMostNear = 10, kMostShortDays = 366;

bool WantsSamePerson(const StaffDemand& demand) { return demand.continuity() != StaffDemand::CONTINUITY_ANY_PERSON; }

int Number(absl::CivilDay day) { return static_cast<int>(day - absl::CivilDay(1970, 1, 1)); }
absl::CivilDay DayOf(int number) { return absl::CivilDay(1970, 1, 1) + number; }

std::set<std::string> NamesOf(const std::vector<StaffDemand>& demands) {
  std::set<std::string> names;
  for (const StaffDemand& demand : demands) names.insert(demand.name());
  return names;
}

bool IsPlanned(const PlanInput& input, const std::set<std::string>& own, const PersonDay& day) {
  return own.count(day.demand) > 0 && day.day >= input.first && day.day <= input.last;
}

// The demand's days within the plan; none of one person for all days of which the plan would have only some of those to come.
std::vector<DemandDay> PlannedDays(const PlanInput& input, const StaffDemand& demand) {
  std::vector<DemandDay> days = DaysOf(input.facts, demand, input.first, input.last);
  if (!WantsSamePerson(demand)) return days;
  const size_t to_come = DaysOf(input.facts, demand, input.today, absl::CivilDay::max()).size();
  return days.size() == to_come ? days : std::vector<DemandDay>();
}

std::map<absl::CivilDay, int> LeftOf(const std::map<EmployeeDay, int>& left, const std::string& employee) {
  std::map<absl::CivilDay, int> of;
  for (auto it = left.lower_bound({employee, absl::CivilDay::min()}); it != left.end() && it->first.first == employee; ++it) {
    of[it->first.second] = it->second;
  }
  return of;
}

// Who holds a position on a day of the plan, by position and day, in the order of names.
using Holders = std::map<std::pair<std::string, absl::CivilDay>, std::vector<const Employee*>>;

Holders HoldersOf(const PlanInput& input) {
  std::set<std::string> positions;
  for (const StaffDemand& demand : input.demands) positions.insert(demand.position());
  Holders holders;
  for (const auto& [name, employee] : input.facts.people) {
    for (absl::CivilDay day = input.first; day <= input.last; ++day) {
      const std::string position = PositionOn(employee, day);
      if (positions.count(position) > 0) holders[{position, day}].push_back(&employee);
    }
  }
  return holders;
}

// Whether somebody holds valid certificates of all courses on a day.
bool CertifiedForAll(const StaffFacts& facts, const std::set<std::string>& courses, const std::string& employee, absl::CivilDay day) {
  if (courses.empty()) return true;
  const auto held = facts.certificates.find(employee);
  return held != facts.certificates.end() &&
         std::all_of(courses.begin(), courses.end(), [&](const std::string& course) { return CertifiedOn(held->second, course, day); });
}

// Who lacks least first: sorts of things, then days of them, then names.
std::vector<StaffPlan::NearCandidate> NearOf(const PlanInput& input, const StaffDemand& demand, const std::map<EmployeeDay, int>& left,
                                             const std::set<std::string>& taken) {
  std::vector<DemandDay> days = PlannedDays(input, demand);
  if (days.empty()) days = DaysOf(input.facts, demand, input.first, input.last);
  std::vector<std::tuple<size_t, int, std::string, StaffPlan::NearCandidate>> found;
  for (const auto& [name, employee] : input.facts.people) {
    if (taken.count(name) > 0) continue;
    const auto missing = MissingOf(input.facts, demand, days, employee, LeftOf(left, name));
    if (missing.empty()) continue;
    int count = 0;
    bool of_another_post = false;
    for (const StaffPlan::Missing& each : missing) {
      count += each.day_count();
      of_another_post = of_another_post || each.kind() == StaffPlan::Missing::KIND_POSITION;
    }
    // Of another post only who lacks nothing else.
    if (of_another_post && missing.size() > 1) continue;
    StaffPlan::NearCandidate near;
    near.set_employee(name);
    for (const StaffPlan::Missing& each : missing) *near.add_missing() = each;
    found.emplace_back(missing.size() + (of_another_post ? 1 : 0), count, name, near);
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return std::tie(std::get<0>(a), std::get<1>(a), std::get<2>(a)) < std::tie(std::get<0>(b), std::get<1>(b), std::get<2>(b));
  });
  std::vector<StaffPlan::NearCandidate> near;
  for (auto& each : found) {
    if (near.size() < kMostNear) near.push_back(std::move(std::get<3>(each)));
  }
  return near;
}

// Minutes that are left of each day beside everything, the plan's own person-days included.
std::map<EmployeeDay, int> LeftAfter(std::map<EmployeeDay, int> left, const std::vector<PersonDay>& planned) {
  for (const PersonDay& day : planned) {
    const auto found = left.find({day.employee, day.day});
    if (found != left.end()) found->second -= day.minutes;
  }
  return left;
}

void SetUnmet(const PlanInput& input, const std::vector<PersonDay>& planned, StaffPlan& plan) {
  std::map<std::string, std::map<absl::CivilDay, int>> met;
  std::map<std::string, std::set<std::string>> taken;
  for (const PersonDay& day : planned) {
    ++met[day.demand][day.day];
    taken[day.demand].insert(day.employee);
  }
  std::map<EmployeeDay, int> rest;
  for (const StaffDemand& demand : input.demands) {
    StaffPlan::Unmet unmet;
    unmet.set_demand(demand.name());
    for (const DemandDay& day : DaysOf(input.facts, demand, input.first, input.last)) {
      const int have = met[demand.name()][day.day];
      unmet.set_needed_person_days(unmet.needed_person_days() + demand.required_count());
      unmet.set_met_person_days(unmet.met_person_days() + have);
      if (have < demand.required_count()) *unmet.add_dates() = time::ToDate(day.day);
    }
    if (unmet.dates().empty()) continue;
    if (plan.unmet().empty()) rest = LeftAfter(LeftBeside(input), planned);
    for (auto& near : NearOf(input, demand, rest, taken[demand.name()])) *unmet.add_near() = std::move(near);
    *plan.add_unmet() = std::move(unmet);
  }
}

void SetObjective(const assignment::Problem& problem, const assignment::Objective& reached, StaffPlan& plan) {
  StaffPlan::Objective& objective = *plan.mutable_objective();
  std::map<int, int64_t, std::greater<>> needed;
  for (const assignment::Demand& demand : problem.demands) needed[demand.priority] += assignment::NeededOf(demand);
  for (const auto& [priority, days] : needed) {
    StaffPlan::PriorityMet& met = *objective.add_met();
    met.set_priority(priority);
    met.set_needed_person_days(days);
    met.set_met_person_days(days - reached.unmet.at(priority));
  }
  objective.set_changed_person_days(reached.changed);
  objective.set_cost_minor(reached.cost);
  objective.set_squared_load(reached.squares);
}

StaffPlan::Method MethodOf(assignment::Method method) {
  switch (method) {
    case assignment::Method::kFlow:
      return StaffPlan::METHOD_MIN_COST_FLOW;
    case assignment::Method::kProgramme:
      return StaffPlan::METHOD_INTEGER_PROGRAMME;
    case assignment::Method::kNone:
      break;
  }
  return StaffPlan::METHOD_UNSPECIFIED;
}

}  // namespace

std::map<EmployeeDay, int> LeftBeside(const PlanInput& input) {
  const std::set<std::string> own = NamesOf(input.demands);
  const auto activities = ActivityLoads(input.facts, input.first, input.last);
  std::map<EmployeeDay, int> left;
  for (const auto& [name, employee] : input.facts.people) {
    for (absl::CivilDay day = input.first; day <= input.last; ++day) {
      const int capacity = CapacityOn(input.facts, employee, day);
      if (capacity > 0) left[{name, day}] = capacity;
    }
  }
  const auto take = [&](const EmployeeDay& day, int minutes) {
    const auto found = left.find(day);
    if (found != left.end()) found->second -= minutes;
  };
  std::set<std::string> subjects;
  for (const StaffDemand& demand : input.demands) subjects.insert(demand.subject());
  for (const auto& [day, loads] : activities) {
    // Shifts of what the plan is for are how its days are worked.
    for (const auto& load : loads) take(day, subjects.count(load.subject()) > 0 ? 0 : load.minutes());
  }
  for (const PersonDay& day : input.in_force) {
    if (!IsPlanned(input, own, day)) take({day.employee, day.day}, day.minutes);
  }
  if (input.facts.policy.training_minutes_a_week() > 0) {
    for (const auto& [name, employee] : input.facts.people) {
      for (const auto& [day, minutes] : TrainingMinutes(input.facts, LeftOf(left, name), input.first, input.last))
        take({name, day}, minutes);
    }
  }
  return left;
}

std::string DemandVersion(const StaffDemand& demand) {
  return absl::StrCat(demand.required_count(), "x", demand.minutes_a_day(), "m ", time::DayText(time::ToDay(demand.start_date())), "..",
                      time::DayText(time::ToDay(demand.end_date())), WantsSamePerson(demand) ? " same" : " any",
                      demand.on_days_off() ? " off" : "", " p", demand.priority(),
                      demand.state() == StaffDemand::STATE_OPEN ? " " : " withdrawn ", absl::StrJoin(demand.courses(), ","),
                      demand.engaged().empty() ? "" : " without ", absl::StrJoin(demand.engaged(), ","));
}

std::vector<StaffPlan::Fact> FactsOf(const PlanInput& input) {
  std::map<std::string, std::string> versions;
  std::set<std::string> people;
  const Holders holders = HoldersOf(input);
  for (const StaffDemand& demand : input.demands) {
    versions[demand.name()] = DemandVersion(demand);
    const auto position = input.facts.positions.find(demand.position());
    if (position != input.facts.positions.end()) versions[position->first] = position->second.etag();
    const std::set<std::string> courses = CoursesOf(input.facts, demand);
    std::set<const Employee*> of_demand;
    for (const DemandDay& day : DaysOf(input.facts, demand, input.first, input.last)) {
      const auto found = holders.find({demand.position(), day.day});
      if (found != holders.end()) of_demand.insert(found->second.begin(), found->second.end());
    }
    for (const Employee* employee : of_demand) {
      people.insert(employee->name());
      versions[employee->name()] = employee->etag();
      const auto certificates = input.facts.certificates.find(employee->name());
      if (courses.empty() || certificates == input.facts.certificates.end()) continue;
      for (const auto& certificate : certificates->second) {
        if (courses.count(certificate.course()) > 0) versions[certificate.name()] = certificate.etag();
      }
    }
  }
  for (const auto& activity : input.facts.activities) {
    for (const auto& part : activity.staff()) {
      if (people.count(part.employee()) > 0) versions[activity.name()] = activity.etag();
    }
  }
  for (const auto& shift : input.facts.shifts) {
    for (const auto& person : shift.people()) {
      if (people.count(person.employee()) > 0) versions[shift.name()] = shift.etag();
    }
  }
  for (const auto& [name, etag] : input.facts.calendar_versions) versions[name] = etag;
  std::vector<StaffPlan::Fact> facts;
  for (const auto& [name, version] : versions) {
    StaffPlan::Fact& fact = facts.emplace_back();
    fact.set_name(name);
    fact.set_version(version);
  }
  return facts;
}

assignment::Problem ProblemOf(const PlanInput& input) {
  assignment::Problem problem;
  const std::set<std::string> own = NamesOf(input.demands);
  std::map<std::string, std::map<int, int>> left;
  for (const auto& [day, minutes] : LeftBeside(input)) {
    if (minutes > 0) left[day.first][Number(day.second)] = minutes;
  }
  std::map<std::string, int> person_at, demand_at;
  std::map<std::string, int64_t> base;
  for (const PersonDay& day : input.in_force) {
    if (!IsPlanned(input, own, day)) base[day.employee] += day.minutes;
  }
  const auto person_of = [&](const std::string& name) {
    const auto [found, added] = person_at.try_emplace(name, static_cast<int>(problem.people.size()));
    if (added) problem.people.push_back({name, base[name], left[name]});
    return found->second;
  };
  const Holders holders = HoldersOf(input);
  for (const StaffDemand& demand : input.demands) {
    demand_at[demand.name()] = static_cast<int>(problem.demands.size());
    assignment::Demand& wanted = problem.demands.emplace_back();
    wanted.name = demand.name();
    wanted.priority = demand.priority();
    wanted.count = demand.required_count();
    wanted.same_person = WantsSamePerson(demand);
    const std::set<std::string> engaged(demand.engaged().begin(), demand.engaged().end());
    const std::set<std::string> courses = CoursesOf(input.facts, demand);
    for (const DemandDay& day : PlannedDays(input, demand)) {
      assignment::Day& on = wanted.days.emplace_back();
      on.day = Number(day.day);
      on.minutes = day.minutes;
      const auto found = holders.find({demand.position(), day.day});
      if (found == holders.end()) continue;
      for (const Employee* employee : found->second) {
        if (engaged.count(employee->name()) > 0) continue;
        const int person = person_of(employee->name());
        const auto& free = problem.people[person].free;
        const auto minutes = free.find(on.day);
        if (minutes == free.end() || minutes->second < day.minutes) continue;
        if (!CertifiedForAll(input.facts, courses, employee->name(), day.day)) continue;
        on.options.push_back({person, CostOf(input.facts, *employee, day.day, day.minutes)});
      }
    }
  }
  for (const PersonDay& day : input.in_force) {
    if (IsPlanned(input, own, day)) problem.in_force.insert({demand_at[day.demand], Number(day.day), person_of(day.employee)});
  }
  return problem;
}

void ComputePlan(const PlanInput& input, const assignment::Problem& problem, assignment::Deadline deadline, StaffPlan& plan) {
  const auto now = std::chrono::steady_clock::now();
  // A quarter of the time is for saying why not.
  const assignment::Solution solution = assignment::Solve(problem, now + (deadline - now) * 3 / 4);
  std::vector<PersonDay> planned;
  for (const assignment::Seat& seat : solution.seats) {
    const assignment::Demand& demand = problem.demands[seat.demand];
    const auto on = std::find_if(demand.days.begin(), demand.days.end(), [&](const assignment::Day& day) { return day.day == seat.day; });
    planned.push_back(
        {problem.people[seat.person].name, DayOf(seat.day), demand.name, input.demands[seat.demand].subject(), plan.name(), on->minutes});
  }
  plan.clear_assignments();
  plan.clear_unmet();
  plan.clear_conflicts();
  plan.clear_objective();
  plan.clear_facts();
  plan.clear_changed_facts();
  plan.clear_broken();
  for (auto& each : AssignmentsOf(planned)) *plan.add_assignments() = std::move(each);
  SetUnmet(input, planned, plan);
  SetObjective(problem, solution.objective, plan);
  plan.set_method(MethodOf(solution.method));
  plan.set_proven_optimal(solution.proven);
  plan.set_policy(input.facts.policy.name());
  for (auto& fact : FactsOf(input)) *plan.add_facts() = std::move(fact);
  if (plan.unmet().empty()) return;
  assignment::Problem normal = problem;
  const assignment::Order order = assignment::Normalize(normal);
  assignment::Solution same = solution;
  same.seats.clear();
  std::vector<int> demand_at(order.demands.size());
  for (size_t i = 0; i < order.demands.size(); ++i) demand_at[order.demands[i]] = static_cast<int>(i);
  // Conflicts ask how much is met, not by whom.
  for (const assignment::Seat& seat : solution.seats) same.seats.insert({demand_at[seat.demand], seat.day, seat.person});
  for (const assignment::Conflict& found : assignment::FindConflicts(normal, same, kMostConflicts, deadline)) {
    StaffPlan::Conflict& conflict = *plan.add_conflicts();
    for (int demand : found.demands) conflict.add_demands(normal.demands[demand].name);
    conflict.set_smallest(found.smallest);
  }
}

std::vector<StaffPlan::Assignment> AssignmentsOf(const std::vector<PersonDay>& days) {
  std::map<std::pair<std::string, std::string>, std::map<absl::CivilDay, int>> by_person;
  for (const PersonDay& day : days) by_person[{day.demand, day.employee}][day.day] = day.minutes;
  std::vector<StaffPlan::Assignment> assignments;
  for (const auto& [key, on] : by_person) {
    StaffPlan::Assignment& assignment = assignments.emplace_back();
    assignment.set_demand(key.first);
    assignment.set_employee(key.second);
    for (const auto& [day, minutes] : on) {
      *assignment.add_dates() = time::ToDate(day);
      assignment.add_minutes(minutes);
    }
  }
  return assignments;
}

std::vector<PersonDay> PersonDaysOf(const StaffPlan& plan, const std::map<std::string, StaffDemand>& demands, absl::CivilDay first) {
  std::vector<PersonDay> days;
  for (const StaffPlan::Assignment& assignment : plan.assignments()) {
    const auto demand = demands.find(assignment.demand());
    for (int i = 0; i < assignment.dates_size(); ++i) {
      const absl::CivilDay day = time::ToDay(assignment.dates(i));
      if (day < first || demand == demands.end()) continue;
      days.push_back({assignment.employee(), day, assignment.demand(), demand->second.subject(), plan.name(), assignment.minutes(i)});
    }
  }
  return days;
}

void SetShortage(const StaffFacts& facts, const std::map<absl::CivilDay, int>& assigned, absl::CivilDay first, StaffDemand& demand) {
  StaffDemand::Shortage shortage;
  for (const DemandDay& day : DaysOf(facts, demand, first, absl::CivilDay::max())) {
    const auto found = assigned.find(day.day);
    const int missing = demand.required_count() - (found == assigned.end() ? 0 : found->second);
    if (missing <= 0) continue;
    shortage.set_missing_count(std::max(shortage.missing_count(), missing));
    if (shortage.days_size() >= kMostShortDays) continue;
    StaffDemand::Shortage::Day& short_day = *shortage.add_days();
    *short_day.mutable_date() = time::ToDate(day.day);
    short_day.set_missing_count(missing);
  }
  demand.clear_shortage();
  if (shortage.missing_count() > 0) *demand.mutable_shortage() = shortage;
}

std::vector<std::string> AssignedElsewhere(const StaffFacts& facts, const StaffDemand& demand, const std::map<EmployeeDay, int>& taken,
                                           const std::map<EmployeeDay, int>& own, absl::CivilDay first) {
  std::vector<std::string> elsewhere;
  std::set<std::string> here;
  for (const auto& [day, minutes] : own) here.insert(day.first);
  const std::vector<DemandDay> days = DaysOf(facts, demand, first, absl::CivilDay::max());
  for (const auto& [name, employee] : facts.people) {
    if (here.count(name) > 0) continue;
    size_t holds = 0, full = 0;
    for (const DemandDay& day : days) {
      if (PositionOn(employee, day.day) != demand.position()) continue;
      ++holds;
      const auto minutes = taken.find({name, day.day});
      if (minutes == taken.end()) continue;
      const int capacity = CapacityOn(facts, employee, day.day);
      full += capacity >= day.minutes && capacity - minutes->second < day.minutes ? 1 : 0;
    }
    if (full > 0 && (WantsSamePerson(demand) || full == holds)) elsewhere.push_back(name);
  }
  return elsewhere;
}

std::vector<StaffPlan::Fact> ChangedFacts(const StaffPlan& plan, const std::vector<StaffPlan::Fact>& now) {
  std::map<std::string, std::string> then, today;
  for (const StaffPlan::Fact& fact : plan.facts()) then[fact.name()] = fact.version();
  for (const StaffPlan::Fact& fact : now) today[fact.name()] = fact.version();
  std::vector<StaffPlan::Fact> changed;
  const auto add = [&](const std::string& name, const std::string& version) {
    StaffPlan::Fact& fact = changed.emplace_back();
    fact.set_name(name);
    fact.set_version(version);
  };
  for (const auto& [name, version] : today) {
    const auto before = then.find(name);
    if (before == then.end() || before->second != version) add(name, version);
  }
  for (const auto& [name, version] : then) {
    if (today.count(name) == 0) add(name, "");
  }
  std::sort(changed.begin(), changed.end(), [](const auto& a, const auto& b) { return a.name() < b.name(); });
  return changed;
}

}  // namespace heitie::resource
