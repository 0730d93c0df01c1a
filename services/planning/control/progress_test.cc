#include "services/planning/control/progress.h"

#include "common/test/fixture.h"
#include "services/planning/plan/task_tree.h"

namespace heitie::planning {
namespace {

using test::Proto;
using test::Violations;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::ProgressReport;
using v1::Task;

// `minute`: when it was filed.
ProgressReport Report(int day, int percent, int minute, int remaining = -1) {
  ProgressReport report;
  report.set_name("projects/p/tasks/a/progressReports/" + std::to_string(minute));
  report.mutable_report_date()->set_year(2026);
  report.mutable_report_date()->set_month(3);
  report.mutable_report_date()->set_day(day);
  report.set_percent(percent);
  report.mutable_create_time()->set_seconds(minute * 60);
  report.set_hours(2);
  if (remaining >= 0) report.set_remaining_days(remaining);
  return report;
}
absl::CivilDay March(int day) { return absl::CivilDay(2026, 3, day); }

TEST(ProgressAtTest, TheLatestDayCountsAndOfADayTheLatestReport) {
  // The second is filed last, about an earlier day.
  const std::vector<ProgressReport> reports = {Report(5, 60, 2, 3), Report(3, 20, 9, 8), Report(5, 50, 1), Report(7, 100, 4)};
  EXPECT_EQ(ProgressAt(reports, March(2)).start, std::nullopt);
  EXPECT_EQ(ProgressAt(reports, March(4)).percent, 20);
  EXPECT_EQ(ProgressAt(reports, March(4)).remaining_days, 8);
  const Progress then = ProgressAt(reports, March(6));
  EXPECT_EQ(then.percent, 60);
  EXPECT_EQ(then.start, March(3));
  EXPECT_EQ(then.remaining_days, 3);
  EXPECT_EQ(then.hours, 6);
  EXPECT_EQ(then.finish, std::nullopt);
  EXPECT_EQ(ProgressAt(reports, March(9)).finish, March(7));
  EXPECT_EQ(ProgressAt(reports, March(9)).remaining_days, std::nullopt);
}

TEST(ProgressAtTest, WhatIsTakenUpAgainIsNotDone) {
  EXPECT_EQ(ProgressAt({Report(3, 100, 1), Report(4, 0, 2)}, March(4)).finish, std::nullopt);
  EXPECT_EQ(ProgressAt({Report(3, 100, 1), Report(4, 0, 2), Report(6, 100, 3), Report(7, 100, 4)}, March(8)).finish, March(6));
  EXPECT_EQ(ProgressAt({Report(3, 100, 1), Report(3, 40, 2)}, March(4)).finish, std::nullopt) << "put right on the same day";
}

TEST(EarnedPercentTest, ByItsRule) {
  const Progress open = ProgressAt({}, March(4)), begun = ProgressAt({Report(3, 30, 1)}, March(4)),
                 done = ProgressAt({Report(3, 100, 1)}, March(4));
  EXPECT_EQ(EarnedPercent(Task::MEASUREMENT_RULE_UNSPECIFIED, begun), 30);
  EXPECT_EQ(EarnedPercent(Task::MEASUREMENT_RULE_ZERO_HUNDRED, begun), 0);
  EXPECT_EQ(EarnedPercent(Task::MEASUREMENT_RULE_FIFTY_FIFTY, begun), 50);
  EXPECT_EQ(EarnedPercent(Task::MEASUREMENT_RULE_FIFTY_FIFTY, open), 0);
  for (const auto rule : {Task::MEASUREMENT_RULE_PERCENT, Task::MEASUREMENT_RULE_ZERO_HUNDRED, Task::MEASUREMENT_RULE_FIFTY_FIFTY}) {
    EXPECT_EQ(EarnedPercent(rule, done), 100);
  }
}

TEST(RollUpTest, FiguresComeFromThePartsThatCount) {
  Task whole;
  RollUp({Proto<Task>(R"pb(state: STATE_DONE
                           progress_percent: 100
                           estimate_hours: 10
                           planned_cost_minor: 5
                           start_date { year: 2026 month: 3 day: 4 }
                           end_date { year: 2026 month: 3 day: 5 }
                           actual_start_date { year: 2026 month: 3 day: 5 }
                           actual_finish_date { year: 2026 month: 3 day: 6 })pb"),
          Proto<Task>(R"pb(state: STATE_OPEN
                           estimate_hours: 30
                           planned_cost_minor: 7
                           start_date { year: 2026 month: 3 day: 2 }
                           end_date { year: 2026 month: 3 day: 9 })pb"),
          Proto<Task>("state: STATE_CANCELLED estimate_hours: 99 end_date { year: 2027 month: 3 day: 9 }")},
         whole);
  EXPECT_THAT(whole, test::EqualsProto(Proto<Task>(R"pb(
                state: STATE_IN_PROGRESS
                progress_percent: 25
                estimate_hours: 40
                planned_cost_minor: 12
                part_count: 3
                start_date { year: 2026 month: 3 day: 2 }
                end_date { year: 2026 month: 3 day: 9 }
                actual_start_date { year: 2026 month: 3 day: 5 })pb")));
}

TEST(RollUpTest, ItIsDoneWhenEverythingIsAndNeverLooksSoBefore) {
  Task whole;
  RollUp({Proto<Task>("state: STATE_DONE progress_percent: 100 estimate_hours: 999"), Proto<Task>("state: STATE_OPEN estimate_hours: 1")},
         whole);
  EXPECT_EQ(whole.progress_percent(), 99);
  RollUp(
      {Proto<Task>("state: STATE_IN_PROGRESS progress_percent: 1 estimate_hours: 1"), Proto<Task>("state: STATE_OPEN estimate_hours: 999")},
      whole);
  EXPECT_EQ(whole.progress_percent(), 1);
  RollUp({Proto<Task>("state: STATE_DONE progress_percent: 100"), Proto<Task>("state: STATE_CANCELLED")}, whole);
  EXPECT_EQ(whole.state(), Task::STATE_DONE);
  EXPECT_EQ(whole.progress_percent(), 100);
  RollUp({Proto<Task>("state: STATE_CANCELLED")}, whole);
  EXPECT_EQ(whole.state(), Task::STATE_CANCELLED);
}

Task Node(const std::string& id, const std::string& parent, int parts = 0) {
  Task task;
  task.set_name("projects/p/tasks/" + id);
  if (!parent.empty()) task.set_parent_task("projects/p/tasks/" + parent);
  task.set_part_count(parts);
  task.set_state(Task::STATE_OPEN);
  return task;
}

std::vector<std::string> Bad(const Task& task, const std::vector<Task>& tasks) {
  status::BadFields bad;
  const absl::Status placed = CheckPlace(task, tasks, bad);
  if (!placed.ok()) return {status::ReasonOf(placed)};
  return bad.empty() ? std::vector<std::string>() : Violations(bad.status());
}

TEST(TaskTreeTest, FiveLevelsWithoutCircles) {
  const std::vector<Task> chain = {Node("a", "", 1), Node("b", "a", 1), Node("c", "b", 1),
                                   Node("d", "c"),   Node("x", "", 1),  Node("y", "x")};
  EXPECT_THAT(Bad(Node("e", "d"), chain), IsEmpty());
  EXPECT_THAT(Bad(Node("x", "d", 1), chain), ElementsAre("task.parent_task TASK_TREE_TOO_DEEP")) << "with its part";
  EXPECT_THAT(Bad(Node("x", "c", 1), chain), IsEmpty());
  EXPECT_THAT(Bad(Node("a", "d", 1), chain), ElementsAre("task.parent_task TASK_TREE_CIRCLE"));
  EXPECT_THAT(Bad(Node("a", "a", 1), chain), ElementsAre("task.parent_task TASK_TREE_CIRCLE"));
  EXPECT_THAT(Bad(Node("e", "u"), {Node("e", "u"), Node("u", "v", 2), Node("v", "u", 1)}), ElementsAre("task.parent_task TASK_TREE_CIRCLE"))
      << "further up";
  EXPECT_THAT(Bad(Node("e", "nobody"), chain), ElementsAre("task.parent_task UNKNOWN_PARENT"));
}

TEST(TaskTreeTest, ParentsHaveNoLinks) {
  std::vector<Task> tasks = {Node("a", "", 1), Node("b", "a"), Node("c", ""), Node("d", "")};
  Task linked = Node("c", "");
  linked.add_dependencies()->set_predecessor("projects/p/tasks/a");
  EXPECT_THAT(Bad(linked, tasks), ElementsAre("task.dependencies[0].predecessor LINK_TO_PARENT"));
  Task whole = Node("a", "", 1);
  whole.add_dependencies()->set_predecessor("projects/p/tasks/d");
  EXPECT_THAT(Bad(whole, tasks), ElementsAre("task.dependencies[0].predecessor LINK_TO_PARENT"));
  tasks[2].add_dependencies()->set_predecessor("projects/p/tasks/d");
  EXPECT_THAT(Bad(Node("e", "d"), tasks), ElementsAre("PARENT_IN_USE"));
  EXPECT_THAT(Bad(Node("e", "c"), tasks), ElementsAre("PARENT_IN_USE"));
  EXPECT_THAT(Bad(Node("e", "b"), tasks), IsEmpty());
}

TEST(TaskTreeTest, ByStartThenNameBelowTheirParents) {
  std::vector<Task> tasks = {Node("a", "z"), Node("b", ""), Node("y", "z"), Node("z", "", 2), Node("orphan", "gone")};
  const auto start = [](Task& task, int day) {
    task.mutable_start_date()->set_year(2026);
    task.mutable_start_date()->set_month(3);
    task.mutable_start_date()->set_day(day);
  };
  start(tasks[0], 9);
  start(tasks[2], 3);
  start(tasks[3], 3);
  start(tasks[1], 5);
  std::vector<std::string> order;
  for (const TreeRow& row : InTreeOrder(tasks)) order.push_back(tasks[row.task].name().substr(17) + std::to_string(row.level));
  EXPECT_THAT(order, ElementsAre("z1", "y2", "a2", "b1", "orphan1"));
}

}  // namespace
}  // namespace heitie::planning
