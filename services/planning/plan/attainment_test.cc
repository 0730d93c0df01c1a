#include "services/planning/plan/attainment.h"

#include "common/test/fixture.h"

namespace heitie::planning {
namespace {

using test::Proto;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::Optional;

TEST(AttainmentTest, CoverageIsTheSumOfTheChangesInTheSameUnit) {
  const auto target = Proto<v1::PeriodTarget>("metric: 'new_users' unit: 'users' baseline: 100 target: 300");
  const std::vector<v1::Project> projects = {
      Proto<v1::Project>("name: 'projects/a' objectives { metric: 'new_users' unit: 'users' baseline: 0 target: 80 } "
                         "objectives { metric: 'sales' unit: 'users' baseline: 0 target: 9 }"),
      Proto<v1::Project>("name: 'projects/b' objectives { metric: 'new_users' unit: 'thousands' baseline: 0 target: 1 }"),
      Proto<v1::Project>("name: 'projects/c' objectives { metric: 'new_users' unit: 'users' baseline: 10 target: 30 }")};
  const v1::TargetAttainment covered = CoverageOf(target, projects);
  EXPECT_EQ(covered.covered(), 0.5);
  EXPECT_THAT(covered.projects(), ElementsAre("projects/a", "projects/c"));
  EXPECT_THAT(covered.other_units(), ElementsAre("projects/b#objectives[0]"));
  EXPECT_FALSE(CoverageOf(Proto<v1::PeriodTarget>("metric: 'm' baseline: 5 target: 5"), {}).has_covered());
}

TEST(AttainmentTest, SumsOverTheDaysAndLevelsAtTheLast) {
  const auto figures = Proto<metrics::v1::QueryMetricResponse>(
      "days { figures { value: 60 } } days { figures { value: 90 } } days { figures { count: 0 } }");
  auto target = Proto<v1::PeriodTarget>("metric: 'm' baseline: 100 target: 200");
  EXPECT_THAT(ActualOf(target, figures), Optional(150));
  EXPECT_THAT(AttainedShare(target, 150), Optional(DoubleNear(0.5, 1e-12)));
  target.set_aggregation(v1::PeriodTarget::AGGREGATION_LEVEL);
  EXPECT_THAT(ActualOf(target, figures), Optional(90));
  EXPECT_THAT(AttainedShare(target, 90), Optional(DoubleNear(-0.1, 1e-12)));
  EXPECT_EQ(ActualOf(target, {}), std::nullopt);
  target.set_target(100);
  EXPECT_EQ(AttainedShare(target, 90), std::nullopt);
}

}  // namespace
}  // namespace heitie::planning
