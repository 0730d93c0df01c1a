// Memory goes back to the system after a peak.
#ifndef HEITIE_COMMON_SERVICE_MEMORY_H_
#define HEITIE_COMMON_SERVICE_MEMORY_H_

#include <cstddef>

#include "absl/time/time.h"

namespace heitie::service {

// What the allocator may keep although nobody uses it, so that a steady load does not give pages back only to fetch them again.
inline constexpr size_t kKeptBytes = 8 << 20;
inline constexpr absl::Duration kMemoryInterval = absl::Seconds(5);

// Bytes that nobody uses and the system could have.
size_t UnusedMemory();
// Gives the system half of what is unused beyond kKeptBytes; called every kMemoryInterval, a peak of 3 GB is gone in 40 seconds. The
// allocator by itself gives back only while it is used.
void ReleaseMemory();

}  // namespace heitie::service

#endif  // HEITIE_COMMON_SERVICE_MEMORY_H_
