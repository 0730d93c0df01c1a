#include "services/personnel/career/standard_rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace heitie::personnel {
namespace {

TEST(BelowStandard, IsWhenTheLatestMonthsAreAllBelow) {
  std::mt19937 random(8);
  int below = 0;
  for (int round = 0; round < 2000; ++round) {
    std::vector<ScoredMonth> months;
    for (int i = static_cast<int>(random() % 7); i > 0; --i) {
      months.push_back({absl::CivilMonth(2026, 1) + static_cast<int>(months.size()), 5998 + static_cast<int64_t>(random() % 4), ""});
    }
    const int in_a_row = static_cast<int>(random() % 4);
    int run = 0;  // of months below, up to the last one
    for (const ScoredMonth& month : months) run = month.points < 6000 ? run + 1 : 0;
    const std::vector<ScoredMonth> found = BelowStandard(months, 6000, in_a_row);
    EXPECT_EQ(found.size(), in_a_row > 0 && run >= in_a_row ? static_cast<size_t>(in_a_row) : 0u);
    if (found.empty()) continue;
    EXPECT_EQ(found.back().month, months.back().month);
    ++below;
  }
  EXPECT_GT(below, 200);
}

}  // namespace
}  // namespace heitie::personnel
