// The control of projects, through the service.
#include "google/protobuf/empty.pb.h"
#include "heitie/planning/v1/earned_value.pb.h"
#include "heitie/planning/v1/gantt.pb.h"
#include "heitie/planning/v1/person_load.pb.h"
#include "heitie/planning/v1/plan_difference.pb.h"
#include "heitie/planning/v1/plan_duty.pb.h"
#include "heitie/planning/v1/progress_report.pb.h"
#include "heitie/planning/v1/project_forecast.pb.h"
#include "heitie/planning/v1/project_type.pb.h"
#include "heitie/planning/v1/schedule_variance.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "services/planning/control/person_load.h"
#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::IsOk;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::Task;

class ControlTest : public PlanningTest {
 protected:
  ControlTest() { CreateQuarter(); }

  // The case of the issue: an approved project from Monday 2 March on; A on working days 1–4, B on 5–10, C on 5–6.
  void CreateGolden() {
    CreateProject("p", "start_date { year: 2026 month: 3 day: 2 } end_date { year: 2026 month: 3 day: 31 }");
    Do<v1::Project, v1::UpdateProjectRequest>("UpdateProject", Specialist(),
                                              R"pb(project {
                                                     name: "projects/p"
                                                     objectives {
                                                       metric: "new_users"
                                                       unit: "users"
                                                       baseline: 0
                                                       target: 9
                                                       target_date { year: 2026 month: 3 day: 31 }
                                                     }
                                                   })pb");
    CreateTask("projects/p", "a", March(2, 5) + "owner: 'employees/wang' planned_cost_minor: 40000 estimate_hours: 32");
    CreateTask("projects/p", "b", March(6, 13) + "owner: 'employees/li' planned_cost_minor: 60000 estimate_hours: 48");
    CreateTask("projects/p", "c", March(6, 9) + "owner: 'employees/mei' planned_cost_minor: 20000 estimate_hours: 16");
    CreateScheme("projects/p", "v1");
    GiveEvidence("projects/p");
    Submit("p");
    Approve("p");
  }
  static std::string March(int start, int end) {
    return absl::StrCat("start_date { year: 2026 month: 3 day: ", start, " } end_date { year: 2026 month: 3 day: ", end, " } ");
  }
  static std::string AsOf(int day) { return absl::StrCat(" as_of { year: 2026 month: 3 day: ", day, " }"); }
  // 18:00 of a day in March in Taipei.
  void GoTo(int day) { clock_.Set(absl::FromCivil(absl::CivilHour(2026, 3, day, 10), absl::UTCTimeZone())); }
  rpc::Call Owner(const std::string& id) const { return test::By("employees/" + id, {options::v1::ROLE_DEPARTMENT_MEMBER}, clock_.Now()); }
  absl::StatusOr<v1::ProgressReport> Report(const std::string& task, const std::string& owner, int day, const std::string& more) {
    return Call<v1::ProgressReport>(
        "CreateProgressReport", Owner(owner),
        test::Proto<v1::CreateProgressReportRequest>(absl::StrCat(
            "parent: 'projects/p/tasks/", task, "' progress_report { report_date { year: 2026 month: 3 day: ", day, " } ", more, " }")));
  }
  Task GetTask(const std::string& id) { return Do<Task, v1::GetTaskRequest>("GetTask", Analyst(), "name: 'projects/p/tasks/" + id + "'"); }
  v1::ProjectForecast Forecast(const std::string& more) {
    return Do<v1::ProjectForecast, v1::ForecastProjectRequest>("ForecastProject", Analyst(), "name: 'projects/p' " + more);
  }
  v1::EarnedValue Earned(const std::string& more) {
    return Do<v1::EarnedValue, v1::ComputeEarnedValueRequest>("ComputeEarnedValue", Analyst(), "name: 'projects/p' " + more);
  }
  v1::Gantt Chart(const std::string& more) {
    return Do<v1::Gantt, v1::GetGanttRequest>("GetGantt", Analyst(), "project: 'projects/p' " + more);
  }
  void ReportGolden() {
    GoTo(9);
    EXPECT_THAT(Report("a", "wang", 2, "percent: 10"), IsOk());
    EXPECT_THAT(Report("a", "wang", 5, "percent: 100 hours: 30"), IsOk());
    EXPECT_THAT(Report("b", "li", 9, "percent: 10 hours: 5"), IsOk());
    EXPECT_THAT(Report("c", "mei", 6, "percent: 20"), IsOk());
    EXPECT_THAT(Report("c", "mei", 9, "percent: 50"), IsOk());
  }
};

