#include "common/statistics/forecast.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "common/statistics/least_squares.h"

namespace heitie::statistics {
namespace {

// Hyndman, Athanasopoulos: Forecasting: principles and practice, 2nd edition, 7.1: oil production in Saudi Arabia, α = 0.8339, l₀ =
// 446.5868, forecast 542.68 million tonnes.
TEST(SmoothingTest, AgreesWithAPublishedExample) {
  const double tonnes[] = {445.36, 453.20, 454.41, 422.38, 456.04, 440.39, 425.19, 486.21, 500.43,
                           521.28, 508.95, 488.89, 509.87, 456.72, 473.82, 525.95, 549.83, 542.34};
  const double levels[] = {445.57, 451.93, 454.00, 427.63, 451.32, 442.20, 428.02, 476.54, 496.46,
                           517.15, 510.31, 492.45, 506.98, 465.07, 472.36, 517.05, 544.39, 542.68};
  Smoothing smoothing;
  smoothing.alpha = 0.8339;
  smoothing.gamma = 0;
  SmoothingState state;
  state.level = 446.5868;
  for (int64_t year = 0; year < 18; ++year) {
    Advance(smoothing, year, tonnes[year] - Expected(smoothing, state, year), state);
    EXPECT_NEAR(state.level, levels[year], 0.03) << 1996 + year;
  }
  EXPECT_NEAR(Expected(smoothing, state, 18), 542.68, 0.01);
}

// X(X'X)⁻¹X' from draws of the deviation, against the influence of each row.
TEST(LeastSquaresTest, DeviationsHaveTheCovarianceOfTheCoefficients) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  Columns columns(3, std::vector<double>(20));
  for (auto& column : columns) {
    for (double& x : column) x = normal(random) + 1;
  }
  std::vector<double> y(20, 1.0);
  const auto fit = LeastSquares::Fit(columns, y);
  ASSERT_TRUE(fit);
  const std::vector<double> c = {1, -2, 0.5};
  double exact = 0, drawn = 0;
  for (const double influence : fit->Influence(c)) exact += influence * influence;
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    const std::vector<double> off = fit->Deviation({normal(random), normal(random), normal(random)});
    const double error = c[0] * off[0] + c[1] * off[1] + c[2] * off[2];
    drawn += error * error / kDraws;
  }
  EXPECT_NEAR(drawn / exact, 1, 0.05);
}

using MakeFigure = std::function<double(int day)>;

DailyHistory HistoryFrom(const MakeFigure& figure, int days, int horizon, bool counts = false) {
  DailyHistory history;
  history.counts = counts;
  for (int day = 0; day < days; ++day) history.values.push_back(figure(day));
  history.sorts.assign(static_cast<size_t>(days + horizon), DaySort::kUsual);
  return history;
}

TEST(ForecastTest, LessThanTwoSeasonsIsTooFew) {
  const auto figure = [](int day) { return 100.0 + day % 7 + 0.1 * (day % 3); };
  EXPECT_FALSE(Forecast::Of(HistoryFrom(figure, 13, 7)));
  EXPECT_EQ(Forecast::Of(HistoryFrom(figure, 13, 7)).cause(), Cause::kTooFew);
  EXPECT_TRUE(Forecast::Of(HistoryFrom(figure, 14, 7)));
  DailyHistory gaps = HistoryFrom(figure, 16, 7);
  gaps.values[3] = gaps.values[9] = gaps.values[10] = std::nullopt;
  EXPECT_FALSE(Forecast::Of(gaps)) << "days without a figure do not count";
}

TEST(ForecastTest, AWeekRepeatsItself) {
  const auto forecast = Forecast::Of(HistoryFrom([](int day) { return 100.0 + 10 * (day % 7); }, 70, 14));
  ASSERT_TRUE(forecast);
  for (int day = 1; day <= 14; ++day) EXPECT_NEAR(forecast->Value(day), 100 + 10 * ((69 + day) % 7), 0.01) << day;
}

TEST(ForecastTest, NothingAtAllStaysNothing) {
  const auto forecast = Forecast::Of(HistoryFrom([](int) { return 0.0; }, 30, 7, true));
  ASSERT_TRUE(forecast);
  EXPECT_NEAR(forecast->Value(7), 0, 1e-6);
  EXPECT_NEAR(forecast->DayInterval(7, 0.95).high, 0, 1e-6);
}

