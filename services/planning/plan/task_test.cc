#include "services/planning/plan/task.h"

#include "google/protobuf/empty.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/schedule.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::IsOk;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::Task;

TEST(TaskFieldsTest, DependenciesStayInTheProjectAndAreUnique) {
  status::BadFields bad;
  CheckFields(test::Proto<Task>(R"pb(
                name: "projects/p/tasks/a"
                dependencies { predecessor: "projects/p/tasks/a" }
                dependencies { predecessor: "projects/q/tasks/b" }
                dependencies { predecessor: "projects/p/tasks/c" }
                dependencies { predecessor: "projects/p/tasks/c" type: TYPE_START_TO_START }
                dependencies { predecessor: "projects/p/tasks/c" type: TYPE_FINISH_TO_START })pb"),
              bad);
  EXPECT_THAT(Violations(bad.status()),
              ElementsAre("task.dependencies[0].predecessor UNKNOWN_PREDECESSOR", "task.dependencies[1].predecessor UNKNOWN_PREDECESSOR",
                          "task.dependencies[4].predecessor DEPENDENCY_TWICE"));
}

class TaskTest : public PlanningTest {
 protected:
  TaskTest() { CreateQuarter(); }

  absl::StatusOr<Task> Create(const std::string& fields) {
    return Call<Task>("CreateTask", Specialist(),
                      test::Proto<v1::CreateTaskRequest>("parent: 'projects/p' task { title: 't' " + fields + "}"));
  }
  absl::StatusOr<Task> Update(const std::string& fields, const std::string& mask = "") {
    return Call<Task>("UpdateTask", Specialist(),
                      test::Proto<v1::UpdateTaskRequest>("task { name: 'projects/p/tasks/copy' " + fields + "}" + mask));
  }
  absl::StatusOr<google::protobuf::Empty> Delete(const std::string& id) {
    v1::DeleteTaskRequest request;
    request.set_name("projects/p/tasks/" + id);
    return Call<google::protobuf::Empty>("DeleteTask", Specialist(), request);
  }
  template <typename Req>
  absl::StatusOr<Task> Verb(const std::string& method, const std::string& more = "") {
    return Call<Task>(method, Specialist(), test::Proto<Req>("name: 'projects/p/tasks/copy' " + more));
  }
  absl::StatusOr<Task> Start() { return Verb<v1::StartTaskRequest>("StartTask"); }
  absl::StatusOr<Task> Complete() { return Verb<v1::CompleteTaskRequest>("CompleteTask"); }
  absl::StatusOr<Task> Cancel() { return Verb<v1::CancelTaskRequest>("CancelTask"); }
  absl::StatusOr<Task> Reopen() { return Verb<v1::ReopenTaskRequest>("ReopenTask"); }
};

TEST_F(TaskTest, CreateGetAndList) {
  CreateProject("p");
  CreateProject("p2");
  const Task task = CreateTask("projects/p", "copy");
  CreateTask("projects/p2", "other");
  EXPECT_EQ(task.name(), "projects/p/tasks/copy");
  EXPECT_EQ(task.state(), Task::STATE_OPEN);
  EXPECT_THAT(task.allowed_verbs(), ElementsAre("start", "cancel"));
  const auto got = Do<Task, v1::GetTaskRequest>("GetTask", Analyst(), "name: 'projects/p/tasks/copy'");
  EXPECT_THAT(got, test::EqualsProto(task));
  const auto page = Do<v1::ListTasksResponse, v1::ListTasksRequest>("ListTasks", Analyst(), "parent: 'projects/p'");
  ASSERT_EQ(page.tasks_size(), 1);
  EXPECT_THAT(page.tasks(0), test::EqualsProto(task));
}

