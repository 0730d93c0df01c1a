#include "services/planning/meeting/meeting.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/planning/collaboration/working_group.h"
#include "services/planning/followup/due_day.h"
#include "services/planning/meeting/meeting_days.h"
#include "services/planning/meeting/meeting_series.h"
#include "services/planning/plan/calendar.h"

namespace heitie::planning {

using v1::Meeting;
using v1::MeetingSeries;

namespace {

constexpr absl::Duration kWatchInterval = absl::Seconds(1);
constexpr int64_t kMeetingsAtOnce = 200;

const status::Phrase kAgendaIsOut{"The agenda of “{title}” on {date} is published.", "「{title}」{date} 的議程已發布。"};
const status::Phrase kMeetingMoved{"“{title}” of {date} is held at another time or place.", "「{title}」{date} 的會議改期或改地點。"};
const status::Phrase kMeetingCancelled{"“{title}” of {date} is cancelled.", "「{title}」{date} 的會議已取消。"};
const status::Phrase kMeetingMissed{"“{title}” of {date} was not held: hold it, move it or cancel it.",
                                    "「{title}」{date} 的會議未舉行：請舉行、改期或取消。"};
const status::Phrase kMeetingWasHeld{"It was held.", "會議已舉行。"};

}  // namespace

MeetingsHeld::MeetingsHeld(const service::Context& context, MeetingTables& tables, PlanDuties& plan_duties, const Notices& notices,
                           const Recipients& recipients)
    : tables_(tables), plan_duties_(plan_duties), notices_(notices), recipients_(recipients) {
  plan_duties.SetDeputy(v1::PlanDuty::KIND_MEETING,
                        [this](sql::Session& session, const std::string& subject) -> absl::StatusOr<std::string> {
                          ASSIGN_OR_RETURN(const Meeting meeting, tables_.meetings.Find(session, subject));
                          return meeting.secretary() == meeting.chair() ? "" : meeting.secretary();
                        });
  context.jobs.Recur("watch-meetings", kWatchInterval, [this](const rpc::Call& call, const job::Job&) { return Watch(call); });
}

template <typename Req>
absl::StatusOr<record::Step<Meeting>> MeetingsHeld::Begin(record::Transaction& tx, const Req& request, const char* verb) const {
  ASSIGN_OR_RETURN(record::Step<Meeting> step, tables_.meetings.Begin(tx, request, verb));
  RETURN_IF_ERROR(CheckLeads(tx, recipients_, step.before, step.after));
  return step;
}

absl::Status MeetingsHeld::TellMembers(record::Transaction& tx, const Meeting& meeting, const std::string& cause,
                                       const std::string& wording, const status::Phrase& phrase) const {
  ASSIGN_OR_RETURN(const MeetingSeries series, tables_.series.Find(tx.sql, record::ParentOf(meeting.name())));
  ASSIGN_OR_RETURN(const std::vector<std::string> members, recipients_.MembersOf(tx.sql, series, tx.call.now));
  Telling telling{.cause = absl::StrCat(meeting.name(), " ", cause),
                  .subject = meeting.name(),
                  .wording = wording,
                  .phrase = phrase,
                  .args = {{"title", series.title()}, {"date", time::DayText(time::ToDay(meeting.rule_date()))}}};
  // Whoever stands in for the chair has to run it.
  telling.waits = true;
  RETURN_IF_ERROR(notices_.TellAll(tx, telling, {meeting.chair()}));
  telling.waits = false;
  RETURN_IF_ERROR(notices_.TellAll(tx, telling, members));
  if (series.project().empty()) return absl::OkStatus();
  telling.recipient.clear();
  ASSIGN_OR_RETURN(telling.robot, RobotOfGroup(tx.sql, tables_.planning, series.project()));
  return notices_.Tell(tx, telling);
}

absl::Status MeetingsHeld::Answered(record::Transaction& tx, const std::string& meeting) const { return plan_duties_.Done(tx, meeting); }

absl::StatusOr<Meeting> MeetingsHeld::Move(record::Transaction& tx, const v1::MoveMeetingRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Meeting> step, Begin(tx, request, "move"));
  const absl::Time start = time::ToTime(request.start_time());
  status::BadFields bad;
  if (start < tx.call.now) {
    bad.Add("start_time", kMeetsInThePast, {{"date", time::InstantText(start)}, {"today", time::InstantText(tx.call.now)}});
  }
  CheckNotTooFar(absl::ToCivilDay(start, tables_.planning.zone), absl::ToCivilDay(tx.call.now, tables_.planning.zone), "start_time", bad);
  RETURN_IF_ERROR(bad.status());
  const absl::Duration before = time::ToTime(step.before.end_time()) - time::ToTime(step.before.start_time());
  ASSIGN_OR_RETURN(const MeetingSeries series, tables_.series.Find(tx.sql, record::ParentOf(request.name())));
  ASSIGN_OR_RETURN(const auto calendar, tables_.planning.calendars.Named(tx.sql, series.calendar()));
  ASSIGN_OR_RETURN(const v1::MeetingPolicy policy, tables_.policies.InForce(tx.sql, tx.call.now));
  const int64_t lead = series.agenda_lead_seconds() == 0 ? policy.agenda_lead_seconds() : series.agenda_lead_seconds();
  Meeting& after = step.after;
  *after.mutable_start_time() = time::ToTimestamp(start);
  *after.mutable_end_time() =
      time::ToTimestamp(start + (request.duration_minutes() == 0 ? before : absl::Minutes(request.duration_minutes())));
  *after.mutable_agenda_due_time() = time::ToTimestamp(WorkingBefore(calendar->arithmetic, start, absl::Seconds(lead)));
  if (!request.place().empty()) after.set_place(request.place());
  after.set_state_reason(request.reason());
  after.set_changed_by_hand(true);
  after.set_calendar_sequence(after.calendar_sequence() + 1);
  after.clear_miss_time();
  after.set_meeting_policy(policy.name());
  RETURN_IF_ERROR(Answered(tx, request.name()));
  RETURN_IF_ERROR(TellMembers(tx, after, absl::StrCat("move ", after.calendar_sequence()), "meeting-moved", kMeetingMoved));
  return tables_.meetings.Finish(tx, step);
}

