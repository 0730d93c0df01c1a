// A gift through its year through the gateway, in five roles: proposed, approved, ordered in dollars, delivered in parts, billed too dear,
// launched, used by expiry, brought back, counted, handed on by who leaves, and closed with exact books (S1 to S5, W2, W7, W8, W14). What
// is expected stands in the story.
#include <gtest/gtest.h>

#include "tests/e2e/suite.h"
#include "tests/e2e/world.h"

namespace heitie::e2e {
namespace {

TEST(MaterialYear, EndsWithBooksThatAddUp) { World(Team(Suite::Get().grpc()), "materials").PlayMaterials(); }

}  // namespace
}  // namespace heitie::e2e
