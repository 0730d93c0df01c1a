// Ranges of users for what works through many rows in bounded memory. Pure functions; no database.
#ifndef HEITIE_SERVICES_METRICS_ENGINE_SLICES_H_
#define HEITIE_SERVICES_METRICS_ENGINE_SLICES_H_

#include <cstdint>
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

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_ENGINE_SLICES_H_
