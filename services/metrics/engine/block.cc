#include "services/metrics/engine/block.h"

#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

#include "common/status/macros.h"
#include "heitie/metrics/v1/row_block.pb.h"

namespace heitie::metrics {
namespace {

constexpr size_t kMaxBlockRows = 65536;
constexpr size_t kMaxBlockBytes = 512 << 10;  // of one text; a single row is far smaller
constexpr size_t kDigestBytes = 8;

// Builds a column row by row.
class ColumnBuilder {
 public:
  explicit ColumnBuilder(Column& column) : column_(column) {
    for (size_t i = 0; i < column.values.size(); ++i) codes_.emplace(column.values[i], i + 1);
  }
  uint32_t Code(const std::string& value) {
    const auto [it, inserted] = codes_.emplace(value, static_cast<uint32_t>(column_.values.size()) + 1);
    if (inserted) column_.values.push_back(value);
    return it->second;
  }

 private:
  Column& column_;
  absl::flat_hash_map<std::string, uint32_t> codes_;
};

// The columns of a block while its rows are added.
class ColumnsBuilder {
 public:
  ColumnsBuilder(Block& block, size_t rows) : block_(block), rows_(rows) {}
  void Set(size_t row, const std::string& key, const std::string& value) {
    auto it = builders_.find(key);
    if (it == builders_.end()) {
      Column& column = block_.rows.columns[key];
      column.codes.resize(rows_, 0);
      it = builders_.emplace(key, std::make_pair(&column, ColumnBuilder(column))).first;
    }
    it->second.first->codes[row] = it->second.second.Code(value);
  }

