#include "services/personnel/leaving/custody_steps.h"

#include <optional>
#include <string>

#include "common/status/macros.h"
#include "common/time/instant.h"

namespace heitie::personnel {

using resource::v1::CustodyCount;

CustodySteps::CustodySteps(const service::Context& context, const Employees& employees, const Steps& steps)
    : store_(context.store), zone_(context.time_zone), employees_(employees), steps_(steps) {
  event::Reactions reactions(context, "resource", "custody-counts");
  reactions.On(this, &CustodySteps::OnCount);
}

absl::Status CustodySteps::OnCount(const rpc::Call& call, const event::Change<CustodyCount>& change) {
  return store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    const CustodyCount& count = change.latest();
    const bool open = change.after && count.state() == CustodyCount::STATE_OPEN;
    const bool differs = change.after && count.state() == CustodyCount::STATE_DIFFERENT;
    const absl::Time due = time::ToTime(count.due_time());
    if (!open) RETURN_IF_ERROR(steps_.Done(tx, change.subject, "confirm"));
    if (!differs) RETURN_IF_ERROR(steps_.Done(tx, change.subject, "accept"));
    if (open) return steps_.Open(tx, {change.subject, "confirm", count.custodian(), due});
    if (!differs) return absl::OkStatus();
    ASSIGN_OR_RETURN(const std::optional<Superior> leader,
                     employees_.LeaderOf(tx.sql, count.custodian(), absl::ToCivilDay(tx.call.now, zone_)));
    return steps_.Open(tx, {change.subject, "accept", leader ? leader->name : "", due});
  });
}

}  // namespace heitie::personnel
