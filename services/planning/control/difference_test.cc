#include "services/planning/control/difference.h"

#include <random>

#include "common/test/fixture.h"
#include "services/planning/plan/calendar_for_test.h"

namespace heitie::planning {
namespace {

using test::Proto;
using ::testing::ElementsAre;
using v1::PlanDifference;
using v1::ResourceDifference;
using v1::Task;

PlanVersion Version(const std::vector<std::string>& tasks, const std::string& scheme = "") {
  PlanVersion version;
  version.project = Proto<v1::Project>("name: 'projects/p' title: 'Fair' etag: '3'");
  for (const std::string& task : tasks) version.tasks.push_back(Proto<Task>(task));
  if (!scheme.empty()) version.scheme = Proto<v1::Scheme>("name: 'projects/p/schemes/s' " + scheme);
  return Comparable(std::move(version));
}

TEST(DifferenceTest, AddedRemovedChangedAndMovedInWorkingDays) {
  const time::BusinessCalendar calendar = CalendarForTest();
  const PlanVersion from =
      Version({"name: 'projects/p/tasks/a' title: 'A' start_date { year: 2026 month: 3 day: 6 } "
               "end_date { year: 2026 month: 3 day: 9 } etag: '1'",
               "name: 'projects/p/tasks/b' title: 'B'"});
  const PlanVersion to = Version({"name: 'projects/p/tasks/c' title: 'B'",
                                  "name: 'projects/p/tasks/a' title: 'A' start_date { year: 2026 month: 3 day: 9 } "
                                  "end_date { year: 2026 month: 3 day: 6 } etag: '9'"});
  const PlanDifference difference = DifferenceOf(from, to, &calendar);
  ASSERT_EQ(difference.resources_size(), 3);
  EXPECT_EQ(difference.resources(0).subject(), "projects/p/tasks/a");
  EXPECT_EQ(difference.resources(0).kind(), ResourceDifference::KIND_CHANGED);
  EXPECT_EQ(difference.resources(0).start_moved_days(), 1) << "Friday to Monday";
  EXPECT_EQ(difference.resources(0).end_moved_days(), -1);
  EXPECT_EQ(difference.resources(0).fields(0).field(), "start_date");
  EXPECT_EQ(difference.resources(1).kind(), ResourceDifference::KIND_REMOVED) << "by identity, not by title";
  EXPECT_EQ(difference.resources(2).kind(), ResourceDifference::KIND_ADDED);
}

TEST(DifferenceTest, MoneyByLine) {
  const PlanVersion from = Version({}, "cash_flows { cost_minor: 10 title: 'Gifts' } cash_flows { month: 1 benefit_minor: 50 }");
  const PlanVersion to = Version({},
                                 "cash_flows { cost_minor: 14 title: 'Presents' } cash_flows { month: 1 benefit_minor: 50 } "
                                 "cash_flows { month: 2 benefit_minor: 5 }");
  const PlanDifference difference = DifferenceOf(from, to, nullptr);
  ASSERT_EQ(difference.cash_flows_size(), 2);
  EXPECT_THAT(difference.cash_flows(0),
              test::EqualsProto(Proto<v1::CashFlowDifference>("line: '#0' title: 'Presents' cost_delta_minor: 4")));
  EXPECT_THAT(difference.cash_flows(1), test::EqualsProto(Proto<v1::CashFlowDifference>("line: '#2' benefit_delta_minor: 5")));
}

std::string Texts(const PlanVersion& version) {
  std::string text = (version.project ? version.project->ShortDebugString() : "-") + "\n" +
                     (version.scheme ? version.scheme->ShortDebugString() : "-") + "\n";
  for (const Task& task : version.tasks) text += task.ShortDebugString() + "\n";
  return text;
}

PlanVersion RandomVersion(std::mt19937& random) {
  PlanVersion version;
  version.project = Proto<v1::Project>("name: 'projects/p' start_date { year: 2026 month: 1 day: 1 }");
  version.project->set_title("t" + std::to_string(random() % 3));
  version.project->mutable_end_date()->CopyFrom(Proto<google::type::Date>("year: 2026 month: 2 day: 3"));
  for (int i = random() % 3; i > 0; --i) version.project->add_objectives()->set_target(random() % 4);
  for (int i = 0; i < 6; ++i) {
    if (random() % 3 == 0) continue;
    Task task;
    task.set_name("projects/p/tasks/" + std::to_string(i));
    task.set_title(std::to_string(random() % 2));
    if (random() % 2 == 0) task.set_estimate_hours(random() % 3);
    if (random() % 2 == 0) task.mutable_duration_estimate()->set_likely_days(random() % 3);
    if (random() % 2 == 0)
      *task.mutable_start_date() = Proto<google::type::Date>("year: 2026 month: 1 day: " + std::to_string(1 + random() % 9));
    for (int link = random() % 3; link > 0; --link) task.add_dependencies()->set_predecessor("projects/p/tasks/9");
    task.set_measurement_rule(static_cast<Task::MeasurementRule>(random() % 4));
    version.tasks.push_back(task);
  }
  if (random() % 4 != 0) {
    version.scheme.emplace().set_name("projects/p/schemes/s");
    version.scheme->set_strategy(std::to_string(random() % 3));
    for (int i = random() % 4; i > 0; --i) version.scheme->add_cash_flows()->set_cost_minor(random() % 3);
  }
  return Comparable(std::move(version));
}

TEST(DifferenceTest, AppliedItGivesTheOtherAndReversedLeadsBack) {
  std::mt19937 random(5);
  const time::BusinessCalendar calendar = CalendarForTest();
  for (int round = 0; round < 200; ++round) {
    const PlanVersion from = RandomVersion(random), to = RandomVersion(random);
    const PlanDifference there = DifferenceOf(from, to, &calendar);
    EXPECT_EQ(Texts(Apply(there, from)), Texts(to));
    EXPECT_EQ(Texts(Apply(Reversed(there), to)), Texts(from));
    EXPECT_THAT(Reversed(Reversed(there)), test::EqualsProto(there));
    EXPECT_EQ(DifferenceOf(to, from, &calendar).resources_size(), there.resources_size());
    EXPECT_EQ(DifferenceOf(from, from, &calendar).ByteSizeLong(), 0u);
  }
}

}  // namespace
}  // namespace heitie::planning
