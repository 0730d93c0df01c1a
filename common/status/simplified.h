// The Simplified Chinese of the suite's texts, which the build makes (common/status/simplify).
#ifndef HEITIE_COMMON_STATUS_SIMPLIFIED_H_
#define HEITIE_COMMON_STATUS_SIMPLIFIED_H_

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

#endif  // HEITIE_COMMON_STATUS_SIMPLIFIED_H_
