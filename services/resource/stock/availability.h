// What can be promised where lots expire (policy S4, W7), as plain functions. A reservation binds no lot until it is issued; whether all of
// them can be met is a question of sums: what can be used on a day or later against what is needed on it or later.
#ifndef HEITIE_SERVICES_RESOURCE_STOCK_AVAILABILITY_H_
#define HEITIE_SERVICES_RESOURCE_STOCK_AVAILABILITY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"

namespace heitie::resource {

// The last day of use of what does not expire, and the day of need of what is kept for as long as it takes.
inline constexpr absl::CivilDay kNoEnd(9999, 12, 31);

// A quantity that can be used up to a day, or is needed up to one.
struct ByDay {
  absl::CivilDay day;
  int64_t quantity = 0;
};

// How much more can be promised for a day of need: the least over all days t from `today` to `day` of what can be used on t or later less
// what is needed on t or later. Negative when what is promised cannot be met any more. A day of need that is past counts as today.
// O(n log n) for n quantities.
int64_t AvailableOn(absl::CivilDay day, absl::CivilDay today, const std::vector<ByDay>& usable, const std::vector<ByDay>& needed);

// Whether everything that is promised can be met.
inline bool AllCanBeMet(absl::CivilDay today, const std::vector<ByDay>& usable, const std::vector<ByDay>& needed) {
  return AvailableOn(kNoEnd, today, usable, needed) >= 0;
}

// What lies of a lot at a location.
struct LotOnHand {
  std::string lot;
  absl::CivilDay expiry = kNoEnd;
  int64_t receive_order = 0;
  int64_t quantity = 0;
};

// The parts of `quantity` that go out for a day of need: of the lots that can be used on it the one that expires first, of equal ones that
// which came first. Fewer when that is all. Whatever could be met before can be met afterwards: in any way to meet all, the lot taken here
// may change places with the one that this need had, which lasts as long or longer.
std::vector<LotOnHand> FirstExpiring(std::vector<LotOnHand> lots, absl::CivilDay day, int64_t quantity);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_STOCK_AVAILABILITY_H_
