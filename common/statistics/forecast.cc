#include "common/statistics/forecast.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "common/statistics/least_squares.h"

namespace heitie::statistics {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr double kDamping = 0.98;
// Of fewer days than these errors are drawn from the normal distribution.
constexpr size_t kErrorsToDrawFrom = 28;
// A sort of day that has come up less often has no effect of its own.
constexpr int kLeastSortDays = 2;
constexpr int kBacktestPaths = 500;
constexpr int kMostOrigins = 12;
constexpr double kCountShift = 3.0 / 8, kLogarithmShift = 0.5;
// e to the power of it can still be added up.
constexpr double kGreatestLogarithm = 650;

// Weights are exp(−Δ/3) instead of Akaike's exp(−Δ/2): with the latter, series of 60 days whose level wanders left the intervals of 80 in
// 100 26 times (forecast_test.cc).
constexpr double kEvidence = 3;
// A model with a smaller share of the best one's weight does not count.
constexpr double kLeastWeight = 0.02;

// SplitMix64 (Steele, Lea, Flood 2014), and normal variables by Box and Muller: the same on every machine, but for the last digits of its
// logarithm and cosine.
class Draws {
 public:
  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  double Uniform() { return (static_cast<double>(Next() >> 11) + 0.5) * 0x1p-53; }
  double Normal() {
    if (kept_) {
      kept_ = false;
      return other_;
    }
    const double radius = std::sqrt(-2 * std::log(Uniform())), angle = 2 * std::numbers::pi * Uniform();
    kept_ = true;
    other_ = radius * std::sin(angle);
    return radius * std::cos(angle);
  }
  // χ² over its degrees of freedom (Wilson, Hilferty 1931).
  double MeanSquare(double df) {
    const double cube = 1 - 2 / (9 * df) + Normal() * std::sqrt(2 / (9 * df));
    return std::max(cube * cube * cube, 1e-3);
  }

 private:
  uint64_t state_ = 20260705;
  bool kept_ = false;
  double other_ = 0;
};

// One series through the filter: its errors, 0 on days that are missing, and its last state.
struct Filtered {
  std::vector<double> errors;
  SmoothingState state;
};

// `observe(day)` is nothing where the day is missing.
template <typename Observe>
Filtered Filter(const Smoothing& smoothing, SmoothingState state, int64_t days, const Observe& observe) {
  Filtered out;
  out.errors.resize(static_cast<size_t>(days));
  for (int64_t day = 0; day < days; ++day) {
    const double seen = observe(day);
    const double error = std::isnan(seen) ? 0 : seen - Expected(smoothing, state, day);
    out.errors[static_cast<size_t>(day)] = error;
    Advance(smoothing, day, error, state);
  }
  out.state = state;
  return out;
}

enum class Scale { kPlain, kRoot, kLogarithm };

// The series on the scale on which it is smoothed, and its regressors.
struct Problem {
  std::vector<double> values;                   // NaN where missing
  std::vector<std::vector<double>> regressors;  // of history and horizon
  int64_t horizon = 0;
  Scale scale = Scale::kPlain;
  double shift = 0;  // added to figures before the logarithm
  int64_t known = 0;
  double stretch = 0;  // Σ ln dy/dz, by which likelihoods on different scales compare

