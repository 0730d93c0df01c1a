#include "services/resource/people/capacity.h"

#include <algorithm>
#include <tuple>

#include "common/time/day.h"
#include "common/time/instant.h"

namespace heitie::resource {
namespace {

using activity::v1::Activity;
using personnel::v1::Certificate;
using personnel::v1::Employee;
using v1::StaffDemand;
using v1::StaffPlan;

bool EmployedOn(const Employee& employee, absl::CivilDay day) {
  if (time::ToDay(employee.hire_date()) > day) return false;
  return !employee.has_leave_date() || day <= time::ToDay(employee.leave_date());
}

// The assignment of a day of employment; nullptr in a row from before assignments had dates.
const personnel::v1::Assignment* StaffAssignmentOn(const Employee& employee, absl::CivilDay day) {
  const personnel::v1::Assignment* latest = nullptr;
  for (const auto& assignment : employee.assignments()) {
    if (latest == nullptr || time::ToDay(assignment.start_date()) <= day) latest = &assignment;
  }
  return latest;
}

bool TakesTime(Activity::State state) {
  return state == Activity::STATE_PREPARING || state == Activity::STATE_READY || state == Activity::STATE_LIVE ||
         state == Activity::STATE_PAUSED;
}

// Monday of a day's week.
absl::CivilDay MondayOf(absl::CivilDay day) { return absl::PrevWeekday(day + 1, absl::Weekday::monday); }

class MissingDays {
 public:
  void Add(StaffPlan::Missing::Kind kind, const std::string& course, absl::CivilDay day, int minutes = 0) {
    auto [found, added] = missing_.try_emplace({kind, course});
    StaffPlan::Missing& missing = found->second;
    if (added) {
      missing.set_kind(kind);
      missing.set_course(course);
      *missing.mutable_first_date() = time::ToDate(day);
    }
    missing.set_day_count(missing.day_count() + 1);
    missing.set_minutes(std::max(missing.minutes(), minutes));
  }
  std::vector<StaffPlan::Missing> all() const {
    std::vector<StaffPlan::Missing> all;
    for (const auto& [key, missing] : missing_) all.push_back(missing);
    return all;
  }