TEST_F(ControlTest, NobodyDecidesWhatTheySubmittedOrOwn) {
  CreateActionable("p");
  Do<v1::Project, v1::SubmitProjectRequest>("SubmitProject", Manager(), "name: 'projects/p'");
  EXPECT_EQ(Get("p").submitter(), "employees/manager");
  EXPECT_THAT((Refused<v1::Project, v1::ApproveProjectRequest>("ApproveProject", Manager(), "name: 'projects/p'")),
              HasReason("OWN_PROJECT_PLAN"));
  const rpc::Call owner = test::By("employees/li", {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now());
  EXPECT_THAT((Refused<v1::Project, v1::ApproveProjectRequest>("ApproveProject", owner, "name: 'projects/p'")),
              HasReason("OWN_PROJECT_PLAN"));
  EXPECT_EQ(Get("p").state(), v1::Project::STATE_SUBMITTED);
  const rpc::Call other = test::By("employees/chen", {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now());
  EXPECT_EQ((Do<v1::Project, v1::ApproveProjectRequest>("ApproveProject", other, "name: 'projects/p'")).state(),
            v1::Project::STATE_APPROVED);
}

TEST_F(ControlTest, ATypeIsThere) {
  CreateProject("p");
  EXPECT_THAT((Refused<v1::Project, v1::UpdateProjectRequest>("UpdateProject", Specialist(),
                                                              "project { name: 'projects/p' project_type: 'projectTypes/fair' }")),
              HasReason("NOT_FOUND"));
  Do<v1::ProjectType, v1::CreateProjectTypeRequest>("CreateProjectType", Manager(),
                                                    "project_type_id: 'fair' project_type { title: 'Fair' }");
  EXPECT_EQ((Do<v1::Project, v1::UpdateProjectRequest>("UpdateProject", Specialist(),
                                                       "project { name: 'projects/p' project_type: 'projectTypes/fair' }"))
                .project_type(),
            "projectTypes/fair");
}

TEST_F(ControlTest, AParentIsWhatItsPartsAre) {
  CreateProject("p");
  CreateTask("projects/p", "all", "estimate_hours: 3");
  CreateTask("projects/p", "one", "parent_task: 'projects/p/tasks/all' planned_cost_minor: 5");
  CreateTask("projects/p", "two", "parent_task: 'projects/p/tasks/all' planned_cost_minor: 7 end_date { day: 15 }");
  EXPECT_EQ(GetTask("all").estimate_hours(), 80);
  EXPECT_EQ(GetTask("all").planned_cost_minor(), 12);
  EXPECT_EQ(GetTask("all").part_count(), 2);
  EXPECT_EQ(GetTask("all").end_date().day(), 15);
  EXPECT_THAT(Actions("projects/p/tasks/all"), ElementsAre("create", "roll_up", "roll_up"));

  EXPECT_THAT((Refused<Task, v1::UpdateTaskRequest>("UpdateTask", Specialist(), "task { name: 'projects/p/tasks/all' estimate_hours: 9 }")),
              HasReason("INVALID_FIELDS"));
  EXPECT_THAT((Refused<Task, v1::CancelTaskRequest>("CancelTask", Specialist(), "name: 'projects/p/tasks/all'")),
              HasReason("TASK_HAS_PARTS"));
  EXPECT_THAT((Refused<google::protobuf::Empty, v1::DeleteTaskRequest>("DeleteTask", Specialist(), "name: 'projects/p/tasks/all'")),
              HasReason("TASK_IN_USE"));
  EXPECT_EQ(
      (Do<Task, v1::UpdateTaskRequest>("UpdateTask", Specialist(), "task { name: 'projects/p/tasks/all' title: 'All of it' }")).title(),
      "All of it");
  Do<Task, v1::CancelTaskRequest>("CancelTask", Specialist(), "name: 'projects/p/tasks/two'");
  EXPECT_EQ(GetTask("all").planned_cost_minor(), 5);
  // It moves to the top: the parent has no part that counts.
  Do<Task, v1::UpdateTaskRequest>("UpdateTask", Specialist(), "task { name: 'projects/p/tasks/one' } update_mask { paths: 'parent_task' }");
  EXPECT_EQ(GetTask("all").state(), Task::STATE_CANCELLED);
  EXPECT_EQ(GetTask("all").part_count(), 1);
}

TEST_F(ControlTest, PartsAreJudgedAndNotTheirParents) {
  CreateProject("p");
  CreateTask("projects/p", "all");
  CreateTask("projects/p", "one", "parent_task: 'projects/p/tasks/all' estimate_hours: 40");
  CreateScheme("projects/p", "v1");
  GiveEvidence("projects/p");
  // Forty hours in a week of forty: counted twice they would be too many.
  EXPECT_EQ(Submit("p").state(), v1::Project::STATE_SUBMITTED);
}

TEST_F(ControlTest, ReportsAreTheOwnersAndFitIntoHistory) {
  CreateGolden();
  GoTo(9);
  EXPECT_THAT(Report("b", "wang", 9, "percent: 5"), HasReason("NOT_YOUR_TASK"));
  EXPECT_THAT(Report("b", "li", 10, "percent: 5"), HasReason("INVALID_FIELDS")) << "tomorrow";
  EXPECT_THAT(Report("b", "li", 9, "percent: 40 remaining_days: 2"), IsOk());
  EXPECT_EQ(GetTask("b").state(), Task::STATE_IN_PROGRESS);
  EXPECT_EQ(GetTask("b").remaining_days(), 2);
  EXPECT_THAT(Report("b", "li", 6, "percent: 10"), IsOk());
  EXPECT_EQ(GetTask("b").progress_percent(), 40) << "what is later stays";
  EXPECT_EQ(GetTask("b").actual_start_date().day(), 6);
  EXPECT_THAT(Report("b", "li", 9, "percent: 100"), IsOk());
  EXPECT_EQ(GetTask("b").state(), Task::STATE_DONE);
  EXPECT_EQ(GetTask("b").actual_finish_date().day(), 9);
  EXPECT_THAT(Report("b", "li", 9, "percent: 50"), HasReason("TASK_CLOSED"));
  EXPECT_THAT(Report("b", "li", 7, "percent: 50"), IsOk());
  EXPECT_EQ(Get("p").state(), v1::Project::STATE_APPROVED) << "no report voids an approval";
  EXPECT_EQ((Do<v1::ListProgressReportsResponse, v1::ListProgressReportsRequest>("ListProgressReports", Analyst(),
                                                                                 "parent: 'projects/p/tasks/b'"))
                .progress_reports_size(),
            4);
}

TEST_F(ControlTest, WhoeverStandsInReportsOnRecord) {
  CreateGolden();
  EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                   [](sql::Session& session) {
                                     return session
                                         .Execute(
                                             "INSERT INTO mirrored_employees (name, etag, superior, department, absences) VALUES "
                                             "('employees/li', '1', '', '', ?)",
                                             sql::Bind(R"({"absences":[{"start_date":{"year":2026,"month":3,"day":6},"end_date":{"year":)"
                                                       R"(2026,"month":3,"day":9},"deputy":"employees/wang"}]})"))
                                         .status();
                                   }),
              IsOk());
  GoTo(5);
  EXPECT_THAT(Report("b", "wang", 5, "percent: 5"), HasReason("NOT_YOUR_TASK")) << "li is there";
  GoTo(9);
  EXPECT_THAT(Report("b", "wu", 9, "percent: 5"), HasReason("NOT_YOUR_TASK"));
  EXPECT_THAT(Report("b", "wang", 9, "percent: 40"), IsOk());
  EXPECT_EQ((Do<v1::ListProgressReportsResponse, v1::ListProgressReportsRequest>("ListProgressReports", Analyst(),
                                                                                 "parent: 'projects/p/tasks/b'"))
                .progress_reports(0)
                .creator(),
            "employees/wang");
}

