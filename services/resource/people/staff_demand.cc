#include "services/resource/people/staff_demand.h"

#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"

namespace heitie::resource {

using v1::StaffDemand;

const status::Reason kDemandWithdrawn{absl::StatusCode::kFailedPrecondition, "DEMAND_WITHDRAWN",
                                      "{demand} is withdrawn and is not changed any more.", "{demand} 已撤回，不可再更改。"};

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

absl::Status StaffDemands::Create(record::Transaction&, StaffDemand& demand) {
  demand.set_state(StaffDemand::STATE_OPEN);
  return CheckDays(demand);
}

absl::Status StaffDemands::Update(record::Transaction&, const StaffDemand& before, StaffDemand& after) {
  if (before.state() != StaffDemand::STATE_OPEN) return status::Error(kDemandWithdrawn, {{"demand", before.name()}});
  return CheckDays(after);
}

absl::StatusOr<StaffDemand> StaffDemands::Withdraw(record::Transaction& tx, const v1::WithdrawStaffDemandRequest& request) {
  return demands_.Change(tx, request, "withdraw", [&](StaffDemand& after) { after.set_state_reason(request.reason()); });
}

void StaffDemands::Bind(record::Methods& methods) {
  methods.Reads(demands_);
  methods.Creates(demands_, this, &StaffDemands::Create);
  methods.Updates(demands_, this, &StaffDemands::Update);
  methods.Bind("WithdrawStaffDemand", this, &StaffDemands::Withdraw);
}

}  // namespace heitie::resource
