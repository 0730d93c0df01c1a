#include "services/gateway/activity_readiness.h"

#include "absl/strings/str_cat.h"
#include "common/client/gather.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/launch_gate_examination.pb.h"
#include "heitie/activity/v1/launch_service.methods.h"
#include "heitie/gateway/v1/activity_readiness.pb.h"
#include "heitie/gateway/v1/missing_part.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "heitie/resource/v1/material_service.methods.h"
#include "heitie/resource/v1/money_service.methods.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "services/gateway/missing.h"

namespace heitie::gateway {
namespace {

constexpr int kLimit = 1000;
// The gate gives the services that it asks 3 s, and answers without those that hang.
constexpr absl::Duration kPartTime = absl::Seconds(4);

void Use(activity::v1::LaunchGateExamination& seen, v1::ActivityReadiness* out) {
  out->set_ready(seen.gate().open());
  out->mutable_gate()->Swap(seen.mutable_gate());
  out->mutable_activity()->Swap(seen.mutable_activity());
  out->mutable_preparation_items()->Swap(seen.mutable_preparation_items());
  out->mutable_support_commitments()->Swap(seen.mutable_support_commitments());
  out->mutable_waivers()->Swap(seen.mutable_waivers());
  out->mutable_materials()->Swap(seen.mutable_materials());
  if (seen.has_budget()) out->mutable_budget()->Swap(seen.mutable_budget());
  if (seen.has_staff()) out->mutable_staff()->Swap(seen.mutable_staff());
  out->mutable_risks()->Swap(seen.mutable_risks());
  for (const auto& lacking : seen.missing()) {
    v1::MissingPart* missing = out->add_missing();
    missing->set_part(lacking.part());
    missing->set_service(lacking.service());
    missing->set_code(lacking.code());
    missing->set_reason(lacking.reason());
    missing->set_message(lacking.message());
  }
}

// The gate has read most of what stands behind its verdict, and shows what it read.
void RequireGate(const std::string& name, client::Gather& round, v1::ActivityReadiness* out) {
  activity::v1::ExamineLaunchGateRequest request;
  request.set_name(name);
  round.Require({"gate"}, activity::v1::method::ExamineLaunchGate, request,
                [out](activity::v1::LaunchGateExamination& seen) { Use(seen, out); });
}

void AskAboutHoldings(const std::string& name, client::Gather& round, v1::ActivityReadiness* out) {
  const std::string filter = absl::StrCat("subject = \"", name, "\"");
  resource::v1::ListReservationsRequest reservations;
  reservations.set_filter(filter);
  round.AskPages({"reservations"}, resource::v1::method::ListReservations, reservations, kLimit,
                 &resource::v1::ListReservationsResponse::mutable_reservations, out->mutable_reservations());
  resource::v1::ListEncumbrancesRequest encumbrances;
  encumbrances.set_filter(filter);
  round.AskPages({"encumbrances"}, resource::v1::method::ListEncumbrances, encumbrances, kLimit,
                 &resource::v1::ListEncumbrancesResponse::mutable_encumbrances, out->mutable_encumbrances());
}

}  // namespace

absl::StatusOr<v1::ActivityReadiness> GetActivityReadiness(const client::Clients& clients, const rpc::Call& call,
                                                           const v1::GetActivityReadinessRequest& request) {
  v1::ActivityReadiness readiness;
  client::Gather round(call, clients, client::ShareOfDeadline(call, 0.9), kPartTime);
  RequireGate(request.name(), round, &readiness);
  AskAboutHoldings(request.name(), round, &readiness);
  RETURN_IF_ERROR(round.Run(AddTo(readiness.mutable_missing())));
  *readiness.mutable_compute_time() = time::ToTimestamp(call.now);
  return readiness;
}

}  // namespace heitie::gateway
