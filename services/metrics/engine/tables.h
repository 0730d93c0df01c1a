// The engine's tables (schema/0002_engine.sql) as statements.
#ifndef HEITIE_SERVICES_METRICS_ENGINE_TABLES_H_
#define HEITIE_SERVICES_METRICS_ENGINE_TABLES_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/sql/database.h"
#include "services/metrics/engine/block.h"
#include "services/metrics/engine/rollup.h"
#include "services/metrics/engine/snapshot.h"

namespace heitie::metrics {

struct SeriesDay {
  Series series;
  absl::CivilDay day;
};

// Bytes of texts in one statement, well below the servers' default max_allowed_packet of 16 MiB.
inline constexpr size_t kMaxStatementBytes = 4 << 20;

// ---- Rows that are not folded yet ----

struct FreshBlock {
  SeriesDay of;
  std::string producer;
  int64_t sequence = 0;
  int64_t part = 0;
  StoredBlock stored;
};
// The part of the first block that points of a batch make; the others count on from it. Different points of a batch have different parts.
int64_t FirstPart(const std::vector<const Point*>& points);
absl::Status InsertFresh(sql::Session& session, absl::Time now, const std::vector<FreshBlock>& blocks);
// In the order of their key, days first. `limit`: rows of the table at most.
absl::Status ReadFresh(sql::Session& session, const Series& series, Days days, Users users, unsigned parts, int limit,
                       const std::function<absl::Status(FreshBlock)>& take);
absl::Status DeleteFresh(sql::Session& session, const std::vector<FreshBlock>& blocks);

// ---- Folded rows ----

struct FoldedBlock {
  absl::CivilDay day;
  int64_t level = 1;
  int64_t id = 0;
  StoredBlock stored;
};
// Gives each a random id.
absl::Status InsertFolded(sql::Session& session, const SeriesDay& of, int64_t level, std::vector<StoredBlock> blocks);
// Days and levels ascending. Without `parts` (kNoTexts) not even the keys are read.
inline constexpr unsigned kNoTexts = 1u << 31;
absl::Status ReadFolded(sql::Session& session, const Series& series, Days days, Users users, unsigned parts,
                        const std::function<absl::Status(FoldedBlock)>& take);
absl::Status DeleteFolded(sql::Session& session, const SeriesDay& of, int64_t level);

// ---- Daily figures ----

// The columns that make a cell, in the order that ReadCell expects: with its sketches, and without.
inline constexpr char kCellColumns[] = "point_count, sum_minor, value_count, value_sum, value_min, value_max, users, sketches";
inline constexpr char kPlainCellColumns[] = "point_count, sum_minor, value_count, value_sum, value_min, value_max, users, NULL";
// The cell whose columns begin at `column`. DATA_LOSS.
absl::StatusOr<Cell> ReadCell(const sql::Row& row, int column);
// Adds to the stored figures of a day that the caller has locked; a dimension that has too many values then loses them.
absl::Status AddCells(sql::Session& session, const SeriesDay& of, std::map<CellKey, Cell> cells);
absl::Status DeleteCells(sql::Session& session, const SeriesDay& of);

// Locks the day against everybody else who changes its folded rows or figures, and adds to the number of its rows.
absl::Status LockDay(sql::Session& session, const SeriesDay& of, int64_t added_rows);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_ENGINE_TABLES_H_