  int64_t days() const { return static_cast<int64_t>(values.size()); }
  double FromScale(double value) const {
    switch (scale) {
      case Scale::kRoot:
        return std::max(std::max(value, 0.0) * std::max(value, 0.0) - kCountShift, 0.0);
      case Scale::kLogarithm: {
        const double out = std::exp(std::min(value, kGreatestLogarithm)) - shift;
        return shift > 0 ? std::max(out, 0.0) : out;
      }
      default:
        return value;
    }
  }
};

struct Fitted {
  Smoothing smoothing;
  LeastSquares terms;
  std::vector<double> errors;  // of the days that are known
  double squares = 0;
  SmoothingState state;
  // What a term adds to the last state for each unit of its coefficient.
  std::vector<SmoothingState> shares;
  int first_states = 0;  // terms before the regressors
};

void AddState(const SmoothingState& other, double factor, SmoothingState& state) {
  state.level += factor * other.level;
  state.mean += factor * other.mean;
  state.trend += factor * other.trend;
  for (int i = 0; i < kSeasonDays; ++i) state.seasons[i] += factor * other.seasons[i];
}

std::vector<SmoothingState> FirstStates(const Smoothing& smoothing) {
  std::vector<SmoothingState> units;
  units.emplace_back().level = 1;
  // The last weekday is what the level is of.
  for (int i = 0; i + 1 < kSeasonDays; ++i) units.emplace_back().seasons[i] = 1;
  if (smoothing.trend) units.emplace_back().trend = 1;
  if (smoothing.hold < 1) units.emplace_back().mean = 1;
  return units;
}

Defined<Fitted> Fit(const Problem& problem, const Smoothing& smoothing) {
  const int64_t days = problem.days();
  const auto missing = [&](int64_t day) { return std::isnan(problem.values[static_cast<size_t>(day)]); };
  const auto known = [&](const std::vector<double>& errors, double sign) {
    std::vector<double> out;
    for (int64_t day = 0; day < days; ++day) {
      if (!missing(day)) out.push_back(sign * errors[static_cast<size_t>(day)]);
    }
    return out;
  };
  const Filtered own = Filter(smoothing, {}, days, [&](int64_t day) { return problem.values[static_cast<size_t>(day)]; });
  Columns columns;
  std::vector<SmoothingState> shares;
  for (const SmoothingState& unit : FirstStates(smoothing)) {
    const Filtered of = Filter(smoothing, unit, days, [&](int64_t day) { return missing(day) ? kMissing : 0.0; });
    columns.push_back(known(of.errors, -1));
    shares.push_back(of.state);
  }
  const int first_states = static_cast<int>(columns.size());
  for (const std::vector<double>& regressor : problem.regressors) {
    const Filtered of =
        Filter(smoothing, {}, days, [&](int64_t day) { return missing(day) ? kMissing : regressor[static_cast<size_t>(day)]; });
    columns.push_back(known(of.errors, 1));
    SmoothingState share;
    AddState(of.state, -1, share);
    shares.push_back(share);
  }
  Defined<LeastSquares> terms = LeastSquares::Fit(columns, known(own.errors, 1));
  if (!terms) return terms.cause();
  Fitted fitted{smoothing, *terms, terms->residuals(), 0, own.state, std::move(shares), first_states};
  for (const double error : fitted.errors) fitted.squares += error * error;
  for (size_t i = 0; i < fitted.shares.size(); ++i) AddState(fitted.shares[i], terms->coefficients()[i], fitted.state);
  return fitted;
}

// Corrected for few days (Hurvich, Tsai 1989), up to a constant.
double InformationOf(const Fitted& fitted) {
  const double n = static_cast<double>(fitted.errors.size());
  const double smoothings = fitted.smoothing.trend || fitted.smoothing.hold < 1 ? 3 : 2;
  const double p = static_cast<double>(fitted.shares.size()) + smoothings + 1;
  if (n - p - 1 <= 0) return std::numeric_limits<double>::infinity();
  return n * std::log(std::max(fitted.squares / n, 1e-300)) + 2 * p + 2 * p * (p + 1) / (n - p - 1);
}

// Every smoothing that is tried.
std::vector<Smoothing> Smoothings() {
  std::vector<Smoothing> all;
  const auto add = [&](const Smoothing& smoothing) {
    if (smoothing.gamma <= 1 - smoothing.alpha && smoothing.beta <= smoothing.alpha) all.push_back(smoothing);
  };
  for (const double alpha : {0.005, 0.05, 0.1, 0.2, 0.35, 0.55, 0.8}) {
    for (const double gamma : {0.0, 0.05, 0.2}) {
      add({alpha, 0, gamma, 1, 1, false});
      add({alpha, 0, gamma, 1, 1, true});
      for (const double beta : {0.01, 0.1}) add({alpha, beta, gamma, kDamping, 1, true});
    }
  }
  for (const double return_to : {0.5, 0.7, 0.9}) {
    for (const double alpha : {0.3, 0.6, 1.0}) {
      for (const double gamma : {0.0, 0.05}) all.push_back({alpha, 0, gamma, 1, return_to, false});
    }
  }
  return all;
}

struct Weighted {
  const Problem* problem;
  Fitted fitted;
  double weight = 0;
};

// Those that the data do not speak against, by their weights of evidence (Burnham, Anderson 2002), the best one first.
Defined<std::vector<Weighted>> FitAll(const std::vector<Problem>& problems) {
  std::vector<Weighted> all;
  Cause cause = Cause::kTooFew;
  for (const Problem& problem : problems) {
    for (const Smoothing& smoothing : Smoothings()) {
      Defined<Fitted> fitted = Fit(problem, smoothing);
      if (!fitted) {
        cause = fitted.cause();
        continue;
      }
      const double information = InformationOf(*fitted) + 2 * problem.stretch;
      if (std::isfinite(information)) all.push_back({&problem, *std::move(fitted), information});
    }
  }
  if (all.empty()) return cause;
  std::stable_sort(all.begin(), all.end(), [](const Weighted& a, const Weighted& b) { return a.weight < b.weight; });
  const double least = all.front().weight;
  double sum = 0;
  for (Weighted& one : all) sum += one.weight = std::exp((least - one.weight) / kEvidence);
  std::erase_if(all, [&](const Weighted& one) { return one.weight < kLeastWeight; });
  sum = 0;
  for (const Weighted& one : all) sum += one.weight;
  for (Weighted& one : all) one.weight /= sum;
  return all;
}

// On a scale; `shift` is that of logarithms.
Problem ProblemOf(const DailyHistory& history, Scale scale, double shift) {
  const size_t all = history.values.size(), first = all > kMostHistoryDays ? all - kMostHistoryDays : 0;
  Problem problem;
  problem.scale = scale;
  problem.shift = shift;
  problem.horizon = static_cast<int64_t>(history.sorts.size() - all);
  for (size_t i = first; i < all; ++i) {
    if (!history.values[i]) {
      problem.values.push_back(kMissing);
      continue;
    }
    ++problem.known;
    const double value = *history.values[i];
    if (scale == Scale::kRoot) {
      problem.values.push_back(std::sqrt(std::max(value, 0.0) + kCountShift));
      problem.stretch += std::log(2 * problem.values.back());
    } else if (scale == Scale::kLogarithm) {
      problem.values.push_back(std::log(value + shift));
      problem.stretch += problem.values.back();
    } else {
      problem.values.push_back(value);
    }
  }
  for (const DaySort sort : {DaySort::kDayOff, DaySort::kMadeUp}) {
    std::vector<double> regressor;
    int seen = 0;
    for (size_t i = first; i < history.sorts.size(); ++i) {
      regressor.push_back(history.sorts[i] == sort);
      seen += i < all && history.sorts[i] == sort && history.values[i].has_value();
    }
    if (seen >= kLeastSortDays) problem.regressors.push_back(std::move(regressor));
  }
  return problem;
}

// Counts, whose spread grows with them, by roots and by logarithms; what is never 0 or less as it is and by logarithms, for it may grow by
// shares.
std::vector<Problem> ProblemsOf(const DailyHistory& history) {
  if (history.counts) {
    return {ProblemOf(history, Scale::kRoot, 0), ProblemOf(history, Scale::kLogarithm, kLogarithmShift)};
  }
  std::vector<Problem> problems = {ProblemOf(history, Scale::kPlain, 0)};
  const bool positive = std::all_of(history.values.begin(), history.values.end(), [](const auto& value) { return !value || *value > 0; });
  if (positive) problems.push_back(ProblemOf(history, Scale::kLogarithm, 0));
  return problems;
}

double Quantile(const std::vector<double>& sorted, double p) {
  const double at = p * static_cast<double>(sorted.size() - 1);
  const size_t low = static_cast<size_t>(at);
  const double part = at - static_cast<double>(low);
  return low + 1 < sorted.size() ? sorted[low] + part * (sorted[low + 1] - sorted[low]) : sorted[low];
}

Interval IntervalOf(std::vector<double> paths, double level) {
  std::sort(paths.begin(), paths.end());
  return {Quantile(paths, (1 - level) / 2), Quantile(paths, (1 + level) / 2)};
}

double ChanceOf(const std::vector<double>& paths, double target) {
  const auto reached = std::count_if(paths.begin(), paths.end(), [&](double value) { return value >= target; });
  return (static_cast<double>(reached) + 0.5) / (static_cast<double>(paths.size()) + 1);
}

}  // namespace

