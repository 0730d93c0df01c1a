// Takes rows back from the store and from the books of delivery.
#ifndef HEITIE_SERVICES_METRICS_CORRECTION_DROP_H_
#define HEITIE_SERVICES_METRICS_CORRECTION_DROP_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "common/record/store.h"
#include "services/metrics/engine/corrector.h"

namespace heitie::metrics {

// DropRows, and what was accepted of them is discarded from then on and gives up its ids, so that the same events may come again.
// RAW_EXPIRED. The number of rows.
absl::StatusOr<int64_t> DropAndBook(record::Transaction& tx, const SeriesDay& of, const Drop& drop);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_CORRECTION_DROP_H_
