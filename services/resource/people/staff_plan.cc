#include "services/resource/people/staff_plan.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <tuple>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/resource/people/person_days.h"
#include "services/resource/people/planning.h"
#include "services/resource/people/tables.h"

namespace heitie::resource {

using v1::StaffDemand;
using v1::StaffPlan;

const status::Reason kPlanTooLong{absl::StatusCode::kInvalidArgument, "STAFF_PLAN_TOO_LONG",
                                  "{days:count} days are asked for, at most {most:count} are planned at a time.",
                                  "要求 {days:count} 天，一次最多 {most:count} 天。"};
const status::Reason kPlanTooLarge{
    absl::StatusCode::kFailedPrecondition, "PLAN_TOO_LARGE",
    "There are {options:count} ways to fill a place, at most {most:count} can be compared: name fewer demands or days.",
    "共有 {options:count} 種安排，最多可比較 {most:count} 種：請減少需求或天數。"};
const status::Reason kPlanOver{absl::StatusCode::kFailedPrecondition, "PLAN_OVER", "{plan} ended on {end}, so there is nothing to plan.",
                               "{plan} 已於 {end} 結束，無可排程。"};
const status::Reason kUnknownDemand{absl::StatusCode::kInvalidArgument, "UNKNOWN_DEMAND", "{demand} is no open demand.",
                                    "{demand} 不是進行中的人力需求。"};
const status::Reason kOwnPlan{absl::StatusCode::kFailedPrecondition, "OWN_PLAN",
                              "{person} had {plan} computed, so somebody else approves it.", "{plan} 由 {person} 提出，須由他人核准。"};
const status::Reason kPlanStale{absl::StatusCode::kFailedPrecondition, "PLAN_STALE",
                                "{plan} was computed for other demands: {demands:list} have changed since. Propose it again.",
                                "{plan} 提出後需求已變更：{demands:list}。請重新提出。"};
const status::Reason kPlanDoesNotHold{absl::StatusCode::kFailedPrecondition, "PLAN_DOES_NOT_HOLD",
                                      "{plan} does not hold any more. Propose it again.", "{plan} 已不成立，請重新提出。"};
const status::Reason kPersonNotEmployed{absl::StatusCode::kFailedPrecondition, "PERSON_NOT_EMPLOYED",
                                        "{employee} is not employed on {day}, as {demand} needs.",
                                        "{employee} 於 {day} 未在職，{demand} 需要其人力。"};
const status::Reason kPersonInOtherPosition{absl::StatusCode::kFailedPrecondition, "PERSON_IN_OTHER_POSITION",
                                            "{employee} holds another position on {day} than {demand} needs.",
                                            "{employee} 於 {day} 的職位不符 {demand} 所需。"};
const status::Reason kPersonLacksCertificate{absl::StatusCode::kFailedPrecondition, "PERSON_LACKS_CERTIFICATE",
                                             "{employee} has no valid certificate of {course} on {day}, as {demand} needs.",
                                             "{employee} 於 {day} 沒有 {demand} 所需的 {course} 有效證書。"};
const status::Reason kPersonAbsent{absl::StatusCode::kFailedPrecondition, "PERSON_ABSENT",
                                   "{employee} is absent on {day}, when {demand} needs people.",
                                   "{employee} 於 {day} 缺勤，{demand} 需要人力。"};
const status::Reason kPersonDayTaken{absl::StatusCode::kFailedPrecondition, "PERSON_DAY_TAKEN",
                                     "{employee} has {minutes:count} minutes too few on {day} for {demand}: they are taken otherwise.",
                                     "{employee} 於 {day} 少 {minutes:count} 分鐘，無法支援 {demand}：時間已另有安排。"};

namespace {

constexpr int64_t kMostOptions = 500'000;
constexpr char kDemandPrefix[] = "staffDemands/";

const status::Reason& ReasonOfMissing(StaffPlan::Missing::Kind kind) {
  switch (kind) {
    case StaffPlan::Missing::KIND_EMPLOYMENT:
      return kPersonNotEmployed;
    case StaffPlan::Missing::KIND_POSITION:
      return kPersonInOtherPosition;
    case StaffPlan::Missing::KIND_CERTIFICATE:
      return kPersonLacksCertificate;
    case StaffPlan::Missing::KIND_ABSENCE:
      return kPersonAbsent;
    default:
      return kPersonDayTaken;
  }
}

void AddBroken(const StaffPlan::Broken& broken, status::Unmet& unmet) {
  for (const StaffPlan::Missing& missing : broken.missing()) {
    status::Args args = {
        {"employee", broken.employee()}, {"demand", broken.demand()}, {"day", time::DayText(time::ToDay(missing.first_date()))}};
    if (missing.kind() == StaffPlan::Missing::KIND_CERTIFICATE) args.push_back({"course", missing.course()});
    if (missing.kind() == StaffPlan::Missing::KIND_MINUTES) args.push_back({"minutes", missing.minutes()});
    unmet.Add(broken.employee(), ReasonOfMissing(missing.kind()), args);
  }
}

int64_t OptionsOf(const assignment::Problem& problem) {
  int64_t options = 0;
  for (const assignment::Demand& demand : problem.demands) {
    for (const assignment::Day& day : demand.days) options += static_cast<int64_t>(day.options.size());
  }
  return options;
}

}  // namespace

const record::StateMachine& StaffPlanMachine() {
  using P = StaffPlan;
  static const auto& machine = *new record::StateMachine(
      P::State_descriptor(), {
                                 {P::STATE_DRAFT, "propose", P::STATE_PROPOSED, "there are days to come"},
                                 {P::STATE_PROPOSED, "propose", P::STATE_PROPOSED, "there are days to come"},
                                 {P::STATE_PROPOSED, "judge", P::STATE_PROPOSED, "a fact has changed", record::kConsequence},
                                 {P::STATE_PROPOSED, "approve", P::STATE_APPROVED, "by somebody else, every person-day holds and is free"},
                                 {P::STATE_DRAFT, "reject", P::STATE_REJECTED},
                                 {P::STATE_PROPOSED, "reject", P::STATE_REJECTED},
                                 {P::STATE_APPROVED, "judge", P::STATE_APPROVED, "a fact has changed", record::kConsequence},
                                 {P::STATE_APPROVED, "release", P::STATE_RELEASED},
                             });
  return machine;
}

absl::Status CheckSpan(const google::type::Date& start, const google::type::Date& end, int most, const std::string& end_field) {
  const absl::CivilDay first = time::ToDay(start), last = time::ToDay(end);
  status::BadFields bad;
  if (last < first) {
    bad.Add(end_field, status::kDatesReversed, {{"start", time::DayText(first)}, {"end", time::DayText(last)}});
  } else if (last - first >= most) {
    bad.Add(end_field, kPlanTooLong, {{"days", static_cast<int64_t>(last - first) + 1}, {"most", most}});
  }
  return bad.status();
}

std::vector<StaffPlan::Broken> BrokenOf(const StaffFacts& facts, const std::map<std::string, StaffDemand>& demands,
                                        const std::vector<PersonDay>& days, const std::map<EmployeeDay, int>& taken) {
  std::vector<StaffPlan::Broken> broken;
  if (days.empty()) return broken;
  const auto by_day = [](const PersonDay& a, const PersonDay& b) { return a.day < b.day; };
  const absl::CivilDay first = std::min_element(days.begin(), days.end(), by_day)->day;
  const absl::CivilDay last = std::max_element(days.begin(), days.end(), by_day)->day;
  std::map<EmployeeDay, int> all = taken;
  // A shift is how a day for its activity is worked, and takes nothing of it.
  std::set<std::tuple<std::string, absl::CivilDay, std::string>> own;
  for (const PersonDay& day : days) own.insert({day.employee, day.day, day.subject});
  for (const auto& [day, loads] : ActivityLoads(facts, first, last)) {
    for (const auto& load : loads) all[day] += own.count({day.first, day.second, load.subject()}) > 0 ? 0 : load.minutes();
  }
  std::map<std::pair<std::string, std::string>, std::vector<DemandDay>> places;
  for (const PersonDay& day : days) {
    all[{day.employee, day.day}] += day.minutes;
    places[{day.demand, day.employee}].push_back({day.day, day.minutes});
  }
  for (const auto& [key, of] : places) {
    const auto demand = demands.find(key.first);
    const auto employee = facts.people.find(key.second);
    if (demand == demands.end() || employee == facts.people.end()) continue;
    std::map<absl::CivilDay, int> left;
    for (const DemandDay& day : of) {
      left[day.day] = CapacityOn(facts, employee->second, day.day) - all[{key.second, day.day}] + day.minutes;
    }
    const auto missing = MissingOf(facts, demand->second, of, employee->second, left);
    if (missing.empty()) continue;
    StaffPlan::Broken& each = broken.emplace_back();
    each.set_demand(key.first);
    each.set_employee(key.second);
    for (const StaffPlan::Missing& one : missing) *each.add_missing() = one;
  }
  return broken;
}

absl::Status StaffPlans::Create(record::Transaction& tx, StaffPlan& plan) {
  RETURN_IF_ERROR(CheckSpan(plan.start_date(), plan.end_date(), kMostPlanDays, "staff_plan.end_date"));
  status::BadFields bad;
  for (int i = 0; i < plan.demands_size(); ++i) {
    const auto demand = tables_.demands.Find(tx.sql, plan.demands(i));
    if (!demand.ok() && !absl::IsNotFound(demand.status())) return demand.status();
    if (demand.ok() && demand->state() == StaffDemand::STATE_OPEN) continue;
    bad.Add(absl::StrCat("staff_plan.demands[", i, "]"), kUnknownDemand, {{"demand", plan.demands(i)}});
  }
  plan.set_state(StaffPlan::STATE_DRAFT);
  return bad.status();
}

absl::Status StaffPlans::Compute(const rpc::Call& call, StaffPlan& plan) const {
  ASSIGN_OR_RETURN(const PlanInput input,
                   tables_.store.Read(call, [&](sql::Session& session) { return tables_.Input(session, call.now, plan); }));
  if (input.last < input.first) {
    return status::Error(kPlanOver, {{"plan", plan.name()}, {"end", time::DayText(input.last)}});
  }
  const assignment::Problem problem = ProblemOf(input);
  const int64_t options = OptionsOf(problem);
  if (options > kMostOptions) return status::Error(kPlanTooLarge, {{"options", options}, {"most", kMostOptions}});
  const absl::Duration time = std::min(absl::Seconds(input.facts.policy.solve_seconds()), (call.deadline - absl::Now()) * 0.8);
  ComputePlan(input, problem, std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(std::max(time, absl::Milliseconds(1))), plan);
  return absl::OkStatus();
}

absl::StatusOr<StaffPlan> StaffPlans::Propose(const rpc::Call& call, const v1::ProposeStaffPlanRequest& request) {
  StaffPlan computed, answer;
  const auto compute = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(computed, tables_.plans.Get(call, request.name()));
    RETURN_IF_ERROR(tables_.plans.Advance(computed, "propose"));
    return Compute(call, computed);
  };
  RETURN_IF_ERROR(tables_.store.Write(call, request, &answer, compute, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(answer, tables_.plans.Change(tx, request, "propose", [&](const StaffPlan& before, StaffPlan& after) -> absl::Status {
      if (before.etag() != computed.etag()) {
        return status::Error(status::kStaleEtag, {{"name", before.name()}, {"etag", computed.etag()}, {"current", before.etag()}});
      }
      after = computed;
      after.set_proposer(tx.call.principal.name);
      *after.mutable_propose_time() = time::ToTimestamp(tx.call.now);
      return absl::OkStatus();
    }));
    return absl::OkStatus();
  }));
  return answer;
}

