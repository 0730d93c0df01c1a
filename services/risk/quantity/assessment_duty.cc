#include "services/risk/quantity/assessment_duty.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"

namespace heitie::risk {

using v1::AssessmentDuty;

namespace {

int32_t DaysFor(const v1::RiskPolicy& policy, AssessmentDuty::Cause cause) {
  switch (cause) {
    case AssessmentDuty::CAUSE_RERATED:
      return policy.rerating_days();
    case AssessmentDuty::CAUSE_INDICATOR:
      return policy.indicator_days();
    default:
      // Of policies of earlier releases.
      return policy.occurrence_days() > 0 ? policy.occurrence_days() : policy.indicator_days();
  }
}

}  // namespace

const record::StateMachine& AssessmentDutyMachine() {
  static const auto& machine = *new record::StateMachine(
      AssessmentDuty::State_descriptor(),
      {
          {AssessmentDuty::STATE_OPEN, "finish", AssessmentDuty::STATE_DONE, "the risk was assessed or closed", record::kConsequence},
      });
  return machine;
}

AssessmentDuties::AssessmentDuties(record::Store& store, const people::Directory& people, const RiskPolicies& policies,
                                   const Restriction& restriction)
    : people_(people), policies_(policies), duties_(store, &AssessmentDutyMachine()) {
  duties_.RestrictRows(restriction.Rows() || record::Own("owner"));
}

absl::StatusOr<std::vector<AssessmentDuty>> AssessmentDuties::OpenOf(sql::Session& session, const std::string& risk) const {
  return duties_.Select(session, "WHERE risk = ? AND state = 'STATE_OPEN' ORDER BY name", sql::Bind(risk));
}

absl::Status AssessmentDuties::Ask(record::Transaction& tx, const v1::Risk& risk, AssessmentDuty::Cause cause,
                                   const std::string& source) const {
  if (risk.state() == v1::Risk::STATE_CLOSED) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<AssessmentDuty> open, OpenOf(tx.sql, risk.name()));
  ASSIGN_OR_RETURN(const v1::RiskPolicy policy, policies_.InForce(tx.sql, tx.call.now));
  ASSIGN_OR_RETURN(const absl::CivilDay due, policies_.DueDay(tx.sql, policy, DaysFor(policy, cause), tx.call.now));
  if (!open.empty()) return Hasten(tx, open.front(), cause, source, due, policy);
  AssessmentDuty duty;
  duty.set_name(absl::StrCat("assessmentDuties/", record::NewId(tx.call.now)));
  duty.set_risk(risk.name());
  Mark(risk.restricted_risk(), duty);
  // Who has left is followed by somebody else, who gets the risk and then this.
  if (!people_.HasLeft(risk.owner(), tx.call.now)) duty.set_owner(risk.owner());
  duty.set_cause(cause);
  duty.set_source(source);
  *duty.mutable_due_date() = time::ToDate(due);
  duty.set_risk_policy(policy.name());
  duty.set_state(AssessmentDuty::STATE_OPEN);
  return duties_.Insert(tx, duty, "ask");
}

absl::Status AssessmentDuties::Hasten(record::Transaction& tx, const AssessmentDuty& open, AssessmentDuty::Cause cause,
                                      const std::string& source, absl::CivilDay due, const v1::RiskPolicy& policy) const {
  if (due >= time::ToDay(open.due_date())) return absl::OkStatus();
  ASSIGN_OR_RETURN(const AssessmentDuty before, duties_.Lock(tx, open.name()));
  AssessmentDuty after = before;
  after.set_cause(cause);
  after.set_source(source);
  *after.mutable_due_date() = time::ToDate(due);
  after.set_risk_policy(policy.name());
  return duties_.Update(tx, before, after, "hasten");
}

absl::Status AssessmentDuties::Done(record::Transaction& tx, const std::string& risk, const std::string& assessment) const {
  ASSIGN_OR_RETURN(const std::vector<AssessmentDuty> open, OpenOf(tx.sql, risk));
  for (const AssessmentDuty& duty : open) {
    RETURN_IF_ERROR(duties_
                        .Change(tx, record::Target(duty.name()), "finish",
                                [&](AssessmentDuty& after) {
                                  after.set_assessment(assessment);
                                  *after.mutable_done_time() = time::ToTimestamp(tx.call.now);
                                })
                        .status());
  }
  return absl::OkStatus();
}

absl::Status AssessmentDuties::Pass(record::Transaction& tx, const v1::Risk& risk) const {
  ASSIGN_OR_RETURN(const std::vector<AssessmentDuty> open, OpenOf(tx.sql, risk.name()));
  for (const AssessmentDuty& duty : open) {
    ASSIGN_OR_RETURN(const AssessmentDuty before, duties_.Lock(tx, duty.name()));
    AssessmentDuty after = before;
    after.set_owner(risk.owner());
    RETURN_IF_ERROR(duties_.Update(tx, before, after, "pass"));
  }
  return absl::OkStatus();
}

void AssessmentDuties::Bind(record::Methods& methods) { methods.Reads(duties_); }

}  // namespace heitie::risk
