#include "services/metrics/engine/fake_snapshot.h"

#include <algorithm>
#include <tuple>

#include "common/status/macros.h"
#include "common/time/day.h"
#include "services/metrics/engine/database_snapshot.h"

namespace heitie::metrics {
namespace {

constexpr int kGap = 3;  // between ordinals
constexpr int kMostPortions = 4;

int64_t FakeMicros(const Point& point) { return absl::ToUnixMicros(point.occur_time); }

// A column whose values are in the order of their first row from the end: no order that anybody may rely on.
void Encode(const std::string& key, const std::vector<const std::string*>& texts, Rows& rows) {
  Column column;
  std::map<std::string, uint32_t> codes;
  for (size_t i = texts.size(); i-- > 0;) {
    if (texts[i] == nullptr || !codes.emplace(*texts[i], column.values.size() + 1).second) continue;
    column.values.push_back(*texts[i]);
  }
  if (column.values.empty()) return;
  for (const std::string* text : texts) column.codes.push_back(text == nullptr ? 0 : codes.at(*text));
  rows.columns.emplace(key, std::move(column));
}

const std::string* Filled(const std::string& text) { return text.empty() ? nullptr : &text; }

void EncodeAll(const std::vector<const Point*>& points, const std::string& producer, bool properties, Rows& rows) {
  std::map<std::string, std::vector<const std::string*>> columns;
  const auto put = [&](const std::string& key, size_t i, const std::string* text) {
    auto& texts = columns[key];
    texts.resize(points.size());
    texts[i] = text;
  };
  for (size_t i = 0; i < points.size(); ++i) {
    put(kActivityColumn, i, Filled(points[i]->activity));
    put(kCurrencyColumn, i, Filled(points[i]->currency_code));
    put(kProducerColumn, i, &producer);
    for (const auto& [key, value] : points[i]->dimensions) put(key, i, &value);
    for (const auto& [key, value] : points[i]->properties) {
      if (properties) put(key, i, &value);
    }
  }
  for (const auto& [key, texts] : columns) Encode(key, texts, rows);
}

void FillAmounts(const std::vector<const Point*>& points, Rows& rows) {
  for (const Point* point : points) {
    rows.amounts.push_back(point->value_minor.has_value() ? Amount::kMinor : point->value.has_value() ? Amount::kValue : Amount::kNone);
    rows.minors.push_back(point->value_minor.value_or(0));
    rows.values.push_back(point->value.value_or(0));
  }
}

}  // namespace

FakeSnapshot::FakeSnapshot(std::vector<Point> points, unsigned seed, std::string producer)
    : points_(std::move(points)), producer_(std::move(producer)), random_(seed) {
  for (const Point& point : points_) {
    if (!point.user.empty()) ordinals_.emplace(point.user, static_cast<uint32_t>(ordinals_.size() * kGap + 1));
  }
}

std::vector<const Point*> FakeSnapshot::Select(const Series& series, Days days, Users users) const {
  std::vector<const Point*> selected;
  for (const Point& point : points_) {
    if (point.name != series.name || point.user.empty() != (series.kind == kMeasurementKind)) continue;
    if (point.day < days.first || point.day > days.last) continue;
    const uint32_t ordinal = OrdinalIn(point);
    if (ordinal >= users.first && ordinal <= users.last) selected.push_back(&point);
  }
  return selected;
}

Rows FakeSnapshot::RowsOf(const std::vector<const Point*>& given, unsigned parts, bool properties) const {
  std::vector<const Point*> points = given;
  std::stable_sort(points.begin(), points.end(), [&](const Point* a, const Point* b) {
    return std::make_pair(OrdinalIn(*a), FakeMicros(*a)) < std::make_pair(OrdinalIn(*b), FakeMicros(*b));
  });
  Rows rows;
  for (const Point* point : points) {
    rows.users.push_back(OrdinalIn(*point));
    rows.times.push_back(FakeMicros(*point));
  }
  if ((parts & kColumns) != 0) EncodeAll(points, producer_, properties, rows);
  if ((parts & kAmounts) != 0) FillAmounts(points, rows);
  return rows;
}

absl::Status FakeSnapshot::Scan(const Series& series, Days days, Users users, unsigned parts,
                                const std::function<absl::Status(const Rows&)>& take) {
  if (days.first < first_kept_) return status::Error(kRawExpired, {{"name", series.name}, {"day", time::DayText(first_kept_)}});
  std::vector<const Point*> selected = Select(series, days, users);
  std::shuffle(selected.begin(), selected.end(), random_);
  const size_t portions = 1 + random_() % kMostPortions;
  for (size_t portion = 0; portion < portions; ++portion) {
    const auto at = [&](size_t part) { return selected.begin() + static_cast<ptrdiff_t>(selected.size() * part / portions); };
    const std::vector<const Point*> points(at(portion), at(portion + 1));
    if (points.empty()) continue;
    const Rows rows = RowsOf(points, parts, true);
    scanned_ += static_cast<int64_t>(rows.size());
    RETURN_IF_ERROR(take(rows));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Users>> FakeSnapshot::Slices(const std::vector<Series>& series, Days days, int64_t limit) {
  std::map<uint32_t, int64_t> counts;
  for (const Series& one : series) {
    for (const Point* point : Select(one, days, {})) ++counts[OrdinalIn(*point)];
  }
  std::vector<Users> slices(1);
  int64_t held = 0;
  for (const auto& [ordinal, count] : counts) {
    if (held > 0 && held + count > limit) {
      slices.back().last = ordinal - 1;
      slices.push_back({ordinal});
      held = 0;
    }
    held += count;
  }
  return slices;
}

absl::StatusOr<std::vector<Users>> FakeSnapshot::CellSlices(const std::vector<CellQuery>&, int64_t, int64_t) {
  std::vector<Users> slices(1);
  for (const auto& [id, ordinal] : ordinals_) {
    if (random_() % ordinals_.size() > 2 || ordinal <= slices.back().first) continue;
    slices.back().last = ordinal - 1;
    slices.push_back({ordinal});
  }
  return slices;
}

const FakeSnapshot::DayCells& FakeSnapshot::CellsOf(const Series& series, Users users) {
  const auto [it, added] = cells_.try_emplace({series.kind, series.name, users.first, users.last});
  if (!added) return it->second;
  std::map<absl::CivilDay, std::vector<const Point*>> days;
  for (const Point* point : Select(series, {absl::CivilDay::min(), absl::CivilDay::max()}, users)) days[point->day].push_back(point);
  for (const auto& [day, points] : days) {
    for (auto& [key, cell] : RollUp(RowsOf(points, kColumns | kAmounts, false), series.kind == kEventKind)) it->second[{day, key}] = cell;
  }
  return it->second;
}

absl::Status FakeSnapshot::Cells(const CellQuery& query,
                                 const std::function<absl::Status(absl::CivilDay, const std::string&, const Cell&)>& take) {
  std::map<absl::CivilDay, std::map<std::string, Cell>> days;
  for (const auto& [key, cell] : CellsOf(query.series, query.users)) {
    if (key.second.activity != query.activity || key.second.dimension != query.dimension) continue;
    if (key.first < query.days.first || key.first > query.days.last) continue;
    days[key.first][key.second.value].Add(cell);
  }
  for (const auto& [day, values] : days) {
    Cell all;
    for (const auto& [value, cell] : values) {
      if (values.size() > max_values_) all.Add(cell);
      Cell plain = cell;
      if (!query.sketches) plain.minors = plain.values = Sketch();
      plain.sketched = query.sketches;
      if (values.size() <= max_values_) RETURN_IF_ERROR(take(day, value, plain));
    }
    if (values.size() > max_values_) RETURN_IF_ERROR(take(day, "", all));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Days>> FakeSnapshot::Extent(const Series& series) {
  std::optional<Days> extent;
  for (const Point* point : Select(series, {absl::CivilDay::min(), absl::CivilDay::max()}, {})) {
    if (!extent.has_value()) extent = Days{point->day, point->day};
    extent->first = std::min(extent->first, point->day);
    extent->last = std::max(extent->last, point->day);
  }
  return extent;
}

absl::Status FakeSnapshot::UserIds(const std::vector<uint32_t>& ordinals,
                                   const std::function<void(uint32_t ordinal, const std::string& id)>& take) {
  std::map<uint32_t, std::string> ids;
  for (const auto& [id, ordinal] : ordinals_) ids.emplace(ordinal, id);
  for (const uint32_t ordinal : ordinals) {
    if (const auto it = ids.find(ordinal); it != ids.end()) take(ordinal, it->second);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<uint32_t>> FakeSnapshot::OrdinalOf(const std::string& user) {
  const auto it = ordinals_.find(user);
  return it == ordinals_.end() ? std::nullopt : std::optional(it->second);
}

}  // namespace heitie::metrics
