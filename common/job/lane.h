// Lanes of jobs. Each has threads of its own, so that what hangs in one delays nothing in another.
#ifndef HEITIE_COMMON_JOB_LANE_H_
#define HEITIE_COMMON_JOB_LANE_H_

#include <array>

namespace heitie::job {

enum class Lane {
  // What must happen at its time and has consequences: expiries, scheduled launches, steps of sagas.
  kDeadlines,
  // What reacts to other services' events, or copies their resources.
  kFollowers,
  // What is sent to the world outside.
  kDeliveries,
  // What may take long and hurts nobody when it is late: reports, retention, rebuilds.
  kLongWork,
};

inline constexpr std::array<Lane, 4> kLanes = {Lane::kDeadlines, Lane::kFollowers, Lane::kDeliveries, Lane::kLongWork};

// "deadlines", "followers", "deliveries", "long_work": as metrics call it.
constexpr const char* NameOf(Lane lane) {
  constexpr const char* kNames[] = {"deadlines", "followers", "deliveries", "long_work"};
  return kNames[static_cast<int>(lane)];
}

}  // namespace heitie::job

#endif  // HEITIE_COMMON_JOB_LANE_H_
