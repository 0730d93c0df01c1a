#include "services/planning/feed/calendar_import.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/planning/meeting/rule.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::Meeting;
using v1::MeetingSchedule;
using v1::MeetingSeries;

const status::Reason kImportKind{StatusCode::kInvalidArgument, "IMPORT_KIND",
                                 "What recurs in a file is a meeting of a team or of departments.",
                                 "檔案中重複的活動須為團隊或跨部門會議。"};
const status::Reason kCalendarKnown{StatusCode::kInvalidArgument, "CALENDAR_KNOWN", "It was taken over before, as {series}.",
                                    "先前已納入為 {series}。"};
const status::Reason kCalendarOlder{StatusCode::kInvalidArgument, "CALENDAR_OLDER", "{series} follows a newer version of it already.",
                                    "{series} 已採用較新的版本。"};
const status::Reason kCalendarChangedHere{StatusCode::kInvalidArgument, "CALENDAR_CHANGED_HERE",
                                          "{name} was changed, held or ended here, and stays as it is.",
                                          "{name} 已在此變更、舉行或結束，維持原狀。"};
const status::Reason kCalendarMoveLater{StatusCode::kInvalidArgument, "CALENDAR_MOVE_LATER",
                                        "The meeting of {date} is not planned yet: move it then.", "{date} 的會議尚未排定，請屆時改期。"};

namespace {

// By this a meeting that a file moved is known from one that somebody here moved later.
constexpr char kMovedInFile[] = "As in the calendar file";

bool IsKindOfFile(MeetingSeries::Kind kind) {
  return kind == MeetingSeries::KIND_UNSPECIFIED || kind == MeetingSeries::KIND_TEAM_WEEKLY || kind == MeetingSeries::KIND_TEAM_MONTHLY ||
         kind == MeetingSeries::KIND_CROSS_DEPARTMENT;
}

MeetingSeries::Kind KindInFile(const v1::ImportCalendarRequest& request, const SeriesInFile& read) {
  if (read.schedule.rule().empty()) return MeetingSeries::KIND_SINGLE;
  return request.kind() == MeetingSeries::KIND_UNSPECIFIED ? MeetingSeries::KIND_TEAM_WEEKLY : request.kind();
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
  series.set_kind(KindInFile(request, read));
  *series.mutable_schedule() = read.schedule;
  series.mutable_schedule()->set_day_off_policy(request.day_off_policy() == MeetingSchedule::DAY_OFF_POLICY_UNSPECIFIED
                                                    ? MeetingSchedule::DAY_OFF_POLICY_SKIP
                                                    : request.day_off_policy());
  return series;
}

// Whether a schedule goes on as it was, so that it still begins where it began, for calendars that read what was.
bool GoesOn(const MeetingSchedule& before, const MeetingSchedule& after) {
  const absl::CivilDay start = time::ToDay(before.start_date()), next = time::ToDay(after.start_date());
  return before.rule() == after.rule() && before.start_clock() == after.start_clock() && before.time_zone() == after.time_zone() &&
         before.rule().find("COUNT=") == std::string::npos && start <= next && !InstancesOf(before.rule(), start, next, next, 1).empty();
}

void PutSkipped(const std::set<absl::CivilDay>& days, MeetingSchedule& schedule) {
  schedule.clear_skipped_dates();
  for (const absl::CivilDay day : days) *schedule.add_skipped_dates() = time::ToDate(day);
}

std::set<absl::CivilDay> SkippedBy(const MeetingSchedule& schedule) {
  std::set<absl::CivilDay> days;
  for (const google::type::Date& date : schedule.skipped_dates()) days.insert(time::ToDay(date));
  return days;
}

// The schedule of a known event, in its newer version.
MeetingSchedule NewerSchedule(const MeetingSchedule& before, const SeriesInFile& read) {
  MeetingSchedule after = read.whole ? read.schedule : before;
  after.set_day_off_policy(before.day_off_policy());
  std::set<absl::CivilDay> skipped = SkippedBy(after);
  if (read.whole && GoesOn(before, after)) {
    for (const absl::CivilDay day : SkippedBy(before)) {
      if (day < time::ToDay(after.start_date())) skipped.insert(day);
    }
    *after.mutable_start_date() = before.start_date();
  }
  for (const CancelledInFile& one : read.cancelled) skipped.insert(one.rule_date);
  for (const MovedInFile& one : read.moved) skipped.erase(one.rule_date);
  PutSkipped(skipped, after);
  return after;
}

bool MayFollow(const Meeting& meeting) {
  return meeting.state() == Meeting::STATE_PLANNED || meeting.state() == Meeting::STATE_AGENDA_PUBLISHED;
}

// An instance that is moved to no place of its own is where the whole event is.
bool IsAsMoved(const Meeting& meeting, const MovedInFile& moved, const SeriesInFile& read) {
  const absl::Time start = time::ToTime(meeting.start_time());
  const bool there = moved.place.empty() ? !read.whole || meeting.place() == read.place : meeting.place() == moved.place;
  return there && start == moved.start && time::ToTime(meeting.end_time()) - start == absl::Minutes(moved.minutes);
}

bool MovedHere(const Meeting& meeting) { return meeting.changed_by_hand() && meeting.state_reason() != kMovedInFile; }

template <typename T>
bool Names(const std::vector<T>& instances, absl::CivilDay rule_date) {
  return std::any_of(instances.begin(), instances.end(), [&](const T& one) { return one.rule_date == rule_date; });
}

}  // namespace

