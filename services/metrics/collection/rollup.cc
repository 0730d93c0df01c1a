#include "services/metrics/collection/rollup.h"

#include <algorithm>
#include <tuple>

#include "heitie/metrics/v1/metric_definition.pb.h"
#include "heitie/metrics/v1/query.pb.h"

namespace heitie::metrics {

const status::Reason kSumTooGreat{absl::StatusCode::kOutOfRange, "SUM_TOO_GREAT",
                                  "A daily sum of minor units would leave the range of 64 bits.", "每日最小單位總和將超出 64 位元範圍。"};

namespace {

using v1::MetricDefinition;

auto Tie(const CellKey& key) { return std::tie(key.name, key.activity, key.dimension, key.day, key.dimension_value); }

// `ordinal` is null when the point has no user.
void AddPoint(const Point& point, const uint32_t* ordinal, Cell& cell) {
  ++cell.count;
  cell.sum_minor += point.value_minor.value_or(0);
  if (point.value.has_value()) {
    ++cell.value_count;
    cell.value_sum += *point.value;
    cell.value_min = std::min(cell.value_min.value_or(*point.value), *point.value);
    cell.value_max = std::max(cell.value_max.value_or(*point.value), *point.value);
  }
  if (ordinal != nullptr) cell.users.add(*ordinal);
}

void Extend(std::optional<double>& extreme, const std::optional<double>& other, const double& (*choose)(const double&, const double&)) {
  if (!other.has_value()) return;
  extreme = extreme.has_value() ? choose(*extreme, *other) : *other;
}

std::optional<double> Asked(const Cell& cell, MetricDefinition::Aggregation aggregation) {
  switch (aggregation) {
    case MetricDefinition::AGGREGATION_DISTINCT_USERS:
      return static_cast<double>(cell.users.cardinality());
    case MetricDefinition::AGGREGATION_SUM_MINOR:
      return static_cast<double>(cell.sum_minor);
    case MetricDefinition::AGGREGATION_SUM:
      return cell.value_sum;
    case MetricDefinition::AGGREGATION_AVERAGE:
      if (cell.value_count == 0) return std::nullopt;
      return cell.value_sum / static_cast<double>(cell.value_count);
    case MetricDefinition::AGGREGATION_MIN:
      return cell.value_min;
    case MetricDefinition::AGGREGATION_MAX:
      return cell.value_max;
    default:
      return static_cast<double>(cell.count);
  }
}

}  // namespace

bool operator<(const CellKey& a, const CellKey& b) { return Tie(a) < Tie(b); }
bool operator==(const CellKey& a, const CellKey& b) { return Tie(a) == Tie(b); }

absl::Status Cell::Add(const Cell& other) {
  if (__builtin_add_overflow(sum_minor, other.sum_minor, &sum_minor)) return status::Error(kSumTooGreat);
  count += other.count;
  value_count += other.value_count;
  value_sum += other.value_sum;
  Extend(value_min, other.value_min, std::min<double>);
  Extend(value_max, other.value_max, std::max<double>);
  users |= other.users;
  return absl::OkStatus();
}

std::map<CellKey, Cell> RollUp(const std::vector<Point>& points, const Ordinals& ordinals) {
  std::map<CellKey, Cell> cells;
  for (const Point& point : points) {
    const uint32_t* ordinal = point.user.empty() ? nullptr : &ordinals.at(point.user);
    const auto add = [&](const std::string& activity) {
      AddPoint(point, ordinal, cells[{point.name, activity, "", point.day, ""}]);
      for (const auto& [key, value] : point.dimensions) AddPoint(point, ordinal, cells[{point.name, activity, key, point.day, value}]);
    };
    add("");
    if (!point.activity.empty()) add(point.activity);
  }
  return cells;
}

std::string SaveUsers(Roaring& users) {
  users.runOptimize();
  std::string bytes(users.getSizeInBytes(), '\0');
  users.write(bytes.data());
  return bytes;
}

absl::StatusOr<Roaring> LoadUsers(const std::string& bytes) {
  roaring_bitmap_t* bitmap = roaring_bitmap_portable_deserialize_safe(bytes.data(), bytes.size());
  if (bitmap == nullptr) return absl::DataLossError("a bitmap of users cannot be read");
  return Roaring(bitmap);
}

v1::Figures ToFigures(const Cell& cell, MetricDefinition::Aggregation aggregation) {
  v1::Figures figures;
  if (const auto asked = Asked(cell, aggregation); asked.has_value()) figures.set_value(*asked);
  figures.set_count(cell.count);
  figures.set_distinct_users(static_cast<int64_t>(cell.users.cardinality()));
  figures.set_sum_minor(cell.sum_minor);
  figures.set_value_count(cell.value_count);
  figures.set_sum(cell.value_sum);
  if (cell.value_min.has_value()) figures.set_min(*cell.value_min);
  if (cell.value_max.has_value()) figures.set_max(*cell.value_max);
  return figures;
}

}  // namespace heitie::metrics
