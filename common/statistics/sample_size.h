// How many units an experiment needs.
#ifndef HEITIE_COMMON_STATISTICS_SAMPLE_SIZE_H_
#define HEITIE_COMMON_STATISTICS_SAMPLE_SIZE_H_

#include <cstdint>

#include "common/statistics/defined.h"

namespace heitie::statistics {

// So many units let a two-sided test of error α find a difference of `effect` with the power: with unpooled variances v of one unit in each
// arm, n_control = ⌈(z₁₋α/₂ + z_power)² (v_control + v_treatment/r)/effect²⌉ and n_treatment = ⌈r·n_control before rounding⌉, where r is
// the treatment's units for each of the control's. (Chow, Shao, Wang: Sample Size Calculations in Clinical Research, 2008, 3.2 and 4.2.)
struct Plan {
  double alpha = 0.05, power = 0.8;
  double ratio = 1;
};

struct SampleSize {
  int64_t control = 0, treatment = 0;
  int64_t total() const { return control + treatment; }
};

// Zero denominator: no difference to find. No variance: nothing varies. Out of range beyond 10^15 units.
Defined<SampleSize> SizeForMeans(double effect, double control_variance, double treatment_variance, const Plan& plan);
// v = p(1 − p): 24,638 for 0.20 against 0.19 at α 5 % and power 80 %.
Defined<SampleSize> SizeForProportions(double control, double treatment, const Plan& plan);

}  // namespace heitie::statistics

#endif  // HEITIE_COMMON_STATISTICS_SAMPLE_SIZE_H_