SeriesInFile KnownEvent::NewOf(const SeriesInFile& read) const {
  SeriesInFile fresh = read;
  fresh.whole = false;
  const auto is_known = [&](const auto& one) {
    const auto found = instances.find(one.rule_date);
    return found != instances.end() && one.sequence <= found->second;
  };
  std::erase_if(fresh.moved, is_known);
  std::erase_if(fresh.cancelled, is_known);
  return fresh;
}

absl::StatusOr<KnownEvent> CalendarImports::Known(sql::Session& session, const std::string& uid) const {
  KnownEvent known;
  std::string taken;
  RETURN_IF_ERROR(
      session.Query("SELECT series, sequence FROM calendar_imports WHERE uid = ? FOR UPDATE", sql::Bind(uid), [&](const sql::Row& row) {
        taken = row.Text(0);
        known.sequence = row.Int(1);
      }));
  RETURN_IF_ERROR(
      session.Query("SELECT rule_date, sequence FROM calendar_import_instances WHERE uid = ?", sql::Bind(uid), [&](const sql::Row& row) {
        if (const auto day = time::ParseDay(row.Text(0))) known.instances[*day] = row.Int(1);
      }));
  // Also a series that was made here, whose feed comes back.
  RETURN_IF_ERROR(session.Query("SELECT name FROM meeting_series WHERE name = ? OR calendar_uid = ? ORDER BY name = ? DESC, name LIMIT 1",
                                sql::Bind(taken, uid, taken), [&](const sql::Row& row) { known.series = row.Text(0); }));
  known.taken = !known.series.empty() && known.series == taken;
  return known;
}

