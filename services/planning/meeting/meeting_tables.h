// The resources of meetings, shared by the concepts that keep them.
#ifndef HEITIE_SERVICES_PLANNING_MEETING_MEETING_TABLES_H_
#define HEITIE_SERVICES_PLANNING_MEETING_MEETING_TABLES_H_

#include <string>
#include <vector>

#include "common/record/kind.h"
#include "common/record/rule_set.h"
#include "heitie/planning/v1/action_item.pb.h"
#include "heitie/planning/v1/agenda_entry.pb.h"
#include "heitie/planning/v1/decision.pb.h"
#include "heitie/planning/v1/meeting.pb.h"
#include "heitie/planning/v1/meeting_minutes.pb.h"
#include "heitie/planning/v1/meeting_policy.pb.h"
#include "heitie/planning/v1/meeting_series.pb.h"
#include "services/planning/meeting/memberships.h"
#include "services/planning/notice/recipients.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

extern const status::Reason kNotYourMeeting;  // {name}
extern const status::Reason kLadderGoesBack;
extern const status::Reason kNoStandingMeeting;  // {department}

inline constexpr char kShippedMeetingPolicy[] = "meetingPolicies/shipped";

const record::StateMachine& MeetingSeriesMachine();
const record::StateMachine& MeetingMachine();
const record::StateMachine& ActionItemMachine();
const record::StateMachine& AgendaEntryMachine();
const record::StateMachine& DecisionMachine();
const record::StateMachine& MeetingMinutesMachine();
// Every bad field of what a version says.
absl::Status CheckMeetingPolicy(const v1::MeetingPolicy& policy);

// Whether somebody decides about meetings whoever leads them.
bool RunsMeetings(const rpc::Principal& principal);
// NOT_YOUR_MEETING of `row` for who neither leads `led` (a meeting, its minutes, a series) nor writes its minutes, nor stands in for one of
// the two today, nor runs meetings. Who stands in is on record in `row`.
template <typename Led, typename Row>
absl::Status CheckLeads(record::Transaction& tx, const Recipients& recipients, const Led& led, Row& row) {
  if (RunsMeetings(tx.call.principal)) return absl::OkStatus();
  return recipients.CheckActsForOne(tx, {led.chair(), led.secretary()}, kNotYourMeeting, row);
}
// Conditions on `agenda_entries`: it was deferred, or its meeting did not take place, and it has not come back since, on the agenda of a
// meeting `m` of its list that was held. `but` narrows those meetings down.
std::string IsDeferredStill(const char* but = "");
std::string IsLeftStill(const char* but = "");

// Chair, secretary and members, each once.
std::vector<std::string> PeopleOf(const v1::MeetingSeries& series);

// Thread-safe.
struct MeetingTables {
  MeetingTables(const service::Context& context, Tables& tables);

  Tables& planning;
  record::Store& store;
  record::RuleSet<v1::MeetingPolicy> policies;
  record::Kind<v1::MeetingSeries> series;
  record::Kind<v1::Meeting> meetings;
  record::Kind<v1::ActionItem> action_items;
  record::Kind<v1::AgendaEntry> agenda_entries;
  record::Kind<v1::Decision> decisions;
  record::Kind<v1::MeetingMinutes> minutes;
  Memberships memberships;

  // The standing meeting of a department. NO_STANDING_MEETING.
  absl::StatusOr<v1::MeetingSeries> StandingOf(sql::Session& session, const std::string& department) const;
  // As StandingOf, and it stays so until the transaction ends.
  absl::StatusOr<v1::MeetingSeries> GuardStandingOf(record::Transaction& tx, const std::string& department) const;
  // Whether a meeting of the series is to come, or a standing one will always be.
  absl::StatusOr<bool> MeetsAgain(sql::Session& session, const v1::MeetingSeries& series) const;
  // The series on whose agendas comes back what a series has open: itself, or the standing one where it does not meet again.
  // NO_STANDING_MEETING.
  absl::StatusOr<v1::MeetingSeries> ListOf(record::Transaction& tx, const v1::MeetingSeries& series) const;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_MEETING_MEETING_TABLES_H_