double Expected(const Smoothing& smoothing, const SmoothingState& state, int64_t day) {
  return state.mean + smoothing.hold * state.level + smoothing.phi * state.trend + state.seasons[static_cast<size_t>(day % kSeasonDays)];
}

void Advance(const Smoothing& smoothing, int64_t day, double error, SmoothingState& state) {
  const double trend = smoothing.phi * state.trend;
  state.level = smoothing.hold * state.level + trend + smoothing.alpha * error;
  state.trend = trend + smoothing.beta * error;
  state.seasons[static_cast<size_t>(day % kSeasonDays)] += smoothing.gamma * error;
}

namespace {

// Draws what may come, by one model.
class PathMaker {
 public:
  PathMaker(const Problem& problem, const Fitted& fitted)
      : problem_(problem),
        fitted_(fitted),
        freedom_(std::max(1.0, static_cast<double>(fitted.errors.size()) - static_cast<double>(fitted.shares.size()))) {
    deviation_ = std::sqrt(fitted.squares / freedom_);
    // Errors as great as σ says, around 0.
    const double spread = std::sqrt(fitted.squares / static_cast<double>(fitted.errors.size()));
    for (const double error : fitted.errors) errors_.push_back(spread > 0 ? error / spread : 0);
  }
  // Hands over what is expected of each day.
  template <typename Take>
  void Expect(const Take& take) const {
    SmoothingState state = fitted_.state;
    for (int64_t ahead = 0; ahead < problem_.horizon; ++ahead) {
      const int64_t day = problem_.days() + ahead;
      take(ahead, Expected(fitted_.smoothing, state, day) + Regression(fitted_.terms.coefficients(), day));
      Advance(fitted_.smoothing, day, 0, state);
    }
  }
  // Hands over what comes on each day.
  template <typename Take>
  void Draw(Draws& draws, const Take& take) const {
    const size_t terms = fitted_.shares.size();
    const double sigma = deviation_ / std::sqrt(draws.MeanSquare(freedom_));
    std::vector<double> normal(terms), coefficients = fitted_.terms.coefficients();
    for (double& z : normal) z = draws.Normal();
    const std::vector<double> off = fitted_.terms.Deviation(normal);
    SmoothingState state = fitted_.state;
    for (size_t i = 0; i < terms; ++i) {
      AddState(fitted_.shares[i], sigma * off[i], state);
      coefficients[i] += sigma * off[i];
    }
    for (int64_t ahead = 0; ahead < problem_.horizon; ++ahead) {
      const int64_t day = problem_.days() + ahead;
      const double error = sigma * (errors_.size() >= kErrorsToDrawFrom ? errors_[draws.Next() % errors_.size()] : draws.Normal());
      take(ahead, Expected(fitted_.smoothing, state, day) + Regression(coefficients, day) + error);
      Advance(fitted_.smoothing, day, error, state);
    }
  }

