#include "services/risk/treatment/treatment.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/risk/v1/rating.pb.h"
#include "heitie/risk/v1/treatment.pb.h"
#include "services/risk/quantity/rating.h"

namespace heitie::risk {

const status::Reason kTreatmentMissing{absl::StatusCode::kInvalidArgument, "TREATMENT_MISSING",
                                       "Choose avoidance, reduction, transfer or acceptance.", "請選擇規避、降低、轉移或接受。"};
const status::Reason kJustificationMissing{absl::StatusCode::kInvalidArgument, "JUSTIFICATION_MISSING",
                                           "Say why the risk can be controlled.", "請說明風險可有效控制的理由。"};
const status::Reason kAlreadyPast{absl::StatusCode::kInvalidArgument, "ALREADY_PAST", "{time} is past.", "{time} 已過。"};
const status::Reason kTimesReversed{absl::StatusCode::kInvalidArgument, "TIMES_REVERSED", "The end is not after the beginning.",
                                    "結束不晚於開始。"};
const status::Reason kEvaluatedTooEarly{absl::StatusCode::kInvalidArgument, "EFFECT_TOO_EARLY",
                                        "Its effect is judged on {day} at the earliest, when it is due.", "最早於到期日 {day} 評估成效。"};
const status::Reason kTreatmentNotPermitted{absl::StatusCode::kFailedPrecondition, "TREATMENT_NOT_PERMITTED",
                                            "{strategy} is not permitted for {name} at level {level}: {permitted}.",
                                            "{name} 為 {level} 級，不可採 {strategy}；可採：{permitted}。"};

namespace {

const status::Reason kNotAffected{absl::StatusCode::kInvalidArgument, "NOT_AFFECTED",
                                  "The risk is not on {subject} and does not affect it.", "此風險不涉及 {subject}。"};
const status::Reason kAcceptanceTooLong{absl::StatusCode::kInvalidArgument, "ACCEPTANCE_TOO_LONG",
                                        "A risk is accepted for {days} days at most, and then assessed anew.",
                                        "風險最多接受 {days} 天，之後須重新評估。"};
const status::Reason kRetainedWithoutMeasures{absl::StatusCode::kInvalidArgument, "RETAINED_WITHOUT_MEASURES",
                                              "What stays with the company is {level}: it needs measures.",
                                              "自留部分為 {level} 級，須有降低措施。"};

using v1::Treatment;

const status::Phrase kPermittedHigh{"AVOID; REDUCE or TRANSFER when declared controllable", "規避；聲明可有效控制時亦可降低或轉移"};
const status::Phrase kPermittedMedium{"REDUCE, TRANSFER", "降低、轉移"};
const status::Phrase kPermittedLow{"ACCEPT, REDUCE", "接受、降低"};
const status::Phrase kPermittedNothing{"nothing before an assessment", "無，須先評估"};

const status::Phrase& PermittedText(v1::Level level) {
  switch (level) {
    case v1::LEVEL_HIGH:
      return kPermittedHigh;
    case v1::LEVEL_MEDIUM:
      return kPermittedMedium;
    case v1::LEVEL_LOW:
      return kPermittedLow;
    default:
      return kPermittedNothing;
  }
}

void CheckDueDates(const std::string& field, const google::protobuf::RepeatedPtrField<v1::Measure>& measures, absl::CivilDay today,
                   status::BadFields& bad) {
  for (int i = 0; i < measures.size(); ++i) {
    const absl::CivilDay due = time::ToDay(measures[i].due_date());
    const std::string place = absl::StrCat(field, "[", i, "].");
    if (due < today) bad.Add(place + "due_date", kAlreadyPast, {{"time", time::DayText(due)}});
    CheckEvaluation(place + "evaluation_date", measures[i], bad);
  }
}

// What a decision adds to a measure.
void ClearDecided(v1::Measure& measure) {
  measure.clear_risk_measure();
  if (measure.has_target()) measure.mutable_target()->clear_level();
}

void CheckExpiry(const std::string& field, absl::Time expiry, absl::Time now, status::BadFields& bad) {
  if (expiry <= now) bad.Add(field, kAlreadyPast, {{"time", time::InstantText(expiry)}});
}

// What an instrument says that is not registered yet.
void CheckTerms(const v1::Transfer& transfer, absl::Time now, status::BadFields& bad) {
  const auto require = [&](const char* field, bool given) {
    if (!given) bad.Add(absl::StrCat("treatment.transfer.", field), status::kRequired);
  };
  require("instrument", transfer.instrument() != v1::Transfer::INSTRUMENT_UNSPECIFIED);
  require("reference", !transfer.reference().empty());
  require("counterparty", !transfer.counterparty().empty());
  require("start_time", transfer.has_start_time());
  require("expire_time", transfer.has_expire_time());
  require("cover_minor", transfer.cover_minor() > 0);
  require("currency_code", !transfer.currency_code().empty());
  if (!transfer.has_start_time() || !transfer.has_expire_time()) return;
  const absl::Time end = time::ToTime(transfer.expire_time());
  if (end <= time::ToTime(transfer.start_time())) bad.Add("treatment.transfer.expire_time", kTimesReversed);
  CheckExpiry("treatment.transfer.expire_time", end, now, bad);
}

void CheckTransfer(const v1::Transfer& transfer, const TreatmentRules& rules, status::BadFields& bad) {
  if (transfer.transfer_instrument().empty()) CheckTerms(transfer, rules.now, bad);
  CheckDueDates("treatment.transfer.measures", transfer.measures(), absl::ToCivilDay(rules.now, rules.zone), bad);
  if (!transfer.has_retained() || !transfer.measures().empty()) return;
  const v1::Level level = Rate(rules.matrix, transfer.retained()).level();
  if (level > v1::LEVEL_LOW) bad.Add("treatment.transfer.measures", kRetainedWithoutMeasures, {{"level", LevelText(level)}});
}

void CheckAcceptance(const v1::Acceptance& acceptance, const TreatmentRules& rules, status::BadFields& bad) {
  const absl::Time end = time::ToTime(acceptance.expire_time());
  CheckExpiry("treatment.acceptance.expire_time", end, rules.now, bad);
  const int32_t most = rules.policy.acceptance_days();
  if (most > 0 && end > rules.now + absl::Hours(24) * most) {
    bad.Add("treatment.acceptance.expire_time", kAcceptanceTooLong, {{"days", most}});
  }
}

}  // namespace

v1::Strategy StrategyOf(const Treatment& treatment) {
  switch (treatment.plan_case()) {
    case Treatment::kAvoidance:
      return v1::STRATEGY_AVOID;
    case Treatment::kReduction:
      return v1::STRATEGY_REDUCE;
    case Treatment::kTransfer:
      return v1::STRATEGY_TRANSFER;
    case Treatment::kAcceptance:
      return v1::STRATEGY_ACCEPT;
    case Treatment::PLAN_NOT_SET:
      break;
  }
  return v1::STRATEGY_UNSPECIFIED;
}

std::string StrategyText(v1::Strategy strategy) { return v1::Strategy_Name(strategy).substr(sizeof("STRATEGY_") - 1); }

std::string LevelText(v1::Level level) { return v1::Level_Name(level).substr(sizeof("LEVEL_") - 1); }

std::optional<absl::Time> ExpiryOf(const Treatment& treatment) {
  if (treatment.has_acceptance()) return time::ToTime(treatment.acceptance().expire_time());
  if (treatment.has_transfer()) return time::ToTime(treatment.transfer().expire_time());
  return std::nullopt;
}

Treatment AsProposed(const Treatment& treatment) {
  Treatment proposed = treatment;
  proposed.clear_level();
  proposed.clear_decider();
  proposed.clear_decide_time();
  proposed.clear_rating();
  proposed.clear_assessment();
  proposed.clear_matrix_version();
  proposed.clear_proposer();
  proposed.clear_risk_policy();
  if (proposed.has_target()) proposed.mutable_target()->clear_level();
  if (proposed.has_reduction()) {
    for (v1::Measure& measure : *proposed.mutable_reduction()->mutable_measures()) ClearDecided(measure);
  }
  if (proposed.has_transfer()) {
    for (v1::Measure& measure : *proposed.mutable_transfer()->mutable_measures()) ClearDecided(measure);
    if (proposed.transfer().has_retained()) proposed.mutable_transfer()->mutable_retained()->clear_level();
  }
  if (proposed.has_acceptance()) {
    proposed.mutable_acceptance()->clear_check_time();
    proposed.mutable_acceptance()->clear_checker();
    proposed.mutable_acceptance()->clear_finding();
  }
  return proposed;
}

google::protobuf::RepeatedPtrField<std::string> AvoidedBy(const v1::Risk& risk) {
  google::protobuf::RepeatedPtrField<std::string> subjects = risk.treatment().avoidance().subjects();
  if (subjects.empty()) *subjects.Add() = risk.subject();
  return subjects;
}

void CheckAffected(const std::string& field, const v1::Risk& risk, const google::protobuf::RepeatedPtrField<std::string>& subjects,
                   status::BadFields& bad) {
  const auto& affected = risk.affected_subjects();
  for (int i = 0; i < subjects.size(); ++i) {
    if (subjects[i] == risk.subject() || std::find(affected.begin(), affected.end(), subjects[i]) != affected.end()) continue;
    bad.Add(absl::StrCat(field, "[", i, "]"), kNotAffected, {{"subject", subjects[i]}});
  }
}

void CopyTerms(const v1::TransferInstrument& instrument, v1::Transfer& transfer) {
  transfer.set_instrument(instrument.kind());
  transfer.set_reference(instrument.reference());
  transfer.set_counterparty(instrument.counterparty());
  *transfer.mutable_start_time() = instrument.start_time();
  *transfer.mutable_expire_time() = instrument.end_time();
  transfer.set_cover_minor(instrument.cover_minor());
  transfer.set_currency_code(instrument.currency_code());
}

int32_t CadenceOf(const v1::RiskPolicy& policy, absl::Time at, const v1::Acceptance& acceptance) {
  if (acceptance.check_days() > 0) return acceptance.check_days();
  const int32_t days = policy.acceptance_check_days();
  return time::ToTime(acceptance.expire_time()) > at + absl::Hours(24) * days ? days : 0;
}

void SetDeadlines(const v1::RiskPolicy& policy, absl::Time at, v1::Risk& risk) {
  risk.clear_expire_time();
  risk.clear_check_due_time();
  risk.clear_check_overdue_days();
  std::optional<absl::Time> expiry = ExpiryOf(risk.treatment());
  if (const int32_t days = risk.treatment().acceptance().check_days(); days > 0) {
    const absl::Time due = at + absl::Hours(24) * days;
    *risk.mutable_check_due_time() = time::ToTimestamp(due);
    expiry = std::min(*expiry, due + absl::Hours(24) * policy.check_grace_days());
  }
  if (expiry.has_value()) *risk.mutable_expire_time() = time::ToTimestamp(*expiry);
}

bool Permitted(const Treatment& treatment, v1::Level level) {
  switch (StrategyOf(treatment)) {
    case v1::STRATEGY_AVOID:
      return level == v1::LEVEL_HIGH;
    case v1::STRATEGY_REDUCE:
      return level == v1::LEVEL_LOW || level == v1::LEVEL_MEDIUM || (level == v1::LEVEL_HIGH && treatment.controllable());
    case v1::STRATEGY_TRANSFER:
      return level == v1::LEVEL_MEDIUM || (level == v1::LEVEL_HIGH && treatment.controllable());
    case v1::STRATEGY_ACCEPT:
      return level == v1::LEVEL_LOW;
    default:
      return false;
  }
}

absl::Status CheckTreatment(const Treatment& treatment, const TreatmentRules& rules) {
  status::BadFields bad;
  if (treatment.controllable() && treatment.control_justification().empty()) {
    bad.Add("treatment.control_justification", kJustificationMissing);
  }
  switch (treatment.plan_case()) {
    case Treatment::kAvoidance:
      break;
    case Treatment::kReduction:
      CheckDueDates("treatment.reduction.measures", treatment.reduction().measures(), absl::ToCivilDay(rules.now, rules.zone), bad);
      break;
    case Treatment::kTransfer:
      CheckTransfer(treatment.transfer(), rules, bad);
      break;
    case Treatment::kAcceptance:
      CheckAcceptance(treatment.acceptance(), rules, bad);
      break;
    case Treatment::PLAN_NOT_SET:
      bad.Add("treatment", kTreatmentMissing);
  }
  return bad.status();
}

absl::Status CheckPermitted(const std::string& name, const Treatment& treatment, v1::Level level) {
  if (Permitted(treatment, level)) return absl::OkStatus();
  return status::Error(kTreatmentNotPermitted, {{"name", name},
                                                {"strategy", StrategyText(StrategyOf(treatment))},
                                                {"level", LevelText(level)},
                                                {"permitted", PermittedText(level)}});
}

}  // namespace heitie::risk