absl::StatusOr<Meeting> MeetingsHeld::Over(record::Transaction& tx, record::Step<Meeting>& step) const {
  ASSIGN_OR_RETURN(Meeting over, tables_.meetings.Finish(tx, step));
  RETURN_IF_ERROR(course_.over(tx, over));
  return over;
}

absl::StatusOr<Meeting> MeetingsHeld::Cancel(record::Transaction& tx, const v1::CancelMeetingRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Meeting> step, Begin(tx, request, "cancel"));
  step.after.set_state_reason(request.reason());
  step.after.set_changed_by_hand(true);
  step.after.set_calendar_sequence(step.after.calendar_sequence() + 1);
  RETURN_IF_ERROR(Answered(tx, request.name()));
  RETURN_IF_ERROR(notices_.End(tx, request.name(), kMeetingCancelled));
  RETURN_IF_ERROR(
      TellMembers(tx, step.after, absl::StrCat("cancel ", step.after.calendar_sequence()), "meeting-cancelled", kMeetingCancelled));
  return Over(tx, step);
}

absl::StatusOr<Meeting> MeetingsHeld::Publish(record::Transaction& tx, record::Step<Meeting>& step) const {
  *step.after.mutable_publish_time() = time::ToTimestamp(tx.call.now);
  RETURN_IF_ERROR(course_.publish(tx, step.after));
  RETURN_IF_ERROR(TellMembers(tx, step.after, "agenda", "meeting-agenda", kAgendaIsOut));
  return tables_.meetings.Finish(tx, step);
}

absl::StatusOr<Meeting> MeetingsHeld::PublishAgenda(record::Transaction& tx, const v1::PublishAgendaRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Meeting> step, Begin(tx, request, "publish_agenda"));
  return Publish(tx, step);
}

absl::StatusOr<Meeting> MeetingsHeld::Hold(record::Transaction& tx, const v1::HoldMeetingRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Meeting> step, Begin(tx, request, "hold"));
  *step.after.mutable_hold_time() = time::ToTimestamp(tx.call.now);
  RETURN_IF_ERROR(course_.hold(tx, step.after));
  RETURN_IF_ERROR(Answered(tx, request.name()));
  RETURN_IF_ERROR(notices_.End(tx, request.name(), kMeetingWasHeld));
  return tables_.meetings.Finish(tx, step);
}

absl::StatusOr<Meeting> MeetingsHeld::Close(record::Transaction& tx, const v1::CloseMeetingRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Meeting> step, Begin(tx, request, "close"));
  *step.after.mutable_close_time() = time::ToTimestamp(tx.call.now);
  RETURN_IF_ERROR(course_.close(tx, step.after));
  return Over(tx, step);
}

