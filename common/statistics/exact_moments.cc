#include "common/statistics/exact_moments.h"

#include <algorithm>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>
#include <limits>

namespace heitie::statistics {
namespace {

// Wide enough for what is left of n·Σx² − (Σx)² where the mean is 10²⁰ times the deviation.
using Wide = boost::multiprecision::number<boost::multiprecision::cpp_bin_float<320, boost::multiprecision::digit_base_2>,
                                           boost::multiprecision::et_off>;

// The sum to some two hundred digits of base 2, as doubles that follow each other.
Wide WideOf(exact::Sum sum) {
  Wide out = 0;
  for (int part = 0; part < 5; ++part) {
    const double value = sum.value();
    if (value == 0 || !std::isfinite(value)) break;
    out += value;
    sum.Subtract(value);
  }
  return out;
}

// a·b exactly: the product and what rounding has taken from it.
void AddProduct(double a, double b, exact::Sum& sum) {
  const double product = a * b;
  sum.Add(product);
  sum.Add(std::fma(a, b, -product));
}

}  // namespace

void ExactPairMoments::Add(double x, double y) {
  ++n_;
  x_.Add(x);
  y_.Add(y);
  if (!std::isfinite(x * x) || !std::isfinite(y * y)) {
    too_great_ = true;
    return;
  }
  AddProduct(x, x, xx_);
  AddProduct(y, y, yy_);
  AddProduct(x, y, xy_);
}

void ExactPairMoments::Merge(const ExactPairMoments& other) {
  n_ += other.n_;
  too_great_ = too_great_ || other.too_great_;
  x_.Add(other.x_);
  y_.Add(other.y_);
  xx_.Add(other.xx_);
  yy_.Add(other.yy_);
  xy_.Add(other.xy_);
}

PairMoments ExactPairMoments::moments() const {
  PairMoments out;
  if (n_ == 0) return out;
  out.n = n_;
  const Wide n = static_cast<double>(n_), x = WideOf(x_), y = WideOf(y_);
  const auto around_means = [&](const exact::Sum& products, const Wide& a, const Wide& b) {
    return static_cast<double>((n * WideOf(products) - a * b) / n);
  };
  out.mean_x = static_cast<double>(x / n);
  out.mean_y = static_cast<double>(y / n);
  if (too_great_) {
    out.xx = out.yy = out.xy = std::numeric_limits<double>::infinity();
    return out;
  }
  out.xx = std::max(around_means(xx_, x, x), 0.0);
  out.yy = std::max(around_means(yy_, y, y), 0.0);
  out.xy = around_means(xy_, x, y);
  return out;
}

}  // namespace heitie::statistics
