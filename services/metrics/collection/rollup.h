// Daily figures: what events and measurements add up to. Pure functions; no database.
//
// Users are sets of ordinals in Roaring bitmaps, so that distinct counts over any days are unions, and exact.
#ifndef HEITIE_SERVICES_METRICS_COLLECTION_ROLLUP_H_
#define HEITIE_SERVICES_METRICS_COLLECTION_ROLLUP_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/metric_definition.pb.h"
#include "heitie/metrics/v1/query.pb.h"
#include "roaring/roaring.hh"
#include "services/metrics/collection/batch.h"

namespace heitie::metrics {

extern const status::Reason kSumTooGreat;

// Ordinals by user id.
using Ordinals = absl::flat_hash_map<std::string, uint32_t>;

// What a daily figure is of, within one kind. Empty activity: whatever the activity. Empty dimension (and value): whatever the dimensions.
struct CellKey {
  std::string name;
  std::string activity;
  std::string dimension;
  absl::CivilDay day;
  std::string dimension_value;
};
bool operator<(const CellKey& a, const CellKey& b);
bool operator==(const CellKey& a, const CellKey& b);

// The figures of a day, or of several.
struct Cell {
  int64_t count = 0;
  int64_t sum_minor = 0;
  // Points that have a `value`, and these values' sum and extremes.
  int64_t value_count = 0;
  double value_sum = 0;
  std::optional<double> value_min, value_max;
  Roaring users;

  // Adds the figures of `other`. SUM_TOO_GREAT.
  absl::Status Add(const Cell& other);
};

// Every cell that the points add to: for each point the one without dimension and one for each dimension, once for all activities and
// once for the point's own. Each user of a point has an ordinal. Sums of one batch cannot overflow: the contract bounds each value.
std::map<CellKey, Cell> RollUp(const std::vector<Point>& points, const Ordinals& ordinals);

// Roaring's portable format.
std::string SaveUsers(Roaring& users);
// DATA_LOSS when the bytes are not what SaveUsers wrote.
absl::StatusOr<Roaring> LoadUsers(const std::string& bytes);

// The figures of a cell with the one that `aggregation` asks for; undefined ones are absent.
v1::Figures ToFigures(const Cell& cell, v1::MetricDefinition::Aggregation aggregation);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_COLLECTION_ROLLUP_H_
