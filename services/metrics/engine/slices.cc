#include "services/metrics/engine/slices.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace heitie::metrics {

std::vector<Users> SlicesOf(const std::vector<Extension>& blocks, int64_t limit) {
  // Where the density of rows per user changes, and by how much.
  std::map<uint64_t, double> changes;
  double total = 0;
  for (const Extension& block : blocks) {
    const double density = static_cast<double>(block.rows) / (static_cast<double>(block.users.last) - block.users.first + 1);
    changes[block.users.first] += density;
    changes[uint64_t{block.users.last} + 1] -= density;
    total += static_cast<double>(block.rows);
  }
  const double slices = std::ceil(std::max(1.0, total / static_cast<double>(std::max<int64_t>(limit, 1))));
  const double share = total / slices;
  std::vector<Users> result;
  Users current;
  double density = 0, filled = 0;
  uint64_t at = 0;
  for (const auto& [user, change] : changes) {
    // Cuts between `at` and `user`, where the density is the same.
    while (density > 1e-12 && at < user) {
      const double room = std::max(0.0, share - filled) / density;
      if (room >= static_cast<double>(user - at)) break;
      at += std::max<uint64_t>(1, static_cast<uint64_t>(room));
      if (at > current.last || static_cast<double>(result.size()) + 1 >= slices) break;
      result.push_back({current.first, static_cast<uint32_t>(at - 1)});
      current.first = static_cast<uint32_t>(at);
      filled = 0;
    }
    if (at < user) filled += density * static_cast<double>(user - at);
    at = std::max(at, user);
    density += change;
  }
  result.push_back(current);
  return result;
}

}  // namespace heitie::metrics
