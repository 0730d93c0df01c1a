#include "services/metrics/engine/rollup.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>
#include <vector>

#include "common/status/macros.h"
#include "heitie/metrics/v1/metric_definition.pb.h"
#include "heitie/metrics/v1/query.pb.h"
#include "services/metrics/engine/block.h"

namespace heitie::metrics {

const status::Reason kSumTooGreat{absl::StatusCode::kOutOfRange, "SUM_TOO_GREAT", "The sum of minor units leaves the range of 64 bits.",
                                  "最小單位總和超出 64 位元範圍。"};

namespace {

using v1::MetricDefinition;

auto Tie(const CellKey& key) { return std::tie(key.activity, key.dimension, key.value, key.range); }

// What becomes of a cell while rows are added: the users of rows come in ascending order, so they are added to the bitmap together.
struct Growing {
  Cell cell;
  std::vector<uint32_t> users;
};

void AddRow(const Rows& rows, size_t i, bool events, Growing& growing) {
  Cell& cell = growing.cell;
  ++cell.count;
  if (events && (growing.users.empty() || growing.users.back() != rows.users[i])) growing.users.push_back(rows.users[i]);
  if (rows.amounts.empty()) return;
  if (rows.amounts[i] == Amount::kMinor) cell.sum_minor += rows.minors[i];
  if (rows.amounts[i] != Amount::kValue) return;
  const double value = rows.values[i];
  ++cell.value_count;
  cell.value_sum.Add(value);
  cell.value_min = std::min(cell.value_min.value_or(value), value);
  cell.value_max = std::max(cell.value_max.value_or(value), value);
}

// The cells of one range and dimension ("" for none), by code of the activity (0: whatever the activity) and of the value.
void AddDimension(const Rows& rows, size_t begin, size_t end, const std::string& dimension, const Column* values, bool events,
                  std::map<CellKey, Cell>& cells) {
  const auto activity = rows.columns.find(kActivityColumn);
  const Column* activities = activity == rows.columns.end() ? nullptr : &activity->second;
  std::map<std::pair<uint32_t, uint32_t>, Growing> growing;
  std::vector<Growing*> of_all(values == nullptr ? 1 : values->values.size() + 1, nullptr);
  for (size_t i = begin; i < end; ++i) {
    const uint32_t value = values == nullptr ? 0 : values->codes[i];
    if (values != nullptr && value == 0) continue;
    Growing*& all = of_all[value];
    if (all == nullptr) all = &growing[{0, value}];
    AddRow(rows, i, events, *all);
    if (activities != nullptr && activities->codes[i] != 0) AddRow(rows, i, events, growing[{activities->codes[i], value}]);
  }
  for (auto& [codes, one] : growing) {
    one.cell.users.addMany(one.users.size(), one.users.data());
    cells[{codes.first == 0 ? "" : activities->values[codes.first - 1], dimension,
           values == nullptr ? "" : values->values[codes.second - 1], rows.users[begin] >> kRangeBits}] = std::move(one.cell);
  }
}

bool IsDimension(const std::string& key) { return key[0] >= 'a' && key[0] <= 'z'; }

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
      return cell.value_sum.value();
    case MetricDefinition::AGGREGATION_AVERAGE:
      if (cell.value_count == 0) return std::nullopt;
      return cell.value_sum.value() / static_cast<double>(cell.value_count);
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

void Cell::Add(const Cell& other) {
  count += other.count;
  sum_minor += other.sum_minor;
  value_count += other.value_count;
  value_sum.Add(other.value_sum);
  Extend(value_min, other.value_min, std::min<double>);
  Extend(value_max, other.value_max, std::max<double>);
  users |= other.users;
}

std::map<CellKey, Cell> RollUp(const Rows& rows, bool events) {
  std::map<CellKey, Cell> cells;
  for (size_t begin = 0; begin < rows.size();) {
    const uint32_t range = rows.users[begin] >> kRangeBits;
    size_t end = begin;
    while (end < rows.size() && rows.users[end] >> kRangeBits == range) ++end;
    AddDimension(rows, begin, end, "", nullptr, events, cells);
    for (const auto& [key, column] : rows.columns) {
      if (IsDimension(key)) AddDimension(rows, begin, end, key, &column, events, cells);
    }
    begin = end;
  }
  return cells;
}

std::string SaveUsers(Roaring users) {
  users.runOptimize();
  std::string bytes(users.getSizeInBytes(), '\0');
  users.write(bytes.data());
  return WithDigest(bytes);
}

// The library's reader does not look whether containers make sense, so the digest is looked at first.
absl::StatusOr<Roaring> LoadUsers(const std::string& stored) {
  ASSIGN_OR_RETURN(const std::string bytes, WithoutDigest(stored));
  roaring_bitmap_t* bitmap = roaring_bitmap_portable_deserialize_safe(bytes.data(), bytes.size());
  if (bitmap == nullptr) return absl::DataLossError("a bitmap of users cannot be read");
  return Roaring(bitmap);
}

absl::StatusOr<v1::Figures> ToFigures(const Cell& cell, MetricDefinition::Aggregation aggregation) {
  if (cell.sum_minor > std::numeric_limits<int64_t>::max() || cell.sum_minor < std::numeric_limits<int64_t>::min()) {
    return status::Error(kSumTooGreat);
  }
  v1::Figures figures;
  if (const auto asked = Asked(cell, aggregation); asked.has_value()) figures.set_value(*asked);
  figures.set_count(cell.count);
  figures.set_distinct_users(static_cast<int64_t>(cell.users.cardinality()));
  figures.set_sum_minor(static_cast<int64_t>(cell.sum_minor));
  figures.set_value_count(cell.value_count);
  figures.set_sum(cell.value_sum.value());
  if (cell.value_min.has_value()) figures.set_min(*cell.value_min);
  if (cell.value_max.has_value()) figures.set_max(*cell.value_max);
  return figures;
}

}  // namespace heitie::metrics
