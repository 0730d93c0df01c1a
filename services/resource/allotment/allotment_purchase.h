// What is to be bought for an allotment: a requisition that is written, submitted and given up in the allotment's transactions (policy W2).
#ifndef HEITIE_SERVICES_RESOURCE_ALLOTMENT_ALLOTMENT_PURCHASE_H_
#define HEITIE_SERVICES_RESOURCE_ALLOTMENT_ALLOTMENT_PURCHASE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/store.h"
#include "common/status/merge.h"
#include "common/status/status.h"
#include "heitie/resource/v1/allotment.pb.h"
#include "services/resource/purchase/decisions.h"
#include "services/resource/purchase/requisition.h"

namespace heitie::resource {

// Whether both ask for the same, whatever came of it.
bool SamePurchase(const v1::Allotment& a, const v1::Allotment& b);

// A requisition is a paper, so it is locked and written before money and goods are; its money comes last of the money. Thread-safe.
class AllotmentPurchases {
 public:
  AllotmentPurchases(const Requisitions& requisitions, const PurchaseDecisions& decisions)
      : requisitions_(requisitions), decisions_(decisions) {}

  // Writes the requisition of what `after` marks for purchase, without its money, in place of that of `before`. Does nothing where both
  // mark the same. DUPLICATE_ITEM and whatever CreatePurchaseRequisition finds wrong are added to `bad`, PURCHASE_ORDERED and ITEM_RETIRED
  // to `refusals`; REQUESTER_NOT_EMPLOYEE, NOT_THE_REQUESTER.
  absl::Status Write(record::Transaction& tx, const v1::Allotment& before, v1::Allotment& after, status::BadFields& bad,
                     std::vector<status::Refusal>& refusals) const;
  // The budgets from which Submit will take money, to be locked with the others.
  absl::StatusOr<std::vector<std::string>> BudgetsOf(record::Transaction& tx, const v1::Allotment& before,
                                                     const v1::Allotment& after) const;
  // Pre-commits its money. What is short is added to `refusals`.
  absl::Status Submit(record::Transaction& tx, const v1::Allotment& before, const v1::Allotment& after,
                      std::vector<status::Refusal>& refusals) const;
  // The allotment is given back: what was to be bought and what is ordered of it becomes a decision.
  absl::Status Ask(record::Transaction& tx, const v1::Allotment& allotment, const std::string& reason) const;

 private:
  const Requisitions& requisitions_;
  const PurchaseDecisions& decisions_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_ALLOTMENT_ALLOTMENT_PURCHASE_H_