 private:
  Block& block_;
  const size_t rows_;
  std::map<std::string, std::pair<Column*, ColumnBuilder>, std::less<>> builders_;
};

void SetAmount(const Point& point, size_t row, Rows& rows) {
  if (!point.value_minor.has_value() && !point.value.has_value()) return;
  if (rows.amounts.empty()) {
    rows.amounts.resize(rows.size(), Amount::kNone);
    rows.minors.resize(rows.size(), 0);
    rows.values.resize(rows.size(), 0);
  }
  rows.amounts[row] = point.value_minor.has_value() ? Amount::kMinor : Amount::kValue;
  rows.minors[row] = point.value_minor.value_or(0);
  if (!point.value_minor.has_value()) rows.values[row] = *point.value;
}

template <typename T>
void PickInto(const std::vector<T>& from, const std::vector<uint32_t>& indices, std::vector<T>& to) {
  if (from.empty()) return;
  to.reserve(indices.size());
  for (const uint32_t index : indices) to.push_back(from[index]);
}

// Appends `from`, or `count` times what a row without it has; `had` rows came before.
template <typename T>
void AppendInto(const std::vector<T>& from, size_t count, size_t had, std::vector<T>& to) {
  if (from.empty() && to.empty()) return;
  to.resize(had);
  if (from.empty()) {
    to.resize(had + count);
  } else {
    to.insert(to.end(), from.begin(), from.end());
  }
}

void AppendColumn(const Column& from, size_t had, Column& to) {
  to.codes.resize(had, 0);
  ColumnBuilder builder(to);
  std::vector<uint32_t> codes = {0};
  for (const std::string& value : from.values) codes.push_back(builder.Code(value));
  for (const uint32_t code : from.codes) to.codes.push_back(codes[code]);
}

Column PickColumn(const Column& column, const std::vector<uint32_t>& indices) {
  Column picked;
  std::vector<uint32_t> codes(column.values.size() + 1, 0);
  picked.codes.reserve(indices.size());
  for (const uint32_t index : indices) {
    const uint32_t code = column.codes[index];
    if (code != 0 && codes[code] == 0) {
      picked.values.push_back(column.values[code - 1]);
      codes[code] = static_cast<uint32_t>(picked.values.size());
    }
    picked.codes.push_back(codes[code]);
  }
  return picked;
}

template <typename T, typename Repeated>
void PutDeltas(const std::vector<T>& numbers, Repeated& deltas) {
  T last = 0;
  deltas.Reserve(static_cast<int>(numbers.size()));
  for (const T number : numbers) {
    deltas.Add(static_cast<T>(number - last));
    last = number;
  }
}

template <typename Repeated, typename T>
void GetDeltas(const Repeated& deltas, std::vector<T>& numbers) {
  T last = 0;
  numbers.reserve(deltas.size());
  for (const auto delta : deltas) numbers.push_back(last = static_cast<T>(static_cast<uint64_t>(last) + static_cast<uint64_t>(delta)));
}

std::string KeysOf(const Block& block) {
  v1::RowBlock message;
  PutDeltas(block.rows.users, *message.mutable_user_deltas());
  PutDeltas(block.rows.times, *message.mutable_time_deltas());
  return message.SerializeAsString();
}

std::string AttributesOf(const Block& block) {
  v1::RowBlock message;
  for (const auto& [key, column] : block.rows.columns) {
    v1::RowColumn& stored = *message.add_columns();
    stored.set_key(key);
    stored.mutable_values()->Assign(column.values.begin(), column.values.end());
    stored.mutable_codes()->Assign(column.codes.begin(), column.codes.end());
  }
  for (size_t i = 0; i < block.rows.amounts.size(); ++i) {
    const Amount amount = block.rows.amounts[i];
    message.add_amounts(static_cast<uint32_t>(amount));
    if (amount == Amount::kMinor) message.add_minors(block.rows.minors[i]);
    if (amount == Amount::kValue) message.add_values(block.rows.values[i]);
  }
  return message.SerializeAsString();
}

std::string OriginOf(const Block& block) {
  v1::RowBlock message;
  PutDeltas(block.sequences, *message.mutable_sequence_deltas());
  message.mutable_positions()->Assign(block.positions.begin(), block.positions.end());
  message.mutable_event_ids()->Assign(block.event_ids.begin(), block.event_ids.end());
  return message.SerializeAsString();
}

absl::Status Damaged(const char* what) { return absl::DataLossError(absl::StrCat("a block of rows cannot be read: ", what)); }

absl::StatusOr<v1::RowBlock> Parse(const std::string& stored) {
  ASSIGN_OR_RETURN(const std::string bytes, WithoutDigest(stored));
  v1::RowBlock message;
  if (!message.ParseFromString(bytes)) return Damaged("no message");
  return message;
}

absl::Status GetAmounts(const v1::RowBlock& message, Rows& rows) {
  if (message.amounts().empty()) {
    return message.minors().empty() && message.values().empty() ? absl::OkStatus() : Damaged("amounts");
  }
  if (message.amounts_size() != static_cast<int>(rows.size())) return Damaged("amounts");
  int minors = 0, values = 0;
  for (const uint32_t amount : message.amounts()) {
    if (amount > 2) return Damaged("amounts");
    rows.amounts.push_back(static_cast<Amount>(amount));
    minors += amount == static_cast<uint32_t>(Amount::kMinor);
    values += amount == static_cast<uint32_t>(Amount::kValue);
  }
  if (minors != message.minors_size() || values != message.values_size()) return Damaged("amounts");
  if (!std::all_of(message.values().begin(), message.values().end(), [](double value) { return std::isfinite(value); })) {
    return Damaged("amounts");
  }
  minors = values = 0;
  for (const Amount amount : rows.amounts) {
    rows.minors.push_back(amount == Amount::kMinor ? message.minors(minors++) : 0);
    rows.values.push_back(amount == Amount::kValue ? message.values(values++) : 0);
  }
  return absl::OkStatus();
}

absl::Status GetAttributes(const v1::RowBlock& message, Block& block) {
  for (const v1::RowColumn& stored : message.columns()) {
    if (stored.codes_size() != static_cast<int>(block.size())) return Damaged("columns");
    const auto greatest = std::max_element(stored.codes().begin(), stored.codes().end());
    if (greatest != stored.codes().end() && *greatest > static_cast<uint32_t>(stored.values_size())) return Damaged("columns");
    Column& column = block.rows.columns[stored.key()];
    column.values.assign(stored.values().begin(), stored.values().end());
    column.codes.assign(stored.codes().begin(), stored.codes().end());
  }
  const auto producers = block.rows.columns.find(kProducerColumn);
  if (producers == block.rows.columns.end() ||
      std::find(producers->second.codes.begin(), producers->second.codes.end(), 0) != producers->second.codes.end()) {
    return Damaged("producers");
  }
  return GetAmounts(message, block.rows);
}

bool IsOrdered(const Rows& rows) {
  for (size_t i = 1; i < rows.size(); ++i) {
    if (rows.users[i - 1] > rows.users[i] || (rows.users[i - 1] == rows.users[i] && rows.times[i - 1] > rows.times[i])) return false;
  }
  return true;
}

absl::Status GetOrigin(const v1::RowBlock& message, Block& block) {
  GetDeltas(message.sequence_deltas(), block.sequences);
  block.positions.assign(message.positions().begin(), message.positions().end());
  block.event_ids.assign(message.event_ids().begin(), message.event_ids().end());
  const bool whole = block.sequences.size() == block.size() && block.positions.size() == block.size() &&
                     (block.event_ids.empty() || block.event_ids.size() == block.size());
  return whole ? absl::OkStatus() : Damaged("origin");
}

StoredBlock StoreAll(const Block& block) {
  StoredBlock stored;
  stored.first_user = block.rows.users.front();
  stored.last_user = block.rows.users.back();
  stored.row_count = static_cast<int64_t>(block.size());
  stored.keys = WithDigest(KeysOf(block));
  stored.attributes = WithDigest(AttributesOf(block));
  stored.origin = WithDigest(OriginOf(block));
  return stored;
}

std::vector<uint32_t> Range(size_t begin, size_t end) {
  std::vector<uint32_t> indices(end - begin);
  std::iota(indices.begin(), indices.end(), static_cast<uint32_t>(begin));
  return indices;
}

// Stores rows begin … end − 1, halved until their texts are small.
void StoreRange(const Block& block, size_t begin, size_t end, std::vector<StoredBlock>& stored) {
  const bool whole = begin == 0 && end == block.size();
  if (end - begin <= kMaxBlockRows) {
    StoredBlock one = StoreAll(whole ? block : Pick(block, Range(begin, end)));
    const size_t bytes = std::max({one.keys.size(), one.attributes.size(), one.origin.size()});
    if (bytes <= kMaxBlockBytes || end - begin == 1) return stored.push_back(std::move(one));
  }
  const size_t middle = begin + (end - begin) / 2;
  StoreRange(block, begin, middle, stored);
  StoreRange(block, middle, end, stored);
}

}  // namespace

Block MakeBlock(const std::vector<const Point*>& points, const std::string& producer, int64_t sequence, const Ordinals& ordinals) {
  Block block;
  for (const Point* point : points) {
    block.rows.users.push_back(point->user.empty() ? 0 : ordinals.at(point->user));
    block.rows.times.push_back(absl::ToUnixMicros(point->occur_time));
    block.positions.push_back(static_cast<uint32_t>(point->position));
  }
  ColumnsBuilder columns(block, points.size());
  for (size_t i = 0; i < points.size(); ++i) {
    const Point& point = *points[i];
    columns.Set(i, kProducerColumn, producer);
    if (!point.activity.empty()) columns.Set(i, kActivityColumn, point.activity);
    if (!point.currency_code.empty()) columns.Set(i, kCurrencyColumn, point.currency_code);
    for (const auto& [key, value] : point.dimensions) columns.Set(i, key, value);
    for (const auto& [key, value] : point.properties) columns.Set(i, kPropertyPrefix + key, value);
    SetAmount(point, i, block.rows);
    if (!point.event_id.empty()) {
      block.event_ids.resize(points.size());
      block.event_ids[i] = point.event_id;
    }
  }
  block.sequences.assign(points.size(), sequence);
  Sort(block);
  return block;
}

void Append(const Block& from, Block& to) {
  const size_t had = to.size(), count = from.size();
  for (const auto& [key, column] : from.rows.columns) AppendColumn(column, had, to.rows.columns[key]);
  for (auto& [key, column] : to.rows.columns) column.codes.resize(had + count, 0);
  AppendInto(from.rows.amounts, count, had, to.rows.amounts);
  AppendInto(from.rows.minors, count, had, to.rows.minors);
  AppendInto(from.rows.values, count, had, to.rows.values);
  AppendInto(from.event_ids, count, had, to.event_ids);
  AppendInto(from.sequences, count, had, to.sequences);
  AppendInto(from.positions, count, had, to.positions);
  AppendInto(from.rows.times, count, had, to.rows.times);
  AppendInto(from.rows.users, count, had, to.rows.users);
}

Block Pick(const Block& block, const std::vector<uint32_t>& indices) {
  Block picked;
  PickInto(block.rows.users, indices, picked.rows.users);
  PickInto(block.rows.times, indices, picked.rows.times);
  for (const auto& [key, column] : block.rows.columns) {
    Column some = PickColumn(column, indices);
    if (!some.values.empty()) picked.rows.columns.emplace(key, std::move(some));
  }
  PickInto(block.rows.amounts, indices, picked.rows.amounts);
  PickInto(block.rows.minors, indices, picked.rows.minors);
  PickInto(block.rows.values, indices, picked.rows.values);
  PickInto(block.sequences, indices, picked.sequences);
  PickInto(block.positions, indices, picked.positions);
  PickInto(block.event_ids, indices, picked.event_ids);
  return picked;
}

void Sort(Block& block) {
  const Column& producers = block.rows.columns.at(kProducerColumn);
  const auto key = [&](uint32_t i) {
    return std::tuple<uint32_t, int64_t, const std::string&, int64_t, uint32_t>(
        block.rows.users[i], block.rows.times[i], producers.values[producers.codes[i] - 1], block.sequences[i], block.positions[i]);
  };
  std::vector<uint32_t> order = Range(0, block.size());
  const auto less = [&](uint32_t a, uint32_t b) {
    if (block.rows.users[a] != block.rows.users[b]) return block.rows.users[a] < block.rows.users[b];
    if (block.rows.times[a] != block.rows.times[b]) return block.rows.times[a] < block.rows.times[b];
    return key(a) < key(b);
  };
  if (std::is_sorted(order.begin(), order.end(), less)) return;
  std::sort(order.begin(), order.end(), less);
  block = Pick(block, order);
}

std::vector<StoredBlock> Store(const Block& block) {
  std::vector<StoredBlock> stored;
  if (block.size() > 0) StoreRange(block, 0, block.size(), stored);
  return stored;
}

absl::StatusOr<Block> Load(const StoredBlock& stored, unsigned parts) {
  Block block;
  ASSIGN_OR_RETURN(const v1::RowBlock keys, Parse(stored.keys));
  GetDeltas(keys.user_deltas(), block.rows.users);
  GetDeltas(keys.time_deltas(), block.rows.times);
  const Rows& rows = block.rows;
  if (rows.times.size() != rows.size() || static_cast<int64_t>(rows.size()) != stored.row_count || rows.size() == 0) return Damaged("keys");
  // Whoever reads rows relies on their order, and on these two for whose they are.
  if (!IsOrdered(rows) || rows.users.front() != stored.first_user || rows.users.back() != stored.last_user) return Damaged("order");
  if ((parts & kAttributesPart) != 0) {
    ASSIGN_OR_RETURN(const v1::RowBlock attributes, Parse(stored.attributes));
    RETURN_IF_ERROR(GetAttributes(attributes, block));
  }
  if ((parts & kOriginPart) != 0) {
    ASSIGN_OR_RETURN(const v1::RowBlock origin, Parse(stored.origin));
    RETURN_IF_ERROR(GetOrigin(origin, block));
  }
  return block;
}

void NameProperties(Rows& rows) {
  std::vector<std::string> keys;
  for (const auto& [key, column] : rows.columns) {
    if (key[0] == kPropertyPrefix) keys.push_back(key);
  }
  for (const std::string& key : keys) {
    Column property = std::move(rows.columns[key]);
    rows.columns.erase(key);
    const auto [it, inserted] = rows.columns.try_emplace(key.substr(1), std::move(property));
    if (inserted) continue;
    // Some rows have a dimension of that key, others the property; none has both.
    Column& column = it->second;
    ColumnBuilder builder(column);
    for (size_t i = 0; i < column.codes.size(); ++i) {
      if (property.codes[i] != 0) column.codes[i] = builder.Code(property.values[property.codes[i] - 1]);
    }
  }
}

std::string WithDigest(const std::string& bytes) {
  std::string stored(kDigestBytes, '\0');
  stored.reserve(kDigestBytes + bytes.size());
  const uint64_t digest = XXH3_64bits(bytes.data(), bytes.size());
  for (size_t i = 0; i < kDigestBytes; ++i) stored[i] = static_cast<char>(digest >> (8 * i));
  return stored += bytes;
}

absl::StatusOr<std::string> WithoutDigest(const std::string& stored) {
  if (stored.size() < kDigestBytes) return absl::DataLossError("stored bytes without their digest");
  const uint64_t digest = XXH3_64bits(stored.data() + kDigestBytes, stored.size() - kDigestBytes);
  for (size_t i = 0; i < kDigestBytes; ++i) {
    if (stored[i] != static_cast<char>(digest >> (8 * i))) return absl::DataLossError("stored bytes that are not what their digest says");
  }
  return stored.substr(kDigestBytes);
}

}  // namespace heitie::metrics
