// How much a producer may deliver (policy M1). Pure: what has been used lies in the producer, so that whoever changes its row under its
// lock is exact, on whatever replica.
#ifndef HEITIE_SERVICES_METRICS_COLLECTION_QUOTA_H_
#define HEITIE_SERVICES_METRICS_COLLECTION_QUOTA_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/producer.pb.h"

namespace heitie::metrics {

extern const status::Reason kQuotaExceeded;    // {producer} {rows}: RESOURCE_EXHAUSTED
extern const status::Reason kBatchAboveQuota;  // {producer} {rows} {most}

// Whether so many rows fit now. QUOTA_EXCEEDED with the delay after which they would, if nothing else came; BATCH_ABOVE_QUOTA. `zone`: of
// business days.
//
// The rate is a leaky bucket with one number, the time at which it is empty (GCRA, ITU-T I.371): in every span of t seconds at most
// burst + t · rate rows come, but for single batches that are greater than the burst, which come when the bucket is empty.
absl::Status CheckQuota(const v1::Producer& producer, int64_t rows, absl::Time now, absl::TimeZone zone);

// Takes the rows, which fit, off the quotas.
void UseQuota(int64_t rows, absl::Time now, absl::TimeZone zone, v1::Producer& producer);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_COLLECTION_QUOTA_H_
