// Plan against actual by month, as plain functions (policy S5).
#ifndef HEITIE_SERVICES_RESOURCE_BUDGETING_VARIANCE_H_
#define HEITIE_SERVICES_RESOURCE_BUDGETING_VARIANCE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/civil_time.h"

namespace heitie::resource {

// What of `limit`, which is for the days from `start` to `end`, is for each of the months from `first` to `last`: by their days of the
// period, with largest remainders over the whole period, so that all its months add up to it.
std::vector<int64_t> PlanByMonth(int64_t limit, absl::CivilDay start, absl::CivilDay end, absl::CivilMonth first, absl::CivilMonth last);

// What is left of the plan in basis points of it, half away from zero. Nothing without a plan, or beyond 64 bits.
std::optional<int64_t> VarianceBp(int64_t planned, int64_t actual);

// What is spent at the end if it goes on as in the `elapsed` of `all` days: actual · all / elapsed, half away from zero. Nothing while none
// has elapsed, or beyond 64 bits.
std::optional<int64_t> RunRate(int64_t actual, int64_t elapsed, int64_t all);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_BUDGETING_VARIANCE_H_
