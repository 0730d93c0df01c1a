#include "services/metrics/engine/sketch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace heitie::metrics {
namespace {

// What a sketch estimates: by its definition, on the sorted amounts.
double ExactQuantile(std::vector<double> amounts, double p) {
  std::sort(amounts.begin(), amounts.end());
  const double place = static_cast<double>(amounts.size() - 1) * p;
  const auto below = static_cast<size_t>(std::floor(place));
  if (below + 1 == amounts.size()) return amounts[below];
  return amounts[below] + (amounts[below + 1] - amounts[below]) * (place - static_cast<double>(below));
}

// How far an estimate may be off: relative to the quantile, or between amounts of different signs to the greater one.
double Allowed(std::vector<double> amounts, double p) {
  std::sort(amounts.begin(), amounts.end());
  const auto below = static_cast<size_t>(std::floor(static_cast<double>(amounts.size() - 1) * p));
  const double low = amounts[below], high = amounts[std::min(below + 1, amounts.size() - 1)];
  const double exact = ExactQuantile(amounts, p);
  return Sketch::kRelativeError * (low < 0 && high > 0 ? std::max(-low, high) : std::abs(exact));
}

double Draw(std::mt19937& random, int kind) {
  switch (kind) {
    case 0:  // money
      return static_cast<double>(std::uniform_int_distribution<int64_t>(-1'000'000'000'000, 1'000'000'000'000)(random));
    case 1:  // durations
      return std::lognormal_distribution<>(3, 2)(random);
    case 2:  // few values, 0 among them
      return std::uniform_int_distribution<>(-2, 2)(random);
    case 3:  // heavy tails
      return std::min(1e15, 1 / std::pow(std::uniform_real_distribution<>(1e-12, 1)(random), 1.2));
    default:  // about 0
      return std::normal_distribution<>(0, 1e-300)(random);
  }
}

TEST(SketchTest, EveryQuantileIsWithinOnePercent) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    std::mt19937 random(seed);
    const int kind = static_cast<int>(seed % 5);
    std::vector<double> amounts(1 + random() % 3000);
    Sketch sketch;
    for (double& amount : amounts) {
      amount = Draw(random, kind);
      sketch.Add(Sketch::BucketOf(amount));
    }
    EXPECT_EQ(sketch.count(), static_cast<int64_t>(amounts.size()));
    for (const double p : {0.0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0, static_cast<double>(random() % 1000) / 1000}) {
      ASSERT_NEAR(*sketch.Quantile(p), ExactQuantile(amounts, p), Allowed(amounts, p)) << seed << ' ' << p;
    }
  }
}

TEST(SketchTest, PartsAddUpToTheWholeInAnyOrder) {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    std::mt19937 random(seed);
    std::vector<Sketch> parts(1 + random() % 8);
    Sketch whole;
    for (int i = 0; i < 2000; ++i) {
      const int32_t bucket = Sketch::BucketOf(Draw(random, static_cast<int>(random() % 5)));
      whole.Add(bucket);
      parts[random() % parts.size()].Add(bucket);
    }
    std::shuffle(parts.begin(), parts.end(), random);
    Sketch sum;
    for (const Sketch& part : parts) sum.Add(part);
    EXPECT_EQ(sum, whole);
    EXPECT_EQ(sum.count(), whole.count());
    std::string bytes = "x", other;
    whole.Save(bytes);
    sum.Save(other);
    EXPECT_EQ(bytes, "x" + other);
    size_t at = 1;
    EXPECT_EQ(Sketch::Load(bytes, at), whole);
    EXPECT_EQ(at, bytes.size());
  }
}

TEST(SketchTest, BucketsAscendWithAmounts) {
  double last = -std::numeric_limits<double>::max();
  for (const double amount : {-1e15, -7.0, -1.0, -5e-324, 0.0, 5e-324, 1e-300, 0.5, 1.0, 1.03, 1e12, 1e15}) {
    EXPECT_LT(Sketch::BucketOf(last), Sketch::BucketOf(amount)) << amount;
    last = amount;
  }
}

TEST(SketchTest, NothingHasNoQuantile) { EXPECT_EQ(Sketch().Quantile(0.5), std::nullopt); }

TEST(SketchTest, WhatItHasNotWrittenIsRefused) {
  std::mt19937 random(7);
  Sketch sketch;
  for (int i = 0; i < 300; ++i) sketch.Add(Sketch::BucketOf(Draw(random, 1)));
  std::string bytes;
  sketch.Save(bytes);
  for (size_t cut = 0; cut < bytes.size(); ++cut) {
    size_t at = 0;
    EXPECT_EQ(Sketch::Load(bytes.substr(0, cut), at), std::nullopt);
  }
  for (int i = 0; i < 2000; ++i) {
    std::string noise(random() % 40, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    size_t at = 0;
    const auto loaded = Sketch::Load(noise, at);
    EXPECT_LE(at, noise.size());
    EXPECT_TRUE(!loaded.has_value() || loaded->count() == 0 || loaded->Quantile(0.5).has_value());
  }
}

}  // namespace
}  // namespace heitie::metrics
