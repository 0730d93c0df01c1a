#include "services/planning/plan/demand.h"

#include <map>
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
// What the refusals of the resource service come down to.
const status::Phrase kStockObstacle{"{subject} is short in stock.", "{subject} 的可用庫存不足。"};
const status::Phrase kBudgetObstacle{"{subject} has too little available.", "{subject} 的可用預算不足。"};
const status::Phrase kUncoveredObstacle{"No approved budget covers what is to be bought.", "沒有已核准的預算涵蓋所需採購。"};
const status::Phrase kUnapprovedObstacle{"{subject} is not approved, or not any more.", "{subject} 尚未核准或已結清。"};
const status::Phrase kPeriodObstacle{"Today is outside the period of {subject}.", "今天不在 {subject} 的預算期間內。"};
const status::Phrase kUnknownObstacle{"{subject} names something that does not exist.", "{subject} 所指的對象不存在。"};
const status::Phrase kRetiredObstacle{"{subject} is retired.", "{subject} 已停用，不再接受新的需求。"};
const status::Phrase kRateObstacle{"There is no exchange rate for {subject}.", "{subject} 缺少可用的匯率。"};
const status::Phrase kManagerObstacle{"{subject} has to be put into force by a manager who did not have it computed.",
                                      "{subject} 須由未參與計算的經理核准生效。"};
const status::Phrase kPlanObstacle{"{subject} does not hold any more; compute it anew.", "{subject} 的人力安排已不成立，請重新計算。"};
const status::Phrase kPersonObstacle{"{subject} cannot work on the planned days.", "{subject} 無法在排定的日期出勤。"};
const status::Phrase kOtherObstacle{"{subject}: {reason}", "{subject} 無法滿足（{reason}）。"};

status::Words ByReason(const std::string& subject, const std::string& reason) {
  static const auto& known = *new std::map<std::string, const status::Phrase*>{
      {"STOCK_SHORT", &kStockObstacle},
      {"BUDGET_SHORT", &kBudgetObstacle},
      {"NO_BUDGET", &kUncoveredObstacle},
      {"BUDGET_NOT_APPROVED", &kUnapprovedObstacle},
      {"OUTSIDE_BUDGET_PERIOD", &kPeriodObstacle},
      {"UNKNOWN_ITEM", &kUnknownObstacle},
      {"UNKNOWN_BUDGET", &kUnknownObstacle},
      {"UNKNOWN_LOCATION", &kUnknownObstacle},
      {"ITEM_RETIRED", &kRetiredObstacle},
      {"RATE_MISSING", &kRateObstacle},
      {"PLAN_NEEDS_MANAGER", &kManagerObstacle},
      {"PLAN_STALE", &kPlanObstacle},
      {"PLAN_DOES_NOT_HOLD", &kPlanObstacle},
      {"PERSON_NOT_EMPLOYED", &kPersonObstacle},
      {"PERSON_IN_OTHER_POSITION", &kPersonObstacle},
      {"PERSON_LACKS_CERTIFICATE", &kPersonObstacle},
      {"PERSON_ABSENT", &kPersonObstacle},
      {"PERSON_DAY_TAKEN", &kPersonObstacle},
  };
  const auto found = known.find(reason);
  return status::Say(found == known.end() ? kOtherObstacle : *found->second, {{"subject", subject}, {"reason", reason}});
}

// Subject or field, reason and sentence of each condition and bad field, in one language.
std::vector<v1::Defect> Conditions(const absl::Status& refusal, status::Language language) {
  std::vector<v1::Defect> found;
  const auto add = [&](const std::string& subject, const std::string& reason, const std::string& description) {
    v1::Defect& defect = found.emplace_back();
    defect.set_subject(subject);
    defect.set_reason(reason);
    defect.set_description(description);
  };
  const google::rpc::Status wire = status::ToProto(refusal, language);
  for (const auto& detail : wire.details()) {
    if (google::rpc::PreconditionFailure failure; detail.UnpackTo(&failure)) {
      for (const auto& violation : failure.violations()) add(violation.subject(), violation.type(), violation.description());
    }
    if (google::rpc::BadRequest bad; detail.UnpackTo(&bad)) {
      for (const auto& violation : bad.field_violations()) add(violation.field(), violation.reason(), violation.description());
    }
  }
  return found;
}

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

v1::Defect ObstacleOf(const std::string& subject, const std::string& reason, const status::Words& words) {
  v1::Defect obstacle;
  obstacle.set_subject(subject);
  obstacle.set_reason(reason);
  obstacle.set_description(words.en);
  obstacle.set_description_zh_tw(words.zh_tw);
  return obstacle;
}

std::vector<v1::Defect> ObstaclesOf(const absl::Status& refusal) {
  std::vector<v1::Defect> obstacles = Conditions(refusal, status::Language::kEnglish);
  const std::vector<v1::Defect> chinese = Conditions(refusal, status::Language::kTraditionalChinese);
  for (size_t i = 0; i < obstacles.size(); ++i) {
    v1::Defect& obstacle = obstacles[i];
    const bool told = i < chinese.size() && chinese[i].description() != obstacle.description();
    obstacle.set_description_zh_tw(told ? chinese[i].description() : ByReason(obstacle.subject(), obstacle.reason()).zh_tw);
  }
  if (!obstacles.empty()) return obstacles;
  status::Words words = ByReason("resource", status::ReasonOf(refusal));
  words.en = std::string(refusal.message());
  return {ObstacleOf("resource", status::ReasonOf(refusal), words)};
}

absl::Status ShortOf(const std::string& project, const std::vector<v1::Defect>& obstacles) {
  std::vector<status::ToldCondition> conditions;
  for (const v1::Defect& obstacle : obstacles) {
    status::Words words = ByReason(obstacle.subject(), obstacle.reason());
    words.en = obstacle.description();
    // One that was kept before Chinese was is told by its reason.
    if (!obstacle.description_zh_tw().empty() && obstacle.description_zh_tw() != words.zh_tw) {
      words.zh_tw = words.zh_cn = obstacle.description_zh_tw();
    }
    conditions.push_back({obstacle.subject(), obstacle.reason(), std::move(words)});
  }
  return status::Retell(conditions, kDemandShort, {{"name", project}});
}

}  // namespace heitie::planning
