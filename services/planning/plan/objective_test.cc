#include "services/planning/plan/objective.h"

#include <gmock/gmock.h>

#include "common/test/fixture.h"

namespace heitie::planning {
namespace {

using test::Proto;

TEST(AttainsTest, InTheDirectionOfTheTarget) {
  const auto more = Proto<v1::Objective>("baseline: 100 target: 150"), less = Proto<v1::Objective>("baseline: 9 target: 5");
  EXPECT_TRUE(Attains(more, 150));
  EXPECT_TRUE(Attains(more, 151));
  EXPECT_FALSE(Attains(more, 149.99));
  EXPECT_TRUE(Attains(less, 5));
  EXPECT_TRUE(Attains(less, 0));
  EXPECT_FALSE(Attains(less, 5.01));
  EXPECT_TRUE(Attains(Proto<v1::Objective>("target: 5"), 6)) << "without a baseline more is better";
  EXPECT_FALSE(Attains(Proto<v1::Objective>("baseline: 1"), 6));
}

TEST(PutResultTest, KeepsTheLatestOfEachAndDropsThatOfAnother) {
  auto project = Proto<v1::Project>("objectives { title: 'a' } objectives { title: 'b' }");
  PutResult(Proto<v1::ObjectiveResult>("objective: 1 actual: 1"), project);
  PutResult(Proto<v1::ObjectiveResult>("objective: 0 actual: 2"), project);
  PutResult(Proto<v1::ObjectiveResult>("objective: 1 actual: 3"), project);
  ASSERT_EQ(project.objective_results_size(), 2);
  EXPECT_EQ(project.objective_results(0).actual(), 2);
  EXPECT_EQ(project.objective_results(1).actual(), 3);
  v1::Project after = project;
  after.set_title("another");
  KeepResults(project, after);
  EXPECT_EQ(after.objective_results_size(), 2);
  after.mutable_objectives(0)->set_title("c");
  KeepResults(project, after);
  ASSERT_EQ(after.objective_results_size(), 1);
  EXPECT_EQ(after.objective_results(0).objective(), 1);
  after.mutable_objectives()->RemoveLast();
  KeepResults(project, after);
  EXPECT_EQ(after.objective_results_size(), 0);
}

}  // namespace
}  // namespace heitie::planning
