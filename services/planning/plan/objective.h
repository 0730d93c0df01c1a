// What came of objectives (policy P2). Pure functions.
#ifndef HEITIE_SERVICES_PLANNING_PLAN_OBJECTIVE_H_
#define HEITIE_SERVICES_PLANNING_PLAN_OBJECTIVE_H_

#include "heitie/planning/v1/project.pb.h"

namespace heitie::planning {

// Whether a value reaches the target: it is not below it, or not above it where the target is below the baseline. Without a target: never.
bool Attains(const v1::Objective& objective, double actual);

// Puts a result in the place of the one of the same objective; they are in the order of the objectives.
void PutResult(const v1::ObjectiveResult& result, v1::Project& project);

// Drops what was recorded of objectives that are others now.
void KeepResults(const v1::Project& before, v1::Project& after);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_PLAN_OBJECTIVE_H_
