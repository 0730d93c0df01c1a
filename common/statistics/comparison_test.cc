#include "common/statistics/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "common/statistics/distributions.h"
#include "common/statistics/least_squares.h"
#include "common/statistics/sample_size.h"

namespace heitie::statistics {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

Moments MomentsOf(const std::vector<double>& values) {
  Moments out;
  for (const double x : values) out.Add(x);
  return out;
}

PairMoments PairsOf(const std::vector<double>& x, const std::vector<double>& y) {
  PairMoments out;
  for (size_t i = 0; i < x.size(); ++i) out.Add(x[i], y[i]);
  return out;
}

TEST(DistributionsTest, Tables) {
  EXPECT_NEAR(NormalQuantile(0.975), 1.959963984540054, 1e-14);
  EXPECT_NEAR(StudentCritical(0.05, 10), 2.2281388519862744, 1e-12);
  EXPECT_NEAR(ChiSquareTail(3.841458820694124, 1), 0.05, 1e-14);
  EXPECT_NEAR(ChiSquareTail(18.307038053275146, 10), 0.05, 1e-14);
  EXPECT_NEAR(NormalTwoSided(-1.959963984540054), 0.05, 1e-14);
  EXPECT_NEAR(StudentTwoSided(2.2281388519862744, 10), 0.05, 1e-12);
  EXPECT_NEAR(NormalTwoSided(NormalCritical(1e-40)) / 1e-40, 1, 1e-9);
  EXPECT_GT(NormalTwoSided(30), 0) << "not 1 − 1";
}

TEST(MomentsTest, MergedAsOneByOne) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal(1e9, 1);
  for (int round = 0; round < 50; ++round) {
    Moments all, parts;
    PairMoments pairs, pair_parts;
    for (int part = 0; part < 5; ++part) {
      Moments one;
      PairMoments pair;
      for (uint64_t i = random() % 20; i > 0; --i) {
        const double x = normal(random), y = 2 * x + normal(random);
        all.Add(x);
        one.Add(x);
        pairs.Add(x, y);
        pair.Add(x, y);
      }
      parts.Merge(one);
      pair_parts.Merge(pair);
    }
    ASSERT_EQ(parts.n, all.n);
    ASSERT_NEAR(parts.mean, all.mean, 1e-5);
    ASSERT_NEAR(parts.squares, all.squares, 1e-3 * all.squares + 1e-6);
    ASSERT_NEAR(pair_parts.xy, pairs.xy, 1e-3 * std::abs(pairs.xy) + 1e-5);
  }
  Moments constant = MomentsOf({0.1, 0.1, 0.1});
  constant.Merge(MomentsOf({0.1, 0.1}));
  EXPECT_EQ(constant.squares, 0);
  Moments zeros = MomentsOf({6});
  zeros.AddZeros(2);
  EXPECT_EQ(zeros.n, 3);
  EXPECT_NEAR(zeros.variance(), MomentsOf({0, 6, 0}).variance(), 1e-12);
}

// The figures of the golden case, by which the department recognises the formulas.
TEST(ComparisonTest, GoldenProportions) {
  const Defined<Comparison> c = CompareProportions({8940, 44700}, {8643, 45489}, 0.05);
  ASSERT_TRUE(c);
  EXPECT_NEAR(c->estimate.statistic, -3.78935, 5e-6);
  EXPECT_NEAR(c->estimate.p_value, 0.00015104, 5e-9);
  EXPECT_NEAR(c->estimate.interval.low, -0.015170, 5e-7);
  EXPECT_NEAR(c->estimate.interval.high, -0.004826, 5e-7);
  const Defined<AlwaysValid> valid = AlwaysValidOf(c->estimate.effect, c->estimate.standard_error, 44700 + 45489, 0.05);
  ASSERT_TRUE(valid);
  EXPECT_NEAR(valid->half_width, 0.008767, 5e-7);
  EXPECT_NEAR(valid->interval.high - valid->interval.low, 2 * valid->half_width, 1e-12);
}

