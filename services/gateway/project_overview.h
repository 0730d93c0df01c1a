// Everything about a project from six services, in one answer.
#ifndef HEITIE_SERVICES_GATEWAY_PROJECT_OVERVIEW_H_
#define HEITIE_SERVICES_GATEWAY_PROJECT_OVERVIEW_H_

#include "absl/status/statusor.h"
#include "common/client/gather.h"
#include "common/rpc/call.h"
#include "heitie/gateway/v1/project_overview.pb.h"

namespace heitie::gateway {

// Fails only when the project itself cannot be had.
absl::StatusOr<v1::ProjectOverview> GetProjectOverview(const client::Clients& clients, const rpc::Call& call,
                                                       const v1::GetProjectOverviewRequest& request);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_PROJECT_OVERVIEW_H_
