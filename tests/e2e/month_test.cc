// A month through the gateway, in four roles: a producer streams, a schema quarantines, a replay heals, a measure is evaluated, the month
// closes, a late event restates beside it, and what was kept stays (M1, M2, M3, W10). What is expected stands in the story.
#include <gtest/gtest.h>

#include "tests/e2e/suite.h"
#include "tests/e2e/world.h"

namespace heitie::e2e {
namespace {

// Beside it a plan through its life: a duty collects, 2,000 are asked with a quota, a need becomes a plan from a template, its approval
// holds money, it slips, earns, ends, and the next study heeds how (P1 to P3, W2, W3, W13).
TEST(MonthStory, APlanIsHeededByTheNextStudy) { World(Team(Suite::Get().grpc()), "plans").PlayPlans(); }

TEST(MonthStory, IsClosedAndStays) { World(Team(Suite::Get().grpc()), "month").PlayMonth(); }

}  // namespace
}  // namespace heitie::e2e
