// Shares with intervals, and whether the rows and columns of a table of counts hang together.
#ifndef HEITIE_COMMON_STATISTICS_ASSOCIATION_H_
#define HEITIE_COMMON_STATISTICS_ASSOCIATION_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "common/statistics/comparison.h"
#include "common/statistics/defined.h"

namespace heitie::statistics {

// The interval of a share of which α is the error (Wilson 1927, without correction for continuity); within [0, 1] also at its ends.
// No data without trials.
Defined<Interval> WilsonInterval(const Proportion& share, double alpha);
// The same of a share that is weighted, by so many as tell as much, which need not be whole.
Defined<Interval> WilsonInterval(double share, double effective, double alpha);

// Pearson's χ² of independence without correction for continuity. Empty rows and columns are dropped first; with one row or column left
// nothing varies.
struct Association {
  int64_t total = 0;
  double chi_square = 0;
  int degrees_of_freedom = 0;
  double p_value = 0;
  double cramers_v = 0;  // √(χ²/(n·(min(rows, columns) − 1)))
  // Over a fifth of the expected counts are below 5, or one is below 1 (Cochran 1954).
  bool small_counts = false;
  // Of small counts in two rows and two columns: Fisher's exact test, two-sided, the sum over all tables of these margins that are not more
  // probable.
  std::optional<double> fisher_p_value;
};
// `counts` row by row, each 0 or more.
Defined<Association> Associate(const std::vector<std::vector<int64_t>>& counts);

// Of sums of weights in place of counts: χ², and expected counts, are divided by the design effect, which is 1 or more, for so much less do
// unequal weights tell (Rao and Scott 1981, first order). There is no exact test of them, and `total` is rounded.
Defined<Association> AssociateWeighted(const std::vector<std::vector<double>>& sums, double design_effect);

// The two-sided p value of Fisher's exact test of [[a, b], [c, d]].
double FisherExact(int64_t a, int64_t b, int64_t c, int64_t d);

}  // namespace heitie::statistics

#endif  // HEITIE_COMMON_STATISTICS_ASSOCIATION_H_
