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
std::vector<std::vector<int64_t>> Dense(const std::vector<std::vector<int64_t>>& counts) {
  std::vector<std::vector<int64_t>> dense;
  const size_t width = counts.empty() ? 0 : counts.front().size();
  std::vector<bool> filled(width);
  for (const std::vector<int64_t>& row : counts) {
    for (size_t j = 0; j < width; ++j) filled[j] = filled[j] || row[j] > 0;
  }
  for (const std::vector<int64_t>& row : counts) {
    if (std::all_of(row.begin(), row.end(), [](int64_t count) { return count == 0; })) continue;
    std::vector<int64_t>& kept = dense.emplace_back();
    for (size_t j = 0; j < width; ++j) {
      if (filled[j]) kept.push_back(row[j]);
    }
  }
  return dense;
}

}  // namespace

Defined<Interval> WilsonInterval(const Proportion& share, double alpha) {
  if (share.trials == 0) return Cause::kNoData;
  const double n = static_cast<double>(share.trials), p = static_cast<double>(share.successes) / n, z = NormalCritical(alpha);
  const double wide = 1 + z * z / n, middle = (p + z * z / (2 * n)) / wide;
  const double half = z / wide * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  return Interval{share.successes == 0 ? 0 : std::max(0.0, middle - half),
                  share.successes == share.trials ? 1 : std::min(1.0, middle + half)};
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
  if (dense.empty()) return Cause::kNoData;
  const size_t rows = dense.size(), columns = dense.front().size();
  if (rows < 2 || columns < 2) return Cause::kNoVariance;
  std::vector<double> of_row(rows), of_column(columns);
  Association out;
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = 0; j < columns; ++j) {
      of_row[i] += static_cast<double>(dense[i][j]);
      of_column[j] += static_cast<double>(dense[i][j]);
      out.total += dense[i][j];
    }
  }
  const double n = static_cast<double>(out.total);
  size_t below_five = 0;
  bool below_one = false;
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = 0; j < columns; ++j) {
      const double expected = of_row[i] * of_column[j] / n, off = static_cast<double>(dense[i][j]) - expected;
      out.chi_square += off * off / expected;
      below_five += expected < 5 ? 1 : 0;
      below_one = below_one || expected < 1;
    }
  }
  out.degrees_of_freedom = static_cast<int>((rows - 1) * (columns - 1));
  out.p_value = ChiSquareTail(out.chi_square, out.degrees_of_freedom);
  out.cramers_v = std::sqrt(out.chi_square / (n * static_cast<double>(std::min(rows, columns) - 1)));
  out.small_counts = below_one || below_five * 5 > rows * columns;
  if (out.small_counts && rows == 2 && columns == 2) {
    out.fisher_p_value = FisherExact(dense[0][0], dense[0][1], dense[1][0], dense[1][1]);
  }
  return out;
}

}  // namespace heitie::statistics
