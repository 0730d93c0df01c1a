#include "services/planning/meeting/decision.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "services/planning/followup/due_day.h"
#include "services/planning/meeting/meeting_series.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::Decision;
using v1::MeetingSeries;

const status::Reason kDecidersMissing{StatusCode::kInvalidArgument, "DECIDERS_MISSING", "A decision outside of meetings names who agreed.",
                                      "會議以外的決議須列出同意者。"};
const status::Reason kNotYourDecision{StatusCode::kPermissionDenied, "NOT_YOUR_DECISION", "{name} is for its owner to carry out.",
                                      "{name} 由其負責人執行。"};
const status::Reason kDecisionClosed{StatusCode::kFailedPrecondition, "DECISION_CLOSED", "{name} is not open.", "{name} 已非待執行狀態。"};

namespace {

const status::Phrase kDecisionGiven{"You are to see to it by {date} that it is carried out: {text}", "請於 {date} 前落實決議：{text}"};
const status::Phrase kDecisionIsOver{"The decision is closed.", "決議已結案。"};

}  // namespace

const record::StateMachine& DecisionMachine() {
  static const auto& machine = *new record::StateMachine(
      Decision::State_descriptor(), {
                                        {Decision::STATE_OPEN, "carry_out", Decision::STATE_CARRIED_OUT, "with a proof"},
                                        {Decision::STATE_OPEN, "supersede", Decision::STATE_SUPERSEDED},
                                        {Decision::STATE_OPEN, "revoke", Decision::STATE_REVOKED},
                                    });
  return machine;
}

Decisions::Decisions(MeetingTables& tables, const Notices& notices, const Recipients& recipients)
    : tables_(tables), notices_(notices), recipients_(recipients) {
  tables_.decisions.SetFollow(
      [this](record::Transaction& tx, const Decision* before, const Decision* after) { return Follow(tx, before, after); });
}

absl::Status Decisions::Prepare(record::Transaction& tx, Decision& decision, const std::string& path) const {
  status::BadFields bad;
  CheckDueDay(time::ToDay(decision.draft().due_date()), absl::ToCivilDay(tx.call.now, tables_.planning.zone), path + ".due_date", bad);
  if (decision.draft().deciders().empty()) bad.Add(path + ".deciders", kDecidersMissing);
  RETURN_IF_ERROR(bad.status());
  if (decision.series().empty()) {
    ASSIGN_OR_RETURN(const MeetingSeries standing, tables_.StandingOf(tx.sql, decision.department()));
    decision.set_series(standing.name());
  }
  ASSIGN_OR_RETURN(const MeetingSeries series, tables_.series.Guard(tx, decision.series()));
  if (decision.meeting().empty() && series.state() != MeetingSeries::STATE_ACTIVE) {
    return status::Error(kSeriesEnded, {{"name", series.name()}});
  }
  if (decision.department().empty()) decision.set_department(series.department());
  // Where no meeting takes it on yet, one is looked for later.
  const absl::StatusOr<MeetingSeries> list = tables_.ListOf(tx, series);
  if (list.ok()) {
    decision.set_series(list->name());
  } else if (status::ReasonOf(list.status()) != kNoStandingMeeting.id) {
    return list.status();
  }
  decision.set_owner(decision.draft().owner());
  *decision.mutable_due_date() = decision.draft().due_date();
  decision.set_state(Decision::STATE_OPEN);
  return absl::OkStatus();
}

absl::Status Decisions::Create(record::Transaction& tx, Decision& decision) { return Prepare(tx, decision, "decision.draft"); }