 private:
  double Regression(const std::vector<double>& coefficients, int64_t day) const {
    double sum = 0;
    for (size_t i = 0; i < problem_.regressors.size(); ++i) {
      sum += coefficients[static_cast<size_t>(fitted_.first_states) + i] * problem_.regressors[i][static_cast<size_t>(day)];
    }
    return sum;
  }

  const Problem& problem_;
  const Fitted& fitted_;
  const double freedom_;
  double deviation_ = 0;
  std::vector<double> errors_;
};

}  // namespace

Defined<Forecast> Forecast::Of(const DailyHistory& history, int paths) {
  const std::vector<Problem> problems = ProblemsOf(history);
  const Problem& any = problems.front();
  if (any.known < kLeastHistoryDays) return Cause::kTooFew;
  const Defined<std::vector<Weighted>> models = FitAll(problems);
  if (!models) return models.cause();
  Forecast out;
  out.smoothing_ = models->front().fitted.smoothing;
  out.days_ = static_cast<int>(any.known);
  out.values_.assign(static_cast<size_t>(any.horizon), 0);
  out.paths_.assign(static_cast<size_t>(any.horizon), {});
  Draws draws;
  double share = 0;
  for (const Weighted& model : *models) {
    const Problem& problem = *model.problem;
    const PathMaker maker(problem, model.fitted);
    maker.Expect([&](int64_t ahead, double value) { out.values_[static_cast<size_t>(ahead)] += model.weight * problem.FromScale(value); });
    const int64_t from = std::llround(share * paths), to = std::llround((share + model.weight) * paths);
    share += model.weight;
    for (int64_t path = from; path < to; ++path) {
      maker.Draw(draws, [&](int64_t ahead, double value) { out.paths_[static_cast<size_t>(ahead)].push_back(problem.FromScale(value)); });
    }
  }
  return out;
}