TEST(ComparisonTest, GoldenMeans) {
  const Defined<Comparison> c =
      CompareMeans(MomentsOf({12, 15, 9, 20, 14, 18, 11, 16, 13, 17}), MomentsOf({22, 14, 19, 25, 30, 17, 21, 13, 28, 24, 16, 20}), 0.05);
  ASSERT_TRUE(c);
  EXPECT_NEAR(c->estimate.statistic, 3.33146, 5e-6);
  EXPECT_NEAR(*c->estimate.degrees_of_freedom, 18.7870, 5e-5);
  EXPECT_NEAR(c->estimate.p_value, 0.003549, 5e-7);
}

TEST(ComparisonTest, GoldenSampleRatioHolmAndSize) {
  const Defined<SampleRatio> ratio = CheckSampleRatio({5170, 4830}, {1, 1});
  ASSERT_TRUE(ratio);
  EXPECT_NEAR(ratio->chi_square, 11.56, 1e-9);
  EXPECT_NEAR(ratio->p_value, 0.000674, 5e-7);
  EXPECT_THAT(Holm({0.012, 0.03, 0.04, 0.2}),
              ElementsAre(DoubleNear(0.048, 1e-12), DoubleNear(0.09, 1e-12), DoubleNear(0.09, 1e-12), DoubleNear(0.2, 1e-12)));
  EXPECT_EQ(SizeForProportions(0.20, 0.19, {})->control, 24638);
  EXPECT_EQ(SizeForProportions(0.20, 0.19, {})->treatment, 24638);
}

// The first example of Wikipedia's article on Welch's test.
TEST(ComparisonTest, PublishedWelch) {
  const Defined<Comparison> one =
      CompareMeans(MomentsOf({27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 20.5, 24.4}),
                   MomentsOf({27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4}), 0.05);
  EXPECT_NEAR(one->estimate.statistic, -2.46, 0.005);
  EXPECT_NEAR(*one->estimate.degrees_of_freedom, 25.0, 0.05);
  EXPECT_NEAR(one->estimate.p_value, 0.021, 0.0005);
}

// Pearson's χ² of the table is z², whatever the table.
TEST(ComparisonTest, ProportionsAgreeWithTheTable) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 300; ++round) {
    const int64_t nc = 2 + static_cast<int64_t>(random() % 500), nt = 2 + static_cast<int64_t>(random() % 500);
    const int64_t c = static_cast<int64_t>(random() % (nc + 1)), t = static_cast<int64_t>(random() % (nt + 1));
    const Defined<Comparison> got = CompareProportions({c, nc}, {t, nt}, 0.05);
    const double cells[2][2] = {{double(c), double(nc - c)}, {double(t), double(nt - t)}};
    double chi = 0;
    bool defined = !((c == 0 || c == nc) && (t == 0 || t == nt));
    for (int i = 0; i < 2 && defined; ++i) {
      for (int j = 0; j < 2; ++j) {
        const double expected = (cells[i][0] + cells[i][1]) * (cells[0][j] + cells[1][j]) / double(nc + nt);
        chi += std::pow(cells[i][j] - expected, 2) / expected;
      }
    }
    ASSERT_EQ(bool(got), defined);
    if (!defined) {
      ASSERT_EQ(got.cause(), Cause::kNoVariance);
      continue;
    }
    ASSERT_NEAR(std::pow(got->estimate.statistic, 2), chi, 1e-8 * (1 + chi));
    ASSERT_NEAR(got->estimate.p_value, ChiSquareTail(chi, 1), 1e-9);
    const Defined<Comparison> turned = CompareProportions({t, nt}, {c, nc}, 0.05);
    ASSERT_NEAR(turned->estimate.effect, -got->estimate.effect, 1e-15);
    ASSERT_NEAR(turned->estimate.interval.low, -got->estimate.interval.high, 1e-15);
  }
}

