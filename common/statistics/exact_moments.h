// Moments that do not depend on the order in which pairs are added or parts are put together: sums and sums of products are kept exactly,
// and each moment is rounded once when it is read.
#ifndef HEITIE_COMMON_STATISTICS_EXACT_MOMENTS_H_
#define HEITIE_COMMON_STATISTICS_EXACT_MOMENTS_H_

#include <cstdint>

#include "common/exact/sum.h"
#include "common/statistics/moments.h"

namespace heitie::statistics {

// Adding a pair costs some tens of nanoseconds.
class ExactPairMoments {
 public:
  // Both are finite.
  void Add(double x, double y);
  void Merge(const ExactPairMoments& other);
  int64_t n() const { return n_; }
  // Sums of squares that are greater than a double are infinite.
  PairMoments moments() const;

 private:
  int64_t n_ = 0;
  bool too_great_ = false;
  exact::Sum x_, y_, xx_, yy_, xy_;
};

}  // namespace heitie::statistics

#endif  // HEITIE_COMMON_STATISTICS_EXACT_MOMENTS_H_