TEST_F(ControlTest, WhatPeopleDoToATaskIsAReport) {
  CreateGolden();
  GoTo(3);
  Do<Task, v1::StartTaskRequest>("StartTask", Specialist(), "name: 'projects/p/tasks/a'");
  GoTo(4);
  Do<Task, v1::UpdateTaskRequest>("UpdateTask", Specialist(), "task { name: 'projects/p/tasks/a' progress_percent: 60 }");
  GoTo(5);
  Do<Task, v1::CompleteTaskRequest>("CompleteTask", Specialist(), "name: 'projects/p/tasks/a'");
  EXPECT_EQ(GetTask("a").actual_start_date().day(), 3);
  EXPECT_EQ(GetTask("a").actual_finish_date().day(), 5);
  GoTo(6);
  const Task again = Do<Task, v1::ReopenTaskRequest>("ReopenTask", Specialist(), "name: 'projects/p/tasks/a'");
  EXPECT_EQ(again.progress_percent(), 0);
  EXPECT_FALSE(again.has_actual_finish_date());
  EXPECT_EQ(Forecast(AsOf(4)).tasks(0).percent(), 60);
  EXPECT_EQ(Forecast(AsOf(5)).tasks(0).percent(), 100);
}

TEST_F(ControlTest, TheForecastOfTheIssue) {
  CreateGolden();
  ReportGolden();
  const v1::ProjectForecast forecast = Forecast(AsOf(9));
  EXPECT_EQ(forecast.finish_date().day(), 17) << "B: Tuesday 17 March";
  EXPECT_EQ(forecast.baseline_finish_date().day(), 13);
  EXPECT_EQ(forecast.slip_days(), 2);
  EXPECT_THAT(forecast.critical_tasks(), ElementsAre("projects/p/tasks/b"));
  ASSERT_EQ(forecast.tasks_size(), 3);
  EXPECT_EQ(forecast.tasks(0).task(), "projects/p/tasks/a");
  EXPECT_EQ(forecast.tasks(0).finish_date().day(), 5) << "done work keeps its dates";
  EXPECT_EQ(forecast.tasks(2).task(), "projects/p/tasks/b");
  EXPECT_EQ(forecast.tasks(2).remaining_days(), 6);
  EXPECT_EQ(forecast.tasks(2).slip_days(), 2);
  EXPECT_EQ(forecast.basis().baseline(), "projects/p/baselines/1");
}

