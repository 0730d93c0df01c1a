// Reads what an aim needs of a snapshot, and has it judged (policy M3).
#ifndef HEITIE_SERVICES_METRICS_OPTIMISATION_EVALUATION_H_
#define HEITIE_SERVICES_METRICS_OPTIMISATION_EVALUATION_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "heitie/metrics/v1/evaluation_policy.pb.h"
#include "heitie/metrics/v1/verdict.pb.h"
#include "services/metrics/engine/snapshot.h"
#include "services/metrics/optimisation/aim.h"

namespace heitie::metrics {

// The names of events and measurements that the aim is judged by, each once.
std::vector<Series> SeriesIn(const Aim& aim);

// What happens from `closed_until` on is not read: windows and periods that reach beyond are not over. `numbers` are those in force, of
// which the plan may replace the error. An experiment costs the rows of its exposures and metrics, by ranges of users in bounded memory;
// the other designs cost daily figures. RAW_EXPIRED for an experiment whose rows are no longer kept.
absl::StatusOr<v1::Verdict> Evaluate(Snapshot& snapshot, const Aim& aim, v1::EvaluationPolicy numbers, absl::Time closed_until,
                                     absl::TimeZone zone);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_OPTIMISATION_EVALUATION_H_
