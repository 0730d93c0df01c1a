// Scores: from figures and ratings to the points of an indicator, of a month and of a year (policy H4–H6). Points are integers from 0 to
// 10,000, hundredths of a percent; between stored points everything is exact and is rounded once, half away from zero. Pure functions.
#ifndef HEITIE_SERVICES_PERSONNEL_APPRAISAL_SCORE_H_
#define HEITIE_SERVICES_PERSONNEL_APPRAISAL_SCORE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "common/exact/fraction.h"

namespace heitie::personnel {

inline constexpr int64_t kMostPoints = 10'000;
// Weights are basis points and add to this.
inline constexpr int64_t kAllWeight = 10'000;

// ---- An indicator

// From `figure` on, `points`.
struct CurvePoint {
  exact::Fraction figure;
  int64_t points = 0;
};

// What is wrong with a curve, at its n-th point (0 first).
enum class CurveDefect { kNone, kEmpty, kFiguresNotRising, kPointsFalling, kPointsOutOfRange };
struct CurveVerdict {
  CurveDefect defect = CurveDefect::kNone;
  size_t at = 0;
};
CurveVerdict CheckCurve(const std::vector<CurvePoint>& curve);

// The points of a figure: linear between the points of the curve, those of its ends beyond them. The curve has no defect.
exact::Fraction PointsAt(const std::vector<CurvePoint>& curve, const exact::Fraction& figure);

// ---- A part of a month

// Where the points of an indicator come from.
enum class Origin { kRated, kMeasured };

struct IndicatorPoints {
  int64_t weight = 0;  // positive
  Origin origin = Origin::kRated;
  // Not set: there is no figure, and the weights of the others count for the whole.
  std::optional<exact::Fraction> points;
};

// Σ weight · points / Σ weight of the indicators of `origin`, or of all, that have points; nullopt when none has.
std::optional<exact::Fraction> Mean(const std::vector<IndicatorPoints>& indicators, std::optional<Origin> origin = std::nullopt);

// ---- A month

// A part of a month in one position, of the person's working days there.
struct Part {
  int present_days = 0;
  std::optional<exact::Fraction> score;  // not set: it could not be rated
};

struct MonthRules {
  int least_days = 5;              // a shorter part is left out
  int64_t least_presence = 5'000;  // basis points of the month's working days; below, no score
};

struct MonthScore {
  enum class Why { kScored, kOnLeave, kNotRated };
  Why why = Why::kNotRated;
  int64_t points = 0;         // where it is scored
  std::vector<size_t> parts;  // those that count
};

// The mean of the parts that are long enough, weighted by their days; when none is, the longest counts, of equal ones the later. Half of
// the month's working days suffices. A part that counts and has no score leaves the month without one.
MonthScore ScoreMonth(const std::vector<Part>& parts, int working_days, const MonthRules& rules);

// ---- A year

struct YearRules {
  int64_t weight_of_months = 6'000, weight_of_year = 4'000;  // add to kAllWeight
  int least_months = 6;                                      // with fewer scores the year is not graded
};

// (weight_of_months · mean of `months` + weight_of_year · own) / 10,000; nullopt when there are too few months.
std::optional<int64_t> ScoreYear(const std::vector<int64_t>& months, int64_t own, const YearRules& rules);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_APPRAISAL_SCORE_H_
