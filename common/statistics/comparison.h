// Two arms compared: the effect is always treatment − control, and α the error of a two-sided test or of an interval of 1 − α.
#ifndef HEITIE_COMMON_STATISTICS_COMPARISON_H_
#define HEITIE_COMMON_STATISTICS_COMPARISON_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "common/statistics/defined.h"
#include "common/statistics/moments.h"

namespace heitie::statistics {

struct Interval {
  double low = 0, high = 0;
};

struct Estimate {
  double effect = 0;
  // Of the effect, as the interval has it.
  double standard_error = 0;
  // z or t.
  double statistic = 0;
  // Of t; none of z.
  std::optional<double> degrees_of_freedom;
  double p_value = 0;
  Interval interval;
};

// A figure of one arm and its standard error.
struct Mean {
  double value = 0, standard_error = 0;
};

// An estimate with the figures that it compares.
struct Comparison {
  Mean control, treatment;
  Estimate estimate;
};

// A conversion: 0 ≤ successes ≤ trials.
struct Proportion {
  int64_t successes = 0, trials = 0;
};

// z and p with the pooled variance, under which both arms are alike; the interval with the unpooled one. No variance also where neither arm
// varies, such as 0 of n against all of n. (Fleiss, Levin, Paik: Statistical Methods for Rates and Proportions, 2003.)
Defined<Comparison> CompareProportions(const Proportion& control, const Proportion& treatment, double alpha);

// Welch's t with the degrees of freedom of Satterthwaite. At least two observations in each arm.
Defined<Comparison> CompareMeans(const Moments& control, const Moments& treatment, double alpha);

// Σy/Σx over units that were randomised, such as clicks over views by user: x is the unit's denominator, y its numerator. The variance of
// each arm's ratio by the delta method, (v_y/x̄² + v_x ȳ²/x̄⁴ − 2 cov ȳ/x̄³)/n, and z, for both hold for large n only.
Defined<Comparison> CompareRatios(const PairMoments& control, const PairMoments& treatment, double alpha);

// CUPED (Deng, Xu, Kohavi, Walker 2013): y is the outcome, x the same unit's figure from before the exposure. θ = ΣS_xy/ΣS_xx within the
// arms, by which differences between arms have no part; means are adjusted to the common mean of x, then compared by Welch's t, with θ
// taken as given.
struct Adjusted {
  Comparison comparison;
  double theta = 0;
  // The share of the outcome's variance within arms that the adjustment takes away.
  double variance_reduction = 0;
};
Defined<Adjusted> CompareAdjustedMeans(const PairMoments& control, const PairMoments& treatment, double alpha);

// treatment/control − 1 with an interval by the delta method and the normal distribution: √(s_t²/c² + s_c² t²/c⁴). It needs a control's
// figure that is far from 0 in its standard errors. Not Fieller's, which may be unbounded.
struct Lift {
  double lift = 0, standard_error = 0;
  Interval interval;
};
Defined<Lift> RelativeLift(const Mean& control, const Mean& treatment, double alpha);

// An interval that holds at all sizes at once, so that one may look at any time and stop when it excludes 0 (asymptotic confidence sequence
// of Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas 2021). n counts both arms; s² = n·se²; ρ² = (−2 ln α + ln(1 − 2 ln α))/τ makes it
// narrowest at n = τ; half-width s·√(2(nρ² + 1)/(n²ρ²) · ln(√(nρ² + 1)/α)). p is the smallest error at which the interval, with this ρ,
// excludes 0, at most 1: it may be compared with α, or adjusted by Holm, at any time.
struct AlwaysValid {
  double half_width = 0;
  Interval interval;
  double p_value = 0;
};
inline constexpr double kDefaultTuning = 5000;
Defined<AlwaysValid> AlwaysValidOf(double effect, double standard_error, int64_t n, double alpha, double tuning = kDefaultTuning);

// Holm's step-down: p values adjusted for how many there are, in the order given, each at most 1.
std::vector<double> Holm(const std::vector<double>& p_values);

// χ² of how units fell into arms against the shares that they were to have, whose sum may be any positive number; n arms have n − 1
// degrees of freedom. At least two arms.
struct SampleRatio {
  double chi_square = 0;
  double p_value = 0;
  int degrees_of_freedom = 0;
};
Defined<SampleRatio> CheckSampleRatio(const std::vector<int64_t>& counts, const std::vector<double>& shares);

}  // namespace heitie::statistics

#endif  // HEITIE_COMMON_STATISTICS_COMPARISON_H_