absl::StatusOr<std::map<std::string, StaffDemand>> StaffPlans::LockDemands(record::Transaction& tx, const StaffPlan& plan) const {
  std::map<std::string, StaffDemand> demands;
  std::vector<std::string> changed;
  for (const StaffPlan::Fact& fact : plan.facts()) {
    if (!absl::StartsWith(fact.name(), kDemandPrefix)) continue;
    ASSIGN_OR_RETURN(StaffDemand demand, tables_.demands.Guard(tx, fact.name()));
    if (DemandVersion(demand) != fact.version()) changed.push_back(fact.name());
    demands.emplace(fact.name(), std::move(demand));
  }
  if (!changed.empty()) return status::Error(kPlanStale, {{"plan", plan.name()}, {"demands", absl::StrJoin(changed, ", ")}});
  return demands;
}

absl::Status StaffPlans::Take(record::Transaction& tx, const StaffPlan& plan) const {
  ASSIGN_OR_RETURN(const auto demands, LockDemands(tx, plan));
  std::vector<std::string> names;
  for (const auto& [name, demand] : demands) names.push_back(name);
  const absl::CivilDay first = std::max(tables_.Today(tx.call), time::ToDay(plan.start_date()));
  const std::vector<PersonDay> given = PersonDaysOf(plan, demands, first);
  ASSIGN_OR_RETURN(const std::vector<PersonDay> away, LockDaysOf(tx, names, first, time::ToDay(plan.end_date())));
  std::set<EmployeeDay> held;
  for (const PersonDay& day : given) held.insert({day.employee, day.day});
  for (const PersonDay& day : away) held.insert({day.employee, day.day});
  ASSIGN_OR_RETURN(auto taken, HoldDays(tx, held));
  for (const PersonDay& day : away) taken[{day.employee, day.day}] -= day.minutes;
  ASSIGN_OR_RETURN(const StaffFacts facts, tables_.Facts(tx.sql, tx.call.now));
  status::Unmet unmet;
  for (const StaffPlan::Broken& broken : BrokenOf(facts, demands, given, taken)) AddBroken(broken, unmet);
  RETURN_IF_ERROR(unmet.status(kPlanDoesNotHold, {{"plan", plan.name()}}));
  return ReplaceDays(tx, away, given);
}

