// Which time a question is about, and what it is compared with. Calendar units are those of the business time zone: a day has 23, 24 or 25
// hours there. Pure functions; no database.
#ifndef HEITIE_SERVICES_METRICS_ANALYSIS_PERIOD_H_
#define HEITIE_SERVICES_METRICS_ANALYSIS_PERIOD_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/metrics/engine/snapshot.h"

namespace heitie::metrics::analysis {

// From the start to before the end.
struct Window {
  absl::Time start, end;
};
bool operator==(const Window& a, const Window& b);

enum class Granularity : uint8_t { kFiveMinutes, kHour, kDay, kWeek, kMonth, kQuarter, kYear };

struct Calendar {
  absl::TimeZone zone;
  absl::Weekday week_start = absl::Weekday::monday;
};

// Microseconds since 1970, rounded up: an instant of whole microseconds is before `time` exactly when it is before this.
int64_t MicrosOf(absl::Time time);

absl::CivilDay DayOf(absl::Time time, const Calendar& calendar);
// The first instant of the day; where midnight is skipped, the first one after.
absl::Time StartOf(absl::CivilDay day, const Calendar& calendar);
Window WindowOf(Days days, const Calendar& calendar);
// The days of a window that begins and ends with days.
std::optional<Days> WholeDays(const Window& window, const Calendar& calendar);
// The days that a window touches, which is not empty.
Days DaysOf(const Window& window, const Calendar& calendar);

// The day with which the unit that holds `day` begins, and that of the unit after it; of units of a day and longer.
absl::CivilDay UnitStart(absl::CivilDay day, Granularity unit, const Calendar& calendar);
absl::CivilDay NextUnit(absl::CivilDay start, Granularity unit);
// The day that many months later, or earlier: of a month that is too short its last.
absl::CivilDay AddMonths(absl::CivilDay day, int months);

// The last `count` whole units, of a day or longer, that had ended by `closed_until`.
Window LastClosed(int count, Granularity unit, absl::Time closed_until, const Calendar& calendar);

// The units of the granularity that the window touches, cut to it; no more than `limit`. Hours and five minutes are counted from the start
// of each day, so that a day of 23 hours has 23 of them, and in zones that shift by half an hour the last one of such a day is shorter.
std::vector<Window> Intervals(const Window& window, Granularity granularity, const Calendar& calendar, size_t limit);

enum class Comparison : uint8_t {
  kSameLengthBefore,  // ends where the window begins; as many days when it is of whole days, else as many seconds
  kSameWeekdays,      // the fewest whole weeks earlier that do not overlap
  kLastMonth,         // up to the same day of the month: the 31st to the last one
  kLastYear,          // 29 February to 28
};
// The window that this one is compared with. Of a window that is still open at `closed_until` only what has elapsed is compared: with the
// same part.
Window Compared(const Window& window, Comparison comparison, absl::Time closed_until, const Calendar& calendar);

// In which of some intervals, that follow one another without gaps, an instant lies. Not thread-safe.
class IntervalIndex {
 public:
  explicit IntervalIndex(const std::vector<Window>& intervals);
  // -1 when in none. Instants that grow are found in O(1), others in O(log n).
  int Find(int64_t micros);

 private:
  std::vector<int64_t> bounds_;
  size_t last_ = 0;
};

}  // namespace heitie::metrics::analysis

#endif  // HEITIE_SERVICES_METRICS_ANALYSIS_PERIOD_H_
