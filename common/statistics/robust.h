// Location and spread that a few wild observations do not move.
#ifndef HEITIE_COMMON_STATISTICS_ROBUST_H_
#define HEITIE_COMMON_STATISTICS_ROBUST_H_

#include <vector>

namespace heitie::statistics {

// The middle observation; of an even number the mean of the two in the middle. At least one observation.
double Median(std::vector<double> x);

// The median of the distances from the median (MAD): of normal observations 1/1.4826 of their standard deviation, and not moved by less
// than half of them (Rousseeuw and Croux, Alternatives to the Median Absolute Deviation, 1993). At least one observation.
double MedianAbsoluteDeviation(const std::vector<double>& x);
inline constexpr double kNormalMad = 1.4826;

}  // namespace heitie::statistics

#endif  // HEITIE_COMMON_STATISTICS_ROBUST_H_
