#include "services/resource/stock/availability.h"

#include <algorithm>
#include <tuple>

namespace heitie::resource {

int64_t AvailableOn(absl::CivilDay day, absl::CivilDay today, const std::vector<ByDay>& usable, const std::vector<ByDay>& needed) {
  day = std::max(day, today);
  std::vector<ByDay> supplies, needs = needed;
  int64_t supply = 0, need = 0;  // from the day t on
  for (const ByDay& one : usable) {
    if (one.day < today) continue;
    supplies.push_back(one);
    supply += one.quantity;
  }
  for (ByDay& one : needs) {
    one.day = std::max(one.day, today);
    need += one.quantity;
  }
  const auto earlier = [](const ByDay& a, const ByDay& b) { return a.day < b.day; };
  std::sort(supplies.begin(), supplies.end(), earlier);
  std::sort(needs.begin(), needs.end(), earlier);
  int64_t least = supply - need;
  size_t met = 0;
  // The difference falls only on the day after a last day of use.
  for (size_t i = 0; i < supplies.size();) {
    const absl::CivilDay last = supplies[i].day;
    if (last >= day) break;
    for (; i < supplies.size() && supplies[i].day == last; ++i) supply -= supplies[i].quantity;
    for (; met < needs.size() && needs[met].day <= last; ++met) need -= needs[met].quantity;
    least = std::min(least, supply - need);
  }
  return least;
}

std::vector<LotOnHand> FirstExpiring(std::vector<LotOnHand> lots, absl::CivilDay day, int64_t quantity) {
  std::sort(lots.begin(), lots.end(), [](const LotOnHand& a, const LotOnHand& b) {
    return std::tie(a.expiry, a.receive_order, a.lot) < std::tie(b.expiry, b.receive_order, b.lot);
  });
  std::vector<LotOnHand> parts;
  for (LotOnHand& lot : lots) {
    if (quantity == 0) break;
    if (lot.expiry < day || lot.quantity == 0) continue;
    lot.quantity = std::min(lot.quantity, quantity);
    quantity -= lot.quantity;
    parts.push_back(std::move(lot));
  }
  return parts;
}

}  // namespace heitie::resource
