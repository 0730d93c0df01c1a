#include "services/personnel/rights/delegation.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/personnel/staff/position.h"
#include "services/personnel/staff/teams.h"

namespace heitie::personnel {

const status::Reason kUnknownEmployee{absl::StatusCode::kInvalidArgument, "UNKNOWN_EMPLOYEE", "There is no employee {employee}.",
                                      "沒有員工 {employee}。"};
const status::Reason kDelegateIsDelegator{absl::StatusCode::kInvalidArgument, "DELEGATE_IS_DELEGATOR",
                                          "{name} has the roles of the own post already; delegate them to somebody else.",
                                          "{name} 的職位已有這些角色，請授權給其他人。"};
const status::Reason kDelegationInThePast{absl::StatusCode::kInvalidArgument, "DELEGATION_IN_THE_PAST",
                                          "A delegation cannot begin on {start}, which is over.", "授權不能自已過去的 {start} 開始。"};
const status::Reason kDelegationTooLong{absl::StatusCode::kInvalidArgument, "DELEGATION_TOO_LONG",
                                        "A delegation of {days} days is longer than the {most} that the access policy permits.",
                                        "授權 {days} 日，超過權限規則允許的 {most} 日。"};
const status::Reason kNotYourRoles{absl::StatusCode::kPermissionDenied, "NOT_YOUR_ROLES",
                                   "These are roles of the post of {delegator}: {delegator} or an operations manager decides about them.",
                                   "這些是 {delegator} 職位的角色，只能由 {delegator} 本人或運營經理處理。"};
const status::Reason kRoleNotHeld{absl::StatusCode::kFailedPrecondition, "ROLE_NOT_HELD",
                                  "The post of {name} does not grant the role {role} on {date}.",
                                  "{date} 當日 {name} 的職位不具 {role} 角色。"};

namespace {

using v1::Delegation;

constexpr char kEndDelegation[] = "end-delegation";
constexpr char kApproveAction[] = "approve";
// What waits for an approval is due when it would begin, and not sooner than this after it was proposed.
constexpr absl::Duration kTimeToApprove = absl::Hours(24);

absl::CivilDay FirstDay(const Delegation& delegation) { return time::ToDay(delegation.start_date()); }
absl::CivilDay LastDay(const Delegation& delegation) { return time::ToDay(delegation.end_date()); }

bool IsOpen(const Delegation& delegation) {
  return delegation.state() == Delegation::STATE_PROPOSED || delegation.state() == Delegation::STATE_GRANTED;
}

std::string RoleText(int role) { return options::v1::Role_Name(static_cast<options::v1::Role>(role)).substr(sizeof("ROLE_") - 1); }

}  // namespace

const record::StateMachine& DelegationMachine() {
  static const auto& machine =
      *new record::StateMachine(Delegation::State_descriptor(),
                                {{Delegation::STATE_PROPOSED, "approve", Delegation::STATE_GRANTED, "by a second person"},
                                 {Delegation::STATE_PROPOSED, "reject", Delegation::STATE_REJECTED, "by a second person"},
                                 {Delegation::STATE_PROPOSED, "revoke", Delegation::STATE_REVOKED},
                                 {Delegation::STATE_GRANTED, "revoke", Delegation::STATE_REVOKED},
                                 {Delegation::STATE_PROPOSED, "end", Delegation::STATE_ENDED, "after its last day", record::kConsequence},
                                 {Delegation::STATE_GRANTED, "end", Delegation::STATE_ENDED, "after its last day", record::kConsequence}});
  return machine;
}

void CheckDelegation(const Delegation& delegation, absl::CivilDay today, int most_days, status::BadFields& bad) {
  if (delegation.delegate() == delegation.delegator()) {
    bad.Add("delegation.delegate", kDelegateIsDelegator, {{"name", delegation.delegator()}});
  }
  for (int i = 0; i < delegation.roles_size(); ++i) {
    if (IsForPeople(delegation.roles(i))) continue;
    bad.Add(absl::StrCat("delegation.roles[", i, "]"), kRoleNotForPeople, {{"role", options::v1::Role_Name(delegation.roles(i))}});
  }
  const absl::CivilDay first = FirstDay(delegation), last = LastDay(delegation);
  if (first < today) bad.Add("delegation.start_date", kDelegationInThePast, {{"start", time::DayText(first)}});
  if (last < first) {
    bad.Add("delegation.end_date", status::kDatesReversed, {{"start", time::DayText(first)}, {"end", time::DayText(last)}});
  } else if (last - first + 1 > most_days) {
    bad.Add("delegation.end_date", kDelegationTooLong, {{"days", last - first + 1}, {"most", most_days}});
  }
}

std::optional<absl::CivilDay> FirstDayWithoutRole(const v1::Employee& delegator, const std::vector<v1::Position>& positions,
                                                  options::v1::Role role, absl::CivilDay first, absl::CivilDay last) {
  const std::set<std::string> with = PositionsWith(role, positions);
  absl::CivilDay day = first;  // up to here the role is there
  for (const Term& term : TermsOf(delegator)) {
    if (term.first <= day && day <= term.last && with.count(term.assignment.position()) > 0) {
      if (term.last >= last) return std::nullopt;
      day = term.last + 1;
    }
  }
  return day <= last ? std::optional(day) : std::nullopt;
}

Delegations::Delegations(const service::Context& context, const AccessPolicies& policies, const Employees& employees,
                         const record::Kind<v1::Position>& positions, const Approvals& approvals, const Steps& steps)
    : store_(context.store),
      zone_(context.time_zone),
      delegations_(context.store, &DelegationMachine()),
      policies_(policies),
      employees_(employees),
      positions_(positions),
      approvals_(approvals),
      steps_(steps) {
  // The two whom it concerns, those above them and who stands in for these, and managers; doors need the rows, but not why.
  const Teams::AskedBy below = employees.teams().Below(), absent = employees.teams().StandsInFor();
  const auto led = [below, absent](const rpc::Principal& caller) {
    std::vector<std::string> all = below(caller);
    for (const std::string& superior : absent(caller)) {
      for (std::string& name : below(rpc::Principal{superior})) all.push_back(std::move(name));
    }
    return all;
  };
  const record::Rule concerned = record::Own("delegator") || record::Own("delegate") || record::Among("delegator", led) ||
                                 record::Among("delegate", led) || record::Holds(options::v1::ROLE_OPERATIONS_MANAGER);
  delegations_.RestrictRows(concerned || record::Holds(options::v1::ROLE_SERVICE));
  delegations_.RestrictField("reason", concerned);
  delegations_.RestrictField("state_reason", concerned);
  delegations_.SetFollow(
      [this](record::Transaction& tx, const Delegation* before, const Delegation* after) { return Follow(tx, before, after); });
  context.jobs.Handle(kEndDelegation, [this](const rpc::Call& call, const job::Job& job) { return End(call, job); });
}

absl::Status Delegations::Follow(record::Transaction& tx, const Delegation*, const Delegation* after) const {
  const std::string job = absl::StrCat(after->name(), "/end");
  if (IsOpen(*after)) {
    RETURN_IF_ERROR(job::Schedule(tx, {job, kEndDelegation, after->name(), absl::FromCivil(LastDay(*after) + 1, zone_)}));
  } else {
    RETURN_IF_ERROR(job::Cancel(tx, job));
  }
  if (after->state() != Delegation::STATE_PROPOSED) return steps_.Done(tx, after->name(), kApproveAction);
  ASSIGN_OR_RETURN(const std::string approver, approvals_.Approver(tx.sql, after->creator(), DayOf(tx.call.now), {after->delegate()}));
  const absl::Time due = std::max(absl::FromCivil(FirstDay(*after), zone_), tx.call.now + kTimeToApprove);
  return steps_.Open(tx, {after->name(), kApproveAction, approver, due});
}

absl::Status Delegations::CheckPosts(record::Transaction& tx, const Delegation& delegation, absl::CivilDay from) const {
  ASSIGN_OR_RETURN(const v1::Employee delegate, employees_.kind().Find(tx.sql, delegation.delegate()));
  const absl::CivilDay first = std::max(FirstDay(delegation), from), last = LastDay(delegation);
  for (const absl::CivilDay day : {first, last}) {
    if (EmployedOn(delegate, day)) continue;
    return status::Error(kOutsideEmployment, {{"name", delegate.name()}, {"date", time::DayText(day)}});
  }
  ASSIGN_OR_RETURN(const v1::Employee delegator, employees_.kind().Find(tx.sql, delegation.delegator()));
  std::vector<v1::Position> positions;
  for (const Term& term : TermsOf(delegator)) {
    const absl::StatusOr<v1::Position> position = positions_.Find(tx.sql, term.assignment.position());
    if (absl::IsNotFound(position.status())) continue;
    RETURN_IF_ERROR(position.status());
    positions.push_back(*position);
  }
  for (const int role : delegation.roles()) {
    const std::optional<absl::CivilDay> without =
        FirstDayWithoutRole(delegator, positions, static_cast<options::v1::Role>(role), first, last);
    if (!without) continue;
    return status::Error(kRoleNotHeld, {{"name", delegator.name()}, {"role", RoleText(role)}, {"date", time::DayText(*without)}});
  }
  return absl::OkStatus();
}

absl::Status Delegations::Create(record::Transaction& tx, Delegation& delegation) {
  const absl::CivilDay today = DayOf(tx.call.now);
  ASSIGN_OR_RETURN(const v1::AccessPolicy policy, policies_.InForce(tx.sql, tx.call.now));
  status::BadFields bad;
  CheckDelegation(delegation, today, policy.most_delegation_days(), bad);
  for (const auto& [field, name] :
       {std::pair("delegation.delegator", delegation.delegator()), std::pair("delegation.delegate", delegation.delegate())}) {
    const absl::Status found = employees_.kind().Find(tx.sql, name).status();
    if (absl::IsNotFound(found)) {
      bad.Add(field, kUnknownEmployee, {{"employee", name}});
    } else {
      RETURN_IF_ERROR(found);
    }
  }
  RETURN_IF_ERROR(bad.status());
  const rpc::Principal& caller = tx.call.principal;
  const bool manages = caller.Has(options::v1::ROLE_OPERATIONS_MANAGER);
  if (!manages && caller.name != delegation.delegator()) return status::Error(kNotYourRoles, {{"delegator", delegation.delegator()}});
  RETURN_IF_ERROR(CheckPosts(tx, delegation, today));
  // Nobody gives roles to themselves.
  if (!manages || caller.name == delegation.delegate()) {
    delegation.set_state(Delegation::STATE_PROPOSED);
    return absl::OkStatus();
  }
  delegation.set_state(Delegation::STATE_GRANTED);
  delegation.set_approver(caller.name);
  *delegation.mutable_decide_time() = time::ToTimestamp(tx.call.now);
  return absl::OkStatus();
}

absl::StatusOr<Delegation> Delegations::Approve(record::Transaction& tx, const v1::ApproveDelegationRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Delegation> step, delegations_.Begin(tx, request, "approve"));
  RETURN_IF_ERROR(approvals_.Check(tx, step.before.creator(), {step.before.delegate()}));
  RETURN_IF_ERROR(CheckPosts(tx, step.before, DayOf(tx.call.now)));
  return Decide(tx, step, "");
}