absl::Status CalendarImports::Keep(record::Transaction& tx, const SeriesInFile& read, const std::string& series) const {
  if (read.whole) {
    RETURN_IF_ERROR(
        tx.sql.Execute("UPDATE calendar_imports SET series = ?, sequence = ? WHERE uid = ?", sql::Bind(series, read.sequence, read.uid))
            .status());
    RETURN_IF_ERROR(tx.sql.Execute("DELETE FROM calendar_import_instances WHERE uid = ?", sql::Bind(read.uid)).status());
  }
  std::map<absl::CivilDay, int64_t> instances;
  for (const MovedInFile& one : read.moved) instances[one.rule_date] = one.sequence;
  for (const CancelledInFile& one : read.cancelled) instances[one.rule_date] = one.sequence;
  for (const auto& [day, sequence] : instances) {
    RETURN_IF_ERROR(tx.sql
                        .Execute("INSERT INTO calendar_import_instances (uid, rule_date, sequence) VALUES (?, ?, ?) ON DUPLICATE KEY "
                                 "UPDATE sequence = VALUES(sequence)",
                                 sql::Bind(read.uid, time::DayText(day), sequence))
                        .status());
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::ImportCalendarResponse> CalendarImports::Import(record::Transaction& tx, const v1::ImportCalendarRequest& request) {
  status::BadFields bad;
  if (!IsKindOfFile(request.kind())) bad.Add("kind", kImportKind);
  RETURN_IF_ERROR(bad.status());
  const absl::CivilDay today = absl::ToCivilDay(tx.call.now, tables_.planning.zone);
  CalendarRead read = ReadCalendar(request.data(), tables_.planning.zone.name(), today, tx.call.language);
  v1::ImportCalendarResponse response;
  if (read.Blocks()) {
    response.mutable_findings()->Assign(read.findings.begin(), read.findings.end());
    return response;
  }
  // Of instances without their event only those that belong to nothing here are told as such.
  std::vector<SeriesInFile> all = std::move(read.series);
  for (SeriesInFile& lone : read.lone) {
    ASSIGN_OR_RETURN(const KnownEvent known, Known(tx.sql, lone.uid));
    if (!known.taken) continue;
    std::erase_if(read.findings, [&](const v1::CalendarFinding& finding) {
      return finding.uid() == lone.uid && finding.reason() == kCalendarOfNoSeries.id;
    });
    all.push_back(std::move(lone));
  }
  response.mutable_findings()->Assign(read.findings.begin(), read.findings.end());
  for (const SeriesInFile& one : all) {
    // Two who take the same over at once: the second waits here for the first one's commit.
    RETURN_IF_ERROR(tx.sql.Execute("INSERT IGNORE INTO calendar_imports (uid, series) VALUES (?, '')", sql::Bind(one.uid)).status());
    ASSIGN_OR_RETURN(KnownEvent known, Known(tx.sql, one.uid));
    known.taken = known.taken && !read.own;
    RETURN_IF_ERROR(known.series.empty() ? Take(tx, request, one, response) : Renew(tx, request, known, one, response));
  }
  for (const EndedInFile& one : read.ended) RETURN_IF_ERROR(End(tx, one, response));
  return response;
}

absl::Status CalendarImports::Take(record::Transaction& tx, const v1::ImportCalendarRequest& request, const SeriesInFile& read,
                                   v1::ImportCalendarResponse& response) {
  MeetingSeries series = SeriesOf(request, read, tx.call.now);
  SeriesInFile taken = read;
  RETURN_IF_ERROR(series_.TakeOver(tx, series, read.uid));
  RETURN_IF_ERROR(Move(tx, series, taken, response));
  response.add_meeting_series(series.name());
  return Keep(tx, taken, series.name());
}

absl::Status CalendarImports::Renew(record::Transaction& tx, const v1::ImportCalendarRequest& request, const KnownEvent& known,
                                    const SeriesInFile& read, v1::ImportCalendarResponse& response) {
  const auto tell = [&](const status::Reason& reason, const char* what) {
    *response.add_findings() = CalendarFindingOf(read.uid, reason, {{what, known.series}}, tx.call.language, false);
    return absl::OkStatus();
  };
  if (!known.taken) return tell(kCalendarKnown, "series");
  const bool newer = read.whole && read.sequence > known.sequence;
  SeriesInFile fresh = newer ? read : known.NewOf(read);
  if (read.whole && read.sequence < known.sequence) return tell(kCalendarOlder, "series");
  if (!newer && fresh.moved.empty() && fresh.cancelled.empty()) return tell(kCalendarKnown, "series");
  ASSIGN_OR_RETURN(const MeetingSeries before, tables_.series.Lock(tx, known.series));
  if (before.state() != MeetingSeries::STATE_ACTIVE || before.calendar_uid() != read.uid) return tell(kCalendarChangedHere, "name");
  // What somebody here moved since stays there, unless it was moved once more in the file.
  std::vector<MovedInFile> staying;
  if (newer) {
    ASSIGN_OR_RETURN(const std::vector<Meeting> meetings, tables_.meetings.Children(tx.sql, before.name()));
    const SeriesInFile changed = known.NewOf(read);
    std::set<absl::CivilDay> here;
    for (const Meeting& meeting : meetings) {
      if (MovedHere(meeting)) here.insert(time::ToDay(meeting.rule_date()));
    }
    const auto stays = [&](const MovedInFile& one) { return here.count(one.rule_date) > 0 && !Names(changed.moved, one.rule_date); };
    std::copy_if(fresh.moved.begin(), fresh.moved.end(), std::back_inserter(staying), stays);
    std::erase_if(fresh.moved, stays);
  }
  MeetingSeries after = before;
  if (newer) {
    after.set_title(read.title);
    after.set_place(read.place);
    const bool was_single = before.schedule().rule().empty();
    if (was_single != read.schedule.rule().empty()) after.set_kind(KindInFile(request, read));
  }
  *after.mutable_schedule() = NewerSchedule(before.schedule(), fresh);
  RETURN_IF_ERROR(Release(tx, before, fresh));
  RETURN_IF_ERROR(series_.TakeAgain(tx, before, after));
  RETURN_IF_ERROR(Move(tx, after, fresh, response));
  response.add_changed_meeting_series(after.name());
  fresh.moved.insert(fresh.moved.end(), staying.begin(), staying.end());
  return Keep(tx, fresh, after.name());
}

absl::Status CalendarImports::End(record::Transaction& tx, const EndedInFile& ended, v1::ImportCalendarResponse& response) {
  ASSIGN_OR_RETURN(const KnownEvent known, Known(tx.sql, ended.uid));
  if (!known.taken || ended.sequence <= known.sequence) return absl::OkStatus();
  ASSIGN_OR_RETURN(const MeetingSeries before, tables_.series.Lock(tx, known.series));
  if (before.state() != MeetingSeries::STATE_ACTIVE || before.calendar_uid() != ended.uid) {
    *response.add_findings() = CalendarFindingOf(ended.uid, kCalendarChangedHere, {{"name", known.series}}, tx.call.language, false);
    return absl::OkStatus();
  }
  v1::EndMeetingSeriesRequest request;
  request.set_name(known.series);
  request.set_reason(kMovedInFile);
  RETURN_IF_ERROR(series_.End(tx, request).status());
  response.add_changed_meeting_series(known.series);
  return Keep(tx, {.uid = ended.uid, .sequence = ended.sequence}, known.series);
}

absl::Status CalendarImports::Release(record::Transaction& tx, const MeetingSeries& series, const SeriesInFile& read) const {
  ASSIGN_OR_RETURN(const std::vector<Meeting> meetings, tables_.meetings.Children(tx.sql, series.name()));
  for (const Meeting& meeting : meetings) {
    if (!meeting.changed_by_hand() || !MayFollow(meeting) || time::ToTime(meeting.start_time()) <= tx.call.now) continue;
    const absl::CivilDay rule_date = time::ToDay(meeting.rule_date());
    const bool as_moved = std::any_of(read.moved.begin(), read.moved.end(),
                                      [&](const MovedInFile& one) { return one.rule_date == rule_date && IsAsMoved(meeting, one, read); });
    const bool otherwise = read.whole && !MovedHere(meeting) && !as_moved;
    if (!otherwise && !Names(read.cancelled, rule_date)) continue;
    ASSIGN_OR_RETURN(record::Step<Meeting> step, tables_.meetings.Begin(tx, record::Target(meeting.name())));
    step.verb = "follow";
    step.after.set_changed_by_hand(false);
    step.after.clear_state_reason();
    RETURN_IF_ERROR(tables_.meetings.Finish(tx, step).status());
  }
  return absl::OkStatus();
}

absl::Status CalendarImports::Move(record::Transaction& tx, const MeetingSeries& series, SeriesInFile& read,
                                   v1::ImportCalendarResponse& response) {
  ASSIGN_OR_RETURN(const std::vector<Meeting> meetings, tables_.meetings.Children(tx.sql, series.name()));
  std::vector<MovedInFile> done;
  for (const MovedInFile& moved : read.moved) {
    const auto found = std::find_if(meetings.begin(), meetings.end(),
                                    [&](const Meeting& meeting) { return time::ToDay(meeting.rule_date()) == moved.rule_date; });
    if (found == meetings.end() || moved.start < tx.call.now) {
      *response.add_findings() =
          CalendarFindingOf(read.uid, kCalendarMoveLater, {{"date", time::DayText(moved.rule_date)}}, tx.call.language, false);
      continue;
    }
    done.push_back(moved);
    if (!MayFollow(*found)) {
      *response.add_findings() = CalendarFindingOf(read.uid, kCalendarChangedHere, {{"name", found->name()}}, tx.call.language, false);
      continue;
    }
    if (IsAsMoved(*found, moved, read)) continue;
    v1::MoveMeetingRequest request;
    request.set_name(found->name());
    *request.mutable_start_time() = time::ToTimestamp(moved.start);
    request.set_duration_minutes(moved.minutes);
    request.set_place(moved.place);
    request.set_reason(kMovedInFile);
    RETURN_IF_ERROR(meetings_.Move(tx, request).status());
  }
  // What is to be moved later is new once more when the file comes again.
  read.moved = std::move(done);
  return absl::OkStatus();
}

void CalendarImports::Bind(record::Methods& methods) { methods.Bind("ImportCalendar", this, &CalendarImports::Import); }

}  // namespace heitie::planning
