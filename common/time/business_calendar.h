// When people work: weekly windows in a time zone, holidays, make-up workdays 調休 and closures, in versions. Pure arithmetic: whoever has
// the calendar computes without asking anybody.
//
//   ASSIGN_OR_RETURN(const BusinessCalendar calendar, BusinessCalendar::Make({{absl::InfinitePast(), rules}}));
//   absl::Duration consumed = calendar.Working(opened, now);
//   absl::StatusOr<absl::Time> due = calendar.After(opened, absl::Hours(4));
//
// A window belongs to the day on which it starts: a holiday removes what starts on it, and the night shift of the evening before works to
// its end. Windows that overlap or adjoin count once. A wall time means the first instant at which the clock shows that time or a later
// one: the first of two in a repeated hour, the end of a gap. Each moment is judged by the version in force at that moment.
//
// Everything is exact to the microsecond. Calendars know the years 1900 to 2399; outside of them nobody works. Queries cost the logarithm
// of the number of exceptions and do not grow with the distance. Make costs the windows of all days that differ from their week, the days
// around the changes of the clocks among them: 1 to 10 ms for what people write, 0.6 s for the most that CheckRules takes (50 windows a day
// in New York, 4,000 special days and as many closures).
#ifndef HEITIE_COMMON_TIME_BUSINESS_CALENDAR_H_
#define HEITIE_COMMON_TIME_BUSINESS_CALENDAR_H_

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace heitie::time {

// Open from `open` to `close`, both in whole seconds on the clock from the midnight with which the day begins.
struct OpenWindow {
  absl::Duration open;   // from 0 to below 24 h
  absl::Duration close;  // after `open`, at most 24 h later
};

struct CalendarRules {
  absl::TimeZone zone;
  std::array<std::vector<OpenWindow>, 7> week;  // by absl::Weekday: Monday first
  std::vector<absl::CivilDay> holidays;
  // Days with windows of their own, whatever the week says.
  struct SpecialDay {
    absl::CivilDay day;
    std::vector<OpenWindow> windows;
  };
  std::vector<SpecialDay> special_days;
  // Between two instants nobody works, whatever else is said.
  struct Closure {
    absl::Time begin, end;
  };
  std::vector<Closure> closures;
};

// Immutable and thread-safe; copies share their tables.
class BusinessCalendar {
 public:
  struct Version {
    absl::Time valid_from;  // of the first one: for all time before as well
    CalendarRules rules;
  };
  // Versions in ascending order of `valid_from`. INVALID_ARGUMENT when there is none or their order is wrong. What a version says has been
  // checked before.
  static absl::StatusOr<BusinessCalendar> Make(const std::vector<Version>& versions);

  // Working time in [from, to); negative when `to` is the earlier.
  absl::Duration Working(absl::Time from, absl::Time to) const;
  // The earliest instant D with Working(from, D) = amount, which may be the end of a window; `from` itself for nothing. OUT_OF_RANGE when
  // so much is not worked before the year 2400. `amount` is not negative.
  absl::StatusOr<absl::Time> After(absl::Time from, absl::Duration amount) const;

  // Whether a window starts on the day and some of it is left by closures.
  bool IsWorkingDay(absl::CivilDay day) const;
  // Working days in [from, to); negative when `to` is the earlier.
  int64_t WorkingDaysBetween(absl::CivilDay from, absl::CivilDay to) const;
  // The n-th working day before the day (n < 0) or after it (n > 0), and for 0 the day itself. OUT_OF_RANGE when there are not so many.
  absl::StatusOr<absl::CivilDay> WorkingDayFrom(absl::CivilDay day, int64_t n) const;

  // When the day opens: the first instant of the windows that start on it that closures have left. NOT_FOUND when nobody works that day.
  absl::StatusOr<absl::Time> OpeningOf(absl::CivilDay day) const;
  // When its last window closes, which may be on a later day: the end of what closures have left of the windows that start on it, whatever
  // adjoins. NOT_FOUND when nobody works that day.
  absl::StatusOr<absl::Time> ClosingOf(absl::CivilDay day) const;
  // The first instant at which the clock shows this time after the day's midnight (from 0 to 24 h) or a later one, by the version in force
  // then.
  absl::Time At(absl::CivilDay day, absl::Duration time_of_day) const;

  // A stretch of working time without a gap, judged by one version.
  struct Interval {
    absl::Time begin, end;
    size_t version;  // counted from 0
  };
  // What is open in [from, to), the first `limit` stretches of it.
  std::vector<Interval> Open(absl::Time from, absl::Time to, size_t limit) const;
  // The version in force at a moment.
  size_t VersionAt(absl::Time time) const;
  // The midnight with which a day begins, on the clock of the version in force then.
  absl::Time StartOf(absl::CivilDay day) const;

 private:
  struct Tables;
  explicit BusinessCalendar(std::shared_ptr<const Tables> tables) : tables_(std::move(tables)) {}
  std::shared_ptr<const Tables> tables_;
};

}  // namespace heitie::time

#endif  // HEITIE_COMMON_TIME_BUSINESS_CALENDAR_H_
