// An activity through its life through the gateway, in five roles: made from a template, launched, halted when its page breaks, mended and
// resumed through the gate, hit by a surge of complaints, adjusted, made longer, ended, reported on, and heeded by the next one (A1 to A4,
// W1, W4, W11). What is expected stands in the story.
#include <gtest/gtest.h>

#include "tests/e2e/suite.h"
#include "tests/e2e/world.h"

namespace heitie::e2e {
namespace {

TEST(ActivityLife, IsHeededByTheNextOne) { World(Team(Suite::Get().grpc()), "lanterns").PlayLife(); }

}  // namespace
}  // namespace heitie::e2e
