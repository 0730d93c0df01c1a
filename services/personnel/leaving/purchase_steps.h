// What resource waits for when an order is overdue (policy S4, W12): it stands among the steps that wait for people, so that one method
// tells its buyer, and what nobody does comes to the superior.
#ifndef HEITIE_SERVICES_PERSONNEL_LEAVING_PURCHASE_STEPS_H_
#define HEITIE_SERVICES_PERSONNEL_LEAVING_PURCHASE_STEPS_H_

#include "absl/status/status.h"
#include "common/event/reactions.h"
#include "common/record/store.h"
#include "common/service/main.h"
#include "heitie/resource/v1/purchase_order.pb.h"
#include "services/personnel/staff/step.h"

namespace heitie::personnel {

// Follows resource's orders: one that is overdue waits for its buyer ("postpone"), until it comes back once more. Thread-safe.
class PurchaseSteps {
 public:
  PurchaseSteps(const service::Context& context, const Steps& steps);

 private:
  absl::Status OnOrder(const rpc::Call& call, const event::Change<resource::v1::PurchaseOrder>& change);

  record::Store& store_;
  const Steps& steps_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_LEAVING_PURCHASE_STEPS_H_
