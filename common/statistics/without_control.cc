#include "common/statistics/without_control.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "common/statistics/distributions.h"
#include "common/statistics/least_squares.h"

namespace heitie::statistics {
namespace {

double MeanOf(const std::vector<double>& values, size_t from, size_t until) {
  Moments moments;
  for (size_t i = from; i < until; ++i) moments.Add(values[i]);
  return moments.mean;
}

// By least squares over the numbers of the periods; at least two.
double SlopeOf(const std::vector<double>& values) {
  PairMoments moments;
  for (size_t i = 0; i < values.size(); ++i) moments.Add(static_cast<double>(i), values[i]);
  return moments.xy / moments.xx;
}

// Compares what a function makes of each unit. Units with fewer than `least` periods before tell nothing.
template <typename F>
Defined<Comparison> CompareUnits(const std::vector<Unit>& units, size_t least, double alpha, F figure) {
  Moments treated, others;
  for (const Unit& unit : units) {
    if (unit.before.size() < least) return Cause::kTooFew;
    (unit.treated ? treated : others).Add(figure(unit));
  }
  return CompareMeans(others, treated, alpha);
}

}  // namespace

Defined<DifferenceInDifferences> CompareChanges(const std::vector<Unit>& units, double alpha) {
  for (const Unit& unit : units) {
    if (unit.before.empty() || unit.after.empty()) return Cause::kNoData;
  }
  const Defined<Comparison> changes = CompareUnits(units, 1, alpha, [](const Unit& unit) {
    return MeanOf(unit.after, 0, unit.after.size()) - MeanOf(unit.before, 0, unit.before.size());
  });
  if (!changes) return changes.cause();
  return DifferenceInDifferences{*changes, CompareUnits(units, 2, alpha, [](const Unit& unit) { return SlopeOf(unit.before); }),
                                 CompareUnits(units, 2, alpha, [](const Unit& unit) {
                                   const size_t half = unit.before.size() / 2;
                                   return MeanOf(unit.before, half, unit.before.size()) - MeanOf(unit.before, 0, half);
                                 })};
}

Defined<Comparison> CompareChanges(const std::vector<double>& treated, const std::vector<double>& others, double alpha) {
  Moments t, o;
  for (const double change : treated) t.Add(change);
  for (const double change : others) o.Add(change);
  return CompareMeans(o, t, alpha);
}

namespace {

constexpr double kExactFit = 1e-12;  // residuals so small against the figures are rounding

Columns TermsOf(const std::vector<DayFigure>& figures, int64_t change, bool weekdays) {
  Columns terms(4);
  std::set<int64_t> days_of_week;
  for (const DayFigure& figure : figures) {
    const bool since = figure.day >= change;
    const double t = static_cast<double>(figure.day - change);
    terms[0].push_back(1);
    terms[1].push_back(t);
    terms[2].push_back(since ? 1 : 0);
    terms[3].push_back(since ? t : 0);
    days_of_week.insert((figure.day % 7 + 7) % 7);
  }
  if (!weekdays) return terms;
  // The first one is what the constant stands for.
  for (auto day = std::next(days_of_week.begin()); day != days_of_week.end(); ++day) {
    std::vector<double>& term = terms.emplace_back();
    for (const DayFigure& figure : figures) term.push_back((figure.day % 7 + 7) % 7 == *day ? 1 : 0);
  }
  return terms;
}

// The variance of Σ wᵢeᵢ by Newey and West.
double RobustVariance(const std::vector<DayFigure>& figures, const std::vector<double>& weights, const std::vector<double>& residuals,
                      int lag) {
  double variance = 0;
  for (size_t i = 0; i < figures.size(); ++i) {
    const double own = weights[i] * residuals[i];
    variance += own * own;
    for (size_t j = i; j-- > 0 && figures[i].day - figures[j].day <= lag;) {
      const double apart = static_cast<double>(figures[i].day - figures[j].day);
      variance += 2 * (1 - apart / (lag + 1)) * own * weights[j] * residuals[j];
    }
  }
  return variance;
}

}  // namespace

Defined<InterruptedTimeSeries> FitInterruption(const std::vector<DayFigure>& figures, int64_t change, bool weekdays, double alpha) {
  if (figures.empty()) return Cause::kNoData;
  const auto first = std::find_if(figures.begin(), figures.end(), [&](const DayFigure& figure) { return figure.day >= change; });
  const auto before = first - figures.begin(), since = figures.end() - first;
  if (before == 0 || since == 0) return Cause::kNoData;
  if (before < 2 || since < 2) return Cause::kTooFew;
  const Columns terms = TermsOf(figures, change, weekdays);
  const size_t n = figures.size(), k = terms.size();
  if (n <= k) return Cause::kTooFew;
  std::vector<double> y;
  double length2 = 0, off2 = 0;
  for (const DayFigure& figure : figures) y.push_back(figure.value);
  const Defined<LeastSquares> fit = LeastSquares::Fit(terms, y);
  if (!fit) return fit.cause();
  for (size_t i = 0; i < n; ++i) {
    length2 += y[i] * y[i];
    off2 += fit->residuals()[i] * fit->residuals()[i];
  }
  if (!std::isfinite(length2)) return Cause::kOutOfRange;
  if (std::sqrt(off2) <= kExactFit * std::sqrt(length2)) return Cause::kNoVariance;

  InterruptedTimeSeries out;
  out.lag = static_cast<int>(std::floor(4 * std::pow(static_cast<double>(n) / 100, 2.0 / 9)));
  out.terms = static_cast<int>(k);
  const double df = static_cast<double>(n - k), factor = static_cast<double>(n) / df, quantile = StudentCritical(alpha, df);
  bool varies = true;
  const auto estimate = [&](double level, double slope) {
    std::vector<double> c(k);
    c[2] = level;
    c[3] = slope;
    Estimate e;
    e.effect = level * fit->coefficients()[2] + slope * fit->coefficients()[3];
    const double variance = factor * RobustVariance(figures, fit->Influence(c), fit->residuals(), out.lag);
    varies = varies && variance > 0;
    e.standard_error = std::sqrt(std::max(0.0, variance));
    e.degrees_of_freedom = df;
    if (!varies) return e;
    e.statistic = e.effect / e.standard_error;
    e.p_value = StudentTwoSided(e.statistic, df);
    e.interval = {e.effect - quantile * e.standard_error, e.effect + quantile * e.standard_error};
    return e;
  };
  double elapsed = 0;
  for (auto figure = first; figure != figures.end(); ++figure) elapsed += static_cast<double>(figure->day - change);
  out.level = estimate(1, 0);
  out.slope = estimate(0, 1);
  out.average = estimate(1, elapsed / static_cast<double>(since));
  if (!varies) return Cause::kNoVariance;
  return out;
}

}  // namespace heitie::statistics
