// How long a client waits, as headers say it.
#ifndef HEITIE_SERVICES_GATEWAY_TIMEOUTS_H_
#define HEITIE_SERVICES_GATEWAY_TIMEOUTS_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/http/server.h"

namespace heitie::gateway {

// The deadline that the headers ask for (X-Request-Timeout, grpc-timeout, Connect-Timeout-Ms), the earliest one; InfiniteFuture when they
// do not. INVALID_ARGUMENT naming the header that is malformed.
absl::StatusOr<absl::Time> DeadlineOf(const http::Headers& headers, absl::Time now);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_TIMEOUTS_H_
