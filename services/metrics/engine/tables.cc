#include "services/metrics/engine/tables.h"

#include <algorithm>
#include <limits>
#include <set>
#include <sstream>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "services/metrics/engine/chunks.h"

namespace heitie::metrics {
namespace {

constexpr size_t kCellsPerRead = 256;
// Of rows with their texts: some 10 MiB at a time, and keys of some 1 MiB.
constexpr int64_t kRowsAtOnce = 128 << 10;
constexpr size_t kBlocksPerRead = 64;
constexpr int kBlocksAtOnce = 512;  // who asks for few blocks holds them anyway
constexpr int kKeysAtOnce = 16384;
constexpr int64_t kPartsOfABatch = 1000;  // at most: a block is cut in two at 512 KiB, and a request has 4 MiB

size_t TextBytes(const StoredBlock& stored) { return stored.keys.size() + stored.attributes.size() + stored.origin.size(); }

// Calls `work` for consecutive elements that together have at most kMaxStatementBytes, or for one that has more.
absl::Status ForPortions(size_t count, const std::function<size_t(size_t)>& bytes_of,
                         const std::function<absl::Status(size_t begin, size_t size)>& work) {
  size_t begin = 0, bytes = 0;
  for (size_t i = 0; i < count; ++i) {
    const size_t more = bytes_of(i);
    if (i > begin && bytes + more > kMaxStatementBytes) {
      RETURN_IF_ERROR(work(begin, i - begin));
      begin = i;
      bytes = 0;
    }
    bytes += more;
  }
  return begin < count ? work(begin, count - begin) : absl::OkStatus();
}

// A statement over rows in portions by bytes, and these in chunks.
absl::Status InsertRows(sql::Session& session, const std::string& head, size_t columns, size_t count,
                        const std::function<size_t(size_t)>& bytes_of, const std::function<void(size_t, sql::Values&)>& bind,
                        const std::string& tail = "") {
  std::string row = "(?";
  for (size_t i = 1; i < columns; ++i) row += ",?";
  row += ")";
  return ForPortions(count, bytes_of, [&](size_t first, size_t rows) {
    return ForChunks(rows, [&](size_t begin, size_t size) {
      sql::Values values;
      values.reserve(columns * size);
      for (size_t i = first + begin; i < first + begin + size; ++i) bind(i, values);
      return session.Execute(head + sql::Placeholders(size, row) + tail, values).status();
    });
  });
}

// Calls `work` for consecutive blocks that together have at most kRowsAtOnce rows, or for one that has more: what the connector holds of an
// answer. Few different sizes, so that the statements stay prepared.
absl::Status ForRowPortions(size_t count, const std::function<int64_t(size_t)>& rows_of,
                            const std::function<absl::Status(size_t begin, size_t size)>& work) {
  for (size_t begin = 0; begin < count;) {
    int64_t rows = 0;
    size_t end = begin;
    while (end < count && (end == begin || rows + rows_of(end) <= kRowsAtOnce)) rows += rows_of(end++);
    RETURN_IF_ERROR(ForChunks(
        end - begin, [&](size_t first, size_t size) { return work(begin + first, size); }, kBlocksPerRead));
    begin = end;
  }
  return absl::OkStatus();
}

void BindDay(const SeriesDay& of, sql::Values& values) {
  values.push_back(of.series.kind);
  values.push_back(of.series.name);
  values.push_back(time::DayText(of.day));
}

void BindStored(const StoredBlock& stored, sql::Values& values) {
  values.push_back(stored.keys);
  values.push_back(stored.attributes);
  values.push_back(stored.origin);
}

// The texts of a block, without those that are not asked for; they are columns `column` and the two after it.
std::string TextColumns(unsigned parts) {
  if (parts == kNoTexts) return "'', '', ''";
  return absl::StrCat("row_keys, ", (parts & kAttributesPart) != 0 ? "attributes" : "''", ", ",
                      (parts & kOriginPart) != 0 ? "origin" : "''");
}

StoredBlock ReadStored(const sql::Row& row, int column) {
  StoredBlock stored;
  stored.first_user = static_cast<uint32_t>(row.Int(column));
  stored.last_user = static_cast<uint32_t>(row.Int(column + 1));
  stored.row_count = row.Int(column + 2);
  stored.keys = row.Text(column + 3);
  stored.attributes = row.Text(column + 4);
  stored.origin = row.Text(column + 5);
  return stored;
}

absl::CivilDay DayOf(const sql::Row& row, int column) { return *time::ParseDay(row.Text(column)); }

sql::Values BindWhere(const Series& series, Days days, Users users) {
  return sql::Bind(series.kind, series.name, time::DayText(days.first), time::DayText(days.last), users.first, users.last);
}

constexpr char kWhere[] = " WHERE kind = ? AND name = ? AND day BETWEEN ? AND ? AND last_user >= ? AND first_user <= ?";

sql::Value OrNull(const std::optional<double>& value) { return value.has_value() ? sql::Value(*value) : sql::Value(); }

std::string Decimal(absl::int128 number) {
  std::ostringstream text;
  text << number;
  return text.str();
}

absl::int128 FromDecimal(const std::string& text) {
  absl::int128 number = 0;
  for (const char c : text) {
    if (c >= '0' && c <= '9') number = number * 10 + (c - '0');
  }
  return !text.empty() && text[0] == '-' ? -number : number;
}

void BindCell(const SeriesDay& of, const CellKey& key, sql::Values& values) {
  values.push_back(of.series.kind);
  values.push_back(of.series.name);
  values.push_back(key.activity);
  values.push_back(key.dimension);
  values.push_back(time::DayText(of.day));
  values.push_back(key.value);
  values.push_back(static_cast<int64_t>(key.range));
}

// Adds what the table holds to the cells; the dimensions in which it does not hold all of the cells for all activities.
absl::StatusOr<std::set<std::string>> MergeStored(sql::Session& session, const SeriesDay& of, std::map<CellKey, Cell>& cells) {
  std::vector<CellKey> keys;
  std::set<CellKey> missing;
  for (const auto& [key, cell] : cells) {
    keys.push_back(key);
    if (key.activity.empty() && !key.dimension.empty()) missing.insert(key);
  }
  const std::string head = absl::StrCat("SELECT activity, dimension, dimension_value, user_range, ", kCellColumns,
                                        " FROM day_cell WHERE (kind, name, activity, dimension, day, dimension_value, user_range) IN (");
  RETURN_IF_ERROR(ForChunks(
      keys.size(),
      [&](size_t begin, size_t size) {
        sql::Values values;
        for (size_t i = begin; i < begin + size; ++i) BindCell(of, keys[i], values);
        absl::Status merged;
        RETURN_IF_ERROR(session.Query(head + sql::Placeholders(size, "(?,?,?,?,?,?,?)") + ")", values, [&](const sql::Row& row) {
          const CellKey key{row.Text(0), row.Text(1), row.Text(2), static_cast<uint32_t>(row.Int(3))};
          const absl::StatusOr<Cell> stored = ReadCell(row, 4);
          merged.Update(stored.status());
          if (stored.ok()) cells[key].Add(*stored);
          missing.erase(key);
        }));
        return merged;
      },
      kCellsPerRead));
  std::set<std::string> grown;
  for (const CellKey& key : missing) grown.insert(key.dimension);
  return grown;
}

// Whether the dimension has lost its values on that day.
absl::StatusOr<bool> HasCollapsed(sql::Session& session, const SeriesDay& of, const std::string& dimension) {
  bool collapsed = false;
  RETURN_IF_ERROR(session.Query(
      "SELECT 1 FROM day_cell WHERE kind = ? AND name = ? AND activity = '' AND dimension = ? AND day = ? AND dimension_value = '' LIMIT 1",
      sql::Bind(of.series.kind, of.series.name, dimension, time::DayText(of.day)), [&](const sql::Row&) { collapsed = true; }));
  return collapsed;
}

// Makes one figure of all values in `cells`, for each activity and range.
void Collapse(const std::string& dimension, std::map<CellKey, Cell>& cells) {
  std::map<CellKey, Cell> others;
  for (auto it = cells.begin(); it != cells.end();) {
    if (it->first.dimension != dimension) {
      ++it;
      continue;
    }
    others[{it->first.activity, dimension, "", it->first.range}].Add(it->second);
    it = cells.erase(it);
  }
  for (auto& [key, cell] : others) cells[key] = std::move(cell);
}

absl::Status WriteCells(sql::Session& session, const SeriesDay& of, const std::map<CellKey, Cell>& cells) {
  std::vector<std::pair<const CellKey*, const Cell*>> rows;
  std::vector<std::string> users, sketches;
  for (const auto& [key, cell] : cells) {
    rows.emplace_back(&key, &cell);
    users.push_back(SaveUsers(cell.users));
    sketches.push_back(SaveSketches(cell));
  }
  return InsertRows(
      session,
      absl::StrCat("INSERT INTO day_cell (kind, name, activity, dimension, day, dimension_value, user_range, ", kCellColumns, ") VALUES "),
      15, rows.size(), [&](size_t i) { return users[i].size() + sketches[i].size(); },
      [&](size_t i, sql::Values& values) {
        const Cell& cell = *rows[i].second;
        BindCell(of, *rows[i].first, values);
        values.push_back(cell.count);
        values.push_back(Decimal(cell.sum_minor));
        values.push_back(cell.value_count);
        values.push_back(cell.value_sum.Save());
        values.push_back(OrNull(cell.value_min));
        values.push_back(OrNull(cell.value_max));
        values.push_back(std::move(users[i]));
        values.push_back(cell.sketched ? sql::Value(std::move(sketches[i])) : sql::Value());
      },
      " ON DUPLICATE KEY UPDATE point_count = VALUES(point_count), sum_minor = VALUES(sum_minor), value_count = VALUES(value_count), "
      "value_sum = VALUES(value_sum), value_min = VALUES(value_min), value_max = VALUES(value_max), users = VALUES(users), sketches = "
      "VALUES(sketches)");
}

// Reads all figures of a dimension of the day, which takes the table's out.
absl::Status TakeOut(sql::Session& session, const SeriesDay& of, const std::string& dimension, std::map<CellKey, Cell>& cells) {
  absl::Status read;
  const sql::Values where = sql::Bind(of.series.kind, of.series.name, time::DayText(of.day), dimension);
  RETURN_IF_ERROR(session.Query(absl::StrCat("SELECT activity, dimension_value, user_range, ", kCellColumns,
                                             " FROM day_cell WHERE kind = ? AND name = ? AND day = ? AND dimension = ?"),
                                where, [&](const sql::Row& row) {
                                  absl::StatusOr<Cell> cell = ReadCell(row, 3);
                                  read.Update(cell.status());
                                  const CellKey key{row.Text(0), dimension, row.Text(1), static_cast<uint32_t>(row.Int(2))};
                                  // What the caller has holds what the table has already.
                                  if (cell.ok()) cells.try_emplace(key, *std::move(cell));
                                }));
  RETURN_IF_ERROR(read);
  return session.Execute("DELETE FROM day_cell WHERE kind = ? AND name = ? AND day = ? AND dimension = ?", where).status();
}

absl::StatusOr<bool> HasTooManyValues(sql::Session& session, const SeriesDay& of, const std::string& dimension) {
  int64_t values = 0;
  RETURN_IF_ERROR(session.Query(
      "SELECT COUNT(DISTINCT dimension_value) FROM day_cell WHERE kind = ? AND name = ? AND activity = '' AND "
      "dimension = ? AND day = ?",
      sql::Bind(of.series.kind, of.series.name, dimension, time::DayText(of.day)), [&](const sql::Row& row) { values = row.Int(0); }));
  return values > static_cast<int64_t>(kMaxDimensionValues);
}

}  // namespace

int64_t FirstPart(const std::vector<const Point*>& points) {
  int first = std::numeric_limits<int>::max();
  for (const Point* point : points) first = std::min(first, point->position);
  return int64_t{first} * kPartsOfABatch;
}

absl::Status InsertFresh(sql::Session& session, absl::Time now, const std::vector<FreshBlock>& blocks) {
  return InsertRows(
      session,
      "INSERT INTO fresh_block (kind, name, day, producer, sequence, part, first_user, last_user, row_count, insert_time, row_keys, "
      "attributes, origin) VALUES ",
      13, blocks.size(), [&](size_t i) { return TextBytes(blocks[i].stored); },
      [&](size_t i, sql::Values& values) {
        const FreshBlock& block = blocks[i];
        BindDay(block.of, values);
        for (const sql::Value& value : sql::Bind(block.producer, block.sequence, block.part, block.stored.first_user,
                                                 block.stored.last_user, block.stored.row_count, now)) {
          values.push_back(value);
        }
        BindStored(block.stored, values);
      });
}

absl::Status ReadFresh(sql::Session& session, const Series& series, Days days, Users users, unsigned parts, int limit,
                       const std::function<absl::Status(FreshBlock)>& take) {
  const bool at_once = parts == kNoTexts || limit <= kBlocksAtOnce;
  std::vector<FreshBlock> found;
  absl::Status taken;
  RETURN_IF_ERROR(session.Query(
      absl::StrCat("SELECT day, producer, sequence, part, first_user, last_user, row_count, ", TextColumns(at_once ? parts : kNoTexts),
                   " FROM fresh_block", kWhere, " ORDER BY kind, name, day, producer, sequence, part LIMIT ", limit),
      BindWhere(series, days, users), [&](const sql::Row& row) {
        FreshBlock block{{series, DayOf(row, 0)}, row.Text(1), row.Int(2), row.Int(3), ReadStored(row, 4)};
        if (!at_once) return found.push_back(std::move(block));
        if (taken.ok()) taken = take(std::move(block));
      }));
  RETURN_IF_ERROR(taken);
  return ForRowPortions(
      found.size(), [&](size_t i) { return found[i].stored.row_count; },
      [&](size_t begin, size_t size) {
        sql::Values values;
        for (size_t i = begin; i < begin + size; ++i) {
          BindDay(found[i].of, values);
          for (const sql::Value& value : sql::Bind(found[i].producer, found[i].sequence, found[i].part)) values.push_back(value);
        }
        absl::Status read;
        RETURN_IF_ERROR(
            session.Query(absl::StrCat("SELECT day, producer, sequence, part, first_user, last_user, row_count, ", TextColumns(parts),
                                       " FROM fresh_block WHERE (kind, name, day, producer, sequence, part) IN (",
                                       sql::Placeholders(size, "(?,?,?,?,?,?)"), ") ORDER BY kind, name, day, producer, sequence, part"),
                          values, [&](const sql::Row& row) {
                            if (read.ok()) read = take({{series, DayOf(row, 0)}, row.Text(1), row.Int(2), row.Int(3), ReadStored(row, 4)});
                          }));
        return read;
      });
}

absl::Status DeleteFresh(sql::Session& session, const std::vector<FreshBlock>& blocks) {
  return ForChunks(blocks.size(), [&](size_t begin, size_t size) {
    sql::Values values;
    for (size_t i = begin; i < begin + size; ++i) {
      BindDay(blocks[i].of, values);
      for (const sql::Value& value : sql::Bind(blocks[i].producer, blocks[i].sequence, blocks[i].part)) values.push_back(value);
    }
    return session
        .Execute("DELETE FROM fresh_block WHERE (kind, name, day, producer, sequence, part) IN (" +
                     sql::Placeholders(size, "(?,?,?,?,?,?)") + ")",
                 values)
        .status();
  });
}

absl::Status InsertFolded(sql::Session& session, const SeriesDay& of, int64_t level, std::vector<StoredBlock> blocks) {
  absl::BitGen random;
  return InsertRows(
      session, "INSERT INTO row_block (kind, name, day, level, first_user, id, last_user, row_count, row_keys, attributes, origin) VALUES ",
      11, blocks.size(), [&](size_t i) { return TextBytes(blocks[i]); },
      [&](size_t i, sql::Values& values) {
        const StoredBlock& stored = blocks[i];
        BindDay(of, values);
        const int64_t id = absl::Uniform<int64_t>(random, 0, std::numeric_limits<int64_t>::max());
        for (const sql::Value& value : sql::Bind(level, stored.first_user, id, stored.last_user, stored.row_count)) values.push_back(value);
        BindStored(stored, values);
      });
}

namespace {

struct FoldedKey {
  absl::CivilDay day;
  int64_t level, first_user, id, rows;
};

// The keys of the blocks of the first of the days, of as many days as have about kKeysAtOnce; `days` becomes what is left.
absl::StatusOr<std::vector<FoldedKey>> NextKeys(sql::Session& session, const Series& series, Users users, Days& days) {
  std::vector<FoldedKey> keys;
  const auto read = [&](Days some, int limit) {
    keys.clear();
    return session.Query(absl::StrCat("SELECT day, level, first_user, id, row_count FROM row_block", kWhere,
                                      " ORDER BY kind, name, day, level, first_user, id LIMIT ", limit),
                         BindWhere(series, some, users), [&](const sql::Row& row) {
                           keys.push_back({DayOf(row, 0), row.Int(1), row.Int(2), row.Int(3), row.Int(4)});
                         });
  };
  RETURN_IF_ERROR(read(days, kKeysAtOnce));
  if (keys.size() < static_cast<size_t>(kKeysAtOnce)) {
    days.first = days.last + 1;
    return keys;
  }
  const absl::CivilDay cut = keys.back().day;
  if (keys.front().day == cut) {
    RETURN_IF_ERROR(read({cut, cut}, std::numeric_limits<int>::max()));
    days.first = cut + 1;
    return keys;
  }
  std::erase_if(keys, [&](const FoldedKey& key) { return key.day == cut; });
  days.first = cut;
  return keys;
}

absl::Status ReadFoldedTexts(sql::Session& session, const Series& series, const std::vector<FoldedKey>& keys, unsigned parts,
                             const std::function<absl::Status(FoldedBlock)>& take) {
  return ForRowPortions(
      keys.size(), [&](size_t i) { return keys[i].rows; },
      [&](size_t begin, size_t size) {
        // The days beside the keys, so that only their partitions are looked at.
        sql::Values values = sql::Bind(series.kind, series.name, time::DayText(keys[begin].day), time::DayText(keys[begin + size - 1].day));
        for (size_t i = begin; i < begin + size; ++i) {
          BindDay({series, keys[i].day}, values);
          for (const sql::Value& value : sql::Bind(keys[i].level, keys[i].first_user, keys[i].id)) values.push_back(value);
        }
        absl::Status read;
        RETURN_IF_ERROR(session.Query(
            absl::StrCat(
                "SELECT day, level, id, first_user, last_user, row_count, ", TextColumns(parts),
                " FROM row_block WHERE kind = ? AND name = ? AND day BETWEEN ? AND ? AND (kind, name, day, level, first_user, id) IN (",
                sql::Placeholders(size, "(?,?,?,?,?,?)"), ") ORDER BY kind, name, day, level, first_user, id"),
            values, [&](const sql::Row& row) {
              if (read.ok()) read = take({DayOf(row, 0), row.Int(1), row.Int(2), ReadStored(row, 3)});
            }));
        return read;
      });
}

}  // namespace

absl::Status ReadFolded(sql::Session& session, const Series& series, Days days, Users users, unsigned parts,
                        const std::function<absl::Status(FoldedBlock)>& take) {
  if (parts != kNoTexts) {
    while (days.first <= days.last) {
      ASSIGN_OR_RETURN(const std::vector<FoldedKey> keys, NextKeys(session, series, users, days));
      RETURN_IF_ERROR(ReadFoldedTexts(session, series, keys, parts, take));
    }
    return absl::OkStatus();
  }
  absl::Status taken;
  RETURN_IF_ERROR(session.Query(absl::StrCat("SELECT day, level, id, first_user, last_user, row_count, ", TextColumns(parts),
                                             " FROM row_block", kWhere, " ORDER BY kind, name, day, level, first_user, id"),
                                BindWhere(series, days, users), [&](const sql::Row& row) {
                                  if (!taken.ok()) return;
                                  taken = take({DayOf(row, 0), row.Int(1), row.Int(2), ReadStored(row, 3)});
                                }));
  return taken;
}

absl::Status DeleteFolded(sql::Session& session, const SeriesDay& of, int64_t level) {
  sql::Values values;
  BindDay(of, values);
  values.push_back(level);
  return session.Execute("DELETE FROM row_block WHERE kind = ? AND name = ? AND day = ? AND level = ?", values).status();
}

absl::StatusOr<Cell> ReadCell(const sql::Row& row, int column) {
  Cell cell;
  cell.count = row.Int(column);
  cell.sum_minor = FromDecimal(row.Text(column + 1));
  cell.value_count = row.Int(column + 2);
  std::optional<exact::Sum> sum = exact::Sum::Load(row.Text(column + 3));
  if (!sum.has_value()) return absl::DataLossError("a sum cannot be read");
  cell.value_sum = *std::move(sum);
  if (!row.IsNull(column + 4)) cell.value_min = row.Double(column + 4);
  if (!row.IsNull(column + 5)) cell.value_max = row.Double(column + 5);
  ASSIGN_OR_RETURN(cell.users, LoadUsers(row.Text(column + 6)));
  cell.sketched = false;
  if (!row.IsNull(column + 7)) RETURN_IF_ERROR(LoadSketches(row.Text(column + 7), cell));
  return cell;
}

absl::Status AddCells(sql::Session& session, const SeriesDay& of, std::map<CellKey, Cell> cells) {
  std::set<std::string> dimensions;
  for (const auto& [key, cell] : cells) {
    if (!key.dimension.empty()) dimensions.insert(key.dimension);
  }
  for (const std::string& dimension : dimensions) {
    ASSIGN_OR_RETURN(const bool collapsed, HasCollapsed(session, of, dimension));
    if (collapsed) Collapse(dimension, cells);
  }
  ASSIGN_OR_RETURN(const std::set<std::string> grown, MergeStored(session, of, cells));
  RETURN_IF_ERROR(WriteCells(session, of, cells));
  for (const std::string& dimension : grown) {
    ASSIGN_OR_RETURN(const bool too_many, HasTooManyValues(session, of, dimension));
    if (!too_many) continue;
    std::map<CellKey, Cell> all;
    RETURN_IF_ERROR(TakeOut(session, of, dimension, all));
    Collapse(dimension, all);
    RETURN_IF_ERROR(WriteCells(session, of, all));
  }
  return absl::OkStatus();
}

absl::Status DeleteCells(sql::Session& session, const SeriesDay& of) {
  sql::Values values;
  BindDay(of, values);
  return session.Execute("DELETE FROM day_cell WHERE kind = ? AND name = ? AND day = ?", values).status();
}

absl::Status LockDay(sql::Session& session, const SeriesDay& of, int64_t added_rows) {
  sql::Values values;
  BindDay(of, values);
  values.push_back(added_rows);
  return session
      .Execute(
          "INSERT INTO day_fold (kind, name, day, row_count) VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE row_count = row_count + "
          "VALUES(row_count)",
          values)
      .status();
}

}  // namespace heitie::metrics
