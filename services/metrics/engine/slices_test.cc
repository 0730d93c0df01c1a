#include "services/metrics/engine/slices.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace heitie::metrics {
namespace {

double RowsIn(const std::vector<Extension>& blocks, Users users) {
  double rows = 0;
  for (const Extension& block : blocks) {
    const double first = std::max(block.users.first, users.first), last = std::min(block.users.last, users.last);
    if (first > last) continue;
    rows += static_cast<double>(block.rows) * (last - first + 1) / (static_cast<double>(block.users.last) - block.users.first + 1);
  }
  return rows;
}

void ExpectWhole(const std::vector<Users>& slices) {
  ASSERT_FALSE(slices.empty());
  EXPECT_EQ(slices.front().first, 0u);
  EXPECT_EQ(slices.back().last, std::numeric_limits<uint32_t>::max());
  for (size_t i = 0; i < slices.size(); ++i) {
    EXPECT_LE(slices[i].first, slices[i].last);
    if (i > 0) EXPECT_EQ(slices[i].first, slices[i - 1].last + 1);
  }
}

TEST(SlicesTest, FewRowsAreOneSlice) {
  EXPECT_EQ(SlicesOf({}, 100).size(), 1u);
  EXPECT_EQ(SlicesOf({{{5, 9}, 100}}, 100).size(), 1u);
  ExpectWhole(SlicesOf({{{5, 9}, 100}}, 100));
}

TEST(SlicesTest, AreEvenAndWhole) {
  std::mt19937 random(3);
  for (int round = 0; round < 500; ++round) {
    std::vector<Extension> blocks(1 + random() % 20);
    for (Extension& block : blocks) {
      const uint32_t first = random() % 1000000;
      block = {{first, first + static_cast<uint32_t>(random() % 100000) + 1000}, static_cast<int64_t>(1 + random() % 50000)};
    }
    const int64_t limit = 1000 + static_cast<int64_t>(random() % 20000);
    const std::vector<Users> slices = SlicesOf(blocks, limit);
    ExpectWhole(slices);
    // A user more or less, of the densest possible place, is what rounding costs.
    for (const Users& users : slices) EXPECT_LE(RowsIn(blocks, users), static_cast<double>(limit) * 1.02 + 20 * 50 * 2);
  }
}

TEST(SlicesTest, OneUserWithEverythingIsNotDivided) {
  const std::vector<Users> slices = SlicesOf({{{7, 7}, 1000000}}, 10);
  ExpectWhole(slices);
}

}  // namespace
}  // namespace heitie::metrics
