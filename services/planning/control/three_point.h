// Figures between three points, drawn by the inverse of their distribution (P2, P3).
#ifndef HEITIE_SERVICES_PLANNING_CONTROL_THREE_POINT_H_
#define HEITIE_SERVICES_PLANNING_CONTROL_THREE_POINT_H_

#include <array>
#include <cstdint>

namespace heitie::planning {

enum class Spread { kPert, kTriangular };

// low ≤ likely ≤ high.
struct ThreePoint {
  double low, likely, high;
};

// x with P(X ≤ x) = p, 0 < p < 1. PERT is the beta distribution over [low, high] with α = 1 + 4·(likely − low)/(high − low) and
// β = 6 − α. Exact to rounding, by Boost.Math; some microseconds.
double QuantileOf(Spread spread, const ThreePoint& points, double p);
double MeanOf(Spread spread, const ThreePoint& points);

// The same for many draws. PERT by cubic Hermite interpolation with exact values and slopes, over p^(1/α) up to the median and over
// (1 − p)^(1/β) above it, in which quantiles are smooth up to their ends: within 1e-6 of the span. The same bits for the same p, whoever
// asks. Some tens of nanoseconds.
class Quantiles {
 public:
  Quantiles(Spread spread, const ThreePoint& points);
  double At(double p) const;
  // It does not vary.
  bool fixed() const { return points_.low == points_.high; }

 private:
  static constexpr int kParts = 48;
  // From one end to the median, in parts of equal length.
  struct Side {
    double power = 1;  // 1/α or 1/β
    double length = 1;
    std::array<double, kParts + 1> value{}, slope{};
    double At(double p) const;
  };

  Spread spread_;
  ThreePoint points_;
  Side low_, high_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_CONTROL_THREE_POINT_H_
