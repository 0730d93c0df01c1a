#include "common/statistics/raking.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <sstream>
#include <string>

#include "common/statistics/association.h"
#include "common/statistics/python_testing.h"

namespace heitie::statistics {
namespace {

using Targets = std::vector<std::vector<double>>;

// Men and women by young and old.
const std::vector<RakingCell>& People() {
  static const auto& cells = *new std::vector<RakingCell>{{{0, 0}, 50}, {{0, 1}, 10}, {{1, 0}, 20}, {{1, 1}, 20}};
  return cells;
}

double MarginOf(const std::vector<RakingCell>& cells, const std::vector<double>& weights, size_t margin, size_t option) {
  double sum = 0, n = 0;
  for (size_t i = 0; i < cells.size(); ++i) {
    n += static_cast<double>(cells[i].count);
    if (cells[i].options[margin] == option) sum += static_cast<double>(cells[i].count) * weights[i];
  }
  return sum / n;
}

void ExpectMet(const std::vector<RakingCell>& cells, const std::vector<double>& weights, const Targets& targets) {
  ASSERT_EQ(weights.size(), cells.size());
  for (size_t margin = 0; margin < targets.size(); ++margin) {
    for (size_t option = 0; option < targets[margin].size(); ++option) {
      EXPECT_NEAR(MarginOf(cells, weights, margin, option), targets[margin][option], kMarginTolerance);
    }
  }
}

WeightSums SumsOf(const std::vector<RakingCell>& cells, const std::vector<double>& weights) {
  WeightSums sums;
  for (size_t i = 0; i < cells.size(); ++i) sums.Add(cells[i].count, weights[i]);
  return sums;
}

TEST(RakingTest, GoldenWeights) {
  const Targets targets = {{0.5, 0.5}, {0.4, 0.6}};
  const Raking raking = Rake(People(), targets);
  ASSERT_FALSE(raking.failure);
  ExpectMet(People(), raking.weights, targets);
  const double golden[] = {0.5821, 2.0895, 0.5447, 1.9553};
  for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(raking.weights[i], golden[i], 5e-5);
  EXPECT_NEAR(SumsOf(People(), raking.weights).design_effect(), 1.4300, 5e-5);
  EXPECT_NEAR(SumsOf(People(), raking.weights).effective(), 100 / 1.4300, 5e-3);
  EXPECT_EQ(WeightSums().design_effect(), 1);
}

TEST(RakingTest, BoundsHoldAndMarginsAreMetAllTheSame) {
  const Targets targets = {{0.5, 0.5}, {0.4, 0.6}};
  const Raking raking = Rake(People(), targets, {0.5, 2.05});
  ASSERT_FALSE(raking.failure);
  ExpectMet(People(), raking.weights, targets);
  for (const double weight : raking.weights) {
    EXPECT_GE(weight, 0.5);
    EXPECT_LE(weight, 2.05);
  }
  EXPECT_NEAR(raking.weights[1], 2.05, 1e-6) << "which was above";
}

TEST(RakingTest, WhatCannotBeMetIsNamed) {
  const Raking nobody = Rake({{{0, 0}, 5}, {{0, 1}, 5}}, {{0.5, 0.5}, {0.5, 0.5}});
  ASSERT_TRUE(nobody.failure);
  EXPECT_TRUE(nobody.failure->nobody);
  EXPECT_EQ(nobody.failure->margin, 0u);
  EXPECT_EQ(nobody.failure->option, 1u);
  // All men are young and all women old, so that the margins are the same and the targets are not.
  const Raking apart = Rake({{{0, 0}, 5}, {{1, 1}, 5}}, {{0.5, 0.5}, {0.4, 0.6}});
  ASSERT_TRUE(apart.failure);
  EXPECT_FALSE(apart.failure->nobody);
  EXPECT_NEAR(apart.failure->reached, 0.5 - 0.1 * (apart.failure->margin == 0 ? 1 : 0) * (apart.failure->option == 0 ? 1 : -1), 0.11);
  const Raking capped = Rake(People(), {{0.5, 0.5}, {0.4, 0.6}}, {0, 1.9});
  ASSERT_TRUE(capped.failure) << "30 old people of weight 1.9 at most are not 60";
  EXPECT_EQ(capped.failure->margin, 1u);
  EXPECT_NEAR(capped.failure->reached, capped.failure->option == 1 ? 0.57 : 0.43, 1e-6);
}

struct RandomCase {
  std::vector<RakingCell> cells;
  Targets targets;
};
RandomCase RandomRaking(std::mt19937& random, size_t margins) {
  RandomCase one;
  std::vector<size_t> sizes;
  for (size_t margin = 0; margin < margins; ++margin) {
    sizes.push_back(2 + random() % 3);
    std::vector<double>& shares = one.targets.emplace_back();
    double sum = 0;
    for (size_t option = 0; option < sizes.back(); ++option) sum += shares.emplace_back(0.5 + static_cast<double>(random() % 1000) / 1000);
    for (double& share : shares) share /= sum;
  }
  std::vector<size_t> options(margins, 0);
  while (true) {
    one.cells.push_back({options, 3 + static_cast<int64_t>(random() % 40)});
    size_t margin = 0;
    while (margin < margins && ++options[margin] == sizes[margin]) options[margin++] = 0;
    if (margin == margins) return one;
  }
}

// By fitting arrays margin by margin.
TEST(RakingTest, AsNumpyHasItOnRandomSamples) {
  std::mt19937 random(11);
  std::vector<RandomCase> cases;
  std::ostringstream program;
  program.precision(17);
  program << "import numpy as np\nfor counts, options, targets in [";
  for (int i = 0; i < 40; ++i) {
    const RandomCase& one = cases.emplace_back(RandomRaking(random, 2 + static_cast<size_t>(i) % 2));
    program << "([";
    for (const RakingCell& cell : one.cells) program << cell.count << ",";
    program << "],[";
    for (const RakingCell& cell : one.cells) {
      program << "(";
      for (const size_t option : cell.options) program << option << ",";
      program << "),";
    }
    program << "],[";
    for (const auto& shares : one.targets) {
      program << "[";
      for (const double share : shares) program << share << ",";
      program << "],";
    }
    program << "]),";
  }
  program << "]:\n"
             "  shape = [len(t) for t in targets]\n"
             "  n = np.zeros(shape)\n"
             "  for c, o in zip(counts, options): n[o] = c\n"
             "  fit = n / n.sum()\n"
             "  for _ in range(500):\n"
             "    for axis, t in enumerate(targets):\n"
             "      others = tuple(a for a in range(len(shape)) if a != axis)\n"
             "      turned = [1] * len(shape)\n"
             "      turned[axis] = -1\n"
             "      fit = fit * (np.array(t) / fit.sum(axis=others)).reshape(turned)\n"
             "  w = fit * n.sum() / n\n"
             "  print(*[repr(float(w[o])) for o in options], repr(float(n.sum() * (n * w * w).sum() / (n * w).sum() ** 2)))";
  std::istringstream said(Python(program.str()));
  ASSERT_FALSE(said.str().empty()) << "there is no python3-numpy";
  for (const RandomCase& one : cases) {
    const Raking raking = Rake(one.cells, one.targets);
    ASSERT_FALSE(raking.failure);
    for (const double weight : raking.weights) {
      double expected = 0;
      ASSERT_TRUE(said >> expected);
      EXPECT_NEAR(weight, expected, 1e-6);
    }
    double design_effect = 0;
    ASSERT_TRUE(said >> design_effect);
    EXPECT_NEAR(SumsOf(one.cells, raking.weights).design_effect(), design_effect, 1e-6);
  }
}

// Of what the bounds leave, the weights are the least far from 1: moving along any direction that keeps all margins goes farther.
TEST(RakingTest, BoundedWeightsAreTheNearestOnes) {
  std::mt19937 random(12);
  int bounded = 0;
  for (int i = 0; i < 40; ++i) {
    const RandomCase one = RandomRaking(random, 2);
    const Raking free = Rake(one.cells, one.targets);
    ASSERT_FALSE(free.failure);
    double most = 0;
    for (const double weight : free.weights) most = std::max(most, weight);
    const RakingBounds bounds{0, 1 + (most - 1) * 0.95};
    const Raking raking = Rake(one.cells, one.targets, bounds);
    if (raking.failure) continue;
    ++bounded;
    ExpectMet(one.cells, raking.weights, one.targets);
    // Four cells of two rows and two columns: one up, one down, one down, one up.
    const size_t width = one.targets[0].size();
    for (size_t at = 0; at + width + 1 < one.cells.size(); ++at) {
      if (one.cells[at].options[0] + 1 == width) continue;
      const size_t four[] = {at, at + 1, at + width, at + width + 1};
      for (const double step : {1e-4, -1e-4}) {
        double farther = 0;
        bool allowed = true;
        for (size_t j = 0; j < 4; ++j) {
          const double count = static_cast<double>(one.cells[four[j]].count), before = raking.weights[four[j]];
          const double after = before + (j == 0 || j == 3 ? step : -step) / count;
          allowed = allowed && after > 0 && after <= bounds.most;
          const auto far = [](double weight) { return weight * std::log(weight) - weight; };
          farther += count * (far(after) - far(before));
        }
        EXPECT_TRUE(!allowed || farther > -1e-12) << farther;
      }
    }
  }
  EXPECT_GE(bounded, 20);
}

TEST(RakingTest, TestsOfWeightedTablesAreDividedByTheDesignEffect) {
  const auto plain = Associate({{30, 20, 10}, {20, 30, 40}});
  const auto same = AssociateWeighted({{30, 20, 10}, {20, 30, 40}}, 1);
  ASSERT_TRUE(plain && same);
  EXPECT_EQ(plain->chi_square, same->chi_square);
  EXPECT_EQ(plain->p_value, same->p_value);
  const auto halved = AssociateWeighted({{30, 20, 10}, {20, 30, 40}}, 2);
  EXPECT_NEAR(halved->chi_square, plain->chi_square / 2, 1e-12);
  EXPECT_GT(halved->p_value, plain->p_value);
  EXPECT_EQ(halved->cramers_v, plain->cramers_v) << "how much hangs together does not depend on how well one knows it";
  EXPECT_FALSE(AssociateWeighted({{3.0, 1.0}, {1.0, 5.0}}, 1)->fisher_p_value);
  EXPECT_NEAR(WilsonInterval(0.75, 40, 0.05)->low, WilsonInterval({30, 40}, 0.05)->low, 1e-15);
  EXPECT_LT(WilsonInterval(0.75, 20.5, 0.05)->low, WilsonInterval(0.75, 40, 0.05)->low);
}

}  // namespace
}  // namespace heitie::statistics
