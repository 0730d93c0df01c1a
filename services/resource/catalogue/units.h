// Quantities in other units of an item, exactly (policy S3): ratios of two integers, never decimals.
#ifndef HEITIE_SERVICES_RESOURCE_CATALOGUE_UNITS_H_
#define HEITIE_SERVICES_RESOURCE_CATALOGUE_UNITS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "common/status/status.h"
#include "heitie/resource/v1/item.pb.h"

namespace heitie::resource {

// The most that a line may ask for, in the item's unit.
inline constexpr int64_t kMaxLineQuantity = 1'000'000'000;

extern const status::Reason kUnknownUnit;       // {item} {unit}
extern const status::Reason kUnitNotWhole;      // {quantity} {unit} {base} {nearest}
extern const status::Reason kDuplicateUnit;     // {unit}
extern const status::Reason kQuantityTooLarge;  // {quantity} {most}

// `numerator / denominator` of the item's own unit are one of the other; both positive, up to a million.
struct Ratio {
  int64_t numerator = 1;
  int64_t denominator = 1;
};

// What a quantity of another unit is in the item's own.
struct InBase {
  // Rounded down where it is not whole.
  int64_t base = 0;
  bool whole = true;
  // The nearest quantities of the other unit that are whole: the greatest below, 0 if there is none, and the least above.
  int64_t below = 0;
  int64_t above = 0;
};
// 0 <= quantity <= 2^40.
InBase Convert(int64_t quantity, Ratio ratio);
// The least quantity of the other unit that is at least `base` of the item's own.
int64_t AtLeast(int64_t base, Ratio ratio);

// The ratio of a unit; nothing when the item has no such unit. The empty unit is the item's own, as is its name.
std::optional<Ratio> RatioOf(const v1::Item& item, const std::string& unit);

// What a request asks for, in the item's own unit; 0 when that is a violation of `quantity_field` or `unit_field`, which is added.
int64_t ToBase(const v1::Item& item, int64_t quantity, const std::string& unit, const std::string& quantity_field,
               const std::string& unit_field, status::BadFields& bad);

// Each unit once, and none that is the item's own.
void CheckUnits(const v1::Item& item, const std::string& field, status::BadFields& bad);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_CATALOGUE_UNITS_H_
