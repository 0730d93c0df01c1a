#include "services/activity/amendment/amendment_rules.h"

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/activity/launch/allotting.h"
#include "services/activity/launch/launch_gate.h"
#include "services/activity/preparation/activity.h"

namespace heitie::activity {

using absl::StatusCode;
using resource::v1::Allotment;
using v1::Activity;
using v1::ActivityScope;
using v1::Amendment;

const status::Reason kNotRunning{StatusCode::kFailedPrecondition, "NOT_RUNNING",
                                 "{activity} is {state}; only what is LIVE or PAUSED is amended.",
                                 "{activity} 狀態為 {state}，僅可變更上線中或暫停的活動。"};
const status::Reason kNothingAmended{StatusCode::kFailedPrecondition, "NOTHING_AMENDED", "The amendment changes nothing of {activity}.",
                                     "此變更未改動 {activity}。"};
const status::Reason kEndPassed{StatusCode::kInvalidArgument, "END_PASSED", "{end} is past.", "{end} 已過。"};
const status::Reason kBudgetFixed{StatusCode::kInvalidArgument, "BUDGET_FIXED", "The activity is paid from {budget}, which stays.",
                                  "活動由 {budget} 支付，不可更換。"};
const status::Reason kAmendedByHand{
    StatusCode::kFailedPrecondition, "AMENDED_BY_HAND",
    "What {activity} holds was reserved and committed one by one; its goods and money are not amended. End it and launch it anew.",
    "{activity} 的物資與款項為逐項預留，無法變更；請結束後重新上線。"};
const status::Reason kOwnAmendment{StatusCode::kFailedPrecondition, "OWN_AMENDMENT",
                                   "{proposer} proposed {amendment}; another manager approves it.",
                                   "{amendment} 由 {proposer} 提出，須由另一位經理核准。"};
const status::Reason kAmendmentUnderWay{StatusCode::kFailedPrecondition, "AMENDMENT_IN_PROGRESS",
                                        "{amendment} of {activity} is being carried out.", "{activity} 的 {amendment} 正在執行。"};
const status::Reason kScopeChanged{StatusCode::kFailedPrecondition, "SCOPE_CHANGED",
                                   "The scope has changed since {amendment} was proposed; propose it anew.",
                                   "{amendment} 提出後範圍已變更，請重新提出。"};
const status::Reason kAmendmentRefused{StatusCode::kFailedPrecondition, "AMENDMENT_REFUSED",
                                       "{activity} cannot be amended so: {preconditions:list}; its scope is as it was.",
                                       "{activity} 不可如此變更：{preconditions:list}；範圍維持不變。"};
const status::Reason kAmendedBelowUse{StatusCode::kFailedPrecondition, "AMENDED_BELOW_USE",
                                      "More is handed out or spent already (used/to be held): {used:list}.",
                                      "已發出或支出更多（已用／擬保留）：{used:list}。"};
const status::Reason kAmendmentGivenUp{StatusCode::kFailedPrecondition, "AMENDMENT_GIVEN_UP",
                                       "{amendment} was given up, because a service did not answer for too long. Approve it again.",
                                       "因服務過久未回應，{amendment} 已放棄，請重新核准。"};
const status::Reason kAmendmentOvertaken{StatusCode::kFailedPrecondition, "AMENDMENT_OVERTAKEN",
                                         "{activity} ended or changed while it was being amended.",
                                         "{activity} 於變更執行期間已結束或變動。"};

namespace {

template <typename Message>
bool Same(const Message& a, const Message& b) {
  return a.SerializeAsString() == b.SerializeAsString();
}

template <typename List>
bool SameList(const List& a, const List& b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](const auto& one, const auto& other) { return Same(one, other); });
}

bool IsRunning(const Activity& activity) { return activity.state() == Activity::STATE_LIVE || activity.state() == Activity::STATE_PAUSED; }

