#include "services/resource/reorder/order_size.h"

#include <algorithm>

#include "services/resource/catalogue/units.h"

namespace heitie::resource {
namespace {

using exact::Fraction;

int64_t UpToPacks(int64_t quantity, int64_t pack) { return (std::max<int64_t>(quantity, 1) + pack - 1) / pack * pack; }
int64_t DownToPacks(int64_t quantity, int64_t pack) { return std::max<int64_t>(quantity, 0) / pack * pack; }

// What may be ordered, in whole packs.
struct SizeRange {
  int64_t minimum, least, most;
  bool stock_is_less;  // the greatest stock is what limits it
};

SizeRange RangeOf(const OrderTerms& terms) {
  SizeRange range{};
  range.minimum = UpToPacks(terms.minimum, terms.pack);
  range.least = std::max(range.minimum, UpToPacks(terms.need, terms.pack));
  const int64_t stock = terms.stock_room.value_or(kMaxLineQuantity), shelf = terms.shelf_room.value_or(kMaxLineQuantity);
  range.stock_is_less = stock <= shelf;
  range.most = DownToPacks(std::min({stock, shelf, kMaxLineQuantity}), terms.pack);
  return range;
}

// What moved the cheapest quantity of a price away from where it would be.
std::vector<v1::ReorderBound> BoundsOf(const OrderTerms& terms, const SizeRange& range, const OrderOption& option, int64_t wanted) {
  std::vector<v1::ReorderBound> bounds;
  if (option.quantity > wanted) {
    if (option.quantity == UpToPacks(option.level.from, terms.pack) && option.quantity > range.least) {
      bounds.push_back(v1::REORDER_BOUND_PRICE_BREAK);
    } else {
      bounds.push_back(range.least == range.minimum ? v1::REORDER_BOUND_MINIMUM_ORDER : v1::REORDER_BOUND_NEED);
    }
  }
  const bool limited = terms.stock_room || terms.shelf_room;
  if (limited && option.quantity == range.most && std::max(wanted, range.least) > range.most) {
    bounds.push_back(range.stock_is_less ? v1::REORDER_BOUND_MAXIMUM_STOCK : v1::REORDER_BOUND_SHELF_LIFE);
  }
  return bounds;
}

}  // namespace

int64_t EconomicMultiple(const Fraction& yearly_demand, const Fraction& order_cost, const Fraction& yearly_holding, int64_t pack) {
  // The least m with m(m+1) at or above it; then (m−1)m lies below.
  const Fraction wanted = 2 * yearly_demand * order_cost / (yearly_holding * pack * pack);
  int64_t low = 1, high = std::max<int64_t>(1, kMaxLineQuantity / pack);
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (Fraction(middle) * (middle + 1) >= wanted) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

Fraction YearlyCost(const OrderTerms& terms, const Fraction& unit_cost, int64_t quantity) {
  return terms.yearly_demand * unit_cost + terms.yearly_demand * terms.order_cost / quantity + terms.holding * unit_cost * quantity / 2;
}

OrderSize SizeOf(const OrderTerms& terms) {
  OrderSize size;
  SizeRange range = RangeOf(terms);
  if (range.most < range.minimum) return size;
  const int64_t least = std::min(range.least, range.most);
  const OrderOption* best = nullptr;
  std::vector<int64_t> wanted;
  for (size_t i = 0; i < terms.levels.size(); ++i) {
    const PriceLevel& level = terms.levels[i];
    const int64_t low = std::max(least, UpToPacks(level.from, terms.pack));
    const int64_t high =
        i + 1 < terms.levels.size() ? std::min(range.most, DownToPacks(terms.levels[i + 1].from - 1, terms.pack)) : range.most;
    if (low > high) continue;
    wanted.push_back(terms.pack * EconomicMultiple(terms.yearly_demand, terms.order_cost, terms.holding * level.unit_cost, terms.pack));
    OrderOption option{level, std::clamp(wanted.back(), low, high), 0};
    option.yearly_cost = YearlyCost(terms, level.unit_cost, option.quantity);
    size.options.push_back(std::move(option));
  }
  for (const OrderOption& option : size.options) {
    if (best == nullptr || option.yearly_cost < best->yearly_cost) best = &option;
  }
  if (best == nullptr) return size;
  size.quantity = best->quantity;
  size.bounds = BoundsOf(terms, range, *best, wanted[best - size.options.data()]);
  return size;
}

}  // namespace heitie::resource
