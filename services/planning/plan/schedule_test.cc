#include "services/planning/plan/schedule.h"

#include <map>

#include "common/test/fixture.h"
#include "common/time/day.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/schedule.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "services/planning/plan/calendar_for_test.h"

namespace heitie::planning {
namespace {

using test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Monday 5 to Friday 23 January 2026: 15 workdays.
const v1::Project kProject = Proto<v1::Project>(R"pb(
  name: "projects/p"
  start_date { year: 2026 month: 1 day: 5 }
  end_date { year: 2026 month: 1 day: 23 })pb");
const time::BusinessCalendar kCalendar = CalendarForTest();

v1::Task ATask(const std::string& id, int first_day, int last_day) {
  v1::Task task;
  task.set_name("projects/p/tasks/" + id);
  *task.mutable_start_date() = time::ToDate(absl::CivilDay(2026, 1, first_day));
  *task.mutable_end_date() = time::ToDate(absl::CivilDay(2026, 1, last_day));
  return task;
}

v1::Task Milestone(const std::string& id, int day) {
  v1::Task task = ATask(id, day, day);
  task.set_milestone(true);
  return task;
}

v1::Task After(v1::Task task, const std::string& predecessor, v1::Dependency::Type type = v1::Dependency::TYPE_UNSPECIFIED, int lag = 0) {
  auto* dependency = task.add_dependencies();
  dependency->set_predecessor("projects/p/tasks/" + predecessor);
  dependency->set_type(type);
  dependency->set_lag_days(lag);
  return task;
}

std::string Day(const google::type::Date& date) { return time::DayText(time::ToDay(date)).substr(5); }

// "early start-early finish late start-late finish total float/free float", a star when critical.
std::map<std::string, std::string> Summary(const v1::Schedule& schedule) {
  std::map<std::string, std::string> summary;
  for (const v1::ScheduledTask& task : schedule.tasks()) {
    summary[record::IdOf(task.task())] = Day(task.early_start()) + "/" + Day(task.early_finish()) + " " + Day(task.late_start()) + "/" +
                                         Day(task.late_finish()) + " " + std::to_string(task.total_float_days()) + "/" +
                                         std::to_string(task.free_float_days()) + (task.critical() ? "*" : "");
  }
  return summary;
}

TEST(ScheduleTest, PutsTheCriticalPathOnTheCalendar) {
  // copy 3 days → print 5 days → launch; design 2 days → print.
  const v1::Schedule schedule =
      MakeSchedule({ATask("copy", 5, 7), ATask("design", 5, 6), After(After(ATask("print", 12, 16), "copy"), "design"),
                    After(Milestone("launch", 16), "print")},
                   kProject, kCalendar);
  EXPECT_EQ(Summary(schedule), (std::map<std::string, std::string>{{"copy", "01-05/01-07 01-05/01-07 0/0*"},
                                                                   {"design", "01-05/01-06 01-06/01-07 1/1"},
                                                                   {"print", "01-08/01-14 01-08/01-14 0/0*"},
                                                                   {"launch", "01-14/01-14 01-14/01-14 0/0*"}}));
  EXPECT_EQ(Day(schedule.finish_date()), "01-14");
  EXPECT_EQ(schedule.duration_days(), 8);
  EXPECT_EQ(schedule.slack_days(), 7);
  EXPECT_EQ(record::IdOf(schedule.tasks(0).task()), "copy") << "in the order of early starts, then names";
  EXPECT_EQ(record::IdOf(schedule.tasks(3).task()), "launch");
}

TEST(ScheduleTest, HolidaysStretchTheSchedule) {
  const time::BusinessCalendar calendar =
      CalendarForTest({absl::CivilDay(2026, 1, 8), absl::CivilDay(2026, 1, 9)}, {absl::CivilDay(2026, 1, 10)});
  const v1::Schedule schedule = MakeSchedule({ATask("a", 5, 7), After(ATask("b", 12, 13), "a")}, kProject, calendar);
  EXPECT_EQ(Summary(schedule)["b"], "01-10/01-12 01-10/01-12 0/0*") << "Saturday the 10th is worked";
}

TEST(ScheduleTest, AProjectThatCannotKeepItsLastDayHasNegativeFloat) {
  const v1::Schedule schedule = MakeSchedule({ATask("a", 5, 16), After(ATask("b", 5, 16), "a")}, kProject, kCalendar);
  EXPECT_EQ(schedule.slack_days(), -5);
  EXPECT_EQ(Summary(schedule)["a"], "01-05/01-16 12-29/01-09 -5/0*");
}

TEST(ScheduleTest, AMilestoneAtTheStartIsOnTheFirstDay) {
  const v1::Schedule schedule = MakeSchedule({Milestone("kickoff", 5), After(ATask("a", 5, 5), "kickoff")}, kProject, kCalendar);
  EXPECT_EQ(Summary(schedule)["kickoff"], "01-05/01-05 01-05/01-05 0/0*");
  EXPECT_EQ(Summary(schedule)["a"], "01-05/01-05 01-05/01-05 0/0*");
}

TEST(ScheduleTest, EmptyProject) {
  const v1::Schedule schedule = MakeSchedule({}, kProject, kCalendar);
  EXPECT_EQ(schedule.tasks_size(), 0);
  EXPECT_FALSE(schedule.has_finish_date());
}

TEST(ScheduleTest, MissingDatesAreNamedOneByOne) {
  v1::Task task = ATask("a", 5, 6), other = ATask("b", 5, 6);
  task.clear_start_date();
  task.clear_end_date();
  other.clear_end_date();
  const Defects defects = CheckTaskDates({task, other, ATask("c", 5, 6)});
  ASSERT_EQ(defects.size(), 3u);
  EXPECT_EQ(defects[0].subject, "projects/p/tasks/a");
  EXPECT_EQ(defects[2].subject, "projects/p/tasks/b");
  EXPECT_STREQ(defects[2].reason->id, "TASK_DATES_MISSING");
}

TEST(ScheduleTest, CyclesAreNamed) {
  const Defects defects =
      CheckCycles({After(ATask("a", 5, 5), "c"), After(ATask("b", 6, 6), "a"), After(ATask("c", 7, 7), "b"), After(ATask("d", 7, 7), "c")});
  ASSERT_EQ(defects.size(), 1u);
  EXPECT_EQ(defects[0].subject, "projects/p/tasks/a");
  EXPECT_EQ(defects[0].args[0].value, "projects/p/tasks/a → projects/p/tasks/b → projects/p/tasks/c → projects/p/tasks/a");
}

struct PlannedCase {
  v1::Dependency::Type type;
  int lag, first_good_start;  // The task b takes two days; a is planned from the 7th to the 9th, Wednesday to Friday.
};

class PlannedDatesTest : public ::testing::TestWithParam<PlannedCase> {};

TEST_P(PlannedDatesTest, OneDayEarlierBreaksTheLink) {
  const PlannedCase& c = GetParam();
  const auto check = [&](int start) {
    return CheckPlannedDates({ATask("a", 7, 9), After(ATask("b", start, start + 1), "a", c.type, c.lag)}, kProject, kCalendar);
  };
  EXPECT_THAT(check(c.first_good_start), IsEmpty());
  const Defects defects = check(c.first_good_start - 1);
  ASSERT_EQ(defects.size(), 1u);
  EXPECT_STREQ(defects[0].reason->id, "DEPENDENCY_VIOLATED");
  EXPECT_EQ(defects[0].args[2].value, "1");
}

INSTANTIATE_TEST_SUITE_P(
    FourTypes, PlannedDatesTest,
    ::testing::Values(PlannedCase{v1::Dependency::TYPE_START_TO_START, 0, 7}, PlannedCase{v1::Dependency::TYPE_START_TO_START, 1, 8},
                      PlannedCase{v1::Dependency::TYPE_FINISH_TO_FINISH, 0, 8}, PlannedCase{v1::Dependency::TYPE_FINISH_TO_FINISH, -1, 7},
                      PlannedCase{v1::Dependency::TYPE_START_TO_FINISH, 3, 8}, PlannedCase{v1::Dependency::TYPE_FINISH_TO_START, 1, 13},
                      PlannedCase{v1::Dependency::TYPE_UNSPECIFIED, -1, 9}));

TEST(PlannedDatesTest, TheNextWorkdayAfterAFinishIsEarlyEnough) {
  EXPECT_THAT(CheckPlannedDates({ATask("a", 7, 9), After(ATask("b", 12, 12), "a")}, kProject, kCalendar), IsEmpty());
  EXPECT_THAT(CheckPlannedDates({ATask("a", 7, 9), After(ATask("b", 9, 12), "a")}, kProject, kCalendar), ::testing::SizeIs(1));
}

TEST(PlannedDatesTest, AMilestoneMayBeReachedAtAnyMomentOfItsDay) {
  EXPECT_THAT(CheckPlannedDates({ATask("a", 7, 9), After(Milestone("done", 9), "a")}, kProject, kCalendar), IsEmpty());
  EXPECT_THAT(CheckPlannedDates({ATask("a", 7, 9), After(Milestone("done", 8), "a")}, kProject, kCalendar), ::testing::SizeIs(1));
  EXPECT_THAT(CheckPlannedDates({Milestone("go", 7), After(ATask("a", 7, 9), "go")}, kProject, kCalendar), IsEmpty());
  EXPECT_THAT(CheckPlannedDates({Milestone("go", 8), After(ATask("a", 7, 9), "go")}, kProject, kCalendar), ::testing::SizeIs(1));
}

TEST(PlannedDatesTest, DependenciesOnTasksThatAreLeftOutDoNotCount) {
  EXPECT_THAT(CheckPlannedDates({After(ATask("b", 9, 9), "cancelled")}, kProject, kCalendar), IsEmpty());
}

}  // namespace
}  // namespace heitie::planning
