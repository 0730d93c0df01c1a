// Meetings of other calendars, taken over from a file (policy C1).
#ifndef HEITIE_SERVICES_PLANNING_FEED_CALENDAR_IMPORT_H_
#define HEITIE_SERVICES_PLANNING_FEED_CALENDAR_IMPORT_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/record/methods.h"
#include "heitie/planning/v1/calendar_import.pb.h"
#include "services/planning/feed/calendar_reading.h"
#include "services/planning/meeting/meeting.h"
#include "services/planning/meeting/meeting_series.h"

namespace heitie::planning {

extern const status::Reason kImportKind;
extern const status::Reason kCalendarKnown;        // {series}
extern const status::Reason kCalendarOlder;        // {series}
extern const status::Reason kCalendarChangedHere;  // {series}
extern const status::Reason kCalendarMoveLater;    // {date}

// What is known here of an event of another calendar.
struct KnownEvent {
  // The series that it was taken over as, or that came from here; empty: none.
  std::string series;
  // Whether it was taken over, and which version of it and of its single instances.
  bool taken = false;
  int64_t sequence = 0;
  std::map<absl::CivilDay, int64_t> instances;

  // Of what a file says of single instances that which is new.
  SeriesInFile NewOf(const SeriesInFile& read) const;
};

// Thread-safe.
class CalendarImports {
 public:
  CalendarImports(MeetingTables& tables, SeriesOfMeetings& series, MeetingsHeld& meetings)
      : tables_(tables), series_(series), meetings_(meetings) {}
  CalendarImports(const CalendarImports&) = delete;
  void Bind(record::Methods& methods);

 private:
  absl::StatusOr<v1::ImportCalendarResponse> Import(record::Transaction& tx, const v1::ImportCalendarRequest& request);
  absl::StatusOr<KnownEvent> Known(sql::Session& session, const std::string& uid) const;
  // That this version of an event is what its series follows.
  absl::Status Keep(record::Transaction& tx, const SeriesInFile& read, const std::string& series) const;

  absl::Status Take(record::Transaction& tx, const v1::ImportCalendarRequest& request, const SeriesInFile& read,
                    v1::ImportCalendarResponse& response);
  // Has the series of a known event follow what is newer in a file.
  absl::Status Renew(record::Transaction& tx, const v1::ImportCalendarRequest& request, const KnownEvent& known, const SeriesInFile& read,
                     v1::ImportCalendarResponse& response);
  absl::Status End(record::Transaction& tx, const EndedInFile& ended, v1::ImportCalendarResponse& response);
  // Lets instances follow the series again: those that only the file had changed, and changes otherwise now, and those that it cancels.
  absl::Status Release(record::Transaction& tx, const v1::MeetingSeries& series, const SeriesInFile& read) const;
  // Moves the instances that the file moves, as far as their meetings are there.
  absl::Status Move(record::Transaction& tx, const v1::MeetingSeries& series, SeriesInFile& read, v1::ImportCalendarResponse& response);

  MeetingTables& tables_;
  SeriesOfMeetings& series_;
  MeetingsHeld& meetings_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_FEED_CALENDAR_IMPORT_H_
