// Whether a project of several departments is set up so that they can carry it out together (policy C4).
#ifndef HEITIE_SERVICES_PLANNING_COLLABORATION_READINESS_H_
#define HEITIE_SERVICES_PLANNING_COLLABORATION_READINESS_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/raci_entry.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "heitie/planning/v1/working_group.pb.h"
#include "services/planning/plan/defect.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

extern const status::Reason kRaciMissing;
extern const status::Reason kGroupMissing;
extern const status::Reason kGroupDepartmentMissing;  // {department}
extern const status::Reason kCoordinationMissing;

// What the judgement rests on.
struct Collaborators {
  std::vector<v1::RaciEntry> entries;  // of the project
  std::optional<v1::WorkingGroup> group;
  bool group_meets = false;  // its series comes again
  // Of the people who are named, by their employee records; who is not there is in none.
  std::map<std::string, std::string> departments;
  absl::CivilDay day;  // on which it is judged
};

// The departments for which somebody sits in a group on a day: who leads it, and its members within their dates, each for the department
// that personnel tells, or else for the one that was typed. `departments` as above.
std::set<std::string> SittingIn(const v1::WorkingGroup& group, absl::CivilDay day, const std::map<std::string, std::string>& departments);

// What is missing of a project whose owners come from two departments or more: entries of who does what for each task without parts, or for
// what it is a part of; a group in which each department sits that is responsible or accountable; a series in which the group meets. Pure.
Defects CheckCollaboration(const v1::Project& project, const std::vector<v1::Task>& tasks, const Collaborators& collaborators);

// The same of a project as it stands, with the tasks that are not cancelled.
absl::StatusOr<Defects> FindCollaborationDefects(sql::Session& session, const Tables& tables, const v1::Project& project,
                                                 const std::vector<v1::Task>& tasks, absl::Time now);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_COLLABORATION_READINESS_H_
