#include "services/metrics/engine/slices.h"

#include <algorithm>
#include <bit>
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

namespace {

// A container of a bitmap holds 65,536 ordinals in 8 KiB at most, or 2 bytes for each of its members.
constexpr int64_t kContainersOfRange = 1 << (kRangeBits - 16);
constexpr int64_t kBytesAround = 64;  // of a container, and of the bitmap itself
static_assert(kMostBytesOfSet == kContainersOfRange * (8192 + kBytesAround) + kBytesAround && kMostBytesOfSet == 528448);

}  // namespace

int64_t BytesOfSet(int64_t rows) {
  return std::min(kMostBytesOfSet, 2 * rows + kBytesAround * std::min(rows, kContainersOfRange) + kBytesAround);
}

std::vector<Users> SlicesOfRanges(const std::map<uint32_t, int64_t>& bytes, int64_t limit) {
  std::vector<Users> result;
  Users current;
  int64_t held = 0;
  const auto cut = [&](uint64_t before) {
    if (before <= current.first) return;
    result.push_back({current.first, static_cast<uint32_t>(before - 1)});
    current.first = static_cast<uint32_t>(before);
    held = 0;
  };
  for (const auto& [range, size] : bytes) {
    const uint64_t begin = uint64_t{range} << kRangeBits;
    if (held > 0 && held + size > limit) cut(begin);
    held += size;
    if (size <= limit) continue;
    const auto wanted = static_cast<uint64_t>((size + limit - 1) / std::max<int64_t>(limit, 1));
    const uint64_t parts = std::min<uint64_t>(std::bit_ceil(wanted), kContainersOfRange);
    const uint64_t width = (uint64_t{1} << kRangeBits) / parts;
    for (uint64_t part = 1; part < parts; ++part) cut(begin + part * width);
    held = size / static_cast<int64_t>(parts);
  }
  result.push_back(current);
  return result;
}

}  // namespace heitie::metrics
