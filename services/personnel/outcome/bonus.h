// What bonuses come to (policy H7): exact fractions rounded once, or a pool of which nothing is left over. Pure functions.
#ifndef HEITIE_SERVICES_PERSONNEL_OUTCOME_BONUS_H_
#define HEITIE_SERVICES_PERSONNEL_OUTCOME_BONUS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/exact/fraction.h"

namespace heitie::personnel {

// Coefficients are ten-thousandths.
inline constexpr int64_t kWholeCoefficient = 10'000;
inline constexpr int64_t kMonthsOfYear = 12;

// base · coefficient / 10,000 · scored months / 12 in minor units, rounded once, halves away from zero.
int64_t BonusOf(const exact::Fraction& base, int64_t coefficient, int64_t scored_months);

struct PoolShare {
  std::string name;    // of the person; no two are the same
  int64_t weight = 0;  // coefficient · scored months, not negative
};

// The pool in proportion to the weights, by largest remainders, of equal ones to the first by name: the shares add to the pool, whatever
// the order of `people`. Where no weight is positive nothing is shared and all shares are 0.
std::map<std::string, int64_t> SharePool(int64_t pool_minor, std::vector<PoolShare> people);

// What a weight is worth at the rate at which a pool was divided, rounded; for an adjustment afterwards, which leaves the others' shares as
// they are. Undefined where no weight was positive.
std::optional<int64_t> WorthOf(int64_t pool_minor, int64_t weight_sum, int64_t weight);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_OUTCOME_BONUS_H_
