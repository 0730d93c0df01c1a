#include "services/activity/launch/allotting.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/argument.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "heitie/resource/v1/allotment_service.methods.h"
#include "services/activity/launch/launch_gate.h"

namespace heitie::activity {

using resource::v1::Allotment;
using v1::Activity;

namespace {

// What is not met, as another service says it.
google::rpc::PreconditionFailure ConditionsOf(const absl::Status& refusal) {
  google::rpc::PreconditionFailure failure;
  const google::rpc::Status wire = status::ToProto(refusal, status::Language::kEnglish);
  for (const auto& detail : wire.details()) detail.UnpackTo(&failure);
  return failure;
}

}  // namespace

google::type::Date LastDayOfUse(const Activity& activity, const absl::TimeZone& zone) {
  return time::ToDate(absl::ToCivilDay(time::ToTime(activity.end_time()) - absl::Microseconds(1), zone));
}

Allotment AllotmentFor(const Activity& activity, const Wanted& wanted, const absl::TimeZone& zone) {
  Allotment allotment;
  allotment.set_subject(activity.name());
  allotment.set_draw_on(activity.project());
  if (wanted.materials) {
    for (const auto& line : activity.bill_of_materials()) {
      resource::v1::MaterialNeed& need = *allotment.add_materials();
      need.set_item(line.item());
      need.set_quantity(line.quantity());
      *need.mutable_need_date() = LastDayOfUse(activity, zone);
    }
  }
  if (wanted.money) {
    resource::v1::MoneyNeed& need = *allotment.add_money();
    need.set_code(kMoneyCode);
    need.set_budget(activity.budget());
    need.set_amount_minor(activity.budget_amount_minor());
    need.set_description(activity.title());
  }
  if (wanted.people) allotment.set_staff_plan(activity.staff_plan());
  return allotment;
}

std::string EncumbranceOf(const Allotment& allotment) {
  for (const auto& need : allotment.money()) {
    if (need.code() == kMoneyCode) return need.encumbrance();
  }
  return "";
}

std::vector<v1::Precondition> PreconditionsOf(const absl::Status& refusal, const Wanted& wanted) {
  std::vector<v1::Precondition> found;
  const auto add = [&](v1::Precondition precondition) {
    if (std::find(found.begin(), found.end(), precondition) == found.end()) found.push_back(precondition);
  };
  const google::rpc::PreconditionFailure conditions = ConditionsOf(refusal);
  for (const auto& violation : conditions.violations()) {
    if (absl::StartsWith(violation.subject(), "items/")) {
      add(v1::PRECONDITION_MATERIALS);
    } else if (absl::StartsWith(violation.subject(), "budgets/") || violation.subject() == kMoneyCode) {
      add(v1::PRECONDITION_BUDGET);
    } else {
      add(wanted.people ? v1::PRECONDITION_STAFF_QUALIFIED : v1::PRECONDITION_MATERIALS);
    }
  }
  if (found.empty()) {
    add(wanted.materials ? v1::PRECONDITION_MATERIALS : wanted.money ? v1::PRECONDITION_BUDGET : v1::PRECONDITION_STAFF_QUALIFIED);
  }
  std::sort(found.begin(), found.end());
  return found;
}

status::Words ShortagesIn(const absl::Status& refusal) {
  std::vector<std::string> sentences, names;
  const google::rpc::PreconditionFailure conditions = ConditionsOf(refusal);
  for (const auto& violation : conditions.violations()) {
    sentences.push_back(violation.description());
    names.push_back(absl::StrCat(violation.subject(), "（", violation.type(), "）"));
  }
  if (sentences.empty()) return status::Say(refusal);
  const std::string chinese = absl::StrJoin(names, "、");
  return {absl::StrJoin(sentences, " "), chinese, chinese};
}

std::vector<v1::PreconditionVerdict> RefusedAllotment(const absl::Status& refusal, const Wanted& wanted,
                                                      const std::vector<v1::PreconditionVerdict>& gate, status::Language language) {
  std::vector<v1::PreconditionVerdict> verdicts;
  for (const v1::Precondition precondition : PreconditionsOf(refusal, wanted)) {
    const auto said = std::find_if(gate.begin(), gate.end(), [&](const v1::PreconditionVerdict& verdict) {
      return verdict.precondition() == precondition && verdict.verdict() == v1::VERDICT_UNMET;
    });
    verdicts.push_back(said != gate.end()
                           ? *said
                           : Unmet(precondition, kFactsRefused, {{"service", "resource"}, {"why", ShortagesIn(refusal)}}, language));
  }
  return verdicts;
}

absl::Status ReleaseAllotment(const service::Context& context, const rpc::Call& call, const std::string& name,
                              const std::string& request_id, const std::string& reason) {
  if (name.empty()) return absl::OkStatus();
  resource::v1::ReleaseAllotmentRequest request;
  request.set_name(name);
  request.set_reason(reason);
  request.set_request_id(request_id);
  const absl::Status released = context.Call(call, resource::v1::method::ReleaseAllotment, request).status();
  return absl::IsNotFound(released) ? absl::OkStatus() : released;
}

}  // namespace heitie::activity
