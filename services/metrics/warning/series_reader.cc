#include "services/metrics/warning/series_reader.h"

#include <algorithm>
#include <utility>

#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/metrics/engine/database_snapshot.h"

namespace heitie::metrics {
namespace {

using v1::AlertRule;
using v1::MetricDefinition;

constexpr int64_t kHourSeconds = 3600, kFiveMinutesSeconds = 300;

// Clocks are ahead of UTC by whole quarters of an hour, which hours must be moved by.
int64_t StepSeconds(AlertRule::Interval interval) { return interval == AlertRule::INTERVAL_HOUR ? kHourSeconds : kFiveMinutesSeconds; }

class FigureSums {
 public:
  explicit FigureSums(const SeriesQuery& query) : query_(query) {}

  Cell& At(const std::string& value, size_t interval) {
    std::vector<Cell>& cells = cells_[value];
    if (cells.empty()) cells.resize(query_.bounds.size() - 1);
    return cells[interval];
  }

  FiguresByValue Result() const {
    std::vector<std::pair<int64_t, std::string>> order;
    for (const auto& [value, cells] : cells_) {
      int64_t count = 0;
      for (const Cell& cell : cells) count += cell.count;
      order.emplace_back(-count, value);
    }
    std::sort(order.begin(), order.end());
    if (order.size() > query_.most_values) order.resize(query_.most_values);
    FiguresByValue figures;
    for (const auto& [count, value] : order) {
      for (const Cell& cell : cells_.at(value)) figures[value].push_back(FigureOf(cell));
    }
    return figures;
  }

 private:
  std::optional<double> FigureOf(const Cell& cell) const {
    const bool none = cell.value_count == 0;
    switch (query_.aggregation) {
      case MetricDefinition::AGGREGATION_DISTINCT_USERS:
        return static_cast<double>(cell.users.cardinality());
      case MetricDefinition::AGGREGATION_SUM_MINOR:
        return static_cast<double>(cell.sum_minor);
      case MetricDefinition::AGGREGATION_SUM:
        return cell.value_sum.value();
      case MetricDefinition::AGGREGATION_AVERAGE:
        return none ? std::nullopt : std::optional<double>(cell.value_sum.value() / static_cast<double>(cell.value_count));
      case MetricDefinition::AGGREGATION_MIN:
        return none ? std::nullopt : cell.value_min;
      case MetricDefinition::AGGREGATION_MAX:
        return none ? std::nullopt : cell.value_max;
      default:
        return static_cast<double>(cell.count);
    }
  }