// The formula as books write it, over all pairs.
TEST(ComparisonTest, RatiosAgreeWithTheFormula) {
  std::mt19937_64 random(3);
  std::poisson_distribution<int> views(5);
  for (int round = 0; round < 50; ++round) {
    std::vector<double> x[2], y[2];
    double ratio[2], variance[2];
    for (int arm = 0; arm < 2; ++arm) {
      for (uint64_t i = 10 + random() % 50; i > 0; --i) {
        x[arm].push_back(1 + views(random));
        y[arm].push_back(std::binomial_distribution<int>(int(x[arm].back()), 0.3)(random));
      }
      const double n = double(x[arm].size());
      double mx = 0, my = 0, vx = 0, vy = 0, cov = 0;
      for (size_t i = 0; i < x[arm].size(); ++i) mx += x[arm][i] / n, my += y[arm][i] / n;
      for (size_t i = 0; i < x[arm].size(); ++i) {
        vx += std::pow(x[arm][i] - mx, 2) / (n - 1);
        vy += std::pow(y[arm][i] - my, 2) / (n - 1);
        cov += (x[arm][i] - mx) * (y[arm][i] - my) / (n - 1);
      }
      ratio[arm] = my / mx;
      variance[arm] = (vy / (mx * mx) + vx * my * my / std::pow(mx, 4) - 2 * cov * my / std::pow(mx, 3)) / n;
    }
    const Defined<Comparison> got = CompareRatios(PairsOf(x[0], y[0]), PairsOf(x[1], y[1]), 0.05);
    ASSERT_TRUE(got);
    ASSERT_NEAR(got->estimate.effect, ratio[1] - ratio[0], 1e-12);
    ASSERT_NEAR(got->estimate.standard_error, std::sqrt(variance[0] + variance[1]), 1e-12);
  }
}

// CUPED is the coefficient of the arm in a regression on arm and covariate.
TEST(ComparisonTest, AdjustmentAgreesWithRegression) {
  std::mt19937_64 random(4);
  std::normal_distribution<double> normal;
  for (int round = 0; round < 30; ++round) {
    std::vector<double> x[2], y[2], response;
    Columns terms(3);
    for (int arm = 0; arm < 2; ++arm) {
      for (int i = 0; i < 40 + 30 * arm; ++i) {
        x[arm].push_back(10 + 3 * normal(random));
        y[arm].push_back(2 + 0.7 * x[arm].back() + 0.5 * arm + normal(random));
        terms[0].push_back(1);
        terms[1].push_back(arm);
        terms[2].push_back(x[arm].back());
        response.push_back(y[arm].back());
      }
    }
    const Defined<Adjusted> got = CompareAdjustedMeans(PairsOf(x[0], y[0]), PairsOf(x[1], y[1]), 0.05);
    const Defined<LeastSquares> fit = LeastSquares::Fit(terms, response);
    ASSERT_TRUE(got);
    ASSERT_TRUE(fit);
    ASSERT_NEAR(got->theta, fit->coefficients()[2], 1e-10);
    ASSERT_NEAR(got->comparison.estimate.effect, fit->coefficients()[1], 1e-9);
    const Defined<Comparison> plain = CompareMeans(MomentsOf(y[0]), MomentsOf(y[1]), 0.05);
    const double shrunk = got->comparison.estimate.standard_error / plain->estimate.standard_error;
    ASSERT_NEAR(shrunk * shrunk, 1 - got->variance_reduction, 0.1);
    ASSERT_LT(shrunk, 0.7);
  }
}

TEST(ComparisonTest, HolmAgreesWithItsDefinition) {
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> uniform;
  for (int round = 0; round < 200; ++round) {
    std::vector<double> p(1 + random() % 6);
    for (double& one : p) one = random() % 4 == 0 ? 0.02 : uniform(random) * uniform(random);
    const std::vector<double> adjusted = Holm(p);
    // At every level the same are rejected as by going down the list until the first that is not.
    for (const double alpha : {0.01, 0.05, 0.2, 0.9}) {
      std::vector<bool> rejected(p.size(), false);
      for (size_t left = p.size(); left > 0; --left) {
        size_t least = p.size();
        for (size_t i = 0; i < p.size(); ++i) {
          if (!rejected[i] && (least == p.size() || p[i] < p[least])) least = i;
        }
        if (p[least] * double(left) > alpha) break;
        rejected[least] = true;
      }
      for (size_t i = 0; i < p.size(); ++i) ASSERT_EQ(adjusted[i] <= alpha, rejected[i]);
    }
  }
  EXPECT_TRUE(Holm({}).empty());
}

