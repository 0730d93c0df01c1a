// Whether the stored figures of a day are those that its rows add up to.
#ifndef HEITIE_SERVICES_METRICS_ENGINE_VERIFY_H_
#define HEITIE_SERVICES_METRICS_ENGINE_VERIFY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/sql/database.h"
#include "services/metrics/engine/tables.h"

namespace heitie::metrics {

struct FigureDifference {
  CellKey key;
  // "count", "sum_minor", "value_count", "value_sum", "value_min", "value_max", "users" (how many ids are in one set only), "figures" (1
  // and 0 where one is missing or too much), "rows" (of the day as a whole), "damaged" (1: a stored text is not what was written).
  std::string figure;
  double stored = 0, recomputed = 0;
};

struct DayVerification {
  int64_t rows = 0;     // folded ones: those that figures are made of
  int64_t figures = 0;  // that were compared
  std::vector<FigureDifference> differences;
};

// Makes every figure of the day anew from its folded rows, a range of 4,194,304 users at a time, and compares. `session` belongs to
// Database::Snapshot. Memory: the figures of one range and a block of rows. The rows of the day are kept (IsKept).
absl::StatusOr<DayVerification> VerifyDay(sql::Session& session, const SeriesDay& of);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_ENGINE_VERIFY_H_