TEST_F(ControlTest, AskedAgainWithDayAndPositionTheAnswerIsTheSame) {
  CreateGolden();
  ReportGolden();
  const v1::ProjectForecast before = Forecast(AsOf(9));
  const v1::EarnedValue earned = Earned(AsOf(9));
  GoTo(12);
  EXPECT_THAT(Report("b", "li", 9, "percent: 90"), IsOk());
  Do<Task, v1::UpdateTaskRequest>("UpdateTask", Specialist(), "task { name: 'projects/p/tasks/c' " + March(6, 20) + " }");
  EXPECT_NE(Forecast(AsOf(9)).ShortDebugString(), before.ShortDebugString());
  const std::string asked = AsOf(9) + absl::StrCat(" position: ", before.basis().position());
  EXPECT_THAT(Forecast(asked), test::EqualsProto(before));
  EXPECT_THAT(Earned(AsOf(9) + absl::StrCat(" position: ", earned.basis().position(), " baseline: 'projects/p/baselines/1'")),
              test::EqualsProto(earned));
  EXPECT_THAT(
      (Refused<v1::ProjectForecast, v1::ForecastProjectRequest>("ForecastProject", Analyst(), "name: 'projects/p' position: 1000000")),
      HasReason("INVALID_FIELDS"));
}

