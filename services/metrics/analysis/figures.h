// Counts, users, sums, averages, extremes and quantiles by interval, broken down by up to three properties. Whole days without a filter are
// read from daily figures, all else from rows; quantiles from rows, or from the sketches of daily figures when the rows are gone.
#ifndef HEITIE_SERVICES_METRICS_ANALYSIS_FIGURES_H_
#define HEITIE_SERVICES_METRICS_ANALYSIS_FIGURES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/status/status.h"
#include "roaring/roaring.hh"
#include "services/metrics/analysis/selection.h"
#include "services/metrics/engine/rollup.h"

namespace heitie::metrics::analysis {

extern const status::Reason kTooManyGroups;   // {limit}
extern const status::Reason kSampleTooGreat;  // {limit}

inline constexpr size_t kMaxBreakdown = 3;
inline constexpr size_t kMaxGroups = 100'000;  // of all intervals together, before the smaller ones are joined

enum class Measure : uint8_t { kCount, kUsers, kSum, kAverage, kMin, kMax, kQuantile };

// A figure of events. Amounts are whole minor units or other values, never both.
struct Figure {
  Measure measure = Measure::kCount;
  bool minor = false;
  // Of kQuantile, from 0 to 1.
  double p = 0.5;
  // Divided by the number of users, undefined without any.
  bool per_user = false;
};

// What events add up to.
struct Tally {
  // Users are counted in `users` instead: they add up over slices, their sets need not be kept.
  Cell cell;
  int64_t users = 0;
  int64_t minor_count = 0;
  std::optional<int64_t> minor_min, minor_max;
  // Of questions for quantiles: the amounts, as long as they are collected, then the quantile of them.
  std::vector<double> sample;
  std::optional<double> quantile;
  // The quantile is within Sketch::kRelativeError, for its rows are no longer kept.
  bool approximate = false;

  void Add(const Tally& other);
};

// Undefined: an average, extreme or quantile of nothing, or anything per user without users.
std::optional<double> ValueOf(const Tally& tally, const Figure& figure);
// By linear interpolation between the values at ⌊(n − 1)p⌋ and the next one; undefined of nothing. Reorders the sample. O(n).
std::optional<double> QuantileOf(std::vector<double>& sample, double p);
// Undefined over zero.
std::optional<double> Ratio(std::optional<double> numerator, std::optional<double> denominator);

// The values of the properties; nothing where an event lacks one.
using GroupKey = std::vector<std::optional<std::string>>;

struct FigureQuestion {
  Selection events;
  // One after the other without gaps; the question's period.
  std::vector<Window> intervals;
  std::vector<std::string> breakdown;
  // So many groups, those of the greatest figures over the whole period, among equal ones the first by name; the others are one group.
  size_t top = 0;
  Figure figure;
  // Only of these users; nullptr: of all.
  const Roaring* among = nullptr;
};

struct GroupTallies {
  GroupKey key;
  // The groups that are not among the top, taken together.
  bool is_other = false;
  Tally total;
  std::vector<Tally> intervals;
};

struct FigureAnswer {
  GroupTallies all;
  // By descending figure, the other one last; none without breakdown.
  std::vector<GroupTallies> groups;
};

// TOO_MANY_GROUPS, SAMPLE_TOO_GREAT.
absl::StatusOr<FigureAnswer> AnswerFigures(Snapshot& snapshot, const FigureQuestion& question, const Calendar& calendar);
// The same for given groups, in their order, and the one of all others: the denominator of a ratio.
absl::StatusOr<FigureAnswer> AnswerFiguresOf(Snapshot& snapshot, const FigureQuestion& question, const std::vector<GroupKey>& groups,
                                             const Calendar& calendar);
// The users behind a figure, in one group or all (nullptr), in one interval or all (-1).
absl::StatusOr<Roaring> UsersOfFigure(Snapshot& snapshot, const FigureQuestion& question, const GroupKey* group, int interval,
                                      const Calendar& calendar);

}  // namespace heitie::metrics::analysis

#endif  // HEITIE_SERVICES_METRICS_ANALYSIS_FIGURES_H_
