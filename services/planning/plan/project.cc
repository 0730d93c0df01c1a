#include "services/planning/plan/project.h"

#include <array>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "google/protobuf/util/message_differencer.h"
#include "heitie/planning/v1/baseline.pb.h"
#include "heitie/planning/v1/defect.pb.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/schedule.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "services/planning/plan/calendar.h"
#include "services/planning/plan/plan_period.h"
#include "services/planning/plan/schedule.h"
#include "services/planning/scheme/scheme.h"

namespace heitie::planning {

using absl::StatusCode;
using google::protobuf::util::MessageDifferencer;

constexpr status::Reason kNotActionable{StatusCode::kFailedPrecondition, "NOT_ACTIONABLE",
                                        "{name} cannot be carried out as planned: {count} defect(s).",
                                        "{name} 按現有計劃不可執行：{count} 項缺陷。", "{name} 按现有计划不可执行：{count} 项缺陷。"};
constexpr status::Reason kNotSchedulable{StatusCode::kFailedPrecondition, "NOT_SCHEDULABLE",
                                         "{name} cannot be scheduled: {count} defect(s).", "{name} 無法排程：{count} 項缺陷。",
                                         "{name} 无法排程：{count} 项缺陷。"};
constexpr status::Reason kProjectClosed{StatusCode::kFailedPrecondition, "PROJECT_CLOSED",
                                        "{name} is completed or cancelled and does not change any more.", "{name} 已完成或取消，不再變更。",
                                        "{name} 已完成或取消，不再变更。"};
constexpr status::Reason kTasksUnfinished{StatusCode::kFailedPrecondition, "TASKS_UNFINISHED",
                                          "{count} task(s) of {name} are neither done nor cancelled.",
                                          "{name} 有 {count} 項任務尚未完成或取消。", "{name} 有 {count} 项任务尚未完成或取消。"};
constexpr status::Reason kDatesReversed{StatusCode::kInvalidArgument, "DATES_REVERSED", "The last day is before the first.",
                                        "結束日早於開始日。", "结束日早于开始日。"};

namespace {

constexpr status::Reason kTaskUnfinished{StatusCode::kFailedPrecondition, "TASK_UNFINISHED", "The task is neither done nor cancelled.",
                                         "任務尚未完成或取消。", "任务尚未完成或取消。"};

constexpr auto kTransitions = std::to_array<record::Transition>({
    {v1::Project::STATE_DRAFT, "submit", v1::Project::STATE_SUBMITTED, "the plan is actionable"},
    {v1::Project::STATE_SUBMITTED, "approve", v1::Project::STATE_APPROVED, "the plan is still actionable"},
    {v1::Project::STATE_SUBMITTED, "reject", v1::Project::STATE_DRAFT},
    {v1::Project::STATE_SUBMITTED, "revise", v1::Project::STATE_DRAFT},
    {v1::Project::STATE_APPROVED, "revise", v1::Project::STATE_DRAFT},
    {v1::Project::STATE_APPROVED, "complete", v1::Project::STATE_COMPLETED, "every task is done or cancelled"},
    {v1::Project::STATE_DRAFT, "cancel", v1::Project::STATE_CANCELLED},
    {v1::Project::STATE_SUBMITTED, "cancel", v1::Project::STATE_CANCELLED},
    {v1::Project::STATE_APPROVED, "cancel", v1::Project::STATE_CANCELLED},
});

bool IsClosed(const v1::Project& project) {
  return project.state() == v1::Project::STATE_COMPLETED || project.state() == v1::Project::STATE_CANCELLED;
}

absl::Status CheckDates(const v1::Project& project) {
  status::BadFields bad;
  if (time::ToDay(project.end_date()) < time::ToDay(project.start_date())) bad.Add("project.end_date", kDatesReversed);
  return bad.status();
}

// What the event is called that makes a project a draft again.
const char* WithdrawalOf(const v1::Project& project) {
  return project.state() == v1::Project::STATE_APPROVED ? "void_approval" : "withdraw_submission";
}

void MakeDraft(v1::Project& project, const std::string& why) {
  project.set_state(v1::Project::STATE_DRAFT);
  project.set_state_reason(why);
  project.clear_approved_baseline();
}

absl::StatusOr<std::vector<v1::Task>> TasksInScope(sql::Session& session, const Tables& tables, const std::string& project) {
  ASSIGN_OR_RETURN(std::vector<v1::Task> tasks, ChildrenOf(session, tables.tasks, project, "tasks"));
  std::erase_if(tasks, [](const v1::Task& task) { return task.state() == v1::Task::STATE_CANCELLED; });
  return tasks;
}

// Two submissions at once may not see each other's tasks here; the approval judges again, when both are submitted.
absl::StatusOr<std::vector<v1::Task>> OtherTasksOfOwners(sql::Session& session, const Tables& tables, const std::string& project) {
  const std::string first = project + "/tasks/", last = project + "/tasks0";
  return tables.tasks.Select(
      session,
      "WHERE owner IN (SELECT own.owner FROM tasks own WHERE own.name > ? AND own.name < ? AND own.owner <> '') "
      "AND state IN ('STATE_OPEN', 'STATE_IN_PROGRESS') AND NOT (name > ? AND name < ?) "
      "AND SUBSTRING_INDEX(name, '/', 2) IN (SELECT name FROM projects WHERE state IN ('STATE_SUBMITTED', 'STATE_APPROVED')) "
      "ORDER BY name",
      sql::Bind(first, last, first, last));
}

absl::StatusOr<Plan> LoadPlan(sql::Session& session, const Tables& tables, const v1::Project& project) {
  Plan plan;
  plan.project = project;
  ASSIGN_OR_RETURN(plan.period, tables.periods.Find(session, project.plan_period()));
  ASSIGN_OR_RETURN(plan.tasks, TasksInScope(session, tables, project.name()));
  ASSIGN_OR_RETURN(plan.schemes, ChildrenOf(session, tables.schemes, project.name(), "schemes"));
  ASSIGN_OR_RETURN(plan.other_tasks, OtherTasksOfOwners(session, tables, project.name()));
  ASSIGN_OR_RETURN(plan.cascade, CheckCascade(session, tables, plan.period));
  return plan;
}

}  // namespace

const record::StateMachine& ProjectStates() {
  static const auto* const kMachine = new record::StateMachine(v1::Project::State_descriptor(), kTransitions);
  return *kMachine;
}

absl::StatusOr<v1::Project> GuardOpenProject(record::Transaction& tx, const Tables& tables, const std::string& name) {
  ASSIGN_OR_RETURN(v1::Project project, tables.projects.Guard(tx, name));
  if (IsClosed(project)) return status::Error(kProjectClosed, {{"name", name}});
  return project;
}

absl::Status VoidApproval(record::Transaction& tx, const Tables& tables, const v1::Project& project, const std::string& why) {
  if (project.state() == v1::Project::STATE_DRAFT) return absl::OkStatus();
  v1::Project after = project;
  MakeDraft(after, why);
  return tables.projects.Update(tx, project, after, WithdrawalOf(project));
}

bool ChangesScope(const v1::Project& before, const v1::Project& after) {
  const auto scope = [](const v1::Project& project) {
    v1::Project scope;
    *scope.mutable_objectives() = project.objectives();
    *scope.mutable_start_date() = project.start_date();
    *scope.mutable_end_date() = project.end_date();
    scope.set_plan_period(project.plan_period());
    scope.set_capacity_hours_per_day(project.capacity_hours_per_day());
    return scope;
  };
  return !MessageDifferencer::Equals(scope(before), scope(after));
}

Projects::Projects(Tables& tables) : tables_(tables) {
  tables_.projects.SetDecorator([](sql::Session&, v1::Project& project) {
    record::SetAllowedVerbs(ProjectStates(), project);
    return absl::OkStatus();
  });
}

absl::Status Projects::Create(record::Transaction& tx, v1::Project& project) {
  RETURN_IF_ERROR(CheckDates(project));
  project.set_state(v1::Project::STATE_DRAFT);
  return tables_.periods.Guard(tx, project.plan_period()).status();
}

absl::Status Projects::Update(record::Transaction& tx, const v1::Project& before, v1::Project& after) {
  if (IsClosed(before)) return status::Error(kProjectClosed, {{"name", before.name()}});
  RETURN_IF_ERROR(CheckDates(after));
  if (after.plan_period() != before.plan_period()) RETURN_IF_ERROR(tables_.periods.Guard(tx, after.plan_period()).status());
  if (before.state() == v1::Project::STATE_DRAFT || !ChangesScope(before, after)) return absl::OkStatus();
  MakeDraft(after, "the project was changed");
  int64_t revision = 0;
  if (!absl::SimpleAtoi(before.etag(), &revision)) return absl::InternalError("etag is not a revision");
  return tx.Record(WithdrawalOf(before), after.name(), "planning.heitie/Project", revision + 1, &before, &after);
}

absl::StatusOr<Projects::Change> Projects::Begin(record::Transaction& tx, const std::string& name, const std::string& etag,
                                                 const std::string& verb) {
  Change change;
  ASSIGN_OR_RETURN(change.before, tables_.projects.Lock(tx, name));
  RETURN_IF_ERROR(record::CheckEtag(change.before.name(), change.before.etag(), etag));
  ASSIGN_OR_RETURN(const int next, ProjectStates().Next(name, change.before.state(), verb));
  change.after = change.before;
  change.after.set_state(static_cast<v1::Project::State>(next));
  change.after.clear_state_reason();
  return change;
}

absl::StatusOr<v1::Project> Projects::Finish(record::Transaction& tx, Change change, const std::string& action) {
  RETURN_IF_ERROR(tables_.projects.Update(tx, change.before, change.after, action));
  return tables_.projects.Decorated(tx.sql, change.after);
}

absl::StatusOr<v1::Project> Projects::Submit(record::Transaction& tx, const v1::SubmitProjectRequest& request) {
  ASSIGN_OR_RETURN(Change change, Begin(tx, request.name(), request.etag(), "submit"));
  ASSIGN_OR_RETURN(const Plan plan, LoadPlan(tx.sql, tables_, change.before));
  RETURN_IF_ERROR(Refusal(CheckPlan(plan), kNotActionable, request.name()));
  return Finish(tx, std::move(change), "submit");
}

absl::StatusOr<v1::Baseline> Projects::FixBaseline(record::Transaction& tx, const Plan& plan) {
  int64_t count = 0;
  const std::string prefix = plan.project.name() + "/baselines";
  RETURN_IF_ERROR(tx.sql.Query("SELECT COUNT(*) FROM baselines WHERE name > ? AND name < ?", sql::Bind(prefix + "/", prefix + "0"),
                               [&](const sql::Row& row) { count = row.Int(0); }));
  v1::Baseline baseline;
  baseline.set_name(absl::StrCat(prefix, "/", count + 1));
  baseline.set_version(static_cast<int32_t>(count + 1));
  *baseline.mutable_project() = plan.project;
  for (const v1::Task& task : plan.tasks) *baseline.add_tasks() = task;
  ASSIGN_OR_RETURN(*baseline.mutable_scheme(), ApproveWithProject(tx, tables_, *ChosenScheme(plan.schemes)));
  baseline.set_approver(tx.call.principal.name);
  *baseline.mutable_approve_time() = time::ToTimestamp(tx.call.now);
  RETURN_IF_ERROR(tables_.baselines.Insert(tx, baseline));
  return baseline;
}

absl::StatusOr<v1::Project> Projects::Approve(record::Transaction& tx, const v1::ApproveProjectRequest& request) {
  ASSIGN_OR_RETURN(Change change, Begin(tx, request.name(), request.etag(), "approve"));
  ASSIGN_OR_RETURN(const Plan plan, LoadPlan(tx.sql, tables_, change.before));
  RETURN_IF_ERROR(Refusal(CheckPlan(plan), kNotActionable, request.name()));
  ASSIGN_OR_RETURN(const v1::Baseline baseline, FixBaseline(tx, plan));
  change.after.set_approved_baseline(baseline.name());
  return Finish(tx, std::move(change), "approve");
}

absl::StatusOr<v1::Project> Projects::Reject(record::Transaction& tx, const v1::RejectProjectRequest& request) {
  ASSIGN_OR_RETURN(Change change, Begin(tx, request.name(), request.etag(), "reject"));
  change.after.set_state_reason(request.reason());
  return Finish(tx, std::move(change), "reject");
}

absl::StatusOr<v1::Project> Projects::Revise(record::Transaction& tx, const v1::ReviseProjectRequest& request) {
  ASSIGN_OR_RETURN(Change change, Begin(tx, request.name(), request.etag(), "revise"));
  MakeDraft(change.after, request.reason());
  const char* const action = WithdrawalOf(change.before);
  return Finish(tx, std::move(change), action);
}

absl::StatusOr<v1::Project> Projects::Cancel(record::Transaction& tx, const v1::CancelProjectRequest& request) {
  ASSIGN_OR_RETURN(Change change, Begin(tx, request.name(), request.etag(), "cancel"));
  change.after.set_state_reason(request.reason());
  change.after.clear_approved_baseline();
  return Finish(tx, std::move(change), "cancel");
}

absl::StatusOr<v1::Project> Projects::Complete(record::Transaction& tx, const v1::CompleteProjectRequest& request) {
  ASSIGN_OR_RETURN(Change change, Begin(tx, request.name(), request.etag(), "complete"));
  ASSIGN_OR_RETURN(const std::vector<v1::Task> tasks, TasksInScope(tx.sql, tables_, request.name()));
  Defects unfinished;
  for (const v1::Task& task : tasks) {
    if (task.state() != v1::Task::STATE_DONE) unfinished.push_back({task.name(), &kTaskUnfinished, {}});
  }
  RETURN_IF_ERROR(Refusal(unfinished, kTasksUnfinished, request.name()));
  return Finish(tx, std::move(change), "complete");
}

absl::StatusOr<v1::CheckActionabilityResponse> Projects::CheckActionability(const rpc::Call& call,
                                                                            const v1::CheckActionabilityRequest& request) {
  v1::CheckActionabilityResponse response;
  RETURN_IF_ERROR(tables_.store.Read(call, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(const v1::Project project, tables_.projects.Find(session, request.name()));
    ASSIGN_OR_RETURN(const Plan plan, LoadPlan(session, tables_, project));
    const Defects defects = CheckPlan(plan);
    response.set_actionable(defects.empty());
    *response.mutable_defects() = ToProto(defects, call.language);
    response.set_project_etag(project.etag());
    return absl::OkStatus();
  }));
  return response;
}

