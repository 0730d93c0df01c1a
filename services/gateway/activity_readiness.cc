#include "services/gateway/activity_readiness.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity_service.pb.h"
#include "heitie/personnel/v1/personnel_service.pb.h"
#include "heitie/resource/v1/resource_service.pb.h"
#include "heitie/risk/v1/risk_service.pb.h"

namespace heitie::gateway {
namespace {

using activity::v1::Activity;

constexpr char kActivity[] = "heitie.activity.v1.ActivityService/";
constexpr char kPersonnel[] = "heitie.personnel.v1.PersonnelService/";
constexpr char kResource[] = "heitie.resource.v1.ResourceService/";
constexpr char kRisk[] = "heitie.risk.v1.RiskService/";
constexpr int kLimit = 1000;

void RequireActivity(const std::string& name, FanOut& round, v1::ActivityReadiness* out) {
  activity::v1::GetActivityRequest request;
  request.set_name(name);
  round.Require<Activity>({"activity", "activity", ""}, absl::StrCat(kActivity, "GetActivity"), request,
                          [out](Activity& answer) { out->mutable_activity()->Swap(&answer); });
}

// What follows from the activity's name alone.
void AskAboutPreparation(const std::string& name, FanOut& round, v1::ActivityReadiness* out) {
  activity::v1::EvaluateLaunchGateRequest gate;
  gate.set_name(name);
  round.Ask<activity::v1::EvaluateLaunchGateResponse>(
      {"gate", "activity", ""}, absl::StrCat(kActivity, "EvaluateLaunchGate"), gate,
      [out](activity::v1::EvaluateLaunchGateResponse& answer) { out->mutable_gate()->Swap(&answer); });
  activity::v1::ListPreparationItemsRequest items;
  items.set_parent(name);
  round.AskPages({"preparation_items", "activity", ""}, absl::StrCat(kActivity, "ListPreparationItems"), items, kLimit,
                 &activity::v1::ListPreparationItemsResponse::mutable_preparation_items, out->mutable_preparation_items());
  activity::v1::ListSupportCommitmentsRequest commitments;
  commitments.set_parent(name);
  round.AskPages({"support_commitments", "activity", ""}, absl::StrCat(kActivity, "ListSupportCommitments"), commitments, kLimit,
                 &activity::v1::ListSupportCommitmentsResponse::mutable_support_commitments, out->mutable_support_commitments());
  activity::v1::ListWaiversRequest waivers;
  waivers.set_parent(name);
  round.AskPages({"waivers", "activity", ""}, absl::StrCat(kActivity, "ListWaivers"), waivers, kLimit,
                 &activity::v1::ListWaiversResponse::mutable_waivers, out->mutable_waivers());
}

void AskAboutHoldings(const std::string& name, FanOut& round, v1::ActivityReadiness* out) {
  const std::string filter = absl::StrCat("subject = \"", name, "\"");
  resource::v1::ListReservationsRequest reservations;
  reservations.set_filter(filter);
  round.AskPages({"reservations", "resource", ""}, absl::StrCat(kResource, "ListReservations"), reservations, kLimit,
                 &resource::v1::ListReservationsResponse::mutable_reservations, out->mutable_reservations());
  resource::v1::ListEncumbrancesRequest encumbrances;
  encumbrances.set_filter(filter);
  round.AskPages({"encumbrances", "resource", ""}, absl::StrCat(kResource, "ListEncumbrances"), encumbrances, kLimit,
                 &resource::v1::ListEncumbrancesResponse::mutable_encumbrances, out->mutable_encumbrances());
}

void AskAboutMaterials(const Activity& activity, FanOut& round, v1::ActivityReadiness* out) {
  if (activity.bill_of_materials().empty()) return;
  resource::v1::CheckStockRequest stock;
  stock.set_subject(activity.name());
  for (const auto& line : activity.bill_of_materials()) {
    auto* wanted = stock.add_lines();
    wanted->set_item(line.item());
    wanted->set_quantity(line.quantity());
  }
  round.Ask<resource::v1::CheckStockResponse>(
      {"materials", "resource", ""}, absl::StrCat(kResource, "CheckStock"), stock,
      [out](resource::v1::CheckStockResponse& answer) { out->mutable_materials()->Swap(answer.mutable_lines()); });
}

void AskAboutMoney(const Activity& activity, FanOut& round, v1::ActivityReadiness* out) {
  if (activity.budget().empty()) return;
  resource::v1::GetBudgetRequest budget;
  budget.set_name(activity.budget());
  round.Ask<resource::v1::Budget>({"budget", "resource", activity.budget()}, absl::StrCat(kResource, "GetBudget"), budget,
                                  [out](resource::v1::Budget& answer) { out->mutable_budget()->Swap(&answer); });
}

void AskAboutStaff(const Activity& activity, FanOut& round, v1::ActivityReadiness* out) {
  if (activity.staff().empty()) return;
  personnel::v1::CheckQualificationRequest request;
  std::set<std::string> employees;
  for (const auto& assignment : activity.staff()) employees.insert(assignment.employee());
  for (const std::string& employee : employees) request.add_employees(employee);
  *request.mutable_requirement()->mutable_courses() = activity.training_requirement().courses();
  *request.mutable_start_date() = time::DateOf(time::ToTime(activity.start_time()), activity.time_zone());
  *request.mutable_end_date() = time::DateOf(time::ToTime(activity.end_time()), activity.time_zone());
  round.Ask<personnel::v1::CheckQualificationResponse>(
      {"staff", "personnel", ""}, absl::StrCat(kPersonnel, "CheckQualification"), request,
      [out](personnel::v1::CheckQualificationResponse& answer) { out->mutable_staff()->Swap(&answer); });
}

void AskAboutRisks(const Activity& activity, FanOut& round, v1::ActivityReadiness* out) {
  risk::v1::SummarizeRisksRequest request;
  request.add_subjects(activity.name());
  if (!activity.project().empty()) request.add_subjects(activity.project());
  request.set_time_zone(activity.time_zone());
  round.Ask<risk::v1::SummarizeRisksResponse>(
      {"risks", "risk", ""}, absl::StrCat(kRisk, "SummarizeRisks"), request,
      [out](risk::v1::SummarizeRisksResponse& answer) { out->mutable_risks()->Swap(answer.mutable_risks()); });
}

}  // namespace

absl::StatusOr<v1::ActivityReadiness> GetActivityReadiness(const Clients& clients, const rpc::Call& call,
                                                           const v1::GetActivityReadinessRequest& request) {
  v1::ActivityReadiness readiness;
  FanOut round(call, clients, ShareOfDeadline(call, 0.5));
  RequireActivity(request.name(), round, &readiness);
  round.set_deadline(ShareOfDeadline(call, 0.9));
  round.Then([&] {
    AskAboutMaterials(readiness.activity(), round, &readiness);
    AskAboutMoney(readiness.activity(), round, &readiness);
    AskAboutStaff(readiness.activity(), round, &readiness);
    AskAboutRisks(readiness.activity(), round, &readiness);
  });
  AskAboutPreparation(request.name(), round, &readiness);
  AskAboutHoldings(request.name(), round, &readiness);
  RETURN_IF_ERROR(round.Run(readiness.mutable_missing()));
  readiness.set_ready(readiness.gate().open());
  *readiness.mutable_compute_time() = time::ToTimestamp(call.now);
  return readiness;
}

}  // namespace heitie::gateway
