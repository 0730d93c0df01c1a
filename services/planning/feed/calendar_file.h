// Meetings as a file that calendars read (RFC 5545), written by libical. Pure functions.
#ifndef HEITIE_SERVICES_PLANNING_FEED_CALENDAR_FILE_H_
#define HEITIE_SERVICES_PLANNING_FEED_CALENDAR_FILE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "heitie/planning/v1/meeting.pb.h"
#include "heitie/planning/v1/meeting_series.pb.h"

namespace heitie::planning {

// What files that are written here call their program (PRODID).
inline constexpr char kCalendarProducer[] = "-//Heitie//Operations//EN";

struct SeriesInCalendar {
  v1::MeetingSeries series;
  std::vector<v1::Meeting> meetings;  // all of the series, whatever became of them
  // From this day on it meets no more; nothing while it is active.
  std::optional<absl::CivilDay> ended;
};

// The rule of a schedule as calendars follow it from its first day on: an UNTIL that is a day becomes the instant at which it ends on the
// clock of the schedule, and `last`, if there is one, is the last day on which it may meet. Empty: it meets once.
std::string RuleInCalendar(const v1::MeetingSchedule& schedule, std::optional<absl::CivilDay> last);

// A calendar: each schedule of a series, the present one and those before, is one event that recurs, under its own UID; rule dates on which
// it does not meet are left out (EXDATE), and meetings that are at another time or place stand beside it (RECURRENCE-ID).
std::string CalendarFileOf(const std::string& title, const std::vector<SeriesInCalendar>& all);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_FEED_CALENDAR_FILE_H_
