#include "services/gateway/service.h"

#include "heitie/gateway/v1/activity_readiness.pb.h"
#include "heitie/gateway/v1/activity_watch.pb.h"
#include "heitie/gateway/v1/desk.pb.h"
#include "heitie/gateway/v1/holdings.pb.h"
#include "heitie/gateway/v1/project_overview.pb.h"
#include "services/gateway/activity_readiness.h"
#include "services/gateway/activity_watch.h"
#include "services/gateway/desk.h"
#include "services/gateway/holdings.h"
#include "services/gateway/project_overview.h"
#include "services/gateway/suite_events.h"

namespace heitie::gateway {

Service::Service(client::Clients clients) : clients_(std::move(clients)), rpc_("heitie.gateway.v1") {
  rpc_.Bind("GetActivityReadiness", [this](const rpc::Call& call, const v1::GetActivityReadinessRequest& request) {
    return GetActivityReadiness(clients_, call, request);
  });
  rpc_.Bind("GetActivityWatch", [this](const rpc::Call& call, const v1::GetActivityWatchRequest& request) {
    return GetActivityWatch(clients_, call, request);
  });
  rpc_.Bind("GetProjectOverview", [this](const rpc::Call& call, const v1::GetProjectOverviewRequest& request) {
    return GetProjectOverview(clients_, call, request);
  });
  rpc_.Bind("GetDesk", [this](const rpc::Call& call, const v1::GetDeskRequest& request) { return GetDesk(clients_, call, request); });
  rpc_.Bind("ListEmployeeHoldings", [this](const rpc::Call& call, const v1::ListEmployeeHoldingsRequest& request) {
    return ListEmployeeHoldings(clients_, call, request);
  });
  rpc_.Bind("GetHandoverOverview", [this](const rpc::Call& call, const v1::GetHandoverOverviewRequest& request) {
    return GetHandoverOverview(clients_, call, request);
  });
  rpc_.Bind("ListOwnerlessHoldings", [this](const rpc::Call& call, const v1::ListOwnerlessHoldingsRequest& request) {
    return ListOwnerlessHoldings(clients_, call, request);
  });
  rpc_.BindStream("WatchEvents", [this](std::shared_ptr<rpc::Stream> stream) { WatchEvents(clients_, std::move(stream)); });
}

}  // namespace heitie::gateway
