#include "services/metrics/optimisation/statistics_calls.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/statistics/comparison.h"
#include "common/statistics/sample_size.h"
#include "common/statistics/without_control.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "services/metrics/optimisation/estimates.h"

namespace heitie::metrics {

const status::Reason kSuccessesBeyondTrials{absl::StatusCode::kInvalidArgument, "SUCCESSES_BEYOND_TRIALS",
                                            "{successes:count} of {trials:count} cannot have converted.",
                                            "{trials:count} 個單位不可能有 {successes:count} 個轉換。"};
const status::Reason kArmToldTwice{absl::StatusCode::kInvalidArgument, "ARM_TOLD_TWICE",
                                   "Give either the observations or their count, mean and variance.",
                                   "請提供觀測值，或提供數量、平均數與變異數，不可兩者並用。"};
const status::Reason kImpossibleCovariance{absl::StatusCode::kInvalidArgument, "IMPOSSIBLE_COVARIANCE",
                                           "The square of a covariance is at most the product of the variances.",
                                           "共變異數的平方不可大於兩個變異數的乘積。"};
const status::Reason kNothingToCompare{absl::StatusCode::kInvalidArgument, "NOTHING_TO_COMPARE", "Give either proportions or means.",
                                       "請提供比例或平均數。"};
const status::Reason kUnevenPeriods{absl::StatusCode::kInvalidArgument, "UNEVEN_PERIODS",
                                    "All units have as many periods as the first one: {before} before the change and {after} since.",
                                    "所有單位的期數須與第一個單位相同：變更前 {before} 期，變更後 {after} 期。"};
const status::Reason kDaysNotAscending{absl::StatusCode::kInvalidArgument, "DAYS_NOT_ASCENDING", "Days ascend, and each comes once.",
                                       "日期須遞增，且不可重複。"};

namespace {

using statistics::Moments;
using statistics::PairMoments;

void CheckProportion(const std::string& field, const v1::ProportionArm& arm, status::BadFields& bad) {
  if (arm.successes() <= arm.trials()) return;
  bad.Add(field + ".successes", kSuccessesBeyondTrials, {{"successes", arm.successes()}, {"trials", arm.trials()}});
}

void CheckMeanArm(const std::string& field, const v1::MeanArm& arm, status::BadFields& bad) {
  const bool summary = arm.count() != 0 || arm.mean() != 0 || arm.variance() != 0;
  if (summary && arm.observations_size() > 0) bad.Add(field + ".observations", kArmToldTwice);
}

void CheckPairArm(const std::string& field, const v1::PairArm& arm, status::BadFields& bad) {
  // A report's figures are rounded.
  constexpr double kRounding = 1 + 1e-6;
  if (std::abs(arm.covariance()) <= std::sqrt(arm.x_variance()) * std::sqrt(arm.y_variance()) * kRounding) return;
  bad.Add(field + ".covariance", kImpossibleCovariance);
}

statistics::Proportion ProportionOf(const v1::ProportionArm& arm) { return {arm.successes(), arm.trials()}; }

Moments MomentsOf(const v1::MeanArm& arm) {
  if (arm.observations_size() == 0) return Moments::Of(arm.count(), arm.mean(), arm.variance());
  Moments moments;
  for (const double observation : arm.observations()) moments.Add(observation);
  return moments;
}

PairMoments PairsOf(const v1::PairArm& arm) {
  return PairMoments::Of(arm.count(), arm.x_mean(), arm.y_mean(), arm.x_variance(), arm.y_variance(), arm.covariance());
}

template <typename Req>
absl::Status CheckPairs(const Req& request) {
  status::BadFields bad;
  CheckPairArm("control", request.control(), bad);
  CheckPairArm("treatment", request.treatment(), bad);
  return bad.status();
}

statistics::Mean FigureOf(const v1::ArmFigure& figure) { return {figure.value(), figure.standard_error()}; }

}  // namespace

int64_t DayNumber(absl::CivilDay day) { return day - absl::CivilDay(1970, 1, 5); }

template <typename Req>
absl::StatusOr<v1::EvaluationPolicy> StatisticsCalls::NumbersFor(const rpc::Call& call, const Req& request) {
  ASSIGN_OR_RETURN(v1::EvaluationPolicy numbers,
                   store_.Read(call, [&](sql::Session& session) { return policies_.InForce(session, call.now); }));
  if constexpr (requires { request.has_alpha(); }) {
    if (request.has_alpha()) numbers.set_alpha(request.alpha());
  }
  if constexpr (requires { request.has_tuning(); }) {
    if (request.has_tuning()) numbers.set_tuning(request.tuning());
  }
  if constexpr (requires { request.has_power(); }) {
    if (request.has_power()) numbers.set_power(request.power());
  }
  return numbers;
}

absl::StatusOr<v1::ArmComparison> StatisticsCalls::CompareProportions(const rpc::Call& call, const v1::CompareProportionsRequest& request) {
  status::BadFields bad;
  CheckProportion("control", request.control(), bad);
  CheckProportion("treatment", request.treatment(), bad);
  RETURN_IF_ERROR(bad.status());
  ASSIGN_OR_RETURN(const v1::EvaluationPolicy numbers, NumbersFor(call, request));
  const auto comparison =
      statistics::CompareProportions(ProportionOf(request.control()), ProportionOf(request.treatment()), numbers.alpha());
  return ArmsOf(comparison, numbers.alpha(), request.control().trials() + request.treatment().trials(), numbers.tuning());
}

absl::StatusOr<v1::ArmComparison> StatisticsCalls::CompareMeans(const rpc::Call& call, const v1::CompareMeansRequest& request) {
  status::BadFields bad;
  CheckMeanArm("control", request.control(), bad);
  CheckMeanArm("treatment", request.treatment(), bad);
  RETURN_IF_ERROR(bad.status());
  ASSIGN_OR_RETURN(const v1::EvaluationPolicy numbers, NumbersFor(call, request));
  const Moments control = MomentsOf(request.control()), treatment = MomentsOf(request.treatment());
  return ArmsOf(statistics::CompareMeans(control, treatment, numbers.alpha()), numbers.alpha(), control.n + treatment.n, numbers.tuning());
}

absl::StatusOr<v1::ArmComparison> StatisticsCalls::CompareRatios(const rpc::Call& call, const v1::CompareRatiosRequest& request) {
  RETURN_IF_ERROR(CheckPairs(request));
  ASSIGN_OR_RETURN(const v1::EvaluationPolicy numbers, NumbersFor(call, request));
  const auto comparison = statistics::CompareRatios(PairsOf(request.control()), PairsOf(request.treatment()), numbers.alpha());
  return ArmsOf(comparison, numbers.alpha(), request.control().count() + request.treatment().count(), numbers.tuning());
}

absl::StatusOr<v1::AdjustedComparison> StatisticsCalls::CompareAdjustedMeans(const rpc::Call& call,
                                                                             const v1::CompareAdjustedMeansRequest& request) {
  RETURN_IF_ERROR(CheckPairs(request));
  ASSIGN_OR_RETURN(const v1::EvaluationPolicy numbers, NumbersFor(call, request));
  const auto adjusted = statistics::CompareAdjustedMeans(PairsOf(request.control()), PairsOf(request.treatment()), numbers.alpha());
  v1::AdjustedComparison out;
  if (!adjusted) {
    out.mutable_comparison()->set_undefined_cause(CauseOf(adjusted.cause()));
    return out;
  }
  *out.mutable_comparison() =
      ArmsOf(adjusted->comparison, numbers.alpha(), request.control().count() + request.treatment().count(), numbers.tuning());
  out.set_theta(adjusted->theta);
  out.set_variance_reduction(adjusted->variance_reduction);
  return out;
}

absl::StatusOr<v1::ComputeRelativeLiftResponse> StatisticsCalls::ComputeRelativeLift(const rpc::Call& call,
                                                                                     const v1::ComputeRelativeLiftRequest& request) {
  ASSIGN_OR_RETURN(const v1::EvaluationPolicy numbers, NumbersFor(call, request));
  const auto lift = statistics::RelativeLift(FigureOf(request.control()), FigureOf(request.treatment()), numbers.alpha());
  v1::ComputeRelativeLiftResponse out;
  if (lift) {
    *out.mutable_lift() = LiftOf(*lift);
  } else {
    out.set_undefined_cause(CauseOf(lift.cause()));
  }
  return out;
}

absl::StatusOr<v1::ComputeAlwaysValidIntervalResponse> StatisticsCalls::ComputeAlwaysValidInterval(
    const rpc::Call& call, const v1::ComputeAlwaysValidIntervalRequest& request) {
  ASSIGN_OR_RETURN(const v1::EvaluationPolicy numbers, NumbersFor(call, request));
  const auto interval =
      statistics::AlwaysValidOf(request.effect(), request.standard_error(), request.count(), numbers.alpha(), numbers.tuning());
  v1::ComputeAlwaysValidIntervalResponse out;
  if (interval) {
    *out.mutable_always_valid() = AlwaysValidProto(*interval, numbers.tuning());
  } else {
    out.set_undefined_cause(CauseOf(interval.cause()));
  }
  return out;
}

absl::StatusOr<v1::AdjustPValuesResponse> StatisticsCalls::AdjustPValues(const rpc::Call&, const v1::AdjustPValuesRequest& request) {
  v1::AdjustPValuesResponse out;
  for (const double p : statistics::Holm({request.p_values().begin(), request.p_values().end()})) out.add_adjusted_p_values(p);
  return out;
}

absl::StatusOr<v1::SampleRatioCheck> StatisticsCalls::CheckSampleRatio(const rpc::Call& call, const v1::CheckSampleRatioRequest& request) {
  ASSIGN_OR_RETURN(const v1::EvaluationPolicy numbers, NumbersFor(call, request));
  std::vector<int64_t> counts;
  std::vector<double> shares;
  for (const v1::SampledArm& arm : request.arms()) {
    counts.push_back(arm.count());
    shares.push_back(arm.share());
  }
  v1::SampleRatioCheck out;
  const auto check = statistics::CheckSampleRatio(counts, shares);
  if (!check) {
    out.set_undefined_cause(CauseOf(check.cause()));
    return out;
  }
  out.set_chi_square(check->chi_square);
  out.set_degrees_of_freedom(check->degrees_of_freedom);
  out.set_p_value(check->p_value);
  out.set_mismatch(check->p_value < numbers.sample_ratio_bound());
  return out;
}

absl::StatusOr<v1::SampleSizePlan> StatisticsCalls::PlanSampleSize(const rpc::Call& call, const v1::PlanSampleSizeRequest& request) {
  status::BadFields bad;
  if (request.outcome_case() == v1::PlanSampleSizeRequest::OUTCOME_NOT_SET) bad.Add("proportions", kNothingToCompare);
  RETURN_IF_ERROR(bad.status());
  ASSIGN_OR_RETURN(const v1::EvaluationPolicy numbers, NumbersFor(call, request));
  const statistics::Plan plan{numbers.alpha(), numbers.power(), request.has_ratio() ? request.ratio() : 1};
  const auto size = request.has_proportions()
                        ? statistics::SizeForProportions(request.proportions().control(), request.proportions().treatment(), plan)
                        : statistics::SizeForMeans(request.means().effect(), request.means().control_variance(),
                                                   request.means().treatment_variance(), plan);
  v1::SampleSizePlan out;
  if (!size) {
    out.set_undefined_cause(CauseOf(size.cause()));
    return out;
  }
  out.set_control_count(size->control);
  out.set_treatment_count(size->treatment);
  return out;
}

absl::StatusOr<v1::ChangesComparison> StatisticsCalls::CompareChanges(const rpc::Call& call, const v1::CompareChangesRequest& request) {
  status::BadFields bad;
  std::vector<statistics::Unit> units;
  for (int i = 0; i < request.units_size(); ++i) {
    const v1::ChangedUnit &unit = request.units(i), &first = request.units(0);
    if (unit.before_size() != first.before_size() || unit.after_size() != first.after_size()) {
      bad.Add(absl::StrCat("units[", i, "]"), kUnevenPeriods, {{"before", first.before_size()}, {"after", first.after_size()}});
    }
    units.push_back({unit.treated(), {unit.before().begin(), unit.before().end()}, {unit.after().begin(), unit.after().end()}});
  }
  RETURN_IF_ERROR(bad.status());
  ASSIGN_OR_RETURN(const v1::EvaluationPolicy numbers, NumbersFor(call, request));
  return ChangesOf(statistics::CompareChanges(units, numbers.alpha()));
}

absl::StatusOr<v1::InterruptionFit> StatisticsCalls::FitInterruption(const rpc::Call& call, const v1::FitInterruptionRequest& request) {
  status::BadFields bad;
  std::vector<statistics::DayFigure> figures;
  for (int i = 0; i < request.figures_size(); ++i) {
    const int64_t day = DayNumber(time::ToDay(request.figures(i).date()));
    if (!figures.empty() && day <= figures.back().day) bad.Add(absl::StrCat("figures[", i, "].date"), kDaysNotAscending);
    figures.push_back({day, request.figures(i).value()});
  }
  RETURN_IF_ERROR(bad.status());
  ASSIGN_OR_RETURN(const v1::EvaluationPolicy numbers, NumbersFor(call, request));
  return InterruptionOf(
      statistics::FitInterruption(figures, DayNumber(time::ToDay(request.change_date())), request.weekday_terms(), numbers.alpha()));
}

void StatisticsCalls::Bind(record::Methods& methods) {
  methods.Bind("CompareProportions", this, &StatisticsCalls::CompareProportions);
  methods.Bind("CompareMeans", this, &StatisticsCalls::CompareMeans);
  methods.Bind("CompareRatios", this, &StatisticsCalls::CompareRatios);
  methods.Bind("CompareAdjustedMeans", this, &StatisticsCalls::CompareAdjustedMeans);
  methods.Bind("ComputeRelativeLift", this, &StatisticsCalls::ComputeRelativeLift);
  methods.Bind("ComputeAlwaysValidInterval", this, &StatisticsCalls::ComputeAlwaysValidInterval);
  methods.Bind("AdjustPValues", this, &StatisticsCalls::AdjustPValues);
  methods.Bind("CheckSampleRatio", this, &StatisticsCalls::CheckSampleRatio);
  methods.Bind("PlanSampleSize", this, &StatisticsCalls::PlanSampleSize);
  methods.Bind("CompareChanges", this, &StatisticsCalls::CompareChanges);
  methods.Bind("FitInterruption", this, &StatisticsCalls::FitInterruption);
}

}  // namespace heitie::metrics
