// What takes away rows that were exported, for those who hold copies: written in the transaction after which the service holds the rows no
// more.
#ifndef HEITIE_SERVICES_METRICS_EXPORT_TOMBSTONE_H_
#define HEITIE_SERVICES_METRICS_EXPORT_TOMBSTONE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/sql/database.h"
#include "services/metrics/engine/snapshot.h"

namespace heitie::metrics {

absl::Status BuryBatches(sql::Session& session, absl::Time now, const std::string& producer, int64_t first_sequence, int64_t last_sequence);
absl::Status BuryUser(sql::Session& session, absl::Time now, uint32_t ordinal);
absl::Status BuryDays(sql::Session& session, absl::Time now, const Series& series, absl::CivilDay first_kept);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_EXPORT_TOMBSTONE_H_
