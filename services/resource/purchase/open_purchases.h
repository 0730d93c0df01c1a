// What of purchasing others rest on (policy S4): what is to come of an item, how suppliers have delivered, and requisitions that other
// papers make, such as a proposal to reorder.
//
//   ASSIGN_OR_RETURN(const std::map<std::string, ToCome> to_come, purchases.ToComeOf(session, {"items/mug"}));
//   position += to_come["items/mug"].total();
//
//   v1::PurchaseRequisition draft;             // purpose, cost_center, subject, need_date, origin; lines with item, quantity, unit,
//   supplier,
//   ...                                // estimate_minor, currency_code, expense_account
//   ASSIGN_OR_RETURN(const v1::PurchaseRequisition made, purchases.CreateRequisition(tx, std::move(draft)));
#ifndef HEITIE_SERVICES_RESOURCE_PURCHASE_OPEN_PURCHASES_H_
#define HEITIE_SERVICES_RESOURCE_PURCHASE_OPEN_PURCHASES_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/record/kind.h"
#include "common/record/store.h"
#include "heitie/resource/v1/delivery.pb.h"
#include "heitie/resource/v1/purchase_order.pb.h"
#include "heitie/resource/v1/purchase_requisition.pb.h"

namespace heitie::resource {

class Requisitions;

// What of an item is to come, in its unit.
struct ToCome {
  // Of requisitions that are submitted or approved: what is not ordered yet. Drafts do not count.
  int64_t requisitioned = 0;
  // Of orders: what is neither accepted nor given up. What waits for its inspection counts here.
  int64_t ordered = 0;
  int64_t total() const { return requisitioned + ordered; }
};

// What came of one item by one delivery.
struct DeliveredLine {
  std::string delivery;
  std::string item;
  absl::CivilDay ordered, expected, received;
  int64_t received_quantity = 0;
  // The rest is not inspected yet.
  int64_t accepted_quantity = 0;
  int64_t rejected_quantity = 0;
  // What was accepted has cost, in minor units of the item's currency.
  int64_t cost_minor = 0;
};

// Thread-safe.
class OpenPurchases {
 public:
  OpenPurchases(record::Store& store, const Requisitions& requisitions) : requisitions_(requisitions), deliveries_(store) {}

  // Of the items of which something is to come. One statement over the lines that are open.
  absl::StatusOr<std::map<std::string, ToCome>> ToComeOf(sql::Session& session, const std::vector<std::string>& items) const;
  // By papers, in the order of days.
  absl::StatusOr<v1::FindOpenPurchasesResponse> Find(sql::Session& session, const std::string& item) const;

  // What a supplier has delivered for orders since a day, in the order of the deliveries' names. Costs these deliveries.
  absl::StatusOr<std::vector<DeliveredLine>> DeliveredBy(sql::Session& session, const std::string& supplier, absl::CivilDay since) const;

  // Makes a requisition of the caller, who is an employee, and submits it: its money is pre-committed in this transaction. A name, if it
  // has none, is chosen. What CreateRequisition and SubmitRequisition refuse. Locks encumbrances and budgets, so papers are locked before.
  absl::StatusOr<v1::PurchaseRequisition> CreateRequisition(record::Transaction& tx, v1::PurchaseRequisition draft) const;

  // Keeps the table of what is open in step with a paper. For the kinds of papers.
  static absl::Status FollowRequisition(record::Transaction& tx, const v1::PurchaseRequisition* before,
                                        const v1::PurchaseRequisition* after);
  static absl::Status FollowOrder(record::Transaction& tx, const v1::PurchaseOrder* before, const v1::PurchaseOrder* after);

 private:
  const Requisitions& requisitions_;
  record::Kind<v1::Delivery> deliveries_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_PURCHASE_OPEN_PURCHASES_H_
