#include "services/planning/control/simulation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "common/statistics/python_testing.h"

namespace heitie::planning {
namespace {

using ::testing::DoubleNear;
using ::testing::Optional;

constexpr ThreePoint kOfTheIssue{4, 6, 14};

DrawnTask Drawn(const ThreePoint& points, std::vector<Link> links = {}) {
  DrawnTask task;
  task.points = points;
  task.status.links = std::move(links);
  return task;
}

TEST(ThreePointTest, QuantilesAndMeanOfTheIssue) {
  EXPECT_EQ(MeanOf(Spread::kPert, kOfTheIssue), 7);
  EXPECT_NEAR(QuantileOf(Spread::kPert, kOfTheIssue, 0.5), 6.767, 5e-4);
  EXPECT_NEAR(QuantileOf(Spread::kPert, kOfTheIssue, 0.8), 8.503, 5e-4);
  EXPECT_NEAR(QuantileOf(Spread::kPert, kOfTheIssue, 0.9), 9.453, 5e-4);
  // Two side by side: both are done with p where each is with √p.
  EXPECT_NEAR(QuantileOf(Spread::kPert, kOfTheIssue, std::sqrt(0.5)), 7.866, 5e-4);
  EXPECT_NEAR(QuantileOf(Spread::kPert, kOfTheIssue, std::sqrt(0.8)), 9.387, 5e-4);
}

TEST(ThreePointTest, AsScipyHasItOnRandomPoints) {
  std::mt19937 random(9);
  std::uniform_real_distribution<double> unit(0, 1);
  std::vector<std::pair<ThreePoint, double>> cases;
  std::ostringstream program;
  program.precision(17);
  program << "from scipy.stats import beta, triang\nfor a, m, b, p in [";
  for (int i = 0; i < 200; ++i) {
    const double low = 10 * unit(random), span = 0.1 + 10 * unit(random);
    const ThreePoint points{low, low + span * unit(random), low + span};
    const double p = 0.001 + 0.998 * unit(random);
    cases.emplace_back(points, p);
    program << "(" << points.low << "," << points.likely << "," << points.high << "," << p << "),";
  }
  program << "]:\n  s = 1 + 4 * (m - a) / (b - a)\n  print(repr(float(a + (b - a) * beta.ppf(p, s, 6 - s))), "
             "repr(float(triang.ppf(p, (m - a) / (b - a), a, b - a))))";
  std::istringstream said(statistics::Python(program.str()));
  ASSERT_FALSE(said.str().empty()) << "there is no python3-scipy";
  for (const auto& [points, p] : cases) {
    double pert = 0, triangular = 0;
    ASSERT_TRUE(said >> pert >> triangular);
    EXPECT_NEAR(QuantileOf(Spread::kPert, points, p), pert, 1e-9);
    EXPECT_NEAR(QuantileOf(Spread::kTriangular, points, p), triangular, 1e-9);
    EXPECT_NEAR(Quantiles(Spread::kPert, points).At(p), pert, 1e-6 * (points.high - points.low));
  }
}

TEST(ThreePointTest, TheTableIsExactAndNeverFalls) {
  for (const ThreePoint& points : {kOfTheIssue, ThreePoint{0, 0, 1}, ThreePoint{0, 1, 1}, ThreePoint{2, 3, 4}, ThreePoint{0, 0.01, 1}}) {
    const Quantiles table(Spread::kPert, points);
    double before = points.low;
    for (int i = 1; i < 4000; ++i) {
      const double p = i / 4000.0, value = table.At(p);
      EXPECT_NEAR(value, QuantileOf(Spread::kPert, points, p), 1e-6 * (points.high - points.low)) << p;
      EXPECT_GE(value, before) << p;
      before = value;
    }
  }
}

TEST(ThreePointTest, TriangularHasItsSharesOnBothSides) {
  EXPECT_NEAR(QuantileOf(Spread::kTriangular, kOfTheIssue, 0.2), 6, 1e-12) << "(6 − 4) / (14 − 4) of it are below the likely value";
  EXPECT_NEAR(QuantileOf(Spread::kTriangular, {0, 0, 1}, 0.75), 0.5, 1e-12);
  EXPECT_NEAR(QuantileOf(Spread::kTriangular, {0, 1, 1}, 0.25), 0.5, 1e-12);
  EXPECT_EQ(MeanOf(Spread::kTriangular, kOfTheIssue), 8);
  EXPECT_EQ(QuantileOf(Spread::kPert, {3, 3, 3}, 0.4), 3);
}

TEST(SimulationTest, OneTaskAndTwoSideBySideAsTheIssueHasThem) {
  const Simulation one = Simulate({Drawn(kOfTheIssue)}, 0, Spread::kPert, 1, 200000, 2);
  EXPECT_NEAR(one.mean, 7, 0.02);
  EXPECT_NEAR(one.Quantile(0.5), 6.767, 0.02);
  EXPECT_NEAR(one.Quantile(0.8), 8.503, 0.02);
  EXPECT_NEAR(one.Quantile(0.9), 9.453, 0.03);
  EXPECT_EQ(one.tasks[0].criticality, 1);
  EXPECT_THAT(one.tasks[0].rank_correlation, Optional(DoubleNear(1, 1e-12)));

  const Simulation two = Simulate({Drawn(kOfTheIssue), Drawn(kOfTheIssue)}, 0, Spread::kPert, 1, 200000, 2);
  EXPECT_NEAR(two.Quantile(0.5), 7.866, 0.02);
  EXPECT_NEAR(two.Quantile(0.8), 9.387, 0.02);
  EXPECT_NEAR(two.ProbabilityBy(8), 0.5305, 0.005);
  EXPECT_NEAR(two.tasks[0].criticality + two.tasks[1].criticality, 1, 1e-9) << "one of them decides";
  EXPECT_NEAR(two.tasks[0].criticality, 0.5, 0.01);
}

std::vector<DrawnTask> RandomProject(int n, bool spread) {
  std::mt19937 random(11);
  std::vector<DrawnTask> tasks;
  for (int i = 0; i < n; ++i) {
    std::vector<Link> links;
    for (int p = std::max(0, i - 5); p < i; ++p) {
      if (random() % 3 == 0) links.push_back({p, static_cast<LinkType>(random() % 4), static_cast<int64_t>(random() % 3)});
    }
    const double likely = 1 + static_cast<double>(random() % 9);
    DrawnTask task = Drawn({spread ? likely / 2 : likely, likely, spread ? likely * 2 : likely}, links);
    task.status.duration = likely;
    task.status.planned_begin = random() % 20;
    task.status.milestone = random() % 7 == 0;
    task.planned_day = task.status.planned_begin;
    if (i < n / 4) task.status.stage = random() % 2 == 0 ? StatusTask::kDone : StatusTask::kUnderWay;
    task.status.actual_end = task.status.stage == StatusTask::kDone ? 2 : 0;
    tasks.push_back(task);
  }
  return tasks;
}

TEST(SimulationTest, TheSameBitsOnAnyNumberOfThreads) {
  const std::vector<DrawnTask> tasks = RandomProject(40, true);
  const Simulation alone = Simulate(tasks, 3, Spread::kPert, 42, 1000, 1);
  for (const int threads : {2, 3, 8}) {
    const Simulation together = Simulate(tasks, 3, Spread::kPert, 42, 1000, threads);
    EXPECT_EQ(together.finishes, alone.finishes);
    EXPECT_EQ(together.mean, alone.mean);
    for (size_t i = 0; i < tasks.size(); ++i) {
      EXPECT_EQ(together.tasks[i].mean, alone.tasks[i].mean);
      EXPECT_EQ(together.tasks[i].criticality, alone.tasks[i].criticality);
      EXPECT_EQ(together.tasks[i].rank_correlation, alone.tasks[i].rank_correlation);
      EXPECT_EQ(together.tasks[i].on_time, alone.tasks[i].on_time);
    }
  }
  EXPECT_NE(Simulate(tasks, 3, Spread::kPert, 43, 1000, 1).finishes, alone.finishes);
}

TEST(SimulationTest, WhereNothingVariesItIsTheForecast) {
  const std::vector<DrawnTask> tasks = RandomProject(40, false);
  std::vector<StatusTask> statuses;
  for (const DrawnTask& task : tasks) statuses.push_back(task.status);
  const StatusForecast forecast = ForecastStatus(statuses, 3);
  const Simulation simulation = Simulate(tasks, 3, Spread::kPert, 1, 20, 2);
  EXPECT_EQ(simulation.Quantile(0), static_cast<double>(forecast.finish));
  EXPECT_EQ(simulation.Quantile(1), static_cast<double>(forecast.finish));
  for (size_t i = 0; i < tasks.size(); ++i) {
    if (tasks[i].status.stage == StatusTask::kDone) continue;
    EXPECT_EQ(simulation.tasks[i].criticality, forecast.tasks[i].slack <= 0 ? 1 : 0) << i;
    EXPECT_EQ(simulation.tasks[i].rank_correlation, std::nullopt);
    if (tasks[i].status.milestone) {
      EXPECT_EQ(simulation.tasks[i].on_time, forecast.tasks[i].begin <= tasks[i].planned_day ? 1 : 0) << i;
    }
  }
}

TEST(SimulationTest, WhatIsLeftIsAShareOfWhatIsDrawn) {
  DrawnTask half = Drawn(kOfTheIssue);
  half.status.stage = StatusTask::kUnderWay;
  half.share = 0.5;
  const Simulation simulation = Simulate({half}, 10, Spread::kPert, 5, 50000, 2);
  EXPECT_NEAR(simulation.mean, 13.5, 0.02) << "from the 10th day on half of 7";
}

TEST(RankCorrelationTest, AgainstTheDefinition) {
  EXPECT_THAT(RankCorrelation({1, 2, 3, 4}, {2, 4, 8, 9}), Optional(DoubleNear(1, 1e-12)));
  EXPECT_THAT(RankCorrelation({1, 2, 3, 4}, {4, 3, 2, 1}), Optional(DoubleNear(-1, 1e-12)));
  // Ranks 1, 2.5, 2.5, 4 and 1, 3, 2, 4: by scipy.stats.spearmanr 0.9486833.
  EXPECT_THAT(RankCorrelation({1, 2, 2, 4}, {1, 3, 2, 4}), Optional(DoubleNear(0.9486833, 1e-7)));
  EXPECT_EQ(RankCorrelation({1, 1}, {1, 2}), std::nullopt);
}

}  // namespace
}  // namespace heitie::planning
