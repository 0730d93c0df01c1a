// The times of working together on projects, as rules in versions (policy C4).
#ifndef HEITIE_SERVICES_PLANNING_COLLABORATION_COLLABORATION_POLICY_H_
#define HEITIE_SERVICES_PLANNING_COLLABORATION_COLLABORATION_POLICY_H_

#include "common/record/rule_set.h"
#include "heitie/planning/v1/collaboration_policy.pb.h"

namespace heitie::planning {

extern const status::Reason kSeverityTerms;

inline constexpr char kShippedCollaborationPolicy[] = "collaborationPolicies/shipped";

using CollaborationPolicies = record::RuleSet<v1::CollaborationPolicy>;

// Every bad field of what a version says.
absl::Status CheckCollaborationPolicy(const v1::CollaborationPolicy& policy);
// Within how much working time an issue of a severity is solved.
absl::Duration TermOf(const v1::CollaborationPolicy& policy, v1::Issue::Severity severity);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_COLLABORATION_COLLABORATION_POLICY_H_
