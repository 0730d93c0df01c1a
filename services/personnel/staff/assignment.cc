#include "services/personnel/staff/assignment.h"

#include <algorithm>
#include <tuple>

#include "common/status/macros.h"
#include "common/time/day.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "services/personnel/staff/employee.h"

namespace heitie::personnel {

const status::Reason kNoSuchAssignment{absl::StatusCode::kFailedPrecondition, "NO_SUCH_ASSIGNMENT",
                                       "{name} has no assignment that begins on {date}.", "{name} 沒有於 {date} 開始的任職。"};
const status::Reason kFirstAssignment{absl::StatusCode::kFailedPrecondition, "FIRST_ASSIGNMENT",
                                      "The assignment of {date} is the first one of {name} and cannot be withdrawn; correct it instead.",
                                      "{date} 的任職是 {name} 的第一項任職，不能撤回；請改為更正。"};
const status::Reason kAssignmentInTheWay{
    absl::StatusCode::kFailedPrecondition, "ASSIGNMENT_IN_THE_WAY",
    "{name} has an assignment that begins on {date}; withdraw it before the hire date moves to that day or beyond.",
    "{name} 有於 {date} 開始的任職；到職日要移至該日或之後，請先撤回該任職。"};
const status::Reason kUnknownSuperior{absl::StatusCode::kInvalidArgument, "UNKNOWN_SUPERIOR", "There is no employee {superior}.",
                                      "沒有員工 {superior}。"};
const status::Reason kSuperiorNotEmployed{absl::StatusCode::kFailedPrecondition, "SUPERIOR_NOT_EMPLOYED",
                                          "{superior} cannot be the superior: not employed on {date}.",
                                          "{superior} 於 {date} 不在職，不能擔任主管。"};
const status::Reason kCircleOfSuperiors{absl::StatusCode::kFailedPrecondition, "CIRCLE_OF_SUPERIORS",
                                        "On {date} people would be their own superiors: {path}.",
                                        "{date} 當日主管關係會形成循環：{path}。"};

namespace {

using v1::Assignment;
using v1::Employee;

absl::CivilDay StartOf(const Assignment& assignment) { return time::ToDay(assignment.start_date()); }

Assignment OfColumns(const Employee& employee) {
  Assignment assignment;
  *assignment.mutable_start_date() = employee.hire_date();
  assignment.set_position(employee.position());
  assignment.set_department(employee.department());
  assignment.set_superior(employee.superior());
  return assignment;
}

absl::CivilDay LastDayOf(const Employee& employee) {
  return employee.has_leave_date() ? time::ToDay(employee.leave_date()) : absl::CivilDay::max();
}

// The place in `assignments`, which is not empty, of the one of a day.
int PlaceOn(const Employee& employee, absl::CivilDay day) {
  int place = 0;
  for (int i = 1; i < employee.assignments_size() && StartOf(employee.assignments(i)) <= day; ++i) place = i;
  return place;
}

// The one above on a day by what is recorded, if employed then.
const Employee* NamedSuperiorOn(const Employee& employee, absl::CivilDay day, const People& people) {
  const std::optional<Assignment> assignment = AssignmentOn(employee, day);
  if (!assignment) return nullptr;
  const auto superior = people.find(assignment->superior());
  return superior == people.end() || !EmployedOn(superior->second, day) ? nullptr : &superior->second;
}

}  // namespace

std::vector<Term> TermsOf(const Employee& employee) {
  if (employee.assignments().empty()) return {{OfColumns(employee), time::ToDay(employee.hire_date()), LastDayOf(employee)}};
  std::vector<Term> terms;
  for (const Assignment& assignment : employee.assignments()) {
    if (!terms.empty()) terms.back().last = StartOf(assignment) - 1;
    terms.push_back({assignment, StartOf(assignment), LastDayOf(employee)});
  }
  return terms;
}

std::optional<Assignment> AssignmentOn(const Employee& employee, absl::CivilDay day) {
  if (!EmployedOn(employee, day)) return std::nullopt;
  return employee.assignments().empty() ? OfColumns(employee) : employee.assignments(PlaceOn(employee, day));
}

void CompleteAssignments(Employee& employee) {
  if (employee.assignments().empty()) *employee.add_assignments() = OfColumns(employee);
}

void ShowDay(Employee& employee, absl::CivilDay day) {
  CompleteAssignments(employee);
  const int place = PlaceOn(employee, day);
  const Assignment& assignment = employee.assignments(place);
  const absl::CivilDay last = LastDayOf(employee);
  employee.set_position(assignment.position());
  employee.set_department(assignment.department());
  employee.set_superior(day > last ? "" : assignment.superior());
  employee.clear_change_date();
  if (place + 1 < employee.assignments_size()) {
    *employee.mutable_change_date() = employee.assignments(place + 1).start_date();
  } else if (employee.has_leave_date() && !employee.superior().empty()) {
    *employee.mutable_change_date() = time::ToDate(last + 1);
  }
  employee.clear_deputies();
  for (const v1::Absence& absence : employee.absences()) {
    const absl::CivilDay end = time::ToDay(absence.end_date());
    if (end < day || absence.deputy().empty()) continue;
    if (std::find(employee.deputies().begin(), employee.deputies().end(), absence.deputy()) == employee.deputies().end())
      employee.add_deputies(absence.deputy());
    if (!employee.has_change_date() || end + 1 < time::ToDay(employee.change_date()))
      *employee.mutable_change_date() = time::ToDate(end + 1);
  }
}

absl::Status PutAssignment(Employee& employee, const Assignment& assignment) {
  const absl::CivilDay start = StartOf(assignment);
  if (!EmployedOn(employee, start)) return status::Error(kOutsideEmployment, {{"name", employee.name()}, {"date", time::DayText(start)}});
  CompleteAssignments(employee);
  Assignment& present = *employee.mutable_assignments(PlaceOn(employee, start));
  if (StartOf(present) == start) {
    present = assignment;
    return absl::OkStatus();
  }
  auto* assignments = employee.mutable_assignments();
  *assignments->Add() = assignment;
  std::sort(assignments->begin(), assignments->end(), [](const Assignment& a, const Assignment& b) { return StartOf(a) < StartOf(b); });
  return absl::OkStatus();
}

absl::Status RemoveAssignment(Employee& employee, absl::CivilDay start) {
  CompleteAssignments(employee);
  auto* assignments = employee.mutable_assignments();
  const auto it = std::find_if(assignments->begin(), assignments->end(), [&](const Assignment& a) { return StartOf(a) == start; });
  const status::Args args = {{"name", employee.name()}, {"date", time::DayText(start)}};
  if (it == assignments->end()) return status::Error(kNoSuchAssignment, args);
  if (it == assignments->begin()) return status::Error(kFirstAssignment, args);
  assignments->erase(it);
  return absl::OkStatus();
}

absl::Status MoveFirstAssignment(Employee& employee) {
  CompleteAssignments(employee);
  if (employee.assignments_size() > 1 && StartOf(employee.assignments(1)) <= time::ToDay(employee.hire_date())) {
    return status::Error(kAssignmentInTheWay, {{"name", employee.name()}, {"date", time::DayText(StartOf(employee.assignments(1)))}});
  }
  *employee.mutable_assignments(0)->mutable_start_date() = employee.hire_date();
  return absl::OkStatus();
}

Assignment& MutableAssignmentOn(Employee& employee, absl::CivilDay day) {
  CompleteAssignments(employee);
  return *employee.mutable_assignments(PlaceOn(employee, day));
}

absl::CivilDay InPostSince(const Employee& employee, absl::CivilDay day) {
  const std::vector<Term> terms = TermsOf(employee);
  absl::CivilDay since = terms.front().first;
  for (size_t i = 1; i < terms.size() && terms[i].first <= day; ++i) {
    const Assignment &before = terms[i - 1].assignment, &after = terms[i].assignment;
    if (before.position() != after.position() || before.department() != after.department()) since = terms[i].first;
  }
  return since;
}

std::optional<std::string> ManagerOn(const std::string& department, absl::CivilDay day, const People& people,
                                     const std::set<std::string>& managers, const std::string& except) {
  std::optional<std::tuple<absl::CivilDay, std::string>> first;
  for (const auto& [name, person] : people) {
    const std::optional<Assignment> assignment = AssignmentOn(person, day);
    if (name == except || !assignment || assignment->department() != department || managers.count(assignment->position()) == 0) continue;
    const std::tuple<absl::CivilDay, std::string> candidate{InPostSince(person, day), name};
    if (!first || candidate < *first) first = candidate;
  }
  if (!first) return std::nullopt;
  return std::get<std::string>(*first);
}

std::optional<Superior> SuperiorOn(const Employee& employee, absl::CivilDay day, const People& people,
                                   const std::set<std::string>& managers) {
  const std::optional<Assignment> assignment = AssignmentOn(employee, day);
  if (!assignment) return std::nullopt;
  if (const Employee* named = NamedSuperiorOn(employee, day, people)) return Superior{named->name(), false};
  std::optional<std::string> manager = ManagerOn(assignment->department(), day, people, managers, employee.name());
  if (!manager) return std::nullopt;
  return Superior{*std::move(manager), true};
}

std::optional<Circle> FindCircle(const People& people) {
  // Each step of a circle lasts from the first day of an assignment, so the circle's first day is one of these, or the day on which
  // somebody in it was hired, which is one as well.
  std::set<absl::CivilDay> days;
  for (const auto& [name, person] : people) {
    for (const Term& term : TermsOf(person)) days.insert(term.first);
  }
  for (const absl::CivilDay day : days) {
    std::set<std::string> settled;
    for (const auto& [name, person] : people) {
      std::vector<std::string> path;
      for (const Employee* at = &person; at != nullptr; at = NamedSuperiorOn(*at, day, people)) {
        const auto met = std::find(path.begin(), path.end(), at->name());
        if (met != path.end()) {
          path.erase(path.begin(), met);
          std::rotate(path.begin(), std::min_element(path.begin(), path.end()), path.end());
          path.push_back(path.front());
          return Circle{day, path};
        }
        if (!settled.insert(at->name()).second) break;  // Walked from there already, on this walk or an earlier one.
        path.push_back(at->name());
      }
    }
  }
  return std::nullopt;
}

std::optional<Unled> FirstUnled(const Employee& before, const Employee& after, const People& people) {
  const std::vector<Term> led = TermsOf(before);
  std::optional<Unled> first;
  for (const Term& term : TermsOf(after)) {
    const auto superior = people.find(term.assignment.superior());
    if (superior == people.end()) continue;
    const auto led_already = [&](const Term& old, absl::CivilDay day) {
      return old.assignment.superior() == superior->first && old.first <= day && day <= old.last;
    };
    // A stretch of wrong days begins with the term, after the superior's last day, or after the last day on which she led already.
    std::set<absl::CivilDay> begins = {term.first};
    if (superior->second.has_leave_date()) begins.insert(LastDayOf(superior->second) + 1);
    for (const Term& old : led) {
      if (old.last != absl::CivilDay::max()) begins.insert(old.last + 1);
    }
    for (const absl::CivilDay day : begins) {
      const bool wrong = term.first <= day && day <= term.last && !EmployedOn(superior->second, day) &&
                         std::none_of(led.begin(), led.end(), [&](const Term& old) { return led_already(old, day); });
      if (wrong && (!first || day < first->day)) first = Unled{superior->first, day};
    }
  }
  return first;
}

}  // namespace heitie::personnel
