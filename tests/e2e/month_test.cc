// A month through the gateway, in four roles: a producer streams, a schema quarantines, a replay heals, a measure is evaluated, the month
// closes, a late event restates beside it, and what was kept stays (M1, M2, M3, W10). What is expected stands in the story.
#include <gtest/gtest.h>

#include "tests/e2e/suite.h"
#include "tests/e2e/world.h"

namespace heitie::e2e {
namespace {

TEST(MonthStory, IsClosedAndStays) { World(Team(Suite::Get().grpc()), "month").PlayMonth(); }

}  // namespace
}  // namespace heitie::e2e
