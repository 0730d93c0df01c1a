// What was bought for something that is over comes back to those who bought it, as a decision (policy W5): orders to their buyers,
// requisitions to their requesters. Each has an event, and waits among the pending steps of personnel until it is decided.
#ifndef HEITIE_SERVICES_RESOURCE_PURCHASE_DECISIONS_H_
#define HEITIE_SERVICES_RESOURCE_PURCHASE_DECISIONS_H_

#include <string>

#include "absl/status/status.h"
#include "common/record/store.h"
#include "services/resource/purchase/purchase_order.h"
#include "services/resource/purchase/requisition.h"

namespace heitie::resource {

// Thread-safe.
class PurchaseDecisions {
 public:
  PurchaseDecisions(record::Store& store, const Requisitions& requisitions, const PurchaseOrders& orders)
      : store_(store), requisitions_(requisitions), orders_(orders) {}

  // Of one requisition and the orders of it. Locks the orders, then the requisition, so nothing of either is locked before. What is asked
  // already, and what nothing is expected of, stays as it is.
  absl::Status Ask(record::Transaction& tx, const std::string& requisition, const std::string& reason) const;
  // Of all that is bought for a subject, each in a transaction of its own.
  absl::Status AskOfSubject(const rpc::Call& call, const std::string& subject) const;

 private:
  record::Store& store_;
  const Requisitions& requisitions_;
  const PurchaseOrders& orders_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_PURCHASE_DECISIONS_H_