TEST(ComparisonTest, AlwaysValidPInvertsTheInterval) {
  for (const double alpha : {0.01, 0.05, 0.1}) {
    for (const int64_t n : {20, 5000, 1000000}) {
      const Defined<AlwaysValid> at = AlwaysValidOf(1, 0.25, n, alpha);
      const Defined<AlwaysValid> edge = AlwaysValidOf(at->half_width, 0.25, n, alpha);
      EXPECT_NEAR(edge->p_value, alpha, 1e-9);
      EXPECT_EQ(at->p_value <= alpha, at->interval.low >= 0);
      // Looking at any time costs width.
      EXPECT_GT(at->half_width, NormalCritical(alpha) * 0.25);
    }
  }
}

TEST(ComparisonTest, UndefinedTellsItsCause) {
  EXPECT_EQ(CompareProportions({0, 0}, {1, 2}, 0.05).cause(), Cause::kNoData);
  EXPECT_EQ(CompareProportions({0, 9}, {0, 9}, 0.05).cause(), Cause::kNoVariance);
  EXPECT_EQ(CompareProportions({0, 9}, {9, 9}, 0.05).cause(), Cause::kNoVariance);
  EXPECT_TRUE(CompareProportions({0, 9}, {1, 9}, 0.05));
  EXPECT_EQ(CompareMeans({}, MomentsOf({1, 2}), 0.05).cause(), Cause::kNoData);
  EXPECT_EQ(CompareMeans(MomentsOf({1}), MomentsOf({1, 2}), 0.05).cause(), Cause::kTooFew);
  EXPECT_EQ(CompareMeans(MomentsOf({3, 3}), MomentsOf({4, 4}), 0.05).cause(), Cause::kNoVariance);
  EXPECT_TRUE(CompareMeans(MomentsOf({3, 3}), MomentsOf({4, 5}), 0.05));
  EXPECT_EQ(CompareMeans(Moments::Of(9, 1e308, 1), Moments::Of(9, -1e308, 1), 0.05).cause(), Cause::kOutOfRange);
  EXPECT_EQ(CompareRatios(PairsOf({0, 0}, {1, 2}), PairsOf({1, 2}, {1, 2}), 0.05).cause(), Cause::kZeroDenominator);
  EXPECT_EQ(CompareRatios(PairsOf({1, 2, 4}, {3, 6, 12}), PairsOf({1, 3}, {3, 9}), 0.05).cause(), Cause::kNoVariance)
      << "each unit has the same ratio";
  EXPECT_EQ(CompareAdjustedMeans(PairsOf({5, 5}, {1, 2}), PairsOf({5, 5}, {1, 2}), 0.05).cause(), Cause::kNoCovariate);
  EXPECT_EQ(CompareAdjustedMeans(PairsOf({1, 2}, {2, 4}), PairsOf({3, 5}, {6, 10}), 0.05).cause(), Cause::kNoVariance);
  EXPECT_EQ(RelativeLift({0, 1}, {1, 1}, 0.05).cause(), Cause::kZeroDenominator);
  EXPECT_EQ(RelativeLift({1, 0}, {1, 0}, 0.05).cause(), Cause::kNoVariance);
  EXPECT_EQ(AlwaysValidOf(1, 0, 10, 0.05).cause(), Cause::kNoVariance);
  EXPECT_EQ(AlwaysValidOf(1, 1, 0, 0.05).cause(), Cause::kNoData);
  EXPECT_EQ(CompareMeans(MomentsOf({1e308, -1e308, 1e308}), MomentsOf({1, 2}), 0.05).cause(), Cause::kOutOfRange);
  EXPECT_EQ(CompareRatios(PairMoments::Of(9, 1e-308, 1e308, 1, 1, 0), PairMoments::Of(9, 1, 1, 1, 1, 0), 0.05).cause(), Cause::kOutOfRange);
  EXPECT_EQ(CheckSampleRatio({0, 0}, {1, 1}).cause(), Cause::kNoData);
  EXPECT_EQ(CheckSampleRatio({1, 1}, {1, 0}).cause(), Cause::kZeroDenominator);
  EXPECT_EQ(CheckSampleRatio({1}, {1}).cause(), Cause::kTooFew);
  EXPECT_EQ(SizeForProportions(0.2, 0.2, {}).cause(), Cause::kZeroDenominator);
  EXPECT_EQ(SizeForMeans(1, 0, 0, {}).cause(), Cause::kNoVariance);
  EXPECT_EQ(SizeForMeans(1e-9, 1e9, 1e9, {}).cause(), Cause::kOutOfRange);
}

