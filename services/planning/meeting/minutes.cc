#include "services/planning/meeting/minutes.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/text/markdown.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/planning/plan/calendar.h"

namespace heitie::planning {

using absl::StatusCode;
using text::EscapeLine;
using text::EscapeText;
using v1::AgendaEntry;
using v1::Attendance;
using v1::Meeting;
using v1::MeetingMinutes;
using v1::MeetingSeries;

const status::Reason kMinutesApproved{StatusCode::kFailedPrecondition, "MINUTES_APPROVED", "{name} are approved: add a correction.",
                                      "{name} 已核准，請以更正方式補充。"};
const status::Reason kMeetingNotClosed{StatusCode::kFailedPrecondition, "MEETING_NOT_CLOSED", "{name} is not closed.", "{name} 尚未結束。"};
const status::Reason kRepresentativeMismatched{StatusCode::kInvalidArgument, "REPRESENTATIVE_MISMATCHED",
                                               "Who is represented names by whom, and nobody else does.",
                                               "由他人代理者須指明代理人，其他人則不得指明。"};

namespace {

constexpr char kMinutesId[] = "minutes";

const status::Phrase kMinutesOf{"Minutes", "會議紀錄"};
const status::Phrase kMinutesWhen{"When", "時間"};
const status::Phrase kMinutesWhere{"Where", "地點"};
const status::Phrase kMinutesWho{"Who was there", "出席情形"};
const status::Phrase kMinutesPerson{"Person", "人員"};
const status::Phrase kMinutesPresence{"Attendance", "出席"};
const status::Phrase kMinutesAgenda{"Agenda", "議程"};
const status::Phrase kMinutesSaid{"What was said", "討論內容"};
const status::Phrase kMinutesCorrections{"Corrections", "更正"};
const status::Phrase kMinutesDecided{"Decided", "決議"};
const status::Phrase kMinutesAction{"To do", "行動項目"};
const status::Phrase kMinutesNoted{"Noted", "備查"};
const status::Phrase kMinutesDeferred{"Deferred", "延後討論"};
const status::Phrase kMinutesDropped{"Dropped", "不再討論"};
const status::Phrase kMinutesOpen{"Open", "未決"};
const status::Phrase kMinutesPresent{"present", "出席"};
const status::Phrase kMinutesLate{"late", "遲到"};
const status::Phrase kMinutesExcused{"excused", "請假"};
const status::Phrase kMinutesAbsent{"absent", "缺席"};
const status::Phrase kMinutesRepresented{"represented", "由他人代理"};
const status::Phrase kMinutesUntil{"until", "期限"};
const status::Phrase kMinutesScope{"holds for", "適用範圍"};
const status::Phrase kMinutesToApprove{"Since {since} the minutes of “{title}” wait for your approval; it is due by {date}.",
                                       "「{title}」的會議紀錄自 {since} 起待您核准，期限為 {date}。"};
const status::Phrase kMinutesAreApproved{"The minutes are approved.", "會議紀錄已核准。"};

const status::Phrase& PhraseOf(Attendance::Presence presence) {
  switch (presence) {
    case Attendance::PRESENCE_PRESENT:
      return kMinutesPresent;
    case Attendance::PRESENCE_LATE:
      return kMinutesLate;
    case Attendance::PRESENCE_EXCUSED:
      return kMinutesExcused;
    case Attendance::PRESENCE_REPRESENTED:
      return kMinutesRepresented;
    default:
      return kMinutesAbsent;
  }
}

const status::Phrase& PhraseOf(AgendaEntry::Outcome outcome) {
  switch (outcome) {
    case AgendaEntry::OUTCOME_DECIDED:
      return kMinutesDecided;
    case AgendaEntry::OUTCOME_ACTION:
      return kMinutesAction;
    case AgendaEntry::OUTCOME_NOTED:
      return kMinutesNoted;
    case AgendaEntry::OUTCOME_DEFERRED:
      return kMinutesDeferred;
    case AgendaEntry::OUTCOME_DROPPED:
      return kMinutesDropped;
    default:
      return kMinutesOpen;
  }
}

// "text (employees/li, until 2026-02-02)".
std::string WithOwner(const std::string& text, const std::string& owner, const google::type::Date& due, status::Language language) {
  return absl::StrCat(EscapeLine(text), " (", EscapeLine(owner), ", ", kMinutesUntil.In(language), " ", time::DayText(time::ToDay(due)),
                      ")");
}

std::string AgendaMarkdown(const MinutesParts& parts, status::Language language) {
  std::map<std::string, const v1::Decision*> decisions;
  for (const v1::Decision& decision : parts.decisions) decisions[decision.name()] = &decision;
  std::string out;
  for (const AgendaEntry& entry : parts.entries) {
    absl::StrAppend(&out, entry.place(), ". ", EscapeLine(entry.title()), " — ", PhraseOf(entry.outcome()).In(language));
    if (entry.has_defer_date()) absl::StrAppend(&out, " ", time::DayText(time::ToDay(entry.defer_date())));
    absl::StrAppend(&out, "\n");
    if (!entry.outcome_text().empty()) absl::StrAppend(&out, "   - ", EscapeLine(entry.outcome_text()), "\n");
    if (const auto found = decisions.find(entry.decision()); found != decisions.end()) {
      const v1::DecisionDraft& draft = found->second->draft();
      absl::StrAppend(&out, "   - ", kMinutesDecided.In(language), ": ", WithOwner(draft.text(), draft.owner(), draft.due_date(), language),
                      draft.scope().empty() ? "" : absl::StrCat(" — ", kMinutesScope.In(language), ": ", EscapeLine(draft.scope())), "\n");
    }
    for (const v1::ActionDraft& draft : entry.actions()) {
      absl::StrAppend(&out, "   - ", kMinutesAction.In(language), ": ", WithOwner(draft.title(), draft.owner(), draft.due_date(), language),
                      "\n");
    }
  }
  return out;
}

}  // namespace

const record::StateMachine& MeetingMinutesMachine() {
  static const auto& machine =
      *new record::StateMachine(MeetingMinutes::State_descriptor(),
                                {
                                    {MeetingMinutes::STATE_DRAFT, "approve", MeetingMinutes::STATE_APPROVED, "the meeting is closed"},
                                    {MeetingMinutes::STATE_APPROVED, "correct", MeetingMinutes::STATE_APPROVED},
                                });
  return machine;
}

std::string MinutesMarkdown(const MinutesParts& parts, status::Language language) {
  std::string out = absl::StrCat("# ", kMinutesOf.In(language), ": ", EscapeLine(parts.minutes.title()), "\n\n");
  const std::string& zone = parts.minutes.time_zone();
  absl::StrAppend(&out, kMinutesWhen.In(language), ": ", time::LocalText(time::ToTime(parts.meeting.start_time()), zone), "\n\n");
  if (!parts.meeting.place().empty()) {
    absl::StrAppend(&out, kMinutesWhere.In(language), ": ", EscapeLine(parts.meeting.place()), "\n\n");
  }
  std::vector<std::vector<std::string>> rows;
  for (const Attendance& one : parts.meeting.attendances()) {
    std::string presence = PhraseOf(one.presence()).In(language);
    if (!one.representative().empty()) absl::StrAppend(&presence, ": ", EscapeLine(one.representative()));
    rows.push_back({EscapeLine(one.employee()), std::move(presence)});
  }
  absl::StrAppend(&out, "## ", kMinutesWho.In(language), "\n\n",
                  text::Table({kMinutesPerson.In(language), kMinutesPresence.In(language)}, rows), "\n");
  absl::StrAppend(&out, "## ", kMinutesAgenda.In(language), "\n\n", AgendaMarkdown(parts, language), "\n");
  if (!parts.minutes.text().empty()) {
    absl::StrAppend(&out, "## ", kMinutesSaid.In(language), "\n\n", EscapeText(parts.minutes.text()), "\n");
  }
  if (parts.minutes.corrections().empty()) return out;
  absl::StrAppend(&out, "## ", kMinutesCorrections.In(language), "\n\n");
  for (const v1::MinutesCorrection& correction : parts.minutes.corrections()) {
    absl::StrAppend(&out, "- ", EscapeLine(correction.text()), " (", EscapeLine(correction.author()), ", ",
                    time::LocalText(time::ToTime(correction.add_time()), zone), ")\n");
  }
  return out;
}

Minutes::Minutes(const service::Context&, MeetingTables& tables, PlanDuties& plan_duties, const Notices& notices,
                 const Recipients& recipients)
    : tables_(tables), plan_duties_(plan_duties), notices_(notices), recipients_(recipients) {
  tables_.minutes.SetFollow(
      [this](record::Transaction& tx, const MeetingMinutes* before, const MeetingMinutes* after) { return Follow(tx, before, after); });
  plan_duties.SetDeputy(v1::PlanDuty::KIND_MINUTES,
                        [this](sql::Session& session, const std::string& subject) -> absl::StatusOr<std::string> {
                          ASSIGN_OR_RETURN(const MeetingMinutes minutes, tables_.minutes.Find(session, subject));
                          return minutes.chair() == minutes.secretary() ? "" : minutes.chair();
                        });
}

absl::StatusOr<bool> Minutes::IsOnLeave(sql::Session& session, const std::string& employee, absl::CivilDay day) const {
  ASSIGN_OR_RETURN(const auto found, tables_.planning.employees.SelectKnown(session, "WHERE name = ?", sql::Bind(employee)));
  for (const auto& person : found) {
    for (const personnel::v1::Absence& absence : person.absences()) {
      if (time::ToDay(absence.start_date()) <= day && time::ToDay(absence.end_date()) >= day) return true;
    }
  }
  return false;
}

absl::Status Minutes::Begin(record::Transaction& tx, Meeting& meeting) const {
  ASSIGN_OR_RETURN(const MeetingSeries series, tables_.series.Find(tx.sql, record::ParentOf(meeting.name())));
  ASSIGN_OR_RETURN(const v1::MeetingPolicy policy, tables_.policies.InForce(tx.sql, tx.call.now));
  ASSIGN_OR_RETURN(const v1::PlanningPolicy planning, tables_.planning.policies.InForce(tx.sql, tx.call.now));
  ASSIGN_OR_RETURN(const auto calendar, tables_.planning.calendars.Named(tx.sql, series.calendar()));
  const absl::CivilDay today = absl::ToCivilDay(tx.call.now, tables_.planning.zone);
  ASSIGN_OR_RETURN(const std::vector<std::string> members, recipients_.MembersOf(tx.sql, series, tx.call.now));
  for (const std::string& person : members) {
    ASSIGN_OR_RETURN(const bool on_leave, IsOnLeave(tx.sql, person, today));
    if (!on_leave) continue;
    Attendance& excused = *meeting.add_attendances();
    excused.set_employee(person);
    excused.set_presence(Attendance::PRESENCE_EXCUSED);
  }
  MeetingMinutes minutes;
  minutes.set_name(absl::StrCat(meeting.name(), "/meetingMinutes/", kMinutesId));
  minutes.set_title(series.title());
  minutes.set_time_zone(series.schedule().time_zone());
  minutes.set_state(MeetingMinutes::STATE_DRAFT);
  minutes.set_chair(meeting.chair());
  minutes.set_secretary(meeting.secretary());
  minutes.set_department(meeting.department());
  minutes.set_meeting_series(series.name());
  RETURN_IF_ERROR(tables_.minutes.Insert(tx, minutes, "begin"));
  const absl::CivilDay due = WorkdayAt(calendar->arithmetic, today, policy.minutes_days());
  return plan_duties_.Ask(tx, {v1::PlanDuty::KIND_MINUTES, minutes.name(), meeting.secretary(), due, series.calendar(), planning.name()})
      .status();
}

absl::Status Minutes::End(record::Transaction& tx, Meeting& meeting) const {
  ASSIGN_OR_RETURN(const MeetingSeries series, tables_.series.Find(tx.sql, record::ParentOf(meeting.name())));
  std::set<std::string> recorded;
  for (const Attendance& one : meeting.attendances()) recorded.insert(one.employee());
  ASSIGN_OR_RETURN(const std::vector<std::string> members, recipients_.MembersOf(tx.sql, series, tx.call.now));
  for (const std::string& person : members) {
    if (recorded.count(person) > 0) continue;
    Attendance& absent = *meeting.add_attendances();
    absent.set_employee(person);
    absent.set_presence(Attendance::PRESENCE_ABSENT);
  }
  ASSIGN_OR_RETURN(const std::vector<MeetingMinutes> drafts, tables_.minutes.Children(tx.sql, meeting.name()));
  for (const MeetingMinutes& minutes : drafts) RETURN_IF_ERROR(TellChair(tx, minutes, meeting));
  return absl::OkStatus();
}

absl::Status Minutes::TellChair(record::Transaction& tx, const MeetingMinutes& minutes, const Meeting& meeting) const {
  // They are due when it was asked for them at first.
  ASSIGN_OR_RETURN(const std::vector<v1::PlanDuty> asked,
                   tables_.planning.plan_duties.Select(tx.sql, "WHERE subject = ? AND state = 'STATE_OPEN'", sql::Bind(minutes.name())));
  const absl::Time since = time::ToTime(meeting.close_time());
  const absl::CivilDay due = asked.empty() ? absl::ToCivilDay(since, tables_.planning.zone) : time::ToDay(asked.front().due_date());
  return notices_.Tell(tx, {.cause = absl::StrCat(minutes.name(), " approval"),
                            .recipient = minutes.chair(),
                            .subject = minutes.name(),
                            .wording = "minutes-to-approve",
                            .phrase = kMinutesToApprove,
                            .args = {{"title", minutes.title()},
                                     {"since", absl::FormatTime("%Y-%m-%d %H:%M", since, tables_.planning.zone)},
                                     {"date", time::DayText(due)}},
                            .waits = true});
}

absl::Status Minutes::Follow(record::Transaction& tx, const MeetingMinutes* before, const MeetingMinutes* after) const {
  if (before == nullptr || after == nullptr) return absl::OkStatus();
  if (after->state() == MeetingMinutes::STATE_APPROVED) {
    return before->state() == after->state() ? absl::OkStatus() : notices_.End(tx, after->name(), kMinutesAreApproved);
  }
  if (before->chair() == after->chair()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Meeting meeting, tables_.meetings.Find(tx.sql, record::ParentOf(after->name())));
  return meeting.state() == Meeting::STATE_CLOSED ? TellChair(tx, *after, meeting) : absl::OkStatus();
}

absl::StatusOr<Meeting> Minutes::RecordAttendance(record::Transaction& tx, const v1::RecordAttendanceRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Meeting> step, tables_.meetings.Begin(tx, request, "record_attendance"));
  RETURN_IF_ERROR(CheckLeads(tx, recipients_, step.before, step.after));
  status::BadFields bad;
  std::map<std::string, Attendance> by_person;
  for (const Attendance& one : step.before.attendances()) by_person[one.employee()] = one;
  for (int i = 0; i < request.attendances_size(); ++i) {
    const Attendance& one = request.attendances(i);
    const bool represented = one.presence() == Attendance::PRESENCE_REPRESENTED;
    if (represented == one.representative().empty() || one.representative() == one.employee()) {
      bad.Add(absl::StrCat("attendances[", i, "].representative"), kRepresentativeMismatched);
    }
    by_person[one.employee()] = one;
  }
  RETURN_IF_ERROR(bad.status());
  step.after.clear_attendances();
  for (const auto& [person, one] : by_person) *step.after.add_attendances() = one;
  return tables_.meetings.Finish(tx, step);
}

