#include "services/resource/people/staff_demand.h"

#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "services/resource/people/demand_sources.h"
#include "services/resource/people/person_days.h"
#include "services/resource/people/tables.h"

namespace heitie::resource {

using v1::StaffDemand;

const status::Reason kDemandWithdrawn{absl::StatusCode::kFailedPrecondition, "DEMAND_WITHDRAWN",
                                      "{demand} is withdrawn and is not changed any more.", "{demand} 已撤回，不可再更改。"};

const status::Reason kDemandFollows{absl::StatusCode::kFailedPrecondition, "DEMAND_FOLLOWS",
                                    "{demand} says what {origin} needs; it changes with that.", "{demand} 依 {origin} 而定，隨其變更。"};

namespace {

absl::Status CheckDays(const StaffDemand& demand) {
  const absl::CivilDay first = time::ToDay(demand.start_date()), last = time::ToDay(demand.end_date());
  if (first <= last) return absl::OkStatus();
  status::BadFields bad;
  bad.Add("staff_demand.end_date", status::kDatesReversed, {{"start", time::DayText(first)}, {"end", time::DayText(last)}});
  return bad.status();
}

}  // namespace

const record::StateMachine& StaffDemandMachine() {
  static const auto& machine =
      *new record::StateMachine(StaffDemand::State_descriptor(), {{StaffDemand::STATE_OPEN, "withdraw", StaffDemand::STATE_WITHDRAWN}});
  return machine;
}

absl::Status StaffDemands::Free(record::Transaction& tx, const StaffDemand& demand) const {
  const bool open = demand.state() == StaffDemand::STATE_OPEN;
  ASSIGN_OR_RETURN(std::vector<PersonDay> days, LockDaysOf(tx, {demand.name()}, tables_.Today(tx.call), absl::CivilDay(9999, 12, 31)));
  std::erase_if(days, [&](const PersonDay& day) {
    return open && day.day >= time::ToDay(demand.start_date()) && day.day <= time::ToDay(demand.end_date());
  });
  if (days.empty()) return absl::OkStatus();
  std::set<EmployeeDay> held;
  for (const PersonDay& day : days) held.insert({day.employee, day.day});
  RETURN_IF_ERROR(HoldDays(tx, held).status());
  return ReplaceDays(tx, days, {});
}

absl::Status StaffDemands::Create(record::Transaction&, StaffDemand& demand) {
  demand.set_state(StaffDemand::STATE_OPEN);
  return CheckDays(demand);
}

absl::Status StaffDemands::Update(record::Transaction& tx, const StaffDemand& before, StaffDemand& after) {
  if (before.state() != StaffDemand::STATE_OPEN) return status::Error(kDemandWithdrawn, {{"demand", before.name()}});
  RETURN_IF_ERROR(CheckDays(after));
  if (!before.origin().empty() && !SameNeed(before, after)) {
    return status::Error(kDemandFollows, {{"demand", before.name()}, {"origin", before.origin()}});
  }
  return Free(tx, after);
}

absl::StatusOr<StaffDemand> StaffDemands::Withdraw(record::Transaction& tx, const v1::WithdrawStaffDemandRequest& request) {
  return tables_.demands.Change(tx, request, "withdraw", [&](StaffDemand& after) -> absl::Status {
    if (!after.origin().empty()) return status::Error(kDemandFollows, {{"demand", after.name()}, {"origin", after.origin()}});
    return End(tx, request.reason(), after);
  });
}

absl::Status StaffDemands::Withdraw(record::Transaction& tx, const std::string& name, const std::string& reason) const {
  return tables_.demands.Change(tx, record::Target(name), "withdraw", [&](StaffDemand& after) { return End(tx, reason, after); }).status();
}

absl::Status StaffDemands::End(record::Transaction& tx, const std::string& reason, StaffDemand& demand) const {
  demand.set_state_reason(reason);
  demand.clear_assigned_elsewhere();
  demand.clear_shortage();
  return Free(tx, demand);
}

void StaffDemands::Bind(record::Methods& methods) {
  methods.Reads(tables_.demands);
  methods.Creates(tables_.demands, this, &StaffDemands::Create);
  methods.Updates(tables_.demands, this, &StaffDemands::Update);
  methods.Bind("WithdrawStaffDemand", this, &StaffDemands::Withdraw);
}

}  // namespace heitie::resource
