#include "services/planning/feed/calendar_import.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::MeetingSchedule;
using v1::MeetingSeries;

const status::Reason kImportKind{StatusCode::kInvalidArgument, "IMPORT_KIND",
                                 "What recurs in a file is a meeting of a team or of departments.",
                                 "檔案中重複的活動須為團隊或跨部門會議。"};
const status::Reason kCalendarKnown{StatusCode::kInvalidArgument, "CALENDAR_KNOWN", "It was taken over before, as {series}.",
                                    "先前已納入為 {series}。"};
const status::Reason kCalendarMoveLater{StatusCode::kInvalidArgument, "CALENDAR_MOVE_LATER",
                                        "The meeting of {date} is not planned yet: move it then.", "{date} 的會議尚未排定，請屆時改期。"};

namespace {

constexpr char kMovedInFile[] = "As in the calendar file";

bool IsKindOfFile(MeetingSeries::Kind kind) {
  return kind == MeetingSeries::KIND_UNSPECIFIED || kind == MeetingSeries::KIND_TEAM_WEEKLY || kind == MeetingSeries::KIND_TEAM_MONTHLY ||
         kind == MeetingSeries::KIND_CROSS_DEPARTMENT;
}

MeetingSeries SeriesOf(const v1::ImportCalendarRequest& request, const SeriesInFile& read, absl::Time now) {
  MeetingSeries series;
  series.set_name(absl::StrCat("meetingSeries/", record::NewId(now)));
  series.set_title(read.title);
  series.set_place(read.place);
  series.set_chair(request.chair());
  series.set_secretary(request.secretary());
  *series.mutable_departments() = request.departments();
  series.set_calendar(request.calendar());
  const bool single = read.schedule.rule().empty();
  series.set_kind(single                                              ? MeetingSeries::KIND_SINGLE
                  : request.kind() == MeetingSeries::KIND_UNSPECIFIED ? MeetingSeries::KIND_TEAM_WEEKLY
                                                                      : request.kind());
  *series.mutable_schedule() = read.schedule;
  series.mutable_schedule()->set_day_off_policy(request.day_off_policy() == MeetingSchedule::DAY_OFF_POLICY_UNSPECIFIED
                                                    ? MeetingSchedule::DAY_OFF_POLICY_SKIP
                                                    : request.day_off_policy());
  return series;
}

}  // namespace

absl::StatusOr<std::string> CalendarImports::KnownAs(sql::Session& session, const std::string& uid, const std::string& series) {
  // Two who take the same over at once: the second waits here for the first one's commit.
  ASSIGN_OR_RETURN(const int64_t first,
                   session.Execute("INSERT IGNORE INTO calendar_imports (uid, series) VALUES (?, ?)", sql::Bind(uid, series)));
  std::string known;
  const auto keep = [&](const sql::Row& row) { known = row.Text(0); };
  // Also a series that was made here, whose feed comes back.
  RETURN_IF_ERROR(session.Query("SELECT name FROM meeting_series WHERE calendar_uid = ? ORDER BY name LIMIT 1", sql::Bind(uid), keep));
  if (first > 0 || !known.empty()) return known;
  RETURN_IF_ERROR(session.Query("SELECT series FROM calendar_imports WHERE uid = ?", sql::Bind(uid), keep));
  return known;
}

absl::StatusOr<v1::ImportCalendarResponse> CalendarImports::Import(record::Transaction& tx, const v1::ImportCalendarRequest& request) {
  status::BadFields bad;
  if (!IsKindOfFile(request.kind())) bad.Add("kind", kImportKind);
  RETURN_IF_ERROR(bad.status());
  const absl::CivilDay today = absl::ToCivilDay(tx.call.now, tables_.planning.zone);
  const CalendarRead read = ReadCalendar(request.data(), tables_.planning.zone.name(), today, tx.call.language);
  v1::ImportCalendarResponse response;
  response.mutable_findings()->Assign(read.findings.begin(), read.findings.end());
  if (read.Blocks()) return response;
  for (const SeriesInFile& one : read.series) {
    MeetingSeries series = SeriesOf(request, one, tx.call.now);
    ASSIGN_OR_RETURN(const std::string known, KnownAs(tx.sql, one.uid, series.name()));
    if (!known.empty()) {
      *response.add_findings() = CalendarFindingOf(one.uid, kCalendarKnown, {{"series", known}}, tx.call.language, false);
      continue;
    }
    RETURN_IF_ERROR(series_.TakeOver(tx, series, one.uid));
    RETURN_IF_ERROR(Move(tx, series, one, response));
    response.add_meeting_series(series.name());
  }
  return response;
}

absl::Status CalendarImports::Move(record::Transaction& tx, const MeetingSeries& series, const SeriesInFile& read,
                                   v1::ImportCalendarResponse& response) {
  ASSIGN_OR_RETURN(const std::vector<v1::Meeting> meetings, tables_.meetings.Children(tx.sql, series.name()));
  for (const MovedInFile& moved : read.moved) {
    const auto found = std::find_if(meetings.begin(), meetings.end(),
                                    [&](const v1::Meeting& meeting) { return time::ToDay(meeting.rule_date()) == moved.rule_date; });
    if (found == meetings.end() || moved.start < tx.call.now) {
      *response.add_findings() =
          CalendarFindingOf(read.uid, kCalendarMoveLater, {{"date", time::DayText(moved.rule_date)}}, tx.call.language, false);
      continue;
    }
    v1::MoveMeetingRequest request;
    request.set_name(found->name());
    *request.mutable_start_time() = time::ToTimestamp(moved.start);
    request.set_duration_minutes(moved.minutes);
    request.set_place(moved.place);
    request.set_reason(kMovedInFile);
    RETURN_IF_ERROR(meetings_.Move(tx, request).status());
  }
  return absl::OkStatus();
}

void CalendarImports::Bind(record::Methods& methods) { methods.Bind("ImportCalendar", this, &CalendarImports::Import); }

}  // namespace heitie::planning