TEST_F(ControlTest, SimulatesWithStatedSeedAndGenerator) {
  CreateGolden();
  Do<Task, v1::UpdateTaskRequest>("UpdateTask", Specialist(),
                                  "task { name: 'projects/p/tasks/b' duration_estimate { optimistic_days: 4 likely_days: 6 "
                                  "pessimistic_days: 14 } } update_mask { paths: 'duration_estimate' }");
  const auto simulate = [&](const std::string& more) {
    return Do<v1::ProjectSimulation, v1::SimulateProjectRequest>("SimulateProject", Analyst(), "name: 'projects/p' " + AsOf(1) + more);
  };
  const v1::ProjectSimulation once = simulate(" seed: 7 iterations: 20000");
  EXPECT_EQ(once.generator(), "philox4x32-10");
  ASSERT_EQ(once.finish_quantiles_size(), 4);
  EXPECT_NEAR(once.mean_days(), 4 + 7, 0.05) << "B begins on the fifth day";
  EXPECT_NEAR(once.finish_quantiles(2).days(), 4 + 8.503, 0.1);
  EXPECT_EQ(once.finish_quantiles(2).finish_date().day(), 18) << "in the course of the 13th working day";
  EXPECT_THAT(simulate(" seed: 7 iterations: 20000"), test::EqualsProto(once));
  EXPECT_THAT((Refused<v1::ProjectSimulation, v1::SimulateProjectRequest>("SimulateProject", Analyst(),
                                                                          "name: 'projects/p' iterations: 1000000 "
                                                                          "position: 999999")),
              HasReason("INVALID_FIELDS"));
}

TEST_F(ControlTest, EarnedValueOfTheIssue) {
  CreateGolden();
  ReportGolden();
  const v1::EarnedValue early = Earned(AsOf(9));
  EXPECT_FALSE(early.has_ac()) << "bookings were not heard yet";
  EXPECT_THAT(early.gaps(), Contains(::testing::HasSubstr("still being read")));
  EXPECT_EQ(early.pv(), 80000);
  EXPECT_EQ(early.ev(), 56000);

  const auto actual = [](int64_t before, int64_t after, const std::string& currency) {
    return std::make_pair(absl::StrCat(R"({"name":"encumbrances/e","subject":"projects/p","currency_code":")", currency,
                                       R"(","actual_minor":")", before, "\"}"),
                          absl::StrCat(R"({"name":"encumbrances/e","subject":"projects/p","currency_code":")", currency,
                                       R"(","actual_minor":")", after, "\"}"));
  };
  std::vector<type::v1::Event> events;
  for (const auto& [was, is] : {actual(0, 70000, "CNY"), actual(70000, 63000, "CNY"), actual(0, 500, "USD"), actual(63000, 64000, "CNY")}) {
    type::v1::Event& event = events.emplace_back();
    event.set_position(static_cast<int64_t>(events.size()));
    event.set_event_id(absl::StrCat("0000000000000000000000000", events.size()));
    event.set_subject_type("resource.heitie/Encumbrance");
    event.set_subject("encumbrances/e");
    event.set_action("record_actual");
    event.set_revision(static_cast<int64_t>(events.size()));
    event.set_before_json(was);
    event.set_after_json(is);
    // The last one on the 10th.
    *event.mutable_occur_time() = time::ToTimestamp(clock_.Now() + (events.size() == 4 ? absl::Hours(24) : absl::ZeroDuration()));
  }
  clients_["resource"].On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
      "heitie.resource.v1.RecordService/ListEvents", [&](const rpc::Call&, const type::v1::ListEventsRequest& request) {
        type::v1::ListEventsResponse response;
        for (const type::v1::Event& event : events) {
          if (event.position() > request.after_position()) *response.add_events() = event;
        }
        response.set_last_position(4);
        return response;
      });
  clients_["activity"].On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
      "heitie.activity.v1.RecordService/ListEvents",
      [&](const rpc::Call&, const type::v1::ListEventsRequest&) { return type::v1::ListEventsResponse(); });
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(absl::Seconds(2));
    EXPECT_THAT(jobs_.RunDue(), IsOk());
  }
  const v1::EarnedValue value = Earned(AsOf(9));
  EXPECT_EQ(value.unit(), v1::EarnedValue::UNIT_MONEY);
  EXPECT_EQ(value.ac(), 63000);
  EXPECT_EQ(value.eac(), 135000);
  EXPECT_EQ(value.eac_as_planned(), 127000);
  EXPECT_EQ(value.eac_by_both(), 165857);
  EXPECT_DOUBLE_EQ(value.es_days(), 4.8);
  EXPECT_DOUBLE_EQ(value.forecast_duration_days(), 12.5);
  EXPECT_EQ(value.ledger_position(), 4);
  ASSERT_EQ(value.other_spending_size(), 1);
  EXPECT_EQ(value.other_spending(0).amount_minor(), 500);
  EXPECT_EQ(Earned(AsOf(10)).ac(), 64000);
  EXPECT_EQ(Earned(AsOf(10) + " ledger_position: 1").ac(), 70000);
  ASSERT_EQ(value.tasks_size(), 3);
  EXPECT_EQ(value.tasks(1).ev(), 6000);
}

