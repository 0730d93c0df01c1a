#include "common/statistics/exact_moments.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>
#include <vector>

namespace heitie::statistics {
namespace {

using Pairs = std::vector<std::pair<double, double>>;

ExactPairMoments ExactOf(const Pairs& pairs) {
  ExactPairMoments moments;
  for (const auto& [x, y] : pairs) moments.Add(x, y);
  return moments;
}

void ExpectEqualMoments(const PairMoments& a, const PairMoments& b) {
  EXPECT_EQ(a.n, b.n);
  EXPECT_EQ(a.mean_x, b.mean_x);
  EXPECT_EQ(a.mean_y, b.mean_y);
  EXPECT_EQ(a.xx, b.xx);
  EXPECT_EQ(a.yy, b.yy);
  EXPECT_EQ(a.xy, b.xy);
}

TEST(ExactMomentsTest, NoOrderAndNoPartsShow) {
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> wide(0, 8);
  bool welford_differs = false;
  for (int round = 0; round < 50; ++round) {
    Pairs pairs;
    for (int i = 0; i < 300; ++i) pairs.emplace_back(wide(random) - wide(random), wide(random));
    const PairMoments first = ExactOf(pairs).moments();
    PairMoments welford, other;
    for (const auto& [x, y] : pairs) welford.Add(x, y);
    std::shuffle(pairs.begin(), pairs.end(), random);
    for (const auto& [x, y] : pairs) other.Add(x, y);
    welford_differs = welford_differs || welford.yy != other.yy;
    const auto cut = pairs.begin() + static_cast<int64_t>(random() % 301);
    ExactPairMoments parts = ExactOf({pairs.begin(), cut});
    parts.Merge(ExactOf({cut, pairs.end()}));
    ExpectEqualMoments(first, parts.moments());
    EXPECT_NEAR(first.yy / welford.yy, 1, 1e-9);
    EXPECT_NEAR(first.xx / welford.xx, 1, 1e-9);
  }
  EXPECT_TRUE(welford_differs) << "otherwise this test shows nothing";
}

TEST(ExactMomentsTest, SmallVariancesOfLargeMeans) {
  Pairs pairs;
  for (int i = 0; i < 1000; ++i) pairs.emplace_back(1e15 + i % 2, 1e15 - i % 2);
  const PairMoments moments = ExactOf(pairs).moments();
  EXPECT_EQ(moments.xx, 250);
  EXPECT_EQ(moments.yy, 250);
  EXPECT_EQ(moments.xy, -250);
}

TEST(ExactMomentsTest, EqualObservationsDoNotVary) {
  const PairMoments moments = ExactOf(Pairs(777, {0.1, 1e-7 / 3})).moments();
  EXPECT_EQ(moments.xx, 0);
  EXPECT_EQ(moments.yy, 0);
  EXPECT_EQ(moments.xy, 0);
  EXPECT_EQ(moments.mean_x, 0.1);
}

TEST(ExactMomentsTest, WhatIsTooGreatIsInfinite) {
  const PairMoments moments = ExactOf({{1e200, 1}, {-1e200, 2}}).moments();
  EXPECT_EQ(moments.mean_x, 0);
  EXPECT_TRUE(std::isinf(moments.xx));
  EXPECT_EQ(ExactOf({}).moments().n, 0);
}

}  // namespace
}  // namespace heitie::statistics