absl::Status Minutes::Update(record::Transaction& tx, const MeetingMinutes& before, MeetingMinutes& after) {
  RETURN_IF_ERROR(CheckLeads(tx, recipients_, before, after));
  if (before.state() == MeetingMinutes::STATE_DRAFT) return absl::OkStatus();
  return status::Error(kMinutesApproved, {{"name", before.name()}});
}

absl::StatusOr<MeetingMinutes> Minutes::Approve(record::Transaction& tx, const v1::ApproveMeetingMinutesRequest& request) {
  const std::string name = record::ParentOf(request.name());
  ASSIGN_OR_RETURN(const Meeting meeting, tables_.meetings.Lock(tx, name));
  ASSIGN_OR_RETURN(record::Step<MeetingMinutes> step, tables_.minutes.Begin(tx, request, "approve"));
  const bool manager = tx.call.principal.Has(options::v1::ROLE_OPERATIONS_MANAGER);
  if (!manager) RETURN_IF_ERROR(recipients_.CheckActs(tx, step.before.chair(), kNotYourMeeting, step.after));
  if (meeting.state() != Meeting::STATE_CLOSED) return status::Error(kMeetingNotClosed, {{"name", name}});
  step.after.set_approver(tx.call.principal.name);
  *step.after.mutable_approve_time() = time::ToTimestamp(tx.call.now);
  RETURN_IF_ERROR(plan_duties_.Done(tx, request.name()));
  return tables_.minutes.Finish(tx, step);
}