// Whatever numbers somebody sends, the answer is finite or undefined.
TEST(ComparisonTest, ExtremesAreFiniteOrUndefined) {
  const std::vector<double> extremes = {0, 1e-308, 1e-9, 1, 1e9, 1e154, 1e308};
  const auto check = [](const Defined<Comparison>& c) {
    if (!c) return;
    EXPECT_TRUE(std::isfinite(c->estimate.statistic) && std::isfinite(c->estimate.interval.low));
    EXPECT_TRUE(c->estimate.p_value >= 0 && c->estimate.p_value <= 1);
    const Defined<AlwaysValid> valid = AlwaysValidOf(c->estimate.effect, c->estimate.standard_error, 40, 1e-6, 1);
    EXPECT_TRUE(!valid || (valid->p_value >= 0 && valid->p_value <= 1));
    const Defined<Lift> lift = RelativeLift(c->control, c->treatment, 0.5);
    EXPECT_TRUE(!lift || std::isfinite(lift->interval.high));
  };
  for (const double mean : extremes) {
    for (const double variance : extremes) {
      for (const int64_t n : {int64_t{2}, int64_t{20}, int64_t{1000000000000}}) {
        for (const double alpha : {1e-6, 0.5}) {
          check(CompareMeans(Moments::Of(n, mean, variance), Moments::Of(2, -mean, 1), alpha));
          check(CompareRatios(PairMoments::Of(n, mean, 1, variance, 1, 0), PairMoments::Of(2, 1, mean, 1, variance, 0), alpha));
          const auto adjusted =
              CompareAdjustedMeans(PairMoments::Of(n, mean, 1, variance, 1, 0), PairMoments::Of(2, 1, mean, 1, variance, 0), alpha);
          if (adjusted) check(adjusted->comparison);
        }
      }
    }
  }
  EXPECT_EQ(StudentTwoSided(1e300, 1.5), 0);
  EXPECT_EQ(NormalTwoSided(1e300), 0);
  EXPECT_EQ(ChiSquareTail(1e300, 99), 0);
  EXPECT_EQ(CheckSampleRatio({0, 1000000000000}, {1000000, 1e-9})->p_value, 0);
  EXPECT_NEAR(StudentTwoSided(0.5, 1e13), NormalTwoSided(0.5), 1e-9);
}

// ---- Simulations, with fixed seeds.

// Both arms are alike, and somebody looks after every block of 200 users, and would stop.
TEST(SimulationTest, PeekingRejectsAtMostFivePercentByTheAlwaysValidRule) {
  constexpr int kRuns = 2000, kBlocks = 100, kBlock = 100;
  std::mt19937_64 random(6);
  std::binomial_distribution<int> block(kBlock, 0.2);
  int always_valid = 0, fixed = 0;
  for (int run = 0; run < kRuns; ++run) {
    Proportion a, b;
    bool valid_rejects = false, fixed_rejects = false;
    for (int i = 0; i < kBlocks; ++i) {
      a = {a.successes + block(random), a.trials + kBlock};
      b = {b.successes + block(random), b.trials + kBlock};
      const Defined<Comparison> c = CompareProportions(a, b, 0.05);
      if (!c) continue;
      fixed_rejects = fixed_rejects || c->estimate.p_value < 0.05;
      const Interval interval = AlwaysValidOf(c->estimate.effect, c->estimate.standard_error, a.trials + b.trials, 0.05)->interval;
      valid_rejects = valid_rejects || interval.low > 0 || interval.high < 0;
    }
    always_valid += valid_rejects;
    fixed += fixed_rejects;
  }
  EXPECT_LE(always_valid, kRuns * 5 / 100);
  EXPECT_GT(fixed, kRuns * 25 / 100) << "which is why the fixed rule is not used before the planned size";
}

