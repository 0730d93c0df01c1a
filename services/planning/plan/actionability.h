// Whether a project can be carried out as planned 可操作性 (P2).
#ifndef HEITIE_SERVICES_PLANNING_PLAN_ACTIONABILITY_H_
#define HEITIE_SERVICES_PLANNING_PLAN_ACTIONABILITY_H_

#include <optional>
#include <string>
#include <vector>

#include "common/time/business_calendar.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "services/planning/evidence/soundness.h"
#include "services/planning/plan/defect.h"

namespace heitie::planning {

extern const status::Reason kObjectivesMissing;
extern const status::Reason kObjectiveIncomplete;
extern const status::Reason kObjectiveWithoutChange;
extern const status::Reason kObjectiveTooEarly;
extern const status::Reason kProjectOutsidePeriod;
extern const status::Reason kTasksMissing;
extern const status::Reason kTaskOwnerMissing;
extern const status::Reason kTaskEstimateMissing;
extern const status::Reason kTaskOutsideProject;
extern const status::Reason kPersonOverloaded;
extern const status::Reason kSchemeMissing;
extern const status::Reason kSchemeAmbiguous;
extern const status::Reason kSchemeIncomplete;

// All that the judgement rests on.
struct Plan {
  v1::Project project;
  v1::PlanPeriod period;
  std::optional<time::BusinessCalendar> calendar;  // The period's.
  std::vector<v1::Task> tasks;                     // Of the project, without the cancelled ones.
  std::vector<v1::Scheme> schemes;
  // Open tasks of other submitted and approved projects, of the owners of these tasks.
  std::vector<v1::Task> other_tasks;
  Defects cascade;        // Of the plan period.
  Defects collaboration;  // Of its departments.
  Evidence evidence;
};

// Whether its hours are asked of its owner within its days.
bool TakesTime(const v1::Task& task);

// What one person can do on a workday.
int32_t HoursPerDay(const Plan& plan);

// The scheme by which the project is carried out: the approved one, else the only draft; nullptr when there is neither.
const v1::Scheme* ChosenScheme(const std::vector<v1::Scheme>& schemes);

// What a scheme lacks (P3).
Defects CheckScheme(const v1::Scheme& scheme);

// Every defect.
Defects CheckPlan(const Plan& plan);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_PLAN_ACTIONABILITY_H_
