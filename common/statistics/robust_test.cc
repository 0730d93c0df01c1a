#include "common/statistics/robust.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace heitie::statistics {
namespace {

TEST(RobustTest, PublishedExample) {
  // R: median and mad(constant = 1) of c(1, 1, 2, 2, 4, 6, 9).
  EXPECT_EQ(Median({1, 1, 2, 2, 4, 6, 9}), 2);
  EXPECT_EQ(MedianAbsoluteDeviation({1, 1, 2, 2, 4, 6, 9}), 1);
  EXPECT_EQ(Median({3, 1}), 2);
  EXPECT_EQ(Median({7}), 7);
  EXPECT_EQ(MedianAbsoluteDeviation({5, 5, 5, 900}), 0);
}

TEST(RobustTest, EqualsWhatSortingGives) {
  std::mt19937_64 random(12);
  for (int round = 0; round < 500; ++round) {
    std::vector<double> x(1 + random() % 20);
    for (double& one : x) one = static_cast<double>(static_cast<int64_t>(random() % 41) - 20);
    std::vector<double> sorted = x;
    std::sort(sorted.begin(), sorted.end());
    const size_t n = sorted.size();
    const double median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    EXPECT_EQ(Median(x), median);
    for (double& one : sorted) one = std::abs(one - median);
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(MedianAbsoluteDeviation(x), (sorted[(n - 1) / 2] + sorted[n / 2]) / 2);
  }
}

TEST(RobustTest, OfNormalObservationsItIsTheStandardDeviation) {
  std::mt19937_64 random(7);
  std::normal_distribution<double> normal(100, 15);
  std::vector<double> x(200000);
  for (double& one : x) one = normal(random);
  EXPECT_NEAR(kNormalMad * MedianAbsoluteDeviation(x), 15, 0.2);
}

}  // namespace
}  // namespace heitie::statistics
