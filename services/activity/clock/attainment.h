// How well terms of service were kept (policy A3).
#ifndef HEITIE_SERVICES_ACTIVITY_CLOCK_ATTAINMENT_H_
#define HEITIE_SERVICES_ACTIVITY_CLOCK_ATTAINMENT_H_

#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "heitie/activity/v1/service_attainment.pb.h"

namespace heitie::activity {

// A clock whose result was decided.
struct DecidedClock {
  v1::ServiceKind kind = v1::SERVICE_KIND_UNSPECIFIED;
  v1::ServicePriority priority = v1::SERVICE_PRIORITY_UNSPECIFIED;
  v1::ServiceClock::Target target = v1::ServiceClock::TARGET_UNSPECIFIED;
  bool met = false;  // else breached
  bool excused = false;
  // Nothing while it runs on.
  std::optional<absl::Duration> consumed;
};

// The ⌈p · n ÷ 100⌉-th of n values in order, p from 1 to 100; there is at least one.
absl::Duration NearestRank(std::vector<absl::Duration> values, int percentile);

// Percentiles of 50, 90 and 95 where none is wanted.
v1::ComputeServiceAttainmentResponse AttainmentOf(const std::vector<DecidedClock>& decided, std::vector<int32_t> percentiles);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_CLOCK_ATTAINMENT_H_