TEST(ForecastTest, TheSameFiguresGiveTheSameForecast) {
  std::mt19937_64 random(2);
  std::normal_distribution<double> normal;
  const DailyHistory history = HistoryFrom([&](int day) { return 100 + day % 7 + normal(random); }, 90, 30);
  const auto first = Forecast::Of(history), second = Forecast::Of(history);
  ASSERT_TRUE(first && second);
  for (int day = 1; day <= 30; ++day) {
    EXPECT_EQ(first->Value(day), second->Value(day));
    EXPECT_EQ(first->DayInterval(day, 0.8).low, second->DayInterval(day, 0.8).low);
  }
  EXPECT_EQ(first->SumChance(3, 20, 1800), second->SumChance(3, 20, 1800));
}

TEST(ForecastTest, DaysOffAndMadeUpDaysHaveEffectsOfTheirOwn) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> normal;
  constexpr int kDays = 120, kHorizon = 14;
  DailyHistory history = HistoryFrom([&](int day) { return 200 + 20 * (day % 7 < 5) + normal(random); }, kDays, kHorizon);
  for (const int day : {10, 45, 80, kDays + 3}) history.sorts[static_cast<size_t>(day)] = DaySort::kDayOff;
  for (const int day : {19, 47, kDays + 6}) history.sorts[static_cast<size_t>(day)] = DaySort::kMadeUp;
  const DailyHistory usual = [&] {
    DailyHistory without = history;
    without.sorts.assign(without.sorts.size(), DaySort::kUsual);
    return without;
  }();
  for (const int day : {10, 45, 80}) *history.values[static_cast<size_t>(day)] -= 100;
  for (const int day : {19, 47}) *history.values[static_cast<size_t>(day)] += 30;
  const auto forecast = Forecast::Of(history), plain = Forecast::Of(usual);
  ASSERT_TRUE(forecast && plain);
  EXPECT_NEAR(forecast->Value(4) - plain->Value(4), -100, 3) << "the day off to come";
  EXPECT_NEAR(forecast->Value(7) - plain->Value(7), 30, 3) << "the make-up day to come";
  EXPECT_NEAR(forecast->Value(2) - plain->Value(2), 0, 2) << "what was off leaves no trace elsewhere";
}

TEST(ForecastTest, CountsAreNeverBelowZero) {
  std::mt19937_64 random(4);
  std::poisson_distribution<int> rare(0.4);
  const auto forecast = Forecast::Of(HistoryFrom([&](int) { return rare(random); }, 60, 90, true));
  ASSERT_TRUE(forecast);
  for (int day = 1; day <= 90; ++day) {
    EXPECT_GE(forecast->Value(day), 0);
    EXPECT_GE(forecast->DayInterval(day, 0.95).low, 0);
  }
}

TEST(ForecastTest, ChancesAndIntervalsOfDaysAndSumsAgree) {
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal;
  const auto forecast = Forecast::Of(HistoryFrom([&](int day) { return 100 + day % 7 + 3 * normal(random); }, 200, 30));
  ASSERT_TRUE(forecast);
  for (const double level : {0.8, 0.95}) {
    EXPECT_NEAR(forecast->DayChance(9, forecast->DayInterval(9, level).low), (1 + level) / 2, 0.002);
    EXPECT_NEAR(forecast->DayChance(9, forecast->DayInterval(9, level).high), (1 - level) / 2, 0.002);
    EXPECT_NEAR(forecast->SumChance(1, 30, forecast->SumInterval(1, 30, level).high), (1 - level) / 2, 0.002);
    const Interval one = forecast->SumInterval(9, 9, level), day = forecast->DayInterval(9, level);
    EXPECT_EQ(one.low, day.low) << "a sum of one day is the day";
    EXPECT_EQ(one.high, day.high);
  }
  EXPECT_GT(forecast->SumChance(1, 30, 0), 0.99);
  EXPECT_LT(forecast->SumChance(1, 30, 0), 1) << "nothing is certain";
  double values = 0;
  for (int day = 1; day <= 30; ++day) values += forecast->Value(day);
  EXPECT_NEAR(forecast->SumValue(1, 30), values, 0.01 * values);
}

