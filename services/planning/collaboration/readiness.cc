#include "services/planning/collaboration/readiness.h"

#include <set>
#include <utility>

#include "common/status/macros.h"
#include "services/planning/collaboration/working_group.h"
#include "services/planning/plan/task_tree.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::RaciEntry;

const status::Reason kRaciMissing{StatusCode::kFailedPrecondition, "RACI_MISSING",
                                  "Nobody is said to be accountable and responsible, though several departments take part.",
                                  "跨部門專案的任務尚未指定當責者與負責者。"};
const status::Reason kGroupMissing{StatusCode::kFailedPrecondition, "GROUP_MISSING", "Several departments take part and have no group.",
                                   "跨部門專案尚無協作小組。"};
const status::Reason kGroupDepartmentMissing{StatusCode::kFailedPrecondition, "GROUP_DEPARTMENT_MISSING",
                                             "Nobody sits in the group for {department}.", "{department} 在協作小組中沒有成員。"};
const status::Reason kCoordinationMissing{StatusCode::kFailedPrecondition, "COORDINATION_MISSING",
                                          "The group has no series of meetings that coordinates the project.",
                                          "協作小組尚無專案協調會議系列。"};

namespace {

void AddNamed(const google::protobuf::RepeatedPtrField<std::string>& names, std::set<std::string>& people) {
  people.insert(names.begin(), names.end());
}

// Whether the task, or what it is a part of, has an entry.
bool IsCovered(const v1::Task& task, const std::map<std::string, std::string>& parents, const std::set<std::string>& covered) {
  std::string at = task.name();
  for (size_t depth = 0; depth <= parents.size() && !at.empty(); ++depth) {
    if (covered.count(at) > 0) return true;
    const auto above = parents.find(at);
    at = above == parents.end() ? "" : above->second;
  }
  return false;
}

Defects CheckEntries(const v1::Project& project, const std::vector<v1::Task>& tasks, const Collaborators& collaborators) {
  Defects defects;
  if (collaborators.entries.empty()) defects.push_back({project.name(), &kRaciMissing, {}});
  std::set<std::string> covered;
  for (const RaciEntry& entry : collaborators.entries) covered.insert(entry.task());
  std::map<std::string, std::string> parents;
  for (const v1::Task& task : tasks) parents[task.name()] = task.parent_task();
  for (const v1::Task& task : tasks) {
    if (collaborators.entries.empty() || HasParts(task) || IsCovered(task, parents, covered)) continue;
    defects.push_back({task.name(), &kRaciMissing, {}});
  }
  return defects;
}

Defects CheckGroup(const v1::Project& project, const Collaborators& collaborators) {
  if (!collaborators.group) return {{project.name(), &kGroupMissing, {}}};
  Defects defects;
  std::set<std::string> needed, people;
  for (const RaciEntry& entry : collaborators.entries) {
    people.insert(entry.accountable());
    AddNamed(entry.responsible(), people);
    needed.insert(entry.responsible_departments().begin(), entry.responsible_departments().end());
  }
  for (const std::string& person : people) {
    const auto found = collaborators.departments.find(person);
    if (found != collaborators.departments.end() && !found->second.empty()) needed.insert(found->second);
  }
  const std::set<std::string> sitting = SittingIn(*collaborators.group, collaborators.day, collaborators.departments);
  for (const std::string& department : needed) {
    if (sitting.count(department) > 0) continue;
    defects.push_back({collaborators.group->name(), &kGroupDepartmentMissing, {{"department", department}}});
  }
  if (!collaborators.group_meets) defects.push_back({collaborators.group->name(), &kCoordinationMissing, {}});
  return defects;
}

}  // namespace

std::set<std::string> SittingIn(const v1::WorkingGroup& group, absl::CivilDay day, const std::map<std::string, std::string>& departments) {
  std::set<std::string> sitting;
  const auto add = [&](const std::string& person, const std::string& otherwise) {
    const auto found = departments.find(person);
    const bool known = found != departments.end() && !found->second.empty();
    if (known || !otherwise.empty()) sitting.insert(known ? found->second : otherwise);
  };
  add(group.lead(), "");
  for (const v1::GroupMember& member : group.members()) {
    if (SitsOn(member, day)) add(member.employee(), member.department());
  }
  return sitting;
}

Defects CheckCollaboration(const v1::Project& project, const std::vector<v1::Task>& tasks, const Collaborators& collaborators) {
  std::set<std::string> owning;
  const auto add = [&](const std::string& owner) {
    const auto found = collaborators.departments.find(owner);
    if (found != collaborators.departments.end() && !found->second.empty()) owning.insert(found->second);
  };
  add(project.owner());
  for (const v1::Task& task : tasks) add(task.owner());
  if (owning.size() < 2) return {};
  Defects defects = CheckEntries(project, tasks, collaborators);
  for (Defect& defect : CheckGroup(project, collaborators)) defects.push_back(std::move(defect));
  return defects;
}

absl::StatusOr<Defects> FindCollaborationDefects(sql::Session& session, const Tables& tables, const v1::Project& project,
                                                 const std::vector<v1::Task>& tasks, absl::Time now) {
  Collaborators collaborators;
  collaborators.day = absl::ToCivilDay(now, tables.zone);
  ASSIGN_OR_RETURN(collaborators.entries, tables.raci_entries.Children(session, project.name()));
  ASSIGN_OR_RETURN(const std::vector<v1::WorkingGroup> groups,
                   tables.working_groups.Select(session, "WHERE of_project = ?", sql::Bind(project.name())));
  std::set<std::string> people{project.owner()};
  for (const v1::Task& task : tasks) people.insert(task.owner());
  for (const RaciEntry& entry : collaborators.entries) {
    people.insert(entry.accountable());
    AddNamed(entry.responsible(), people);
  }
  if (!groups.empty()) {
    collaborators.group = groups.front();
    people.insert(groups.front().lead());
    for (const v1::GroupMember& member : groups.front().members()) people.insert(member.employee());
    RETURN_IF_ERROR(session.Query("SELECT name FROM meeting_series WHERE name = ? AND state = 'STATE_ACTIVE'",
                                  sql::Bind(groups.front().series()), [&](const sql::Row&) { collaborators.group_meets = true; }));
  }
  for (const std::string& person : people) {
    RETURN_IF_ERROR(session.Query("SELECT department FROM mirrored_employees WHERE name = ?", sql::Bind(person),
                                  [&](const sql::Row& row) { collaborators.departments[person] = row.Text(0); }));
  }
  return CheckCollaboration(project, tasks, collaborators);
}

}  // namespace heitie::planning
