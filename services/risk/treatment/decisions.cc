#include "services/risk/treatment/decisions.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/record/json.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/risk/quantity/assessment.h"
#include "services/risk/quantity/rating.h"
#include "services/risk/register/restriction.h"
#include "services/risk/register/risk.h"
#include "services/risk/treatment/treatment.h"

namespace heitie::risk {

using v1::Risk;
using v1::Treatment;

namespace {

const status::Reason kNotProposed{absl::StatusCode::kFailedPrecondition, "NOT_PROPOSED",
                                  "No treatment is proposed for {name}: somebody has to propose one, and another one decides.",
                                  "{name} 尚無提議的應對措施：須由一人提議，另一人決定。"};
const status::Reason kTreatmentDiffers{absl::StatusCode::kInvalidArgument, "TREATMENT_DIFFERS", "This is not what was proposed.",
                                       "與提議的內容不同。"};
const status::Reason kAssessmentSame{absl::StatusCode::kFailedPrecondition, "ASSESSMENT_SAME",
                                     "{name} was accepted already since somebody assessed it: assess it anew.",
                                     "{name} 自上次評估後已接受過，請重新評估。"};
const status::Reason kNotAccepted{absl::StatusCode::kFailedPrecondition, "RISK_NOT_ACCEPTED", "{name} is not accepted.",
                                  "{name} 並未被接受。"};
const status::Reason kInstrumentNotCovering{absl::StatusCode::kFailedPrecondition, "INSTRUMENT_NOT_COVERING",
                                            "{instrument} is no longer in force or does not cover {name}.",
                                            "{instrument} 已失效或不涵蓋 {name}。"};

const status::Reason kAvoidanceBegun{absl::StatusCode::kFailedPrecondition, "AVOIDANCE_BEGUN",
                                     "{subject} is dropped already to avoid {name}: there is no other treatment any more.",
                                     "{subject} 已為規避 {name} 而取消，不可再改採其他應對。"};
const status::Reason kNotAvoided{absl::StatusCode::kFailedPrecondition, "NOT_AVOIDED", "{name} is not avoided by dropping {subject}.",
                                 "{name} 並非以取消 {subject} 規避。"};

// Every subject that is to be dropped has to do with the risk, and nothing is dropped yet.
absl::Status CheckAvoidance(const Risk& risk, const Treatment& treatment) {
  for (const v1::AvoidanceOutcome& outcome : risk.avoidance_outcomes()) {
    if (outcome.state() != v1::AvoidanceOutcome::STATE_DROPPED) continue;
    return status::Error(kAvoidanceBegun, {{"subject", outcome.subject()}, {"name", risk.name()}});
  }
  status::BadFields bad;
  CheckAffected("treatment.avoidance.subjects", risk, treatment.avoidance().subjects(), bad);
  return bad.status();
}

// The thing of its own that the same measure of the earlier treatment is; empty where there is none.
std::string KnownMeasure(const Treatment& earlier, const v1::Measure& measure) {
  for (const auto* measures : {&earlier.reduction().measures(), &earlier.transfer().measures()}) {
    for (const v1::Measure& before : *measures) {
      v1::Measure bare = before;
      bare.clear_risk_measure();
      if (google::protobuf::util::MessageDifferencer::Equals(bare, measure)) return before.risk_measure();
    }
  }
  return "";
}

// NOT_FOUND of an indicator that is to show the effect of a measure.
absl::Status CheckIndicators(sql::Session& session, const Treatment& treatment) {
  for (const auto* measures : {&treatment.reduction().measures(), &treatment.transfer().measures()}) {
    for (const v1::Measure& measure : *measures) {
      if (measure.indicator().empty()) continue;
      bool found = false;
      RETURN_IF_ERROR(session.Query("SELECT 1 FROM risk_indicators WHERE name = ?", sql::Bind(measure.indicator()),
                                    [&](const sql::Row&) { found = true; }));
      if (!found) return status::NotFound(measure.indicator());
    }
  }
  return absl::OkStatus();
}

// Whether an acceptance rested on the last entry of the history by which somebody assessed the risk, or on one that followed from it: also
// an acceptance that something else has taken the place of, or that a new matrix or a merger has voided.
absl::StatusOr<bool> IsAcceptedSinceAssessed(sql::Session& session, const std::string& risk) {
  std::string accepted_on, assessed;
  RETURN_IF_ERROR(session.Query(
      "SELECT payload FROM event WHERE aggregateid = ? AND aggregatetype = 'risk.heitie/Risk' AND type = 'treat' ORDER BY revision",
      sql::Bind(risk), [&](const sql::Row& row) {
        Risk treated;
        if (!row.IsNull(0) && record::FromJson(row.Text(0), &treated) && treated.treatment().has_acceptance()) {
          accepted_on = treated.treatment().assessment();
        }
      }));
  RETURN_IF_ERROR(
      session.Query("SELECT MAX(name) FROM assessments WHERE name > ? AND name < ? AND origin IN ('ORIGIN_ASSESSED', 'ORIGIN_UNSPECIFIED')",
                    sql::Bind(absl::StrCat(risk, "/assessments/"), absl::StrCat(risk, "/assessments0")), [&](const sql::Row& row) {
                      if (!row.IsNull(0)) assessed = row.Text(0);
                    }));
  return !accepted_on.empty() && assessed <= accepted_on;
}

bool Covers(const v1::TransferInstrument& instrument, const std::string& risk) {
  return std::find(instrument.risks().begin(), instrument.risks().end(), risk) != instrument.risks().end();
}

}  // namespace

absl::StatusOr<Decisions::Grounds> Decisions::Judge(record::Transaction& tx, const Risk& risk, const Treatment& treatment) const {
  Grounds grounds;
  ASSIGN_OR_RETURN(grounds.matrix, matrices_.InForce(tx.sql, tx.call.now));
  ASSIGN_OR_RETURN(grounds.policy, policies_.InForce(tx.sql, tx.call.now));
  grounds.level = Rate(grounds.matrix, risk.current()).level();
  RETURN_IF_ERROR(CheckTreatment(treatment, {grounds.matrix, grounds.policy, tx.call.now, policies_.zone()}));
  RETURN_IF_ERROR(CheckIndicators(tx.sql, treatment));
  const std::string& named = treatment.transfer().transfer_instrument();
  if (!named.empty()) {
    ASSIGN_OR_RETURN(grounds.instrument, book_.instruments().Find(tx.sql, named));
    const bool ended =
        grounds.instrument.state() != v1::TransferInstrument::STATE_CONCLUDED || time::ToTime(grounds.instrument.end_time()) <= tx.call.now;
    if (ended || !Covers(grounds.instrument, risk.name())) {
      return status::Error(kInstrumentNotCovering, {{"instrument", named}, {"name", risk.name()}});
    }
  }
  RETURN_IF_ERROR(CheckAvoidance(risk, treatment));
  RETURN_IF_ERROR(CheckPermitted(risk.name(), treatment, grounds.level));
  return grounds;
}

absl::StatusOr<Risk> Decisions::Propose(record::Transaction& tx, const v1::ProposeTreatmentRequest& request) {
  return risks_.Change(tx, request, "propose_treatment", [&](const Risk& before, Risk& after) -> absl::Status {
    RETURN_IF_ERROR(CheckDoes(tx.call, before.owner(), before.name()));
    const Treatment treatment = AsProposed(request.treatment());
    RETURN_IF_ERROR(Judge(tx, before, treatment).status());
    *after.mutable_proposed_treatment() = treatment;
    after.set_treatment_proposer(tx.call.principal.name);
    *after.mutable_treatment_propose_time() = time::ToTimestamp(tx.call.now);
    return absl::OkStatus();
  });
}

absl::StatusOr<Risk> Decisions::Treat(record::Transaction& tx, const v1::TreatRiskRequest& request) {
  return risks_.Change(tx, request, "treat", [&](const Risk& before, Risk& after) -> absl::Status {
    if (!before.has_proposed_treatment()) return status::Error(kNotProposed, {{"name", before.name()}});
    const std::string& decider = tx.call.principal.name;
    Treatment treatment = before.proposed_treatment();
    if (request.has_treatment() && !google::protobuf::util::MessageDifferencer::Equals(AsProposed(request.treatment()), treatment)) {
      status::BadFields bad;
      bad.Add("treatment", kTreatmentDiffers);
      return bad.status();
    }
    const bool accepts = treatment.has_acceptance();
    if (decider == before.treatment_proposer() || (accepts && decider == before.owner())) {
      return status::Error(kOwnWork, {{"person", decider}});
    }
    ASSIGN_OR_RETURN(const Grounds grounds, Judge(tx, before, treatment));
    if (accepts) {
      ASSIGN_OR_RETURN(const bool again, IsAcceptedSinceAssessed(tx.sql, before.name()));
      if (again) return status::Error(kAssessmentSame, {{"name", before.name()}});
    }
    ClearTreatment(after);
    RETURN_IF_ERROR(Carry(tx, before, grounds, treatment));
    treatment.set_level(grounds.level);
    *treatment.mutable_rating() = Rate(grounds.matrix, before.current());
    treatment.set_assessment(before.assessment());
    treatment.set_matrix_version(grounds.matrix.version());
    treatment.set_risk_policy(grounds.policy.name());
    treatment.set_proposer(before.treatment_proposer());
    treatment.set_decider(decider);
    *treatment.mutable_decide_time() = time::ToTimestamp(tx.call.now);
    after.set_strategy(StrategyOf(treatment));
    *after.mutable_treatment() = std::move(treatment);
    after.clear_proposed_treatment();
    after.clear_treatment_proposer();
    after.clear_treatment_propose_time();
    after.clear_treat_by_time();
    after.clear_treatment_overdue();
    SetDeadlines(grounds.policy, tx.call.now, after);
    if (after.strategy() != v1::STRATEGY_AVOID) return absl::OkStatus();
    for (const std::string& subject : AvoidedBy(after)) {
      v1::AvoidanceOutcome& outcome = *after.add_avoidance_outcomes();
      outcome.set_subject(subject);
      outcome.set_state(v1::AvoidanceOutcome::STATE_PENDING);
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<Risk> Decisions::Report(record::Transaction& tx, const v1::ReportAvoidanceRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Risk> step, risks_.Begin(tx, request));
  Risk& after = step.after;
  auto& outcomes = *after.mutable_avoidance_outcomes();
  const auto outcome =
      std::find_if(outcomes.begin(), outcomes.end(), [&](const v1::AvoidanceOutcome& one) { return one.subject() == request.subject(); });
  if (outcome == outcomes.end()) return status::Error(kNotAvoided, {{"name", after.name()}, {"subject", request.subject()}});
  // Told before, also when the risk was closed by it.
  if (outcome->state() != v1::AvoidanceOutcome::STATE_PENDING) return risks_.Decorated(tx.sql, step.before);
  RETURN_IF_ERROR(risks_.Advance(after, step.verb = "report_avoidance"));
  outcome->set_state(request.dropped() ? v1::AvoidanceOutcome::STATE_DROPPED : v1::AvoidanceOutcome::STATE_KEPT);
  outcome->set_reason(request.reason());
  outcome->set_reporter(tx.call.principal.name);
  *outcome->mutable_report_time() = time::ToTimestamp(tx.call.now);
  const bool all = std::all_of(outcomes.begin(), outcomes.end(),
                               [](const v1::AvoidanceOutcome& one) { return one.state() == v1::AvoidanceOutcome::STATE_DROPPED; });
  if (all) {
    RETURN_IF_ERROR(risks_.Advance(after, step.verb = "close"));
    SetClosed("avoided: all that was to be dropped is dropped", tx.call.now, after);
    RETURN_IF_ERROR(duties_.Done(tx, after.name(), ""));
  }
  return risks_.Finish(tx, step);
}

absl::Status Decisions::Carry(record::Transaction& tx, const Risk& risk, const Grounds& grounds, Treatment& treatment) const {
  if (treatment.has_target()) *treatment.mutable_target() = Rate(grounds.matrix, treatment.target());
  if (treatment.has_reduction()) {
    for (v1::Measure& measure : *treatment.mutable_reduction()->mutable_measures()) RETURN_IF_ERROR(CarryMeasure(tx, risk, measure));
  }
  if (treatment.has_acceptance()) RETURN_IF_ERROR(SetCadence(tx.sql, risk, grounds.policy, tx.call.now, *treatment.mutable_acceptance()));
  return treatment.has_transfer() ? CarryTransfer(tx, risk, grounds, *treatment.mutable_transfer()) : absl::OkStatus();
}

absl::Status Decisions::SetCadence(sql::Session& session, const Risk& risk, const v1::RiskPolicy& policy, absl::Time now,
                                   v1::Acceptance& acceptance) const {
  const int32_t days = CadenceOf(policy, now, acceptance);
  if (days == acceptance.check_days()) return absl::OkStatus();
  // The names of its risks are JSON.
  bool shown = false;
  RETURN_IF_ERROR(session.Query("SELECT name FROM risk_indicators WHERE state = 'STATE_ACTIVE' AND INSTR(risks, ?) > 0 LIMIT 1",
                                sql::Bind(absl::StrCat("\"", risk.name(), "\"")), [&](const sql::Row&) { shown = true; }));
  if (!shown) acceptance.set_check_days(days);
  return absl::OkStatus();
}

absl::Status Decisions::CarryMeasure(record::Transaction& tx, const Risk& risk, v1::Measure& measure) const {
  // Decided anew it is the thing that it was.
  const std::string known = KnownMeasure(risk.treatment(), measure);
  if (!known.empty()) {
    ASSIGN_OR_RETURN(const v1::RiskMeasure found, book_.measures().Find(tx.sql, known));
    if (found.state() != v1::RiskMeasure::STATE_CANCELLED) {
      measure.set_risk_measure(known);
      return absl::OkStatus();
    }
  }
  v1::RiskMeasure made;
  made.set_name(absl::StrCat("riskMeasures/", record::NewId(tx.call.now)));
  made.set_risk(risk.name());
  Mark(risk.restricted_risk(), made);
  made.set_kind(measure.kind() == v1::RiskMeasure::KIND_UNSPECIFIED ? v1::RiskMeasure::KIND_OTHER : measure.kind());
  made.set_description(measure.description());
  made.set_owner(measure.owner());
  *made.mutable_due_date() = measure.due_date();
  made.set_cost_minor(measure.cost_minor());
  made.set_currency_code(measure.currency_code());
  if (measure.has_target()) *made.mutable_target() = measure.target();
  made.set_indicator(measure.indicator());
  if (measure.has_evaluation_date()) *made.mutable_evaluation_date() = measure.evaluation_date();
  made.set_state(v1::RiskMeasure::STATE_OPEN);
  RETURN_IF_ERROR(book_.measures().Insert(tx, made));
  measure.set_risk_measure(made.name());
  return absl::OkStatus();
}

absl::Status Decisions::CarryTransfer(record::Transaction& tx, const Risk& risk, const Grounds& grounds, v1::Transfer& transfer) const {
  for (v1::Measure& measure : *transfer.mutable_measures()) RETURN_IF_ERROR(CarryMeasure(tx, risk, measure));
  if (transfer.has_retained()) *transfer.mutable_retained() = Rate(grounds.matrix, transfer.retained());
  if (!transfer.transfer_instrument().empty()) {
    CopyTerms(grounds.instrument, transfer);
    return absl::OkStatus();
  }
  v1::TransferInstrument made;
  made.set_name(absl::StrCat("transferInstruments/", record::NewId(tx.call.now)));
  Mark(risk.restricted_risk(), made);
  made.set_kind(transfer.instrument());
  made.set_reference(transfer.reference());
  made.set_counterparty(transfer.counterparty());
  made.add_risks(risk.name());
  *made.mutable_start_time() = transfer.start_time();
  *made.mutable_end_time() = transfer.expire_time();
  made.set_cover_minor(transfer.cover_minor());
  made.set_currency_code(transfer.currency_code());
  made.set_state(v1::TransferInstrument::STATE_CONCLUDED);
  RETURN_IF_ERROR(book_.instruments().Insert(tx, made));
  transfer.set_transfer_instrument(made.name());
  return absl::OkStatus();
}

absl::StatusOr<Risk> Decisions::Check(record::Transaction& tx, const v1::CheckAcceptanceRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Risk> step, risks_.Begin(tx, request, "check_acceptance"));
  if (!step.before.treatment().has_acceptance()) return status::Error(kNotAccepted, {{"name", step.before.name()}});
  RETURN_IF_ERROR(CheckDoes(tx.call, step.before.treatment().acceptance().monitor(), step.before.name()));
  ASSIGN_OR_RETURN(const v1::RiskPolicy policy, policies_.InForce(tx.sql, tx.call.now));
  v1::Acceptance& acceptance = *step.after.mutable_treatment()->mutable_acceptance();
  *acceptance.mutable_check_time() = time::ToTimestamp(tx.call.now);
  acceptance.set_checker(tx.call.principal.name);
  acceptance.set_finding(request.finding());
  SetDeadlines(policy, tx.call.now, step.after);
  ASSIGN_OR_RETURN(Risk checked, risks_.Finish(tx, step));
  if (request.changed()) RETURN_IF_ERROR(duties_.Ask(tx, checked, v1::AssessmentDuty::CAUSE_CHECK, checked.name()));
  return checked;
}

void Decisions::Bind(record::Methods& methods) {
  methods.Bind("ProposeTreatment", this, &Decisions::Propose);
  methods.Bind("TreatRisk", this, &Decisions::Treat);
  methods.Bind("CheckAcceptance", this, &Decisions::Check);
  methods.Bind("ReportAvoidance", this, &Decisions::Report);
}

}  // namespace heitie::risk