// ---- What the intervals hold

struct HeldShares {
  double of_80 = 0, of_95 = 0;
};

// Many series of a kind, each forecast for four weeks.
HeldShares HeldSharesOf(const std::function<MakeFigure(std::mt19937_64&)>& kind, int days, bool counts, int series) {
  constexpr int kAhead = 28;
  std::mt19937_64 random(6);
  HeldShares coverage;
  for (int i = 0; i < series; ++i) {
    const MakeFigure figure = kind(random);
    const DailyHistory history = HistoryFrom(figure, days, kAhead, counts);
    const auto forecast = Forecast::Of(history, 400);
    EXPECT_TRUE(forecast);
    for (int ahead = 1; ahead <= kAhead; ++ahead) {
      const double came = figure(days + ahead - 1);
      const Interval narrow = forecast->DayInterval(ahead, 0.8), wide = forecast->DayInterval(ahead, 0.95);
      coverage.of_80 += (narrow.low <= came && came <= narrow.high) / static_cast<double>(series * kAhead);
      coverage.of_95 += (wide.low <= came && came <= wide.high) / static_cast<double>(series * kAhead);
    }
  }
  return coverage;
}

std::array<double, 7> WeekOf(std::mt19937_64& random, double spread) {
  std::normal_distribution<double> normal(0, spread);
  std::array<double, 7> week{};
  for (double& day : week) day = normal(random);
  return week;
}

// Figures must be asked for in the order of days.
MakeFigure SteadyWeeks(std::mt19937_64& random) {
  return [&random, week = WeekOf(random, 15), normal = std::normal_distribution<double>(0, 5)](int day) mutable {
    return 100 + week[static_cast<size_t>(day % 7)] + normal(random);
  };
}
MakeFigure WanderingLevel(std::mt19937_64& random) {
  return [&random, week = WeekOf(random, 15), normal = std::normal_distribution<double>(0, 5), level = 100.0](int day) mutable {
    const double error = normal(random), value = level + week[static_cast<size_t>(day % 7)] + error;
    level += 0.3 * error;
    return value;
  };
}
MakeFigure ReturningLevel(std::mt19937_64& random) {
  return [&random, week = WeekOf(random, 15), normal = std::normal_distribution<double>(0, 5), off = 0.0](int day) mutable {
    off = 0.7 * off + normal(random);
    return 100 + week[static_cast<size_t>(day % 7)] + off;
  };
}
MakeFigure HeavyTails(std::mt19937_64& random) {
  return [&random, week = WeekOf(random, 15), tails = std::student_t_distribution<double>(3)](int day) mutable {
    return 100 + week[static_cast<size_t>(day % 7)] + 4 * tails(random);
  };
}
MakeFigure RareCounts(std::mt19937_64& random) {
  return [&random, week = WeekOf(random, 0.4)](int day) {
    return std::poisson_distribution<int>(3 * std::exp(week[static_cast<size_t>(day % 7)]))(random);
  };
}
MakeFigure WanderingCounts(std::mt19937_64& random) {
  return [&random, week = WeekOf(random, 0.25), normal = std::normal_distribution<double>(0, 0.03), level = 4.5](int day) mutable {
    level += normal(random);
    return std::poisson_distribution<int>(std::exp(level + week[static_cast<size_t>(day % 7)]))(random);
  };
}

TEST(ForecastCoverageTest, IntervalsHoldWhatTheyClaimWithinFivePoints) {
  struct Kind {
    const char* name;
    MakeFigure (*make)(std::mt19937_64&);
    bool counts;
  };
  const Kind kinds[] = {{"steady weeks", SteadyWeeks, false},       {"wandering level", WanderingLevel, false},
                        {"returning level", ReturningLevel, false}, {"heavy tails", HeavyTails, false},
                        {"rare counts", RareCounts, true},          {"wandering counts", WanderingCounts, true}};
  for (const Kind& kind : kinds) {
    for (const int days : {60, 120}) {
      const HeldShares coverage = HeldSharesOf(kind.make, days, kind.counts, 200);
      EXPECT_NEAR(coverage.of_80, 0.8, 0.05) << kind.name << " of " << days << " days";
      EXPECT_NEAR(coverage.of_95, 0.95, 0.05) << kind.name << " of " << days << " days";
    }
  }
}