TEST_F(TaskTest, ADraftMayBeIncompleteButNotContradictory) {
  CreateProject("p");
  const auto bare = Create("");
  ASSERT_THAT(bare, IsOk());
  EXPECT_FALSE(bare->has_start_date() || bare->has_end_date() || bare->has_estimate_hours());
  EXPECT_THAT(Violations(Create("start_date { year: 2026 month: 1 day: 6 } end_date { year: 2026 month: 1 day: 5 }").status()),
              ElementsAre("task.end_date DATES_REVERSED"));
  EXPECT_THAT(
      Violations(Create("milestone: true start_date { year: 2026 month: 1 day: 5 } end_date { year: 2026 month: 1 day: 6 }").status()),
      ElementsAre("task.end_date MILESTONE_SPANS_DAYS"));
  EXPECT_THAT(Violations(Create("dependencies { predecessor: 'projects/p/tasks/none' }").status()),
              ElementsAre("task.dependencies[0].predecessor UNKNOWN_PREDECESSOR"));
  EXPECT_THAT(Create("progress_percent: 1"), HasReason("PROGRESS_NOT_IN_PROGRESS"));
}

TEST_F(TaskTest, TheProjectMustExist) {
  EXPECT_THAT((Refused<Task, v1::CreateTaskRequest>("CreateTask", Manager(), "parent: 'projects/none' task { title: 't' }")),
              HasReason("NOT_FOUND"));
}

TEST_F(TaskTest, AChangeOfDatesOrScopeVoidsTheApproval) {
  CreateApproved("p");
  for (const std::string change :
       {"end_date { year: 2026 month: 1 day: 12 }", "estimate_hours: 39", "start_date { year: 2026 month: 1 day: 6 }"}) {
    ASSERT_THAT(Update(change), IsOk()) << change;
    EXPECT_EQ(Get("p").state(), v1::Project::STATE_DRAFT) << change;
    EXPECT_EQ(Get("p").state_reason(), "projects/p/tasks/copy was changed");
    Submit("p");
    Approve("p");
  }
  int voided = 0;
  for (const std::string& action : Actions("projects/p")) voided += action == "void_approval";
  EXPECT_EQ(voided, 3);
}

TEST_F(TaskTest, AChangeOfWordsOrOwnerDoesNotVoidTheApproval) {
  CreateApproved("p");
  ASSERT_THAT(Update("title: 'x' description: 'd' owner: 'employees/zhao'"), IsOk());
  EXPECT_EQ(Get("p").state(), v1::Project::STATE_APPROVED);
}

TEST_F(TaskTest, AddingAndDeletingTasksVoidsTheApproval) {
  CreateApproved("p");
  CreateTask("projects/p", "extra", "owner: 'employees/zhao'");
  EXPECT_EQ(Get("p").state(), v1::Project::STATE_DRAFT);
  Submit("p");
  Approve("p");
  ASSERT_THAT(Delete("extra"), IsOk());
  EXPECT_EQ(Get("p").state(), v1::Project::STATE_DRAFT);
  EXPECT_THAT(Actions("projects/p/tasks/extra"), ElementsAre("create", "delete"));
}

TEST_F(TaskTest, CancellingATaskVoidsTheApprovalAndTakesItOutOfTheSchedule) {
  CreateApproved("p");
  const auto cancelled = Cancel();
  ASSERT_THAT(cancelled, IsOk());
  EXPECT_EQ(cancelled->state(), Task::STATE_CANCELLED);
  EXPECT_EQ(Get("p").state(), v1::Project::STATE_DRAFT);
  EXPECT_EQ((Do<v1::Schedule, v1::GetScheduleRequest>("GetSchedule", Analyst(), "project: 'projects/p'").tasks_size()), 0);
  EXPECT_THAT(Update("title: 'x'"), HasReason("TASK_CLOSED"));
}

TEST_F(TaskTest, WorkBeginsWithTheApproval) {
  CreateActionable("p");
  EXPECT_THAT(Start(), HasReason("PROJECT_NOT_APPROVED"));
  Submit("p");
  EXPECT_THAT(Start(), HasReason("PROJECT_NOT_APPROVED"));
  Approve("p");
  const auto started = Start();
  ASSERT_THAT(started, IsOk());
  EXPECT_EQ(started->state(), Task::STATE_IN_PROGRESS);
  EXPECT_EQ(Get("p").state(), v1::Project::STATE_APPROVED) << "work is no change of the plan";
}

