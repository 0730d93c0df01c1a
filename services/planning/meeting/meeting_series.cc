#include "services/planning/meeting/meeting_series.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/substitute.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/planning/followup/due_day.h"
#include "services/planning/plan/calendar.h"
#include "services/planning/plan/project.h"

namespace heitie::planning {

using absl::StatusCode;
using google::protobuf::util::MessageDifferencer;
using v1::Meeting;
using v1::MeetingSchedule;
using v1::MeetingSeries;

const status::Reason kCoordinatesProject{StatusCode::kInvalidArgument, "COORDINATES_PROJECT",
                                         "A coordination meeting names its project, and no other meeting does.",
                                         "協調會須指定專案，其他會議則不得指定。"};
const status::Reason kRuleOfSingle{StatusCode::kInvalidArgument, "RULE_OF_SINGLE", "A single meeting has no rule, and every other one has.",
                                   "單次會議沒有重複規則，其他會議必須有。"};
const status::Reason kMeetsInThePast{StatusCode::kInvalidArgument, "MEETS_IN_THE_PAST", "{date} is before {today}.",
                                     "{date} 早於 {today}。"};
const status::Reason kScheduleByVerb{StatusCode::kInvalidArgument, "SCHEDULE_BY_VERB",
                                     "The schedule is changed from a day on, by changeSchedule.",
                                     "時間表須以 changeSchedule 自某日起變更。"};
const status::Reason kStandingOfNone{StatusCode::kInvalidArgument, "STANDING_OF_NONE", "A standing meeting is that of a department.",
                                     "常設會議須屬於某個部門。"};
const status::Reason kStandingTaken{StatusCode::kFailedPrecondition, "STANDING_TAKEN", "{department} has a standing meeting already.",
                                    "{department} 已有常設會議。"};
const status::Reason kSeriesEnded{StatusCode::kFailedPrecondition, "SERIES_ENDED", "{name} was ended and does not change any more.",
                                  "{name} 已結束，不再變更。"};

namespace {

constexpr absl::Duration kPlanInterval = absl::Seconds(10);
constexpr char kProjectOfSeriesIsOver[] = "The project is over.";
// Series that have something open and no meeting to come yet, which another one may still take on.
constexpr char kOpenWithoutMeeting[] =
    "SELECT s.name FROM meeting_series s WHERE s.state = 'STATE_ACTIVE' AND NOT s.standing AND NOT EXISTS (SELECT 1 FROM meetings m WHERE "
    "m.meeting_series = s.name AND m.state IN ('STATE_PLANNED', 'STATE_AGENDA_PUBLISHED')) AND (EXISTS (SELECT 1 FROM action_items a "
    "WHERE a.series = s.name AND a.state IN ('STATE_OPEN', 'STATE_IN_PROGRESS', 'STATE_DONE')) OR EXISTS (SELECT 1 FROM decisions d WHERE "
    "d.series = s.name AND d.state = 'STATE_OPEN') OR EXISTS (SELECT 1 FROM agenda_entries WHERE agenda_entries.list_series = s.name AND "
    "($0 "
    "OR $1))) ORDER BY s.name";

const status::Phrase kNotInSchedule{"The series does not meet then any more.", "此系列會議不再於該日舉行。"};
const status::Phrase kSeriesIsOver{"The series was ended.", "此系列會議已結束。"};

std::string NewCalendarUid(absl::Time now) { return record::NewId(now) + "@heitie"; }

std::string MeetingNameOf(const std::string& series, absl::CivilDay rule_date) {
  return absl::StrCat(series, "/meetings/", absl::StrFormat("d%04d%02d%02d", rule_date.year(), rule_date.month(), rule_date.day()));
}

bool IsOverProject(const v1::Project& project) {
  return project.state() == v1::Project::STATE_COMPLETED || project.state() == v1::Project::STATE_CANCELLED;
}

bool IsToCome(const Meeting& meeting) {
  return meeting.state() == Meeting::STATE_PLANNED || meeting.state() == Meeting::STATE_AGENDA_PUBLISHED;
}

// One meeting as the series wants it, by the schedule that holds for its rule date.
struct WantedMeeting {
  MeetingDay day;
  const MeetingSchedule* schedule;
  const std::string* uid;
};

// The meetings of a series with rule dates in [from, until], by name.
std::map<std::string, WantedMeeting> WantedOf(const MeetingSeries& series, const time::BusinessCalendar& calendar, absl::CivilDay from,
                                              absl::CivilDay until) {
  std::map<std::string, WantedMeeting> wanted;
  const auto add = [&](const MeetingSchedule& schedule, const std::string& uid, absl::CivilDay first, absl::CivilDay last) {
    if (first > last) return;
    for (MeetingDay& day : MeetingDaysOf(schedule, calendar, first, last)) {
      const std::string name = MeetingNameOf(series.name(), day.rule_date);
      wanted.insert({name, {std::move(day), &schedule, &uid}});
    }
  };
  add(series.schedule(), series.calendar_uid(), std::max(from, time::ToDay(series.schedule().start_date())), until);
  absl::CivilDay begin = from;
  for (const v1::FormerSchedule& former : series.former_schedules()) {
    const absl::CivilDay end = time::ToDay(former.end_date());
    add(former.schedule(), former.calendar_uid(), begin, std::min(until, end - 1));
    begin = std::max(begin, end);
  }
  return wanted;
}

void PutWanted(const MeetingSeries& series, const WantedMeeting& wanted, const time::BusinessCalendar& calendar,
               const v1::MeetingPolicy& policy, Meeting& meeting) {
  const absl::Time start = StartOfMeeting(*wanted.schedule, wanted.day.day);
  const int64_t lead = series.agenda_lead_seconds() == 0 ? policy.agenda_lead_seconds() : series.agenda_lead_seconds();
  *meeting.mutable_rule_date() = time::ToDate(wanted.day.rule_date);
  *meeting.mutable_start_time() = time::ToTimestamp(start);
  *meeting.mutable_end_time() = time::ToTimestamp(start + absl::Minutes(wanted.schedule->duration_minutes()));
  *meeting.mutable_agenda_due_time() = time::ToTimestamp(WorkingBefore(calendar, start, absl::Seconds(lead)));
  meeting.clear_joined_dates();
  for (const absl::CivilDay day : wanted.day.joined) *meeting.add_joined_dates() = time::ToDate(day);
  meeting.set_place(series.place());
  meeting.set_chair(series.chair());
  meeting.set_secretary(series.secretary());
  meeting.set_department(series.department());
  meeting.set_calendar_uid(*wanted.uid);
  meeting.set_meeting_series(series.name());
}

}  // namespace

SeriesOfMeetings::SeriesOfMeetings(const service::Context& context, MeetingTables& tables, const Notices& notices,
                                   const Recipients& recipients)
    : tables_(tables), notices_(notices), recipients_(recipients) {
  tables_.series.SetFollow(
      [this](record::Transaction& tx, const MeetingSeries* before, const MeetingSeries* after) { return Follow(tx, before, after); });
  context.jobs.Recur("plan-meetings", kPlanInterval, [this](const rpc::Call& call, const job::Job&) { return PlanAll(call); });
}

absl::Status SeriesOfMeetings::Check(record::Transaction& tx, const MeetingSeries& series, status::BadFields& bad) const {
  const bool coordinates = series.kind() == MeetingSeries::KIND_PROJECT_COORDINATION;
  if (coordinates == series.project().empty()) bad.Add("meeting_series.project", kCoordinatesProject);
  if (series.standing() && series.departments().empty()) bad.Add("meeting_series.departments", kStandingOfNone);
  const bool single = series.kind() == MeetingSeries::KIND_SINGLE;
  if (single != series.schedule().rule().empty()) bad.Add("meeting_series.schedule.rule", kRuleOfSingle);
  RETURN_IF_ERROR(bad.status());
  return coordinates ? GuardOpenProject(tx, tables_.planning, series.project()).status() : absl::OkStatus();
}

absl::Status SeriesOfMeetings::CheckStanding(record::Transaction& tx, const MeetingSeries& series) const {
  if (!series.standing()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<MeetingSeries> others,
                   tables_.series.Select(tx.sql, "WHERE standing_of = ? AND name <> ?", sql::Bind(series.department(), series.name())));
  return others.empty() ? absl::OkStatus() : status::Error(kStandingTaken, {{"department", series.department()}});
}

absl::Status SeriesOfMeetings::SetHorizon(record::Transaction& tx, MeetingSeries& series) const {
  ASSIGN_OR_RETURN(const v1::MeetingPolicy policy, tables_.policies.InForce(tx.sql, tx.call.now));
  ASSIGN_OR_RETURN(const auto calendar, tables_.planning.calendars.Named(tx.sql, series.calendar()));
  *series.mutable_meetings_until() = time::ToDate(absl::ToCivilDay(tx.call.now, tables_.planning.zone) + policy.plan_days());
  series.set_calendar_version(calendar->versions.back());
  return absl::OkStatus();
}

absl::Status SeriesOfMeetings::Create(record::Transaction& tx, MeetingSeries& series) {
  if (series.calendar().empty()) series.set_calendar(kDefaultCalendar);
  if (series.secretary().empty()) series.set_secretary(series.chair());
  series.set_department(series.departments().empty() ? "" : series.departments(0));
  status::BadFields bad;
  CheckSchedule(series.schedule(), "meeting_series.schedule", bad);
  const absl::CivilDay start = time::ToDay(series.schedule().start_date()), today = absl::ToCivilDay(tx.call.now, tables_.planning.zone);
  if (start < today) {
    bad.Add("meeting_series.schedule.start_date", kMeetsInThePast, {{"date", time::DayText(start)}, {"today", time::DayText(today)}});
  }
  CheckNotTooFar(start, today, "meeting_series.schedule.start_date", bad);
  RETURN_IF_ERROR(Check(tx, series, bad));
  RETURN_IF_ERROR(CheckStanding(tx, series));
  series.set_state(MeetingSeries::STATE_ACTIVE);
  series.set_calendar_uid(NewCalendarUid(tx.call.now));
  return SetHorizon(tx, series);
}

absl::Status SeriesOfMeetings::TakeOver(record::Transaction& tx, MeetingSeries& series, const std::string& uid) {
  RETURN_IF_ERROR(Create(tx, series));
  series.set_calendar_uid(uid);
  return tables_.series.Insert(tx, series, "import");
}

absl::Status SeriesOfMeetings::TakeAgain(record::Transaction& tx, const MeetingSeries& before, MeetingSeries& after) {
  status::BadFields bad;
  RETURN_IF_ERROR(Check(tx, after, bad));
  RETURN_IF_ERROR(SetHorizon(tx, after));
  RETURN_IF_ERROR(tables_.series.Update(tx, before, after, "import"));
  // Also where the series stays as it is, and single meetings come to follow it again.
  return FitMeetings(tx, after, absl::ToCivilDay(tx.call.now, tables_.planning.zone));
}

absl::Status SeriesOfMeetings::Update(record::Transaction& tx, const MeetingSeries& before, MeetingSeries& after) {
  RETURN_IF_ERROR(CheckLeads(tx, recipients_, before, after));
  if (before.state() != MeetingSeries::STATE_ACTIVE) return status::Error(kSeriesEnded, {{"name", before.name()}});
  if (after.secretary().empty()) after.set_secretary(after.chair());
  after.set_department(after.departments().empty() ? "" : after.departments(0));
  status::BadFields bad;
  if (!MessageDifferencer::Equals(before.schedule(), after.schedule())) bad.Add("meeting_series.schedule", kScheduleByVerb);
  RETURN_IF_ERROR(Check(tx, after, bad));
  RETURN_IF_ERROR(CheckStanding(tx, after));
  return SetHorizon(tx, after);
}

absl::StatusOr<MeetingSeries> SeriesOfMeetings::ChangeSchedule(record::Transaction& tx, const v1::ChangeMeetingScheduleRequest& request) {
  ASSIGN_OR_RETURN(record::Step<MeetingSeries> step, tables_.series.Begin(tx, request));
  RETURN_IF_ERROR(CheckLeads(tx, recipients_, step.before, step.after));
  if (step.before.state() != MeetingSeries::STATE_ACTIVE) return status::Error(kSeriesEnded, {{"name", request.name()}});
  status::BadFields bad;
  CheckSchedule(request.schedule(), "schedule", bad);
  const absl::CivilDay start = time::ToDay(request.schedule().start_date()), today = absl::ToCivilDay(tx.call.now, tables_.planning.zone);
  if (start < today) bad.Add("schedule.start_date", kMeetsInThePast, {{"date", time::DayText(start)}, {"today", time::DayText(today)}});
  CheckNotTooFar(start, today, "schedule.start_date", bad);
  const bool single = step.before.kind() == MeetingSeries::KIND_SINGLE;
  if (single != request.schedule().rule().empty()) bad.Add("schedule.rule", kRuleOfSingle);
  RETURN_IF_ERROR(bad.status());
  step.verb = "change_schedule";
  // What was to come later than the change was never followed.
  for (v1::FormerSchedule& former : *step.after.mutable_former_schedules()) {
    if (time::ToDay(former.end_date()) > start) *former.mutable_end_date() = request.schedule().start_date();
  }
  v1::FormerSchedule& former = *step.after.add_former_schedules();
  *former.mutable_schedule() = step.before.schedule();
  *former.mutable_end_date() = request.schedule().start_date();
  former.set_calendar_uid(step.before.calendar_uid());
  *step.after.mutable_schedule() = request.schedule();
  step.after.set_calendar_uid(NewCalendarUid(tx.call.now));
  RETURN_IF_ERROR(SetHorizon(tx, step.after));
  return tables_.series.Finish(tx, step);
}

absl::StatusOr<MeetingSeries> SeriesOfMeetings::End(record::Transaction& tx, const v1::EndMeetingSeriesRequest& request) {
  ASSIGN_OR_RETURN(record::Step<MeetingSeries> step, tables_.series.Begin(tx, request, "end"));
  step.after.set_end_reason(request.reason());
  ASSIGN_OR_RETURN(MeetingSeries ended, tables_.series.Finish(tx, step));
  if (leave_) RETURN_IF_ERROR(leave_(tx, ended));
  return ended;
}

absl::Status SeriesOfMeetings::Withdraw(record::Transaction& tx, const Meeting& meeting, const status::Phrase& why) const {
  RETURN_IF_ERROR(tables_.meetings
                      .Change(tx, record::Target(meeting.name()), "withdraw",
                              [&](Meeting& after) {
                                after.set_state_reason(why.en);
                                after.set_calendar_sequence(after.calendar_sequence() + 1);
                              })
                      .status());
  return notices_.End(tx, meeting.name(), why);
}

absl::Status SeriesOfMeetings::FitMeetings(record::Transaction& tx, const MeetingSeries& series, absl::CivilDay from) const {
  ASSIGN_OR_RETURN(const v1::MeetingPolicy policy, tables_.policies.InForce(tx.sql, tx.call.now));
  ASSIGN_OR_RETURN(const auto calendar, tables_.planning.calendars.Named(tx.sql, series.calendar()));
  std::map<std::string, WantedMeeting> wanted = WantedOf(series, calendar->arithmetic, from, time::ToDay(series.meetings_until()));
  ASSIGN_OR_RETURN(const std::vector<Meeting> known, tables_.meetings.Children(tx.sql, series.name()));
  for (const Meeting& meeting : known) {
    const auto found = wanted.find(meeting.name());
    const bool follows = !meeting.changed_by_hand() && (IsToCome(meeting) || meeting.state() == Meeting::STATE_CANCELLED) &&
                         time::ToTime(meeting.start_time()) > tx.call.now && time::ToDay(meeting.rule_date()) >= from;
    if (follows && found == wanted.end() && IsToCome(meeting)) {
      RETURN_IF_ERROR(Withdraw(tx, meeting, kNotInSchedule));
    } else if (follows && found != wanted.end()) {
      ASSIGN_OR_RETURN(record::Step<Meeting> step,
                       tables_.meetings.Begin(tx, record::Target(meeting.name()), IsToCome(meeting) ? nullptr : "plan"));
      PutWanted(series, found->second, calendar->arithmetic, policy, step.after);
      if (step.verb == nullptr) step.verb = "follow";
      const bool moved = step.before.start_time().seconds() != step.after.start_time().seconds() ||
                         step.before.end_time().seconds() != step.after.end_time().seconds() || step.before.state() != step.after.state();
      if (moved) step.after.set_calendar_sequence(step.before.calendar_sequence() + 1);
      if (step.before.state() != step.after.state()) step.after.clear_state_reason();
      RETURN_IF_ERROR(tables_.meetings.Finish(tx, step).status());
    }
    if (found != wanted.end()) wanted.erase(found);
  }
  for (const auto& [name, one] : wanted) {
    Meeting meeting;
    meeting.set_name(name);
    PutWanted(series, one, calendar->arithmetic, policy, meeting);
    meeting.set_state(Meeting::STATE_PLANNED);
    meeting.set_meeting_policy(policy.name());
    RETURN_IF_ERROR(tables_.meetings.Insert(tx, meeting, "plan"));
  }
  return absl::OkStatus();
}

absl::Status SeriesOfMeetings::Follow(record::Transaction& tx, const MeetingSeries* before, const MeetingSeries* after) const {
  tables_.memberships.Forget();
  if (after == nullptr) return absl::OkStatus();
  if (after->state() == MeetingSeries::STATE_ENDED) {
    ASSIGN_OR_RETURN(const std::vector<Meeting> known, tables_.meetings.Children(tx.sql, after->name()));
    for (const Meeting& meeting : known) {
      if (IsToCome(meeting) && time::ToTime(meeting.end_time()) > tx.call.now) RETURN_IF_ERROR(Withdraw(tx, meeting, kSeriesIsOver));
    }
    return absl::OkStatus();
  }
  const absl::CivilDay today = absl::ToCivilDay(tx.call.now, tables_.planning.zone);
  absl::CivilDay from = time::ToDay(after->schedule().start_date());
  if (before != nullptr) from = std::min(time::ToDay(before->meetings_until()) + 1, today);
  return FitMeetings(tx, *after, from);
}

absl::Status SeriesOfMeetings::EndWithProject(record::Transaction& tx, const std::string& series) const {
  ASSIGN_OR_RETURN(const MeetingSeries locked, tables_.series.Lock(tx, series));
  // A standing meeting takes on what others leave, whatever it coordinates.
  if (locked.state() != MeetingSeries::STATE_ACTIVE || locked.standing()) return absl::OkStatus();
  if (leave_) {
    const absl::Status left = leave_(tx, locked);
    if (status::ReasonOf(left) == kNoStandingMeeting.id) return absl::OkStatus();
    RETURN_IF_ERROR(left);
  }
  return tables_.series
      .Change(tx, record::Target(series), "end_with_project", [](MeetingSeries& after) { after.set_end_reason(kProjectOfSeriesIsOver); })
      .status();
}

absl::Status SeriesOfMeetings::Rest(record::Transaction& tx, const std::string& series) const {
  ASSIGN_OR_RETURN(const MeetingSeries locked, tables_.series.Lock(tx, series));
  ASSIGN_OR_RETURN(const bool again, tables_.MeetsAgain(tx.sql, locked));
  if (again || locked.state() != MeetingSeries::STATE_ACTIVE || !leave_) return absl::OkStatus();
  const absl::Status left = leave_(tx, locked);
  return status::ReasonOf(left) == kNoStandingMeeting.id ? absl::OkStatus() : left;
}

absl::Status SeriesOfMeetings::FollowProject(record::Transaction& tx, const v1::Project* before, const v1::Project* after) const {
  if (before == nullptr || after == nullptr || !IsOverProject(*after) || IsOverProject(*before)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<MeetingSeries> all,
                   tables_.series.Select(tx.sql, "WHERE project = ? AND state = 'STATE_ACTIVE' ORDER BY name", sql::Bind(after->name())));
  for (const MeetingSeries& one : all) RETURN_IF_ERROR(EndWithProject(tx, one.name()));
  return absl::OkStatus();
}

job::Outcome SeriesOfMeetings::PlanAll(const rpc::Call& call) {
  std::vector<std::string> over, resting;
  const auto behind = tables_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<std::vector<std::string>> {
    over.clear();
    ASSIGN_OR_RETURN(const v1::MeetingPolicy policy, tables_.policies.InForce(session, call.now));
    const absl::CivilDay until = absl::ToCivilDay(call.now, tables_.planning.zone) + policy.plan_days();
    ASSIGN_OR_RETURN(const std::vector<MeetingSeries> active, tables_.series.Select(session, "WHERE state = 'STATE_ACTIVE' ORDER BY name"));
    std::vector<std::string> names;
    for (const MeetingSeries& series : active) {
      ASSIGN_OR_RETURN(const auto calendar, tables_.planning.calendars.Named(session, series.calendar()));
      if (time::ToDay(series.meetings_until()) < until || series.calendar_version() != calendar->versions.back()) {
        names.push_back(series.name());
      }
      if (series.project().empty()) continue;
      ASSIGN_OR_RETURN(const v1::Project project, tables_.planning.projects.Find(session, series.project()));
      if (IsOverProject(project)) over.push_back(series.name());
    }
    resting.clear();
    RETURN_IF_ERROR(session.Query(absl::Substitute(kOpenWithoutMeeting, IsDeferredStill(), IsLeftStill()), {},
                                  [&](const sql::Row& row) { resting.push_back(row.Text(0)); }));
    return names;
  });
  if (!behind.ok()) return job::Outcome::Failed(behind.status());
  absl::Status failure;
  for (const std::string& name : *behind) {
    failure.Update(tables_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const MeetingSeries before, tables_.series.Lock(tx, name));
      if (before.state() != MeetingSeries::STATE_ACTIVE) return absl::OkStatus();
      MeetingSeries after = before;
      RETURN_IF_ERROR(SetHorizon(tx, after));
      return tables_.series.Update(tx, before, after, "plan_meetings");
    }));
  }
  for (const std::string& name : over) {
    failure.Update(tables_.store.Write(call, [&](record::Transaction& tx) { return EndWithProject(tx, name); }));
  }
  for (const std::string& name : resting) {
    failure.Update(tables_.store.Write(call, [&](record::Transaction& tx) { return Rest(tx, name); }));
  }
  return failure.ok() ? job::Outcome::Done() : job::Outcome::Failed(failure);
}

void SeriesOfMeetings::Bind(record::Methods& methods) {
  tables_.policies.Bind<v1::PublishMeetingPolicyRequest>(methods);
  methods.Reads(tables_.series);
  methods.Creates(tables_.series, this, &SeriesOfMeetings::Create);
  methods.Updates(tables_.series, this, &SeriesOfMeetings::Update);
  methods.Bind("ChangeMeetingSchedule", this, &SeriesOfMeetings::ChangeSchedule);
  methods.Bind("EndMeetingSeries", this, &SeriesOfMeetings::End);
}

}  // namespace heitie::planning
