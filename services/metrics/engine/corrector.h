// Takes rows out of the store, and everything that they counted in.
#ifndef HEITIE_SERVICES_METRICS_ENGINE_CORRECTOR_H_
#define HEITIE_SERVICES_METRICS_ENGINE_CORRECTOR_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/sql/database.h"
#include "services/metrics/engine/fold.h"

namespace heitie::metrics {

// Rewrites the day without the rows, and corrects counts, last times and versions of the series, its producers and the rows' activities. In
// the caller's transaction. RAW_EXPIRED. The number of rows.
absl::StatusOr<int64_t> DropRows(sql::Session& session, const SeriesDay& of, const Drop& drop);

// Takes a user out of the sets of a day whose rows are no longer kept; the counts stay. Whether it was in any.
absl::StatusOr<bool> StripUser(sql::Session& session, const SeriesDay& of, uint32_t user);

// The days of all series of events on which the user is counted. Costs the days.
absl::StatusOr<std::vector<SeriesDay>> DaysOf(sql::Session& session, uint32_t user);

// Whether the rows of the day are kept.
absl::StatusOr<bool> IsKept(sql::Session& session, const SeriesDay& of);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_ENGINE_CORRECTOR_H_
