// How much of a period's targets is covered and attained (P2). Pure rules.
#ifndef HEITIE_SERVICES_PLANNING_PLAN_ATTAINMENT_H_
#define HEITIE_SERVICES_PLANNING_PLAN_ATTAINMENT_H_

#include <optional>
#include <vector>

#include "heitie/metrics/v1/query.pb.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "heitie/planning/v1/project.pb.h"

namespace heitie::planning {

// The target and how much of its change the objectives of the projects come to.
v1::TargetAttainment CoverageOf(const v1::PeriodTarget& target, const std::vector<v1::Project>& projects);

// The sum over the days, of a level the value of the last day that has one; nothing where there is none.
std::optional<double> ActualOf(const v1::PeriodTarget& target, const metrics::v1::QueryMetricResponse& figures);

// (actual − baseline) / (target − baseline); nothing where the target is no change.
std::optional<double> AttainedShare(const v1::PeriodTarget& target, double actual);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_PLAN_ATTAINMENT_H_
