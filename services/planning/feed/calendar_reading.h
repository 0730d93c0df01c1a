// What a calendar file (RFC 5545) says of meetings, read by libical. Pure functions; a hostile file costs no more than its size.
#ifndef HEITIE_SERVICES_PLANNING_FEED_CALENDAR_READING_H_
#define HEITIE_SERVICES_PLANNING_FEED_CALENDAR_READING_H_

#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/status/reason.h"
#include "heitie/planning/v1/calendar_import.pb.h"
#include "heitie/planning/v1/meeting_series.pb.h"

namespace heitie::planning {

extern const status::Reason kCalendarUnreadable;  // {what}
extern const status::Reason kCalendarTooLarge;    // {what}
extern const status::Reason kCalendarNoUid;
extern const status::Reason kCalendarWholeDay;
extern const status::Reason kCalendarZoneUnknown;  // {zone}
extern const status::Reason kCalendarLength;
extern const status::Reason kCalendarPartLeft;  // {part}
extern const status::Reason kCalendarOver;
extern const status::Reason kCalendarCancelled;
extern const status::Reason kCalendarOfNoSeries;

// An instance that is at another time or place than its rule says.
struct MovedInFile {
  absl::CivilDay rule_date;
  absl::Time start;
  int minutes = 0;
  std::string place;
  int64_t sequence = 0;
};

// An instance that is cancelled by itself.
struct CancelledInFile {
  absl::CivilDay rule_date;
  int64_t sequence = 0;
};

// What a file says of an event: of all of it, or of single instances only (`whole`).
struct SeriesInFile {
  std::string uid, title, place;
  // From its first instance on or after the day of the import, without a policy for days off. Without a rule it meets once.
  v1::MeetingSchedule schedule;
  std::vector<MovedInFile> moved;
  std::vector<CancelledInFile> cancelled;
  // Which version of the event it is (SEQUENCE).
  int64_t sequence = 0;
  bool whole = true;
};

// An event that meets no more, for it is over or cancelled.
struct EndedInFile {
  std::string uid;
  int64_t sequence = 0;
};

struct CalendarRead {
  std::vector<SeriesInFile> series;
  // Instances of events that are not in the file, by event, each with a finding that says so.
  std::vector<SeriesInFile> lone;
  std::vector<EndedInFile> ended;
  // Whether this service wrote the file.
  bool own = false;
  std::vector<v1::CalendarFinding> findings;

  bool Blocks() const;
};

v1::CalendarFinding CalendarFindingOf(const std::string& uid, const status::Reason& reason, const status::Args& args,
                                      status::Language language, bool blocking);

// `zone` is that of clocks that name none; what was over before `today` is left.
CalendarRead ReadCalendar(const std::string& data, const std::string& zone, absl::CivilDay today, status::Language language);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_FEED_CALENDAR_READING_H_
