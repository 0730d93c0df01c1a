#include "services/metrics/optimisation/estimates.h"

namespace heitie::metrics {
namespace {

using statistics::Defined;

const status::Phrase kNoDataText{"there are no data", "沒有資料"};
const status::Phrase kTooFewText{"there are too few observations", "觀測值過少"};
const status::Phrase kNoVarianceText{"nothing varies", "資料沒有變異"};
const status::Phrase kZeroDenominatorText{"it divides by zero", "分母為零"};
const status::Phrase kNoCovariateText{"the figure before the exposure does not vary", "曝光前的數值沒有變異"};
const status::Phrase kCollinearText{"the model's terms cannot be told apart in these data", "資料無法區分模型各項"};
const status::Phrase kOutOfRangeText{"it is greater than a number can hold", "數值超出可表示範圍"};

void SetInterval(const statistics::Interval& from, v1::ConfidenceInterval& to) {
  to.set_low(from.low);
  to.set_high(from.high);
}

void SetFigure(const statistics::Mean& from, v1::ArmFigure& to) {
  to.set_value(from.value);
  to.set_standard_error(from.standard_error);
}

}  // namespace

v1::UndefinedCause CauseOf(statistics::Cause cause) {
  switch (cause) {
    case statistics::Cause::kNoData:
      return v1::UNDEFINED_CAUSE_NO_DATA;
    case statistics::Cause::kTooFew:
      return v1::UNDEFINED_CAUSE_TOO_FEW;
    case statistics::Cause::kNoVariance:
      return v1::UNDEFINED_CAUSE_NO_VARIANCE;
    case statistics::Cause::kZeroDenominator:
      return v1::UNDEFINED_CAUSE_ZERO_DENOMINATOR;
    case statistics::Cause::kNoCovariate:
      return v1::UNDEFINED_CAUSE_NO_COVARIATE;
    case statistics::Cause::kCollinear:
      return v1::UNDEFINED_CAUSE_COLLINEAR;
    case statistics::Cause::kOutOfRange:
      return v1::UNDEFINED_CAUSE_OUT_OF_RANGE;
  }
  return v1::UNDEFINED_CAUSE_NO_DATA;
}

const status::Phrase& CauseText(v1::UndefinedCause cause) {
  switch (cause) {
    case v1::UNDEFINED_CAUSE_TOO_FEW:
      return kTooFewText;
    case v1::UNDEFINED_CAUSE_NO_VARIANCE:
      return kNoVarianceText;
    case v1::UNDEFINED_CAUSE_ZERO_DENOMINATOR:
      return kZeroDenominatorText;
    case v1::UNDEFINED_CAUSE_NO_COVARIATE:
      return kNoCovariateText;
    case v1::UNDEFINED_CAUSE_COLLINEAR:
      return kCollinearText;
    case v1::UNDEFINED_CAUSE_OUT_OF_RANGE:
      return kOutOfRangeText;
    default:
      return kNoDataText;
  }
}

v1::EffectEstimate EstimateOf(const statistics::Estimate& estimate) {
  v1::EffectEstimate out;
  out.set_effect(estimate.effect);
  out.set_standard_error(estimate.standard_error);
  out.set_statistic(estimate.statistic);
  if (estimate.degrees_of_freedom) out.set_degrees_of_freedom(*estimate.degrees_of_freedom);
  out.set_p_value(estimate.p_value);
  SetInterval(estimate.interval, *out.mutable_interval());
  return out;
}

v1::RelativeLift LiftOf(const statistics::Lift& lift) {
  v1::RelativeLift out;
  out.set_lift(lift.lift);
  out.set_standard_error(lift.standard_error);
  SetInterval(lift.interval, *out.mutable_interval());
  return out;
}

v1::AlwaysValidInterval AlwaysValidProto(const statistics::AlwaysValid& interval, double tuning) {
  v1::AlwaysValidInterval out;
  out.set_half_width(interval.half_width);
  SetInterval(interval.interval, *out.mutable_interval());
  out.set_p_value(interval.p_value);
  out.set_tuning(tuning);
  return out;
}

v1::ArmComparison GroupsOf(const Defined<statistics::Comparison>& comparison) {
  v1::ArmComparison out;
  if (!comparison) {
    out.set_undefined_cause(CauseOf(comparison.cause()));
    return out;
  }
  SetFigure(comparison->control, *out.mutable_control());
  SetFigure(comparison->treatment, *out.mutable_treatment());
  *out.mutable_estimate() = EstimateOf(comparison->estimate);
  return out;
}

v1::ArmComparison ArmsOf(const Defined<statistics::Comparison>& comparison, double alpha, int64_t count, double tuning) {
  v1::ArmComparison out = GroupsOf(comparison);
  if (!comparison) return out;
  const Defined<statistics::Lift> lift = statistics::RelativeLift(comparison->control, comparison->treatment, alpha);
  if (lift) {
    *out.mutable_lift() = LiftOf(*lift);
  } else {
    out.set_lift_undefined_cause(CauseOf(lift.cause()));
  }
  const statistics::Estimate& estimate = comparison->estimate;
  const auto valid = statistics::AlwaysValidOf(estimate.effect, estimate.standard_error, count, alpha, tuning);
  if (valid) *out.mutable_always_valid() = AlwaysValidProto(*valid, tuning);
  return out;
}

v1::ChangesComparison ChangesOf(const Defined<statistics::DifferenceInDifferences>& changes) {
  v1::ChangesComparison out;
  if (!changes) {
    out.mutable_comparison()->set_undefined_cause(CauseOf(changes.cause()));
    return out;
  }
  *out.mutable_comparison() = GroupsOf(changes->changes);
  if (changes->pre_trend) {
    *out.mutable_pre_trend() = EstimateOf(changes->pre_trend->estimate);
  } else {
    out.set_pre_trend_undefined_cause(CauseOf(changes->pre_trend.cause()));
  }
  if (changes->placebo) {
    *out.mutable_placebo() = EstimateOf(changes->placebo->estimate);
  } else {
    out.set_placebo_undefined_cause(CauseOf(changes->placebo.cause()));
  }
  return out;
}

v1::InterruptionFit InterruptionOf(const Defined<statistics::InterruptedTimeSeries>& fit) {
  v1::InterruptionFit out;
  if (!fit) {
    out.set_undefined_cause(CauseOf(fit.cause()));
    return out;
  }
  *out.mutable_level() = EstimateOf(fit->level);
  *out.mutable_slope() = EstimateOf(fit->slope);
  *out.mutable_average() = EstimateOf(fit->average);
  out.set_lag(fit->lag);
  out.set_terms(fit->terms);
  return out;
}

}  // namespace heitie::metrics
