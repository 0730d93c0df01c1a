// The distributions that tests and intervals need, by Boost.Math, whose headers stay behind this one.
#ifndef HEITIE_COMMON_STATISTICS_DISTRIBUTIONS_H_
#define HEITIE_COMMON_STATISTICS_DISTRIBUTIONS_H_

#include <cstdint>

namespace heitie::statistics {

// P(|Z| ≥ |z|) of a standard normal variable, exact to the last digits also far out.
double NormalTwoSided(double z);
// z with P(Z ≤ z) = p, 0 < p < 1.
double NormalQuantile(double p);
// z with P(|Z| ≥ z) = α, also for an α that 1 − α would swallow.
double NormalCritical(double alpha);
// P(|T| ≥ |t|) of Student's t; df > 0.
double StudentTwoSided(double t, double df);
// t with P(|T| ≥ t) = α.
double StudentCritical(double alpha, double df);
// P(X ≥ x) of χ²; df > 0.
double ChiSquareTail(double x, double df);
// P(X ≥ n) of Poisson(mean), also far out; mean ≥ 0.
double PoissonTail(int64_t n, double mean);

}  // namespace heitie::statistics

#endif  // HEITIE_COMMON_STATISTICS_DISTRIBUTIONS_H_
