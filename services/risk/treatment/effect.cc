#include "services/risk/treatment/effect.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/client/own_call.h"
#include "common/status/macros.h"
#include "common/status/outage.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/measure.pb.h"
#include "heitie/metrics/v1/optimisation_service.methods.h"

namespace heitie::risk {

using metrics::v1::EvaluateChangeRequest;
using metrics::v1::Verdict;
using v1::IndicatorDefinition;
using v1::RiskMeasure;

namespace {

// Days before the change that are compared at the least, and what metrics take at the most.
constexpr int64_t kLeastDaysBefore = 28, kMostDays = 1830;
// What metrics need since the change; from two weeks on days of the week can be told apart.
constexpr int64_t kLeastDaysSince = 2, kWeekdayDays = 14;

struct Judged {
  RiskMeasure::Effect effect;
  RiskMeasure::Strength strength;
  std::string statement;
};

bool Says(const std::optional<MetricsVerdict>& verdict, metrics::v1::Conclusion conclusion) {
  return verdict.has_value() && verdict->conclusion == conclusion;
}

RiskMeasure::Strength StrengthOf(metrics::v1::Strength strength) {
  switch (strength) {
    case metrics::v1::STRENGTH_STRONG:
      return RiskMeasure::STRENGTH_STRONG;
    case metrics::v1::STRENGTH_MODERATE:
      return RiskMeasure::STRENGTH_MEDIUM;
    default:
      return RiskMeasure::STRENGTH_WEAK;
  }
}

// What the change of its indicator says of it by itself.
Judged ByIndicator(const EffectFacts& facts) {
  const std::string course = absl::StrCat("the indicator is ", v1::Light_Name(facts.now), ", was ", v1::Light_Name(facts.before));
  const bool told = facts.now == v1::LIGHT_GREEN || facts.now == v1::LIGHT_AMBER || facts.now == v1::LIGHT_RED;
  const bool known = facts.before == v1::LIGHT_AMBER || facts.before == v1::LIGHT_RED;
  if (told && known && facts.now < facts.before) {
    if (Says(facts.verdict, metrics::v1::CONCLUSION_OPEN)) {
      return {RiskMeasure::EFFECT_EFFECTIVE, RiskMeasure::STRENGTH_WEAK, course + ", which metrics cannot tell from chance"};
    }
    return {RiskMeasure::EFFECT_EFFECTIVE, RiskMeasure::STRENGTH_MEDIUM, course};
  }
  if (facts.now == v1::LIGHT_GREEN) {
    return {RiskMeasure::EFFECT_EFFECTIVE, RiskMeasure::STRENGTH_WEAK, "the indicator has stayed GREEN, and nothing has happened"};
  }
  return {RiskMeasure::EFFECT_UNKNOWN, RiskMeasure::STRENGTH_WEAK,
          told ? "the indicator is no better, and nothing has happened" : "no indicator tells, and nothing has happened"};
}

}  // namespace

void JudgeEffect(const EffectFacts& facts, RiskMeasure& measure) {
  // What is bad comes first, so that of as much it counts.
  std::vector<Judged> judgements;
  if (facts.occurrences > 0) {
    judgements.push_back({RiskMeasure::EFFECT_INEFFECTIVE, RiskMeasure::STRENGTH_STRONG,
                          absl::StrCat("the risk has occurred ", facts.occurrences, " times since it was verified")});
  }
  if (Says(facts.verdict, metrics::v1::CONCLUSION_WORSE)) {
    judgements.push_back({RiskMeasure::EFFECT_INEFFECTIVE, StrengthOf(facts.verdict->strength), "metrics judge that it made things worse"});
  }
  if (facts.now == v1::LIGHT_RED) {
    judgements.push_back({RiskMeasure::EFFECT_INEFFECTIVE, RiskMeasure::STRENGTH_MEDIUM,
                          absl::StrCat("the indicator is ", v1::Light_Name(facts.now), ", was ", v1::Light_Name(facts.before))});
  }
  if (Says(facts.verdict, metrics::v1::CONCLUSION_BETTER)) {
    judgements.push_back(
        {RiskMeasure::EFFECT_EFFECTIVE, StrengthOf(facts.verdict->strength), "metrics judge that it made things better, beyond chance"});
  }
  if (judgements.empty()) judgements.push_back(ByIndicator(facts));
  const auto most =
      std::max_element(judgements.begin(), judgements.end(), [](const Judged& a, const Judged& b) { return a.strength < b.strength; });
  measure.set_effect(most->effect);
  measure.set_effect_strength(most->strength);
  measure.set_effect_statement(most->statement);
  measure.clear_conclusion();
  measure.clear_conclusion_strength();
  if (!facts.verdict.has_value()) return;
  measure.set_conclusion(facts.verdict->conclusion);
  measure.set_conclusion_strength(facts.verdict->strength);
}

std::optional<EvaluateChangeRequest> ChangeToEvaluate(const RiskMeasure& measure, const IndicatorDefinition& definition,
                                                      absl::TimeZone zone) {
  if (definition.metric().empty() || !measure.has_verify_time()) return std::nullopt;
  const absl::CivilDay change = absl::ToCivilDay(time::ToTime(measure.verify_time()), zone);
  const int64_t since = std::min(time::ToDay(measure.evaluation_date()) - change, kMostDays);
  if (since < kLeastDaysSince) return std::nullopt;
  EvaluateChangeRequest request;
  request.mutable_metric()->set_metric(definition.metric());
  request.set_direction(definition.direction() == IndicatorDefinition::DIRECTION_LOW_IS_BAD ? metrics::v1::DIRECTION_INCREASE
                                                                                            : metrics::v1::DIRECTION_DECREASE);
  request.mutable_plan()->set_activity(definition.activity());
  metrics::v1::BeforeAfterPlan& plan = *request.mutable_plan()->mutable_before_after();
  *plan.mutable_change_date() = time::ToDate(change);
  plan.set_days_before(static_cast<int32_t>(std::max(kLeastDaysBefore, since)));
  plan.set_days_after(static_cast<int32_t>(since));
  plan.set_weekday_terms(since >= kWeekdayDays);
  return request;
}

EffectVerdicts::EffectVerdicts(const service::Context& context) : context_(context), zone_(context.time_zone) {
  context.client("metrics");  // A target that is not configured stops the process now, not on the first evaluation date.
}

absl::StatusOr<EffectVerdicts::Answer> EffectVerdicts::OfMeasure(const rpc::Call& own, const std::string& measure) const {
  metrics::v1::GetMeasureRequest named;
  named.set_name(measure);
  ASSIGN_OR_RETURN(const metrics::v1::Measure found, context_.Call(own, metrics::v1::method::GetMeasure, named));
  if (found.conclusion() != metrics::v1::CONCLUSION_UNSPECIFIED) return Answer{MetricsVerdict{found.conclusion(), found.strength()}};
  if (!found.has_start_time()) return Answer{};
  // Nobody has evaluated it yet: as it stands.
  metrics::v1::ExamineMeasureRequest examined;
  examined.set_name(measure);
  ASSIGN_OR_RETURN(const Verdict verdict, context_.Call(own, metrics::v1::method::ExamineMeasure, examined));
  return Answer{MetricsVerdict{verdict.conclusion(), verdict.strength()}, verdict.waiting_for_size() > 0};
}

absl::StatusOr<EffectVerdicts::Answer> EffectVerdicts::Ask(const rpc::Call& call, const RiskMeasure& measure,
                                                           const IndicatorDefinition* definition) const {
  const rpc::Call own = client::OwnCall(call, "risk");
  absl::StatusOr<Answer> answer = Answer{};
  if (!measure.metrics_measure().empty()) {
    answer = OfMeasure(own, measure.metrics_measure());
  } else if (definition != nullptr) {
    const std::optional<EvaluateChangeRequest> request = ChangeToEvaluate(measure, *definition, zone_);
    if (!request.has_value()) return Answer{};
    const absl::StatusOr<Verdict> verdict = context_.Call(own, metrics::v1::method::EvaluateChange, *request);
    if (verdict.ok()) return Answer{MetricsVerdict{verdict->conclusion(), verdict->strength()}, verdict->waiting_for_size() > 0};
    answer = verdict.status();
  }
  if (answer.ok() || status::IsOutage(answer.status())) return answer;
  return Answer{};
}

}  // namespace heitie::risk
