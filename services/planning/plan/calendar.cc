#include "services/planning/plan/calendar.h"

#include <algorithm>
#include <set>

#include "common/time/day.h"
#include "heitie/planning/v1/plan_period.pb.h"

namespace heitie::planning {
namespace {

constexpr absl::CivilDay kEpochMonday(1970, 1, 5);

bool IsWeekend(absl::CivilDay day) { return absl::GetWeekday(day) >= absl::Weekday::saturday; }

int64_t CountBefore(const std::vector<absl::CivilDay>& days, absl::CivilDay day) {
  return std::lower_bound(days.begin(), days.end(), day) - days.begin();
}

bool Contains(const std::vector<absl::CivilDay>& days, absl::CivilDay day) { return std::binary_search(days.begin(), days.end(), day); }

std::vector<absl::CivilDay> Days(const google::protobuf::RepeatedPtrField<google::type::Date>& dates) {
  std::vector<absl::CivilDay> days;
  for (const auto& date : dates) days.push_back(time::ToDay(date));
  return days;
}

}  // namespace

WorkCalendar::WorkCalendar(const std::vector<absl::CivilDay>& holidays, const std::vector<absl::CivilDay>& makeup_workdays) {
  const std::set<absl::CivilDay> off(holidays.begin(), holidays.end());
  const std::set<absl::CivilDay> makeup(makeup_workdays.begin(), makeup_workdays.end());
  for (const absl::CivilDay day : off) {
    if (!IsWeekend(day)) days_off_.push_back(day);
  }
  for (const absl::CivilDay day : makeup) {
    if (IsWeekend(day) && off.count(day) == 0) extra_.push_back(day);
  }
}

bool WorkCalendar::IsWorkday(absl::CivilDay day) const { return IsWeekend(day) ? Contains(extra_, day) : !Contains(days_off_, day); }

int64_t WorkCalendar::WorkdaysSinceEpoch(absl::CivilDay day) const {
  const int64_t days = day - kEpochMonday;
  const int64_t weeks = days >= 0 ? days / 7 : (days - 6) / 7;
  return 5 * weeks + std::min<int64_t>(days - 7 * weeks, 5) - CountBefore(days_off_, day) + CountBefore(extra_, day);
}

int64_t WorkCalendar::WorkdaysBetween(absl::CivilDay from, absl::CivilDay to) const {
  return WorkdaysSinceEpoch(to) - WorkdaysSinceEpoch(from);
}

absl::CivilDay WorkCalendar::WorkdayAt(absl::CivilDay from, int64_t offset) const {
  const int64_t wanted = WorkdaysSinceEpoch(from) + offset;
  // Bounds: without exceptions a workday takes at most 7/5 days; every exception moves it by less than a week.
  const int64_t reach = 2 * (offset < 0 ? -offset : offset) + 7 * static_cast<int64_t>(days_off_.size() + extra_.size() + 2);
  int64_t low = offset < 0 ? -reach : 0, high = reach;
  while (low < high) {  // The last day before which `wanted` workdays lie is the workday itself.
    const int64_t middle = low + (high - low + 1) / 2;
    if (WorkdaysSinceEpoch(from + middle) <= wanted) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return from + low;
}

WorkCalendar CalendarOf(const v1::PlanPeriod& period) { return WorkCalendar(Days(period.holidays()), Days(period.makeup_workdays())); }

}  // namespace heitie::planning