absl::StatusOr<v1::Schedule> Projects::GetSchedule(const rpc::Call& call, const v1::GetScheduleRequest& request) {
  v1::Schedule schedule;
  RETURN_IF_ERROR(tables_.store.Read(call, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(const v1::Project project, tables_.projects.Find(session, request.project()));
    ASSIGN_OR_RETURN(const v1::PlanPeriod period, tables_.periods.Find(session, project.plan_period()));
    ASSIGN_OR_RETURN(const std::vector<v1::Task> tasks, TasksInScope(session, tables_, project.name()));
    Defects defects = CheckTaskDates(tasks);
    for (Defect& cycle : CheckCycles(tasks)) defects.push_back(std::move(cycle));
    RETURN_IF_ERROR(Refusal(defects, kNotSchedulable, project.name()));
    schedule = MakeSchedule(tasks, project, CalendarOf(period));
    return absl::OkStatus();
  }));
  return schedule;
}

void Projects::Bind(rpc::Service& rpc) {
  rpc.Bind("GetProject", tables_.projects.Getter());
  rpc.Bind("ListProjects", tables_.projects.Lister());
  rpc.Bind("CreateProject",
           tables_.projects.Creator<v1::CreateProjectRequest>(
               [this](record::Transaction& tx, const v1::CreateProjectRequest&, v1::Project& project) { return Create(tx, project); }));
  rpc.Bind("UpdateProject", tables_.projects.Updater([this](record::Transaction& tx, const v1::Project& before, v1::Project& after) {
    return Update(tx, before, after);
  }));
  rpc.Bind("SubmitProject", tables_.store.Mutation(this, &Projects::Submit));
  rpc.Bind("ApproveProject", tables_.store.Mutation(this, &Projects::Approve));
  rpc.Bind("RejectProject", tables_.store.Mutation(this, &Projects::Reject));
  rpc.Bind("ReviseProject", tables_.store.Mutation(this, &Projects::Revise));
  rpc.Bind("CancelProject", tables_.store.Mutation(this, &Projects::Cancel));
  rpc.Bind("CompleteProject", tables_.store.Mutation(this, &Projects::Complete));
  rpc.Bind("CheckActionability", this, &Projects::CheckActionability);
  rpc.Bind("GetSchedule", this, &Projects::GetSchedule);
  rpc.Bind("GetBaseline", tables_.baselines.Getter());
  rpc.Bind("ListBaselines", tables_.baselines.Lister());
}

}  // namespace heitie::planning