bool ChangesMaterials(const Amendment& amendment) {
  const ActivityScope& before = amendment.scope_before();
  const ActivityScope& after = amendment.scope();
  const bool another_day = !Same(before.end_time(), after.end_time()) && !after.bill_of_materials().empty();
  return another_day || !SameList(before.bill_of_materials(), after.bill_of_materials());
}

bool ChangesMoney(const Amendment& amendment) {
  return amendment.scope_before().budget_amount_minor() != amendment.scope().budget_amount_minor();
}

template <typename List, typename Name>
void CheckOnce(const List& list, const char* path, const char* field, const Name& name, status::BadFields& bad) {
  std::set<std::string> seen;
  for (int i = 0; i < list.size(); ++i) {
    if (!seen.insert(name(list[i])).second) {
      bad.Add(absl::StrCat("amendment.scope.", path, "[", i, "].", field), kValueTwice, {{"value", name(list[i])}});
    }
  }
}

}  // namespace

const record::StateMachine& AmendmentMachine() {
  static const auto& machine = *new record::StateMachine(
      Amendment::State_descriptor(),
      {
          {Amendment::STATE_PROPOSED, "approve", Amendment::STATE_CHECKING, "by a manager who did not propose it"},
          {Amendment::STATE_PROPOSED, "reject", Amendment::STATE_REJECTED},
          {Amendment::STATE_PROPOSED, "withdraw", Amendment::STATE_WITHDRAWN},
          {Amendment::STATE_CHECKING, "open_gate", Amendment::STATE_TAKING, "the gate is open for the amended activity",
           record::kConsequence},
          {Amendment::STATE_CHECKING, "refuse", Amendment::STATE_PROPOSED, "the gate is closed", record::kConsequence},
          {Amendment::STATE_TAKING, "take", Amendment::STATE_APPLYING, "what is needed more is held", record::kConsequence},
          {Amendment::STATE_TAKING, "refuse", Amendment::STATE_PROPOSED, "something is short", record::kConsequence},
          {Amendment::STATE_TAKING, "give_up", Amendment::STATE_GIVING_BACK, "nobody answers", record::kConsequence},
          {Amendment::STATE_APPLYING, "apply", Amendment::STATE_SETTLING, "the activity has its new scope", record::kConsequence},
          {Amendment::STATE_APPLYING, "give_up", Amendment::STATE_GIVING_BACK, "the activity has ended or changed", record::kConsequence},
          {Amendment::STATE_SETTLING, "settle", Amendment::STATE_APPLIED, "what is needed less is free", record::kConsequence},
          {Amendment::STATE_GIVING_BACK, "refuse", Amendment::STATE_PROPOSED, "what was taken is free", record::kConsequence},
      });
  return machine;
}

ActivityScope CurrentScope(const Activity& activity) {
  ActivityScope scope;
  scope.set_scheme(activity.scheme());
  *scope.mutable_start_time() = activity.start_time();
  *scope.mutable_end_time() = activity.end_time();
  scope.set_time_zone(activity.time_zone());
  scope.set_budget(activity.budget());
  scope.set_budget_amount_minor(activity.budget_amount_minor());
  *scope.mutable_bill_of_materials() = activity.bill_of_materials();
  for (const v1::StaffAssignment& assignment : activity.staff()) {
    v1::AmendedStaff& staff = *scope.add_staff();
    staff.set_employee(assignment.employee());
    staff.set_role(assignment.role());
  }
  if (activity.has_training_requirement()) *scope.mutable_training_requirement() = activity.training_requirement();
  return scope;
}

