#include "services/planning/plan/project.h"

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "google/protobuf/util/message_differencer.h"
#include "heitie/planning/v1/baseline.pb.h"
#include "heitie/planning/v1/defect.pb.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/schedule.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "services/planning/collaboration/readiness.h"
#include "services/planning/evidence/citation.h"
#include "services/planning/plan/calendar.h"
#include "services/planning/plan/objective.h"
#include "services/planning/plan/plan_period.h"
#include "services/planning/plan/schedule.h"
#include "services/planning/plan/task_tree.h"
#include "services/planning/scheme/judgement.h"
#include "services/planning/scheme/scheme.h"

namespace heitie::planning {

using absl::StatusCode;
using google::protobuf::util::MessageDifferencer;

const status::Reason kNotActionable{StatusCode::kFailedPrecondition, "NOT_ACTIONABLE",
                                    "{name} cannot be carried out as planned: {count} defect(s).",
                                    "{name} 按現有計劃不可執行：{count} 項缺陷。"};
const status::Reason kNotSchedulable{StatusCode::kFailedPrecondition, "NOT_SCHEDULABLE", "{name} cannot be scheduled: {count} defect(s).",
                                     "{name} 無法排程：{count} 項缺陷。"};
const status::Reason kProjectClosed{StatusCode::kFailedPrecondition, "PROJECT_CLOSED",
                                    "{name} is completed or cancelled and does not change any more.", "{name} 已完成或取消，不再變更。"};
const status::Reason kTasksUnfinished{StatusCode::kFailedPrecondition, "TASKS_UNFINISHED",
                                      "{count} task(s) of {name} are neither done nor cancelled.",
                                      "{name} 有 {count} 項任務尚未完成或取消。"};
const status::Reason kNoSuchObjective{StatusCode::kInvalidArgument, "NO_SUCH_OBJECTIVE",
                                      "The project has {count} objective(s), counted from 0.", "專案有 {count} 項目標，自 0 起計。"};
const status::Reason kOwnPlan{StatusCode::kPermissionDenied, "OWN_PROJECT_PLAN",
                              "{name} is decided by somebody else than who submitted it or answers for it.",
                              "{name} 須由提交者與負責人以外的人決定。"};
const status::Reason kPlanChanged{StatusCode::kFailedPrecondition, "PROJECT_CHANGED", "{name} was changed while it was being approved.",
                                  "{name} 於核准期間已變更。"};
const status::Reason kMeasuredLater{StatusCode::kInvalidArgument, "MEASURED_LATER", "{date} is still to come.", "{date} 尚未到來。"};

namespace {

const status::Reason kTaskUnfinished{StatusCode::kFailedPrecondition, "TASK_UNFINISHED", "The task is neither done nor cancelled.",
                                     "任務尚未完成或取消。"};

bool IsClosed(const v1::Project& project) {
  return project.state() == v1::Project::STATE_COMPLETED || project.state() == v1::Project::STATE_CANCELLED;
}

absl::Status RefuseOwn(const v1::Project& project, const std::string& who) {
  if (who != project.submitter() && who != project.owner()) return absl::OkStatus();
  return status::Error(kOwnPlan, {{"name", project.name()}});
}

// The type is there.
absl::Status CheckType(sql::Session& session, const Tables& tables, const v1::Project& project) {
  return project.project_type().empty() ? absl::OkStatus() : tables.project_types.Find(session, project.project_type()).status();
}

absl::Status CheckDates(const v1::Project& project) {
  status::BadFields bad;
  const absl::CivilDay start = time::ToDay(project.start_date()), end = time::ToDay(project.end_date());
  if (end < start) bad.Add("project.end_date", status::kDatesReversed, {{"start", time::DayText(start)}, {"end", time::DayText(end)}});
  return bad.status();
}

// What the event is called that makes a project a draft again.
const char* WithdrawalOf(const v1::Project& project) {
  return project.state() == v1::Project::STATE_APPROVED ? "void_approval" : "withdraw_submission";
}

// What it holds goes back, which resource does when it sees this; an approval that is under way finds that it is no longer wanted.
void DropHoldings(v1::Project& project) {
  project.clear_allotment();
  project.clear_approval();
}

void MakeDraft(v1::Project& project, const std::string& why) {
  project.set_state(v1::Project::STATE_DRAFT);
  project.set_state_reason(why);
  project.clear_approved_baseline();
  DropHoldings(project);
}

absl::StatusOr<std::vector<v1::Task>> TasksInScope(sql::Session& session, const Tables& tables, const std::string& project) {
  ASSIGN_OR_RETURN(std::vector<v1::Task> tasks, tables.tasks.Children(session, project));
  std::erase_if(tasks, [](const v1::Task& task) { return task.state() == v1::Task::STATE_CANCELLED; });
  return tasks;
}

// Two submissions at once may not see each other's tasks here; the approval judges again, when both are submitted.
absl::StatusOr<std::vector<v1::Task>> OtherTasksOfOwners(sql::Session& session, const Tables& tables, const std::string& project) {
  sql::Values range = record::ChildRange(project, "tasks");
  range.insert(range.end(), {range[0], range[1]});
  return tables.tasks.Select(
      session,
      "WHERE owner IN (SELECT own.owner FROM tasks own WHERE own.name > ? AND own.name < ? AND own.owner <> '') "
      "AND state IN ('STATE_OPEN', 'STATE_IN_PROGRESS') AND NOT (name > ? AND name < ?) "
      "AND SUBSTRING_INDEX(name, '/', 2) IN (SELECT name FROM projects WHERE state IN ('STATE_SUBMITTED', 'STATE_APPROVED')) "
      "ORDER BY name",
      range);
}

// How the scheme of an actionable plan is judged. SCHEME_INFEASIBLE without an override.
absl::StatusOr<v1::SchemeJudgement> Judged(record::Transaction& tx, const Tables& tables, const Plan& plan,
                                           const std::string& override_reason) {
  ASSIGN_OR_RETURN(v1::SchemeJudgement judgement,
                   JudgeBesidesMeans(tx.sql, tables, plan.project, *ChosenScheme(plan.schemes), tx.call.now));
  if (override_reason.empty()) RETURN_IF_ERROR(RefuseInfeasible(judgement));
  return judgement;
}

}  // namespace

const record::StateMachine& ProjectMachine() {
  static const auto& machine = *new record::StateMachine(
      v1::Project::State_descriptor(),
      {
          {v1::Project::STATE_DRAFT, "submit", v1::Project::STATE_SUBMITTED, "the plan is actionable"},
          {v1::Project::STATE_SUBMITTED, "approve", v1::Project::STATE_APPROVED, "the plan is still actionable"},
          {v1::Project::STATE_SUBMITTED, "reject", v1::Project::STATE_DRAFT},
          {v1::Project::STATE_SUBMITTED, "revise", v1::Project::STATE_DRAFT},
          {v1::Project::STATE_APPROVED, "revise", v1::Project::STATE_DRAFT},
          {v1::Project::STATE_APPROVED, "complete", v1::Project::STATE_COMPLETED, "every task is done or cancelled"},
          {v1::Project::STATE_APPROVED, "record_objective_result", v1::Project::STATE_APPROVED},
          {v1::Project::STATE_COMPLETED, "record_objective_result", v1::Project::STATE_COMPLETED},
          {v1::Project::STATE_DRAFT, "cancel", v1::Project::STATE_CANCELLED},
          {v1::Project::STATE_SUBMITTED, "cancel", v1::Project::STATE_CANCELLED},
          {v1::Project::STATE_APPROVED, "cancel", v1::Project::STATE_CANCELLED},
      });
  return machine;
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

absl::Status BeginProject(record::Transaction& tx, const Tables& tables, v1::Project& project) {
  RETURN_IF_ERROR(CheckDates(project));
  project.set_state(v1::Project::STATE_DRAFT);
  RETURN_IF_ERROR(CheckType(tx.sql, tables, project));
  return tables.periods.Guard(tx, project.plan_period()).status();
}

absl::StatusOr<Plan> LoadPlan(sql::Session& session, const Tables& tables, const v1::Project& project, absl::Time now) {
  Plan plan;
  plan.project = project;
  ASSIGN_OR_RETURN(plan.period, tables.periods.Find(session, project.plan_period()));
  ASSIGN_OR_RETURN(const auto calendar, tables.calendars.Named(session, plan.period.calendar()));
  plan.calendar = calendar->arithmetic;
  ASSIGN_OR_RETURN(plan.tasks, TasksInScope(session, tables, project.name()));
  ASSIGN_OR_RETURN(plan.schemes, tables.schemes.Children(session, project.name()));
  ASSIGN_OR_RETURN(plan.other_tasks, OtherTasksOfOwners(session, tables, project.name()));
  ASSIGN_OR_RETURN(plan.cascade, CheckCascade(session, tables, plan.period));
  ASSIGN_OR_RETURN(plan.collaboration, FindCollaborationDefects(session, tables, project, plan.tasks, now));
  ASSIGN_OR_RETURN(plan.evidence, LoadEvidence(session, tables, project.name(), now));
  return plan;
}

absl::Status Projects::Create(record::Transaction& tx, v1::Project& project) { return BeginProject(tx, tables_, project); }

absl::StatusOr<const char*> Projects::Update(record::Transaction& tx, const v1::Project& before, v1::Project& after) {
  if (IsClosed(before)) return status::Error(kProjectClosed, {{"name", before.name()}});
  RETURN_IF_ERROR(CheckDates(after));
  KeepResults(before, after);
  if (after.project_type() != before.project_type()) RETURN_IF_ERROR(CheckType(tx.sql, tables_, after));
  if (after.plan_period() != before.plan_period()) RETURN_IF_ERROR(tables_.periods.Guard(tx, after.plan_period()).status());
  if (before.state() == v1::Project::STATE_DRAFT || !ChangesScope(before, after)) return nullptr;
  MakeDraft(after, "the project was changed");
  return WithdrawalOf(before);
}

absl::StatusOr<v1::Project> Projects::Submit(record::Transaction& tx, const v1::SubmitProjectRequest& request) {
  return tables_.projects.Change(tx, request, "submit", [&](const v1::Project& before, v1::Project& after) -> absl::Status {
    ASSIGN_OR_RETURN(const Plan plan, LoadPlan(tx.sql, tables_, before, tx.call.now));
    after.clear_state_reason();
    after.set_submitter(tx.call.principal.name);
    return Refusal(CheckPlan(plan), kNotActionable, request.name());
  });
}

absl::StatusOr<v1::Baseline> Projects::FixBaseline(record::Transaction& tx, const Plan& plan, const Approver& approver) const {
  ASSIGN_OR_RETURN(const v1::SchemeJudgement judgement, Judged(tx, tables_, plan, approver.override_reason));
  ASSIGN_OR_RETURN(const int64_t count, tables_.baselines.CountChildren(tx.sql, plan.project.name()));
  v1::Baseline baseline;
  baseline.set_name(absl::StrCat(plan.project.name(), "/baselines/", count + 1));
  baseline.set_version(static_cast<int32_t>(count + 1));
  *baseline.mutable_project() = plan.project;
  for (const v1::Task& task : plan.tasks) *baseline.add_tasks() = task;
  ASSIGN_OR_RETURN(*baseline.mutable_scheme(), ApproveWithProject(tx, tables_, *ChosenScheme(plan.schemes), approver.name));
  *baseline.mutable_judgement() = judgement;
  if (judgement.verdict() == v1::SchemeJudgement::VERDICT_INFEASIBLE) baseline.set_override_reason(approver.override_reason);
  baseline.set_approver(approver.name);
  *baseline.mutable_approve_time() = time::ToTimestamp(tx.call.now);
  RETURN_IF_ERROR(tables_.baselines.Insert(tx, baseline));
  return baseline;
}

absl::StatusOr<v1::Scheme> Projects::SchemeToApprove(record::Transaction& tx, const v1::Project& project,
                                                     const std::string& override_reason) const {
  RETURN_IF_ERROR(RefuseOwn(project, tx.call.principal.name));
  ASSIGN_OR_RETURN(const Plan plan, LoadPlan(tx.sql, tables_, project, tx.call.now));
  RETURN_IF_ERROR(Refusal(CheckPlan(plan), kNotActionable, project.name()));
  RETURN_IF_ERROR(Judged(tx, tables_, plan, override_reason).status());
  return *ChosenScheme(plan.schemes);
}

absl::Status Projects::ApproveIn(record::Transaction& tx, const v1::Project& before, const Approver& approver, v1::Project& after) const {
  ASSIGN_OR_RETURN(const Plan plan, LoadPlan(tx.sql, tables_, before, tx.call.now));
  RETURN_IF_ERROR(Refusal(CheckPlan(plan), kNotActionable, before.name()));
  ASSIGN_OR_RETURN(const v1::Baseline baseline, FixBaseline(tx, plan, approver));
  after.set_approved_baseline(baseline.name());
  after.clear_state_reason();
  return absl::OkStatus();
}

absl::StatusOr<v1::Project> Projects::Reject(record::Transaction& tx, const v1::RejectProjectRequest& request) {
  return tables_.projects.Change(tx, request, "reject", [&](v1::Project& after) {
    after.set_state_reason(request.reason());
    DropHoldings(after);
  });
}

absl::StatusOr<v1::Project> Projects::Revise(record::Transaction& tx, const v1::ReviseProjectRequest& request) {
  ASSIGN_OR_RETURN(record::Step<v1::Project> step, tables_.projects.Begin(tx, request, "revise"));
  MakeDraft(step.after, request.reason());
  step.verb = WithdrawalOf(step.before);
  return tables_.projects.Finish(tx, step);
}

absl::StatusOr<v1::Project> Projects::Cancel(record::Transaction& tx, const v1::CancelProjectRequest& request) {
  return tables_.projects.Change(tx, request, "cancel", [&](v1::Project& after) {
    after.set_state_reason(request.reason());
    after.clear_approved_baseline();
    DropHoldings(after);
  });
}

absl::StatusOr<v1::Project> Projects::Complete(record::Transaction& tx, const v1::CompleteProjectRequest& request) {
  ASSIGN_OR_RETURN(record::Step<v1::Project> step, tables_.projects.Begin(tx, request, "complete"));
  RETURN_IF_ERROR(RefuseOwn(step.before, tx.call.principal.name));
  step.after.clear_state_reason();
  ASSIGN_OR_RETURN(const std::vector<v1::Task> tasks, TasksInScope(tx.sql, tables_, request.name()));
  Defects unfinished;
  for (const v1::Task& task : tasks) {
    if (task.state() != v1::Task::STATE_DONE) unfinished.push_back({task.name(), &kTaskUnfinished, {}});
  }
  RETURN_IF_ERROR(Refusal(unfinished, kTasksUnfinished, request.name()));
  return tables_.projects.Finish(tx, step);
}

absl::StatusOr<v1::Project> Projects::RecordResult(record::Transaction& tx, const v1::RecordObjectiveResultRequest& request) {
  return tables_.projects.Change(tx, request, "record_objective_result",
                                 [&](const v1::Project& before, v1::Project& after) -> absl::Status {
                                   status::BadFields bad;
                                   const absl::CivilDay measured = time::ToDay(request.measure_date());
                                   if (request.objective() >= before.objectives_size())
                                     bad.Add("objective", kNoSuchObjective, {{"count", before.objectives_size()}});
                                   if (measured > absl::ToCivilDay(tx.call.now, tables_.zone))
                                     bad.Add("measure_date", kMeasuredLater, {{"date", time::DayText(measured)}});
                                   RETURN_IF_ERROR(bad.status());
                                   v1::ObjectiveResult result;
                                   result.set_objective(request.objective());
                                   result.set_actual(request.actual());
                                   result.set_attained(Attains(before.objectives(request.objective()), request.actual()));
                                   *result.mutable_measure_date() = request.measure_date();
                                   result.set_source(request.source());
                                   result.set_recorder(tx.call.principal.name);
                                   *result.mutable_record_time() = time::ToTimestamp(tx.call.now);
                                   PutResult(result, after);
                                   return absl::OkStatus();
                                 });
}

absl::StatusOr<v1::CheckActionabilityResponse> Projects::CheckActionability(const rpc::Call& call,
                                                                            const v1::CheckActionabilityRequest& request) {
  return tables_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::CheckActionabilityResponse> {
    v1::CheckActionabilityResponse response;
    ASSIGN_OR_RETURN(const v1::Project project, tables_.projects.Find(session, request.name()));
    ASSIGN_OR_RETURN(const Plan plan, LoadPlan(session, tables_, project, call.now));
    const Defects defects = CheckPlan(plan);
    response.set_actionable(defects.empty());
    *response.mutable_defects() = ToProto(defects, call.language);
    response.set_project_etag(project.etag());
    return response;
  });
}

absl::StatusOr<v1::Schedule> Projects::GetSchedule(const rpc::Call& call, const v1::GetScheduleRequest& request) {
  return tables_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::Schedule> {
    ASSIGN_OR_RETURN(const v1::Project project, tables_.projects.Find(session, request.project()));
    ASSIGN_OR_RETURN(const v1::PlanPeriod period, tables_.periods.Find(session, project.plan_period()));
    ASSIGN_OR_RETURN(std::vector<v1::Task> in_scope, TasksInScope(session, tables_, project.name()));
    const std::vector<v1::Task> tasks = Leaves(std::move(in_scope));
    Defects defects = CheckTaskDates(tasks);
    for (Defect& cycle : CheckCycles(tasks)) defects.push_back(std::move(cycle));
    RETURN_IF_ERROR(Refusal(defects, kNotSchedulable, project.name()));
    ASSIGN_OR_RETURN(const auto calendar, tables_.calendars.Named(session, period.calendar()));
    return MakeSchedule(tasks, project, calendar->arithmetic);
  });
}

void Projects::Bind(record::Methods& methods) {
  methods.Reads(tables_.projects);
  methods.Creates(tables_.projects, this, &Projects::Create);
  methods.Updates(tables_.projects, this, &Projects::Update);
  methods.Bind("SubmitProject", this, &Projects::Submit);
  methods.Bind("RejectProject", this, &Projects::Reject);
  methods.Bind("ReviseProject", this, &Projects::Revise);
  methods.Bind("CancelProject", this, &Projects::Cancel);
  methods.Bind("CompleteProject", this, &Projects::Complete);
  methods.Bind("RecordObjectiveResult", this, &Projects::RecordResult);
  methods.Bind("CheckActionability", this, &Projects::CheckActionability);
  methods.Bind("GetSchedule", this, &Projects::GetSchedule);
  methods.Reads(tables_.baselines);
}

}  // namespace heitie::planning
