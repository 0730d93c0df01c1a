// Tasks 任務 and milestones 時間節點 of a project (P2).
#ifndef HEITIE_SERVICES_PLANNING_PLAN_TASK_H_
#define HEITIE_SERVICES_PLANNING_PLAN_TASK_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

extern const status::Reason kMilestoneSpansDays;     // A field.
extern const status::Reason kUnknownPredecessor;     // A field; {predecessor}
extern const status::Reason kDependencyTwice;        // A field; {predecessor}
extern const status::Reason kProgressNotInProgress;  // {name}
extern const status::Reason kTaskClosed;             // {name}
extern const status::Reason kTaskInUse;              // {name} {by}
extern const status::Reason kTooManyTasks;           // {project} {limit}
extern const status::Reason kProjectNotApproved;     // {project}
extern const status::Reason kTaskHasParts;           // {name}
extern const status::Reason kDurationsNotAscending;  // A field.

const record::StateMachine& TaskMachine();

// The task by itself.
void CheckFields(const v1::Task& task, status::BadFields& bad);

// Whether the project's scope or dates change with the task (W3).
bool ChangesScope(const v1::Task& before, const v1::Task& after);

class Tasks {
 public:
  explicit Tasks(Tables& tables);
  void Bind(record::Methods& methods);

  // Adds an open task, by the rules of CreateTask.
  absl::Status Add(record::Transaction& tx, v1::Task& task);
  // What other chapters do after each change of a task in its transaction, in the order in which they came. Before the first change.
  using Followed = std::function<absl::Status(record::Transaction&, const v1::Task* before, const v1::Task* after)>;
  void AddFollowed(Followed followed) { followed_.push_back(std::move(followed)); }

 private:
  absl::Status Create(record::Transaction& tx, v1::Task& task);
  absl::Status Update(record::Transaction& tx, const v1::Task& before, v1::Task& after);
  absl::Status Delete(record::Transaction& tx, const v1::Task& task);
  absl::StatusOr<v1::Task> Start(record::Transaction& tx, const v1::StartTaskRequest& request);
  absl::StatusOr<v1::Task> Complete(record::Transaction& tx, const v1::CompleteTaskRequest& request);
  absl::StatusOr<v1::Task> Cancel(record::Transaction& tx, const v1::CancelTaskRequest& request);
  absl::StatusOr<v1::Task> Reopen(record::Transaction& tx, const v1::ReopenTaskRequest& request);

  absl::Status Check(record::Transaction& tx, const v1::Task& task);
  // As it is guarded.
  absl::StatusOr<v1::Project> ProjectOf(record::Transaction& tx, const v1::Task& task) const;

  Tables& tables_;
  std::vector<Followed> followed_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_PLAN_TASK_H_
