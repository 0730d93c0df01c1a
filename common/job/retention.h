// What a service need not keep for ever.
#ifndef HEITIE_COMMON_JOB_RETENTION_H_
#define HEITIE_COMMON_JOB_RETENTION_H_

#include "absl/time/time.h"
#include "common/job/runner.h"
#include "common/record/store.h"

namespace heitie::job {

// How long a repeated request_id (AIP-155) gets its first answer: longer than any client or saga repeats.
inline constexpr absl::Duration kRequestIdRetention = absl::Hours(7 * 24);

// Registers the recurring job that deletes older idempotency records, every hour, a thousand in each transaction.
void ForgetOldRequestIds(Runner& jobs, record::Store& store);

}  // namespace heitie::job

#endif  // HEITIE_COMMON_JOB_RETENTION_H_