 private:
  std::map<std::pair<int, std::string>, StaffPlan::Missing> missing_;
};

std::string ActivityOf(const activity::v1::Shift& shift) { return shift.name().substr(0, shift.name().find("/shifts/")); }

// Minutes of [start, end) that lie on a day there, whole ones, those begun as well.
int MinutesOn(absl::Time start, absl::Time end, absl::CivilDay day, absl::TimeZone zone) {
  const absl::Time from = std::max(start, absl::FromCivil(day, zone)), to = std::min(end, absl::FromCivil(day + 1, zone));
  return to <= from ? 0 : static_cast<int>((to - from + absl::Minutes(1) - absl::Microseconds(1)) / absl::Minutes(1));
}

void AddShiftLoads(const StaffFacts& facts, const std::set<std::string>& activities, absl::CivilDay first, absl::CivilDay last,
                   std::map<EmployeeDay, std::vector<v1::StaffOverload::Load>>& loads) {
  for (const activity::v1::Shift& shift : facts.shifts) {
    const std::string activity = ActivityOf(shift);
    if (activities.count(activity) == 0) continue;
    const absl::TimeZone zone = time::ZoneOf(shift.time_zone());
    const absl::Time start = time::ToTime(shift.start_time()), end = time::ToTime(shift.end_time());
    const absl::CivilDay from = std::max(first, absl::ToCivilDay(start, zone)), to = std::min(last, absl::ToCivilDay(end, zone));
    for (absl::CivilDay day = from; day <= to; ++day) {
      const int minutes = MinutesOn(start, end, day, zone);
      if (minutes == 0) continue;
      for (const activity::v1::ShiftPerson& person : shift.people()) {
        if (facts.placed.count({person.employee(), day, activity}) > 0) continue;
        v1::StaffOverload::Load& load = loads[{person.employee(), day}].emplace_back();
        load.set_subject(activity);
        load.set_minutes(minutes);
      }
    }
  }
}

}  // namespace

std::string PositionOn(const Employee& employee, absl::CivilDay day) {
  if (!EmployedOn(employee, day)) return "";
  const auto* assignment = StaffAssignmentOn(employee, day);
  return assignment == nullptr ? employee.position() : assignment->position();
}

std::string DepartmentOn(const Employee& employee, absl::CivilDay day) {
  if (!EmployedOn(employee, day)) return "";
  const auto* assignment = StaffAssignmentOn(employee, day);
  return assignment == nullptr ? employee.department() : assignment->department();
}

bool AbsentOn(const Employee& employee, absl::CivilDay day) {
  return std::any_of(employee.absences().begin(), employee.absences().end(), [&](const auto& absence) {
    return time::ToDay(absence.start_date()) <= day && day <= time::ToDay(absence.end_date());
  });
}

bool CertifiedOn(const std::vector<Certificate>& certificates, const std::string& course, absl::CivilDay day) {
  return std::any_of(certificates.begin(), certificates.end(), [&](const Certificate& certificate) {
    return certificate.course() == course && certificate.state() == Certificate::STATE_ISSUED &&
           time::ToDay(certificate.valid_from()) <= day &&
           (!certificate.has_valid_until() || day <= time::ToDay(certificate.valid_until()));
  });
}

std::set<std::string> CoursesOf(const StaffFacts& facts, const StaffDemand& demand) {
  std::set<std::string> courses(demand.courses().begin(), demand.courses().end());
  const auto position = facts.positions.find(demand.position());
  if (position != facts.positions.end()) {
    courses.insert(position->second.required_courses().begin(), position->second.required_courses().end());
  }
  return courses;
}

int WorkingMinutes(const StaffFacts& facts, absl::CivilDay day) {
  if (facts.worked.calendar != facts.calendar) facts.worked = {facts.calendar, {}};
  const auto [found, added] = facts.worked.minutes.try_emplace(day, 0);
  const time::BusinessCalendar& calendar = facts.calendar->arithmetic;
  if (added && calendar.IsWorkingDay(day)) {
    found->second = static_cast<int>(absl::ToInt64Minutes(calendar.Working(calendar.StartOf(day), calendar.StartOf(day + 1))));
  }
  return found->second;
}

int CapacityOn(const StaffFacts& facts, const Employee& employee, absl::CivilDay day) {
  if (!EmployedOn(employee, day) || AbsentOn(employee, day)) return 0;
  const int minutes = WorkingMinutes(facts, day);
  return minutes > 0 ? minutes : facts.policy.day_off_minutes();
}

std::vector<DemandDay> DaysOf(const StaffFacts& facts, const StaffDemand& demand, absl::CivilDay first, absl::CivilDay last) {
  std::vector<DemandDay> days;
  const absl::CivilDay from = std::max(first, time::ToDay(demand.start_date())), to = std::min(last, time::ToDay(demand.end_date()));
  for (absl::CivilDay day = from; day <= to; ++day) {
    int minutes = WorkingMinutes(facts, day);
    if (minutes == 0 && !demand.on_days_off()) continue;
    if (minutes == 0) minutes = facts.policy.day_off_minutes();
    days.push_back({day, demand.minutes_a_day() > 0 ? demand.minutes_a_day() : minutes});
  }
  return days;
}

std::map<EmployeeDay, std::vector<v1::StaffOverload::Load>> ActivityLoads(const StaffFacts& facts, absl::CivilDay first,
                                                                          absl::CivilDay last) {
  std::map<EmployeeDay, std::vector<v1::StaffOverload::Load>> loads;
  std::set<std::string> under_way, with_shifts;
  for (const Activity& activity : facts.activities) {
    if (TakesTime(activity.state())) under_way.insert(activity.name());
  }
  for (const activity::v1::Shift& shift : facts.shifts) with_shifts.insert(ActivityOf(shift));
  AddShiftLoads(facts, under_way, first, last, loads);
  if (facts.policy.activity_minutes() == 0) return loads;
  for (const Activity& activity : facts.activities) {
    if (under_way.count(activity.name()) == 0 || facts.demanded.count(activity.name()) > 0) continue;
    if (with_shifts.count(activity.name()) > 0) continue;
    // An end at midnight begins no day.
    const absl::Time end = time::ToTime(activity.end_time()) - absl::Microseconds(1);
    const absl::Time start = std::min(time::ToTime(activity.start_time()), end);
    const absl::CivilDay from = std::max(first, time::ToDay(time::DateOf(start, activity.time_zone())));
    const absl::CivilDay to = std::min(last, time::ToDay(time::DateOf(end, activity.time_zone())));
    for (absl::CivilDay day = from; day <= to; ++day) {
      const int minutes = std::min(facts.policy.activity_minutes(), WorkingMinutes(facts, day));
      if (minutes == 0) continue;
      for (const auto& part : activity.staff()) {
        v1::StaffOverload::Load& load = loads[{part.employee(), day}].emplace_back();
        load.set_subject(activity.name());
        load.set_minutes(minutes);
      }
    }
  }
  return loads;
}

std::map<absl::CivilDay, int> TrainingMinutes(const StaffFacts& facts, const std::map<absl::CivilDay, int>& left, absl::CivilDay first,
                                              absl::CivilDay last) {
  std::map<absl::CivilDay, int> kept;
  if (facts.policy.training_minutes_a_week() == 0) return kept;
  for (absl::CivilDay monday = MondayOf(first); monday <= last; monday += 7) {
    int64_t all = 0, inside = 0;
    for (int i = 0; i < 7; ++i) {
      if (WorkingMinutes(facts, monday + i) == 0) continue;
      ++all;
      inside += monday + i >= first && monday + i <= last ? 1 : 0;
    }
    if (all == 0) continue;
    int64_t wanted = facts.policy.training_minutes_a_week() * inside / all;
    for (int i = 6; i >= 0 && wanted > 0; --i) {
      const auto found = left.find(monday + i);
      if (monday + i < first || monday + i > last || found == left.end() || WorkingMinutes(facts, monday + i) == 0) continue;
      const int minutes = static_cast<int>(std::clamp<int64_t>(wanted, 0, std::max(0, found->second)));
      if (minutes > 0) kept[monday + i] = minutes;
      wanted -= minutes;
    }
  }
  return kept;
}

std::vector<StaffPlan::Missing> MissingOf(const StaffFacts& facts, const StaffDemand& demand, const std::vector<DemandDay>& days,
                                          const Employee& employee, const std::map<absl::CivilDay, int>& left) {
  static const auto& none = *new std::vector<Certificate>;
  const auto certificates = facts.certificates.find(employee.name());
  const std::set<std::string> courses = CoursesOf(facts, demand);
  const bool engaged = std::find(demand.engaged().begin(), demand.engaged().end(), employee.name()) != demand.engaged().end();
  MissingDays missing;
  for (const DemandDay& wanted : days) {
    for (const std::string& course : courses) {
      if (!CertifiedOn(certificates == facts.certificates.end() ? none : certificates->second, course, wanted.day)) {
        missing.Add(StaffPlan::Missing::KIND_CERTIFICATE, course, wanted.day);
      }
    }
    const std::string position = PositionOn(employee, wanted.day);
    if (position.empty()) {
      missing.Add(StaffPlan::Missing::KIND_EMPLOYMENT, "", wanted.day);
      continue;
    }
    if (position != demand.position()) missing.Add(StaffPlan::Missing::KIND_POSITION, "", wanted.day);
    if (AbsentOn(employee, wanted.day)) {
      missing.Add(StaffPlan::Missing::KIND_ABSENCE, "", wanted.day);
      continue;
    }
    const auto found = left.find(wanted.day);
    const int minutes = found == left.end() || engaged ? 0 : std::max(0, found->second);
    if (minutes < wanted.minutes) missing.Add(StaffPlan::Missing::KIND_MINUTES, "", wanted.day, wanted.minutes - minutes);
  }
  return missing.all();
}

int64_t CostOf(const StaffFacts& facts, const Employee& employee, absl::CivilDay day, int minutes) {
  if (facts.policy.rates().empty()) return 0;
  const std::string position = PositionOn(employee, day), department = DepartmentOn(employee, day);
  int64_t of_position = 0;
  for (const v1::StaffPolicy::Rate& rate : facts.policy.rates()) {
    if (rate.position() != position) continue;
    if (rate.department() == department) return rate.hour_cost_minor() * minutes / 60;
    if (rate.department().empty()) of_position = rate.hour_cost_minor();
  }
  return of_position * minutes / 60;
}

}  // namespace heitie::resource