absl::StatusOr<MeetingMinutes> Minutes::Correct(record::Transaction& tx, const v1::CorrectMeetingMinutesRequest& request) {
  return tables_.minutes.Change(tx, request, "correct", [&](const MeetingMinutes& before, MeetingMinutes& after) -> absl::Status {
    RETURN_IF_ERROR(CheckLeads(tx, recipients_, before, after));
    v1::MinutesCorrection& correction = *after.add_corrections();
    correction.set_text(request.text());
    correction.set_author(tx.call.principal.name);
    *correction.mutable_add_time() = time::ToTimestamp(tx.call.now);
    return absl::OkStatus();
  });
}

absl::StatusOr<v1::RenderMeetingMinutesResponse> Minutes::Render(const rpc::Call& call, const v1::RenderMeetingMinutesRequest& request) {
  MinutesParts parts;
  ASSIGN_OR_RETURN(parts.minutes, tables_.minutes.Get(call, request.name()));
  const std::string meeting = record::ParentOf(request.name());
  RETURN_IF_ERROR(tables_.store.Read(call, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(parts.meeting, tables_.meetings.Find(session, meeting));
    ASSIGN_OR_RETURN(parts.entries, tables_.agenda_entries.Children(session, meeting));
    ASSIGN_OR_RETURN(parts.decisions, tables_.decisions.Select(session, "WHERE meeting = ? ORDER BY name", sql::Bind(meeting)));
    return absl::OkStatus();
  }));
  std::sort(parts.entries.begin(), parts.entries.end(), [](const AgendaEntry& a, const AgendaEntry& b) { return a.place() < b.place(); });
  v1::RenderMeetingMinutesResponse response;
  response.set_markdown(MinutesMarkdown(parts, call.language));
  response.set_sha256(text::Sha256Hex(response.markdown()));
  return response;
}

void Minutes::Bind(record::Methods& methods) {
  methods.Bind("RecordAttendance", this, &Minutes::RecordAttendance);
  methods.Reads(tables_.minutes);
  methods.Updates(tables_.minutes, this, &Minutes::Update);
  methods.Bind("ApproveMeetingMinutes", this, &Minutes::Approve);
  methods.Bind("CorrectMeetingMinutes", this, &Minutes::Correct);
  methods.Bind("RenderMeetingMinutes", this, &Minutes::Render);
}

}  // namespace heitie::planning
