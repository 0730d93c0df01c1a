// How a running activity stands, in one answer (policy A2, A3, W4).
#ifndef HEITIE_SERVICES_GATEWAY_ACTIVITY_WATCH_H_
#define HEITIE_SERVICES_GATEWAY_ACTIVITY_WATCH_H_

#include "absl/status/statusor.h"
#include "common/client/gather.h"
#include "common/rpc/call.h"
#include "heitie/gateway/v1/activity_watch.pb.h"

namespace heitie::gateway {

// Fails only when the activity itself cannot be had.
absl::StatusOr<v1::ActivityWatch> GetActivityWatch(const client::Clients& clients, const rpc::Call& call,
                                                   const v1::GetActivityWatchRequest& request);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_ACTIVITY_WATCH_H_
