#include "services/planning/plan/task.h"

#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "google/protobuf/util/message_differencer.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "services/planning/control/progress.h"
#include "services/planning/control/progress_report.h"
#include "services/planning/plan/calendar.h"
#include "services/planning/plan/project.h"
#include "services/planning/plan/task_tree.h"

namespace heitie::planning {

using absl::StatusCode;

const status::Reason kMilestoneSpansDays{StatusCode::kInvalidArgument, "MILESTONE_SPANS_DAYS", "The first day of a milestone is its last.",
                                         "時間節點的開始日必須等於結束日。"};
const status::Reason kUnknownPredecessor{StatusCode::kInvalidArgument, "UNKNOWN_PREDECESSOR",
                                         "{predecessor} is not another task of the project.", "{predecessor} 不是本專案的其他任務。"};
const status::Reason kDependencyTwice{StatusCode::kInvalidArgument, "DEPENDENCY_TWICE",
                                      "There is a dependency of this type on {predecessor} already.", "對 {predecessor} 已有同類依賴。"};
const status::Reason kProgressNotInProgress{StatusCode::kFailedPrecondition, "PROGRESS_NOT_IN_PROGRESS",
                                            "{name} is not in progress: there is no progress to report.",
                                            "{name} 未在進行中，不能填報進度。"};
const status::Reason kTaskClosed{StatusCode::kFailedPrecondition, "TASK_CLOSED", "The state {state} of {name} does not allow it.",
                                 "{name} 的狀態 {state} 不允許此操作。"};
const status::Reason kTaskInUse{StatusCode::kFailedPrecondition, "TASK_IN_USE", "{by} depends on {name}.", "{by} 依賴 {name}。"};
const status::Reason kTooManyTasks{StatusCode::kFailedPrecondition, "TOO_MANY_TASKS",
                                   "{project} has {limit} tasks, the most that a project may have.",
                                   "{project} 已有 {limit} 項任務，達到上限。"};
const status::Reason kTaskHasParts{StatusCode::kFailedPrecondition, "TASK_HAS_PARTS", "{name} has parts, which say how it stands.",
                                   "{name} 有子任務，其狀態由子任務得出。"};
const status::Reason kDurationsNotAscending{StatusCode::kInvalidArgument, "DURATIONS_NOT_ASCENDING",
                                            "The likely duration is not below the optimistic one, nor above the pessimistic one.",
                                            "最可能工期不得短於樂觀工期，也不得長於悲觀工期。"};
const status::Reason kProjectNotApproved{StatusCode::kFailedPrecondition, "PROJECT_NOT_APPROVED", "{project} is not approved.",
                                         "{project} 尚未核准。"};

namespace {

// Keeps a baseline, which holds all tasks of a project, well below the 4 MiB of a message.
constexpr int64_t kMaxTasks = 500;

absl::Status CheckRoom(sql::Session& session, const Tables& tables, const std::string& project) {
  ASSIGN_OR_RETURN(const int64_t count, tables.tasks.CountChildren(session, project));
  return count < kMaxTasks ? absl::OkStatus() : status::Error(kTooManyTasks, {{"project", project}, {"limit", kMaxTasks}});
}

absl::Status RefuseParts(const v1::Task& task) {
  return HasParts(task) ? status::Error(kTaskHasParts, {{"name", task.name()}}) : absl::OkStatus();
}

// What a task with parts is comes from them: whoever changes a part changes all above it in the same transaction, which holds the project.
absl::Status RollUpAbove(record::Transaction& tx, const Tables& tables, const std::string& parent) {
  if (parent.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::Task before, tables.tasks.Lock(tx, parent));
  ASSIGN_OR_RETURN(const std::vector<v1::Task> parts,
                   tables.tasks.Select(tx.sql, "WHERE parent_task = ? ORDER BY name", sql::Bind(parent)));
  v1::Task after = before;
  RollUp(parts, after);
  return tables.tasks.Update(tx, before, after, "roll_up");
}

}  // namespace

const record::StateMachine& TaskMachine() {
  static const auto& machine = *new record::StateMachine(
      v1::Task::State_descriptor(), {
                                        {v1::Task::STATE_OPEN, "start", v1::Task::STATE_IN_PROGRESS, "the project is approved"},
                                        {v1::Task::STATE_IN_PROGRESS, "complete", v1::Task::STATE_DONE},
                                        {v1::Task::STATE_DONE, "reopen", v1::Task::STATE_IN_PROGRESS},
                                        {v1::Task::STATE_OPEN, "cancel", v1::Task::STATE_CANCELLED},
                                        {v1::Task::STATE_IN_PROGRESS, "cancel", v1::Task::STATE_CANCELLED},
                                    });
  return machine;
}

void CheckFields(const v1::Task& task, status::BadFields& bad) {
  if (task.has_start_date() && task.has_end_date()) {
    const absl::CivilDay start = time::ToDay(task.start_date()), end = time::ToDay(task.end_date());
    if (end < start) bad.Add("task.end_date", status::kDatesReversed, {{"start", time::DayText(start)}, {"end", time::DayText(end)}});
    if (end > start && task.milestone()) bad.Add("task.end_date", kMilestoneSpansDays);
  }
  if (task.has_duration_estimate()) {
    const v1::DurationEstimate& estimate = task.duration_estimate();
    if (estimate.likely_days() < estimate.optimistic_days() || estimate.pessimistic_days() < estimate.likely_days()) {
      bad.Add("task.duration_estimate", kDurationsNotAscending);
    }
  }
  std::set<std::pair<std::string, int>> links;
  for (int i = 0; i < task.dependencies_size(); ++i) {
    const v1::Dependency& dependency = task.dependencies(i);
    const std::string field = absl::StrCat("task.dependencies[", i, "].predecessor");
    const bool sibling = record::ParentOf(dependency.predecessor()) == record::ParentOf(task.name());
    if (!sibling || dependency.predecessor() == task.name())
      bad.Add(field, kUnknownPredecessor, {{"predecessor", dependency.predecessor()}});
    const int type = dependency.type() == v1::Dependency::TYPE_UNSPECIFIED ? v1::Dependency::TYPE_FINISH_TO_START : dependency.type();
    if (!links.insert({dependency.predecessor(), type}).second)
      bad.Add(field, kDependencyTwice, {{"predecessor", dependency.predecessor()}});
  }
}

bool ChangesScope(const v1::Task& before, const v1::Task& after) {
  const auto scope = [](const v1::Task& task) {
    v1::Task scope;
    if (task.has_start_date()) *scope.mutable_start_date() = task.start_date();
    if (task.has_end_date()) *scope.mutable_end_date() = task.end_date();
    if (task.has_estimate_hours()) scope.set_estimate_hours(task.estimate_hours());
    scope.set_milestone(task.milestone());
    *scope.mutable_dependencies() = task.dependencies();
    scope.set_parent_task(task.parent_task());
    scope.set_planned_cost_minor(task.planned_cost_minor());
    if (task.has_duration_estimate()) *scope.mutable_duration_estimate() = task.duration_estimate();
    scope.set_measurement_rule(task.measurement_rule());
    return scope;
  };
  return !google::protobuf::util::MessageDifferencer::Equals(scope(before), scope(after));
}

Tasks::Tasks(Tables& tables) : tables_(tables) {
  tables_.tasks.SetCheck([this](record::Transaction& tx, const v1::Task& task) {
    RETURN_IF_ERROR(GuardOpenProject(tx, tables_, record::ParentOf(task.name())).status());
    return RefuseParts(task);
  });
  tables_.tasks.SetFollow([this](record::Transaction& tx, const v1::Task* before, const v1::Task* after) -> absl::Status {
    const std::string was = before == nullptr ? "" : before->parent_task(), is = after == nullptr ? "" : after->parent_task();
    RETURN_IF_ERROR(RollUpAbove(tx, tables_, is));
    if (was != is) RETURN_IF_ERROR(RollUpAbove(tx, tables_, was));
    for (const Followed& followed : followed_) RETURN_IF_ERROR(followed(tx, before, after));
    return absl::OkStatus();
  });
}

// The project is guarded: its tasks stay as they are read here.
absl::Status Tasks::Check(record::Transaction& tx, const v1::Task& task) {
  status::BadFields bad;
  CheckFields(task, bad);
  RETURN_IF_ERROR(bad.status());
  if (task.dependencies().empty() && task.parent_task().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<v1::Task> tasks, tables_.tasks.Children(tx.sql, record::ParentOf(task.name())));
  std::set<std::string> known;
  for (const v1::Task& other : tasks) known.insert(other.name());
  for (int i = 0; i < task.dependencies_size(); ++i) {
    const std::string& predecessor = task.dependencies(i).predecessor();
    if (known.contains(predecessor)) continue;
    bad.Add(absl::StrCat("task.dependencies[", i, "].predecessor"), kUnknownPredecessor, {{"predecessor", predecessor}});
  }
  const absl::Status placed = CheckPlace(task, tasks, bad);
  return bad.empty() ? placed : bad.status();
}

absl::Status Tasks::Create(record::Transaction& tx, v1::Task& task) {
  const std::string parent = record::ParentOf(task.name());
  ASSIGN_OR_RETURN(const v1::Project project, GuardOpenProject(tx, tables_, parent));
  RETURN_IF_ERROR(Check(tx, task));
  RETURN_IF_ERROR(CheckRoom(tx.sql, tables_, parent));
  if (task.progress_percent() != 0) return status::Error(kProgressNotInProgress, {{"name", task.name()}});
  task.set_state(v1::Task::STATE_OPEN);
  return VoidApproval(tx, tables_, project, absl::StrCat(task.name(), " was added"));
}

absl::Status Tasks::Add(record::Transaction& tx, v1::Task& task) {
  RETURN_IF_ERROR(Create(tx, task));
  return tables_.tasks.Insert(tx, task);
}

absl::Status Tasks::Update(record::Transaction& tx, const v1::Task& before, v1::Task& after) {
  ASSIGN_OR_RETURN(const v1::Project project, GuardOpenProject(tx, tables_, record::ParentOf(before.name())));
  if (before.state() == v1::Task::STATE_DONE || before.state() == v1::Task::STATE_CANCELLED) {
    return status::Error(kTaskClosed, {{"name", before.name()}, {"state", v1::Task::State_Name(before.state())}});
  }
  if (after.progress_percent() != 0 && before.state() != v1::Task::STATE_IN_PROGRESS && !HasParts(before)) {
    return status::Error(kProgressNotInProgress, {{"name", before.name()}});
  }
  status::BadFields bad;
  CheckOfParts(before, after, bad);
  RETURN_IF_ERROR(bad.status());
  RETURN_IF_ERROR(Check(tx, after));
  if (after.progress_percent() != before.progress_percent()) RETURN_IF_ERROR(ReportToday(tx, tables_, after.progress_percent(), after));
  if (!ChangesScope(before, after)) return absl::OkStatus();
  return VoidApproval(tx, tables_, project, absl::StrCat(after.name(), " was changed"));
}

absl::Status Tasks::Delete(record::Transaction& tx, const v1::Task& task) {
  const std::string parent = record::ParentOf(task.name());
  ASSIGN_OR_RETURN(const v1::Project project, GuardOpenProject(tx, tables_, parent));
  if (task.state() != v1::Task::STATE_OPEN) {
    return status::Error(kTaskClosed, {{"name", task.name()}, {"state", v1::Task::State_Name(task.state())}});
  }
  ASSIGN_OR_RETURN(const std::vector<v1::Task> siblings, tables_.tasks.Children(tx.sql, parent));
  for (const v1::Task& sibling : siblings) {
    if (sibling.parent_task() == task.name()) return status::Error(kTaskInUse, {{"name", task.name()}, {"by", sibling.name()}});
    for (const v1::Dependency& dependency : sibling.dependencies()) {
      if (dependency.predecessor() == task.name()) return status::Error(kTaskInUse, {{"name", task.name()}, {"by", sibling.name()}});
    }
  }
  return VoidApproval(tx, tables_, project, absl::StrCat(task.name(), " was deleted"));
}

absl::StatusOr<v1::Project> Tasks::ProjectOf(record::Transaction& tx, const v1::Task& task) const {
  return tables_.projects.Find(tx.sql, record::ParentOf(task.name()));
}

absl::StatusOr<v1::Task> Tasks::Start(record::Transaction& tx, const v1::StartTaskRequest& request) {
  return tables_.tasks.Change(tx, request, "start", [&](v1::Task& after) -> absl::Status {
    ASSIGN_OR_RETURN(const v1::Project project, ProjectOf(tx, after));
    if (project.state() != v1::Project::STATE_APPROVED) return status::Error(kProjectNotApproved, {{"project", project.name()}});
    return ReportToday(tx, tables_, 0, after);
  });
}

absl::StatusOr<v1::Task> Tasks::Complete(record::Transaction& tx, const v1::CompleteTaskRequest& request) {
  return tables_.tasks.Change(tx, request, "complete", [&](v1::Task& after) { return ReportToday(tx, tables_, 100, after); });
}

absl::StatusOr<v1::Task> Tasks::Cancel(record::Transaction& tx, const v1::CancelTaskRequest& request) {
  return tables_.tasks.Change(tx, request, "cancel", [&](v1::Task& after) -> absl::Status {
    ASSIGN_OR_RETURN(const v1::Project project, ProjectOf(tx, after));
    return VoidApproval(tx, tables_, project, absl::StrCat(request.name(), " was cancelled"));
  });
}

absl::StatusOr<v1::Task> Tasks::Reopen(record::Transaction& tx, const v1::ReopenTaskRequest& request) {
  return tables_.tasks.Change(tx, request, "reopen", [&](v1::Task& after) { return ReportToday(tx, tables_, 0, after); });
}

void Tasks::Bind(record::Methods& methods) {
  methods.Reads(tables_.tasks);
  methods.Creates(tables_.tasks, this, &Tasks::Create);
  methods.Updates(tables_.tasks, this, &Tasks::Update);
  methods.Deletes(tables_.tasks, this, &Tasks::Delete);
  methods.Bind("StartTask", this, &Tasks::Start);
  methods.Bind("CompleteTask", this, &Tasks::Complete);
  methods.Bind("CancelTask", this, &Tasks::Cancel);
  methods.Bind("ReopenTask", this, &Tasks::Reopen);
}

}  // namespace heitie::planning
