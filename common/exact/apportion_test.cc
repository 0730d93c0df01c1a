#include "common/exact/apportion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "common/exact/fraction.h"

namespace heitie::exact {
namespace {

using ::testing::ElementsAre;

TEST(ApportionTest, SeatsOfGrades) {
  EXPECT_THAT(Apportion(23, {10, 25, 50, 10, 5}), ElementsAre(2, 6, 12, 2, 1));
  EXPECT_THAT(Apportion(10, {15, 35, 50}), ElementsAre(2, 3, 5)) << "of equal remainders the earlier one goes first";
}

TEST(ApportionTest, APoolToTheLastMinorUnit) { EXPECT_THAT(Apportion(1'000'000, {15, 10, 9}), ElementsAre(441'176, 294'118, 264'706)); }

TEST(ApportionTest, NothingToShareAndNobodyToShareWith) {
  EXPECT_THAT(Apportion(0, {3, 4}), ElementsAre(0, 0));
  EXPECT_THAT(Apportion(7, {0, 0}), ElementsAre(0, 0));
  EXPECT_THAT(Apportion(7, {}), ElementsAre());
  EXPECT_THAT(Apportion(7, {0, 1}), ElementsAre(0, 7));
}

TEST(ApportionTest, LargeAmountsDoNotOverflow) {
  const int64_t most = std::numeric_limits<int64_t>::max();
  EXPECT_THAT(Apportion(most, {most, most}), ElementsAre(most / 2 + 1, most / 2));
}

// The shares add up, none leaves its quota by a whole one, and no remainder that got one is smaller than one that got none.
TEST(ApportionTest, IsWhatTheMethodSays) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<int64_t> weights(1 + random() % 12);
    for (int64_t& weight : weights) weight = static_cast<int64_t>(random() % (round % 2 == 0 ? 6 : 10'000));
    const int64_t total = static_cast<int64_t>(random() % (round % 3 == 0 ? 30 : 1'000'000'000'000));
    const int64_t sum = std::accumulate(weights.begin(), weights.end(), int64_t{0});
    const std::vector<int64_t> shares = Apportion(total, weights);
    if (sum == 0) continue;
    ASSERT_EQ(std::accumulate(shares.begin(), shares.end(), int64_t{0}), total);
    Fraction least_up = 2, greatest_down = -1;
    size_t last_up = 0;
    for (size_t i = 0; i < weights.size(); ++i) {
      const Fraction quota = Fraction(total) * weights[i] / sum, left = quota - shares[i];
      ASSERT_LT(left, 1);
      ASSERT_GT(left, -1);
      if (left < 0) {
        least_up = std::min(least_up, Fraction(left + 1));
        last_up = i;
      } else {
        greatest_down = std::max(greatest_down, left);
      }
    }
    if (least_up < 2) {
      ASSERT_GE(least_up, greatest_down);
      for (size_t i = 0; i < last_up; ++i) {
        const Fraction left = Fraction(total) * weights[i] / sum - shares[i];
        const Fraction of_last = Fraction(total) * weights[last_up] / sum - shares[last_up] + 1;
        ASSERT_FALSE(left >= 0 && left == of_last) << "an equal remainder that is earlier goes first";
      }
    }
  }
}

}  // namespace
}  // namespace heitie::exact
