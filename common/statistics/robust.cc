#include "common/statistics/robust.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace heitie::statistics {

double Median(std::vector<double> x) {
  const size_t middle = x.size() / 2;
  std::nth_element(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(middle), x.end());
  if (x.size() % 2 == 1) return x[middle];
  const double below = *std::max_element(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(middle));
  return below + (x[middle] - below) / 2;
}

double MedianAbsoluteDeviation(const std::vector<double>& x) {
  const double median = Median(x);
  std::vector<double> distances;
  distances.reserve(x.size());
  for (const double one : x) distances.push_back(std::abs(one - median));
  return Median(std::move(distances));
}

}  // namespace heitie::statistics
