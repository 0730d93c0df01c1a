#include "services/personnel/appraisal/score.h"

#include <algorithm>
#include <numeric>

namespace heitie::personnel {

using exact::Fraction;

CurveVerdict CheckCurve(const std::vector<CurvePoint>& curve) {
  if (curve.empty()) return {CurveDefect::kEmpty, 0};
  for (size_t i = 0; i < curve.size(); ++i) {
    if (curve[i].points < 0 || curve[i].points > kMostPoints) return {CurveDefect::kPointsOutOfRange, i};
    if (i > 0 && curve[i].figure <= curve[i - 1].figure) return {CurveDefect::kFiguresNotRising, i};
    if (i > 0 && curve[i].points < curve[i - 1].points) return {CurveDefect::kPointsFalling, i};
  }
  return {};
}

Fraction PointsAt(const std::vector<CurvePoint>& curve, const Fraction& figure) {
  const auto after =
      std::upper_bound(curve.begin(), curve.end(), figure, [](const Fraction& f, const CurvePoint& point) { return f < point.figure; });
  if (after == curve.begin()) return curve.front().points;
  if (after == curve.end()) return curve.back().points;
  const CurvePoint &from = *(after - 1), &to = *after;
  return from.points + (figure - from.figure) * (to.points - from.points) / (to.figure - from.figure);
}

std::optional<Fraction> Mean(const std::vector<IndicatorPoints>& indicators, std::optional<Origin> origin) {
  Fraction sum = 0;
  int64_t weight = 0;
  for (const IndicatorPoints& indicator : indicators) {
    if (!indicator.points || (origin && indicator.origin != *origin)) continue;
    sum += *indicator.points * indicator.weight;
    weight += indicator.weight;
  }
  if (weight == 0) return std::nullopt;
  return Fraction(sum / weight);
}

MonthScore ScoreMonth(const std::vector<Part>& parts, int working_days, const MonthRules& rules) {
  MonthScore month;
  int present = 0;
  for (const Part& part : parts) present += part.present_days;
  if (present == 0 || present * kAllWeight < rules.least_presence * working_days) {
    month.why = MonthScore::Why::kOnLeave;
    return month;
  }
  size_t longest = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].present_days >= rules.least_days) month.parts.push_back(i);
    if (parts[i].present_days >= parts[longest].present_days) longest = i;
  }
  if (month.parts.empty()) month.parts.push_back(longest);
  Fraction sum = 0;
  int64_t days = 0;
  for (const size_t i : month.parts) {
    if (!parts[i].score) return month;
    sum += *parts[i].score * parts[i].present_days;
    days += parts[i].present_days;
  }
  month.why = MonthScore::Why::kScored;
  month.points = exact::Round(sum / days);
  return month;
}

std::optional<int64_t> ScoreYear(const std::vector<int64_t>& months, int64_t own, const YearRules& rules) {
  if (months.empty() || static_cast<int>(months.size()) < rules.least_months) return std::nullopt;
  const int64_t sum = std::accumulate(months.begin(), months.end(), int64_t{0});
  const Fraction mean(sum, static_cast<int64_t>(months.size()));
  return exact::Round((mean * rules.weight_of_months + Fraction(own) * rules.weight_of_year) / kAllWeight);
}

}  // namespace heitie::personnel
