#include "services/risk/exposure/loss.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/statistics/distributions.h"

namespace heitie::risk {

const status::Reason kLossBoundsReversed{absl::StatusCode::kInvalidArgument, "LOSS_BOUNDS_REVERSED",
                                         "The upper bound {upper:count} is not above the lower bound {lower:count}.",
                                         "上限 {upper:count} 須大於下限 {lower:count}。"};
const status::Reason kLossTooGreat{absl::StatusCode::kInvalidArgument, "LOSS_TOO_GREAT",
                                   "Between these bounds the mean loss is above {most:count} minor units; draw the bounds closer together.",
                                   "依此上下限，平均損失超過 {most:count} 最小貨幣單位，請縮小區間。"};

namespace {

double Phi(double z) { return std::erfc(-z / std::sqrt(2.0)) / 2; }

// P(X > x).
double TailOf(const LossShape& shape, double x) {
  if (x <= 0) return 1;
  return Phi(-(std::log(x) - shape.mu) / shape.sigma);
}

// E[X; X > x].
double TailMeanOf(const LossShape& shape, double x) {
  const double mean = MeanLoss(shape);
  if (x <= 0) return mean;
  return mean * Phi(shape.sigma - (std::log(x) - shape.mu) / shape.sigma);
}

// E[min(X, limit); X > from].
double LimitedTailMean(const LossShape& shape, double limit, double from) {
  if (limit <= from) return limit * TailOf(shape, from);
  return TailMeanOf(shape, from) - TailMeanOf(shape, limit) + limit * TailOf(shape, limit);
}

// E[what the instrument pays; X > from].
double RecoveredBeyond(const YearlyLoss& loss, double from) {
  if (loss.cover.cover <= 0) return 0;
  return LimitedTailMean(loss.shape, loss.cover.deductible + loss.cover.cover, from) -
         LimitedTailMean(loss.shape, loss.cover.deductible, from);
}

double ProbabilityOf(const YearlyLoss& loss) { return static_cast<double>(loss.probability_ppm) / static_cast<double>(kMillion); }

// The value at risk of the loss before the instrument pays.
double GrossValueAtRisk(const YearlyLoss& loss, int64_t level_ppm) {
  const int64_t beyond = kMillion - level_ppm;
  if (loss.probability_ppm <= beyond) return 0;
  const double z =
      statistics::NormalQuantile(static_cast<double>(loss.probability_ppm - beyond) / static_cast<double>(loss.probability_ppm));
  return std::exp(loss.shape.mu + loss.shape.sigma * z);
}

}  // namespace

double LossCover::Recovered(double loss) const { return std::min(std::max(loss - deductible, 0.0), cover); }

LossShape ShapeOf(double lower, double upper) {
  static const double width = 2 * statistics::NormalQuantile(0.95);
  return {(std::log(lower) + std::log(upper)) / 2, (std::log(upper) - std::log(lower)) / width};
}

double MeanLoss(const LossShape& shape) { return std::exp(shape.mu + shape.sigma * shape.sigma / 2); }

double LimitedMeanLoss(const LossShape& shape, double limit) { return LimitedTailMean(shape, limit, 0); }

double MeanRecovered(const YearlyLoss& loss) { return RecoveredBeyond(loss, 0); }

double MeanYearlyLoss(const YearlyLoss& loss) { return ProbabilityOf(loss) * (MeanLoss(loss.shape) - MeanRecovered(loss)); }

double ExceedanceOf(const YearlyLoss& loss, double x) {
  // What remains to be carried grows with the loss, and stands still at the deductible while the instrument pays.
  const double gross = x >= loss.cover.deductible ? x + loss.cover.cover : x;
  return ProbabilityOf(loss) * TailOf(loss.shape, gross);
}

double ValueAtRisk(const YearlyLoss& loss, int64_t level_ppm) {
  const double gross = GrossValueAtRisk(loss, level_ppm);
  return gross - loss.cover.Recovered(gross);
}

double ExpectedShortfall(const YearlyLoss& loss, int64_t level_ppm) {
  const double from = GrossValueAtRisk(loss, level_ppm);
  const double beyond = static_cast<double>(kMillion - level_ppm) / static_cast<double>(kMillion);
  return ProbabilityOf(loss) * (TailMeanOf(loss.shape, from) - RecoveredBeyond(loss, from)) / beyond;
}

void CheckLossFigures(const std::string& field, const v1::LossFigures& figures, status::BadFields& bad) {
  if (figures.upper_minor() <= figures.lower_minor()) {
    bad.Add(field + ".upper_minor", kLossBoundsReversed, {{"lower", figures.lower_minor()}, {"upper", figures.upper_minor()}});
    return;
  }
  const double mean = MeanLoss(ShapeOf(static_cast<double>(figures.lower_minor()), static_cast<double>(figures.upper_minor())));
  // Also false of what is not a number.
  if (!(mean <= kGreatestMeanLoss)) bad.Add(field + ".upper_minor", kLossTooGreat, {{"most", ToMinor(kGreatestMeanLoss)}});
}

bool HasHeavyTail(const v1::LossFigures& figures) {
  const double upper = static_cast<double>(figures.upper_minor());
  return MeanLoss(ShapeOf(static_cast<double>(figures.lower_minor()), upper)) > upper;
}

YearlyLoss YearlyLossOf(const v1::LossFigures& figures, const v1::LossCover& cover) {
  return {figures.probability_ppm(),
          ShapeOf(static_cast<double>(figures.lower_minor()), static_cast<double>(figures.upper_minor())),
          {static_cast<double>(cover.deductible_minor()), static_cast<double>(cover.cover_minor())}};
}

YearlyLoss Untreated(const v1::LossEstimate& estimate) { return YearlyLossOf(estimate.untreated(), {}); }

YearlyLoss Treated(const v1::LossEstimate& estimate) {
  return YearlyLossOf(estimate.has_treated() ? estimate.treated() : estimate.untreated(), estimate.cover());
}

int64_t ToMinor(double amount) {
  constexpr double kMost = 0x1p63;
  if (amount >= kMost) return std::numeric_limits<int64_t>::max();
  return std::llround(amount);
}

v1::LossFigure FigureOf(const YearlyLoss& loss, const google::protobuf::RepeatedField<int32_t>& levels_ppm,
                        const google::protobuf::RepeatedField<int64_t>& thresholds_minor) {
  v1::LossFigure figure;
  figure.set_annual_loss_minor(ToMinor(MeanYearlyLoss(loss)));
  figure.set_recovered_per_event_minor(ToMinor(MeanRecovered(loss)));
  for (const int32_t level : levels_ppm) {
    v1::LossAtLevel& at = *figure.add_levels();
    at.set_level_ppm(level);
    at.set_value_at_risk_minor(ToMinor(ValueAtRisk(loss, level)));
    at.set_expected_shortfall_minor(ToMinor(ExpectedShortfall(loss, level)));
  }
  for (const int64_t threshold : thresholds_minor) {
    v1::LossExceedance& exceedance = *figure.add_exceedances();
    exceedance.set_loss_minor(threshold);
    exceedance.set_probability(ExceedanceOf(loss, static_cast<double>(threshold)));
  }
  return figure;
}

}  // namespace heitie::risk