// ---- Measured series, by days

// Figures of each day of a file of `time,value`: their sum, or their mean. Days that are not whole have none.
DailyHistory DaysOf(const std::filesystem::path& file, bool sums) {
  std::map<std::string, std::vector<double>> days;
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  size_t whole = 0;
  while (std::getline(in, line)) {
    std::vector<double>& day = days[line.substr(0, 10)];
    day.push_back(std::stod(line.substr(line.find(',') + 1)));
    whole = std::max(whole, day.size());
  }
  DailyHistory history;
  history.counts = sums;
  for (const auto& [name, values] : days) {
    double sum = 0;
    for (const double value : values) sum += value;
    std::optional<double>& figure = history.values.emplace_back();
    if (10 * values.size() >= 9 * whole) figure = sums ? sum : sum / static_cast<double>(values.size());
  }
  history.sorts.assign(history.values.size(), DaySort::kUsual);
  return history;
}

TEST(ForecastCoverageTest, IntervalsHoldWhatTheyClaimOfMeasuredSeries) {
  const char* const configured = std::getenv("HEITIE_SERIES");
  const std::filesystem::path folder = configured != nullptr ? configured : HEITIE_SOURCE_DIR "/../shared/data/series";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no series in " << folder;
  double points = 0, inside_80 = 0, inside_95 = 0, errors = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".csv") continue;
    const Backtest test = RollingOrigin(DaysOf(entry.path(), entry.path().filename().string().rfind("Twitter", 0) == 0), 14);
    points += static_cast<double>(test.points);
    inside_80 += test.coverage_80 * static_cast<double>(test.points);
    inside_95 += test.coverage_95 * static_cast<double>(test.points);
    errors += test.mase.value_or(0) * static_cast<double>(test.points);
  }
  ASSERT_GT(points, 2000);
  std::printf("two weeks ahead of measured series: %.1f %% in the intervals of 80 %%, %.1f %% of 95 %%, MASE %.2f\n",
              100 * inside_80 / points, 100 * inside_95 / points, errors / points);
  EXPECT_NEAR(inside_80 / points, 0.8, 0.05);
  EXPECT_NEAR(inside_95 / points, 0.95, 0.05);
}

// ---- The backtest

TEST(BacktestTest, BeatsLastWeekWhereItCan) {
  std::mt19937_64 random(7);
  const Backtest test = RollingOrigin(HistoryFrom(SteadyWeeks(random), 200, 28), 28);
  EXPECT_EQ(test.origins, 12);
  EXPECT_EQ(test.horizon, 28);
  EXPECT_EQ(test.points, 12 * 28);
  ASSERT_TRUE(test.mase.has_value());
  EXPECT_NEAR(*test.mase, std::sqrt(0.5), 0.08) << "the error of one day against that of two";
  EXPECT_NEAR(test.coverage_80, 0.8, 0.1);
  EXPECT_NEAR(test.coverage_95, 0.95, 0.05);
}

TEST(BacktestTest, KnowsNothingOfWhatComesLater) {
  std::mt19937_64 random(8);
  const DailyHistory history = HistoryFrom(SteadyWeeks(random), 100, 25);
  DailyHistory other = history;
  other.values.back() = 1e6;
  // Only the last origin, from day 75 on, meets the last day, and is wrong about it.
  const Backtest before = RollingOrigin(history, 25), after = RollingOrigin(other, 25);
  EXPECT_EQ(before.points, after.points);
  EXPECT_LE(std::abs(before.coverage_95 - after.coverage_95), 1.001 / static_cast<double>(before.points));
}

TEST(BacktestTest, SaysNothingOfTooShortAHistory) {
  std::mt19937_64 random(9);
  const Backtest test = RollingOrigin(HistoryFrom(SteadyWeeks(random), 14, 7), 7);
  EXPECT_EQ(test.origins, 0);
  EXPECT_EQ(test.points, 0);
  EXPECT_FALSE(test.mase.has_value());
}

}  // namespace
}  // namespace heitie::statistics
