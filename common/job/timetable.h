// When jobs recur that keep to people's working hours.
#ifndef HEITIE_COMMON_JOB_TIMETABLE_H_
#define HEITIE_COMMON_JOB_TIMETABLE_H_

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace heitie::time {
class BusinessCalendar;
}

namespace heitie::job {

// Where the calendar of a recurring job comes from. Asked often and from many threads, so it answers at once, from memory; an error
// (CALENDAR_UNKNOWN) while there is none yet.
using CalendarSource = std::function<absl::StatusOr<std::shared_ptr<const time::BusinessCalendar>>()>;

// A rule by which runs follow each other on a business calendar. Pure: it depends on nothing but its arguments.
class Timetable {
 public:
  // On each working day, so long after it opens (below 24 h, also where it has closed again by then).
  static Timetable Opening(absl::Duration after = absl::ZeroDuration());
  // On each working day, when the clock of the calendar's zone first shows this time after midnight (below 24 h) or a later one, whether
  // it is open then or not.
  static Timetable WallTime(absl::Duration time_of_day);
  // Each time so much has been worked since the run before, at least a minute. The end of a window can be due.
  static Timetable WorkingTime(absl::Duration amount);

  // The first run after `last`. OUT_OF_RANGE when there is none before the year 2400.
  absl::StatusOr<absl::Time> Next(const time::BusinessCalendar& calendar, absl::Time last) const;
  // Given that the run at `now` was counted from `last`: the instant from which the next run is counted. One run makes up for all missed
  // ones, and working time keeps its rhythm.
  absl::StatusOr<absl::Time> Anchor(const time::BusinessCalendar& calendar, absl::Time last, absl::Time now) const;

 private:
  enum class Kind { kOpening, kWallTime, kWorkingTime };
  Timetable(Kind kind, absl::Duration duration) : kind_(kind), duration_(duration) {}

  const Kind kind_;
  const absl::Duration duration_;
};

}  // namespace heitie::job

#endif  // HEITIE_COMMON_JOB_TIMETABLE_H_
