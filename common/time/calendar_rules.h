// Business calendars as contracts tell them, and calendars that are made once and used often.
#ifndef HEITIE_COMMON_TIME_CALENDAR_RULES_H_
#define HEITIE_COMMON_TIME_CALENDAR_RULES_H_

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/status/status.h"
#include "common/time/business_calendar.h"
#include "heitie/type/v1/business_calendar.pb.h"

namespace heitie::time {

extern const status::Reason kDuplicateDay;       // {day}
extern const status::Reason kNeverOpen;          // no weekly window of positive length
extern const status::Reason kWindowEmpty;        // {open} {close}
extern const status::Reason kWindowTooLong;      // {open} {close}
extern const status::Reason kTooManyWindows;     // {count} {max}: on one day of the week, over all entries that name it
extern const status::Reason kClosureReversed;    // a closure ends when it begins or before
extern const status::Reason kDayBeyondCalendar;  // {day}: after the year 2399

// Everything that is wrong with the calendar, each by its path below `path`: UNKNOWN_TIME_ZONE, DUPLICATE_DAY, NEVER_OPEN, WINDOW_EMPTY,
// WINDOW_TOO_LONG, TOO_MANY_WINDOWS (at the entry with which they are too many), CLOSURE_REVERSED, DAY_BEYOND_CALENDAR, and BAD_VALUE for
// what the door refuses before (texts that are no wall times, days that are no dates).
void CheckRules(const type::v1::BusinessCalendar& calendar, const std::string& path, status::BadFields& bad);

// The rules of a calendar in which nothing is wrong. UNKNOWN_TIME_ZONE where the database of zones has changed since they were checked, or
// is another machine's.
absl::StatusOr<CalendarRules> RulesOf(const type::v1::BusinessCalendar& calendar);

// A calendar and the names of its versions, in the order in which they came into force.
struct NamedCalendar {
  BusinessCalendar arithmetic;
  std::vector<std::string> versions;
};

// Calendars by what they were made of, so that only a new version costs the making of one. Keeps at most kMost of them.
// Thread-safe.
class CalendarCache {
 public:
  static constexpr size_t kMost = 256;

  // The calendar of this name with this content: the cached one, or a new one from `make`. `content` identifies all versions, for example
  // by their names and etags.
  absl::StatusOr<std::shared_ptr<const NamedCalendar>> Get(const std::string& name, const std::string& content,
                                                           const std::function<absl::StatusOr<NamedCalendar>()>& make);

 private:
  struct Entry {
    std::string content;
    std::shared_ptr<const NamedCalendar> calendar;
  };
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;  // guarded by mutex_
};

}  // namespace heitie::time

#endif  // HEITIE_COMMON_TIME_CALENDAR_RULES_H_