absl::StatusOr<Decision> Decisions::Record(record::Transaction& tx, const v1::DecisionDraft& draft, const v1::Meeting& meeting,
                                           const std::string& path) const {
  Decision decision;
  decision.set_name(absl::StrCat("decisions/", record::NewId(tx.call.now)));
  *decision.mutable_draft() = draft;
  for (const v1::Attendance& one : meeting.attendances()) {
    const bool there = one.presence() == v1::Attendance::PRESENCE_PRESENT || one.presence() == v1::Attendance::PRESENCE_LATE;
    if (draft.deciders().empty() && there) decision.mutable_draft()->add_deciders(one.employee());
  }
  if (decision.draft().deciders().empty()) decision.mutable_draft()->add_deciders(meeting.chair());
  decision.set_meeting(meeting.name());
  decision.set_series(record::ParentOf(meeting.name()));
  RETURN_IF_ERROR(Prepare(tx, decision, path));
  RETURN_IF_ERROR(tables_.decisions.Insert(tx, decision, "decide"));
  return decision;
}

absl::StatusOr<Decision> Decisions::CarryOut(record::Transaction& tx, const v1::CarryOutDecisionRequest& request) {
  return tables_.decisions.Change(tx, request, "carry_out", [&](const Decision& before, Decision& after) -> absl::Status {
    if (!tx.call.principal.Has(options::v1::ROLE_OPERATIONS_MANAGER)) {
      RETURN_IF_ERROR(recipients_.CheckActs(tx, before.owner(), kNotYourDecision, after));
    }
    after.set_state_reason(request.proof());
    return absl::OkStatus();
  });
}

absl::StatusOr<Decision> Decisions::Supersede(record::Transaction& tx, const v1::SupersedeDecisionRequest& request) {
  ASSIGN_OR_RETURN(const Decision other, tables_.decisions.Lock(tx, request.superseded_by()));
  if (other.state() != Decision::STATE_OPEN || other.name() == request.name()) {
    return status::Error(kDecisionClosed, {{"name", other.name()}});
  }
  return tables_.decisions.Change(tx, request, "supersede", [&](Decision& after) { after.set_superseded_by(other.name()); });
}

absl::StatusOr<Decision> Decisions::Revoke(record::Transaction& tx, const v1::RevokeDecisionRequest& request) {
  return tables_.decisions.Change(tx, request, "revoke", [&](Decision& after) { after.set_state_reason(request.reason()); });
}

absl::Status Decisions::Follow(record::Transaction& tx, const Decision* before, const Decision* after) const {
  if (after == nullptr) return absl::OkStatus();
  if (after->state() != Decision::STATE_OPEN) return notices_.End(tx, after->name(), kDecisionIsOver);
  if (before != nullptr && before->owner() == after->owner()) return absl::OkStatus();
  if (after->owner() == tx.call.principal.name) return absl::OkStatus();
  return notices_.Tell(tx, {.cause = absl::StrCat(after->name(), " owner ", after->etag()),
                            .recipient = after->owner(),
                            .subject = after->name(),
                            .wording = "decision-given",
                            .phrase = kDecisionGiven,
                            .args = {{"date", time::DayText(time::ToDay(after->due_date()))}, {"text", after->draft().text()}},
                            .waits = true});
}

absl::Status Decisions::Leave(record::Transaction& tx, const MeetingSeries& series) const {
  ASSIGN_OR_RETURN(const std::vector<Decision> open,
                   tables_.decisions.Select(tx.sql, "WHERE series = ? AND state = 'STATE_OPEN' ORDER BY name", sql::Bind(series.name())));
  if (open.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const MeetingSeries standing, tables_.GuardStandingOf(tx, series.department()));
  for (const Decision& one : open) {
    ASSIGN_OR_RETURN(const Decision before, tables_.decisions.Lock(tx, one.name()));
    Decision after = before;
    after.set_series(standing.name());
    RETURN_IF_ERROR(tables_.decisions.Update(tx, before, after, "adopt"));
  }
  return absl::OkStatus();
}

void Decisions::Bind(record::Methods& methods) {
  methods.Reads(tables_.decisions);
  methods.Creates(tables_.decisions, this, &Decisions::Create);
  methods.Bind("CarryOutDecision", this, &Decisions::CarryOut);
  methods.Bind("SupersedeDecision", this, &Decisions::Supersede);
  methods.Bind("RevokeDecision", this, &Decisions::Revoke);
}

}  // namespace heitie::planning
