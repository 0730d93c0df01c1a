#include "services/planning/plan/demand.h"

#include <utility>

#include "common/status/merge.h"
#include "common/status/status.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace heitie::planning {

using resource::v1::Allotment;

namespace {

const status::Reason kDemandShort{absl::StatusCode::kFailedPrecondition, "DEMAND_SHORT",
                                  "Not everything that {name} demands can be taken; nothing was, and it stays submitted.",
                                  "無法取得 {name} 所需的全部資源，未佔用任何資源，維持已提交。"};
const status::Phrase kObstacle("{subject}: {reason}", "{subject} 無法滿足（{reason}）。");

}  // namespace

Allotment AllotmentOf(const v1::Project& project, const v1::Scheme& scheme) {
  const v1::ResourceDemand& demand = scheme.demand();
  Allotment allotment;
  allotment.set_subject(project.name());
  for (const v1::ItemDemand& item : demand.items()) {
    if (item.supply() == v1::ItemDemand::SUPPLY_STOCK) {
      resource::v1::MaterialNeed& need = *allotment.add_materials();
      need.set_item(item.item());
      need.set_quantity(item.quantity());
      need.set_location(item.location());
      *need.mutable_need_date() = project.end_date();
    } else if (item.supply() == v1::ItemDemand::SUPPLY_PURCHASE) {
      resource::v1::AllotmentPurchase& purchase = *allotment.mutable_purchase();
      purchase.set_cost_center(demand.purchase_cost_center());
      purchase.set_requester(project.owner());
      *purchase.mutable_need_date() = project.start_date();
      auto& line = *purchase.add_lines();
      line.set_item(item.item());
      line.set_quantity(item.quantity());
      line.set_estimate_minor(item.estimate_minor());
      line.set_currency_code(project.currency_code());
    }
  }
  for (const v1::MoneyDemand& money : demand.money()) {
    resource::v1::MoneyNeed& need = *allotment.add_money();
    need.set_code(money.code());
    need.set_budget(money.budget());
    need.set_amount_minor(money.amount_minor());
    need.set_description(money.description());
  }
  allotment.set_staff_plan(demand.staff_plan());
  return allotment;
}

bool TakesAnything(const Allotment& allotment) {
  return !allotment.materials().empty() || !allotment.money().empty() || allotment.has_purchase() || !allotment.staff_plan().empty();
}

std::vector<v1::Defect> ObstaclesOf(const absl::Status& refusal) {
  std::vector<v1::Defect> obstacles;
  const auto add = [&](const std::string& subject, const std::string& reason, const std::string& description) {
    v1::Defect& obstacle = obstacles.emplace_back();
    obstacle.set_subject(subject);
    obstacle.set_reason(reason);
    obstacle.set_description(description);
  };
  const google::rpc::Status wire = status::ToProto(refusal, status::Language::kEnglish);
  for (const auto& detail : wire.details()) {
    if (google::rpc::PreconditionFailure failure; detail.UnpackTo(&failure)) {
      for (const auto& violation : failure.violations()) add(violation.subject(), violation.type(), violation.description());
    }
    if (google::rpc::BadRequest bad; detail.UnpackTo(&bad)) {
      for (const auto& violation : bad.field_violations()) add(violation.field(), violation.reason(), violation.description());
    }
  }
  if (obstacles.empty()) add("resource", status::ReasonOf(refusal), std::string(refusal.message()));
  return obstacles;
}

absl::Status ShortOf(const std::string& project, const std::vector<v1::Defect>& obstacles) {
  std::vector<status::ToldCondition> conditions;
  for (const v1::Defect& obstacle : obstacles) {
    status::Words words = status::Say(kObstacle, {{"subject", obstacle.subject()}, {"reason", obstacle.reason()}});
    words.en = obstacle.description();
    conditions.push_back({obstacle.subject(), obstacle.reason(), std::move(words)});
  }
  return status::Retell(conditions, kDemandShort, {{"name", project}});
}

}  // namespace heitie::planning
