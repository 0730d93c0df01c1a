#include "services/planning/plan/actionability.h"

#include "common/test/fixture.h"
#include "common/time/day.h"
#include "heitie/planning/v1/defect.pb.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "services/planning/plan/calendar_for_test.h"

namespace heitie::planning {
namespace {

using test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ActionabilityTest : public ::testing::Test {
 protected:
  ActionabilityTest() {
    plan_.calendar = CalendarForTest();
    plan_.period = Proto<v1::PlanPeriod>(R"pb(
      name: "planPeriods/q1"
      cadence: CADENCE_QUARTERLY
      start_date { year: 2026 month: 1 day: 1 }
      end_date { year: 2026 month: 3 day: 31 }
      capacity_hours_per_day: 8)pb");
    plan_.project = Proto<v1::Project>(R"pb(
      name: "projects/p"
      start_date { year: 2026 month: 1 day: 5 }
      end_date { year: 2026 month: 1 day: 30 }
      objectives {
        metric: "new_users"
        unit: "users"
        baseline: 100
        target: 200
        target_date { year: 2026 month: 2 day: 28 }
      })pb");
    plan_.tasks.push_back(MakeTask("projects/p/tasks/a", 5, 9, 40));
    plan_.schemes.push_back(Proto<v1::Scheme>(R"pb(
      name: "projects/p/schemes/v1"
      state: STATE_DRAFT
      strategy: "s"
      channels { title: "c" }
      cash_flows { cost_minor: 1 })pb"));
  }

  static v1::Task MakeTask(const std::string& name, int first_day, int last_day, int hours) {
    v1::Task task;
    task.set_name(name);
    task.set_owner("employees/li");
    task.set_state(v1::Task::STATE_OPEN);
    task.set_estimate_hours(hours);
    *task.mutable_start_date() = time::ToDate(absl::CivilDay(2026, 1, first_day));
    *task.mutable_end_date() = time::ToDate(absl::CivilDay(2026, 1, last_day));
    return task;
  }

  std::vector<std::string> Found() const {
    std::vector<std::string> found;
    for (const Defect& defect : CheckPlan(plan_)) found.push_back(defect.subject + " " + defect.reason->id);
    return found;
  }

  Plan plan_;
};

TEST_F(ActionabilityTest, ACompletePlanHasNoDefect) { EXPECT_THAT(Found(), IsEmpty()); }

TEST_F(ActionabilityTest, AnEmptyPlan) {
  plan_.project.clear_objectives();
  plan_.tasks.clear();
  plan_.schemes.clear();
  EXPECT_THAT(Found(), ElementsAre("projects/p OBJECTIVES_MISSING", "projects/p TASKS_MISSING", "projects/p SCHEME_MISSING"));
}

TEST_F(ActionabilityTest, EachPartOfAnObjectiveIsNeeded) {
  plan_.project.add_objectives();
  const Defects defects = CheckPlan(plan_);
  std::vector<std::string> fields;
  for (const Defect& defect : defects) {
    EXPECT_EQ(defect.subject, "projects/p#objectives[1]");
    EXPECT_STREQ(defect.reason->id, "OBJECTIVE_INCOMPLETE");
    fields.push_back(defect.args[0].value);
  }
  EXPECT_THAT(fields, ElementsAre("metric", "unit", "baseline", "target", "target_date"));
}

TEST_F(ActionabilityTest, AnObjectiveMayStartFromOrGoToZero) {
  plan_.project.mutable_objectives(0)->set_baseline(0);
  EXPECT_THAT(Found(), IsEmpty());
  plan_.project.mutable_objectives(0)->set_baseline(5);
  plan_.project.mutable_objectives(0)->set_target(0);
  EXPECT_THAT(Found(), IsEmpty());
}

TEST_F(ActionabilityTest, AnObjectiveWithoutChangeOrBeforeTheStart) {
  plan_.project.mutable_objectives(0)->set_target(100);
  *plan_.project.mutable_objectives(0)->mutable_target_date() = time::ToDate(absl::CivilDay(2026, 1, 4));
  EXPECT_THAT(Found(), ElementsAre("projects/p#objectives[0] OBJECTIVE_WITHOUT_CHANGE", "projects/p#objectives[0] OBJECTIVE_TOO_EARLY"));
}

TEST_F(ActionabilityTest, TheProjectLiesInItsPeriod) {
  *plan_.project.mutable_end_date() = time::ToDate(absl::CivilDay(2026, 4, 1));
  EXPECT_THAT(Found(), ElementsAre("projects/p PROJECT_OUTSIDE_PERIOD"));
}

TEST_F(ActionabilityTest, EachTaskHasOwnerDatesAndEstimate) {
  v1::Task task;
  task.set_name("projects/p/tasks/b");
  task.set_state(v1::Task::STATE_OPEN);
  plan_.tasks.push_back(task);
  EXPECT_THAT(Found(), ElementsAre("projects/p/tasks/b TASK_OWNER_MISSING", "projects/p/tasks/b TASK_ESTIMATE_MISSING",
                                   "projects/p/tasks/b TASK_DATES_MISSING", "projects/p/tasks/b TASK_DATES_MISSING"));
}

TEST_F(ActionabilityTest, AMilestoneNeedsNoEstimate) {
  v1::Task milestone = MakeTask("projects/p/tasks/m", 30, 30, 0);
  milestone.clear_estimate_hours();
  milestone.set_milestone(true);
  plan_.tasks.push_back(milestone);
  EXPECT_THAT(Found(), IsEmpty());
}

TEST_F(ActionabilityTest, TasksLieInTheProject) {
  plan_.tasks = {MakeTask("projects/p/tasks/early", 1, 6, 8), MakeTask("projects/p/tasks/late", 30, 31, 8),
                 MakeTask("projects/p/tasks/in", 12, 30, 8)};
  EXPECT_THAT(Found(), ElementsAre("projects/p/tasks/early TASK_OUTSIDE_PROJECT", "projects/p/tasks/late TASK_OUTSIDE_PROJECT"));
}

TEST_F(ActionabilityTest, CyclesAndDatesThatBreakDependencies) {
  plan_.tasks.push_back(MakeTask("projects/p/tasks/b", 12, 13, 8));
  plan_.tasks[1].add_dependencies()->set_predecessor("projects/p/tasks/a");
  EXPECT_THAT(Found(), IsEmpty());
  plan_.tasks[0].add_dependencies()->set_predecessor("projects/p/tasks/b");
  EXPECT_THAT(Found(), ElementsAre("projects/p/tasks/a DEPENDENCY_CYCLE", "projects/p/tasks/a DEPENDENCY_VIOLATED"));
}

TEST_F(ActionabilityTest, APersonHasSoManyHoursADay) {
  plan_.tasks[0].set_estimate_hours(41);
  EXPECT_THAT(Found(), ElementsAre("employees/li PERSON_OVERLOADED"));
  plan_.project.set_capacity_hours_per_day(9);
  EXPECT_THAT(Found(), IsEmpty()) << "the project's own capacity goes before the period's";
}

TEST_F(ActionabilityTest, HolidaysTakeCapacityAway) {
  plan_.calendar = CalendarForTest({absl::CivilDay(2026, 1, 6)});
  const Defects defects = CheckPlan(plan_);
  ASSERT_EQ(defects.size(), 1u);
  EXPECT_EQ(status::Sentence(*defects[0].reason, defects[0].args, status::Language::kEnglish),
            "From 2026-01-05 to 2026-01-09 there are 40 hours of work for 32 hours of capacity.");
}

TEST_F(ActionabilityTest, WorkOfOtherProjectsTakesCapacityAway) {
  plan_.other_tasks.push_back(MakeTask("projects/q/tasks/x", 5, 9, 1));
  EXPECT_THAT(Found(), ElementsAre("employees/li PERSON_OVERLOADED"));
  plan_.other_tasks[0].set_owner("employees/wang");
  EXPECT_THAT(Found(), IsEmpty());
}

TEST_F(ActionabilityTest, WorkThatIsDoneTakesNoTime) {
  plan_.tasks.push_back(MakeTask("projects/p/tasks/b", 5, 9, 40));
  EXPECT_THAT(Found(), ElementsAre("employees/li PERSON_OVERLOADED"));
  plan_.tasks[1].set_state(v1::Task::STATE_DONE);
  EXPECT_THAT(Found(), IsEmpty());
}

TEST_F(ActionabilityTest, WorkAtAWeekendIsTooMuch) {
  plan_.tasks.push_back(MakeTask("projects/p/tasks/b", 10, 11, 1));
  EXPECT_THAT(Found(), ElementsAre("employees/li PERSON_OVERLOADED"));
}

TEST_F(ActionabilityTest, OneSchemeIsChosen) {
  v1::Scheme second = plan_.schemes[0];
  second.set_name("projects/p/schemes/v2");
  plan_.schemes.push_back(second);
  EXPECT_EQ(ChosenScheme(plan_.schemes), nullptr);
  EXPECT_THAT(Found(), ElementsAre("projects/p SCHEME_AMBIGUOUS"));
  plan_.schemes[1].set_state(v1::Scheme::STATE_APPROVED);
  EXPECT_EQ(ChosenScheme(plan_.schemes)->name(), "projects/p/schemes/v2");
  plan_.schemes[1].set_state(v1::Scheme::STATE_DISCARDED);
  EXPECT_EQ(ChosenScheme(plan_.schemes)->name(), "projects/p/schemes/v1");
  plan_.schemes[0].set_state(v1::Scheme::STATE_SUPERSEDED);
  EXPECT_THAT(Found(), ElementsAre("projects/p SCHEME_MISSING"));
}

TEST_F(ActionabilityTest, ASchemeHasStrategyChannelsAndFigures) {
  plan_.schemes[0].clear_strategy();
  plan_.schemes[0].clear_channels();
  plan_.schemes[0].clear_cash_flows();
  std::vector<std::string> fields;
  for (const Defect& defect : CheckPlan(plan_)) fields.push_back(defect.subject + " " + defect.reason->id + " " + defect.args[0].value);
  EXPECT_THAT(fields, ElementsAre("projects/p/schemes/v1 SCHEME_INCOMPLETE strategy", "projects/p/schemes/v1 SCHEME_INCOMPLETE channels",
                                  "projects/p/schemes/v1 SCHEME_INCOMPLETE cash_flows"));
}

TEST_F(ActionabilityTest, DefectsOfTheCascadeBelongToIt) {
  plan_.cascade.push_back({"planPeriods/y", &kTasksMissing, {}});
  EXPECT_THAT(Found(), ElementsAre("planPeriods/y TASKS_MISSING"));
}

TEST_F(ActionabilityTest, AnswersInTheCallersLanguage) {
  plan_.schemes.clear();
  const auto answer = ToProto(CheckPlan(plan_), status::Language::kTraditionalChinese);
  ASSERT_EQ(answer.size(), 1);
  EXPECT_EQ(answer[0].description(), "專案沒有實施方案。");
  EXPECT_EQ(answer[0].reason(), "SCHEME_MISSING");
}

}  // namespace
}  // namespace heitie::planning
