// The cascade of plan periods (P2): a year and its quarters, a quarter and its months.
#ifndef HEITIE_SERVICES_PLANNING_PLAN_CASCADE_H_
#define HEITIE_SERVICES_PLANNING_PLAN_CASCADE_H_

#include <vector>

#include "absl/time/civil_time.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "services/planning/plan/defect.h"

namespace heitie::planning {

extern const status::Reason kPeriodStartDay;       // A field: the first day is after the 28th.
extern const status::Reason kPeriodLength;         // A field: the last day is not the cadence's.
extern const status::Reason kTargetTwice;          // A field: a second target for a metric.
extern const status::Reason kPeriodCadence;        // A child is not shorter than its parent.
extern const status::Reason kPeriodOutsideParent;  // A child's days are not all its parent's.
extern const status::Reason kPeriodsOverlap;       // Two children share days.
extern const status::Reason kTargetExceeded;
extern const status::Reason kTargetNotCovered;
extern const status::Reason kTargetUnitDiffers;

// The last day of a period of the cadence that begins on `start`, a day up to the 28th.
absl::CivilDay LastDay(v1::PlanPeriod::Cadence cadence, absl::CivilDay start);

// The period by itself.
void CheckFields(const v1::PlanPeriod& period, status::BadFields& bad);

// How a child does not fit its parent and the parent's other children.
Defects CheckFit(const v1::PlanPeriod& child, const v1::PlanPeriod& parent, const std::vector<v1::PlanPeriod>& siblings);

// Where the targets of the children do not make the parent's. Targets that do not add up (AGGREGATION_LEVEL) are left alone. As long as
// the children do not cover the parent's days, their targets may not exceed the parent's; then they equal it, up to 10^-9 of it.
// A target for which a child has another unit is not added up. No children, no defects.
Defects CheckTargets(const v1::PlanPeriod& parent, const std::vector<v1::PlanPeriod>& children);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_PLAN_CASCADE_H_