  const SeriesQuery& query_;
  std::map<std::string, std::vector<Cell>> cells_;
};

const std::string* ValueAt(const Rows& rows, absl::string_view column, size_t row) {
  const auto found = rows.columns.find(column);
  if (found == rows.columns.end() || found->second.codes.empty() || found->second.codes[row] == 0) return nullptr;
  return &found->second.values[found->second.codes[row] - 1];
}

// Adds a row to a cell as daily figures do.
void AddRow(const Rows& rows, size_t row, Cell& cell) {
  cell.count += 1;
  cell.users.add(rows.users[row]);
  if (rows.amounts[row] == Amount::kMinor) cell.sum_minor += rows.minors[row];
  if (rows.amounts[row] != Amount::kValue) return;
  const double value = rows.values[row];
  cell.value_count += 1;
  cell.value_sum.Add(value);
  cell.value_min = std::min(cell.value_min.value_or(value), value);
  cell.value_max = std::max(cell.value_max.value_or(value), value);
}

absl::Status AddRows(const SeriesQuery& query, const Roaring* among, const Rows& rows, FigureSums& sums) {
  for (size_t i = 0; i < rows.size(); ++i) {
    if (among != nullptr && !among->contains(rows.users[i])) continue;
    const absl::Time time = absl::FromUnixMicros(rows.times[i]);
    if (time < query.bounds.front() || time >= query.bounds.back()) continue;
    if (!query.activity.empty()) {
      const std::string* activity = ValueAt(rows, kActivityColumn, i);
      if (activity == nullptr || *activity != query.activity) continue;
    }
    std::string value;
    if (!query.dimension.empty()) {
      const std::string* own = ValueAt(rows, query.dimension, i);
      if (own == nullptr) continue;
      value = *own;
    }
    const auto after = std::upper_bound(query.bounds.begin(), query.bounds.end(), time);
    AddRow(rows, i, sums.At(value, static_cast<size_t>(after - query.bounds.begin()) - 1));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Time IntervalStart(AlertRule::Interval interval, absl::Time time, absl::TimeZone zone) {
  if (interval == AlertRule::INTERVAL_DAY) return absl::FromCivil(absl::ToCivilDay(time, zone), zone);
  const int64_t step = StepSeconds(interval);
  const int64_t local = absl::ToUnixSeconds(time) + zone.At(time).offset;
  const int64_t into = ((local % step) + step) % step;
  return absl::FromUnixSeconds(absl::ToUnixSeconds(time) - into);
}

absl::Time NextInterval(AlertRule::Interval interval, absl::Time start, absl::TimeZone zone) {
  if (interval == AlertRule::INTERVAL_DAY) return absl::FromCivil(absl::ToCivilDay(start, zone) + 1, zone);
  return start + absl::Seconds(StepSeconds(interval));
}

std::vector<absl::Time> IntervalsBetween(AlertRule::Interval interval, absl::Time from, absl::Time to, absl::TimeZone zone) {
  std::vector<absl::Time> bounds;
  for (absl::Time start = from; start < to; start = NextInterval(interval, start, zone)) bounds.push_back(start);
  bounds.push_back(std::max(from, to));
  return bounds;
}

Series SourceOf(const MetricDefinition& definition) {
  if (definition.event_name().empty()) return {kMeasurementKind, definition.measurement_name()};
  return {kEventKind, definition.event_name()};
}

std::string SourceName(const Series& source) { return (source.kind == kEventKind ? "events/" : "measurements/") + source.name; }

bool OnlyGrows(MetricDefinition::Aggregation aggregation) {
  return aggregation == MetricDefinition::AGGREGATION_COUNT || aggregation == MetricDefinition::AGGREGATION_DISTINCT_USERS ||
         aggregation == MetricDefinition::AGGREGATION_MAX;
}

absl::StatusOr<FiguresByValue> ReadFigures(Snapshot& snapshot, const SeriesQuery& query, const Roaring* among, absl::TimeZone zone) {
  FigureSums sums(query);
  if (query.bounds.size() < 2) return sums.Result();
  if (query.dimension.empty()) sums.At("", 0);
  const Days days{absl::ToCivilDay(query.bounds.front(), zone), absl::ToCivilDay(query.bounds.back() - absl::Microseconds(1), zone)};
  const bool users_suffice = query.aggregation == MetricDefinition::AGGREGATION_DISTINCT_USERS && query.dimension.empty();
  if (query.interval == AlertRule::INTERVAL_DAY && (among == nullptr || users_suffice)) {
    RETURN_IF_ERROR(snapshot.Cells({query.source, query.activity, query.dimension, days, {}},
                                   [&](absl::CivilDay day, const std::string& value, const Cell& cell) {
                                     Cell& sum = sums.At(value, static_cast<size_t>(day - days.first));
                                     sum.Add(cell);
                                     if (among != nullptr) sum.users &= *among;
                                     return absl::OkStatus();
                                   }));
    return sums.Result();
  }
  RETURN_IF_ERROR(snapshot.Scan(query.source, days, {}, Snapshot::kColumns | Snapshot::kAmounts,
                                [&](const Rows& rows) { return AddRows(query, among, rows, sums); }));
  return sums.Result();
}

absl::Time ClosedUntil(const SourceState& source, const v1::WarningPolicy& policy, absl::Time now) {
  if (!source.closed.awaited()) return now - absl::Minutes(policy.allowed_lateness_minutes());
  return std::clamp(source.closed.through.value_or(absl::UnixEpoch()), absl::UnixEpoch(), now);
}

SeriesQuery DailyQuery(const MetricDefinition& metric, const std::string& activity, const std::string& dimension, absl::CivilDay first,
                       absl::CivilDay last, size_t most_values, absl::TimeZone zone) {
  SeriesQuery query;
  query.source = SourceOf(metric);
  query.aggregation = metric.aggregation();
  query.activity = activity;
  query.dimension = dimension;
  query.interval = AlertRule::INTERVAL_DAY;
  query.bounds = IntervalsBetween(query.interval, absl::FromCivil(first, zone), absl::FromCivil(last + 1, zone), zone);
  query.most_values = most_values;
  return query;
}

FindSourceState SourceStates(record::Store& store, FindClosing closing) {
  return [&store, closing = std::move(closing)](const rpc::Call& call, const Series& source) {
    return store.Read(call, [&](sql::Session& session) -> absl::StatusOr<SourceState> {
      SourceState state;
      ASSIGN_OR_RETURN(state.closed, closing(session, source));
      ASSIGN_OR_RETURN(const v1::FigureSource found, ReadSource(session, source));
      state.version = found.version();
      return state;
    });
  };
}

absl::StatusOr<FiguresByValue> SnapshotReader::Read(const rpc::Call& call, const SeriesQuery& query) const {
  FiguresByValue figures;
  std::map<std::string, v1::Segment> versions;
  if (!query.segment.empty()) {
    RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) { return segments_.AddVersions(session, query.segment, versions); }));
  }
  RETURN_IF_ERROR(look_(call, [&](Snapshot& snapshot) -> absl::Status {
    std::optional<Roaring> among;
    if (!query.segment.empty()) {
      Segments::Used used;
      ASSIGN_OR_RETURN(among, segments_.UsersOf(versions, snapshot, query.segment, query.segment_time, used));
    }
    ASSIGN_OR_RETURN(figures, ReadFigures(snapshot, query, among.has_value() ? &*among : nullptr, zone_));
    return absl::OkStatus();
  }));
  return figures;
}

}  // namespace heitie::metrics
