#include "services/personnel/leaving/purchase_steps.h"

#include "common/time/instant.h"

namespace heitie::personnel {

using resource::v1::PurchaseOrder;

PurchaseSteps::PurchaseSteps(const service::Context& context, const Steps& steps) : store_(context.store), steps_(steps) {
  event::Reactions reactions(context, "resource", "purchase-orders");
  reactions.On(this, &PurchaseSteps::OnOrder);
}

absl::Status PurchaseSteps::OnOrder(const rpc::Call& call, const event::Change<PurchaseOrder>& change) {
  const PurchaseOrder& order = change.latest();
  const bool waits = change.after && order.overdue();
  // Nearly all orders come in time.
  if (!waits && !(change.before && change.before->overdue())) return absl::OkStatus();
  return store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    if (!waits) return steps_.Done(tx, change.subject, "postpone");
    return steps_.Open(tx, {change.subject, "postpone", order.buyer(), time::ToTime(order.remind_time())});
  });
}

}  // namespace heitie::personnel
