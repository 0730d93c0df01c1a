#include "services/gateway/holdings.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "common/people/handovers.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/record_service.methods.h"
#include "heitie/metrics/v1/record_service.methods.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/handover.pb.h"
#include "heitie/personnel/v1/leaving_service.methods.h"
#include "heitie/personnel/v1/record_service.methods.h"
#include "heitie/personnel/v1/staff_service.methods.h"
#include "heitie/planning/v1/record_service.methods.h"
#include "heitie/resource/v1/record_service.methods.h"
#include "heitie/risk/v1/record_service.methods.h"
#include "heitie/type/v1/holding.pb.h"
#include "services/gateway/missing.h"

namespace heitie::gateway {
namespace {

using type::v1::Holding;
using type::v1::ListHoldingsRequest;
using type::v1::ListHoldingsResponse;

constexpr int kHoldingsOfService = 1000;
// Six questions each.
constexpr int kLeavers = 20;

}  // namespace

void AskForHoldings(client::Gather& round, const std::string& employee, bool open_only, int limit,
                    google::protobuf::RepeatedPtrField<Holding>* out) {
  ListHoldingsRequest request;
  request.set_employee(employee);
  request.set_open_only(open_only);
  const auto ask = [&](const auto& method) {
    round.AskPages({"holdings", employee}, method, request, limit, &ListHoldingsResponse::mutable_holdings, out);
  };
  ask(activity::v1::method::ListHoldings);
  ask(metrics::v1::method::ListHoldings);
  ask(personnel::v1::method::ListHoldings);
  ask(planning::v1::method::ListHoldings);
  ask(resource::v1::method::ListHoldings);
  ask(risk::v1::method::ListHoldings);
}

absl::StatusOr<v1::ListEmployeeHoldingsResponse> ListEmployeeHoldings(const client::Clients& clients, const rpc::Call& call,
                                                                      const v1::ListEmployeeHoldingsRequest& request) {
  v1::ListEmployeeHoldingsResponse response;
  client::Gather round(call, clients, client::ShareOfDeadline(call, 0.9));
  AskForHoldings(round, request.name(), request.open_only(), kHoldingsOfService, response.mutable_holdings());
  RETURN_IF_ERROR(round.Run(AddTo(response.mutable_missing())));
  *response.mutable_compute_time() = time::ToTimestamp(call.now);
  return response;
}

absl::StatusOr<v1::ListOwnerlessHoldingsResponse> ListOwnerlessHoldings(const client::Clients& clients, const rpc::Call& call,
                                                                        const v1::ListOwnerlessHoldingsRequest& request) {
  v1::ListOwnerlessHoldingsResponse response;
  std::map<std::string, v1::ListEmployeeHoldingsResponse> found;  // by employee; elements stay where they are
  std::map<std::string, google::type::Date> last_days;
  client::Gather round(call, clients, client::ShareOfDeadline(call, 0.9));
  personnel::v1::ListEmployeesRequest leavers;
  // Personnel knows in which zone days end: here nobody is left out, and those whose last day is not over are sorted out by their state.
  leavers.set_filter(absl::StrCat("leave_date < \"", time::DayText(absl::ToCivilDay(call.now, absl::UTCTimeZone()) + 1), "\""));
  leavers.set_page_size(request.page_size() == 0 ? kLeavers : std::min(request.page_size(), kLeavers));
  leavers.set_page_token(request.page_token());
  round.Require({"holdings"}, personnel::v1::method::ListEmployees, leavers, [&](personnel::v1::ListEmployeesResponse& answer) {
    response.set_next_page_token(answer.next_page_token());
    for (const auto& employee : answer.employees()) {
      if (employee.state() != personnel::v1::Employee::STATE_LEFT) continue;
      last_days[employee.name()] = employee.leave_date();
    }
  });
  round.Then([&] {
    for (const auto& [employee, day] : last_days)
      AskForHoldings(round, employee, true, kHoldingsOfService, found[employee].mutable_holdings());
  });
  RETURN_IF_ERROR(round.Run(AddTo(response.mutable_missing())));
  for (auto& [employee, holdings] : found) {
    for (Holding& holding : *holdings.mutable_holdings()) {
      v1::OwnerlessHolding* ownerless = response.add_holdings();
      ownerless->set_employee(employee);
      *ownerless->mutable_leave_date() = last_days[employee];
      ownerless->mutable_holding()->Swap(&holding);
    }
  }
  *response.mutable_compute_time() = time::ToTimestamp(call.now);
  return response;
}

absl::StatusOr<v1::HandoverOverview> GetHandoverOverview(const client::Clients& clients, const rpc::Call& call,
                                                         const v1::GetHandoverOverviewRequest& request) {
  v1::HandoverOverview overview;
  google::protobuf::RepeatedPtrField<Holding> left;
  std::map<std::string, google::protobuf::RepeatedPtrField<Holding>> held;  // by successor; elements stay where they are
  std::map<std::string, int> gets;
  client::Gather round(call, clients, client::ShareOfDeadline(call, 0.9));
  personnel::v1::GetHandoverRequest get;
  get.set_name(request.name());
  round.Require({"handover"}, personnel::v1::method::GetHandover, get,
                [&](personnel::v1::Handover& answer) { overview.mutable_handover()->Swap(&answer); });
  const auto plan = [&] {
    // As if the last day were over; of a handover that was withdrawn nothing moves.
    personnel::v1::Handover over = overview.handover();
    if (over.state() == personnel::v1::Handover::STATE_PLANNED) over.set_state(personnel::v1::Handover::STATE_DUE);
    for (Holding& holding : left) {
      v1::PlannedHolding* planned = overview.add_holdings();
      planned->set_successor(people::WhoTakes(over, holding).value_or(""));
      if (!planned->successor().empty()) ++gets[planned->successor()];
      planned->mutable_holding()->Swap(&holding);
    }
    for (const auto& [successor, count] : gets) {
      if (static_cast<int>(held.size()) == kLeavers) {
        *overview.add_missing() = Missing({"successors", successor, "gateway"}, status::Error(status::kTruncated, {{"count", kLeavers}}));
        break;
      }
      AskForHoldings(round, successor, true, kHoldingsOfService, &held[successor]);
    }
  };
  round.Then([&] {
    AskForHoldings(round, overview.handover().employee(), true, kHoldingsOfService, &left);
    round.Then(plan);
  });
  RETURN_IF_ERROR(round.Run(AddTo(overview.mutable_missing())));
  for (const auto& [successor, holdings] : held) {
    v1::SuccessorLoad* load = overview.add_successors();
    load->set_employee(successor);
    load->set_open_holdings(holdings.size());
    load->set_taken_over(gets[successor]);
  }
  *overview.mutable_compute_time() = time::ToTimestamp(call.now);
  return overview;
}

}  // namespace heitie::gateway
