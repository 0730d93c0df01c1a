#include "common/statistics/sample_size.h"

#include <cmath>

#include "common/statistics/distributions.h"

namespace heitie::statistics {
namespace {

constexpr double kMostUnits = 1e15;

}  // namespace

Defined<SampleSize> SizeForMeans(double effect, double control_variance, double treatment_variance, const Plan& plan) {
  if (effect == 0) return Cause::kZeroDenominator;
  if (control_variance == 0 && treatment_variance == 0) return Cause::kNoVariance;
  const double z = NormalCritical(plan.alpha) + NormalQuantile(plan.power);
  const double units = std::pow(z / effect, 2) * (control_variance + treatment_variance / plan.ratio);
  if (!(units <= kMostUnits) || !(units * plan.ratio <= kMostUnits)) return Cause::kOutOfRange;
  return SampleSize{static_cast<int64_t>(std::ceil(units)), static_cast<int64_t>(std::ceil(units * plan.ratio))};
}

Defined<SampleSize> SizeForProportions(double control, double treatment, const Plan& plan) {
  return SizeForMeans(treatment - control, control * (1 - control), treatment * (1 - treatment), plan);
}

}  // namespace heitie::statistics
