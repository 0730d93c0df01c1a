// Folding: fresh rows become ordered blocks and add to the daily figures, in the background, so that a batch costs what it holds. What a
// question answers does not depend on what is folded.
#ifndef HEITIE_SERVICES_METRICS_ENGINE_FOLD_H_
#define HEITIE_SERVICES_METRICS_ENGINE_FOLD_H_

#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/sql/database.h"
#include "services/metrics/engine/tables.h"

namespace heitie::metrics {

// When fresh rows of a day are folded: as soon as one of these holds.
struct FoldLimits {
  int64_t rows = 20000;
  int64_t blocks = 64;
  absl::Duration age = absl::Seconds(15);
};

// The days whose fresh rows are to be folded, most rows first.
absl::StatusOr<std::vector<SeriesDay>> DaysToFold(sql::Session& session, absl::Time now, const FoldLimits& limits);

// Folds fresh rows of the day, of at most 512 blocks; how many blocks. Merges what many folds have left. One transaction; OK when somebody
// else has folded them meanwhile. When a stored figure of the day is damaged (DATA_LOSS), the day's figures are made anew from its rows.
absl::StatusOr<int> FoldDay(sql::Database& database, absl::Time deadline, const SeriesDay& of);

// Makes everything of a day anew from its rows, all of which are folded then, without those that `drop` tells: for corrections, and for
// figures that are damaged. The number of rows dropped. In the caller's transaction; memory as for 256 Ki rows.
using Drop = std::function<bool(const Block& block, size_t row)>;
absl::StatusOr<int64_t> Rewrite(sql::Session& session, const SeriesDay& of, const Drop& drop);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_ENGINE_FOLD_H_
