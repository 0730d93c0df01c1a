// Whether a scheme can be carried out and is worth it: effect, means, and cost against benefit (P3). Pure rules.
#ifndef HEITIE_SERVICES_PLANNING_SCHEME_JUDGEMENT_H_
#define HEITIE_SERVICES_PLANNING_SCHEME_JUDGEMENT_H_

#include <vector>

#include "absl/status/status.h"
#include "common/status/status.h"
#include "heitie/planning/v1/defect.pb.h"
#include "heitie/planning/v1/planning_policy.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "heitie/planning/v1/scheme_judgement.pb.h"

namespace heitie::planning {

extern const status::Reason kSchemeInfeasible;   // {name}
extern const status::Reason kContributionTwice;  // A field; {metric}

// The contributions of the channels by themselves: bad fields below "scheme.".
void CheckContributions(const v1::Scheme& scheme, status::BadFields& bad);

// What the channels contribute against the change of each objective.
v1::JudgedAspect JudgeEffect(const v1::Project& project, const v1::Scheme& scheme, const v1::PlanningPolicy& policy);

// What stands in the way of taking the means; nothing: they are there.
v1::JudgedAspect JudgeMeans(const v1::Scheme& scheme, const std::vector<v1::Defect>& obstacles);

// The study's figures, the corrected ones where there are some, by the policy's hurdles.
v1::JudgedAspect JudgeCostBenefit(const v1::Scheme& scheme, const v1::Feasibility& study, const v1::PlanningPolicy& policy);

// Puts the verdict of the whole: the worst of its aspects'.
void PutVerdict(v1::SchemeJudgement& judgement);

// OK unless it is INFEASIBLE; FAILED_PRECONDITION, SCHEME_INFEASIBLE with each criterion that is not met.
absl::Status RefuseInfeasible(const v1::SchemeJudgement& judgement);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_SCHEME_JUDGEMENT_H_