absl::StatusOr<Delegation> Delegations::Reject(record::Transaction& tx, const v1::RejectDelegationRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Delegation> step, delegations_.Begin(tx, request, "reject"));
  RETURN_IF_ERROR(approvals_.Check(tx, step.before.creator(), {step.before.delegate()}));
  return Decide(tx, step, request.reason());
}

absl::StatusOr<Delegation> Delegations::Decide(record::Transaction& tx, record::Step<Delegation>& step, const std::string& reason) const {
  step.after.set_state_reason(reason);
  step.after.set_approver(tx.call.principal.name);
  *step.after.mutable_decide_time() = time::ToTimestamp(tx.call.now);
  return delegations_.Finish(tx, step);
}

absl::StatusOr<Delegation> Delegations::Revoke(record::Transaction& tx, const v1::RevokeDelegationRequest& request) {
  return delegations_.Change(tx, request, "revoke", [&](const Delegation& before, Delegation& after) -> absl::Status {
    const rpc::Principal& caller = tx.call.principal;
    const bool may = caller.name == before.delegator() || caller.name == before.delegate() || caller.name == before.creator() ||
                     caller.name == before.approver();
    if (!may && !caller.Has(options::v1::ROLE_OPERATIONS_MANAGER)) {
      return status::Error(kNotYourRoles, {{"delegator", before.delegator()}});
    }
    after.set_state_reason(request.reason());
    return absl::OkStatus();
  });
}

job::Outcome Delegations::End(const rpc::Call& call, const job::Job& job) const {
  const absl::Status status = store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    const absl::StatusOr<Delegation> before = delegations_.Lock(tx, job.payload);
    if (absl::IsNotFound(before.status())) return absl::OkStatus();
    RETURN_IF_ERROR(before.status());
    if (!IsOpen(*before) || DayOf(call.now) <= LastDay(*before)) return absl::OkStatus();
    Delegation after = *before;
    RETURN_IF_ERROR(delegations_.Advance(after, "end"));
    return delegations_.Update(tx, *before, after, "end");
  });
  return status.ok() ? job::Outcome::Done() : job::Outcome::Failed(status);
}

void Delegations::Bind(record::Methods& methods) {
  methods.Reads(delegations_);
  methods.Creates(delegations_, this, &Delegations::Create);
  methods.Bind("ApproveDelegation", this, &Delegations::Approve);
  methods.Bind("RejectDelegation", this, &Delegations::Reject);
  methods.Bind("RevokeDelegation", this, &Delegations::Revoke);
}

}  // namespace heitie::personnel
