#include "services/personnel/outcome/bonus.h"

#include <algorithm>

#include "common/exact/apportion.h"

namespace heitie::personnel {

int64_t BonusOf(const exact::Fraction& base, int64_t coefficient, int64_t scored_months) {
  return exact::Round(base * coefficient * scored_months / (kWholeCoefficient * kMonthsOfYear));
}

std::map<std::string, int64_t> SharePool(int64_t pool_minor, std::vector<PoolShare> people) {
  std::sort(people.begin(), people.end(), [](const PoolShare& a, const PoolShare& b) { return a.name < b.name; });
  std::vector<int64_t> weights;
  for (const PoolShare& person : people) weights.push_back(person.weight);
  const std::vector<int64_t> amounts = exact::Apportion(pool_minor, weights);
  std::map<std::string, int64_t> shares;
  for (size_t i = 0; i < people.size(); ++i) shares[people[i].name] = amounts[i];
  return shares;
}

std::optional<int64_t> WorthOf(int64_t pool_minor, int64_t weight_sum, int64_t weight) {
  if (weight_sum <= 0) return std::nullopt;
  return exact::Round(exact::Fraction(pool_minor) * weight / weight_sum);
}

}  // namespace heitie::personnel
