// Figures by business date beside those by posting (policy S4), as plain functions: a movement that is posted late counts on its day, and
// must not leave less than nothing on any day since.
#ifndef HEITIE_SERVICES_RESOURCE_STOCK_BUSINESS_DAY_H_
#define HEITIE_SERVICES_RESOURCE_STOCK_BUSINESS_DAY_H_

#include <cstdint>
#include <map>
#include <optional>

#include "absl/time/civil_time.h"

namespace heitie::resource {

// A day on which more is taken than was there.
struct Shortfall {
  absl::CivilDay day;
  int64_t missing = 0;
};

// The first day from `from` on at whose end less than `taken` was there. `now` is what is there now, before it is taken; `later` are the
// sums of what came and went by days after `from`.
std::optional<Shortfall> FirstShortfall(absl::CivilDay from, int64_t now, const std::map<absl::CivilDay, int64_t>& later, int64_t taken);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_STOCK_BUSINESS_DAY_H_
