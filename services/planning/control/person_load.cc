#include "services/planning/control/person_load.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "services/planning/control/plan_history.h"
#include "services/planning/plan/calendar.h"

namespace heitie::planning {

using personnel::v1::Employee;
using v1::Task;

const status::Reason kSpanTooLong{absl::StatusCode::kInvalidArgument, "LOAD_SPAN_TOO_LONG", "At most {days} days.", "最多 {days} 天。"};

namespace {

constexpr int kLongestSpan = 366;
constexpr int kDefaultHours = 8;
// What is more by less than this is rounding.
constexpr double kSameHours = 1e-9;

void AddSpan(absl::CivilDay start, double load, double capacity, google::protobuf::RepeatedPtrField<v1::LoadOfSpan>& spans) {
  const google::type::Date date = time::ToDate(start);
  if (spans.empty() || time::ToDay(spans.rbegin()->start_date()) != start) *spans.Add()->mutable_start_date() = date;
  v1::LoadOfSpan& span = *spans.rbegin();
  span.set_load_hours(span.load_hours() + load);
  span.set_capacity_hours(span.capacity_hours() + capacity);
  span.set_overloaded(span.load_hours() > span.capacity_hours() + kSameHours);
}

}  // namespace

bool IsAtWork(const Employee& person, absl::CivilDay day) {
  if (person.has_hire_date() && day < time::ToDay(person.hire_date())) return false;
  if (person.has_leave_date() && day > time::ToDay(person.leave_date())) return false;
  return std::none_of(person.absences().begin(), person.absences().end(), [&](const personnel::v1::Absence& absence) {
    return time::ToDay(absence.start_date()) <= day && day <= time::ToDay(absence.end_date());
  });
}

v1::PersonLoad LoadOf(const Employee& person, const std::vector<Task>& tasks, absl::CivilDay start, absl::CivilDay end, int hours_per_day,
                      const time::BusinessCalendar& calendar) {
  v1::PersonLoad result;
  result.set_employee(person.name());
  std::map<absl::CivilDay, double> load;
  for (const Task& task : tasks) {
    const bool dated = task.has_start_date() && task.has_end_date();
    const int64_t days = dated ? calendar.WorkingDaysBetween(time::ToDay(task.start_date()), time::ToDay(task.end_date()) + 1) : 0;
    if (days <= 0 || task.estimate_hours() == 0) {
      if (!task.milestone()) result.add_unplaced_tasks(task.name());
      continue;
    }
    const absl::CivilDay last = std::min(end, time::ToDay(task.end_date()));
    for (absl::CivilDay day = std::max(start, time::ToDay(task.start_date())); day <= last; ++day) {
      if (calendar.IsWorkingDay(day)) load[day] += static_cast<double>(task.estimate_hours()) / static_cast<double>(days);
    }
  }
  for (absl::CivilDay day = start; day <= end; ++day) {
    const double capacity = calendar.IsWorkingDay(day) && IsAtWork(person, day) ? hours_per_day : 0;
    const auto asked = load.find(day);
    if (capacity == 0 && asked == load.end()) continue;
    const double hours = asked == load.end() ? 0 : asked->second;
    AddSpan(day, hours, capacity, *result.mutable_days());
    AddSpan(day - static_cast<int>(absl::GetWeekday(day)), hours, capacity, *result.mutable_weeks());
  }
  return result;
}

absl::StatusOr<std::map<std::string, std::vector<Task>>> PersonLoads::TasksAt(sql::Session& session, const std::set<std::string>& people,
                                                                              absl::CivilDay start, absl::CivilDay end,
                                                                              int64_t position) const {
  std::map<std::string, std::vector<Task>> by_owner;
  for (const std::string& person : people) by_owner[person];
  const auto is_carried_out = [](const v1::Project& project) {
    return project.state() == v1::Project::STATE_SUBMITTED || project.state() == v1::Project::STATE_APPROVED;
  };
  ASSIGN_OR_RETURN(std::vector<v1::Project> projects,
                   ChosenAt<v1::Project>(session, "projects",
                                         "SELECT name FROM projects WHERE state IN ('STATE_SUBMITTED', 'STATE_APPROVED')", {}, position));
  std::erase_if(projects, [&](const v1::Project& project) { return !is_carried_out(project); });
  if (projects.empty()) return by_owner;
  std::set<std::string> carried_out;
  sql::Values values;
  for (const v1::Project& project : projects) {
    carried_out.insert(project.name());
    values.emplace_back(project.name());
  }
  for (const std::string& person : people) values.emplace_back(person);
  values.emplace_back(time::DayText(end));
  values.emplace_back(time::DayText(start));
  const std::string whose = people.empty() ? "owner <> ''" : absl::StrCat("owner IN (", sql::Placeholders(people.size()), ")");
  ASSIGN_OR_RETURN(
      const std::vector<Task> tasks,
      ChosenAt<Task>(session, "projects",
                     absl::StrCat("SELECT name FROM tasks WHERE SUBSTRING_INDEX(name, '/', 2) IN (", sql::Placeholders(projects.size()),
                                  ") AND ", whose,
                                  " AND state IN ('STATE_OPEN', 'STATE_IN_PROGRESS') AND part_count = 0 AND (start_date IS NULL OR "
                                  "start_date <= ?) AND (end_date IS NULL OR end_date >= ?)"),
                     std::move(values), position));
  for (const Task& task : tasks) {
    const bool open = task.state() == Task::STATE_OPEN || task.state() == Task::STATE_IN_PROGRESS;
    const bool outside =
        (task.has_start_date() && time::ToDay(task.start_date()) > end) || (task.has_end_date() && time::ToDay(task.end_date()) < start);
    const bool hers = people.empty() ? !task.owner().empty() : people.contains(task.owner());
    if (!open || outside || !hers || task.part_count() > 0 || !carried_out.contains(record::ParentOf(task.name()))) continue;
    by_owner[task.owner()].push_back(task);
  }
  return by_owner;
}

absl::StatusOr<v1::ComputePersonLoadResponse> PersonLoads::Compute(const rpc::Call& call, const v1::ComputePersonLoadRequest& request) {
  const absl::CivilDay start = time::ToDay(request.start_date()), end = time::ToDay(request.end_date());
  status::BadFields bad;
  if (end < start) bad.Add("end_date", status::kDatesReversed, {{"start", time::DayText(start)}, {"end", time::DayText(end)}});
  if (end - start >= kLongestSpan) bad.Add("end_date", kSpanTooLong, {{"days", kLongestSpan}});
  ASSIGN_OR_RETURN(const int64_t position, PositionFor(tables_, call, request.position(), bad));
  RETURN_IF_ERROR(bad.status());
  return tables_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::ComputePersonLoadResponse> {
    ASSIGN_OR_RETURN(const auto calendar,
                     tables_.calendars.Named(session, request.calendar().empty() ? kDefaultCalendar : request.calendar()));
    ASSIGN_OR_RETURN(const auto by_owner, TasksAt(session, {request.employees().begin(), request.employees().end()}, start, end, position));
    v1::ComputePersonLoadResponse response;
    response.set_position(position);
    for (const auto& [owner, owned] : by_owner) {
      ASSIGN_OR_RETURN(const std::vector<Employee> known, tables_.employees.Select(session, "WHERE name = ?", sql::Bind(owner)));
      Employee person;
      person.set_name(owner);
      if (!known.empty()) person = known[0];
      *response.add_people() =
          LoadOf(person, owned, start, end, request.capacity_hours_per_day() == 0 ? kDefaultHours : request.capacity_hours_per_day(),
                 calendar->arithmetic);
    }
    ASSIGN_OR_RETURN(const event::MirrorState heard, tables_.employees.State(session));
    response.set_personnel_position(heard.position);
    return response;
  });
}

}  // namespace heitie::planning
