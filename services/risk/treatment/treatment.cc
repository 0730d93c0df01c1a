#include "services/risk/treatment/treatment.h"

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/risk/v1/rating.pb.h"
#include "heitie/risk/v1/treatment.pb.h"

namespace heitie::risk {

const status::Reason kTreatmentMissing{absl::StatusCode::kInvalidArgument, "TREATMENT_MISSING",
                                       "Choose avoidance, reduction, transfer or acceptance.", "請選擇規避、降低、轉移或接受。"};
const status::Reason kJustificationMissing{absl::StatusCode::kInvalidArgument, "JUSTIFICATION_MISSING",
                                           "Say why the risk can be controlled.", "請說明風險可有效控制的理由。"};
const status::Reason kAlreadyPast{absl::StatusCode::kInvalidArgument, "ALREADY_PAST", "{time} is past.", "{time} 已過。"};
const status::Reason kTimesReversed{absl::StatusCode::kInvalidArgument, "TIMES_REVERSED", "The end is not after the beginning.",
                                    "結束不晚於開始。"};
const status::Reason kTreatmentNotPermitted{absl::StatusCode::kFailedPrecondition, "TREATMENT_NOT_PERMITTED",
                                            "{strategy} is not permitted for {name} at level {level}: {permitted}.",
                                            "{name} 為 {level} 級，不可採 {strategy}；可採：{permitted}。"};

namespace {

using v1::Treatment;

const status::Phrase kPermittedHigh{"AVOID; REDUCE or TRANSFER when declared controllable",
                                    "AVOID；聲明可有效控制時亦可 REDUCE 或 TRANSFER"};
const status::Phrase kPermittedMedium{"REDUCE, TRANSFER", "REDUCE、TRANSFER"};
const status::Phrase kPermittedLow{"ACCEPT, REDUCE", "ACCEPT、REDUCE"};
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

void CheckDueDates(const v1::Reduction& reduction, absl::CivilDay today, status::BadFields& bad) {
  for (int i = 0; i < reduction.measures_size(); ++i) {
    const absl::CivilDay due = time::ToDay(reduction.measures(i).due_date());
    if (due >= today) continue;
    bad.Add(absl::StrCat("treatment.reduction.measures[", i, "].due_date"), kAlreadyPast, {{"time", time::DayText(due)}});
  }
}

void CheckExpiry(const std::string& field, absl::Time expiry, absl::Time now, status::BadFields& bad) {
  if (expiry <= now) bad.Add(field, kAlreadyPast, {{"time", time::InstantText(expiry)}});
}

void CheckTransfer(const v1::Transfer& transfer, absl::Time now, status::BadFields& bad) {
  const absl::Time end = time::ToTime(transfer.expire_time());
  if (end <= time::ToTime(transfer.start_time())) bad.Add("treatment.transfer.expire_time", kTimesReversed);
  CheckExpiry("treatment.transfer.expire_time", end, now, bad);
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

absl::Status CheckTreatment(const Treatment& treatment, absl::Time now, absl::TimeZone zone) {
  status::BadFields bad;
  if (treatment.controllable() && treatment.control_justification().empty()) {
    bad.Add("treatment.control_justification", kJustificationMissing);
  }
  switch (treatment.plan_case()) {
    case Treatment::kAvoidance:
      break;
    case Treatment::kReduction:
      CheckDueDates(treatment.reduction(), absl::ToCivilDay(now, zone), bad);
      break;
    case Treatment::kTransfer:
      CheckTransfer(treatment.transfer(), now, bad);
      break;
    case Treatment::kAcceptance:
      CheckExpiry("treatment.acceptance.expire_time", time::ToTime(treatment.acceptance().expire_time()), now, bad);
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