absl::StatusOr<StaffPlan> StaffPlans::Approve(record::Transaction& tx, const v1::ApproveStaffPlanRequest& request) {
  return Approve(tx, record::Target(request.name(), request.etag()));
}

absl::StatusOr<StaffPlan> StaffPlans::Release(record::Transaction& tx, const v1::ReleaseStaffPlanRequest& request) {
  return Release(tx, record::Target(request.name(), request.etag()), request.reason());
}

absl::Status StaffPlans::PutInForce(record::Transaction& tx, const std::string& name) const {
  return Approve(tx, record::Target(name)).status();
}

absl::Status StaffPlans::GiveBack(record::Transaction& tx, const std::string& name, const std::string& reason) const {
  ASSIGN_OR_RETURN(const StaffPlan plan, tables_.plans.Find(tx.sql, name));
  return plan.state() == StaffPlan::STATE_APPROVED ? Release(tx, record::Target(name), reason).status() : absl::OkStatus();
}

absl::StatusOr<StaffPlan> StaffPlans::Approve(record::Transaction& tx, const record::Target& target) const {
  return tables_.plans.Change(tx, target, "approve", [&](const StaffPlan& before, StaffPlan& after) -> absl::Status {
    if (before.proposer() == tx.call.principal.name) {
      return status::Error(kOwnPlan, {{"plan", before.name()}, {"person", tx.call.principal.name}});
    }
    RETURN_IF_ERROR(Take(tx, before));
    after.set_approver(tx.call.principal.name);
    *after.mutable_approve_time() = time::ToTimestamp(tx.call.now);
    after.clear_broken();
    return absl::OkStatus();
  });
}

