// Accepted batches and what takes their rows away, in one order: what an export reads. Batches are placed in it after their commit, so that
// ingestion pays nothing for it but an entry of an index.
#ifndef HEITIE_SERVICES_METRICS_EXPORT_EXPORT_LOG_H_
#define HEITIE_SERVICES_METRICS_EXPORT_EXPORT_LOG_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/sql/database.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/export.pb.h"

namespace heitie::metrics {

extern const status::Reason kBadCursor;  // {cursor}

// What is read in one go. A batch is never cut.
struct ExportLimits {
  int64_t rows = 50'000;
  int entries = 5'000;
  size_t message_bytes = 1 << 20;
};

struct ExportPortion {
  std::vector<v1::ExportRowsResponse> messages;
  // Up to where; that of the cursor when there is nothing.
  int64_t position = 0;
  // Of the state of the database, which a restore renews (common/event/event_log.h).
  std::string incarnation;
  // There is more behind it already.
  bool more = false;
};

std::string CursorOf(int64_t position, const std::string& incarnation = "");
// Nothing when it is none.
std::optional<int64_t> PositionOf(const std::string& cursor);
// "" of a cursor of the version before, or of none.
std::string IncarnationOf(const std::string& cursor);

// Places what is committed and has no place, as far as the deadline allows.
absl::Status PlaceBatches(sql::Database& database, absl::Time deadline);

// What lies behind the position, of a snapshot. BAD_CURSOR when the position is not reached yet: it is of another database, or of a later
// state of a backup; and when it is of another incarnation, for what was read there may be lost and its place another's.
absl::StatusOr<ExportPortion> ReadExport(sql::Session& snapshot, int64_t position, const ExportLimits& limits,
                                         const std::string& incarnation = "");

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_EXPORT_EXPORT_LOG_H_
