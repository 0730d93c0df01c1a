#include "services/resource/reorder/safety.h"

#include <algorithm>
#include <cmath>

#include "common/statistics/distributions.h"

namespace heitie::resource {
namespace {

// Far above what a line may ask for, and exact as a double.
constexpr double kGreatestPoint = 1e15;

}  // namespace

double QuantileOf(double chance) { return statistics::NormalQuantile(chance); }

double SafetyStock(double z, const Coverage& coverage) {
  return z * std::sqrt(coverage.periods * coverage.deviation * coverage.deviation +
                       coverage.demand * coverage.demand * coverage.lead_deviation * coverage.lead_deviation);
}

std::optional<int64_t> ReorderPoint(double safety_stock, const Coverage& coverage) {
  const double exact = coverage.demand * coverage.periods + safety_stock;
  if (!(exact <= kGreatestPoint)) return std::nullopt;
  return std::max<int64_t>(0, static_cast<int64_t>(std::ceil(exact - 1e-9 * std::max(1.0, exact))));
}

bool IsDue(int64_t position, int64_t point) { return point == 0 ? position < 0 : position <= point; }

int64_t LeastToOrder(int64_t position, int64_t point) {
  if (!IsDue(position, point)) return 0;
  return point == 0 ? -position : point - position + 1;
}

}  // namespace heitie::resource
