#include "services/planning/plan/project.h"

#include <atomic>
#include <thread>

#include "google/protobuf/empty.pb.h"
#include "heitie/planning/v1/baseline.pb.h"
#include "heitie/planning/v1/defect.pb.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/schedule.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::IsOk;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using v1::Project;

class ProjectTest : public PlanningTest {
 protected:
  ProjectTest() { CreateQuarter(); }

  absl::StatusOr<Project> Update(const std::string& fields) {
    return Call<Project>("UpdateProject", Specialist(),
                         test::Proto<v1::UpdateProjectRequest>("project { name: 'projects/p' " + fields + "}"));
  }
  v1::CheckActionabilityResponse Check(const std::string& id) {
    return Do<v1::CheckActionabilityResponse, v1::CheckActionabilityRequest>("CheckActionability", Analyst(),
                                                                             "name: 'projects/" + id + "'");
  }
  template <typename Req>
  absl::StatusOr<Project> Verb(const std::string& method, const rpc::Call& call, const std::string& more = "") {
    return Call<Project>(method, call, test::Proto<Req>("name: 'projects/p' " + more));
  }
  absl::StatusOr<Project> SubmitP() { return Verb<v1::SubmitProjectRequest>("SubmitProject", Specialist()); }
  absl::StatusOr<Project> ApproveP() { return Verb<v1::ApproveProjectRequest>("ApproveProject", Manager()); }
  absl::StatusOr<Project> RejectP() { return Verb<v1::RejectProjectRequest>("RejectProject", Manager(), "reason: 'too dear'"); }
  absl::StatusOr<Project> ReviseP() { return Verb<v1::ReviseProjectRequest>("ReviseProject", Specialist(), "reason: 'new idea'"); }
  absl::StatusOr<Project> CancelP() { return Verb<v1::CancelProjectRequest>("CancelProject", Manager(), "reason: 'risks/r1 is avoided'"); }
  absl::StatusOr<Project> CompleteP() { return Verb<v1::CompleteProjectRequest>("CompleteProject", Manager()); }
  v1::ListBaselinesResponse Baselines() {
    return Do<v1::ListBaselinesResponse, v1::ListBaselinesRequest>("ListBaselines", Analyst(), "parent: 'projects/p'");
  }
};

TEST_F(ProjectTest, CreateGetAndList) {
  const Project project = CreateProject("p");
  EXPECT_EQ(project.state(), Project::STATE_DRAFT);
  EXPECT_EQ(project.creator(), "employees/specialist");
  EXPECT_THAT(project.allowed_verbs(), ElementsAre("submit", "cancel"));
  EXPECT_THAT(Get("p"), test::EqualsProto(project));
  CreateProject("q");
  const auto page = Do<v1::ListProjectsResponse, v1::ListProjectsRequest>(
      "ListProjects", Analyst(), "filter: 'state = STATE_DRAFT' order_by: 'name desc' page_size: 1");
  ASSERT_EQ(page.projects_size(), 1);
  EXPECT_EQ(page.projects(0).name(), "projects/q");
  EXPECT_FALSE(page.next_page_token().empty());
}

TEST_F(ProjectTest, RefusesReversedDatesAndUnknownPeriods) {
  CreateProject("p");
  EXPECT_THAT(Violations(Update("end_date { year: 2026 month: 1 day: 4 }").status()), ElementsAre("project.end_date DATES_REVERSED"));
  EXPECT_THAT(Update("plan_period: 'planPeriods/none'"), HasReason("NOT_FOUND"));
  auto request = test::Proto<v1::CreateProjectRequest>(R"pb(project {
                                                              title: "p"
                                                              plan_period: "planPeriods/none"
                                                              owner: "employees/li"
                                                              start_date { year: 2026 month: 1 day: 5 }
                                                              end_date { year: 2026 month: 1 day: 6 }
                                                              currency_code: "CNY"
                                                            })pb");
  EXPECT_THAT(Call<Project>("CreateProject", Manager(), request), HasReason("NOT_FOUND"));
}