void Amend(const Amendment& amendment, Activity& activity) {
  const ActivityScope& scope = amendment.scope();
  activity.set_scheme(scope.scheme());
  *activity.mutable_start_time() = scope.start_time();
  *activity.mutable_end_time() = scope.end_time();
  activity.set_time_zone(scope.time_zone());
  activity.set_budget(scope.budget());
  activity.set_budget_amount_minor(scope.budget_amount_minor());
  *activity.mutable_bill_of_materials() = scope.bill_of_materials();
  if (!SameList(amendment.scope_before().staff(), scope.staff())) {
    activity.clear_staff();
    for (const v1::AmendedStaff& staff : scope.staff()) {
      v1::StaffAssignment& assignment = *activity.add_staff();
      assignment.set_employee(staff.employee());
      assignment.set_role(staff.role());
    }
  }
  activity.clear_training_requirement();
  if (scope.has_training_requirement()) *activity.mutable_training_requirement() = scope.training_requirement();
}

bool IsScopeOf(const Amendment& amendment, const Activity& activity) {
  ActivityScope now = CurrentScope(activity), then = amendment.scope_before();
  if (SameList(then.staff(), amendment.scope().staff())) {
    now.clear_staff();
    then.clear_staff();
  }
  return Same(now, then);
}

absl::Status CheckProposal(const Amendment& amendment, const Activity& activity, absl::Time now) {
  const ActivityScope& scope = amendment.scope();
  status::BadFields bad;
  const absl::Time end = time::ToTime(scope.end_time());
  if (time::ToTime(scope.start_time()) >= end) bad.Add("amendment.scope.end_time", kStartNotBeforeEnd);
  if (end <= now) bad.Add("amendment.scope.end_time", kEndPassed, {{"end", time::LocalText(end, scope.time_zone())}});
  if (scope.budget_amount_minor() > 0 && scope.budget().empty()) bad.Add("amendment.scope.budget", kBudgetMissing);
  if (!activity.budget().empty() && scope.budget() != activity.budget()) {
    bad.Add("amendment.scope.budget", kBudgetFixed, {{"budget", activity.budget()}});
  }
  CheckOnce(
      scope.bill_of_materials(), "bill_of_materials", "item", [](const auto& line) { return line.item(); }, bad);
  CheckOnce(
      scope.staff(), "staff", "employee", [](const auto& staff) { return staff.employee(); }, bad);
  if (absl::Status status = bad.status(); !status.ok()) return status;
  if (!IsRunning(activity)) {
    return status::Error(kNotRunning, {{"activity", activity.name()}, {"state", Activity::State_Name(activity.state()).substr(6)}});
  }
  if (Same(scope, amendment.scope_before())) return status::Error(kNothingAmended, {{"activity", activity.name()}});
  const bool one_by_one = activity.allotment().empty() && (!activity.reservation().empty() || !activity.encumbrance().empty());
  if (one_by_one && (ChangesMaterials(amendment) || ChangesMoney(amendment))) {
    return status::Error(kAmendedByHand, {{"activity", activity.name()}});
  }
  return absl::OkStatus();
}

std::vector<v1::PreconditionVerdict> Deciding(const std::vector<v1::PreconditionVerdict>& verdicts) {
  std::vector<v1::PreconditionVerdict> deciding;
  for (const v1::PreconditionVerdict& verdict : verdicts) {
    switch (verdict.precondition()) {
      case v1::PRECONDITION_BUDGET:
      case v1::PRECONDITION_MATERIALS:
      case v1::PRECONDITION_INCIDENTS_SETTLED:
        break;
      default:
        deciding.push_back(verdict);
    }
  }
  return deciding;
}

Wanted AmendedParts(const Amendment& amendment, const std::vector<v1::PreconditionVerdict>& verdicts) {
  Wanted wanted{.materials = ChangesMaterials(amendment), .money = ChangesMoney(amendment), .people = false};
  for (const v1::PreconditionVerdict& verdict : verdicts) {
    if (verdict.verdict() != v1::VERDICT_WAIVED) continue;
    if (verdict.precondition() == v1::PRECONDITION_MATERIALS) wanted.materials = false;
    if (verdict.precondition() == v1::PRECONDITION_BUDGET) wanted.money = false;
  }
  return wanted;
}

