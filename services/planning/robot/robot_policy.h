// What is known of providers, and how deliveries are repeated, as versions (policy C2).
#ifndef HEITIE_SERVICES_PLANNING_ROBOT_ROBOT_POLICY_H_
#define HEITIE_SERVICES_PLANNING_ROBOT_ROBOT_POLICY_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/record/rule_set.h"
#include "heitie/planning/v1/robot_policy.pb.h"

namespace heitie::planning {

extern const status::Reason kProviderTwice;  // {kind}

using RobotPolicies = record::RuleSet<v1::RobotPolicy>;

inline constexpr char kShippedRobotPolicy[] = "robotPolicies/shipped";

// Every bad field of what a version says.
absl::Status CheckRobotPolicy(const v1::RobotPolicy& policy);

// How long a provider has for its answer, and after how long an attempt of which nobody knows is not under way any more.
absl::Duration AnswerTimeoutOf(const v1::RobotPolicy& policy);
absl::Duration UnderWayOf(const v1::RobotPolicy& policy);
// No attempt is under way for longer, by whatever version.
inline constexpr absl::Duration kLongestUnderWay = absl::Seconds(90);

// How long after its n-th failure (from 1) a delivery is tried again; nothing when it was the last. `random` is from 0 to 1.
std::optional<absl::Duration> BackoffAfter(const v1::RobotPolicy& policy, int failures, double random);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_ROBOT_ROBOT_POLICY_H_
