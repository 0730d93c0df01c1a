#include "services/metrics/optimisation/verdict.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/status/reason.h"
#include "common/time/day.h"
#include "services/metrics/optimisation/estimates.h"
#include "services/metrics/optimisation/statistics_calls.h"

namespace heitie::metrics {
namespace {

using statistics::Defined;
using v1::MetricDefinition;
using v1::MetricEffect;

// ---- What speaks against a verdict. A condition's code is the reason's id.

const status::Reason kSampleRatioMismatch{absl::StatusCode::kFailedPrecondition, "SAMPLE_RATIO_MISMATCH",
                                          "The users who fell into the arms, {counts:list}, are not what was planned (p = {p}), so the "
                                          "arms differ in more than the change.",
                                          "各組使用者數 {counts:list} 與計畫不符（p = {p}），表示各組的差異不只來自此變更。"};
const status::Reason kNobodyExposed{absl::StatusCode::kFailedPrecondition, "NOBODY_EXPOSED", "Nobody was exposed to either variant.",
                                    "沒有使用者看到任一變體。"};
const status::Reason kPlannedSizeNotReached{
    absl::StatusCode::kFailedPrecondition, "PLANNED_SIZE_NOT_REACHED",
    "The arms have {counts:list} users whose window is over, of {planned:count} planned for each, so "
    "only the always-valid interval decides.",
    "各組觀察期已滿的使用者數為 {counts:list}，計畫每組 {planned:count} 位，因此僅由恆常有效區間判定。"};
const status::Reason kPlanChanged{absl::StatusCode::kFailedPrecondition, "PLAN_CHANGED",
                                  "The analysis plan was changed after the start; changes: {changes}.",
                                  "分析計畫在開始後被修改，次數：{changes}。"};
const status::Reason kEffectUndefined{absl::StatusCode::kFailedPrecondition, "EFFECT_UNDEFINED",
                                      "The effect on {metric} cannot be computed: {why}.", "無法計算對 {metric} 的效果：{why}。"};
const status::Reason kNotAdjusted{absl::StatusCode::kFailedPrecondition, "NOT_ADJUSTED", "{metric} is compared without adjustment: {why}.",
                                  "{metric} 未經調整即比較：{why}。"};
const status::Reason kEffectTooSmall{absl::StatusCode::kFailedPrecondition, "EFFECT_TOO_SMALL",
                                     "All of the interval stays below the smallest effect worth having, {smallest}.",
                                     "整個區間都小於值得追求的最小效果 {smallest}。"};
const status::Reason kGuardrailBroken{absl::StatusCode::kFailedPrecondition, "GUARDRAIL_BROKEN", "{metric} got worse by more than {bound}.",
                                      "{metric} 的惡化超過 {bound}。"};
const status::Reason kGuardrailOpen{absl::StatusCode::kFailedPrecondition, "GUARDRAIL_OPEN",
                                    "It is not shown that {metric} got worse by at most {bound}.",
                                    "尚無法證明 {metric} 的惡化不超過 {bound}。"};
const status::Reason kPreTrendDiffers{absl::StatusCode::kFailedPrecondition, "PRE_TREND_DIFFERS",
                                      "The units with the change ran apart from the others already before it (p = {p}).",
                                      "有變更的單位在變更前就與其他單位走勢不同（p = {p}）。"};
const status::Reason kPlaceboFinds{absl::StatusCode::kFailedPrecondition, "PLACEBO_FINDS",
                                   "A change that was none, in the middle of the time before, seems to have an effect (p = {p}).",
                                   "在變更前的中點假設一次變更，也顯示出效果（p = {p}）。"};
const status::Reason kParallelUntested{absl::StatusCode::kFailedPrecondition, "PARALLEL_UNTESTED",
                                       "Whether the units ran alike before the change could not be tested: {why}.",
                                       "無法檢驗各單位在變更前是否走勢一致：{why}。"};
const status::Reason kUnitsLacking{absl::StatusCode::kFailedPrecondition, "UNITS_LACKING",
                                   "Units left out because a period has no figure, over all metrics: {count}.",
                                   "因某期沒有數值而排除的單位（所有指標合計）：{count}。"};
const status::Reason kPeriodNotOver{absl::StatusCode::kFailedPrecondition, "PERIOD_NOT_OVER",
                                    "The plan's last day, {day}, is not closed yet.", "計畫的最後一天 {day} 尚未結清。"};
const status::Reason kNoControlGroup{absl::StatusCode::kFailedPrecondition, "NO_CONTROL_GROUP",
                                     "There is no control group: whatever else happened at the time of the change counts as its effect.",
                                     "沒有對照組：變更當時發生的其他事情也會被算作其效果。"};

void Add(v1::Verdict& verdict, const status::Reason& reason, const status::Args& args = {}) {
  const status::Words words = status::Say(reason, args);
  v1::VerdictCondition& condition = *verdict.add_failed_conditions();
  condition.set_code(reason.id);
  condition.set_description(words.en);
  condition.set_description_zh_tw(words.zh_tw);
}

std::string EffectText(double x) { return absl::StrFormat("%.4g", x); }

// ---- The summary

const status::Phrase kBetterSummary{"{metric} moved as wanted by {effect}, {level} % interval {low} to {high}.",
                                    "{metric} 依期望方向變動 {effect}，{level} % 區間為 {low} 至 {high}。"};
const status::Phrase kWorseSummary{"{metric} moved against what was wanted by {effect}, {level} % interval {low} to {high}.",
                                   "{metric} 與期望相反地變動 {effect}，{level} % 區間為 {low} 至 {high}。"};
const status::Phrase kOpenSummary{"No effect on {metric} is shown: {effect}, {level} % interval {low} to {high}.",
                                  "尚未顯示對 {metric} 有效果：{effect}，{level} % 區間為 {low} 至 {high}。"};
const status::Phrase kUndefinedSummary{"The effect on {metric} cannot be computed: {why}.", "無法計算對 {metric} 的效果：{why}。"};
const status::Phrase kWithheldSummary{"The verdict is withheld: users did not fall into the arms as planned.",
                                      "暫不作出結論：使用者未依計畫分入各組。"};

void Summarize(v1::Verdict& verdict) {
  const MetricEffect& target = verdict.target();
  const status::Phrase* phrase = &kOpenSummary;
  const std::string& metric = target.metric().metric();
  status::Args args = {{"metric", verdict.variant().empty() ? metric : absl::StrCat(metric, " (", verdict.variant(), ")")}};
  switch (verdict.conclusion()) {
    case v1::CONCLUSION_WITHHELD:
      phrase = &kWithheldSummary;
      break;
    case v1::CONCLUSION_UNDEFINED:
      phrase = &kUndefinedSummary;
      args.emplace_back("why", CauseText(target.undefined_cause()));
      break;
    case v1::CONCLUSION_BETTER:
      phrase = &kBetterSummary;
      break;
    case v1::CONCLUSION_WORSE:
      phrase = &kWorseSummary;
      break;
    default:
      break;
  }
  if (target.has_estimate()) {
    args.emplace_back("effect", EffectText(target.estimate().effect()));
    args.emplace_back("level", absl::StrFormat("%.10g", 100 * (1 - verdict.alpha())));
    args.emplace_back("low", EffectText(target.deciding_interval().low()));
    args.emplace_back("high", EffectText(target.deciding_interval().high()));
  }
  const status::Words words = status::Say(*phrase, args);
  verdict.set_summary(words.en);
  verdict.set_summary_zh_tw(words.zh_tw);
}

// ---- What all designs have in common

double SignOf(v1::Direction direction) { return direction == v1::DIRECTION_DECREASE ? -1 : 1; }

// The interval seen in the wanted direction.
statistics::Interval Wanted(const v1::ConfidenceInterval& interval, v1::Direction direction) {
  if (SignOf(direction) > 0) return {interval.low(), interval.high()};
  return {-interval.high(), -interval.low()};
}

v1::Worth WorthOf(const v1::ConfidenceInterval& interval, v1::Direction direction, double smallest) {
  const statistics::Interval wanted = Wanted(interval, direction);
  if (wanted.low >= smallest) return v1::WORTH_SHOWN;
  return wanted.high < smallest ? v1::WORTH_EXCLUDED : v1::WORTH_POSSIBLE;
}

v1::GuardrailStanding StandingOf(const v1::ConfidenceInterval& interval, v1::Direction direction, double bound) {
  const statistics::Interval wanted = Wanted(interval, direction);
  if (wanted.low >= -bound) return v1::GUARDRAIL_STANDING_HOLDS;
  return wanted.high < -bound ? v1::GUARDRAIL_STANDING_BROKEN : v1::GUARDRAIL_STANDING_OPEN;
}

// What each effect says, by its deciding p value.
void JudgeEffects(const Aim& aim, double alpha, std::vector<MetricEffect>& effects) {
  const size_t primary = PrimaryIn(aim);
  for (size_t i = 0; i < effects.size(); ++i) {
    MetricEffect& effect = effects[i];
    if (!effect.has_estimate()) continue;
    const v1::Direction direction = i == 0        ? aim.direction
                                    : i < primary ? aim.plan.further_metrics(static_cast<int>(i) - 1).direction()
                                                  : aim.guardrails[i - primary].direction();
    if (effect.adjusted_p_value() > alpha) {
      effect.set_conclusion(v1::CONCLUSION_OPEN);
    } else {
      effect.set_conclusion(effect.estimate().effect() * SignOf(direction) > 0 ? v1::CONCLUSION_BETTER : v1::CONCLUSION_WORSE);
    }
  }
}

// Of one treatment, or of what is compared without arms: its effects in the order of ComparedIn, and what speaks against them.
struct TreatmentEffects {
  std::vector<MetricEffect> effects;
  v1::Verdict findings;  // conditions and guardrails
};

// Intervals and p values that decide; p of the primary comparisons, of all treatments, adjusted for how many of them are defined.
void Decide(const Aim& aim, bool always_valid, double alpha, std::vector<TreatmentEffects>& all) {
  const size_t primary = PrimaryIn(aim);
  std::vector<double> p_values;
  for (TreatmentEffects& compared : all) {
    for (size_t i = 0; i < compared.effects.size(); ++i) {
      MetricEffect& effect = compared.effects[i];
      if (!effect.has_estimate()) {
        effect.set_conclusion(v1::CONCLUSION_UNDEFINED);
        continue;
      }
      const bool valid = always_valid && effect.comparison().has_always_valid();
      *effect.mutable_deciding_interval() = valid ? effect.comparison().always_valid().interval() : effect.estimate().interval();
      effect.set_adjusted_p_value(valid ? effect.comparison().always_valid().p_value() : effect.estimate().p_value());
      if (i < primary) p_values.push_back(effect.adjusted_p_value());
    }
  }
  const std::vector<double> adjusted = statistics::Holm(p_values);
  auto next = adjusted.begin();
  for (TreatmentEffects& compared : all) {
    for (size_t i = 0; i < primary; ++i) {
      if (compared.effects[i].has_estimate()) compared.effects[i].set_adjusted_p_value(*next++);
    }
    JudgeEffects(aim, alpha, compared.effects);
  }
}

void JudgeGuardrails(const Aim& aim, const std::vector<MetricEffect>& effects, v1::Verdict& verdict) {
  for (size_t i = 0; i < aim.guardrails.size(); ++i) {
    v1::GuardrailVerdict& judged = *verdict.add_guardrails();
    *judged.mutable_guardrail() = aim.guardrails[i];
    *judged.mutable_effect() = effects[PrimaryIn(aim) + i];
    const std::string& metric = aim.guardrails[i].metric().metric();
    const std::string bound = EffectText(aim.guardrails[i].bound());
    if (!judged.effect().has_estimate()) {
      judged.set_standing(v1::GUARDRAIL_STANDING_UNDEFINED);
      Add(verdict, kEffectUndefined, {{"metric", metric}, {"why", CauseText(judged.effect().undefined_cause())}});
      continue;
    }
    judged.set_standing(StandingOf(judged.effect().deciding_interval(), aim.guardrails[i].direction(), aim.guardrails[i].bound()));
    if (judged.standing() == v1::GUARDRAIL_STANDING_BROKEN) Add(verdict, kGuardrailBroken, {{"metric", metric}, {"bound", bound}});
    if (judged.standing() == v1::GUARDRAIL_STANDING_OPEN) Add(verdict, kGuardrailOpen, {{"metric", metric}, {"bound", bound}});
  }
}

// What is found about the effects of one treatment.
void FindAgainst(const Aim& aim, TreatmentEffects& compared) {
  v1::Verdict& findings = compared.findings;
  const MetricEffect& target = compared.effects[0];
  for (int i = 1; i < PrimaryIn(aim); ++i) {
    const MetricEffect& effect = compared.effects[i];
    if (effect.has_estimate()) continue;
    Add(findings, kEffectUndefined, {{"metric", effect.metric().metric()}, {"why", CauseText(effect.undefined_cause())}});
  }
  if (!target.has_estimate()) {
    Add(findings, kEffectUndefined, {{"metric", aim.target.metric()}, {"why", CauseText(target.undefined_cause())}});
  } else if (aim.smallest_effect > 0) {
    findings.set_worth(WorthOf(target.deciding_interval(), aim.direction, aim.smallest_effect));
    if (findings.worth() == v1::WORTH_EXCLUDED) Add(findings, kEffectTooSmall, {{"smallest", EffectText(aim.smallest_effect)}});
  }
  JudgeGuardrails(aim, compared.effects, findings);
}

// Of those that are BETTER, or else of all, the one with the greatest effect in the wanted direction.
size_t LeadingOf(const Aim& aim, const std::vector<TreatmentEffects>& all) {
  const auto rank = [&](const TreatmentEffects& compared) {
    const MetricEffect& target = compared.effects[0];
    const double effect = target.has_estimate() ? target.estimate().effect() * SignOf(aim.direction) : 0;
    return std::tuple(target.conclusion() == v1::CONCLUSION_BETTER, target.has_estimate(), effect);
  };
  const auto better = [&](const TreatmentEffects& a, const TreatmentEffects& b) { return rank(a) < rank(b); };
  return static_cast<size_t>(std::max_element(all.begin(), all.end(), better) - all.begin());
}

// `strength` is that of the design, to which a change of the plan adds its part.
void Conclude(const Aim& aim, std::vector<TreatmentEffects> all, bool always_valid, v1::Strength strength, v1::Verdict& verdict) {
  Decide(aim, always_valid, verdict.alpha(), all);
  if (aim.plan_changes > 0) {
    Add(verdict, kPlanChanged, {{"changes", aim.plan_changes}});
    strength = strength == v1::STRENGTH_STRONG ? v1::STRENGTH_MODERATE : v1::STRENGTH_WEAK;
  }
  for (TreatmentEffects& compared : all) FindAgainst(aim, compared);
  const size_t leading = LeadingOf(aim, all);
  const TreatmentEffects& lead = all[leading];
  verdict.MergeFrom(lead.findings);
  *verdict.mutable_target() = lead.effects[0];
  for (int i = 1; i < PrimaryIn(aim); ++i) *verdict.add_further() = lead.effects[i];
  verdict.set_conclusion(lead.effects[0].conclusion());
  verdict.set_strength(lead.effects[0].has_estimate() ? strength : v1::STRENGTH_NONE);
  for (size_t treatment = 0; all.size() > 1 && treatment < all.size(); ++treatment) {
    const TreatmentEffects& compared = all[treatment];
    v1::VariantVerdict& variant = *verdict.add_variants();
    variant.set_variant(VariantsOf(aim.plan.randomised())[treatment + 1]);
    if (treatment == leading) verdict.set_variant(variant.variant());
    variant.set_conclusion(compared.effects[0].conclusion());
    variant.set_worth(compared.findings.worth());
    *variant.mutable_target() = compared.effects[0];
    for (int i = 1; i < PrimaryIn(aim); ++i) *variant.add_further() = compared.effects[i];
    *variant.mutable_guardrails() = compared.findings.guardrails();
    *variant.mutable_failed_conditions() = compared.findings.failed_conditions();
  }
  Summarize(verdict);
}

v1::Verdict Begin(const Aim& aim, const v1::EvaluationPolicy& numbers) {
  v1::Verdict verdict;
  verdict.set_design(DesignOf(aim.plan));
  verdict.set_alpha(numbers.alpha());
  verdict.set_evaluation_policy(numbers.name());
  return verdict;
}

void SetEffect(const v1::ArmComparison& comparison, MetricEffect& effect) {
  if (comparison.has_estimate()) *effect.mutable_estimate() = comparison.estimate();
  effect.set_undefined_cause(comparison.undefined_cause());
}

// ---- Experiments

MetricEffect CompareArms(const UserMetric& metric, const ExperimentArms::Outcome& control_arm, const ExperimentArms::Outcome& treatment_arm,
                         bool adjusted, const v1::EvaluationPolicy& numbers, v1::Verdict& verdict, const v1::ComparedMetric& of) {
  MetricEffect effect;
  *effect.mutable_metric() = of;
  const statistics::PairMoments control = control_arm.pairs.moments(), treatment = treatment_arm.pairs.moments();
  const int64_t n = control.n + treatment.n;
  const auto take = [&](v1::ComparisonMethod method, const Defined<statistics::Comparison>& comparison) {
    effect.set_method(method);
    *effect.mutable_comparison() = ArmsOf(comparison, numbers.alpha(), n, numbers.tuning());
    SetEffect(effect.comparison(), effect);
  };
  if (metric.conversion()) {
    take(v1::COMPARISON_METHOD_TWO_PROPORTIONS,
         statistics::CompareProportions({control_arm.converted, control.n}, {treatment_arm.converted, treatment.n}, numbers.alpha()));
    return effect;
  }
  if (metric.ratio()) {
    take(v1::COMPARISON_METHOD_RATIO, statistics::CompareRatios(control, treatment, numbers.alpha()));
    return effect;
  }
  if (adjusted) {
    const auto means = statistics::CompareAdjustedMeans(control, treatment, numbers.alpha());
    if (means) {
      take(v1::COMPARISON_METHOD_ADJUSTED_MEANS, means->comparison);
      return effect;
    }
    if (means.cause() == statistics::Cause::kNoCovariate) {
      Add(verdict, kNotAdjusted, {{"metric", of.metric()}, {"why", CauseText(CauseOf(means.cause()))}});
    }
  }
  take(v1::COMPARISON_METHOD_WELCH, statistics::CompareMeans(control.y(), treatment.y(), numbers.alpha()));
  return effect;
}

std::string CountsText(const std::vector<int64_t>& counts) { return absl::StrJoin(counts, ", "); }

// False when nothing else is to be said.
bool CheckRatio(const v1::RandomisedPlan& plan, const ExperimentArms& arms, const v1::EvaluationPolicy& numbers, v1::Verdict& verdict) {
  const auto ratio = statistics::CheckSampleRatio(arms.exposed, SharesOf(plan));
  v1::ExperimentUsers& users = *verdict.mutable_users();
  if (!ratio) {
    Add(verdict, kNobodyExposed);
    return true;
  }
  users.set_sample_ratio_chi_square(ratio->chi_square);
  users.set_sample_ratio_p_value(ratio->p_value);
  if (ratio->p_value >= numbers.sample_ratio_bound()) return true;
  Add(verdict, kSampleRatioMismatch, {{"counts", CountsText(arms.exposed)}, {"p", EffectText(ratio->p_value)}});
  verdict.set_conclusion(v1::CONCLUSION_WITHHELD);
  verdict.set_strength(v1::STRENGTH_NONE);
  Summarize(verdict);
  return false;
}

// ---- Without randomisation

void CheckParallel(const v1::ChangesComparison& changes, double bound, v1::Verdict& verdict, v1::Strength& strength) {
  const auto fail = [&](const status::Reason& reason, const status::Args& args) {
    Add(verdict, reason, args);
    strength = v1::STRENGTH_WEAK;
  };
  if (!changes.has_pre_trend()) {
    fail(kParallelUntested, {{"why", CauseText(changes.pre_trend_undefined_cause())}});
  } else if (changes.pre_trend().p_value() < bound) {
    fail(kPreTrendDiffers, {{"p", EffectText(changes.pre_trend().p_value())}});
  }
  if (!changes.has_placebo()) {
    if (changes.has_pre_trend()) fail(kParallelUntested, {{"why", CauseText(changes.placebo_undefined_cause())}});
  } else if (changes.placebo().p_value() < bound) {
    fail(kPlaceboFinds, {{"p", EffectText(changes.placebo().p_value())}});
  }
}

void CheckOver(const Aim& aim, bool over, v1::Verdict& verdict) {
  if (!over) Add(verdict, kPeriodNotOver, {{"day", time::DayText(LastDayOf(aim.plan))}});
}

}  // namespace

std::vector<UserMetric> UserMetricsOf(const Aim& aim) {
  std::vector<UserMetric> metrics;
  for (const v1::ComparedMetric& compared : ComparedIn(aim)) {
    UserMetric& metric = metrics.emplace_back();
    metric.y = MetricIn(aim, compared.metric()).aggregation();
    if (!compared.denominator_metric().empty()) metric.x = MetricIn(aim, compared.denominator_metric()).aggregation();
  }
  return metrics;
}

v1::Verdict JudgeExperiment(const Aim& aim, const ExperimentArms& arms, const v1::EvaluationPolicy& numbers) {
  const v1::RandomisedPlan& plan = aim.plan.randomised();
  v1::Verdict verdict = Begin(aim, numbers);
  v1::ExperimentUsers& users = *verdict.mutable_users();
  const std::vector<std::string> variants = VariantsOf(plan);
  int64_t open = 0;
  for (size_t arm = 0; arm < variants.size(); ++arm) {
    v1::ArmUsers& one = *users.add_arms();
    one.set_variant(variants[arm]);
    one.set_count(arms.judged[arm]);
    one.set_exposed_count(arms.exposed[arm]);
    open += arms.exposed[arm] - arms.judged[arm];
  }
  users.set_control_count(arms.judged[kControlArm]);
  users.set_treatment_count(arms.judged[kTreatmentArm]);
  users.set_open_window_count(open);
  users.set_several_variants_count(arms.several);
  users.set_other_exposure_count(arms.other_exposures);
  users.set_planned_size_reached(*std::min_element(arms.judged.begin(), arms.judged.end()) >= plan.size_per_arm());
  if (!CheckRatio(plan, arms, numbers, verdict)) return verdict;
  if (!users.planned_size_reached()) {
    Add(verdict, kPlannedSizeNotReached, {{"counts", CountsText(arms.judged)}, {"planned", plan.size_per_arm()}});
  }
  const std::vector<UserMetric> metrics = UserMetricsOf(aim);
  const std::vector<v1::ComparedMetric> of = ComparedIn(aim);
  std::vector<TreatmentEffects> all;
  for (size_t arm = kTreatmentArm; arm < variants.size(); ++arm) {
    TreatmentEffects& compared = all.emplace_back();
    for (size_t i = 0; i < metrics.size(); ++i) {
      compared.effects.push_back(CompareArms(metrics[i], arms.outcomes[i][kControlArm], arms.outcomes[i][arm], plan.covariate_days() > 0,
                                             numbers, compared.findings, of[i]));
    }
  }
  Conclude(aim, std::move(all), !users.planned_size_reached(), v1::STRENGTH_STRONG, verdict);
  return verdict;
}

v1::Verdict JudgeUnits(const Aim& aim, const UnitFigures& figures, const v1::EvaluationPolicy& numbers) {
  v1::Verdict verdict = Begin(aim, numbers);
  CheckOver(aim, figures.periods_over, verdict);
  if (figures.lacking > 0) Add(verdict, kUnitsLacking, {{"count", figures.lacking}});
  v1::Strength strength = v1::STRENGTH_MODERATE;
  const std::vector<v1::ComparedMetric> compared = ComparedIn(aim);
  std::vector<MetricEffect> effects;
  for (size_t i = 0; i < compared.size(); ++i) {
    MetricEffect& effect = effects.emplace_back();
    *effect.mutable_metric() = compared[i];
    effect.set_method(v1::COMPARISON_METHOD_CHANGES);
    *effect.mutable_changes() = ChangesOf(statistics::CompareChanges(figures.units[i], numbers.alpha()));
    *effect.mutable_comparison() = effect.changes().comparison();
    SetEffect(effect.comparison(), effect);
    if (i == 0 && effect.has_estimate()) CheckParallel(effect.changes(), numbers.parallel_bound(), verdict, strength);
  }
  Conclude(aim, {{std::move(effects), {}}}, false, strength, verdict);
  return verdict;
}

v1::Verdict JudgeInterruption(const Aim& aim, const DailySeries& series, const v1::EvaluationPolicy& numbers) {
  const v1::BeforeAfterPlan& plan = aim.plan.before_after();
  v1::Verdict verdict = Begin(aim, numbers);
  Add(verdict, kNoControlGroup);
  CheckOver(aim, series.periods_over, verdict);
  const std::vector<v1::ComparedMetric> compared = ComparedIn(aim);
  const int64_t change = DayNumber(time::ToDay(plan.change_date()));
  std::vector<MetricEffect> effects;
  for (size_t i = 0; i < compared.size(); ++i) {
    MetricEffect& effect = effects.emplace_back();
    *effect.mutable_metric() = compared[i];
    effect.set_method(v1::COMPARISON_METHOD_INTERRUPTION);
    *effect.mutable_interruption() =
        InterruptionOf(statistics::FitInterruption(series.days[i], change, plan.weekday_terms(), numbers.alpha()));
    if (effect.interruption().has_average()) *effect.mutable_estimate() = effect.interruption().average();
    effect.set_undefined_cause(effect.interruption().undefined_cause());
  }
  Conclude(aim, {{std::move(effects), {}}}, false, v1::STRENGTH_WEAK, verdict);
  return verdict;
}

}  // namespace heitie::metrics
