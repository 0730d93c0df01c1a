// How long after a failure something is tried again, by jobs and by followers for what is stuck.
#ifndef HEITIE_COMMON_JOB_BACK_OFF_H_
#define HEITIE_COMMON_JOB_BACK_OFF_H_

#include <algorithm>

#include "absl/time/time.h"

namespace heitie::job {

inline constexpr absl::Duration kLongestBackOff = absl::Minutes(1);

// After so many failures in a row, at least one: 1 s, doubling to kLongestBackOff.
inline absl::Duration BackOff(int failures) { return std::min(kLongestBackOff, absl::Seconds(1) * (1 << std::clamp(failures - 1, 0, 6))); }

}  // namespace heitie::job

#endif  // HEITIE_COMMON_JOB_BACK_OFF_H_
