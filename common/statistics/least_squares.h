// Ordinary least squares by Householder's QR, which does not square the condition of the columns as normal equations do.
#ifndef HEITIE_COMMON_STATISTICS_LEAST_SQUARES_H_
#define HEITIE_COMMON_STATISTICS_LEAST_SQUARES_H_

#include <vector>

#include "common/statistics/defined.h"

namespace heitie::statistics {

// A column for each term, all of one length.
using Columns = std::vector<std::vector<double>>;

class LeastSquares {
 public:
  // n rows and k columns cost O(n k²). Too few: n < k. Collinear: a column lies in the span of the ones before it, within 10⁻¹¹ of its
  // length.
  static Defined<LeastSquares> Fit(const Columns& columns, const std::vector<double>& y);

  const std::vector<double>& coefficients() const { return coefficients_; }
  const std::vector<double>& residuals() const { return residuals_; }
  // For each row how much its error moves c'β: the elements of X(X'X)⁻¹c. The variance of c'β is what the errors' covariances make of them.
  std::vector<double> Influence(const std::vector<double>& c) const;
  // How far the coefficients are off when `normal` are independent standard normal variables, one for each column: their covariance is
  // (X'X)⁻¹, to be multiplied by σ.
  std::vector<double> Deviation(const std::vector<double>& normal) const;

 private:
  Columns x_;
  Columns r_;  // by column, of the columns scaled to length 1
  std::vector<double> scale_, coefficients_, residuals_;
};

}  // namespace heitie::statistics

#endif  // HEITIE_COMMON_STATISTICS_LEAST_SQUARES_H_
