#include "common/statistics/least_squares.h"

#include <cmath>
#include <utility>

namespace heitie::statistics {
namespace {

constexpr double kSpanTolerance = 1e-11;

double Dot(const std::vector<double>& a, const std::vector<double>& b, size_t from = 0) {
  double sum = 0;
  for (size_t i = from; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// v −= 2 h (h'v)/(h'h) from a row on.
void Reflect(const std::vector<double>& h, size_t from, double length2, std::vector<double>& v) {
  const double factor = 2 * Dot(h, v, from) / length2;
  for (size_t i = from; i < v.size(); ++i) v[i] -= factor * h[i];
}

}  // namespace

Defined<LeastSquares> LeastSquares::Fit(const Columns& columns, const std::vector<double>& y) {
  const size_t n = y.size(), k = columns.size();
  if (n < k) return Cause::kTooFew;
  LeastSquares fit;
  fit.x_ = columns;
  Columns a = columns;
  std::vector<double> rotated = y;
  for (std::vector<double>& column : a) {
    const double length = std::sqrt(Dot(column, column));
    if (length == 0) return Cause::kCollinear;
    if (!std::isfinite(length)) return Cause::kOutOfRange;
    for (double& x : column) x /= length;
    fit.scale_.push_back(length);
  }
  for (size_t j = 0; j < k; ++j) {
    const double length = std::sqrt(Dot(a[j], a[j], j));
    if (length <= kSpanTolerance) return Cause::kCollinear;
    std::vector<double> h = a[j];
    h[j] += h[j] < 0 ? -length : length;
    const double length2 = Dot(h, h, j);
    for (size_t c = j; c < k; ++c) Reflect(h, j, length2, a[c]);
    Reflect(h, j, length2, rotated);
  }
  fit.r_ = std::move(a);
  fit.coefficients_.assign(k, 0);
  for (size_t i = k; i-- > 0;) {
    double rest = rotated[i];
    for (size_t j = i + 1; j < k; ++j) rest -= fit.r_[j][i] * fit.coefficients_[j];
    fit.coefficients_[i] = rest / fit.r_[i][i];
  }
  for (size_t j = 0; j < k; ++j) fit.coefficients_[j] /= fit.scale_[j];
  fit.residuals_ = y;
  for (size_t j = 0; j < k; ++j) {
    for (size_t i = 0; i < n; ++i) fit.residuals_[i] -= columns[j][i] * fit.coefficients_[j];
  }
  return fit;
}

std::vector<double> LeastSquares::Deviation(const std::vector<double>& normal) const {
  // X = QRD: D⁻¹R⁻¹z.
  std::vector<double> off(normal.size());
  for (size_t i = normal.size(); i-- > 0;) {
    double rest = normal[i];
    for (size_t j = i + 1; j < normal.size(); ++j) rest -= r_[j][i] * off[j];
    off[i] = rest / r_[i][i];
  }
  for (size_t i = 0; i < off.size(); ++i) off[i] /= scale_[i];
  return off;
}

std::vector<double> LeastSquares::Influence(const std::vector<double>& c) const {
  const size_t k = c.size();
  // R'u = D⁻¹c, then Rv = u, with X = QRD.
  std::vector<double> v(k);
  for (size_t i = 0; i < k; ++i) {
    double rest = c[i] / scale_[i];
    for (size_t j = 0; j < i; ++j) rest -= r_[i][j] * v[j];
    v[i] = rest / r_[i][i];
  }
  for (size_t i = k; i-- > 0;) {
    for (size_t j = i + 1; j < k; ++j) v[i] -= r_[j][i] * v[j];
    v[i] /= r_[i][i];
  }
  std::vector<double> influence(x_.empty() ? 0 : x_.front().size());
  for (size_t j = 0; j < k; ++j) {
    for (size_t i = 0; i < influence.size(); ++i) influence[i] += x_[j][i] * v[j] / scale_[j];
  }
  return influence;
}

}  // namespace heitie::statistics
