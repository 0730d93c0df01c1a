// What distinguishes two versions of a plan (P2, P3), by identity. Pure rules.
#ifndef HEITIE_SERVICES_PLANNING_CONTROL_DIFFERENCE_H_
#define HEITIE_SERVICES_PLANNING_CONTROL_DIFFERENCE_H_

#include <optional>
#include <vector>

#include "common/time/business_calendar.h"
#include "heitie/planning/v1/plan_difference.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "heitie/planning/v1/task.pb.h"

namespace heitie::planning {

struct PlanVersion {
  std::optional<v1::Project> project;
  std::vector<v1::Task> tasks;
  std::optional<v1::Scheme> scheme;
};

// Without what has no part in a comparison: etags, times, verbs, who made it, computed figures and where the project itself stands. Tasks
// by name.
PlanVersion Comparable(PlanVersion version);

// Of two that are comparable. Schemes are one resource under the name of the later. Moves count working days of the calendar, where there
// is one.
v1::PlanDifference DifferenceOf(const PlanVersion& from, const PlanVersion& to, const time::BusinessCalendar* calendar);

// The later version from the earlier.
PlanVersion Apply(const v1::PlanDifference& difference, PlanVersion version);
// The difference from the later version to the earlier.
v1::PlanDifference Reversed(v1::PlanDifference difference);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_CONTROL_DIFFERENCE_H_
