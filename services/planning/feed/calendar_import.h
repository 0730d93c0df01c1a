// Meetings of other calendars, taken over from a file (policy C1).
#ifndef HEITIE_SERVICES_PLANNING_FEED_CALENDAR_IMPORT_H_
#define HEITIE_SERVICES_PLANNING_FEED_CALENDAR_IMPORT_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "heitie/planning/v1/calendar_import.pb.h"
#include "services/planning/feed/calendar_reading.h"
#include "services/planning/meeting/meeting.h"
#include "services/planning/meeting/meeting_series.h"

namespace heitie::planning {

extern const status::Reason kImportKind;
extern const status::Reason kCalendarKnown;      // {series}
extern const status::Reason kCalendarMoveLater;  // {date}

// Thread-safe.
class CalendarImports {
 public:
  CalendarImports(MeetingTables& tables, SeriesOfMeetings& series, MeetingsHeld& meetings)
      : tables_(tables), series_(series), meetings_(meetings) {}
  CalendarImports(const CalendarImports&) = delete;
  void Bind(record::Methods& methods);

 private:
  absl::StatusOr<v1::ImportCalendarResponse> Import(record::Transaction& tx, const v1::ImportCalendarRequest& request);
  // The series that an event was taken over as, or came from; empty: it is `series` from now on.
  absl::StatusOr<std::string> KnownAs(sql::Session& session, const std::string& uid, const std::string& series);
  // Moves the instances that the file moves, as far as their meetings are there.
  absl::Status Move(record::Transaction& tx, const v1::MeetingSeries& series, const SeriesInFile& read,
                    v1::ImportCalendarResponse& response);

  MeetingTables& tables_;
  SeriesOfMeetings& series_;
  MeetingsHeld& meetings_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_FEED_CALENDAR_IMPORT_H_