TEST_F(ProjectTest, SubmissionNamesEveryDefectAtOnceAndSoDoesTheCheck) {
  CreateProject("p", "objectives { metric: 'revenue' }");
  CreateTask("projects/p", "copy", "estimate_hours: 41");
  Do<v1::Task, v1::CreateTaskRequest>(
      "CreateTask", Specialist(),
      "parent: 'projects/p' task_id: 'print' task { title: 'Print' dependencies { predecessor: 'projects/p/tasks/copy' } }");
  Do<v1::Task, v1::UpdateTaskRequest>("UpdateTask", Specialist(),
                                      "task { name: 'projects/p/tasks/copy' dependencies { predecessor: 'projects/p/tasks/print' } }");
  const absl::Status status = SubmitP().status();
  EXPECT_THAT(status, HasReason("NOT_ACTIONABLE"));
  const std::vector<std::string> violations = Violations(status);
  EXPECT_THAT(violations,
              UnorderedElementsAre("projects/p#objectives[1] OBJECTIVE_INCOMPLETE", "projects/p#objectives[1] OBJECTIVE_INCOMPLETE",
                                   "projects/p#objectives[1] OBJECTIVE_INCOMPLETE", "projects/p#objectives[1] OBJECTIVE_INCOMPLETE",
                                   "projects/p/tasks/print TASK_OWNER_MISSING", "projects/p/tasks/print TASK_ESTIMATE_MISSING",
                                   "projects/p/tasks/print TASK_DATES_MISSING", "projects/p/tasks/print TASK_DATES_MISSING",
                                   "projects/p/tasks/copy DEPENDENCY_CYCLE", "employees/wang PERSON_OVERLOADED",
                                   "projects/p SCHEME_MISSING", "projects/p EVIDENCE_MISSING"));
  const auto check = Check("p");
  EXPECT_FALSE(check.actionable());
  std::vector<std::string> checked;
  for (const v1::Defect& defect : check.defects()) checked.push_back(defect.subject() + " " + defect.reason());
  EXPECT_EQ(checked, violations);
  EXPECT_EQ(check.project_etag(), Get("p").etag());
  EXPECT_EQ(Get("p").state(), Project::STATE_DRAFT);
}

TEST_F(ProjectTest, TheCascadeOfThePeriodBlocksSubmission) {
  CreateActionable("p");
  CreatePeriod("jan", R"pb(title: "January"
                           cadence: CADENCE_MONTHLY
                           parent_period: "planPeriods/q1"
                           start_date { year: 2026 month: 1 day: 1 }
                           end_date { year: 2026 month: 1 day: 31 }
                           targets { metric: "new_users" unit: "users" target: 10 })pb");
  EXPECT_TRUE(Check("p").actionable());
  Do<v1::PlanPeriod, v1::UpdatePlanPeriodRequest>(
      "UpdatePlanPeriod", Manager(), "plan_period { name: 'planPeriods/q1' targets { metric: 'new_users' unit: 'users' target: 9 } }");
  EXPECT_THAT(Violations(SubmitP().status()), ElementsAre("planPeriods/q1 TARGET_EXCEEDED"));
}

TEST_F(ProjectTest, ApprovalFixesABaselineAndApprovesTheScheme) {
  CreateActionable("p");
  EXPECT_TRUE(Check("p").actionable());
  EXPECT_EQ(Submit("p").state(), Project::STATE_SUBMITTED);
  const Project approved = Approve("p");
  EXPECT_EQ(approved.state(), Project::STATE_APPROVED);
  EXPECT_EQ(approved.approved_baseline(), "projects/p/baselines/1");
  EXPECT_THAT(approved.allowed_verbs(), ElementsAre("revise", "complete", "recordObjectiveResult", "cancel"));

  const auto baseline = Do<v1::Baseline, v1::GetBaselineRequest>("GetBaseline", Analyst(), "name: 'projects/p/baselines/1'");
  EXPECT_EQ(baseline.version(), 1);
  EXPECT_EQ(baseline.approver(), "employees/manager");
  EXPECT_EQ(baseline.approve_time().seconds(), absl::ToUnixSeconds(clock_.Now()));
  EXPECT_EQ(baseline.project().objectives(0).target(), 1500);
  ASSERT_EQ(baseline.tasks_size(), 1);
  EXPECT_EQ(baseline.tasks(0).name(), "projects/p/tasks/copy");
  EXPECT_EQ(baseline.scheme().state(), v1::Scheme::STATE_APPROVED);
  EXPECT_EQ(baseline.scheme().demand().items(0).quantity(), 500);
  EXPECT_EQ(baseline.scheme().feasibility().irr_outcome(), v1::Feasibility::IRR_OUTCOME_UNIQUE);

  const auto scheme = Do<v1::Scheme, v1::GetSchemeRequest>("GetScheme", ServiceCaller(), "name: 'projects/p/schemes/v1'");
  EXPECT_EQ(scheme.state(), v1::Scheme::STATE_APPROVED);
  EXPECT_EQ(scheme.approver(), "employees/manager");
  EXPECT_THAT(Actions("projects/p"), ElementsAre("create", "submit", "approve"));
}

