#include "services/resource/stock/business_day.h"

namespace heitie::resource {

std::optional<Shortfall> FirstShortfall(absl::CivilDay from, int64_t now, const std::map<absl::CivilDay, int64_t>& later, int64_t taken) {
  std::optional<Shortfall> first;
  int64_t there = now;  // At the end of the days before the one that was looked at, and since the one before it.
  const auto look = [&](absl::CivilDay day) {
    if (there < taken) first = Shortfall{day, taken - there};
  };
  for (auto it = later.rbegin(); it != later.rend(); ++it) {
    look(it->first);
    there -= it->second;
  }
  look(from);
  return first;
}

}  // namespace heitie::resource