Allotment NeedsOf(const Activity& activity, const ActivityScope& scope, const Wanted& wanted, const absl::TimeZone& zone) {
  Activity scoped = activity;
  *scoped.mutable_end_time() = scope.end_time();
  scoped.set_budget(scope.budget());
  scoped.set_budget_amount_minor(scope.budget_amount_minor());
  *scoped.mutable_bill_of_materials() = scope.bill_of_materials();
  Wanted present = wanted;
  present.money = wanted.money && scope.budget_amount_minor() > 0;
  return AllotmentFor(scoped, present, zone);
}

Allotment Both(const Allotment& before, const Allotment& after) {
  Allotment both = after;
  for (const auto& old : before.materials()) {
    auto* const materials = both.mutable_materials();
    const auto found = std::find_if(materials->begin(), materials->end(), [&](const auto& need) { return need.item() == old.item(); });
    if (found == materials->end()) {
      *both.add_materials() = old;
      continue;
    }
    found->set_quantity(std::max(found->quantity(), old.quantity()));
    if (time::ToDay(old.need_date()) > time::ToDay(found->need_date())) *found->mutable_need_date() = old.need_date();
  }
  for (const auto& old : before.money()) {
    auto* const money = both.mutable_money();
    const auto found = std::find_if(money->begin(), money->end(), [&](const auto& need) { return need.code() == old.code(); });
    if (found == money->end()) {
      *both.add_money() = old;
    } else {
      found->set_amount_minor(std::max(found->amount_minor(), old.amount_minor()));
    }
  }
  return both;
}

bool GivesBack(const Allotment& both, const Allotment& after) {
  return !SameList(both.materials(), after.materials()) || !SameList(both.money(), after.money());
}

Allotment AtMost(const Allotment& held, const Allotment& before) {
  Allotment most;
  for (const auto& need : held.materials()) {
    const auto& old = before.materials();
    const auto found = std::find_if(old.begin(), old.end(), [&](const auto& one) { return one.item() == need.item(); });
    if (found == old.end()) continue;
    auto& kept = *most.add_materials();
    kept = need;
    kept.set_quantity(std::min(need.quantity(), found->quantity()));
    *kept.mutable_need_date() = found->need_date();
  }
  for (const auto& need : held.money()) {
    const auto& old = before.money();
    const auto found = std::find_if(old.begin(), old.end(), [&](const auto& one) { return one.code() == need.code(); });
    if (found == old.end()) continue;
    auto& kept = *most.add_money();
    kept = need;
    kept.clear_encumbrance();
    kept.set_amount_minor(std::min(need.amount_minor(), found->amount_minor()));
  }
  return most;
}

std::vector<v1::PreconditionVerdict> BelowUse(const Allotment& after, const Wanted& wanted, const resource::v1::Reservation& reservation,
                                              const resource::v1::Encumbrance& encumbrance, status::Language language) {
  std::vector<v1::PreconditionVerdict> verdicts;
  std::vector<std::string> used;
  for (const auto& line : reservation.lines()) {
    int64_t asked = 0;
    for (const auto& need : after.materials()) asked += need.item() == line.item() ? need.quantity() : 0;
    if (line.issued_quantity() > asked) used.push_back(absl::StrCat(line.item(), " (", line.issued_quantity(), "/", asked, ")"));
  }
  if (wanted.materials && !used.empty()) {
    verdicts.push_back(Unmet(v1::PRECONDITION_MATERIALS, kAmendedBelowUse, {{"used", absl::StrJoin(used, ", ")}}, language));
  }
  int64_t asked = 0;
  for (const auto& need : after.money()) asked += need.amount_minor();
  if (wanted.money && encumbrance.actual_minor() > asked) {
    verdicts.push_back(Unmet(v1::PRECONDITION_BUDGET, kAmendedBelowUse,
                             {{"used", absl::StrCat(encumbrance.name(), " (", encumbrance.actual_minor(), "/", asked, ")")}}, language));
  }
  return verdicts;
}

}  // namespace heitie::activity
