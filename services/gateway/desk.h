// What somebody has to see to today, from all services.
#ifndef HEITIE_SERVICES_GATEWAY_DESK_H_
#define HEITIE_SERVICES_GATEWAY_DESK_H_

#include "absl/status/statusor.h"
#include "common/client/gather.h"
#include "common/rpc/call.h"
#include "heitie/gateway/v1/desk.pb.h"

namespace heitie::gateway {

// Never fails: what cannot be had is named.
absl::StatusOr<v1::Desk> GetDesk(const client::Clients& clients, const rpc::Call& call, const v1::GetDeskRequest& request);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_DESK_H_
