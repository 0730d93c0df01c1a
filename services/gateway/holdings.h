// What people answer for in all services, and what is open in the name of those who have left (policy W12, W14).
#ifndef HEITIE_SERVICES_GATEWAY_HOLDINGS_H_
#define HEITIE_SERVICES_GATEWAY_HOLDINGS_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/client/gather.h"
#include "common/rpc/call.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "heitie/gateway/v1/holdings.pb.h"
#include "heitie/type/v1/holding.pb.h"

namespace heitie::gateway {

// Asks each service what somebody holds, at most so many of each; `out` must live until the round has run.
void AskForHoldings(client::Gather& round, const std::string& employee, bool open_only, int limit,
                    google::protobuf::RepeatedPtrField<type::v1::Holding>* out);

// Never fails: a service that cannot be asked is named.
absl::StatusOr<v1::ListEmployeeHoldingsResponse> ListEmployeeHoldings(const client::Clients& clients, const rpc::Call& call,
                                                                      const v1::ListEmployeeHoldingsRequest& request);

// Fails only when nobody can say who has left.
absl::StatusOr<v1::ListOwnerlessHoldingsResponse> ListOwnerlessHoldings(const client::Clients& clients, const rpc::Call& call,
                                                                        const v1::ListOwnerlessHoldingsRequest& request);

// Fails only when the handover itself cannot be had.
absl::StatusOr<v1::HandoverOverview> GetHandoverOverview(const client::Clients& clients, const rpc::Call& call,
                                                         const v1::GetHandoverOverviewRequest& request);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_HOLDINGS_H_
