// Daily figures: what events and measurements add up to. Pure functions; no database.
//
// Users are sets of ordinals in Roaring bitmaps, so that distinct counts over any days are unions, and exact.
#ifndef HEITIE_SERVICES_METRICS_ENGINE_ROLLUP_H_
#define HEITIE_SERVICES_METRICS_ENGINE_ROLLUP_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/numeric/int128.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/exact/sum.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/metric_definition.pb.h"
#include "heitie/metrics/v1/query.pb.h"
#include "roaring/roaring.hh"
#include "services/metrics/engine/rows.h"
#include "services/metrics/engine/sketch.h"

namespace heitie::metrics {

extern const status::Reason kSumTooGreat;

// What a figure of a series and day is of. Empty activity: whatever the activity. Empty dimension (and value): whatever the dimensions.
// Figures lie in ranges of 4,194,304 ordinals, so that a set of users stays below 1 MiB; those of the ranges add up.
inline constexpr int kRangeBits = 22;
struct CellKey {
  std::string activity;
  std::string dimension;
  std::string value;
  uint32_t range = 0;
};
bool operator<(const CellKey& a, const CellKey& b);
bool operator==(const CellKey& a, const CellKey& b);

// The figures of a day, or of several.
struct Cell {
  int64_t count = 0;
  absl::int128 sum_minor = 0;
  // Rows that have a `value`, and these values' sum and extremes.
  int64_t value_count = 0;
  exact::Sum value_sum;
  std::optional<double> value_min, value_max;
  Roaring users;
  // For quantiles: of the minor units, and of the `value`s. Not there (`sketched` false) where rows were folded by a version that made
  // none, or nobody asked for them.
  Sketch minors, values;
  bool sketched = true;

  void Add(const Cell& other);
};

// Every cell that the rows, which are of one series and day, add to: for each row the one without dimension and one for each dimension,
// once for all activities and once for the row's own. `events`: whether the rows have users.
std::map<CellKey, Cell> RollUp(const Rows& rows, bool events, bool sketched = true);

// A dimension that has more values on a day than this has one figure for all of them together, whose value is "": what it is broken down
// into is then counted from the rows.
inline constexpr size_t kMaxDimensionValues = 1000;

// Roaring's portable format behind its digest.
std::string SaveUsers(Roaring users);
// DATA_LOSS when the bytes are not what SaveUsers wrote.
absl::StatusOr<Roaring> LoadUsers(const std::string& bytes);

// The sketches of a cell behind their digest, with the number of its rows; and reads them into it. They are not there when the number is
// another one: then a version that knows nothing of them has added rows. DATA_LOSS.
std::string SaveSketches(const Cell& cell);
absl::Status LoadSketches(const std::string& bytes, Cell& cell);

// The figures of a cell with the one that `aggregation` asks for; undefined ones are absent. SUM_TOO_GREAT.
absl::StatusOr<v1::Figures> ToFigures(const Cell& cell, v1::MetricDefinition::Aggregation aggregation);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_ENGINE_ROLLUP_H_
