#include "services/planning/plan/task.h"

#include <array>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "google/protobuf/util/message_differencer.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "services/planning/plan/calendar.h"
#include "services/planning/plan/project.h"

namespace heitie::planning {

using absl::StatusCode;

constexpr status::Reason kMilestoneSpansDays{StatusCode::kInvalidArgument, "MILESTONE_SPANS_DAYS",
                                             "The first day of a milestone is its last.", "時間節點的開始日必須等於結束日。",
                                             "时间节点的开始日必须等于结束日。"};
constexpr status::Reason kUnknownPredecessor{StatusCode::kInvalidArgument, "UNKNOWN_PREDECESSOR",
                                             "{predecessor} is not another task of the project.", "{predecessor} 不是本項目的其他任務。",
                                             "{predecessor} 不是本项目的其他任务。"};
constexpr status::Reason kDependencyTwice{StatusCode::kInvalidArgument, "DEPENDENCY_TWICE",
                                          "There is a dependency of this type on {predecessor} already.", "對 {predecessor} 已有同類依賴。",
                                          "对 {predecessor} 已有同类依赖。"};
constexpr status::Reason kProgressNotInProgress{StatusCode::kFailedPrecondition, "PROGRESS_NOT_IN_PROGRESS",
                                                "{name} is not in progress: there is no progress to report.",
                                                "{name} 未在進行中，不能填報進度。", "{name} 未在进行中，不能填报进度。"};
constexpr status::Reason kTaskClosed{StatusCode::kFailedPrecondition, "TASK_CLOSED", "The state {state} of {name} does not allow it.",
                                     "{name} 的狀態 {state} 不允許此操作。", "{name} 的状态 {state} 不允许此操作。"};
constexpr status::Reason kTaskInUse{StatusCode::kFailedPrecondition, "TASK_IN_USE", "{by} depends on {name}.", "{by} 依賴 {name}。",
                                    "{by} 依赖 {name}。"};
constexpr status::Reason kTooManyTasks{StatusCode::kFailedPrecondition, "TOO_MANY_TASKS",
                                       "{project} has {limit} tasks, the most that a project may have.",
                                       "{project} 已有 {limit} 項任務，達到上限。", "{project} 已有 {limit} 项任务，达到上限。"};
constexpr status::Reason kProjectNotApproved{StatusCode::kFailedPrecondition, "PROJECT_NOT_APPROVED", "{project} is not approved.",
                                             "{project} 尚未批准。", "{project} 尚未批准。"};

namespace {

// Keeps a baseline, which holds all tasks of a project, well below the 4 MiB of a message.
constexpr int64_t kMaxTasks = 500;

constexpr auto kTransitions = std::to_array<record::Transition>({
    {v1::Task::STATE_OPEN, "start", v1::Task::STATE_IN_PROGRESS, "the project is approved"},
    {v1::Task::STATE_IN_PROGRESS, "complete", v1::Task::STATE_DONE},
    {v1::Task::STATE_DONE, "reopen", v1::Task::STATE_IN_PROGRESS},
    {v1::Task::STATE_OPEN, "cancel", v1::Task::STATE_CANCELLED},
    {v1::Task::STATE_IN_PROGRESS, "cancel", v1::Task::STATE_CANCELLED},
});

absl::Status CheckRoom(sql::Session& session, const std::string& project) {
  int64_t count = 0;
  const std::string prefix = project + "/tasks";
  RETURN_IF_ERROR(session.Query("SELECT COUNT(*) FROM tasks WHERE name > ? AND name < ?", sql::Bind(prefix + "/", prefix + "0"),
                                [&](const sql::Row& row) { count = row.Int(0); }));
  return count < kMaxTasks ? absl::OkStatus() : status::Error(kTooManyTasks, {{"project", project}, {"limit", kMaxTasks}});
}

}  // namespace

const record::StateMachine& TaskStates() {
  static const auto* const kMachine = new record::StateMachine(v1::Task::State_descriptor(), kTransitions);
  return *kMachine;
}

void CheckFields(const v1::Task& task, status::BadFields& bad) {
  if (task.has_start_date() && task.has_end_date()) {
    const absl::CivilDay start = time::ToDay(task.start_date()), end = time::ToDay(task.end_date());
    if (end < start) bad.Add("task.end_date", status::kDatesReversed, {{"start", time::DayText(start)}, {"end", time::DayText(end)}});
    if (end > start && task.milestone()) bad.Add("task.end_date", kMilestoneSpansDays);
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
    return scope;
  };
  return !google::protobuf::util::MessageDifferencer::Equals(scope(before), scope(after));
}

Tasks::Tasks(Tables& tables) : tables_(tables) {
  tables_.tasks.SetDecorator([](sql::Session&, v1::Task& task) {
    record::SetAllowedVerbs(TaskStates(), task);
    return absl::OkStatus();
  });
}

// The project is guarded: its tasks stay as they are read here.
absl::Status Tasks::Check(record::Transaction& tx, const v1::Task& task) {
  status::BadFields bad;
  CheckFields(task, bad);
  RETURN_IF_ERROR(bad.status());
  for (int i = 0; i < task.dependencies_size(); ++i) {
    const std::string& predecessor = task.dependencies(i).predecessor();
    const absl::Status found = tables_.tasks.Find(tx.sql, predecessor).status();
    if (absl::IsNotFound(found)) {
      bad.Add(absl::StrCat("task.dependencies[", i, "].predecessor"), kUnknownPredecessor, {{"predecessor", predecessor}});
    } else {
      RETURN_IF_ERROR(found);
    }
  }
  return bad.status();
}

absl::Status Tasks::Create(record::Transaction& tx, v1::Task& task) {
  const std::string parent = record::ParentOf(task.name());
  ASSIGN_OR_RETURN(const v1::Project project, GuardOpenProject(tx, tables_, parent));
  RETURN_IF_ERROR(Check(tx, task));
  RETURN_IF_ERROR(CheckRoom(tx.sql, parent));
  if (task.progress_percent() != 0) return status::Error(kProgressNotInProgress, {{"name", task.name()}});
  task.set_state(v1::Task::STATE_OPEN);
  return VoidApproval(tx, tables_, project, absl::StrCat(task.name(), " was added"));
}

absl::Status Tasks::Update(record::Transaction& tx, const v1::Task& before, v1::Task& after) {
  ASSIGN_OR_RETURN(const v1::Project project, GuardOpenProject(tx, tables_, record::ParentOf(before.name())));
  if (before.state() == v1::Task::STATE_DONE || before.state() == v1::Task::STATE_CANCELLED) {
    return status::Error(kTaskClosed, {{"name", before.name()}, {"state", v1::Task::State_Name(before.state())}});
  }
  if (after.progress_percent() != 0 && before.state() != v1::Task::STATE_IN_PROGRESS) {
    return status::Error(kProgressNotInProgress, {{"name", before.name()}});
  }
  RETURN_IF_ERROR(Check(tx, after));
  if (!ChangesScope(before, after)) return absl::OkStatus();
  return VoidApproval(tx, tables_, project, absl::StrCat(after.name(), " was changed"));
}

absl::Status Tasks::Delete(record::Transaction& tx, const v1::Task& task) {
  const std::string parent = record::ParentOf(task.name());
  ASSIGN_OR_RETURN(const v1::Project project, GuardOpenProject(tx, tables_, parent));
  if (task.state() != v1::Task::STATE_OPEN) {
    return status::Error(kTaskClosed, {{"name", task.name()}, {"state", v1::Task::State_Name(task.state())}});
  }
  ASSIGN_OR_RETURN(const std::vector<v1::Task> siblings, ChildrenOf(tx.sql, tables_.tasks, parent, "tasks"));
  for (const v1::Task& sibling : siblings) {
    for (const v1::Dependency& dependency : sibling.dependencies()) {
      if (dependency.predecessor() == task.name()) return status::Error(kTaskInUse, {{"name", task.name()}, {"by", sibling.name()}});
    }
  }
  return VoidApproval(tx, tables_, project, absl::StrCat(task.name(), " was deleted"));
}

absl::StatusOr<Tasks::Change> Tasks::Begin(record::Transaction& tx, const std::string& name, const std::string& etag,
                                           const std::string& verb) {
  Change change;
  ASSIGN_OR_RETURN(change.before, tables_.tasks.Lock(tx, name));
  RETURN_IF_ERROR(record::CheckEtag(change.before.name(), change.before.etag(), etag));
  ASSIGN_OR_RETURN(change.project, GuardOpenProject(tx, tables_, record::ParentOf(name)));
  ASSIGN_OR_RETURN(const int next, TaskStates().Next(name, change.before.state(), verb));
  change.after = change.before;
  change.after.set_state(static_cast<v1::Task::State>(next));
  return change;
}

absl::StatusOr<v1::Task> Tasks::Finish(record::Transaction& tx, Change change, const std::string& action) {
  RETURN_IF_ERROR(tables_.tasks.Update(tx, change.before, change.after, action));
  return tables_.tasks.Decorated(tx.sql, change.after);
}

absl::StatusOr<v1::Task> Tasks::Start(record::Transaction& tx, const v1::StartTaskRequest& request) {
  ASSIGN_OR_RETURN(Change change, Begin(tx, request.name(), request.etag(), "start"));
  if (change.project.state() != v1::Project::STATE_APPROVED)
    return status::Error(kProjectNotApproved, {{"project", change.project.name()}});
  return Finish(tx, std::move(change), "start");
}

absl::StatusOr<v1::Task> Tasks::Complete(record::Transaction& tx, const v1::CompleteTaskRequest& request) {
  ASSIGN_OR_RETURN(Change change, Begin(tx, request.name(), request.etag(), "complete"));
  change.after.set_progress_percent(100);
  return Finish(tx, std::move(change), "complete");
}

absl::StatusOr<v1::Task> Tasks::Cancel(record::Transaction& tx, const v1::CancelTaskRequest& request) {
  ASSIGN_OR_RETURN(Change change, Begin(tx, request.name(), request.etag(), "cancel"));
  RETURN_IF_ERROR(VoidApproval(tx, tables_, change.project, absl::StrCat(request.name(), " was cancelled")));
  return Finish(tx, std::move(change), "cancel");
}

absl::StatusOr<v1::Task> Tasks::Reopen(record::Transaction& tx, const v1::ReopenTaskRequest& request) {
  ASSIGN_OR_RETURN(Change change, Begin(tx, request.name(), request.etag(), "reopen"));
  change.after.set_progress_percent(0);
  return Finish(tx, std::move(change), "reopen");
}

void Tasks::Bind(rpc::Service& rpc) {
  rpc.Bind("GetTask", tables_.tasks.Getter());
  rpc.Bind("ListTasks", tables_.tasks.Lister());
  rpc.Bind("CreateTask", tables_.tasks.Creator<v1::CreateTaskRequest>(
                             [this](record::Transaction& tx, const v1::CreateTaskRequest&, v1::Task& task) { return Create(tx, task); }));
  rpc.Bind("UpdateTask", tables_.tasks.Updater([this](record::Transaction& tx, const v1::Task& before, v1::Task& after) {
    return Update(tx, before, after);
  }));
  rpc.Bind("DeleteTask", tables_.tasks.Deleter([this](record::Transaction& tx, const v1::Task& task) { return Delete(tx, task); }));
  rpc.Bind("StartTask", tables_.store.Mutation(this, &Tasks::Start));
  rpc.Bind("CompleteTask", tables_.store.Mutation(this, &Tasks::Complete));
  rpc.Bind("CancelTask", tables_.store.Mutation(this, &Tasks::Cancel));
  rpc.Bind("ReopenTask", tables_.store.Mutation(this, &Tasks::Reopen));
}

}  // namespace heitie::planning
