// Statements over many rows, in chunks whose sizes are powers of two: few statement texts, so that each connection keeps them prepared.
#ifndef HEITIE_SERVICES_METRICS_ENGINE_CHUNKS_H_
#define HEITIE_SERVICES_METRICS_ENGINE_CHUNKS_H_

#include <algorithm>
#include <bit>
#include <functional>

#include "absl/status/status.h"
#include "common/status/macros.h"

namespace heitie::metrics {

inline constexpr size_t kMaxChunk = 512;  // rows of a statement

// Calls `work(begin, size)` for consecutive chunks of `count` rows until one fails.
inline absl::Status ForChunks(size_t count, const std::function<absl::Status(size_t begin, size_t size)>& work,
                              size_t max_chunk = kMaxChunk) {
  for (size_t begin = 0; begin < count;) {
    const size_t size = std::min(max_chunk, std::bit_floor(count - begin));
    RETURN_IF_ERROR(work(begin, size));
    begin += size;
  }
  return absl::OkStatus();
}

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_ENGINE_CHUNKS_H_
