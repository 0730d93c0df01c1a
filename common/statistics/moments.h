// Counts, means and sums of squares of observations, taken one by one or merged (Welford; Chan, Golub, LeVeque 1983), so that large means
// do not swallow small variances. Equal observations give a sum of squares of exactly 0.
#ifndef HEITIE_COMMON_STATISTICS_MOMENTS_H_
#define HEITIE_COMMON_STATISTICS_MOMENTS_H_

#include <cstdint>

namespace heitie::statistics {

struct Moments {
  int64_t n = 0;
  double mean = 0;
  double squares = 0;  // Σ(x − mean)²

  void Add(double x);
  // Observations that are all 0, which costs the same for any number of them.
  void AddZeros(int64_t count) { Merge({count, 0, 0}); }
  void Merge(const Moments& other);
  // Of the sample, by n − 1; n > 1.
  double variance() const { return squares / static_cast<double>(n - 1); }
  // From what a report tells: n > 1.
  static Moments Of(int64_t n, double mean, double variance) { return {n, mean, variance * static_cast<double>(n - 1)}; }
};

// The same of pairs.
struct PairMoments {
  int64_t n = 0;
  double mean_x = 0, mean_y = 0;
  double xx = 0, yy = 0, xy = 0;  // Σ(x − mean_x)², Σ(y − mean_y)², Σ(x − mean_x)(y − mean_y)

  void Add(double x, double y);
  void AddZeros(int64_t count) { Merge({count, 0, 0, 0, 0, 0}); }
  void Merge(const PairMoments& other);
  Moments y() const { return {n, mean_y, yy}; }
  static PairMoments Of(int64_t n, double mean_x, double mean_y, double variance_x, double variance_y, double covariance) {
    const double df = static_cast<double>(n - 1);
    return {n, mean_x, mean_y, variance_x * df, variance_y * df, covariance * df};
  }
};

}  // namespace heitie::statistics

#endif  // HEITIE_COMMON_STATISTICS_MOMENTS_H_
