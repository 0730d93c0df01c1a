#include "services/planning/control/person_load.h"

#include <algorithm>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
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

bool IsAtWork(const Employee& person, absl::CivilDay day) {
  if (person.has_hire_date() && day < time::ToDay(person.hire_date())) return false;
  if (person.has_leave_date() && day > time::ToDay(person.leave_date())) return false;
  return std::none_of(person.absences().begin(), person.absences().end(), [&](const personnel::v1::Absence& absence) {
    return time::ToDay(absence.start_date()) <= day && day <= time::ToDay(absence.end_date());
  });
}

void AddSpan(absl::CivilDay start, double load, double capacity, google::protobuf::RepeatedPtrField<v1::LoadOfSpan>& spans) {
  const google::type::Date date = time::ToDate(start);
  if (spans.empty() || time::ToDay(spans.rbegin()->start_date()) != start) *spans.Add()->mutable_start_date() = date;
  v1::LoadOfSpan& span = *spans.rbegin();
  span.set_load_hours(span.load_hours() + load);
  span.set_capacity_hours(span.capacity_hours() + capacity);
  span.set_overloaded(span.load_hours() > span.capacity_hours() + kSameHours);
}

}  // namespace

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

absl::StatusOr<v1::ComputePersonLoadResponse> PersonLoads::Compute(const rpc::Call& call, const v1::ComputePersonLoadRequest& request) {
  const absl::CivilDay start = time::ToDay(request.start_date()), end = time::ToDay(request.end_date());
  status::BadFields bad;
  if (end < start) bad.Add("end_date", status::kDatesReversed, {{"start", time::DayText(start)}, {"end", time::DayText(end)}});
  if (end - start >= kLongestSpan) bad.Add("end_date", kSpanTooLong, {{"days", kLongestSpan}});
  RETURN_IF_ERROR(bad.status());
  return tables_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::ComputePersonLoadResponse> {
    ASSIGN_OR_RETURN(const auto calendar,
                     tables_.calendars.Named(session, request.calendar().empty() ? kDefaultCalendar : request.calendar()));
    std::string whose = "owner <> ''";
    sql::Values values;
    if (!request.employees().empty()) {
      whose = absl::StrCat("owner IN (", sql::Placeholders(static_cast<size_t>(request.employees_size())), ")");
      for (const std::string& employee : request.employees()) values.emplace_back(employee);
    }
    values.emplace_back(time::DayText(end));
    values.emplace_back(time::DayText(start));
    ASSIGN_OR_RETURN(
        const std::vector<Task> tasks,
        tables_.tasks.Select(session,
                             absl::StrCat("WHERE ", whose,
                                          " AND state IN ('STATE_OPEN', 'STATE_IN_PROGRESS') AND part_count = 0 "
                                          "AND (start_date IS NULL OR start_date <= ?) AND (end_date IS NULL OR end_date >= ?) "
                                          "AND SUBSTRING_INDEX(name, '/', 2) IN (SELECT name FROM projects WHERE state IN "
                                          "('STATE_SUBMITTED', 'STATE_APPROVED')) ORDER BY owner, name"),
                             values));
    std::map<std::string, std::vector<Task>> by_owner;
    for (const std::string& employee : request.employees()) by_owner[employee];
    for (const Task& task : tasks) by_owner[task.owner()].push_back(task);
    v1::ComputePersonLoadResponse response;
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
