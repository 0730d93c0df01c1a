// The agendas of meetings: gathered from what planning knows, kept from their publication on, and brought to an end (policy C1, W12).
#ifndef HEITIE_SERVICES_PLANNING_MEETING_AGENDAS_H_
#define HEITIE_SERVICES_PLANNING_MEETING_AGENDAS_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/event/mirror.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "heitie/activity/v1/incident.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_measure.pb.h"
#include "services/planning/followup/action_item.h"
#include "services/planning/meeting/agenda.h"
#include "services/planning/meeting/agenda_scope.h"
#include "services/planning/meeting/decision.h"
#include "services/planning/meeting/meeting_tables.h"

namespace heitie::planning {

extern const status::Reason kMeetingBegun;       // {name}
extern const status::Reason kMeetingNotHeld;     // {name}
extern const status::Reason kNoQuorum;           // {quorum} {present}
extern const status::Reason kOutcomeMismatched;  // A field.
extern const status::Reason kOutcomeUnexplained;
extern const status::Reason kEntriesOpen;     // {count}
extern const status::Reason kNotYourProject;  // {project}

// Thread-safe.
class Agendas {
 public:
  Agendas(const service::Context& context, MeetingTables& tables, const ActionItems& action_items, const Decisions& decisions,
          const Recipients& recipients);
  Agendas(const Agendas&) = delete;
  void Bind(record::Methods& methods);

  // Keeps what the scope of the series has by now: at the publication all of it, later what is new, marked as late.
  absl::Status Keep(record::Transaction& tx, const v1::Meeting& meeting, bool late) const;
  // What other chapters have for the agenda of a meeting of this scope that begins at an instant. Before the first agenda.
  using Source = std::function<absl::Status(sql::Session&, const AgendaScope&, absl::Time begin, std::vector<AgendaFact>&)>;
  void AddSource(Source source) { sources_.push_back(std::move(source)); }
  // A series is over: what it has deferred, or left undone, goes to the standing meeting of the department. NO_STANDING_MEETING.
  absl::Status Leave(record::Transaction& tx, const v1::MeetingSeries& series) const;
  // ENTRIES_OPEN.
  absl::Status CheckConcluded(sql::Session& session, const v1::Meeting& meeting) const;

 private:
  absl::Status Create(record::Transaction& tx, v1::AgendaEntry& entry);
  absl::StatusOr<v1::ComputeAgendaResponse> Compute(const rpc::Call& call, const v1::ComputeAgendaRequest& request);
  absl::StatusOr<v1::AgendaEntry> Conclude(record::Transaction& tx, const v1::ConcludeAgendaEntryRequest& request);

  absl::StatusOr<std::vector<v1::AgendaEntry>> Gather(sql::Session& session, const v1::MeetingSeries& series,
                                                      const v1::Meeting& meeting) const;
  absl::Status GatherFollowUp(sql::Session& session, const v1::MeetingSeries& series, const v1::Meeting& meeting, absl::CivilDay day,
                              std::vector<AgendaFact>& facts) const;
  absl::Status GatherProjects(sql::Session& session, const AgendaScope& scope, const v1::Meeting& meeting, absl::CivilDay day,
                              std::vector<AgendaFact>& facts) const;
  // Projects of the scope on which more was spent than the work done is worth, by more than the policy's part of the plan.
  absl::Status GatherCosts(sql::Session& session, const AgendaScope& scope, int most_percent, std::vector<AgendaFact>& facts) const;
  // Risks that are open, and measures against them that are overdue; none of those that few may know.
  absl::Status GatherRisks(sql::Session& session, const AgendaScope& scope, absl::CivilDay day, std::vector<AgendaFact>& facts) const;
  absl::Status GatherOthers(sql::Session& session, const AgendaScope& scope, absl::CivilDay day, std::vector<AgendaFact>& facts) const;
  // NOT_YOUR_PROJECT.
  absl::Status CheckGivesTasks(record::Transaction& tx, const std::string& project) const;
  // Writes the entries of an agenda in their places, those that are `known` to it and those that are new.
  absl::Status Put(record::Transaction& tx, const v1::Meeting& meeting, bool late, const std::vector<v1::AgendaEntry>& known,
                   std::vector<v1::AgendaEntry>& entries) const;
  job::Outcome KeepLate(const rpc::Call& call);

  MeetingTables& tables_;
  const ActionItems& action_items_;
  const Decisions& decisions_;
  const Recipients& recipients_;
  event::Mirror<risk::v1::Risk> risks_;
  event::Mirror<risk::v1::RiskMeasure> risk_measures_;
  event::Mirror<activity::v1::Incident> incidents_;
  std::vector<Source> sources_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_MEETING_AGENDAS_H_
