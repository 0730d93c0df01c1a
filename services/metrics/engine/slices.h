// Ranges of users for what works through many rows in bounded memory. Pure functions; no database.
#ifndef HEITIE_SERVICES_METRICS_ENGINE_SLICES_H_
#define HEITIE_SERVICES_METRICS_ENGINE_SLICES_H_

#include <cstdint>
#include <map>
#include <vector>

#include "services/metrics/engine/snapshot.h"

namespace heitie::metrics {

// How many rows a block of those users has.
struct Extension {
  Users users;
  int64_t rows = 0;
};

// Consecutive ranges that together are all users, each with at most about `limit` rows, taking the rows of a block to be spread evenly over
// its users. At least one. O(n log n).
std::vector<Users> SlicesOf(const std::vector<Extension>& blocks, int64_t limit);

// Bytes of a Roaring bitmap of one range of ordinals (kRangeBits) at most.
inline constexpr int64_t kMostBytesOfSet = (64 * (8192 + 64)) + 64;
// Of one that has so many members; and the same as an expression of daily figures' statements.
int64_t BytesOfSet(int64_t rows);
inline constexpr char kBytesOfSetSql[] = "LEAST(528448, 2 * point_count + 64 * LEAST(point_count, 64) + 64)";
// Consecutive ranges that together are all users, each with at most about `limit` bytes of the sets of users whose sizes by range of
// ordinals are given. They are cut where ranges end, and within a range, which is read once for each part, only when that alone has more.
std::vector<Users> SlicesOfRanges(const std::map<uint32_t, int64_t>& bytes, int64_t limit);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_ENGINE_SLICES_H_
