#include "services/metrics/engine/fold.h"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/observe/log.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "services/metrics/engine/slices.h"

namespace heitie::metrics {
namespace {

constexpr int kBlocksPerFold = 512;
constexpr int kAllBlocks = std::numeric_limits<int>::max();
// So many blocks of a level are merged into the next one: each row is merged once a level, and a day of n folds has O(log n) levels.
constexpr int64_t kBlocksPerLevel = 16;  // eight times as many on each further level, since what was merged is several blocks
constexpr int64_t kRewriting = 100;      // the level of what a rewriting has made, until it ends
constexpr int64_t kRowsInMemory = 256 << 10;
constexpr unsigned kAllParts = kAttributesPart | kOriginPart;

Days Only(absl::CivilDay day) { return {day, day}; }

absl::Status AppendStored(const StoredBlock& stored, Block& rows) {
  ASSIGN_OR_RETURN(const Block block, Load(stored, kAllParts));
  Append(block, rows);
  return absl::OkStatus();
}

absl::Status CountRows(sql::Session& session, const SeriesDay& of, const Block& rows) {
  return AddCells(session, of, RollUp(rows.rows, of.series.kind == kEventKind));
}

// The rows of `block` that belong to the users and are not dropped.
Block Kept(const Block& block, Users users, const Drop& drop, int64_t& dropped) {
  std::vector<uint32_t> kept;
  for (size_t i = 0; i < block.size(); ++i) {
    if (block.rows.users[i] < users.first || block.rows.users[i] > users.last) continue;
    if (drop != nullptr && drop(block, i)) {
      ++dropped;
    } else {
      kept.push_back(static_cast<uint32_t>(i));
    }
  }
  return kept.size() == block.size() ? block : Pick(block, kept);
}

// Takes one level's blocks of the day and puts their rows, ordered throughout, into the next one.
absl::Status MergeLevel(sql::Session& session, const SeriesDay& of, int64_t level, const std::vector<Extension>& blocks) {
  int64_t dropped = 0;
  for (const Users& users : SlicesOf(blocks, kRowsInMemory)) {
    Block rows;
    RETURN_IF_ERROR(ReadFolded(session, of.series, Only(of.day), users, kAllParts, [&](const FoldedBlock& block) -> absl::Status {
      if (block.level != level) return absl::OkStatus();
      ASSIGN_OR_RETURN(const Block loaded, Load(block.stored, kAllParts));
      Append(Kept(loaded, users, nullptr, dropped), rows);
      return absl::OkStatus();
    }));
    if (rows.size() == 0) continue;
    Sort(rows);
    RETURN_IF_ERROR(InsertFolded(session, of, level + 1, Store(rows)));
  }
  return DeleteFolded(session, of, level);
}

// Blocks of the day by level.
absl::StatusOr<std::map<int64_t, std::vector<Extension>>> Levels(sql::Session& session, const SeriesDay& of) {
  std::map<int64_t, std::vector<Extension>> levels;
  RETURN_IF_ERROR(ReadFolded(session, of.series, Only(of.day), {}, kNoTexts, [&](const FoldedBlock& block) {
    levels[block.level].push_back({{block.stored.first_user, block.stored.last_user}, block.stored.row_count});
    return absl::OkStatus();
  }));
  return levels;
}

absl::Status MergeLevels(sql::Session& session, const SeriesDay& of) {
  ASSIGN_OR_RETURN(const auto levels, Levels(session, of));
  for (const auto& [level, blocks] : levels) {
    const int64_t threshold = kBlocksPerLevel << (3 * std::min<int64_t>(level - 1, 8));
    if (static_cast<int64_t>(blocks.size()) >= threshold) return MergeLevel(session, of, level, blocks);
  }
  return absl::OkStatus();
}

absl::Status Fold(sql::Session& session, const SeriesDay& of, int& folded) {
  RETURN_IF_ERROR(LockDay(session, of, 0));
  std::vector<FreshBlock> blocks;
  Block rows;
  RETURN_IF_ERROR(ReadFresh(session, of.series, Only(of.day), {}, kAllParts, kBlocksPerFold, [&](FreshBlock block) -> absl::Status {
    RETURN_IF_ERROR(AppendStored(block.stored, rows));
    block.stored = {};
    blocks.push_back(std::move(block));
    return absl::OkStatus();
  }));
  folded = static_cast<int>(blocks.size());
  if (blocks.empty()) return absl::OkStatus();
  Sort(rows);
  RETURN_IF_ERROR(CountRows(session, of, rows));
  RETURN_IF_ERROR(InsertFolded(session, of, 1, Store(rows)));
  RETURN_IF_ERROR(LockDay(session, of, static_cast<int64_t>(rows.size())));
  RETURN_IF_ERROR(DeleteFresh(session, blocks));
  return MergeLevels(session, of);
}

}  // namespace

absl::StatusOr<std::vector<SeriesDay>> DaysToFold(sql::Session& session, absl::Time now, const FoldLimits& limits) {
  std::vector<SeriesDay> days;
  RETURN_IF_ERROR(
      session.Query("SELECT kind, name, day, CAST(SUM(row_count) AS SIGNED) AS row_total FROM fresh_block GROUP BY kind, name, day "
                    "HAVING SUM(row_count) >= ? OR COUNT(*) >= ? OR MIN(insert_time) <= ? ORDER BY row_total DESC LIMIT 256",
                    sql::Bind(limits.rows, limits.blocks, now - limits.age), [&](const sql::Row& row) {
                      days.push_back({{row.Text(0), row.Text(1)}, *time::ParseDay(row.Text(2))});
                    }));
  return days;
}

absl::StatusOr<int> FoldDay(sql::Database& database, absl::Time deadline, const SeriesDay& of) {
  int folded = 0;
  absl::Status status = database.Write(deadline, [&](sql::Session& session) { return Fold(session, of, folded); });
  if (absl::IsDataLoss(status)) {
    observe::Log(
        observe::Severity::kError, "a day's figures are made anew from its rows",
        {{"kind", of.series.kind}, {"name", of.series.name}, {"day", time::DayText(of.day)}, {"error", std::string(status.message())}});
    status = database.Write(deadline, [&](sql::Session& session) { return Rewrite(session, of, nullptr).status(); });
  }
  if (!status.ok()) return status;
  return folded;
}

absl::StatusOr<int64_t> Rewrite(sql::Session& session, const SeriesDay& of, const Drop& drop) {
  RETURN_IF_ERROR(LockDay(session, of, 0));
  std::vector<Extension> extensions;
  std::set<int64_t> levels;
  std::vector<FreshBlock> fresh;
  RETURN_IF_ERROR(ReadFolded(session, of.series, Only(of.day), {}, kNoTexts, [&](const FoldedBlock& block) {
    extensions.push_back({{block.stored.first_user, block.stored.last_user}, block.stored.row_count});
    levels.insert(block.level);
    return absl::OkStatus();
  }));
  RETURN_IF_ERROR(ReadFresh(session, of.series, Only(of.day), {}, kNoTexts, kAllBlocks, [&](FreshBlock block) {
    extensions.push_back({{block.stored.first_user, block.stored.last_user}, block.stored.row_count});
    fresh.push_back(std::move(block));
    return absl::OkStatus();
  }));
  RETURN_IF_ERROR(DeleteCells(session, of));
  const auto key = [](const FreshBlock& block) { return std::tie(block.producer, block.sequence, block.part); };
  int64_t dropped = 0, rows_before = 0, rows_after = 0;
  for (const Extension& extension : extensions) rows_before += extension.rows;
  for (const Users& users : SlicesOf(extensions, kRowsInMemory)) {
    Block rows;
    const auto add = [&](const StoredBlock& stored) -> absl::Status {
      ASSIGN_OR_RETURN(const Block block, Load(stored, kAllParts));
      Append(Kept(block, users, drop, dropped), rows);
      return absl::OkStatus();
    };
    RETURN_IF_ERROR(ReadFolded(session, of.series, Only(of.day), users, kAllParts,
                               [&](const FoldedBlock& block) { return block.level == kRewriting ? absl::OkStatus() : add(block.stored); }));
    RETURN_IF_ERROR(ReadFresh(session, of.series, Only(of.day), users, kAllParts, kAllBlocks, [&](const FreshBlock& block) {
      // What has come since the first look stays fresh.
      const bool known =
          std::binary_search(fresh.begin(), fresh.end(), block, [&](const auto& a, const auto& b) { return key(a) < key(b); });
      return known ? add(block.stored) : absl::OkStatus();
    }));
    if (rows.size() == 0) continue;
    Sort(rows);
    rows_after += static_cast<int64_t>(rows.size());
    RETURN_IF_ERROR(CountRows(session, of, rows));
    RETURN_IF_ERROR(InsertFolded(session, of, kRewriting, Store(rows)));
  }
  if (rows_before != rows_after + dropped) return absl::DataLossError(absl::StrCat("rows of ", of.series.name, " are missing"));
  for (const int64_t level : levels) RETURN_IF_ERROR(DeleteFolded(session, of, level));
  RETURN_IF_ERROR(DeleteFresh(session, fresh));
  const auto update = [&](const char* what, const char* where, int64_t value) {
    return session
        .Execute(absl::StrCat("UPDATE ", what, " = ? WHERE kind = ? AND name = ? AND day = ?", where),
                 sql::Bind(value, of.series.kind, of.series.name, time::DayText(of.day)))
        .status();
  };
  RETURN_IF_ERROR(update("row_block SET level", " AND level = 100", levels.empty() ? 1 : *levels.rbegin()));
  RETURN_IF_ERROR(update("day_fold SET row_count", "", rows_after));
  return dropped;
}

}  // namespace heitie::metrics
