// How much to order at least cost (policy S4), as plain functions: whole packs, least and greatest quantities, price breaks. All of it is
// exact; costs are compared as fractions.
#ifndef HEITIE_SERVICES_RESOURCE_REORDER_ORDER_SIZE_H_
#define HEITIE_SERVICES_RESOURCE_REORDER_ORDER_SIZE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "common/exact/fraction.h"
#include "heitie/resource/v1/reorder_figures.pb.h"

namespace heitie::resource {

// What one of the item's unit costs from a quantity on, in minor units.
struct PriceLevel {
  int64_t from = 1;
  exact::Fraction unit_cost;
};

// What an order depends on; quantities in the item's unit.
struct OrderTerms {
  exact::Fraction yearly_demand;  // D
  exact::Fraction order_cost;     // S, in minor units
  exact::Fraction holding;        // of the price, a year
  int64_t pack = 1;               // k
  // The least that is ordered at all, and what ends the need; the latter gives way to the greatest quantities.
  int64_t minimum = 1;
  int64_t need = 0;
  // How much more there is room for; nothing: any quantity.
  std::optional<int64_t> stock_room, shelf_room;
  // By rising quantities, each above 0; at least one.
  std::vector<PriceLevel> levels;
};

// The cheapest quantity at a price.
struct OrderOption {
  PriceLevel level;
  int64_t quantity = 0;
  // What a year costs with orders of this size: D·c + D/q·S + q/2·h·c.
  exact::Fraction yearly_cost;
};

struct OrderSize {
  // A multiple of the pack; 0 when there is no room for the least that is ordered, or it is beyond what a line may ask for.
  int64_t quantity = 0;
  std::vector<OrderOption> options;
  std::vector<v1::ReorderBound> bounds;
};

// The multiple m ≥ 1 of the pack with m(m−1) ≤ 2DS/(H·k²) ≤ m(m+1), of two the smaller: the cheapest of all multiples at one price, H what
// one costs to keep for a year. (Harris 1913; for whole multiples Axsäter: Inventory Control, 2015.) At most what a line may ask for.
int64_t EconomicMultiple(const exact::Fraction& yearly_demand, const exact::Fraction& order_cost, const exact::Fraction& yearly_holding,
                         int64_t pack);

// What a year costs with orders of `quantity` at a price.
exact::Fraction YearlyCost(const OrderTerms& terms, const exact::Fraction& unit_cost, int64_t quantity);

// The quantity at which a year is cheapest, of equally cheap ones the smaller. O(levels).
OrderSize SizeOf(const OrderTerms& terms);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_REORDER_ORDER_SIZE_H_
