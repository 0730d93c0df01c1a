// How many messages a robot may get now (policy C2). Pure.
#ifndef HEITIE_SERVICES_PLANNING_ROBOT_WINDOW_H_
#define HEITIE_SERVICES_PLANNING_ROBOT_WINDOW_H_

#include <vector>

#include "absl/time/time.h"
#include "heitie/planning/v1/robot_policy.pb.h"

namespace heitie::planning {

// What may be sent at an instant.
struct Room {
  // All together, and besides critical ones.
  int all = 0, ordinary = 0;
  // When there is room for one more, critical and other; the instant itself where there is some.
  absl::Time all_from, ordinary_from;
};

// `ends` are the latest instants at which earlier attempts may have reached the provider. Whenever an attempt that begins now arrives, no
// window of the provider then holds more than the limit: an earlier one is counted until a whole window after its end, and the margin.
Room RoomAt(const v1::RobotPolicy& policy, const v1::RobotProvider& provider, std::vector<absl::Time> ends, absl::Time now);

// For how long attempts are counted at most.
absl::Duration LongestWindow(const v1::RobotPolicy& policy, const v1::RobotProvider& provider);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_ROBOT_WINDOW_H_