// The share of runs in which the interval holds the truth.
template <typename F>
double Coverage(int runs, F covers) {
  int covered = 0;
  for (int run = 0; run < runs; ++run) covered += covers() ? 1 : 0;
  return double(covered) / runs;
}

bool Holds(const Interval& interval, double truth) { return interval.low <= truth && truth <= interval.high; }

TEST(SimulationTest, IntervalsCoverWhatTheyClaim) {
  std::mt19937_64 random(7);
  std::normal_distribution<double> normal;
  std::exponential_distribution<double> skewed(0.5);
  std::poisson_distribution<int> views(4);
  for (const double alpha : {0.05, 0.2}) {
    const auto near = [&] { return DoubleNear(1 - alpha, 0.05); };
    EXPECT_THAT(Coverage(2000,
                         [&] {
                           std::binomial_distribution<int> c(300, 0.2), t(500, 0.25);
                           return Holds(CompareProportions({c(random), 300}, {t(random), 500}, alpha)->estimate.interval, 0.05);
                         }),
                near());
    EXPECT_THAT(Coverage(2000,
                         [&] {
                           Moments c, t;
                           for (int i = 0; i < 8; ++i) c.Add(normal(random));
                           for (int i = 0; i < 20; ++i) t.Add(1 + 4 * normal(random));
                           return Holds(CompareMeans(c, t, alpha)->estimate.interval, 1);
                         }),
                near());
    EXPECT_THAT(Coverage(1000,
                         [&] {
                           Moments c, t;
                           for (int i = 0; i < 200; ++i) c.Add(skewed(random)), t.Add(1.1 * skewed(random));
                           const Defined<Comparison> both = CompareMeans(c, t, alpha);
                           return Holds(RelativeLift(both->control, both->treatment, alpha)->interval, 0.1);
                         }),
                near());
    EXPECT_THAT(Coverage(1000,
                         [&] {
                           PairMoments arms[2];
                           for (PairMoments& arm : arms) {
                             for (int i = 0; i < 200; ++i) {
                               const int seen = 1 + views(random);
                               arm.Add(seen, std::binomial_distribution<int>(seen, &arm == arms ? 0.3 : 0.35)(random));
                             }
                           }
                           return Holds(CompareRatios(arms[0], arms[1], alpha)->estimate.interval, 0.05);
                         }),
                near());
    EXPECT_THAT(Coverage(1000,
                         [&] {
                           PairMoments arms[2];
                           for (PairMoments& arm : arms) {
                             for (int i = 0; i < 60; ++i) {
                               const double x = skewed(random);
                               arm.Add(x, 2 * x + normal(random) + (&arm == arms ? 0 : 0.3));
                             }
                           }
                           return Holds(CompareAdjustedMeans(arms[0], arms[1], alpha)->comparison.estimate.interval, 0.3);
                         }),
                near());
  }
}

TEST(SimulationTest, ThePlannedSizeHasThePower) {
  std::mt19937_64 random(8);
  const SampleSize size = *SizeForProportions(0.3, 0.36, {0.05, 0.8, 2});
  EXPECT_NEAR(double(size.treatment), 2.0 * double(size.control), 2);
  std::binomial_distribution<int64_t> c(size.control, 0.3), t(size.treatment, 0.36);
  EXPECT_NEAR(Coverage(3000,
                       [&] {
                         return CompareProportions({c(random), size.control}, {t(random), size.treatment}, 0.05)->estimate.p_value < 0.05;
                       }),
              0.8, 0.03);
}

}  // namespace
}  // namespace heitie::statistics