absl::StatusOr<StaffPlan> StaffPlans::Reject(record::Transaction& tx, const v1::RejectStaffPlanRequest& request) {
  return tables_.plans.Change(tx, request, "reject", [&](StaffPlan& after) { after.set_state_reason(request.reason()); });
}

absl::StatusOr<StaffPlan> StaffPlans::Release(record::Transaction& tx, const record::Target& target, const std::string& reason) const {
  return tables_.plans.Change(tx, target, "release", [&](StaffPlan& after) -> absl::Status {
    std::set<std::string> demands;
    for (const StaffPlan::Assignment& assignment : after.assignments()) demands.insert(assignment.demand());
    ASSIGN_OR_RETURN(std::vector<PersonDay> days,
                     LockDaysOf(tx, {demands.begin(), demands.end()}, tables_.Today(tx.call), time::ToDay(after.end_date())));
    std::erase_if(days, [&](const PersonDay& day) { return day.plan != after.name(); });
    std::set<EmployeeDay> held;
    for (const PersonDay& day : days) held.insert({day.employee, day.day});
    RETURN_IF_ERROR(HoldDays(tx, held).status());
    after.set_state_reason(reason);
    after.clear_broken();
    return ReplaceDays(tx, days, {});
  });
}

void StaffPlans::Bind(record::Methods& methods) {
  methods.Reads(tables_.plans);
  methods.Creates(tables_.plans, this, &StaffPlans::Create);
  methods.Updates(tables_.plans);
  methods.Bind("ProposeStaffPlan", this, &StaffPlans::Propose);
  methods.Bind("ApproveStaffPlan", this, &StaffPlans::Approve);
  methods.Bind("RejectStaffPlan", this, &StaffPlans::Reject);
  methods.Bind("ReleaseStaffPlan", this, &StaffPlans::Release);
}

}  // namespace heitie::resource
