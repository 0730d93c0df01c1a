#include "services/planning/meeting/meeting_tables.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "services/planning/meeting/meeting_days.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::ActionItem;
using v1::Meeting;
using v1::MeetingSeries;

const status::Reason kNotYourMeeting{StatusCode::kPermissionDenied, "NOT_YOUR_MEETING",
                                     "{name} is for its chair and its secretary to decide about.", "{name} 由其主席與記錄人決定。"};
const status::Reason kLadderGoesBack{StatusCode::kInvalidArgument, "LADDER_GOES_BACK", "No step comes before the one above it.",
                                     "每一步不得早於前一步。"};

const status::Reason kNoStandingMeeting{StatusCode::kFailedPrecondition, "NO_STANDING_MEETING",
                                        "{department} has no standing meeting that takes on what is open.",
                                        "{department} 沒有常設會議可承接未結事項。"};

const record::StateMachine& MeetingSeriesMachine() {
  static const auto& machine = *new record::StateMachine(
      MeetingSeries::State_descriptor(), {
                                             {MeetingSeries::STATE_ACTIVE, "end", MeetingSeries::STATE_ENDED},
                                             {MeetingSeries::STATE_ACTIVE, "end_with_project", MeetingSeries::STATE_ENDED,
                                              "its project is over, and what is open has another list", record::kConsequence},
                                         });
  return machine;
}

const record::StateMachine& MeetingMachine() {
  static const auto& machine = *new record::StateMachine(
      Meeting::State_descriptor(),
      {
          {Meeting::STATE_PLANNED, "publish_agenda", Meeting::STATE_AGENDA_PUBLISHED, "by itself when its time has come"},
          {Meeting::STATE_AGENDA_PUBLISHED, "hold", Meeting::STATE_HELD},
          {Meeting::STATE_HELD, "close", Meeting::STATE_CLOSED, "all of its agenda has come to something"},
          {Meeting::STATE_PLANNED, "move", Meeting::STATE_PLANNED},
          {Meeting::STATE_AGENDA_PUBLISHED, "move", Meeting::STATE_AGENDA_PUBLISHED},
          {Meeting::STATE_HELD, "record_attendance", Meeting::STATE_HELD},
          {Meeting::STATE_PLANNED, "cancel", Meeting::STATE_CANCELLED},
          {Meeting::STATE_AGENDA_PUBLISHED, "cancel", Meeting::STATE_CANCELLED},
          {Meeting::STATE_PLANNED, "miss", Meeting::STATE_PLANNED, "its time has passed", record::kConsequence},
          {Meeting::STATE_AGENDA_PUBLISHED, "miss", Meeting::STATE_AGENDA_PUBLISHED, "its time has passed", record::kConsequence},
          {Meeting::STATE_PLANNED, "withdraw", Meeting::STATE_CANCELLED, "its series does not have it any more", record::kConsequence},
          {Meeting::STATE_AGENDA_PUBLISHED, "withdraw", Meeting::STATE_CANCELLED, "its series does not have it any more",
           record::kConsequence},
          {Meeting::STATE_CANCELLED, "plan", Meeting::STATE_PLANNED, "its series has it again", record::kConsequence},
      });
  return machine;
}

