#include "common/statistics/without_control.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "common/statistics/least_squares.h"

namespace heitie::statistics {
namespace {

// NIST's data set of Longley 1967, whose columns are nearly collinear, with its certified values (Statistical Reference Datasets).
TEST(LeastSquaresTest, Longley) {
  const std::vector<double> y = {60323, 61122, 60171, 61187, 63221, 63639, 64989, 63761,
                                 66019, 67857, 68169, 66513, 68655, 69564, 69331, 70551};
  const Columns x = {
      std::vector<double>(16, 1),
      {83.0, 88.5, 88.2, 89.5, 96.2, 98.1, 99.0, 100.0, 101.2, 104.6, 108.4, 110.8, 112.6, 114.2, 115.7, 116.9},
      {234289, 259426, 258054, 284599, 328975, 346999, 365385, 363112, 397469, 419180, 442769, 444546, 482704, 502601, 518173, 554894},
      {2356, 2325, 3682, 3351, 2099, 1932, 1870, 3578, 2904, 2822, 2936, 4681, 3813, 3931, 4806, 4007},
      {1590, 1456, 1616, 1650, 3099, 3594, 3547, 3350, 3048, 2857, 2798, 2637, 2552, 2514, 2572, 2827},
      {107608, 108632, 109773, 110929, 112075, 113270, 115094, 116219, 117388, 118734, 120445, 121950, 123366, 125368, 127852, 130081},
      {1947, 1948, 1949, 1950, 1951, 1952, 1953, 1954, 1955, 1956, 1957, 1958, 1959, 1960, 1961, 1962}};
  const std::vector<double> certified = {-3482258.63459582, 15.0618722713733,    -0.0358191792925910, -2.02022980381683,
                                         -1.03322686717359, -0.0511041056535807, 1829.15146461355};
  const std::vector<double> deviations = {890420.383607373,  84.9149257747669,  0.0334910077722432, 0.488399681651699,
                                          0.214274163161675, 0.226073200069370, 455.478499142212};
  const Defined<LeastSquares> fit = LeastSquares::Fit(x, y);
  ASSERT_TRUE(fit);
  double squares = 0;
  for (const double e : fit->residuals()) squares += e * e;
  const double variance = squares / 9;
  EXPECT_NEAR(std::sqrt(variance), 304.854073561965, 1e-6);
  for (size_t j = 0; j < certified.size(); ++j) {
    EXPECT_NEAR(fit->coefficients()[j], certified[j], 1e-8 * std::abs(certified[j]));
    std::vector<double> c(certified.size());
    c[j] = 1;
    double own = 0;
    for (const double w : fit->Influence(c)) own += w * w;
    EXPECT_NEAR(std::sqrt(own * variance), deviations[j], 1e-8 * deviations[j]);
  }
}

TEST(LeastSquaresTest, Undefined) {
  EXPECT_EQ(LeastSquares::Fit({{1, 1, 1}, {1, 2, 3}, {3, 5, 7}}, {1, 2, 4}).cause(), Cause::kCollinear);
  EXPECT_EQ(LeastSquares::Fit({{1, 1}, {0, 0}}, {1, 2}).cause(), Cause::kCollinear);
  EXPECT_EQ(LeastSquares::Fit({{1}, {2}}, {1}).cause(), Cause::kTooFew);
}

TEST(ChangesTest, Golden) {
  const Defined<Comparison> c = CompareChanges(std::vector<double>{18, 14, 21, 13, 18}, std::vector<double>{4, 7, 2, 9, 3, 5}, 0.05);
  ASSERT_TRUE(c);
  EXPECT_NEAR(c->estimate.effect, 11.8, 1e-12);
  EXPECT_NEAR(c->estimate.p_value, 0.000224, 5e-7);
}

TEST(ChangesTest, UnitsWithPeriods) {
  const std::vector<Unit> units = {
      {true, {1, 2, 3, 4}, {20, 22}}, {true, {2, 3, 4, 6}, {21, 25}}, {false, {5, 6, 7, 8}, {11, 10}}, {false, {1, 2, 3, 3}, {4, 6}}};
  const Defined<DifferenceInDifferences> got = CompareChanges(units, 0.05);
  ASSERT_TRUE(got);
  // Changes: 21 − 2.5, 23 − 3.75, 10.5 − 6.5, 5 − 2.25.
  EXPECT_NEAR(got->changes.estimate.effect, (18.5 + 19.25) / 2 - (4 + 2.75) / 2, 1e-12);
  // Slopes 1, 1.3, 1, 0.7; second half less first half 2, 2.5, 2, 1.5.
  ASSERT_TRUE(got->pre_trend);
  EXPECT_NEAR(got->pre_trend->estimate.effect, 1.15 - 0.85, 1e-12);
  ASSERT_TRUE(got->placebo);
  EXPECT_NEAR(got->placebo->estimate.effect, 2.25 - 1.75, 1e-12);

  EXPECT_EQ(CompareChanges({{true, {1}, {2}}, {false, {1}, {}}}, 0.05).cause(), Cause::kNoData);
  EXPECT_EQ(CompareChanges({{true, {1}, {2}}, {true, {1}, {3}}}, 0.05).cause(), Cause::kNoData) << "nobody to compare with";
  EXPECT_EQ(CompareChanges({{true, {1}, {2}}, {true, {1}, {3}}, {false, {1}, {3}}}, 0.05).cause(), Cause::kTooFew);
  const Defined<DifferenceInDifferences> short_past =
      CompareChanges({{true, {1}, {2}}, {true, {1}, {3}}, {false, {1}, {1}}, {false, {2}, {1}}}, 0.05);
  ASSERT_TRUE(short_past);
  EXPECT_EQ(short_past->pre_trend.cause(), Cause::kTooFew);
  EXPECT_EQ(short_past->placebo.cause(), Cause::kTooFew);
}

// Units share shocks of their periods and differ by themselves, which would fool a comparison of all figures.
TEST(ChangesTest, CoversAndFindsUnlikePasts) {
  std::mt19937_64 random(11);
  std::normal_distribution<double> normal;
  int covered = 0, trends = 0, found = 0;
  constexpr int kRuns = 1000;
  for (int run = 0; run < 2 * kRuns; ++run) {
    const bool unlike = run >= kRuns;  // treated units rise by themselves
    std::vector<Unit> units;
    double shocks[8];
    for (double& shock : shocks) shock = 3 * normal(random);
    for (int i = 0; i < 16; ++i) {
      Unit& unit = units.emplace_back();
      unit.treated = i < 7;
      const double level = 10 * normal(random);
      for (int t = 0; t < 8; ++t) {
        const double y = level + shocks[t] + normal(random) + (unit.treated && t >= 5 ? 2 : 0) + (unit.treated && unlike ? 1.5 * t : 0);
        (t < 5 ? unit.before : unit.after).push_back(y);
      }
    }
    const Defined<DifferenceInDifferences> got = CompareChanges(units, 0.05);
    ASSERT_TRUE(got && got->pre_trend && got->placebo);
    if (unlike) {
      found += got->pre_trend->estimate.p_value < 0.05 && got->placebo->estimate.p_value < 0.05;
    } else {
      covered += got->changes.estimate.interval.low <= 2 && 2 <= got->changes.estimate.interval.high;
      trends += got->pre_trend->estimate.p_value < 0.05;
    }
  }
  EXPECT_NEAR(double(covered) / kRuns, 0.95, 0.05);
  EXPECT_NEAR(double(trends) / kRuns, 0.05, 0.05);
  EXPECT_GT(double(found) / kRuns, 0.9);
}

// ---- Interrupted series

// (X'X)⁻¹ and the sandwich by hand, in long double.
struct Oracle {
  std::vector<long double> beta;
  std::vector<std::vector<long double>> covariance;
};

Oracle Naive(const std::vector<std::vector<long double>>& rows, const std::vector<int64_t>& days, const std::vector<double>& y, int lag) {
  const size_t n = rows.size(), k = rows[0].size();
  std::vector<std::vector<long double>> a(k, std::vector<long double>(2 * k));
  for (size_t i = 0; i < k; ++i) {
    for (size_t j = 0; j < k; ++j) {
      for (size_t r = 0; r < n; ++r) a[i][j] += rows[r][i] * rows[r][j];
    }
    a[i][k + i] = 1;
  }
  for (size_t c = 0; c < k; ++c) {
    size_t pivot = c;
    for (size_t r = c; r < k; ++r) pivot = std::abs(a[r][c]) > std::abs(a[pivot][c]) ? r : pivot;
    std::swap(a[c], a[pivot]);
    const long double by = a[c][c];
    for (long double& x : a[c]) x /= by;
    for (size_t r = 0; r < k; ++r) {
      const long double f = r == c ? 0 : a[r][c];
      for (size_t j = 0; j < 2 * k; ++j) a[r][j] -= f * a[c][j];
    }
  }
  Oracle out;
  out.beta.assign(k, 0);
  for (size_t i = 0; i < k; ++i) {
    for (size_t j = 0; j < k; ++j) {
      for (size_t r = 0; r < n; ++r) out.beta[i] += a[i][k + j] * rows[r][j] * y[r];
    }
  }
  std::vector<std::vector<long double>> meat(k, std::vector<long double>(k));
  for (size_t r = 0; r < n; ++r) {
    for (size_t s = 0; s < n; ++s) {
      const int64_t apart = std::abs(days[r] - days[s]);
      if (apart > lag) continue;
      long double er = y[r], es = y[s];
      for (size_t i = 0; i < k; ++i) er -= rows[r][i] * out.beta[i], es -= rows[s][i] * out.beta[i];
      for (size_t i = 0; i < k; ++i) {
        for (size_t j = 0; j < k; ++j) meat[i][j] += (1 - (long double)apart / (lag + 1)) * er * es * rows[r][i] * rows[s][j];
      }
    }
  }
  out.covariance.assign(k, std::vector<long double>(k));
  for (size_t i = 0; i < k; ++i) {
    for (size_t j = 0; j < k; ++j) {
      for (size_t p = 0; p < k; ++p) {
        for (size_t q = 0; q < k; ++q) out.covariance[i][j] += a[i][k + p] * meat[p][q] * a[q][k + j] * n / (n - k);
      }
    }
  }
  return out;
}

TEST(InterruptionTest, AgreesWithNormalEquationsAndTheSandwich) {
  std::mt19937_64 random(12);
  std::normal_distribution<double> normal;
  for (int round = 0; round < 30; ++round) {
    const bool weekdays = round % 2 == 0;
    std::vector<DayFigure> figures;
    std::vector<std::vector<long double>> rows;
    std::vector<int64_t> days;
    std::vector<double> y;
    const int64_t first = 20000 + static_cast<int64_t>(random() % 7), change = first + 50;
    double error = 0;
    for (int64_t day = first; day < first + 95; ++day) {
      error = 0.5 * error + normal(random);
      if (random() % 10 == 0) continue;  // a day without a figure
      const double value = 100 + 0.2 * double(day - first) + (day >= change ? -4 : 0) + (day % 7 == 5 ? 9 : 0) + error;
      figures.push_back({day, value});
      std::vector<long double> row = {1, (long double)(day - change), day >= change ? 1.0L : 0.0L,
                                      day >= change ? (long double)(day - change) : 0.0L};
      for (int w = 1; w < 7 && weekdays; ++w) row.push_back(day % 7 == w ? 1 : 0);
      rows.push_back(row);
      days.push_back(day);
      y.push_back(value);
    }
    const Defined<InterruptedTimeSeries> got = FitInterruption(figures, change, weekdays, 0.05);
    ASSERT_TRUE(got);
    ASSERT_EQ(got->terms, weekdays ? 10 : 4);
    ASSERT_EQ(got->lag, int(std::floor(4 * std::pow(double(figures.size()) / 100, 2.0 / 9))));
    const Oracle oracle = Naive(rows, days, y, got->lag);
    ASSERT_NEAR(got->level.effect, double(oracle.beta[2]), 1e-9);
    ASSERT_NEAR(got->slope.effect, double(oracle.beta[3]), 1e-10);
    ASSERT_NEAR(got->level.standard_error, double(std::sqrt(oracle.covariance[2][2])), 1e-9);
    ASSERT_NEAR(got->slope.standard_error, double(std::sqrt(oracle.covariance[3][3])), 1e-10);
    double elapsed = 0, count = 0;
    for (const int64_t day : days) {
      if (day >= change) elapsed += double(day - change), ++count;
    }
    const double m = elapsed / count;
    ASSERT_NEAR(got->average.effect, double(oracle.beta[2] + m * oracle.beta[3]), 1e-9);
    ASSERT_NEAR(got->average.standard_error,
                double(std::sqrt(oracle.covariance[2][2] + 2 * m * oracle.covariance[2][3] + m * m * oracle.covariance[3][3])), 1e-9);
  }
}

TEST(InterruptionTest, CoversWhatItClaims) {
  std::mt19937_64 random(13);
  std::normal_distribution<double> normal;
  constexpr int kRuns = 600;
  int level = 0, slope = 0, average = 0;
  for (int run = 0; run < kRuns; ++run) {
    std::vector<DayFigure> figures;
    double error = 0;
    for (int64_t day = 0; day < 364; ++day) {
      error = 0.2 * error + normal(random);
      figures.push_back({day, 50 + 0.01 * double(day) + (day % 7) + (day >= 200 ? 1.5 + 0.02 * double(day - 200) : 0) + error});
    }
    const Defined<InterruptedTimeSeries> got = FitInterruption(figures, 200, true, 0.05);
    ASSERT_TRUE(got);
    const auto holds = [](const Estimate& e, double truth) { return e.interval.low <= truth && truth <= e.interval.high; };
    level += holds(got->level, 1.5);
    slope += holds(got->slope, 0.02);
    average += holds(got->average, 1.5 + 0.02 * 163 / 2.0);
  }
  EXPECT_NEAR(double(level) / kRuns, 0.95, 0.05);
  EXPECT_NEAR(double(slope) / kRuns, 0.95, 0.05);
  EXPECT_NEAR(double(average) / kRuns, 0.95, 0.05);
}

TEST(InterruptionTest, Undefined) {
  const auto line = [](int64_t n, double noise) {
    std::vector<DayFigure> figures;
    for (int64_t day = 0; day < n; ++day) figures.push_back({day, 3 + 0.5 * double(day) + noise * double(day * day % 5)});
    return figures;
  };
  EXPECT_EQ(FitInterruption({}, 5, false, 0.05).cause(), Cause::kNoData);
  EXPECT_EQ(FitInterruption(line(20, 1), 20, false, 0.05).cause(), Cause::kNoData);
  EXPECT_EQ(FitInterruption(line(20, 1), 19, false, 0.05).cause(), Cause::kTooFew);
  EXPECT_EQ(FitInterruption(line(4, 1), 2, false, 0.05).cause(), Cause::kTooFew);
  EXPECT_EQ(FitInterruption(line(10, 1), 5, true, 0.05).cause(), Cause::kTooFew) << "as many days as terms";
  EXPECT_EQ(FitInterruption(line(20, 0), 10, false, 0.05).cause(), Cause::kNoVariance) << "a straight line has no errors";
  EXPECT_TRUE(FitInterruption(line(20, 1), 10, false, 0.05));
  EXPECT_TRUE(FitInterruption(line(30, 1), 10, true, 0.05));
}

}  // namespace
}  // namespace heitie::statistics
