#include "services/activity/launch/facts.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/client/gather.h"
#include "common/client/own_call.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/personnel/v1/training_service.methods.h"
#include "heitie/planning/v1/plan_service.methods.h"
#include "heitie/planning/v1/scheme_service.methods.h"
#include "heitie/resource/v1/material_service.methods.h"
#include "heitie/resource/v1/money_service.methods.h"
#include "heitie/risk/v1/register_service.methods.h"
#include "services/activity/launch/allotting.h"

namespace heitie::activity {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(3);

personnel::v1::CheckQualificationRequest QualificationQuestion(const GateFacts& facts) {
  const v1::Activity& activity = facts.activity;
  personnel::v1::CheckQualificationRequest request;
  for (const auto& assignment : activity.staff()) request.add_employees(assignment.employee());
  *request.mutable_requirement()->mutable_courses() = activity.training_requirement().courses();
  // Days that have passed at the moment of a late launch do not count any more; an end at midnight does not begin a day.
  const absl::Time end = time::ToTime(activity.end_time()) - absl::Microseconds(1);
  const absl::Time start = std::min(std::max(time::ToTime(activity.start_time()), facts.moment), end);
  *request.mutable_start_date() = time::DateOf(start, activity.time_zone());
  *request.mutable_end_date() = time::DateOf(end, activity.time_zone());
  return request;
}

// On behalf of whoever holds what the activity draws on: of its project, once launched of itself.
resource::v1::CheckStockRequest StockQuestion(const v1::Activity& activity, const std::string& subject, const absl::TimeZone& zone) {
  resource::v1::CheckStockRequest request;
  request.set_subject(subject);
  *request.mutable_need_date() = LastDayOfUse(activity, zone);
  for (const auto& line : activity.bill_of_materials()) {
    auto* asked = request.add_lines();
    asked->set_item(line.item());
    asked->set_quantity(line.quantity());
  }
  return request;
}

// A request that only names what it asks for.
template <typename Request>
Request Named(const std::string& name) {
  Request request;
  request.set_name(name);
  return request;
}

void AskPlanning(client::Gather& questions, GateFacts& facts) {
  const v1::Activity& activity = facts.activity;
  questions.Ask(planning::v1::method::GetProject, Named<planning::v1::GetProjectRequest>(activity.project()), &facts.project);
  questions.Ask(planning::v1::method::GetScheme, Named<planning::v1::GetSchemeRequest>(activity.scheme()), &facts.scheme);
}

void AskMoney(client::Gather& questions, const std::string& encumbrance, FactGatherer::Extent extent, GateFacts& facts) {
  if (encumbrance.empty() || extent == FactGatherer::Extent::kFull) {
    questions.Ask(resource::v1::method::GetBudget, Named<resource::v1::GetBudgetRequest>(facts.activity.budget()), &facts.budget);
  }
  if (encumbrance.empty() && !IsLaunched(facts.activity)) {
    resource::v1::ListEncumbrancesRequest of_project;
    of_project.set_filter(absl::StrCat("subject = \"", facts.activity.project(), "\" AND budget = \"", facts.activity.budget(), "\""));
    of_project.set_page_size(1000);
    facts.project_money.emplace();
    questions.Ask(resource::v1::method::ListEncumbrances, of_project, &*facts.project_money);
  }
  if (encumbrance.empty()) return;
  facts.encumbrance.emplace();
  questions.Ask(resource::v1::method::GetEncumbrance, Named<resource::v1::GetEncumbranceRequest>(encumbrance), &*facts.encumbrance);
}

void AskMaterials(client::Gather& questions, const std::string& reservation, const absl::TimeZone& zone, FactGatherer::Extent extent,
                  GateFacts& facts) {
  if (reservation.empty() || extent == FactGatherer::Extent::kFull) {
    const std::string& subject = reservation.empty() ? facts.activity.project() : facts.activity.name();
    questions.Ask(resource::v1::method::CheckStock, StockQuestion(facts.activity, subject, zone), &facts.stock);
  }
  if (reservation.empty()) return;
  facts.reservation.emplace();
  questions.Ask(resource::v1::method::GetReservation, Named<resource::v1::GetReservationRequest>(reservation), &*facts.reservation);
}

void AskPersonnel(client::Gather& questions, GateFacts& facts) {
  questions.Ask(personnel::v1::method::CheckQualification, QualificationQuestion(facts), &facts.qualification);
}

void AskRisk(client::Gather& questions, GateFacts& facts) {
  risk::v1::SummarizeRisksRequest request;
  request.add_subjects(facts.activity.name());
  request.add_subjects(facts.activity.project());
  *request.mutable_time() = time::ToTimestamp(facts.moment);
  // A regulation may come into force on one of its days.
  *request.mutable_until_time() = facts.activity.end_time();
  request.set_time_zone(facts.activity.time_zone());
  questions.Ask(risk::v1::method::SummarizeRisks, request, &facts.risks);
}

}  // namespace

rpc::Call AsService(const rpc::Call& call) { return client::OwnCall(call, "activity"); }

void FactGatherer::Gather(const rpc::Call& call, const std::string& reservation, const std::string& encumbrance, Extent extent,
                          GateFacts& facts) const {
  rpc::Call own = AsService(call);
  client::Gather questions(own, context_.client, own.deadline, kPatience);
  AskPlanning(questions, facts);
  if (NeedsMoney(facts.activity)) AskMoney(questions, encumbrance, extent, facts);
  if (NeedsMaterials(facts.activity)) AskMaterials(questions, reservation, context_.time_zone, extent, facts);
  if (HasStaff(facts.activity)) AskPersonnel(questions, facts);
  const auto shifts = ShiftQuestion(facts.shifts, facts.moment);
  if (!shifts.cases().empty()) {
    questions.Ask(personnel::v1::method::CheckQualificationCases, shifts, &facts.shift_qualification);
  }
  AskRisk(questions, facts);
  // Each answer stands where it was asked for, and so does what went wrong.
  questions.Run(nullptr).IgnoreError();
}

}  // namespace heitie::activity
