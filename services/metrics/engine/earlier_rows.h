// Rows that versions before 0002_engine.sql stored one by one: they become blocks. As long as such a version runs beside this one, it goes
// on storing them.
#ifndef HEITIE_SERVICES_METRICS_ENGINE_EARLIER_ROWS_H_
#define HEITIE_SERVICES_METRICS_ENGINE_EARLIER_ROWS_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/sql/database.h"
#include "services/metrics/engine/user_directory.h"

namespace heitie::metrics {

// Moves the rows of some batches, in one transaction; how many rows. Until they are moved, answers lack them.
absl::StatusOr<int64_t> MoveEarlierRows(sql::Database& database, absl::Time deadline, absl::Time now, UserDirectory& directory);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_ENGINE_EARLIER_ROWS_H_
