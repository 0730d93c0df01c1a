#include "services/metrics/collection/rollup_table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "services/metrics/collection/business_day.h"
#include "services/metrics/collection/chunks.h"

namespace heitie::metrics {
namespace {

constexpr size_t kCellsPerRead = 256;
// Bytes of bitmaps in one statement, well below the servers' default max_allowed_packet of 16 MiB.
constexpr size_t kMaxStatementBytes = 4 << 20;

void AddTo(Share& share, const Point& point) {
  ++share.count;
  share.last_occur_time = std::max(share.last_occur_time, point.occur_time);
}

std::vector<std::string> Keys(const std::map<std::string, Share>& shares) {
  std::vector<std::string> keys;
  for (const auto& entry : shares) keys.push_back(entry.first);
  return keys;
}

// `select` finds which of the keys exist ("… IN (" is completed here), `insert` adds one key.
absl::Status InsertMissing(sql::Session& session, const std::vector<std::string>& keys, const std::string& select,
                           const std::string& insert, const sql::Values& prefix) {
  std::set<std::string> missing(keys.begin(), keys.end());
  RETURN_IF_ERROR(ForChunks(keys.size(), [&](size_t begin, size_t size) {
    sql::Values values = prefix;
    values.insert(values.end(), keys.begin() + begin, keys.begin() + begin + size);
    return session.Query(select + " IN (" + sql::Placeholders(size) + ")", values,
                         [&](const sql::Row& row) { missing.erase(row.Text(0)); });
  }));
  for (const std::string& key : missing) {
    sql::Values values = prefix;
    values.push_back(key);
    RETURN_IF_ERROR(session.Execute(insert, values).status());
  }
  return absl::OkStatus();
}

void BindKey(const std::string& kind, const CellKey& key, sql::Values& values) {
  for (const std::string& text : {kind, key.name, key.activity, key.dimension, time::DayText(key.day), key.dimension_value})
    values.push_back(text);
}

sql::Value Optional(const std::optional<double>& value) { return value.has_value() ? sql::Value(*value) : sql::Value(); }

CellKey ReadKey(const sql::Row& row) { return {row.Text(0), row.Text(1), row.Text(2), ParseDay(row.Text(3)), row.Text(4)}; }

// Adds what the table holds to the cells.
absl::Status MergeStored(sql::Session& session, const std::string& kind, const std::vector<CellKey>& keys, std::map<CellKey, Cell>& cells) {
  const std::string head = absl::StrCat("SELECT name, activity, dimension, day, dimension_value, ", kCellColumns,
                                        " FROM daily_rollup WHERE (kind, name, activity, dimension, day, dimension_value) IN (");
  return ForChunks(
      keys.size(),
      [&](size_t begin, size_t size) {
        sql::Values values;
        for (size_t i = begin; i < begin + size; ++i) BindKey(kind, keys[i], values);
        absl::Status merged;
        RETURN_IF_ERROR(session.Query(head + sql::Placeholders(size, "(?,?,?,?,?,?)") + ")", values, [&](const sql::Row& row) {
          const absl::StatusOr<Cell> stored = ReadCell(row, 5);
          merged.Update(stored.ok() ? cells[ReadKey(row)].Add(*stored) : stored.status());
        }));
        return merged;
      },
      kCellsPerRead);
}

// One row of the statement that writes cells.
struct CellRow {
  const CellKey* key;
  const Cell* cell;
  std::string users;
};

absl::Status WriteRows(sql::Session& session, const std::string& kind, const std::vector<CellRow>& rows) {
  return ForChunks(rows.size(), [&](size_t begin, size_t size) {
    sql::Values values;
    for (size_t i = begin; i < begin + size; ++i) {
      const Cell& cell = *rows[i].cell;
      BindKey(kind, *rows[i].key, values);
      for (const int64_t number : {cell.count, cell.sum_minor, cell.value_count}) values.push_back(number);
      values.push_back(cell.value_sum);
      values.push_back(Optional(cell.value_min));
      values.push_back(Optional(cell.value_max));
      values.push_back(rows[i].users);
    }
    return session
        .Execute(absl::StrCat("INSERT INTO daily_rollup (kind, name, activity, dimension, day, dimension_value, ", kCellColumns,
                              ") VALUES ", sql::Placeholders(size, "(?,?,?,?,?,?,?,?,?,?,?,?,?)"),
                              " ON DUPLICATE KEY UPDATE point_count = VALUES(point_count), sum_minor = VALUES(sum_minor), "
                              "value_count = VALUES(value_count), value_sum = VALUES(value_sum), value_min = VALUES(value_min), "
                              "value_max = VALUES(value_max), users = VALUES(users)"),
                 values)
        .status();
  });
}

}  // namespace

std::map<std::string, Share> SharesBySeries(const std::vector<Point>& points) {
  std::map<std::string, Share> shares;
  for (const Point& point : points) AddTo(shares[point.name], point);
  return shares;
}

std::map<std::string, Share> SharesByActivity(const std::vector<Point>& points) {
  std::map<std::string, Share> shares;
  for (const Point& point : points) {
    if (!point.activity.empty()) AddTo(shares[point.activity], point);
  }
  return shares;
}

absl::Status EnsureRows(sql::Session& session, const std::string& kind, const std::map<std::string, Share>& series,
                        const std::map<std::string, Share>& activities) {
  RETURN_IF_ERROR(InsertMissing(session, Keys(series), "SELECT name FROM series WHERE kind = ? AND name",
                                "INSERT IGNORE INTO series (kind, name, version, point_count) VALUES (?, ?, 0, 0)", {kind}));
  return InsertMissing(session, Keys(activities), "SELECT activity FROM activity_progress WHERE activity",
                       "INSERT IGNORE INTO activity_progress (activity, version) VALUES (?, 0)", {});
}

absl::Status AddToSeries(sql::Session& session, const Batch& batch, const std::map<std::string, Share>& series) {
  for (const auto& [name, share] : series) {
    RETURN_IF_ERROR(session
                        .Execute("UPDATE series SET version = version + 1, point_count = point_count + ?, "
                                 "last_occur_time = GREATEST(COALESCE(last_occur_time, ?), ?) WHERE kind = ? AND name = ?",
                                 sql::Bind(share.count, share.last_occur_time, share.last_occur_time, batch.kind, name))
                        .status());
    RETURN_IF_ERROR(session
                        .Execute("INSERT INTO series_producer (kind, name, producer, last_sequence, point_count) VALUES (?, ?, ?, ?, ?) "
                                 "ON DUPLICATE KEY UPDATE last_sequence = GREATEST(last_sequence, VALUES(last_sequence)), "
                                 "point_count = point_count + VALUES(point_count)",
                                 sql::Bind(batch.kind, name, batch.producer, batch.sequence, share.count))
                        .status());
  }
  return absl::OkStatus();
}

absl::Status AddToCells(sql::Session& session, const std::string& kind, std::map<CellKey, Cell> cells) {
  std::vector<CellKey> keys;
  for (const auto& entry : cells) keys.push_back(entry.first);
  RETURN_IF_ERROR(MergeStored(session, kind, keys, cells));
  std::vector<CellRow> rows;
  size_t bytes = 0;
  for (auto& [key, cell] : cells) {
    rows.push_back({&key, &cell, SaveUsers(cell.users)});
    bytes += rows.back().users.size();
    if (bytes < kMaxStatementBytes) continue;
    RETURN_IF_ERROR(WriteRows(session, kind, rows));
    rows.clear();
    bytes = 0;
  }
  return WriteRows(session, kind, rows);
}

absl::Status AddToActivities(sql::Session& session, const std::map<std::string, Share>& activities) {
  for (const auto& [activity, share] : activities) {
    RETURN_IF_ERROR(session
                        .Execute("UPDATE activity_progress SET version = version + 1, "
                                 "last_occur_time = GREATEST(COALESCE(last_occur_time, ?), ?) WHERE activity = ?",
                                 sql::Bind(share.last_occur_time, share.last_occur_time, activity))
                        .status());
  }
  return absl::OkStatus();
}

absl::StatusOr<Cell> ReadCell(const sql::Row& row, int column) {
  Cell cell;
  cell.count = row.Int(column);
  cell.sum_minor = row.Int(column + 1);
  cell.value_count = row.Int(column + 2);
  cell.value_sum = row.Double(column + 3);
  if (!row.IsNull(column + 4)) cell.value_min = row.Double(column + 4);
  if (!row.IsNull(column + 5)) cell.value_max = row.Double(column + 5);
  ASSIGN_OR_RETURN(cell.users, LoadUsers(row.Text(column + 6)));
  return cell;
}

}  // namespace heitie::metrics
