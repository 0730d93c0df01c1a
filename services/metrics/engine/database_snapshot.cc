#include "services/metrics/engine/database_snapshot.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/metrics/engine/block.h"
#include "services/metrics/engine/chunks.h"
#include "services/metrics/engine/slices.h"
#include "services/metrics/engine/tables.h"

namespace heitie::metrics {

const status::Reason kRawExpired{absl::StatusCode::kFailedPrecondition, "RAW_EXPIRED",
                                 "The rows of {name} are kept from {day} on only, and the question needs earlier ones.",
                                 "{name} 的明細僅保留至 {day} 起，此問題需要更早的明細。"};

namespace {

constexpr int kNoLimit = std::numeric_limits<int>::max();
// What is read of daily figures with one statement, whose answer the connector holds as a whole.
constexpr int64_t kCellBytesPerRead = 8 << 20;
constexpr int64_t kCellBytesBesideUsers = 2000;
constexpr int kUsersTogether = 1 << 14;

// The rows of those users of an ordered block.
Block OfUsers(Block block, Users users) {
  if (block.size() == 0 || (block.rows.users.front() >= users.first && block.rows.users.back() <= users.last)) return block;
  const auto begin = std::lower_bound(block.rows.users.begin(), block.rows.users.end(), users.first);
  const auto end = std::upper_bound(begin, block.rows.users.end(), users.last);
  std::vector<uint32_t> indices;
  for (auto it = begin; it != end; ++it) indices.push_back(static_cast<uint32_t>(it - block.rows.users.begin()));
  return Pick(block, indices);
}

// The block's rows of those users; of what a snapshot hands over.
absl::Status HandOver(const StoredBlock& stored, Users users, unsigned parts, const std::function<absl::Status(const Rows&)>& take) {
  ASSIGN_OR_RETURN(Block block, Load(stored, parts == 0 ? 0U : unsigned{kAttributesPart}));
  if ((parts & Snapshot::kColumns) == 0) block.rows.columns.clear();
  if ((parts & Snapshot::kAmounts) == 0) {
    block.rows.amounts.clear();
    block.rows.minors.clear();
    block.rows.values.clear();
  } else if (block.rows.amounts.empty()) {
    block.rows.amounts.resize(block.size(), Amount::kNone);
    block.rows.minors.resize(block.size(), 0);
    block.rows.values.resize(block.size(), 0);
  }
  block = OfUsers(std::move(block), users);
  if (block.size() == 0) return absl::OkStatus();
  NameProperties(block.rows);
  return take(block.rows);
}

// How rows of a table of blocks lie over the users: blocks of about the same users are one.
absl::Status ReadExtensions(sql::Session& session, const std::string& table, const Series& series, Days days,
                            std::vector<Extension>& blocks) {
  return session.Query(absl::StrCat("SELECT MIN(first_user), MAX(last_user), CAST(SUM(row_count) AS SIGNED) FROM ", table,
                                    " WHERE kind = ? AND name = ? AND day BETWEEN ? AND ? GROUP BY first_user DIV ", kUsersTogether,
                                    ", last_user DIV ", kUsersTogether),
                       sql::Bind(series.kind, series.name, time::DayText(days.first), time::DayText(days.last)), [&](const sql::Row& row) {
                         blocks.push_back({{static_cast<uint32_t>(row.Int(0)), static_cast<uint32_t>(row.Int(1))}, row.Int(2)});
                       });
}

// Adds what fresh rows say to a query's figures, by day and value.
using DayValues = std::map<std::pair<absl::CivilDay, std::string>, Cell>;
absl::Status AddFresh(sql::Session& session, const Snapshot::CellQuery& query, DayValues& cells) {
  return ReadFresh(session, query.series, query.days, query.users, kAttributesPart, kNoLimit, [&](const FreshBlock& fresh) -> absl::Status {
    ASSIGN_OR_RETURN(Block block, Load(fresh.stored, kAttributesPart));
    block = OfUsers(std::move(block), query.users);
    // Only what the query is about is added up.
    for (auto it = block.rows.columns.begin(); it != block.rows.columns.end();) {
      it = it->first == query.dimension || it->first == kActivityColumn ? std::next(it) : block.rows.columns.erase(it);
    }
    for (auto& [key, cell] : RollUp(block.rows, query.series.kind == kEventKind, query.sketches)) {
      if (key.activity == query.activity && key.dimension == query.dimension) cells[{fresh.of.day, key.value}].Add(cell);
    }
    return absl::OkStatus();
  });
}

// A dimension that has lost its values on a day has one figure of all of them.
void CollapseValues(DayValues& cells) {
  for (auto it = cells.begin(); it != cells.end(); ++it) {
    if (!it->first.second.empty()) continue;
    const absl::CivilDay day = it->first.first;
    for (auto other = std::next(it); other != cells.end() && other->first.first == day; other = cells.erase(other))
      it->second.Add(other->second);
  }
}

void Restrict(Users users, Roaring& bitmap) {
  if (users.first == 0 && users.last == std::numeric_limits<uint32_t>::max()) return;
  Roaring range;
  range.addRange(users.first, uint64_t{users.last} + 1);
  bitmap &= range;
}

}  // namespace

absl::Status DatabaseSnapshot::CheckKept(const Series& series, Days days) {
  ASSIGN_OR_RETURN(const std::string since, RawSince(session_, series));
  if (since.empty() || *time::ParseDay(since) <= days.first) return absl::OkStatus();
  return status::Error(kRawExpired, {{"name", series.name}, {"day", since}});
}

absl::Status DatabaseSnapshot::Scan(const Series& series, Days days, Users users, unsigned parts,
                                    const std::function<absl::Status(const Rows&)>& take) {
  RETURN_IF_ERROR(CheckKept(series, days));
  const unsigned texts = parts == 0 ? 0u : kAttributesPart;
  // Rows move from the fresh ones to the folded ones: in a session that is no snapshot none is missed so.
  RETURN_IF_ERROR(ReadFresh(session_, series, days, users, texts, kNoLimit,
                            [&](const FreshBlock& block) { return HandOver(block.stored, users, parts, take); }));
  return ReadFolded(session_, series, days, users, texts,
                    [&](const FoldedBlock& block) { return HandOver(block.stored, users, parts, take); });
}

absl::StatusOr<std::vector<Users>> DatabaseSnapshot::Slices(const std::vector<Series>& series, Days days, int64_t limit) {
  std::vector<Extension> blocks;
  for (const Series& one : series) {
    for (const char* table : {"row_block", "fresh_block"}) RETURN_IF_ERROR(ReadExtensions(session_, table, one, days, blocks));
  }
  return SlicesOf(blocks, limit);
}

absl::StatusOr<std::vector<Users>> DatabaseSnapshot::CellSlices(const std::vector<CellQuery>& queries, int64_t sets, int64_t bytes) {
  std::map<uint32_t, int64_t> sizes;
  for (const CellQuery& query : queries) {
    RETURN_IF_ERROR(session_.Query(
        absl::StrCat(
            "SELECT user_range, CAST(SUM(", kBytesOfSetSql,
            ") AS SIGNED) FROM day_cell WHERE kind = ? AND name = ? AND activity = ? AND dimension = ? AND day BETWEEN ? AND ? GROUP BY "
            "user_range"),
        sql::Bind(query.series.kind, query.series.name, query.activity, query.dimension, time::DayText(query.days.first),
                  time::DayText(query.days.last)),
        [&](const sql::Row& row) { sizes[static_cast<uint32_t>(row.Int(0))] += row.Int(1); }));
    std::vector<Extension> fresh;
    RETURN_IF_ERROR(ReadExtensions(session_, "fresh_block", query.series, query.days, fresh));
    for (const Extension& block : fresh) {
      for (uint32_t range = block.users.first >> kRangeBits; range <= block.users.last >> kRangeBits; ++range) {
        sizes[range] += BytesOfSet(block.rows);
      }
    }
  }
  for (auto& [range, size] : sizes) {
    if (sets < size / kMostBytesOfSet) size = sets * kMostBytesOfSet;
  }
  return SlicesOfRanges(sizes, bytes);
}

absl::Status DatabaseSnapshot::ReadCells(const CellQuery& query,
                                         const std::function<void(absl::CivilDay, const std::string&, uint32_t, Cell)>& take) {
  const std::string where =
      " FROM day_cell WHERE kind = ? AND name = ? AND activity = ? AND dimension = ? AND day BETWEEN ? AND ? AND user_range BETWEEN ? AND "
      "?";
  const auto bind = [&](absl::CivilDay first, absl::CivilDay last) {
    return sql::Bind(query.series.kind, query.series.name, query.activity, query.dimension, time::DayText(first), time::DayText(last),
                     query.users.first >> kRangeBits, query.users.last >> kRangeBits);
  };
  // The size of each day tells how many are read at a time.
  std::vector<Days> portions;
  int64_t held = 0;
  RETURN_IF_ERROR(session_.Query(absl::StrCat("SELECT day, CAST(SUM(", kBytesOfSetSql, " + ", kCellBytesBesideUsers, ") AS SIGNED)", where,
                                              " GROUP BY day ORDER BY day"),
                                 bind(query.days.first, query.days.last), [&](const sql::Row& row) {
                                   const absl::CivilDay day = *time::ParseDay(row.Text(0));
                                   if (portions.empty() || held + row.Int(1) > kCellBytesPerRead) {
                                     portions.push_back({day, day});
                                     held = 0;
                                   }
                                   portions.back().last = day;
                                   held += row.Int(1);
                                 }));
  for (const Days& portion : portions) {
    absl::Status taken;
    RETURN_IF_ERROR(session_.Query(
        absl::StrCat("SELECT day, dimension_value, user_range, ", query.sketches ? kCellColumns : kPlainCellColumns, where,
                     " ORDER BY day, dimension_value, user_range"),
        bind(portion.first, portion.last), [&](const sql::Row& row) {
          if (!taken.ok()) return;
          absl::StatusOr<Cell> cell = ReadCell(row, 3);
          if (cell.ok()) return take(*time::ParseDay(row.Text(0)), row.Text(1), static_cast<uint32_t>(row.Int(2)), *std::move(cell));
          taken =
              absl::DataLossError(absl::StrCat("figures of ", query.series.kind, " ", query.series.name, ", '", query.activity, "', '",
                                               query.dimension, "', ", row.Text(0), ", '", row.Text(1), "': ", cell.status().message()));
        }));
    RETURN_IF_ERROR(taken);
  }
  return absl::OkStatus();
}

absl::Status DatabaseSnapshot::Cells(const CellQuery& query,
                                     const std::function<absl::Status(absl::CivilDay, const std::string&, const Cell&)>& take) {
  DayValues fresh;
  RETURN_IF_ERROR(AddFresh(session_, query, fresh));
  // The stored figures come by day, value and range; those of a day are handed over when the next day begins.
  DayValues cells;
  absl::Status taken;
  const auto hand_over = [&](absl::CivilDay before) {
    for (auto it = fresh.begin(); it != fresh.end() && it->first.first < before; it = fresh.erase(it)) cells[it->first].Add(it->second);
    CollapseValues(cells);
    for (auto& [key, cell] : cells) {
      Restrict(query.users, cell.users);
      if (taken.ok()) taken = take(key.first, key.second, cell);
    }
    cells.clear();
  };
  RETURN_IF_ERROR(ReadCells(query, [&](absl::CivilDay day, const std::string& value, uint32_t range, Cell cell) {
    if (!taken.ok()) return;
    if (!cells.empty() && cells.begin()->first.first != day) hand_over(day);
    // Everything but the users belongs to the range of users that has the first ordinal of the figures' own.
    if (range << kRangeBits < query.users.first) cell = {.users = std::move(cell.users)};
    cells[{day, value}].Add(cell);
  }));
  hand_over(absl::CivilDay::max());
  return taken;
}

absl::StatusOr<std::optional<Days>> DatabaseSnapshot::Extent(const Series& series) {
  std::string first, last;
  RETURN_IF_ERROR(session_.Query(
      "SELECT MIN(first_day), MAX(last_day) FROM ("
      "SELECT MIN(day) AS first_day, MAX(day) AS last_day FROM day_cell WHERE kind = ? AND name = ? AND activity = '' AND dimension = '' "
      "UNION ALL SELECT MIN(day), MAX(day) FROM fresh_block WHERE kind = ? AND name = ?) AS days",
      sql::Bind(series.kind, series.name, series.kind, series.name), [&](const sql::Row& row) {
        first = row.Text(0);
        last = row.Text(1);
      }));
  if (first.empty()) return std::nullopt;
  return Days{*time::ParseDay(first), *time::ParseDay(last)};
}

absl::Status DatabaseSnapshot::UserIds(const std::vector<uint32_t>& ordinals,
                                       const std::function<void(uint32_t, const std::string&)>& take) {
  return ForChunks(ordinals.size(), [&](size_t begin, size_t size) {
    sql::Values values;
    for (size_t i = begin; i < begin + size; ++i) values.push_back(static_cast<int64_t>(ordinals[i]));
    return session_.Query("SELECT ordinal, user_id FROM known_user WHERE ordinal IN (" + sql::Placeholders(size) + ")", values,
                          [&](const sql::Row& row) { take(static_cast<uint32_t>(row.Int(0)), row.Text(1)); });
  });
}

absl::StatusOr<std::optional<uint32_t>> DatabaseSnapshot::OrdinalOf(const std::string& user) {
  std::optional<uint32_t> ordinal;
  RETURN_IF_ERROR(session_.Query("SELECT ordinal FROM known_user WHERE user_id = ?", sql::Bind(user),
                                 [&](const sql::Row& row) { ordinal = static_cast<uint32_t>(row.Int(0)); }));
  return ordinal;
}

absl::StatusOr<std::string> RawSince(sql::Session& session, const Series& series) {
  std::string since;
  RETURN_IF_ERROR(session.Query("SELECT raw_since FROM series WHERE kind = ? AND name = ? AND raw_since IS NOT NULL",
                                sql::Bind(series.kind, series.name), [&](const sql::Row& row) { since = row.Text(0); }));
  return since;
}

absl::StatusOr<v1::FigureSource> ReadSource(sql::Session& session, const Series& series) {
  v1::FigureSource source;
  absl::Time watermark = absl::InfinitePast();
  RETURN_IF_ERROR(session.Query("SELECT version, last_occur_time FROM series WHERE kind = ? AND name = ?",
                                sql::Bind(series.kind, series.name), [&](const sql::Row& row) {
                                  source.set_version(row.Int(0));
                                  if (!row.IsNull(1)) watermark = row.Time(1);
                                }));
  RETURN_IF_ERROR(
      session.Query("SELECT producer, last_sequence, point_count, version, last_occur_time FROM series_producer WHERE kind = ? "
                    "AND name = ? ORDER BY producer",
                    sql::Bind(series.kind, series.name), [&](const sql::Row& row) {
                      v1::ProducerContribution& contribution = *source.add_producers();
                      contribution.set_producer(row.Text(0));
                      contribution.set_last_sequence(row.Int(1));
                      contribution.set_count(row.Int(2));
                      source.set_count(source.count() + row.Int(2));
                      source.set_version(source.version() + row.Int(3));
                      if (!row.IsNull(4)) watermark = std::max(watermark, row.Time(4));
                    }));
  if (watermark != absl::InfinitePast()) *source.mutable_watermark() = time::ToTimestamp(watermark);
  return source;
}

}  // namespace heitie::metrics
