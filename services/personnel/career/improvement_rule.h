// When an improvement plan is reviewed and how long it may last (policy H6), as plain functions.
#ifndef HEITIE_SERVICES_PERSONNEL_CAREER_IMPROVEMENT_RULE_H_
#define HEITIE_SERVICES_PERSONNEL_CAREER_IMPROVEMENT_RULE_H_

#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/career_policy.pb.h"
#include "heitie/personnel/v1/improvement_plan.pb.h"

namespace heitie::personnel {

extern const status::Reason kPlanTooLong;           // {days} {most}
extern const status::Reason kActionOutsidePlan;     // {date} {start} {end}
extern const status::Reason kReviewDaysOutOfOrder;  // {date}
extern const status::Reason kReviewsTooFarApart;    // {start} {end} {most}

// The fewest days after `first`, the last of which is `last`, with no more than `most` from one to the next and from `first` to the first
// of them. Nothing unless `last` is after `first`.
std::vector<absl::CivilDay> ReviewDays(absl::CivilDay first, absl::CivilDay last, int most);

// What is wrong with the days of a plan, as violations of fields below `prefix`: DATES_REVERSED, PLAN_TOO_LONG, ACTION_OUTSIDE_PLAN,
// REVIEW_DAYS_OUT_OF_ORDER, REVIEWS_TOO_FAR_APART.
void CheckPlanDays(const v1::ImprovementPlan& plan, const v1::CareerPolicy& policy, const std::string& prefix, status::BadFields& bad);

// The place of the first review that is not recorded; their number when all are.
int NextReview(const v1::ImprovementPlan& plan);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CAREER_IMPROVEMENT_RULE_H_