TEST_F(ProjectTest, ApprovalJudgesAgain) {
  CreateActionable("p");
  Submit("p");
  CalendarArrives("calendars/default/versions/2", RulesForTest({absl::CivilDay(2026, 1, 6)}));
  const absl::Status status = ApproveP().status();
  EXPECT_THAT(status, HasReason("NOT_ACTIONABLE"));
  EXPECT_THAT(Violations(status), ElementsAre("employees/wang PERSON_OVERLOADED"));
  EXPECT_EQ(Get("p").state(), Project::STATE_SUBMITTED);
}

TEST_F(ProjectTest, ApprovalsAtOnceMakeOneBaseline) {
  CreateActionable("p");
  Submit("p");
  std::atomic<int> approved{0}, refused{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const auto result = ApproveP();
      approved += result.ok();
      refused += status::ReasonOf(result.status()) == "ILLEGAL_TRANSITION";
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(approved, 1);
  EXPECT_EQ(refused, 7);
  EXPECT_EQ(Baselines().baselines_size(), 1);
}

TEST_F(ProjectTest, ARepeatedRequestAnswersAsTheFirst) {
  CreateActionable("p");
  Submit("p");
  const auto request = test::Proto<v1::ApproveProjectRequest>("name: 'projects/p' request_id: 'r1'");
  const auto first = Call<Project>("ApproveProject", Manager(), request), second = Call<Project>("ApproveProject", Manager(), request);
  ASSERT_THAT(second, IsOk());
  EXPECT_THAT(*first, test::EqualsProto(*second));
  EXPECT_EQ(Baselines().baselines_size(), 1);
}

TEST_F(ProjectTest, AStaleEtagIsRefused) {
  CreateActionable("p");
  EXPECT_THAT((Verb<v1::SubmitProjectRequest>("SubmitProject", Specialist(), "etag: '77'")), HasReason("STALE_ETAG"));
  EXPECT_THAT((Verb<v1::SubmitProjectRequest>("SubmitProject", Specialist(), "etag: '1'")), IsOk());
}

TEST_F(ProjectTest, TransitionsAndTheirReasons) {
  CreateActionable("p");
  EXPECT_THAT(ApproveP(), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(RejectP(), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(ReviseP(), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(CompleteP(), HasReason("ILLEGAL_TRANSITION"));
  Submit("p");
  EXPECT_THAT(SubmitP(), HasReason("ILLEGAL_TRANSITION"));
  const auto rejected = RejectP();
  ASSERT_THAT(rejected, IsOk());
  EXPECT_EQ(rejected->state(), Project::STATE_DRAFT);
  EXPECT_EQ(rejected->state_reason(), "too dear");
  EXPECT_EQ(Submit("p").state_reason(), "");
  const auto withdrawn = ReviseP();
  ASSERT_THAT(withdrawn, IsOk());
  EXPECT_EQ(withdrawn->state(), Project::STATE_DRAFT);
  EXPECT_EQ(withdrawn->state_reason(), "new idea");
  EXPECT_THAT(Actions("projects/p"), ElementsAre("create", "submit", "reject", "submit", "withdraw_submission"));
}

TEST_F(ProjectTest, RevisionVoidsTheApprovalAndKeepsTheBaseline) {
  CreateApproved("p");
  const auto revised = ReviseP();
  ASSERT_THAT(revised, IsOk());
  EXPECT_EQ(revised->state(), Project::STATE_DRAFT);
  EXPECT_EQ(revised->approved_baseline(), "");
  EXPECT_THAT(Actions("projects/p"), Contains("void_approval"));
  EXPECT_EQ(Baselines().baselines_size(), 1);
  Submit("p");
  EXPECT_EQ(Approve("p").approved_baseline(), "projects/p/baselines/2");
}

TEST_F(ProjectTest, AChangeOfScopeOrDatesVoidsTheApproval) {
  CreateApproved("p");
  for (const std::string change : {"objectives { metric: 'revenue' }", "end_date { year: 2026 month: 2 day: 26 }",
                                   "start_date { year: 2026 month: 1 day: 4 }", "capacity_hours_per_day: 9"}) {
    const auto updated = Update(change);
    ASSERT_THAT(updated, IsOk()) << change;
    EXPECT_EQ(updated->state(), Project::STATE_DRAFT) << change;
    EXPECT_EQ(updated->approved_baseline(), "") << change;
    EXPECT_EQ(updated->state_reason(), "the project was changed") << change;
    ASSERT_THAT(Update("objectives { metric: 'new_users' unit: 'users' baseline: 1 target: 2 target_date { year: 2026 month: 2 day: 1 } }"),
                IsOk());
    Submit("p");
    Approve("p");
  }
  int voided = 0;
  for (const std::string& action : Actions("projects/p")) voided += action == "void_approval";
  EXPECT_EQ(voided, 4);
  EXPECT_EQ(Baselines().baselines_size(), 5);
}

TEST_F(ProjectTest, AChangeOfWordsOrOwnerDoesNotVoidTheApproval) {
  CreateApproved("p");
  const auto updated = Update("title: 'Summer campaign' description: 'd' owner: 'employees/zhao'");
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->state(), Project::STATE_APPROVED);
  EXPECT_EQ(updated->approved_baseline(), "projects/p/baselines/1");
}

TEST_F(ProjectTest, WhatCameOfAnObjectiveVoidsNothing) {
  const auto record = [&](int objective, double actual, int day) {
    return Call<Project>("RecordObjectiveResult", Analyst(),
                         test::Proto<v1::RecordObjectiveResultRequest>(
                             absl::StrCat("name: 'projects/p' source: 'report' objective: ", objective, " actual: ", actual,
                                          " measure_date { year: 2026 month: 1 day: ", day, " }")));
  };
  CreateActionable("p");
  EXPECT_THAT(record(0, 1500, 1), HasReason("ILLEGAL_TRANSITION"));
  Submit("p");
  Approve("p");
  EXPECT_THAT(record(1, 1500, 2), test::HasViolation("objective", "NO_SUCH_OBJECTIVE"));
  EXPECT_THAT(record(1, 1500, 2), test::HasViolation("measure_date", "MEASURED_LATER"));
  EXPECT_FALSE(record(0, 1499.5, 1)->objective_results(0).attained());
  const auto reached = record(0, 1500, 1);
  ASSERT_THAT(reached, IsOk());
  ASSERT_EQ(reached->objective_results_size(), 1);
  EXPECT_TRUE(reached->objective_results(0).attained());
  EXPECT_EQ(reached->objective_results(0).recorder(), "employees/analyst");
  EXPECT_EQ(reached->state(), Project::STATE_APPROVED);
  EXPECT_EQ(reached->approved_baseline(), "projects/p/baselines/1");
  EXPECT_EQ(Update("title: 'Summer campaign'")->objective_results_size(), 1);
  EXPECT_EQ(Update("objectives { metric: 'revenue' }")->objective_results_size(), 0);
}

TEST_F(ProjectTest, AChangeOfASubmittedProjectWithdrawsIt) {
  CreateActionable("p");
  Submit("p");
  EXPECT_EQ(Update("capacity_hours_per_day: 9")->state(), Project::STATE_DRAFT);
  EXPECT_THAT(Actions("projects/p"), Contains("withdraw_submission"));
}

TEST_F(ProjectTest, ACompletedProjectHasNoUnfinishedTask) {
  CreateApproved("p");
  const absl::Status status = CompleteP().status();
  EXPECT_THAT(status, HasReason("TASKS_UNFINISHED"));
  EXPECT_THAT(Violations(status), ElementsAre("projects/p/tasks/copy TASK_UNFINISHED"));
  Do<v1::Task, v1::StartTaskRequest>("StartTask", Specialist(), "name: 'projects/p/tasks/copy'");
  Do<v1::Task, v1::CompleteTaskRequest>("CompleteTask", Specialist(), "name: 'projects/p/tasks/copy'");
  const auto completed = CompleteP();
  ASSERT_THAT(completed, IsOk());
  EXPECT_EQ(completed->state(), Project::STATE_COMPLETED);
  EXPECT_EQ(completed->approved_baseline(), "projects/p/baselines/1");
  EXPECT_THAT(completed->allowed_verbs(), ElementsAre("recordObjectiveResult"));
  EXPECT_THAT(Update("title: 'x'"), HasReason("PROJECT_CLOSED"));
  EXPECT_THAT(CancelP(), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(ProjectTest, ACancelledProjectDoesNotChange) {
  CreateApproved("p");
  const auto cancelled = CancelP();
  ASSERT_THAT(cancelled, IsOk());
  EXPECT_EQ(cancelled->state(), Project::STATE_CANCELLED);
  EXPECT_EQ(cancelled->state_reason(), "risks/r1 is avoided");
  EXPECT_EQ(cancelled->approved_baseline(), "");
  EXPECT_THAT(Update("title: 'x'"), HasReason("PROJECT_CLOSED"));
  EXPECT_THAT((Refused<v1::Task, v1::CreateTaskRequest>("CreateTask", Specialist(), "parent: 'projects/p' task { title: 't' }")),
              HasReason("PROJECT_CLOSED"));
  EXPECT_THAT((Refused<v1::Scheme, v1::CreateSchemeRequest>("CreateScheme", Specialist(), "parent: 'projects/p' scheme { title: 't' }")),
              HasReason("PROJECT_CLOSED"));
}

TEST_F(ProjectTest, ThePersonsLoadCountsSubmittedAndApprovedProjects) {
  CreateActionable("p");
  CreateActionable("q");  // 40 hours of the same person in the same week.
  EXPECT_TRUE(Check("q").actionable()) << "a draft takes no time";
  Submit("p");
  EXPECT_THAT((Violations(Refused<Project, v1::SubmitProjectRequest>("SubmitProject", Manager(), "name: 'projects/q'"))),
              ElementsAre("employees/wang PERSON_OVERLOADED"));
  ASSERT_THAT(CancelP(), IsOk());
  EXPECT_TRUE(Check("q").actionable());
}

TEST_F(ProjectTest, TheScheduleComesFromTasksAndCalendar) {
  CreateProject("p");
  CreateTask("projects/p", "copy");
  CreateTask("projects/p", "print", "dependencies { predecessor: 'projects/p/tasks/copy' lag_days: 1 }");
  CalendarArrives("calendars/branch/versions/1", RulesForTest({absl::CivilDay(2026, 1, 12)}));
  Do<v1::PlanPeriod, v1::UpdatePlanPeriodRequest>("UpdatePlanPeriod", Manager(),
                                                  "plan_period { name: 'planPeriods/q1' calendar: 'calendars/branch' }");
  const auto schedule = Do<v1::Schedule, v1::GetScheduleRequest>("GetSchedule", Analyst(), "project: 'projects/p'");
  ASSERT_EQ(schedule.tasks_size(), 2);
  EXPECT_EQ(schedule.tasks(1).task(), "projects/p/tasks/print");
  EXPECT_EQ(schedule.tasks(1).early_start().day(), 14) << "the 10th and 11th are a weekend, the 12th a holiday, the 13th is the lag";
  EXPECT_TRUE(schedule.tasks(0).critical());
  EXPECT_EQ(schedule.duration_days(), 11);
}

TEST_F(ProjectTest, WhatCannotBeScheduledIsNamed) {
  CreateProject("p");
  Do<v1::Task, v1::CreateTaskRequest>("CreateTask", Specialist(), "parent: 'projects/p' task_id: 't' task { title: 't' }");
  const absl::Status status = Refused<v1::Schedule, v1::GetScheduleRequest>("GetSchedule", Analyst(), "project: 'projects/p'");
  EXPECT_THAT(status, HasReason("NOT_SCHEDULABLE"));
  EXPECT_THAT(Violations(status), ElementsAre("projects/p/tasks/t TASK_DATES_MISSING", "projects/p/tasks/t TASK_DATES_MISSING"));
  EXPECT_THAT((Refused<v1::Schedule, v1::GetScheduleRequest>("GetSchedule", Analyst(), "project: 'projects/none'")),
              HasReason("NOT_FOUND"));
  EXPECT_THAT(
      (Refused<v1::CheckActionabilityResponse, v1::CheckActionabilityRequest>("CheckActionability", Analyst(), "name: 'projects/none'")),
      HasReason("NOT_FOUND"));
}

TEST_F(ProjectTest, OnlyTheManagerDecides) {
  CreateActionable("p");
  Submit("p");
  EXPECT_THAT((Verb<v1::ApproveProjectRequest>("ApproveProject", Specialist())), HasReason("PERMISSION_DENIED"));
  EXPECT_THAT((Verb<v1::RejectProjectRequest>("RejectProject", Specialist(), "reason: 'r'")), HasReason("PERMISSION_DENIED"));
  EXPECT_THAT((Verb<v1::CancelProjectRequest>("CancelProject", Specialist(), "reason: 'r'")), HasReason("PERMISSION_DENIED"));
  EXPECT_THAT((Verb<v1::CompleteProjectRequest>("CompleteProject", Specialist())), HasReason("PERMISSION_DENIED"));
  EXPECT_THAT((Verb<v1::SubmitProjectRequest>("SubmitProject", Analyst())), HasReason("PERMISSION_DENIED"));
}

TEST_F(ProjectTest, TheDiagramShowsTheGuards) {
  EXPECT_THAT(ProjectMachine().Diagram(), HasSubstr("submit"));
  EXPECT_THAT(ProjectMachine().AllowedVerbs(Project::STATE_CANCELLED), IsEmpty());
}

// On several nodes of a cluster only a changed row shows a conflict (Kind::Guard).
TEST_F(ProjectTest, EveryChangeOfTasksAndSchemesChangesTheProjectsRow) {
  CreateActionable("p");
  int64_t guard = GuardOf("projects", "projects/p");
  EXPECT_EQ(guard, 3) << "a task, a scheme and a citation were created";
  const auto expect_changed = [&](const char* what) { EXPECT_EQ(GuardOf("projects", "projects/p"), ++guard) << what; };
  const auto task = [&](const char* id) { return absl::StrCat("name: 'projects/p/tasks/", id, "'"); };
  CreateTask("projects/p", "more");
  expect_changed("a task was created");
  Do<v1::Task, v1::UpdateTaskRequest>("UpdateTask", Specialist(), absl::StrCat("task { ", task("more"), " title: 'More' }"));
  expect_changed("a task was changed");
  Do<google::protobuf::Empty, v1::DeleteTaskRequest>("DeleteTask", Specialist(), task("more"));
  expect_changed("a task was deleted");
  CreateTask("projects/p", "other");
  expect_changed("a task was created");
  Do<v1::Task, v1::CancelTaskRequest>("CancelTask", Specialist(), task("other"));
  expect_changed("a task was cancelled");
  CreateScheme("projects/p", "v2");
  expect_changed("a scheme was created");
  Do<v1::Scheme, v1::UpdateSchemeRequest>("UpdateScheme", Specialist(), "scheme { name: 'projects/p/schemes/v2' title: 'Two' }");
  expect_changed("a scheme was changed");
  Do<v1::Scheme, v1::DiscardSchemeRequest>("DiscardScheme", Specialist(), "name: 'projects/p/schemes/v2'");
  expect_changed("a scheme was discarded");
  Submit("p");
  Approve("p");
  guard = GuardOf("projects", "projects/p");
  Do<v1::Task, v1::StartTaskRequest>("StartTask", Specialist(), task("copy"));
  expect_changed("a task was started");
  Do<v1::Task, v1::CompleteTaskRequest>("CompleteTask", Specialist(), task("copy"));
  expect_changed("a task was completed");
  Do<v1::Task, v1::ReopenTaskRequest>("ReopenTask", Specialist(), task("copy"));
  expect_changed("a task was reopened");
}

}  // namespace
}  // namespace heitie::planning
