// Stock for what may be otherwise than forecast, and when to order (policy S4), as plain functions.
#ifndef HEITIE_SERVICES_RESOURCE_REORDER_SAFETY_H_
#define HEITIE_SERVICES_RESOURCE_REORDER_SAFETY_H_

#include <cstdint>
#include <optional>

namespace heitie::resource {

// What stock must last for, in periods and in the item's unit.
struct Coverage {
  double demand = 0;          // d̄: in each period
  double deviation = 0;       // σ: of one period
  double periods = 0;         // L: from one look to the delivery of what is ordered at the next one
  double lead_deviation = 0;  // σ_L
};

// z·√(L·σ² + d̄²·σ_L²), z by the chance that stock lasts, 0 < chance < 1 (Silver, Pyke, Thomas: Inventory and Production Management,
// 2017, with demand and lead time independent). From one half on, so that it is never negative.
double QuantileOf(double chance);
double SafetyStock(double z, const Coverage& coverage);

// ⌈d̄·L + safety stock⌉, rounded once; what the arithmetic of doubles adds to a whole number, less than 10⁻⁹ of it, does not raise it.
// Nothing beyond what books can hold.
std::optional<int64_t> ReorderPoint(double safety_stock, const Coverage& coverage);

// Whether an order is due: at or below the point, and where that is 0 below it.
bool IsDue(int64_t position, int64_t point);
// The least that ends that.
int64_t LeastToOrder(int64_t position, int64_t point);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_REORDER_SAFETY_H_
