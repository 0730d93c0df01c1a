#include "common/statistics/association.h"

#include <algorithm>
#include <cmath>

#include "common/statistics/distributions.h"

namespace heitie::statistics {
namespace {

// ln of "n over k". lgamma_r has no global sign, so that threads do not disturb each other.
double LogChoose(int64_t n, int64_t k) {
  int sign = 0;
  const double whole = static_cast<double>(n), part = static_cast<double>(k);
  return lgamma_r(whole + 1, &sign) - lgamma_r(part + 1, &sign) - lgamma_r(whole - part + 1, &sign);
}

// Without its empty rows and columns.
template <typename T>
std::vector<std::vector<T>> Dense(const std::vector<std::vector<T>>& counts) {
  std::vector<std::vector<T>> dense;
  const size_t width = counts.empty() ? 0 : counts.front().size();
  std::vector<bool> filled(width);
  for (const std::vector<T>& row : counts) {
    for (size_t j = 0; j < width; ++j) filled[j] = filled[j] || row[j] > 0;
  }
  for (const std::vector<T>& row : counts) {
    if (std::all_of(row.begin(), row.end(), [](T count) { return count == 0; })) continue;
    std::vector<T>& kept = dense.emplace_back();
    for (size_t j = 0; j < width; ++j) {
      if (filled[j]) kept.push_back(row[j]);
    }
  }
  return dense;
}

// Of a table without empty rows and columns.
template <typename T>
Defined<Association> AssociateDense(const std::vector<std::vector<T>>& dense, double design_effect) {
  if (dense.empty()) return Cause::kNoData;
  const size_t rows = dense.size(), columns = dense.front().size();
  if (rows < 2 || columns < 2) return Cause::kNoVariance;
  std::vector<double> of_row(rows), of_column(columns);
  T total = 0;
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = 0; j < columns; ++j) {
      of_row[i] += static_cast<double>(dense[i][j]);
      of_column[j] += static_cast<double>(dense[i][j]);
      total += dense[i][j];
    }
  }
  Association out;
  out.total = std::llround(static_cast<double>(total));
  const double n = static_cast<double>(total);
  double chi_square = 0;
  size_t below_five = 0;
  bool below_one = false;
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = 0; j < columns; ++j) {
      const double expected = of_row[i] * of_column[j] / n, off = static_cast<double>(dense[i][j]) - expected;
      chi_square += off * off / expected;
      below_five += expected / design_effect < 5 ? 1 : 0;
      below_one = below_one || expected / design_effect < 1;
    }
  }
  out.chi_square = chi_square / design_effect;
  out.degrees_of_freedom = static_cast<int>((rows - 1) * (columns - 1));
  out.p_value = ChiSquareTail(out.chi_square, out.degrees_of_freedom);
  out.cramers_v = std::sqrt(chi_square / (n * static_cast<double>(std::min(rows, columns) - 1)));
  out.small_counts = below_one || below_five * 5 > rows * columns;
  return out;
}

}  // namespace

Defined<Interval> WilsonInterval(double share, double effective, double alpha) {
  if (!(effective > 0)) return Cause::kNoData;
  const double n = effective, p = share, z = NormalCritical(alpha);
  const double wide = 1 + z * z / n, middle = (p + z * z / (2 * n)) / wide;
  const double half = z / wide * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  return Interval{p <= 0 ? 0 : std::max(0.0, middle - half), p >= 1 ? 1 : std::min(1.0, middle + half)};
}

Defined<Interval> WilsonInterval(const Proportion& share, double alpha) {
  if (share.trials == 0) return Cause::kNoData;
  const double n = static_cast<double>(share.trials);
  return WilsonInterval(static_cast<double>(share.successes) / n, n, alpha);
}

double FisherExact(int64_t a, int64_t b, int64_t c, int64_t d) {
  const int64_t row = a + b, column = a + c, n = a + b + c + d;
  const double all = LogChoose(n, column);
  const auto log_of = [&](int64_t x) { return LogChoose(row, x) + LogChoose(n - row, column - x) - all; };
  // Tables as probable as this one must not be lost by rounding.
  constexpr double kSame = 1e-7;
  const double own = log_of(a) + kSame;
  double p = 0;
  for (int64_t x = std::max<int64_t>(0, column - (n - row)); x <= std::min(row, column); ++x) {
    const double other = log_of(x);
    if (other <= own) p += std::exp(other);
  }
  return std::min(1.0, p);
}

Defined<Association> Associate(const std::vector<std::vector<int64_t>>& counts) {
  const std::vector<std::vector<int64_t>> dense = Dense(counts);
  Defined<Association> found = AssociateDense(dense, 1);
  if (!found || !found->small_counts || dense.size() != 2 || dense.front().size() != 2) return found;
  Association exact = *found;
  exact.fisher_p_value = FisherExact(dense[0][0], dense[0][1], dense[1][0], dense[1][1]);
  return exact;
}

Defined<Association> AssociateWeighted(const std::vector<std::vector<double>>& sums, double design_effect) {
  return AssociateDense(Dense(sums), design_effect);
}

}  // namespace heitie::statistics
