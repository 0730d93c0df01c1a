// What resource waits for in purchasing (policy S4, W5, W12): it stands among the steps that wait for people, so that one method tells
// whoever is to act, and what nobody does comes to the superior.
#ifndef HEITIE_SERVICES_PERSONNEL_LEAVING_PURCHASE_STEPS_H_
#define HEITIE_SERVICES_PERSONNEL_LEAVING_PURCHASE_STEPS_H_

#include "absl/status/status.h"
#include "common/event/reactions.h"
#include "common/record/store.h"
#include "common/service/main.h"
#include "heitie/resource/v1/purchase_order.pb.h"
#include "heitie/resource/v1/purchase_requisition.pb.h"
#include "services/personnel/staff/employee.h"
#include "services/personnel/staff/step.h"

namespace heitie::personnel {

// Follows resource's papers. An order that is overdue waits for its buyer ("postpone"), until it comes back once more. A requisition that
// is submitted waits for its approver or, where none is named, for whoever leads its requester ("approve"). What was bought for something
// that is over waits for the buyer of the order and the requester of what is not ordered ("decide"). Thread-safe.
class PurchaseSteps {
 public:
  PurchaseSteps(const service::Context& context, const Employees& employees, const Steps& steps);

 private:
  absl::Status OnOrder(const rpc::Call& call, const event::Change<resource::v1::PurchaseOrder>& change);
  absl::Status OnRequisition(const rpc::Call& call, const event::Change<resource::v1::PurchaseRequisition>& change);

  record::Store& store_;
  const absl::TimeZone zone_;
  const Employees& employees_;
  const Steps& steps_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_LEAVING_PURCHASE_STEPS_H_
