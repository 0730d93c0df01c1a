#include "services/metrics/engine/rollup.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>
#include <vector>

#include "common/status/macros.h"
#include "heitie/metrics/v1/metric_definition.pb.h"
#include "heitie/metrics/v1/query.pb.h"
#include "services/metrics/engine/bitmap_bytes.h"
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

// Of each row that has an amount, the bucket of it; none when no sketches are made.
using Buckets = std::vector<int32_t>;

Buckets BucketsOf(const Rows& rows) {
  Buckets buckets(rows.amounts.size(), 0);
  for (size_t i = 0; i < buckets.size(); ++i) {
    if (rows.amounts[i] == Amount::kMinor) buckets[i] = Sketch::BucketOf(static_cast<double>(rows.minors[i]));
    if (rows.amounts[i] == Amount::kValue) buckets[i] = Sketch::BucketOf(rows.values[i]);
  }
  return buckets;
}

void AddRow(const Rows& rows, const Buckets& buckets, size_t i, bool events, Growing& growing) {
  Cell& cell = growing.cell;
  ++cell.count;
  if (events && (growing.users.empty() || growing.users.back() != rows.users[i])) growing.users.push_back(rows.users[i]);
  if (rows.amounts.empty()) return;
  if (!buckets.empty() && rows.amounts[i] != Amount::kNone) (rows.amounts[i] == Amount::kMinor ? cell.minors : cell.values).Add(buckets[i]);
  if (rows.amounts[i] == Amount::kMinor) cell.sum_minor += rows.minors[i];
  if (rows.amounts[i] != Amount::kValue) return;
  const double value = rows.values[i];
  ++cell.value_count;
  cell.value_sum.Add(value);
  cell.value_min = std::min(cell.value_min.value_or(value), value);
  cell.value_max = std::max(cell.value_max.value_or(value), value);
}

// The cells of one range and dimension ("" for none), by code of the activity (0: whatever the activity) and of the value.
void AddDimension(const Rows& rows, const Buckets& buckets, size_t begin, size_t end, const std::string& dimension, const Column* values,
                  bool events, std::map<CellKey, Cell>& cells) {
  const auto activity = rows.columns.find(kActivityColumn);
  const Column* activities = activity == rows.columns.end() ? nullptr : &activity->second;
  std::map<std::pair<uint32_t, uint32_t>, Growing> growing;
  std::vector<Growing*> of_all(values == nullptr ? 1 : values->values.size() + 1, nullptr);
  for (size_t i = begin; i < end; ++i) {
    const uint32_t value = values == nullptr ? 0 : values->codes[i];
    if (values != nullptr && value == 0) continue;
    Growing*& all = of_all[value];
    if (all == nullptr) all = &growing[{0, value}];
    AddRow(rows, buckets, i, events, *all);
    if (activities != nullptr && activities->codes[i] != 0) AddRow(rows, buckets, i, events, growing[{activities->codes[i], value}]);
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
  minors.Add(other.minors);
  values.Add(other.values);
  sketched &= other.sketched;
}

std::map<CellKey, Cell> RollUp(const Rows& rows, bool events, bool sketched) {
  std::map<CellKey, Cell> cells;
  const Buckets buckets = sketched ? BucketsOf(rows) : Buckets();
  for (size_t begin = 0; begin < rows.size();) {
    const uint32_t range = rows.users[begin] >> kRangeBits;
    size_t end = begin;
    while (end < rows.size() && rows.users[end] >> kRangeBits == range) ++end;
    AddDimension(rows, buckets, begin, end, "", nullptr, events, cells);
    for (const auto& [key, column] : rows.columns) {
      if (IsDimension(key)) AddDimension(rows, buckets, begin, end, key, &column, events, cells);
    }
    begin = end;
  }
  if (!sketched) {
    for (auto& [key, cell] : cells) cell.sketched = false;
  }
  return cells;
}

std::string SaveSketches(const Cell& cell) {
  std::string bytes(sizeof cell.count, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(static_cast<uint64_t>(cell.count) >> (8 * i));
  cell.minors.Save(bytes);
  cell.values.Save(bytes);
  return WithDigest(bytes);
}

absl::Status LoadSketches(const std::string& stored, Cell& cell) {
  ASSIGN_OR_RETURN(const std::string bytes, WithoutDigest(stored));
  size_t at = sizeof cell.count;
  uint64_t count = 0;
  for (size_t i = 0; i < at && i < bytes.size(); ++i) count |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  std::optional<Sketch> minors = Sketch::Load(bytes, at), values = Sketch::Load(bytes, at);
  if (!minors.has_value() || !values.has_value() || at != bytes.size()) return absl::DataLossError("a sketch cannot be read");
  cell.sketched = count == static_cast<uint64_t>(cell.count);
  if (!cell.sketched) return absl::OkStatus();
  cell.minors = *std::move(minors);
  cell.values = *std::move(values);
  return absl::OkStatus();
}

std::string SaveUsers(Roaring users) {
  users.runOptimize();
  std::string bytes(users.getSizeInBytes(), '\0');
  users.write(bytes.data());
  return WithDigest(bytes);
}

// The library's reader does not look whether containers make sense: the digest is looked at first, and what is behind it then.
absl::StatusOr<Roaring> LoadUsers(const std::string& stored) {
  ASSIGN_OR_RETURN(const std::string bytes, WithoutDigest(stored));
  if (!IsBitmap(bytes)) return absl::DataLossError("a set of users that is no bitmap");
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