TEST_F(TaskTest, ProgressAndCompletion) {
  CreateApproved("p");
  EXPECT_THAT(Update("progress_percent: 10"), HasReason("PROGRESS_NOT_IN_PROGRESS"));
  EXPECT_THAT(Complete(), HasReason("ILLEGAL_TRANSITION"));
  ASSERT_THAT(Start(), IsOk());
  ASSERT_THAT(Update("progress_percent: 60"), IsOk());
  const auto done = Complete();
  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->progress_percent(), 100);
  EXPECT_THAT(done->allowed_verbs(), ElementsAre("reopen"));
  EXPECT_THAT(Update("title: 'x'"), HasReason("TASK_CLOSED"));
  const auto reopened = Reopen();
  ASSERT_THAT(reopened, IsOk());
  EXPECT_EQ(reopened->state(), Task::STATE_IN_PROGRESS);
  EXPECT_EQ(reopened->progress_percent(), 0);
  EXPECT_EQ(Get("p").state(), v1::Project::STATE_APPROVED);
  EXPECT_THAT(Actions("projects/p/tasks/copy"), ElementsAre("create", "start", "update", "complete", "reopen"));
}

TEST_F(TaskTest, DeleteOnlyWhatIsOpenAndUnused) {
  CreateApproved("p");
  CreateTask("projects/p", "print",
             "owner: 'employees/zhao' start_date { month: 1 day: 12 } end_date { month: 1 day: 16 } dependencies { predecessor: "
             "'projects/p/tasks/copy' }");
  EXPECT_THAT(Delete("copy"), HasReason("TASK_IN_USE"));
  ASSERT_THAT(Delete("print"), IsOk());
  Submit("p");
  Approve("p");
  ASSERT_THAT(Start(), IsOk());
  EXPECT_THAT(Delete("copy"), HasReason("TASK_CLOSED"));
  EXPECT_THAT(Delete("none"), HasReason("NOT_FOUND"));
}

TEST_F(TaskTest, AClosedProjectsTasksDoNotChange) {
  CreateApproved("p");
  ASSERT_THAT(Start(), IsOk());
  Do<v1::Project, v1::CancelProjectRequest>("CancelProject", Manager(), "name: 'projects/p' reason: 'r'");
  EXPECT_THAT(Update("title: 'x'"), HasReason("PROJECT_CLOSED"));
  EXPECT_THAT(Complete(), HasReason("PROJECT_CLOSED"));
  EXPECT_THAT(Cancel(), HasReason("PROJECT_CLOSED"));
  EXPECT_THAT(Delete("copy"), HasReason("PROJECT_CLOSED"));
}

TEST_F(TaskTest, AStaleEtagIsRefused) {
  CreateApproved("p");
  EXPECT_THAT((Verb<v1::StartTaskRequest>("StartTask", "etag: '9'")), HasReason("STALE_ETAG"));
  EXPECT_THAT(Update("title: 'x' etag: '9'"), HasReason("STALE_ETAG"));
}

TEST_F(TaskTest, AProjectHasAtMost500Tasks) {
  CreateProject("p");
  ASSERT_THAT(
      store_.Read(Manager(),
                  [](sql::Session& session) {
                    return session
                        .Execute(
                            "INSERT INTO tasks (name, title, description, owner, milestone, progress_percent, state, etag, create_time, "
                            "update_time, creator) WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 500) "
                            "SELECT CONCAT('projects/p/tasks/t', i), 't', '', '', FALSE, 0, 'STATE_OPEN', '1', NOW(6), NOW(6), '' FROM n")
                        .status();
                  }),
      IsOk());
  EXPECT_THAT(Create(""), HasReason("TOO_MANY_TASKS"));
}

TEST_F(TaskTest, OnlyPlannersChangeTasks) {
  CreateProject("p");
  const auto request = test::Proto<v1::CreateTaskRequest>("parent: 'projects/p' task { title: 't' }");
  EXPECT_THAT(Call<Task>("CreateTask", Analyst(), request), HasReason("PERMISSION_DENIED"));
  EXPECT_THAT(Call<Task>("CreateTask", ServiceCaller(), request), HasReason("PERMISSION_DENIED"));
}

}  // namespace
}  // namespace heitie::planning
