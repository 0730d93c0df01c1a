#include "services/metrics/quality/recurrence.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/time/civil_time.h"
#include "common/status/macros.h"

namespace heitie::metrics {

const status::Reason kBadRecurrence{absl::StatusCode::kInvalidArgument, "BAD_RECURRENCE", "It cannot recur so: {why}.",
                                    "無法依此重複：{why}。"};

namespace {

using v1::Recurrence;

constexpr int kRecurrenceDays = 731;
constexpr int kLeastMinutes = 5;
const status::Phrase kOfMinutesOnly{"PATTERN_MINUTES, and no other pattern, has minutes, 5 to 720",
                                    "PATTERN_MINUTES 須設定 5 至 720 分鐘，其他模式不可設定"};
const status::Phrase kOfWeekOnly{"PATTERN_WEEK, and no other pattern, has a day of the week", "PATTERN_WEEK 須設定星期，其他模式不可設定"};
const status::Phrase kOfMonthOnly{"PATTERN_MONTH, and no other pattern, has a working day of the month",
                                  "PATTERN_MONTH 須設定第幾個工作日，其他模式不可設定"};
const status::Phrase kOfDaysOnly{"every pattern but PATTERN_MINUTES has a time of day", "除 PATTERN_MINUTES 外皆須設定時刻"};

// google.type.DayOfWeek counts from Monday, as absl::Weekday does.
bool IsWeekday(const Recurrence& recurrence, absl::CivilDay day) {
  return static_cast<int>(absl::GetWeekday(day)) == static_cast<int>(recurrence.day_of_week()) - 1;
}

bool IsInWeek(const Recurrence& recurrence, const time::BusinessCalendar& calendar, absl::CivilDay day) {
  if (!recurrence.on_working_day()) return IsWeekday(recurrence, day);
  if (!calendar.IsWorkingDay(day)) return false;
  // The day itself, or one that has given way to it since the working day before.
  for (absl::CivilDay given = day; given == day || !calendar.IsWorkingDay(given); --given) {
    if (IsWeekday(recurrence, given)) return true;
    if (day - given > kRecurrenceDays) return false;
  }
  return false;
}

bool IsInMonth(const Recurrence& recurrence, const time::BusinessCalendar& calendar, absl::CivilDay day) {
  if (!calendar.IsWorkingDay(day)) return false;
  const absl::CivilMonth month(day);
  const absl::CivilDay first(month), next(month + 1);
  const int64_t all = calendar.WorkingDaysBetween(first, next);
  const int64_t nth = calendar.WorkingDaysBetween(first, day) + 1;
  const int64_t wanted = recurrence.nth_working_day();
  return nth == (wanted > 0 ? std::min(wanted, all) : std::max<int64_t>(1, all + 1 + wanted));
}

bool FallsOn(const Recurrence& recurrence, const time::BusinessCalendar& calendar, absl::CivilDay day) {
  switch (recurrence.pattern()) {
    case Recurrence::PATTERN_DAY:
      return true;
    case Recurrence::PATTERN_WORKING_DAY:
      return calendar.IsWorkingDay(day);
    case Recurrence::PATTERN_WEEK:
      return IsInWeek(recurrence, calendar, day);
    case Recurrence::PATTERN_MONTH:
      return IsInMonth(recurrence, calendar, day);
    default:
      return false;
  }
}

// "09:30", whose form the contract has checked.
absl::Duration TimeOfDay(const std::string& text) {
  int hours = 0, minutes = 0;
  if (text.size() < 5 || !absl::SimpleAtoi(text.substr(0, 2), &hours) || !absl::SimpleAtoi(text.substr(3, 2), &minutes)) return {};
  return absl::Hours(hours) + absl::Minutes(minutes);
}

}  // namespace

void CheckRecurrence(const Recurrence& recurrence, const std::string& path, status::BadFields& bad) {
  const bool minutes = recurrence.pattern() == Recurrence::PATTERN_MINUTES;
  if (minutes ? recurrence.minutes() < kLeastMinutes : recurrence.minutes() != 0) {
    bad.Add(path + ".minutes", kBadRecurrence, {{"why", kOfMinutesOnly}});
  }
  const bool week = recurrence.pattern() == Recurrence::PATTERN_WEEK;
  if (week != (recurrence.day_of_week() != google::type::DAY_OF_WEEK_UNSPECIFIED)) {
    bad.Add(path + ".day_of_week", kBadRecurrence, {{"why", kOfWeekOnly}});
  }
  if (!week && recurrence.on_working_day()) bad.Add(path + ".on_working_day", kBadRecurrence, {{"why", kOfWeekOnly}});
  if ((recurrence.pattern() == Recurrence::PATTERN_MONTH) != (recurrence.nth_working_day() != 0)) {
    bad.Add(path + ".nth_working_day", kBadRecurrence, {{"why", kOfMonthOnly}});
  }
  if (minutes != recurrence.time_of_day().empty()) bad.Add(path + ".time_of_day", kBadRecurrence, {{"why", kOfDaysOnly}});
}

absl::StatusOr<absl::Time> NextOccurrence(const Recurrence& recurrence, const time::BusinessCalendar& calendar, absl::TimeZone zone,
                                          absl::Time after) {
  const absl::CivilDay today = absl::ToCivilDay(after, zone);
  if (recurrence.pattern() == Recurrence::PATTERN_MINUTES) {
    const absl::Time midnight = calendar.StartOf(today);
    const absl::Duration step = absl::Minutes(std::max(recurrence.minutes(), kLeastMinutes));
    return std::min(midnight + step * (absl::Floor(after - midnight, step) / step + 1), calendar.StartOf(today + 1));
  }
  const absl::Duration time_of_day = TimeOfDay(recurrence.time_of_day());
  // A time of yesterday may lie after today's midnight where clocks are set back.
  for (absl::CivilDay day = today - 1; day <= today + kRecurrenceDays; ++day) {
    if (!FallsOn(recurrence, calendar, day)) continue;
    const absl::Time time = calendar.At(day, time_of_day);
    if (time > after) return time;
  }
  return absl::OutOfRangeError("nothing recurs in the next two years");
}

}  // namespace heitie::metrics
