#include "tests/load/measure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace heitie::load {
namespace {

using namespace std::chrono_literals;

TEST(Samples, QuantilesAreThoseOfTheSortedLatencies) {
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> latency(6, 2);
  Samples samples;
  std::vector<double> all;
  for (int i = 0; i < 100'000; ++i) {
    all.push_back(std::clamp(latency(random), 1.0, 9e7));
    samples.Add(all.back());
  }
  std::sort(all.begin(), all.end());
  EXPECT_EQ(samples.count(), all.size());
  for (const double quantile : {0.0001, 0.01, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const double exact = all[static_cast<size_t>(std::ceil(quantile * 100'000)) - 1];
    EXPECT_NEAR(samples.Micros(quantile), exact, exact * 0.005) << quantile;
  }
  EXPECT_DOUBLE_EQ(samples.MaxMicros(), all.back());
}

TEST(Samples, NothingIsLostOutsideTheRange) {
  Samples samples;
  samples.Add(0.1);
  samples.Add(3e9);
  EXPECT_EQ(samples.count(), 2);
  EXPECT_LE(samples.Micros(0.5), 1);
  EXPECT_GE(samples.Micros(1), 1e8);
  EXPECT_DOUBLE_EQ(samples.MaxMicros(), 3e9);
}

TEST(Samples, WithoutSamplesAllIsZero) {
  EXPECT_EQ(Samples().count(), 0);
  EXPECT_EQ(Samples().Micros(0.5), 0);
  EXPECT_THAT(Samples().Curve(), testing::IsEmpty());
}

TEST(Samples, MergedAreAsIfTakenTogether) {
  Samples together, one, other, none;
  for (int i = 1; i <= 1000; ++i) {
    together.Add(i);
    (i % 3 == 0 ? one : other).Add(i);
  }
  none.Merge(one);
  none.Merge(other);
  none.Merge(Samples());
  EXPECT_EQ(none.count(), together.count());
  EXPECT_EQ(none.MaxMicros(), together.MaxMicros());
  for (const double quantile : {0.1, 0.5, 0.99}) EXPECT_EQ(none.Micros(quantile), together.Micros(quantile));
}

TEST(Samples, TheCurveClimbsToTheLongest) {
  Samples samples;
  for (const double micros : {100.0, 100.0, 100.0, 2000.0}) samples.Add(micros);
  const auto curve = samples.Curve();
  ASSERT_EQ(curve.size(), 2);
  EXPECT_DOUBLE_EQ(curve[0].share, 0.75);
  EXPECT_NEAR(curve[0].micros, 100, 0.5);
  EXPECT_DOUBLE_EQ(curve[1].share, 1);
  EXPECT_NEAR(curve[1].micros, 2000, 10);
}

TEST(Samples, OnlyWhatEndsInTheWindowCounts) {
  const auto begin = Clock::now();
  const Window window{begin, begin + 1s};
  Samples samples;
  samples.Add(window, begin - 2ms, begin - 1ms);
  samples.Add(window, begin - 2ms, begin);
  samples.Add(window, begin + 999ms, begin + 1s);
  ASSERT_EQ(samples.count(), 1);
  EXPECT_NEAR(samples.Micros(0.5), 2000, 10);
}

}  // namespace
}  // namespace heitie::load
