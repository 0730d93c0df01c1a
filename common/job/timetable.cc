#include "common/job/timetable.h"

#include <algorithm>

#include "common/status/macros.h"
#include "common/time/business_calendar.h"

namespace heitie::job {
namespace {

// The run of a day begins at most so many days before it, by UTC, and ends at most so many after: windows of two days, zones, a day's
// delay.
constexpr int kDaysAround = 4;

}  // namespace

Timetable Timetable::Opening(absl::Duration after) { return {Kind::kOpening, after}; }
Timetable Timetable::WallTime(absl::Duration time_of_day) { return {Kind::kWallTime, time_of_day}; }
Timetable Timetable::WorkingTime(absl::Duration amount) { return {Kind::kWorkingTime, std::max(amount, absl::Minutes(1))}; }

absl::StatusOr<absl::Time> Timetable::Next(const time::BusinessCalendar& calendar, absl::Time last) const {
  if (kind_ == Kind::kWorkingTime) return calendar.After(last, duration_);
  absl::Time next = absl::InfiniteFuture();
  absl::CivilDay end = absl::CivilDay::max();
  absl::StatusOr<absl::CivilDay> day = absl::ToCivilDay(last, absl::UTCTimeZone()) - kDaysAround;
  // Where a new version has another zone, the runs of two days may be in the other order.
  while ((day = calendar.WorkingDayFrom(*day, 1)).ok() && *day <= end) {
    absl::Time run = calendar.At(*day, duration_);
    if (kind_ == Kind::kOpening) {
      ASSIGN_OR_RETURN(const absl::Time opening, calendar.OpeningOf(*day));
      run = opening + duration_;
    }
    if (run <= last) continue;
    if (next == absl::InfiniteFuture()) end = *day + kDaysAround;
    next = std::min(next, run);
  }
  if (next == absl::InfiniteFuture()) return day.status();
  return next;
}

absl::StatusOr<absl::Time> Timetable::Anchor(const time::BusinessCalendar& calendar, absl::Time last, absl::Time now) const {
  if (kind_ != Kind::kWorkingTime) return now;
  const absl::Duration worked = calendar.Working(last, now);
  return calendar.After(last, worked - worked % duration_);
}

}  // namespace heitie::job