TEST_F(ControlTest, WithoutCostsHoursAreEarned) {
  CreateApproved("q");
  GoTo(9);
  const auto value = Do<v1::EarnedValue, v1::ComputeEarnedValueRequest>("ComputeEarnedValue", Analyst(), "name: 'projects/q'");
  EXPECT_EQ(value.unit(), v1::EarnedValue::UNIT_HOURS);
  EXPECT_EQ(value.bac(), 4000);
  EXPECT_EQ(value.ac(), 0);
  EXPECT_FALSE(value.has_cpi());
  CreateProject("draft");
  EXPECT_THAT((Refused<v1::EarnedValue, v1::ComputeEarnedValueRequest>("ComputeEarnedValue", Analyst(), "name: 'projects/draft'")),
              HasReason("NO_BASELINE"));
}

TEST_F(ControlTest, TheChartHasEverythingInOneAnswer) {
  CreateGolden();
  ReportGolden();
  CreateTask("projects/p", "phase");
  CreateTask("projects/p", "d",
             "parent_task: 'projects/p/tasks/phase' " + March(16, 17) + "dependencies { predecessor: 'projects/p/tasks/b' }");
  const v1::Gantt chart = Chart(AsOf(9) + " baseline: 'projects/p/baselines/1'");
  ASSERT_EQ(chart.rows_size(), 5);
  EXPECT_EQ(chart.rows(0).task(), "projects/p/tasks/a");
  EXPECT_EQ(chart.rows(0).actual().end_date().day(), 5);
  EXPECT_EQ(chart.rows(1).task(), "projects/p/tasks/b");
  EXPECT_EQ(chart.rows(1).baseline().end_date().day(), 13);
  EXPECT_EQ(chart.rows(1).forecast().end_date().day(), 17);
  EXPECT_TRUE(chart.rows(1).forecast_critical());
  EXPECT_EQ(chart.rows(3).task(), "projects/p/tasks/phase");
  EXPECT_EQ(chart.rows(3).forecast().start_date().day(), 18) << "of its part, after B";
  EXPECT_FALSE(chart.rows(3).has_baseline());
  EXPECT_EQ(chart.rows(4).level(), 2);
  EXPECT_EQ(chart.rows(4).dependencies_size(), 1);
  EXPECT_EQ(chart.forecast_finish_date().day(), 19);
}

TEST_F(ControlTest, ComparesBaselinesWithNow) {
  CreateGolden();
  Do<Task, v1::UpdateTaskRequest>("UpdateTask", Specialist(), "task { name: 'projects/p/tasks/c' " + March(6, 10) + " title: 'C' }");
  const auto compare = [&](const std::string& more) {
    return Do<v1::PlanDifference, v1::ComparePlansRequest>("ComparePlans", Analyst(), "name: 'projects/p' " + more);
  };
  const v1::PlanDifference difference = compare("from: 'projects/p/baselines/1'");
  ASSERT_EQ(difference.resources_size(), 1) << difference.ShortDebugString();
  EXPECT_EQ(difference.resources(0).subject(), "projects/p/tasks/c");
  EXPECT_EQ(difference.resources(0).end_moved_days(), 1);
  EXPECT_THAT(compare("from: 'projects/p/baselines/1' to: 'projects/p/baselines/1'").resources(), IsEmpty());
  EXPECT_THAT(
      (Refused<v1::PlanDifference, v1::ComparePlansRequest>("ComparePlans", Analyst(), "name: 'projects/p' from: 'projects/p/schemes/v1'")),
      HasReason("INVALID_FIELDS"));
}