Interval Forecast::DayInterval(int day, double level) const { return IntervalOf(paths_[static_cast<size_t>(day) - 1], level); }

std::vector<double> Forecast::Sums(int first, int last) const {
  std::vector<double> sums(paths_.front().size());
  for (int day = first; day <= last; ++day) {
    for (size_t path = 0; path < sums.size(); ++path) sums[path] += paths_[static_cast<size_t>(day) - 1][path];
  }
  return sums;
}

double Forecast::SumValue(int first, int last) const {
  std::vector<double> sums = Sums(first, last);
  std::sort(sums.begin(), sums.end());
  return Quantile(sums, 0.5);
}

Interval Forecast::SumInterval(int first, int last, double level) const { return IntervalOf(Sums(first, last), level); }

double Forecast::DayChance(int day, double target) const { return ChanceOf(paths_[static_cast<size_t>(day) - 1], target); }

double Forecast::SumChance(int first, int last, double target) const { return ChanceOf(Sums(first, last), target); }

Backtest RollingOrigin(const DailyHistory& history, int horizon) {
  const int all = static_cast<int>(history.values.size());
  const int first_kept = std::max(0, all - kMostHistoryDays), days = all - first_kept;
  Backtest test;
  test.horizon = std::max(1, std::min(horizon, days / 4));
  const int first = std::max(kLeastHistoryDays, days / 2), last = days - test.horizon;
  const int origins = std::min(kMostOrigins, last - first + 1);
  double scaled = 0;
  int64_t inside_80 = 0, inside_95 = 0, scaled_points = 0;
  for (int i = 0; i < origins; ++i) {
    const int origin =
        first_kept + (origins == 1 ? last : first + static_cast<int>(std::lround(static_cast<double>(last - first) * i / (origins - 1))));
    DailyHistory known;
    known.counts = history.counts;
    known.values.assign(history.values.begin() + first_kept, history.values.begin() + origin);
    known.sorts.assign(history.sorts.begin() + first_kept, history.sorts.begin() + origin + test.horizon);
    const Defined<Forecast> forecast = Forecast::Of(known, kBacktestPaths);
    if (!forecast) continue;
    double naive = 0;
    int64_t compared = 0;
    for (size_t day = kSeasonDays; day < known.values.size(); ++day) {
      if (!known.values[day] || !known.values[day - kSeasonDays]) continue;
      naive += std::abs(*known.values[day] - *known.values[day - kSeasonDays]);
      ++compared;
    }
    ++test.origins;
    for (int ahead = 1; ahead <= test.horizon; ++ahead) {
      const std::optional<double>& came = history.values[static_cast<size_t>(origin + ahead - 1)];
      if (!came) continue;
      ++test.points;
      const Interval narrow = forecast->DayInterval(ahead, 0.8), wide = forecast->DayInterval(ahead, 0.95);
      inside_80 += narrow.low <= *came && *came <= narrow.high;
      inside_95 += wide.low <= *came && *came <= wide.high;
      if (naive == 0) continue;
      scaled += std::abs(*came - forecast->Value(ahead)) / (naive / static_cast<double>(compared));
      ++scaled_points;
    }
  }
  if (scaled_points > 0) test.mase = scaled / static_cast<double>(scaled_points);
  if (test.points > 0) {
    test.coverage_80 = static_cast<double>(inside_80) / static_cast<double>(test.points);
    test.coverage_95 = static_cast<double>(inside_95) / static_cast<double>(test.points);
  }
  return test;
}

}  // namespace heitie::statistics
