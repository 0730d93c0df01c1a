// The Simplified Chinese of the suite's texts, which the build makes (common/status/simplify).
#pragma once

#include <cstddef>

namespace heitie::status {

struct Simplified {
  const char* zh_tw;
  const char* zh_cn;
};

// Sorted by the bytes of zh_tw.
extern const Simplified kSimplified[];
extern const size_t kSimplifiedCount;

}  // namespace heitie::status