TEST_F(ControlTest, LatenessIsToldOnceForEachTimeThatItComes) {
  CreateGolden();
  GoTo(9);
  const auto variances = [&] {
    clock_.Advance(absl::Minutes(1));
    EXPECT_THAT(jobs_.RunDue(), IsOk());
    std::vector<std::string> open;
    const auto answer =
        Do<v1::ListScheduleVariancesResponse, v1::ListScheduleVariancesRequest>("ListScheduleVariances", Analyst(), "parent: 'projects/p'");
    for (const v1::ScheduleVariance& variance : answer.schedule_variances()) {
      if (variance.state() == v1::ScheduleVariance::STATE_OPEN) open.push_back(variance.name().substr(29));
    }
    return open;
  };
  EXPECT_THAT(Report("b", "li", 9, "percent: 10 remaining_days: 6"), IsOk());
  EXPECT_THAT(Report("a", "wang", 9, "percent: 100"), IsOk());
  EXPECT_THAT(Report("c", "mei", 9, "percent: 100"), IsOk());
  EXPECT_THAT(variances(), IsEmpty()) << "two days are allowed";
  EXPECT_THAT(Report("b", "li", 9, "percent: 10 remaining_days: 7"), IsOk());
  EXPECT_THAT(variances(), ElementsAre("project", "task-b"));
  EXPECT_THAT(variances(), ElementsAre("project", "task-b"));
  EXPECT_THAT(Actions("projects/p/scheduleVariances/project"), ElementsAre("open"));
  const auto duties = Do<v1::ListPlanDutiesResponse, v1::ListPlanDutiesRequest>("ListPlanDuties", Manager(),
                                                                                "filter: 'kind = KIND_SLIPPAGE AND state = STATE_OPEN'");
  ASSERT_EQ(duties.plan_duties_size(), 1);
  EXPECT_EQ(duties.plan_duties(0).owner(), "employees/li");
  EXPECT_THAT(Report("b", "li", 9, "percent: 30 remaining_days: 5"), IsOk());
  EXPECT_THAT(variances(), IsEmpty());
  EXPECT_THAT(Report("b", "li", 9, "percent: 30 remaining_days: 9"), IsOk());
  EXPECT_THAT(variances(), ElementsAre("project", "task-b"));
  const auto told = [&](const std::string& id) {
    return Do<v1::ScheduleVariance, v1::GetScheduleVarianceRequest>("GetScheduleVariance", Analyst(),
                                                                    "name: 'projects/p/scheduleVariances/" + id + "'");
  };
  EXPECT_EQ(told("task-b").owner(), "employees/li");
  EXPECT_EQ(told("task-b").slip_days(), 5);
  EXPECT_FALSE(told("task-b").has_close_time());
  EXPECT_EQ(told("project").cause(), v1::ScheduleVariance::CAUSE_SLIPPAGE);
  EXPECT_THAT(told("project").planned_date(), test::EqualsProto("year: 2026 month: 3 day: 13"));
  // The project has until the 31st: sixteen working days from the 10th on.
  EXPECT_THAT(Report("b", "li", 9, "percent: 30 remaining_days: 16"), IsOk());
  EXPECT_THAT(variances(), ElementsAre("project", "task-b"));
  EXPECT_THAT(Report("b", "li", 9, "percent: 30 remaining_days: 17"), IsOk());
  EXPECT_THAT(variances(), ElementsAre("deadline", "project", "task-b"));
  EXPECT_EQ(told("deadline").cause(), v1::ScheduleVariance::CAUSE_DEADLINE);
  EXPECT_EQ(told("deadline").slip_days(), 1);
  EXPECT_THAT(told("deadline").planned_date(), test::EqualsProto("year: 2026 month: 3 day: 31"));
  EXPECT_THAT(told("deadline").forecast_date(), test::EqualsProto("year: 2026 month: 4 day: 1"));
  EXPECT_THAT(Actions("projects/p/scheduleVariances/deadline"), ElementsAre("open"));
  EXPECT_THAT(Actions("projects/p/scheduleVariances/project"), ElementsAre("open", "close", "open"));
  Do<v1::Project, v1::ReviseProjectRequest>("ReviseProject", Specialist(), "name: 'projects/p' reason: 'It takes longer'");
  EXPECT_THAT(variances(), IsEmpty()) << "a plan that is made anew";
  EXPECT_THAT(Actions("projects/p/scheduleVariances/task-b"), ElementsAre("open", "close", "open", "close"));
}

