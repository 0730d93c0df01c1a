#include "services/planning/control/three_point.h"

#include <algorithm>
#include <boost/math/distributions/beta.hpp>
#include <cmath>

namespace heitie::planning {
namespace {

// In doubles throughout: long ones are no better here, and several times as slow.
using Policy = boost::math::policies::policy<boost::math::policies::promote_double<false>>;
using Beta = boost::math::beta_distribution<double, Policy>;

Beta BetaOf(const ThreePoint& points) {
  const double alpha = 1 + 4 * (points.likely - points.low) / (points.high - points.low);
  return Beta(alpha, 6 - alpha);
}

double TriangularAt(const ThreePoint& points, double p) {
  const double span = points.high - points.low, left = points.likely - points.low;
  if (p * span < left) return points.low + std::sqrt(p * span * left);
  return points.high - std::sqrt((1 - p) * span * (points.high - points.likely));
}

}  // namespace

double QuantileOf(Spread spread, const ThreePoint& points, double p) {
  if (points.low == points.high) return points.low;
  if (spread == Spread::kTriangular) return TriangularAt(points, p);
  return points.low + (points.high - points.low) * boost::math::quantile(BetaOf(points), p);
}

double MeanOf(Spread spread, const ThreePoint& points) {
  return spread == Spread::kPert ? (points.low + 4 * points.likely + points.high) / 6 : (points.low + points.likely + points.high) / 3;
}

Quantiles::Quantiles(Spread spread, const ThreePoint& points) : spread_(spread), points_(points) {
  if (spread == Spread::kTriangular || fixed()) return;
  const Beta beta = BetaOf(points);
  const double span = points.high - points.low;
  const auto fill = [&](bool upper, double shape, Side& side) {
    side.power = 1 / shape;
    side.length = std::pow(0.5, side.power) / kParts;
    // Near the end p = x^shape / (shape · B(α, β)).
    side.slope[0] = span * side.length * std::pow(shape * boost::math::beta(beta.alpha(), beta.beta(), Policy()), side.power);
    for (int i = 1; i <= kParts; ++i) {
      const double t = i * side.length, p = std::pow(t, shape);
      const double x = upper ? boost::math::quantile(boost::math::complement(beta, p)) : boost::math::quantile(beta, p);
      side.value[i] = span * (upper ? 1 - x : x);
      side.slope[i] = span * side.length * shape * std::pow(t, shape - 1) / boost::math::pdf(beta, x);
    }
  };
  fill(false, beta.alpha(), low_);
  fill(true, beta.beta(), high_);
}

double Quantiles::Side::At(double p) const {
  const double place = std::pow(p, power) / length;
  const int part = std::min(static_cast<int>(place), kParts - 1);
  const double t = place - part, u = 1 - t;
  return u * u * ((1 + 2 * t) * value[part] + t * slope[part]) + t * t * ((1 + 2 * u) * value[part + 1] - u * slope[part + 1]);
}

double Quantiles::At(double p) const {
  if (fixed()) return points_.low;
  if (spread_ == Spread::kTriangular) return TriangularAt(points_, p);
  return p <= 0.5 ? points_.low + low_.At(p) : points_.high - high_.At(1 - p);
}

}  // namespace heitie::planning
