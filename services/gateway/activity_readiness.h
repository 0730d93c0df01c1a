// Everything that decides whether an activity can be launched, in one answer (policy A1, W1).
#ifndef HEITIE_SERVICES_GATEWAY_ACTIVITY_READINESS_H_
#define HEITIE_SERVICES_GATEWAY_ACTIVITY_READINESS_H_

#include "absl/status/statusor.h"
#include "common/client/gather.h"
#include "common/rpc/call.h"
#include "heitie/gateway/v1/activity_readiness.pb.h"

namespace heitie::gateway {

// Fails only when the activity itself cannot be had.
absl::StatusOr<v1::ActivityReadiness> GetActivityReadiness(const client::Clients& clients, const rpc::Call& call,
                                                           const v1::GetActivityReadinessRequest& request);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_ACTIVITY_READINESS_H_
