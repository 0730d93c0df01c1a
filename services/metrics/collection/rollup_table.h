// The tables that ingestion adds up in: series, daily_rollup and activity_progress (schema/0001_metrics.sql).
//
// Whoever changes figures of a series holds the lock of its row; the locks of a transaction are taken in the order producer, series by
// name, activities by name, so that no two transactions wait for each other.
#ifndef HEITIE_SERVICES_METRICS_COLLECTION_ROLLUP_TABLE_H_
#define HEITIE_SERVICES_METRICS_COLLECTION_ROLLUP_TABLE_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/sql/database.h"
#include "services/metrics/collection/rollup.h"

namespace heitie::metrics {

// What a batch adds to one series or activity as a whole.
struct Share {
  int64_t count = 0;
  absl::Time last_occur_time = absl::InfinitePast();
};
std::map<std::string, Share> SharesBySeries(const std::vector<Point>& points);
// Only of points that belong to an activity.
std::map<std::string, Share> SharesByActivity(const std::vector<Point>& points);

// Makes sure that the rows exist which AddToSeries and AddToActivities lock. Adds those that are missing and nothing else; to be
// committed before the transaction that locks them, because inserting under it could deadlock.
absl::Status EnsureRows(sql::Session& session, const std::string& kind, const std::map<std::string, Share>& series,
                        const std::map<std::string, Share>& activities);

// Locks the series and counts the batch in them.
absl::Status AddToSeries(sql::Session& session, const Batch& batch, const std::map<std::string, Share>& series);
// Adds to the daily figures, whose series are locked. SUM_TOO_GREAT.
absl::Status AddToCells(sql::Session& session, const std::string& kind, std::map<CellKey, Cell> cells);
// Raises the versions of the activities.
absl::Status AddToActivities(sql::Session& session, const std::map<std::string, Share>& activities);

// The columns of daily_rollup that make a cell, in the order that ReadCell expects.
inline constexpr char kCellColumns[] = "point_count, sum_minor, value_count, value_sum, value_min, value_max, users";
// The cell whose columns begin at `column`.
absl::StatusOr<Cell> ReadCell(const sql::Row& row, int column);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_COLLECTION_ROLLUP_TABLE_H_