TEST(LoadOfTest, SpreadsWorkOverItsDaysAgainstWhatThePersonCanDo) {
  const auto person = test::Proto<personnel::v1::Employee>(R"pb(
    name: "employees/li"
    leave_date { year: 2026 month: 3 day: 11 }
    absences {
      start_date { year: 2026 month: 3 day: 10 }
      end_date { year: 2026 month: 3 day: 10 }
    })pb");
  const std::vector<Task> tasks = {
      test::Proto<Task>(
          "name: 'projects/p/tasks/a' estimate_hours: 18 start_date { year: 2026 month: 3 day: 6 } end_date { year: 2026 month: 3 "
          "day: 10 }"),
      test::Proto<Task>(
          "name: 'projects/q/tasks/b' estimate_hours: 4 start_date { year: 2026 month: 3 day: 9 } end_date { year: 2026 month: 3 "
          "day: 9 }"),
      test::Proto<Task>("name: 'projects/q/tasks/c'")};
  const v1::PersonLoad load = LoadOf(person, tasks, absl::CivilDay(2026, 3, 7), absl::CivilDay(2026, 3, 15), 8, CalendarForTest());
  ASSERT_EQ(load.days_size(), 3) << load.ShortDebugString();
  EXPECT_EQ(load.days(0).start_date().day(), 9);
  EXPECT_EQ(load.days(0).load_hours(), 10);
  EXPECT_TRUE(load.days(0).overloaded());
  EXPECT_EQ(load.days(1).capacity_hours(), 0) << "absent";
  EXPECT_TRUE(load.days(1).overloaded());
  EXPECT_EQ(load.days(2).capacity_hours(), 8) << "the last day";
  ASSERT_EQ(load.weeks_size(), 1);
  EXPECT_EQ(load.weeks(0).load_hours(), 16);
  EXPECT_EQ(load.weeks(0).capacity_hours(), 16);
  EXPECT_FALSE(load.weeks(0).overloaded());
  EXPECT_THAT(load.unplaced_tasks(), ElementsAre("projects/q/tasks/c"));
}

TEST_F(ControlTest, LoadCountsOpenTasksOfSubmittedAndApprovedProjects) {
  CreateGolden();
  const std::string days = "start_date { year: 2026 month: 3 day: 6 } end_date { year: 2026 month: 3 day: 6 } employees: 'employees/li'";
  EXPECT_THAT((Refused<v1::ComputePersonLoadResponse, v1::ComputePersonLoadRequest>(
                  "ComputePersonLoad", Analyst(), "start_date { year: 2026 month: 3 day: 6 } end_date { year: 2027 month: 3 day: 7 }")),
              HasReason("INVALID_FIELDS"));
  EXPECT_THAT((Refused<v1::ComputePersonLoadResponse, v1::ComputePersonLoadRequest>("ComputePersonLoad", Analyst(), days)),
              HasReason("MIRROR_INCOMPLETE"));
  // Personnel has been heard to its end, and knows of nobody.
  clients_["personnel"].On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
      "heitie.personnel.v1.RecordService/ListEvents",
      [](const rpc::Call&, const type::v1::ListEventsRequest&) { return type::v1::ListEventsResponse(); });
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(absl::Seconds(2));
    EXPECT_THAT(jobs_.RunDue(), IsOk());
  }
  const auto load = [&](const std::string& more) {
    return Do<v1::ComputePersonLoadResponse, v1::ComputePersonLoadRequest>("ComputePersonLoad", Analyst(), days + more);
  };
  const v1::ComputePersonLoadResponse before = load("");
  ASSERT_EQ(before.people_size(), 1);
  ASSERT_EQ(before.people(0).days_size(), 1) << before.ShortDebugString();
  EXPECT_EQ(before.people(0).days(0).load_hours(), 8);
  Do<v1::Project, v1::ReviseProjectRequest>("ReviseProject", Specialist(), "name: 'projects/p' reason: 'It takes longer'");
  EXPECT_EQ(load("").people(0).days(0).load_hours(), 0) << "a draft asks nobody";
  EXPECT_THAT(load(absl::StrCat(" position: ", before.position())), test::EqualsProto(before));
}

}  // namespace
}  // namespace heitie::planning