const record::StateMachine& ActionItemMachine() {
  static const auto& machine = *new record::StateMachine(
      ActionItem::State_descriptor(),
      {
          {ActionItem::STATE_OPEN, "start", ActionItem::STATE_IN_PROGRESS},
          {ActionItem::STATE_OPEN, "finish", ActionItem::STATE_DONE},
          {ActionItem::STATE_IN_PROGRESS, "finish", ActionItem::STATE_DONE},
          {ActionItem::STATE_DONE, "verify", ActionItem::STATE_VERIFIED},
          {ActionItem::STATE_DONE, "send_back", ActionItem::STATE_IN_PROGRESS, "it is not done yet"},
          {ActionItem::STATE_OPEN, "postpone", ActionItem::STATE_OPEN},
          {ActionItem::STATE_IN_PROGRESS, "postpone", ActionItem::STATE_IN_PROGRESS},
          {ActionItem::STATE_OPEN, "make_task", ActionItem::STATE_OPEN},
          {ActionItem::STATE_IN_PROGRESS, "make_task", ActionItem::STATE_IN_PROGRESS},
          {ActionItem::STATE_OPEN, "leave_task", ActionItem::STATE_OPEN, "the project of its task is cancelled", record::kConsequence},
          {ActionItem::STATE_IN_PROGRESS, "leave_task", ActionItem::STATE_IN_PROGRESS, "the project of its task is cancelled",
           record::kConsequence},
          {ActionItem::STATE_OPEN, "cancel", ActionItem::STATE_CANCELLED},
          {ActionItem::STATE_IN_PROGRESS, "cancel", ActionItem::STATE_CANCELLED},
          {ActionItem::STATE_DONE, "cancel", ActionItem::STATE_CANCELLED},
          {ActionItem::STATE_OPEN, "remind", ActionItem::STATE_OPEN, "a step of the ladder is due", record::kConsequence},
          {ActionItem::STATE_IN_PROGRESS, "remind", ActionItem::STATE_IN_PROGRESS, "a step of the ladder is due", record::kConsequence},
          {ActionItem::STATE_DONE, "remind", ActionItem::STATE_DONE, "nobody says in time whether it is done well", record::kConsequence},
          {ActionItem::STATE_OPEN, "close_with_task", ActionItem::STATE_VERIFIED, "its task is done", record::kConsequence},
          {ActionItem::STATE_IN_PROGRESS, "close_with_task", ActionItem::STATE_VERIFIED, "its task is done", record::kConsequence},
          {ActionItem::STATE_VERIFIED, "reopen_with_task", ActionItem::STATE_IN_PROGRESS, "its task is taken up again",
           record::kConsequence},
          {ActionItem::STATE_OPEN, "cancel_with_task", ActionItem::STATE_CANCELLED, "its task is cancelled", record::kConsequence},
          {ActionItem::STATE_IN_PROGRESS, "cancel_with_task", ActionItem::STATE_CANCELLED, "its task is cancelled", record::kConsequence},
      });
  return machine;
}

absl::Status CheckMeetingPolicy(const v1::MeetingPolicy& policy) {
  status::BadFields bad;
  for (int i = 1; i < policy.reminder_steps_size(); ++i) {
    if (policy.reminder_steps(i).after_seconds() >= policy.reminder_steps(i - 1).after_seconds()) continue;
    bad.Add(absl::StrCat("meeting_policy.reminder_steps[", i, "].after_seconds"), kLadderGoesBack);
  }
  return bad.status();
}

bool RunsMeetings(const rpc::Principal& principal) {
  return principal.Has(options::v1::ROLE_OPERATIONS_MANAGER) || principal.Has(options::v1::ROLE_OPERATIONS_SPECIALIST);
}

std::string IsDeferredStill(const char* but) {
  return absl::StrCat(
      "(agenda_entries.outcome = 'OUTCOME_DEFERRED' AND NOT EXISTS (SELECT 1 FROM meetings m WHERE m.meeting_series = "
      "agenda_entries.list_series AND m.state IN ('STATE_HELD', 'STATE_CLOSED') AND m.start_time >= agenda_entries.defer_date AND "
      "(agenda_entries.carry_time IS NULL OR m.hold_time >= agenda_entries.carry_time)",
      but, "))");
}

std::string IsLeftStill(const char* but) {
  // What is being talked about ends with its meeting.
  return absl::StrCat(
      "(agenda_entries.state = 'STATE_OPEN' AND agenda_entries.kind IN ('KIND_PROPOSAL', 'KIND_CARRIED_OVER') AND NOT EXISTS (SELECT 1 "
      "FROM "
      "meetings h WHERE h.name = agenda_entries.meeting AND h.state = 'STATE_HELD') AND NOT EXISTS (SELECT 1 FROM meetings m WHERE "
      "m.meeting_series = agenda_entries.list_series AND m.state IN ('STATE_HELD', 'STATE_CLOSED') AND (CASE WHEN "
      "agenda_entries.carry_time "
      "IS NULL THEN m.name > agenda_entries.meeting ELSE m.hold_time >= agenda_entries.carry_time END)",
      but, "))");
}

