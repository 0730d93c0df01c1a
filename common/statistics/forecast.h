// Forecasts of a daily series with a week as its season: exponential smoothing in its additive innovations form (Hyndman, Koehler, Ord,
// Snyder: Forecasting with Exponential Smoothing, 2008), with days off as regressors.
//
//   y(t) = m + δ·l(t−1) + φ·b(t−1) + s(t−7) + c'x(t) + ε(t),  l = δ·l(t−1) + φ·b(t−1) + αε,  b = φ·b(t−1) + βε,  s(t) = s(t−7) + γε
//
// with δ = 1 and m = 0 where the level wanders (with or without a trend), and δ < 1 where it returns to its mean. Given α, β, γ, δ and φ
// the errors are linear in the first states and in the coefficients c, which are therefore found by least squares over all days. Which of
// some hundred smoothings it is few days cannot tell: each has a part of the answer by its weight of evidence (AICc). So has each scale:
// counts are smoothed as √(y + 3/8) (Anscombe), where their spread does not depend on their size, and as logarithms, and never fall below
// 0; other figures as they are and, if all are above 0, as logarithms.
//
// What may come is a number of paths: drawn errors of the past (of few days, normal ones), with first states, coefficients and σ drawn from
// their own uncertainty. Intervals, sums over days and the chance of a target are read from the same paths. Nothing is random in the
// answer: the same history gives the same paths.
#ifndef HEITIE_COMMON_STATISTICS_FORECAST_H_
#define HEITIE_COMMON_STATISTICS_FORECAST_H_

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/statistics/comparison.h"
#include "common/statistics/defined.h"

namespace heitie::statistics {

inline constexpr int kSeasonDays = 7;
// Two seasons, without which nothing tells a season from chance.
inline constexpr int kLeastHistoryDays = 2 * kSeasonDays;
// Older days than these say nothing more.
inline constexpr int kMostHistoryDays = 730;

// What sort of day it is beyond its weekday.
enum class DaySort : uint8_t { kUsual, kDayOff, kMadeUp };

struct DailyHistory {
  // Consecutive days; none where there is no figure.
  std::vector<std::optional<double>> values;
  // Of the days of the history, and of as many after it as are to be forecast.
  std::vector<DaySort> sorts;
  // Figures are counts.
  bool counts = false;
};

struct Smoothing {
  double alpha = 0.2, beta = 0, gamma = 0.05;
  double phi = 1;   // how much of the trend a day leaves
  double hold = 1;  // how much of the level
  bool trend = false;
};

// A series' state after some days.
struct SmoothingState {
  double mean = 0, level = 0, trend = 0;
  std::array<double, kSeasonDays> seasons{};  // by day modulo 7
};
double Expected(const Smoothing& smoothing, const SmoothingState& state, int64_t day);
// After a day whose figure was `error` above what was expected.
void Advance(const Smoothing& smoothing, int64_t day, double error, SmoothingState& state);

class Forecast {
 public:
  // So many paths; those of a backtest are fewer.
  static constexpr int kPaths = 2000;

  // `sorts` says how many days. Too few: less than two seasons of figures. Days before the latest 730 are left out. O(days) for each of a
  // hundred smoothings, and O(paths · horizon).
  static Defined<Forecast> Of(const DailyHistory& history, int paths = kPaths);

  int horizon() const { return static_cast<int>(paths_.size()); }
  // Of the day that is so many after the last of the history, from 1. The value is the median.
  double Value(int day) const { return values_[static_cast<size_t>(day) - 1]; }
  Interval DayInterval(int day, double level) const;
  // Of the sum over days, both included.
  double SumValue(int first, int last) const;
  Interval SumInterval(int first, int last, double level) const;
  // The chance that the figure, or the sum, is at least `target`. Never 0 or 1 for certain: (paths above + ½)/(paths + 1).
  double DayChance(int day, double target) const;
  double SumChance(int first, int last, double target) const;

  // The smoothing that weighs most.
  const Smoothing& smoothing() const { return smoothing_; }
  // How many days rested on.
  int days() const { return days_; }

 private:
  std::vector<double> Sums(int first, int last) const;

  Smoothing smoothing_;
  int days_ = 0;
  std::vector<double> values_;
  std::vector<std::vector<double>> paths_;  // by day
};

// How good forecasts have been: the series is forecast anew from earlier days on, each time knowing nothing of what came later (rolling
// origin), and compared with what came.
struct Backtest {
  int origins = 0;
  // Days that each looked ahead: as many as asked, at most a quarter of the history.
  int horizon = 0;
  int64_t points = 0;
  // Mean of |error| over the mean of |y(t) − y(t−7)| before the origin (Hyndman, Koehler 2006); below 1 it beats last week's figure. None
  // without points, or where last week's figure was always right.
  std::optional<double> mase;
  // The share of figures inside the intervals that were to hold 80 and 95 %; 0 without points.
  double coverage_80 = 0, coverage_95 = 0;
};
Backtest RollingOrigin(const DailyHistory& history, int horizon);

}  // namespace heitie::statistics

#endif  // HEITIE_COMMON_STATISTICS_FORECAST_H_
