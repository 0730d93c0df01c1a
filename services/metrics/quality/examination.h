// Looks at what a quality check is about, in one moment of the database, and judges it (policy M1).
#ifndef HEITIE_SERVICES_METRICS_QUALITY_EXAMINATION_H_
#define HEITIE_SERVICES_METRICS_QUALITY_EXAMINATION_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/kind.h"
#include "common/sql/database.h"
#include "heitie/metrics/v1/quality_check.pb.h"
#include "heitie/metrics/v1/quality_result.pb.h"
#include "services/metrics/engine/snapshot.h"
#include "services/metrics/quality/criterion.h"

namespace heitie::metrics {

// When and how long is looked.
struct Occasion {
  absl::Time now;
  absl::TimeZone zone;  // of business days
  // By the machine's clock: what is not looked at by then is said to be left out.
  absl::Time until;
};

// The result, which has no name yet. `session` belongs to Database::Snapshot. Costs a few queries; of ranges the rows of the days, of
// figures these and the figures. `results`: those before.
absl::StatusOr<v1::QualityResult> Examine(sql::Session& session, const record::Kind<v1::QualityResult>& results,
                                          const v1::QualityCheck& check, const Occasion& occasion);

// Compares the stored figures of the series, of all where there is none, with their rows.
absl::Status ExamineFigures(sql::Session& session, const std::vector<Series>& series, Days days, const Occasion& occasion, Judged& judged);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_QUALITY_EXAMINATION_H_
