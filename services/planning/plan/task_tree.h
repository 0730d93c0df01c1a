// The tree of a project's tasks (P2). Pure rules.
#ifndef HEITIE_SERVICES_PLANNING_PLAN_TASK_TREE_H_
#define HEITIE_SERVICES_PLANNING_PLAN_TASK_TREE_H_

#include <string>
#include <vector>

#include "common/status/status.h"
#include "heitie/planning/v1/task.pb.h"

namespace heitie::planning {

extern const status::Reason kUnknownParent;    // A field; {parent}
extern const status::Reason kTaskTreeCircle;   // A field; {parent}
extern const status::Reason kTaskTreeTooDeep;  // A field; {levels}
extern const status::Reason kLinkToParent;     // A field; {task}
extern const status::Reason kOfItsParts;       // A field.
extern const status::Reason kParentInUse;      // {parent}

inline constexpr int kMostLevels = 5;

// Whether it has parts, by which its figures come about.
inline bool HasParts(const v1::Task& task) { return task.part_count() > 0; }

// What is wrong with the place of a task among all tasks of its project, of which it may be one, and with its links to others: bad fields
// below "task.". The status is of a parent that cannot have parts.
absl::Status CheckPlace(const v1::Task& task, const std::vector<v1::Task>& tasks, status::BadFields& bad);

// What its parts decide and a change of it sets all the same.
void CheckOfParts(const v1::Task& before, const v1::Task& after, status::BadFields& bad);

// The tasks without parts.
std::vector<v1::Task> Leaves(std::vector<v1::Task> tasks);

struct TreeRow {
  int task;   // Its place in the argument.
  int level;  // From 1.
};
// Each task before its parts, those of one level by planned start, then by name. A task whose parent is not there is at the top.
std::vector<TreeRow> InTreeOrder(const std::vector<v1::Task>& tasks);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_PLAN_TASK_TREE_H_
