// The numbers by which plans and what they rest on are judged, as versions (policy P1, P2, P3).
#ifndef HEITIE_SERVICES_PLANNING_POLICY_PLANNING_POLICY_H_
#define HEITIE_SERVICES_PLANNING_POLICY_PLANNING_POLICY_H_

#include <cstdint>

#include "absl/status/status.h"
#include "common/record/rule_set.h"
#include "heitie/planning/v1/planning_policy.pb.h"

namespace heitie::planning {

extern const status::Reason kConfidenceTableIncomplete;
extern const status::Reason kConfidenceTableUnsound;
extern const status::Reason kEscalationNotAscending;
extern const status::Reason kGroupTooSmallToShow;  // {least}

using PlanningPolicies = record::RuleSet<v1::PlanningPolicy>;

inline constexpr char kShippedPlanningPolicy[] = "planningPolicies/shipped";

// Fewer respondents than this of an anonymous survey are not shown, as shipped; no policy goes below the least.
inline constexpr int kShippedMinimumGroup = 5, kLeastMinimumGroup = 3;

// How many records correct a study at least and by which percentiles it is stressed; from which part of a change it is marginal, and what
// benefits come to at least, both in per cent: as shipped.
inline constexpr int32_t kShippedForecastRecords = 5, kShippedStressedCost = 80, kShippedStressedBenefit = 20;
inline constexpr int32_t kShippedMarginalEffect = 80, kShippedHurdleRatio = 100;

// A number of a policy, or what ships where it says none.
inline int32_t OrShipped(int32_t number, int32_t shipped) { return number == 0 ? shipped : number; }

// Every bad field of what a version says.
absl::Status CheckPlanningPolicy(const v1::PlanningPolicy& policy);

// What follows for a source; LOW where the table says nothing of it.
v1::Confidence ConfidenceOf(const v1::PlanningPolicy& policy, v1::Reliability reliability, int32_t credibility);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_POLICY_PLANNING_POLICY_H_