std::vector<std::string> PeopleOf(const MeetingSeries& series) {
  std::vector<std::string> people{series.chair(), series.secretary()};
  people.insert(people.end(), series.members().begin(), series.members().end());
  std::sort(people.begin(), people.end());
  people.erase(std::unique(people.begin(), people.end()), people.end());
  return people;
}

MeetingTables::MeetingTables(const service::Context& context, Tables& tables)
    : planning(tables),
      store(tables.store),
      policies(store, kShippedMeetingPolicy, CheckMeetingPolicy),
      series(store, &MeetingSeriesMachine()),
      meetings(store, &MeetingMachine()),
      action_items(store, &ActionItemMachine()),
      agenda_entries(store, &AgendaEntryMachine()),
      decisions(store, &DecisionMachine()),
      minutes(store, &MeetingMinutesMachine()),
      memberships(context) {
  const record::Rule team = record::SameDepartment("department") || record::Holds(options::v1::ROLE_OPERATIONS_MANAGER) ||
                            record::Holds(options::v1::ROLE_OPERATIONS_SPECIALIST) || record::Holds(options::v1::ROLE_DATA_ANALYST) ||
                            record::Holds(options::v1::ROLE_PLATFORM_ENGINEER) || record::IsService("planning");
  const StandIns& stand_ins = tables.stand_ins;
  const record::Rule readers =
      record::Own("chair") || record::Own("secretary") || stand_ins.For("chair") || stand_ins.For("secretary") || team;
  const record::Rule those_who_meet = readers || memberships.In("meeting_series");
  series.RestrictRows(readers || memberships.In("name"));
  meetings.RestrictRows(those_who_meet);
  minutes.RestrictRows(those_who_meet);
  agenda_entries.RestrictRows(record::Own("owner") || stand_ins.For("owner") || those_who_meet);
  decisions.RestrictRows(record::Own("owner") || stand_ins.For("owner") || team || memberships.In("series"));
  action_items.RestrictRows(record::Own("owner") || record::Own("owed_to") || record::Own("deputy") || stand_ins.For("owner") ||
                            stand_ins.For("owed_to") || team || memberships.In("series"));
}

absl::StatusOr<MeetingSeries> MeetingTables::StandingOf(sql::Session& session, const std::string& department) const {
  ASSIGN_OR_RETURN(std::vector<MeetingSeries> standing, series.Select(session, "WHERE standing_of = ?", sql::Bind(department)));
  if (standing.empty()) return status::Error(kNoStandingMeeting, {{"department", department}});
  return std::move(standing.front());
}

absl::StatusOr<bool> MeetingTables::MeetsAgain(sql::Session& session, const MeetingSeries& of) const {
  if (of.state() != MeetingSeries::STATE_ACTIVE) return false;
  if (of.standing() || MeetsLater(of)) return true;
  bool to_come = false;
  RETURN_IF_ERROR(
      session.Query("SELECT name FROM meetings WHERE meeting_series = ? AND state IN ('STATE_PLANNED', 'STATE_AGENDA_PUBLISHED') LIMIT 1",
                    sql::Bind(of.name()), [&](const sql::Row&) { to_come = true; }));
  return to_come;
}

absl::StatusOr<MeetingSeries> MeetingTables::ListOf(record::Transaction& tx, const MeetingSeries& of) const {
  ASSIGN_OR_RETURN(const bool again, MeetsAgain(tx.sql, of));
  return again ? of : GuardStandingOf(tx, of.department());
}

absl::StatusOr<MeetingSeries> MeetingTables::GuardStandingOf(record::Transaction& tx, const std::string& department) const {
  ASSIGN_OR_RETURN(const MeetingSeries standing, StandingOf(tx.sql, department));
  // It may have ended while this waited for it.
  ASSIGN_OR_RETURN(MeetingSeries guarded, series.Guard(tx, standing.name()));
  const bool stands = guarded.state() == MeetingSeries::STATE_ACTIVE && guarded.standing() && guarded.department() == department;
  if (!stands) return status::Error(kNoStandingMeeting, {{"department", department}});
  return guarded;
}

}  // namespace heitie::planning
