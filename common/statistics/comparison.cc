#include "common/statistics/comparison.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "common/statistics/distributions.h"

namespace heitie::statistics {
namespace {

bool Finite(const Estimate& e) {
  return std::isfinite(e.effect) && std::isfinite(e.standard_error) && std::isfinite(e.statistic) && std::isfinite(e.interval.low) &&
         std::isfinite(e.interval.high) && std::isfinite(e.p_value);
}

Interval Around(double center, double half_width) { return {center - half_width, center + half_width}; }

// By the normal distribution, with the standard error of the test, which may differ from that of the interval.
Defined<Comparison> ByNormal(const Mean& control, const Mean& treatment, double test_error, double alpha) {
  Comparison out{control, treatment, {}};
  Estimate& e = out.estimate;
  e.effect = treatment.value - control.value;
  e.standard_error = std::hypot(control.standard_error, treatment.standard_error);
  if (e.standard_error == 0 || test_error == 0) return Cause::kNoVariance;
  e.statistic = e.effect / test_error;
  if (!std::isfinite(e.statistic)) return Cause::kOutOfRange;
  e.p_value = NormalTwoSided(e.statistic);
  e.interval = Around(e.effect, NormalCritical(alpha) * e.standard_error);
  if (!Finite(e)) return Cause::kOutOfRange;
  return out;
}

// Two means of n observations each.
Defined<Comparison> ByWelch(const Mean& control, int64_t n_control, const Mean& treatment, int64_t n_treatment, double alpha) {
  Comparison out{control, treatment, {}};
  Estimate& e = out.estimate;
  e.effect = treatment.value - control.value;
  e.standard_error = std::hypot(control.standard_error, treatment.standard_error);
  if (e.standard_error == 0) return Cause::kNoVariance;
  // Shares of the squared error, so that nothing is raised to a power that it cannot hold.
  const double a = std::pow(control.standard_error / e.standard_error, 2), b = std::pow(treatment.standard_error / e.standard_error, 2);
  const double df = 1 / (a * a / static_cast<double>(n_control - 1) + b * b / static_cast<double>(n_treatment - 1));
  e.statistic = e.effect / e.standard_error;
  if (!std::isfinite(e.statistic) || !std::isfinite(df)) return Cause::kOutOfRange;
  e.degrees_of_freedom = df;
  e.p_value = StudentTwoSided(e.statistic, df);
  e.interval = Around(e.effect, StudentCritical(alpha, df) * e.standard_error);
  if (!Finite(e)) return Cause::kOutOfRange;
  return out;
}

double ErrorOf(double squares, int64_t n) {
  const double count = static_cast<double>(n);
  // Below 0 by rounding; what is no number stays none.
  return std::sqrt((squares < 0 ? 0 : squares) / (count - 1) / count);
}

}  // namespace

Defined<Comparison> CompareProportions(const Proportion& control, const Proportion& treatment, double alpha) {
  if (control.trials <= 0 || treatment.trials <= 0) return Cause::kNoData;
  const double nc = static_cast<double>(control.trials), nt = static_cast<double>(treatment.trials);
  const double c = static_cast<double>(control.successes) / nc, t = static_cast<double>(treatment.successes) / nt;
  const double pooled = (static_cast<double>(control.successes) + static_cast<double>(treatment.successes)) / (nc + nt);
  const double test_error = std::sqrt(pooled * (1 - pooled) * (1 / nc + 1 / nt));
  return ByNormal({c, std::sqrt(c * (1 - c) / nc)}, {t, std::sqrt(t * (1 - t) / nt)}, test_error, alpha);
}

Defined<Comparison> CompareMeans(const Moments& control, const Moments& treatment, double alpha) {
  if (control.n <= 0 || treatment.n <= 0) return Cause::kNoData;
  if (control.n < 2 || treatment.n < 2) return Cause::kTooFew;
  return ByWelch({control.mean, ErrorOf(control.squares, control.n)}, control.n, {treatment.mean, ErrorOf(treatment.squares, treatment.n)},
                 treatment.n, alpha);
}

namespace {

Defined<Mean> RatioOf(const PairMoments& arm) {
  if (arm.n <= 0) return Cause::kNoData;
  if (arm.n < 2) return Cause::kTooFew;
  if (arm.mean_x == 0) return Cause::kZeroDenominator;
  const double ratio = arm.mean_y / arm.mean_x;
  // Σ(y − ratio·x − their mean)²/x̄², which is the formula of the delta method, put together so that little cancels.
  const double squares = (arm.yy - 2 * ratio * arm.xy + ratio * ratio * arm.xx) / (arm.mean_x * arm.mean_x);
  // What remains of a ratio that is the same for every unit is rounding.
  const double scale = (arm.yy + ratio * ratio * arm.xx) / (arm.mean_x * arm.mean_x);
  return Mean{ratio, squares <= 1e-14 * scale ? 0 : ErrorOf(squares, arm.n)};
}

}  // namespace

Defined<Comparison> CompareRatios(const PairMoments& control, const PairMoments& treatment, double alpha) {
  const Defined<Mean> c = RatioOf(control), t = RatioOf(treatment);
  if (!c) return c.cause();
  if (!t) return t.cause();
  return ByNormal(*c, *t, std::hypot(c->standard_error, t->standard_error), alpha);
}

Defined<Adjusted> CompareAdjustedMeans(const PairMoments& control, const PairMoments& treatment, double alpha) {
  if (control.n <= 0 || treatment.n <= 0) return Cause::kNoData;
  if (control.n < 2 || treatment.n < 2) return Cause::kTooFew;
  const double xx = control.xx + treatment.xx, xy = control.xy + treatment.xy, yy = control.yy + treatment.yy;
  if (xx == 0) return Cause::kNoCovariate;
  const double theta = xy / xx;
  if (!std::isfinite(theta)) return Cause::kOutOfRange;
  const double nc = static_cast<double>(control.n), nt = static_cast<double>(treatment.n);
  const double common = (nc * control.mean_x + nt * treatment.mean_x) / (nc + nt);
  const auto adjust = [&](const PairMoments& arm) {
    const double squares = arm.yy - 2 * theta * arm.xy + theta * theta * arm.xx;
    // An outcome that the covariate explains wholly leaves rounding.
    const double scale = arm.yy + theta * theta * arm.xx;
    return Mean{arm.mean_y - theta * (arm.mean_x - common), squares <= 1e-14 * scale ? 0 : ErrorOf(squares, arm.n)};
  };
  const Defined<Comparison> comparison = ByWelch(adjust(control), control.n, adjust(treatment), treatment.n, alpha);
  if (!comparison) return comparison.cause();
  return Adjusted{*comparison, theta, yy > 0 ? xy * xy / xx / yy : 0};
}

Defined<Lift> RelativeLift(const Mean& control, const Mean& treatment, double alpha) {
  if (control.value == 0) return Cause::kZeroDenominator;
  if (control.standard_error == 0 && treatment.standard_error == 0) return Cause::kNoVariance;
  const double ratio = treatment.value / control.value;
  const double error = std::hypot(treatment.standard_error / control.value, control.standard_error / control.value * ratio);
  const Lift lift{ratio - 1, error, Around(ratio - 1, NormalCritical(alpha) * error)};
  if (!std::isfinite(lift.interval.low) || !std::isfinite(lift.interval.high)) return Cause::kOutOfRange;
  return lift;
}

Defined<AlwaysValid> AlwaysValidOf(double effect, double standard_error, int64_t n, double alpha, double tuning) {
  if (n <= 0) return Cause::kNoData;
  if (standard_error == 0) return Cause::kNoVariance;
  const double count = static_cast<double>(n), s = standard_error * std::sqrt(count);
  const double rho2 = (-2 * std::log(alpha) + std::log(1 - 2 * std::log(alpha))) / tuning;
  const double grown = count * rho2 + 1;
  AlwaysValid out;
  out.half_width = s * std::sqrt(2 * grown / (count * count * rho2) * std::log(std::sqrt(grown) / alpha));
  out.interval = Around(effect, out.half_width);
  // The half-width solved for α where it equals |effect|.
  const double exponent = std::pow(effect / standard_error, 2) * count * rho2 / (2 * grown);
  out.p_value = std::min(1.0, std::exp(std::log(grown) / 2 - exponent));
  if (!std::isfinite(out.half_width) || !std::isfinite(out.interval.low) || !std::isfinite(out.interval.high)) return Cause::kOutOfRange;
  return out;
}

std::vector<double> Holm(const std::vector<double>& p_values) {
  std::vector<size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> adjusted(p_values.size());
  double least = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    least = std::max(least, std::min(1.0, static_cast<double>(order.size() - i) * p_values[order[i]]));
    adjusted[order[i]] = least;
  }
  return adjusted;
}

Defined<SampleRatio> CheckSampleRatio(const std::vector<int64_t>& counts, const std::vector<double>& shares) {
  const double total = std::accumulate(counts.begin(), counts.end(), 0.0), whole = std::accumulate(shares.begin(), shares.end(), 0.0);
  if (counts.size() < 2) return Cause::kTooFew;
  if (total == 0) return Cause::kNoData;
  SampleRatio out;
  out.degrees_of_freedom = static_cast<int>(counts.size()) - 1;
  for (size_t i = 0; i < counts.size(); ++i) {
    const double expected = total * (shares[i] / whole);
    if (!(expected > 0)) return Cause::kZeroDenominator;
    const double off = static_cast<double>(counts[i]) - expected;
    out.chi_square += off * off / expected;
  }
  if (!std::isfinite(out.chi_square)) return Cause::kOutOfRange;
  out.p_value = ChiSquareTail(out.chi_square, out.degrees_of_freedom);
  return out;
}

}  // namespace heitie::statistics
