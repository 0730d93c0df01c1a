#include "services/resource/catalogue/units.h"

#include <numeric>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace heitie::resource {

const status::Reason kUnknownUnit{absl::StatusCode::kInvalidArgument, "UNKNOWN_UNIT", "{item} has no unit {unit}.",
                                  "{item} 沒有單位 {unit}。"};
const status::Reason kUnitNotWhole{
    absl::StatusCode::kInvalidArgument, "UNIT_NOT_WHOLE",
    "{quantity:count} {unit} are not a whole number of {base}; the nearest quantities that are: {nearest:list}.",
    "{quantity:count} {unit} 不是整數個 {base}；最接近的可用數量：{nearest:list}。"};
const status::Reason kDuplicateUnit{absl::StatusCode::kInvalidArgument, "DUPLICATE_UNIT", "The item has the unit {unit} already.",
                                    "品項已有單位 {unit}。"};
const status::Reason kQuantityTooLarge{absl::StatusCode::kInvalidArgument, "QUANTITY_TOO_LARGE",
                                       "That is {quantity:count} of the item's unit; a line has {most:count} at most.",
                                       "換算後為 {quantity:count}，每行最多 {most:count}。"};

InBase Convert(int64_t quantity, Ratio ratio) {
  const __int128 product = static_cast<__int128>(quantity) * ratio.numerator;
  InBase converted;
  converted.base = static_cast<int64_t>(product / ratio.denominator);
  converted.whole = product % ratio.denominator == 0;
  // Every `step` of the other unit is whole.
  const int64_t step = ratio.denominator / std::gcd(ratio.numerator, ratio.denominator);
  converted.below = quantity / step * step;
  converted.above = converted.whole ? quantity : converted.below + step;
  return converted;
}

int64_t AtLeast(int64_t base, Ratio ratio) {
  const __int128 product = static_cast<__int128>(base) * ratio.denominator;
  return static_cast<int64_t>((product + ratio.numerator - 1) / ratio.numerator);
}

std::optional<Ratio> RatioOf(const v1::Item& item, const std::string& unit) {
  if (unit.empty() || unit == item.unit()) return Ratio{};
  for (const v1::ItemUnit& other : item.units()) {
    if (other.unit() == unit) return Ratio{other.numerator(), other.denominator()};
  }
  return std::nullopt;
}

int64_t ToBase(const v1::Item& item, int64_t quantity, const std::string& unit, const std::string& quantity_field,
               const std::string& unit_field, status::BadFields& bad) {
  const std::optional<Ratio> ratio = RatioOf(item, unit);
  if (!ratio) {
    bad.Add(unit_field, kUnknownUnit, {{"item", item.name()}, {"unit", unit}});
    return 0;
  }
  const InBase converted = Convert(quantity, *ratio);
  if (!converted.whole) {
    std::vector<std::string> nearest;
    if (converted.below > 0) nearest.push_back(absl::StrCat(converted.below));
    nearest.push_back(absl::StrCat(converted.above));
    bad.Add(quantity_field, kUnitNotWhole,
            {{"quantity", quantity}, {"unit", unit}, {"base", item.unit()}, {"nearest", absl::StrJoin(nearest, ", ")}});
    return 0;
  }
  if (converted.base > kMaxLineQuantity) {
    bad.Add(quantity_field, kQuantityTooLarge, {{"quantity", converted.base}, {"most", kMaxLineQuantity}});
    return 0;
  }
  return converted.base;
}

void CheckUnits(const v1::Item& item, const std::string& field, status::BadFields& bad) {
  std::set<std::string> seen = {item.unit()};
  for (int i = 0; i < item.units_size(); ++i) {
    const std::string& unit = item.units(i).unit();
    if (!seen.insert(unit).second) bad.Add(absl::StrCat(field, "[", i, "].unit"), kDuplicateUnit, {{"unit", unit}});
  }
}

}  // namespace heitie::resource
