#include "services/metrics/analysis/contribution.h"

#include <gmock/gmock.h>

#include <random>

namespace heitie::metrics::analysis {
namespace {

TEST(ContributionTest, GoldenRates) {
  const RateContribution found = ContributionsOf(std::vector<RateGroup>{{"wechat", 200, 1000, 540, 3000}, {"web", 200, 4000, 104, 2000}});
  EXPECT_DOUBLE_EQ(*found.before, 0.08);
  EXPECT_DOUBLE_EQ(*found.after, 0.1288);
  ASSERT_EQ(found.parts.size(), 2U);
  EXPECT_EQ(found.parts[0].key, "wechat");
  EXPECT_NEAR(found.parts[0].rate_effect, -0.0080, 1e-12);
  EXPECT_NEAR(found.parts[0].mix_effect, 0.03424, 1e-12);
  EXPECT_NEAR(found.parts[1].rate_effect, 0.0012, 1e-12);
  EXPECT_NEAR(found.parts[1].mix_effect, 0.02136, 1e-12);
}

TEST(ContributionTest, PartsAddUp) {
  for (unsigned seed = 1; seed <= 500; ++seed) {
    std::mt19937 random(seed);
    std::vector<RateGroup> rates;
    std::vector<AdditiveGroup> sums;
    double change = 0;
    for (int i = 0; i < 5; ++i) {
      RateGroup rate{std::to_string(i)};
      if (random() % 4 != 0) rate.denominator_before = 1 + random() % 90;
      if (random() % 4 != 0) rate.denominator_after = 1 + random() % 90;
      rate.numerator_before = rate.denominator_before * static_cast<double>(random() % 10) / 9;
      rate.numerator_after = rate.denominator_after * static_cast<double>(random() % 10) / 9;
      rates.push_back(rate);
      sums.push_back({rate.key, static_cast<double>(random() % 50), static_cast<double>(random() % 50)});
      change += sums.back().after - sums.back().before;
    }
    const RateContribution found = ContributionsOf(rates);
    if (found.before.has_value() && found.after.has_value()) {
      double sum = 0;
      for (const RatePart& part : found.parts) sum += part.rate_effect + part.mix_effect;
      EXPECT_NEAR(sum, *found.after - *found.before, 1e-9) << seed;
    } else {
      EXPECT_TRUE(found.parts.empty());
    }
    double parts = 0, shares = 0;
    for (const AdditivePart& part : ContributionsOf(sums)) {
      parts += part.change;
      shares += part.share.value_or(0);
    }
    EXPECT_DOUBLE_EQ(parts, change);
    EXPECT_NEAR(shares, change == 0 ? 0 : 1, 1e-9);
    const UserContribution users = ContributionsOfUsers(sums, 40, 47);
    EXPECT_DOUBLE_EQ(users.overlap + parts, 7);
  }
}

TEST(ContributionTest, UndefinedOverZero) {
  EXPECT_FALSE(ContributionsOf(std::vector<RateGroup>{{"a", 0, 0, 1, 2}}).before.has_value());
  EXPECT_FALSE(ContributionsOf(std::vector<AdditiveGroup>{{"a", 1, 2}, {"b", 2, 1}})[0].share.has_value());
}

TEST(ContributionTest, ChangesAreMeasuredByTheirOwnVariability) {
  const std::vector<double> past = {10, 12, 10, 12, 10, 12, 10, 12};
  // Changes +2 −2 … : mean 2/7, variance of 7 of them.
  EXPECT_NEAR(*ChangeInDeviations(past, 20), 8 / 2.138089935299395, 1e-9);
  EXPECT_EQ(ChangeInDeviations({1, 2, 3}, 4), std::nullopt);
  EXPECT_EQ(ChangeInDeviations({1, 2, 3, 4, 5, 6, 7, 8}, 9), std::nullopt);
}

}  // namespace
}  // namespace heitie::metrics::analysis
