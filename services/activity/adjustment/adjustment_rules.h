// Rules of adjustments (policy A3) as plain functions: which days an analysis plan compares, when two adjustments are in each other's way,
// and what may be changed when.
#ifndef HEITIE_SERVICES_ACTIVITY_ADJUSTMENT_ADJUSTMENT_RULES_H_
#define HEITIE_SERVICES_ACTIVITY_ADJUSTMENT_ADJUSTMENT_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "common/status/status.h"
#include "heitie/activity/v1/adjustment.pb.h"
#include "heitie/metrics/v1/analysis_plan.pb.h"

namespace heitie::activity {

extern const status::Reason kMethodMissing;
extern const status::Reason kEvaluatedBeforeData;  // {day}

// The days that a plan compares, all of them included: from the first one before the change, the first day of the change, and the last one
// whose figures count. Of an experiment the change is the first day of exposure, and the last day that on which the last window ends.
struct ComparedDays {
  absl::CivilDay first, change, last;
};
// Of a plan with a method.
ComparedDays DaysOf(const metrics::v1::AnalysisPlan& plan);

// Whether what is found of the one may come of the other: the days since their changes overlap, or the other's change falls into days that
// the first one compares.
bool IsInTheWay(const ComparedDays& of, const ComparedDays& other);

// Whether both name a metric of the other as a primary one, numerator or denominator.
bool ShareMetric(const v1::Adjustment& a, const v1::Adjustment& b);

// The rules between fields; rules of single fields are in the contract.
absl::Status CheckAdjustment(const v1::Adjustment& adjustment);

// Whether more than title and owner differs of what people may change.
bool ChangesProposal(const v1::Adjustment& before, const v1::Adjustment& after);

// The evidence of a verdict when another adjustment is in its way: at most WEAK.
metrics::v1::Strength StrengthOf(metrics::v1::Strength of_verdict, bool confounded);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_ADJUSTMENT_ADJUSTMENT_RULES_H_