absl::Status MeetingsHeld::Miss(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(const Meeting locked, tables_.meetings.Lock(tx, name));
  const bool to_come = locked.state() == Meeting::STATE_PLANNED || locked.state() == Meeting::STATE_AGENDA_PUBLISHED;
  ASSIGN_OR_RETURN(const v1::MeetingPolicy policy, tables_.policies.InForce(tx.sql, tx.call.now));
  const bool late = time::ToTime(locked.end_time()) + absl::Seconds(policy.miss_seconds()) <= tx.call.now;
  if (!to_come || !late || locked.has_miss_time()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const MeetingSeries series, tables_.series.Find(tx.sql, record::ParentOf(name)));
  ASSIGN_OR_RETURN(const auto calendar, tables_.planning.calendars.Named(tx.sql, series.calendar()));
  ASSIGN_OR_RETURN(const v1::PlanningPolicy planning, tables_.planning.policies.InForce(tx.sql, tx.call.now));
  ASSIGN_OR_RETURN(const Meeting missed, tables_.meetings.Change(tx, record::Target(name), "miss", [&](Meeting& after) {
    *after.mutable_miss_time() = time::ToTimestamp(tx.call.now);
    after.set_meeting_policy(policy.name());
  }));
  const absl::CivilDay due = WorkdayAt(calendar->arithmetic, absl::ToCivilDay(tx.call.now, tables_.planning.zone), policy.minutes_days());
  RETURN_IF_ERROR(
      plan_duties_.Ask(tx, {v1::PlanDuty::KIND_MEETING, name, missed.chair(), due, series.calendar(), planning.name()}).status());
  return notices_.Tell(tx, {.cause = absl::StrCat(name, " miss ", time::InstantText(time::ToTime(missed.end_time()))),
                            .recipient = missed.chair(),
                            .subject = name,
                            .wording = "meeting-missed",
                            .phrase = kMeetingMissed,
                            .args = {{"title", series.title()}, {"date", time::DayText(time::ToDay(missed.rule_date()))}},
                            .waits = true});
}

job::Outcome MeetingsHeld::Watch(const rpc::Call& call) {
  struct Due {
    std::vector<Meeting> to_publish, missed;
  };
  const auto due = tables_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<Due> {
    ASSIGN_OR_RETURN(const v1::MeetingPolicy policy, tables_.policies.InForce(session, call.now));
    Due due;
    ASSIGN_OR_RETURN(due.to_publish, tables_.meetings.Select(
                                         session, "WHERE state = 'STATE_PLANNED' AND agenda_due_time <= ? ORDER BY agenda_due_time LIMIT ?",
                                         sql::Bind(call.now, kMeetingsAtOnce)));
    ASSIGN_OR_RETURN(due.missed,
                     tables_.meetings.Select(session,
                                             "WHERE state IN ('STATE_PLANNED', 'STATE_AGENDA_PUBLISHED') AND miss_time IS NULL AND "
                                             "end_time <= ? ORDER BY name LIMIT ?",
                                             sql::Bind(call.now - absl::Seconds(policy.miss_seconds()), kMeetingsAtOnce)));
    return due;
  });
  if (!due.ok()) return job::Outcome::Failed(due.status());
  absl::Status failure;
  for (const Meeting& meeting : due->to_publish) {
    failure.Update(tables_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const Meeting locked, tables_.meetings.Lock(tx, meeting.name()));
      if (locked.state() != Meeting::STATE_PLANNED || time::ToTime(locked.agenda_due_time()) > tx.call.now) return absl::OkStatus();
      ASSIGN_OR_RETURN(record::Step<Meeting> step, tables_.meetings.Begin(tx, record::Target(meeting.name()), "publish_agenda"));
      return Publish(tx, step).status();
    }));
  }
  for (const Meeting& meeting : due->missed) {
    failure.Update(tables_.store.Write(call, [&](record::Transaction& tx) { return Miss(tx, meeting.name()); }));
  }
  return failure.ok() ? job::Outcome::Done() : job::Outcome::Failed(failure);
}

void MeetingsHeld::Bind(record::Methods& methods) {
  methods.Reads(tables_.meetings);
  methods.Bind("MoveMeeting", this, &MeetingsHeld::Move);
  methods.Bind("CancelMeeting", this, &MeetingsHeld::Cancel);
  methods.Bind("PublishAgenda", this, &MeetingsHeld::PublishAgenda);
  methods.Bind("HoldMeeting", this, &MeetingsHeld::Hold);
  methods.Bind("CloseMeeting", this, &MeetingsHeld::Close);
}

}  // namespace heitie::planning
