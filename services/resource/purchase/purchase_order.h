// Orders (policy S4): lines of approved requisitions, ordered from a supplier, until everything has come and is invoiced.
#ifndef HEITIE_SERVICES_RESOURCE_PURCHASE_PURCHASE_ORDER_H_
#define HEITIE_SERVICES_RESOURCE_PURCHASE_PURCHASE_ORDER_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/resource/v1/purchase_order.pb.h"
#include "heitie/resource/v1/subject_order.pb.h"
#include "services/resource/catalogue/supplier.h"
#include "services/resource/currency/rates.h"
#include "services/resource/material/item.h"
#include "services/resource/money/booking.h"
#include "services/resource/purchase/purchase_policy.h"
#include "services/resource/purchase/requisition.h"

namespace heitie::resource {

extern const status::Reason kUnknownOrderLine;  // {order} {line}
extern const status::Reason kLineTwice;         // {line}
extern const status::Reason kSupplierDiffers;   // {name} {supplier}

const record::StateMachine& PurchaseOrderMachine();

// Locks are taken in one order: orders, requisitions, encumbrances, budgets. Thread-safe.
class PurchaseOrders {
 public:
  // Handles the jobs of kind "purchase-order-reminder".
  PurchaseOrders(record::Store& store, const Items& items, const Suppliers& suppliers, const Rates& rates, const Bookings& bookings,
                 const PurchasePolicies& policies, const Requisitions& requisitions, absl::TimeZone zone, job::Runner& jobs);
  PurchaseOrders(const PurchaseOrders&) = delete;
  void Bind(record::Methods& methods);

  // ---- For papers of orders. An order that is locked, with a verb of its machine; finished, its state follows from its lines.
  absl::StatusOr<record::Step<v1::PurchaseOrder>> Begin(record::Transaction& tx, const std::string& name, const char* verb) const {
    return orders_.Begin(tx, record::Target(name), verb);
  }
  absl::StatusOr<v1::PurchaseOrder> Finish(record::Transaction& tx, record::Step<v1::PurchaseOrder>& step) const;
  static v1::PurchaseOrder::Line* LineOf(v1::PurchaseOrder& order, int32_t number);
  // Orders with parts for a requisition of which something is expected, by name.
  absl::StatusOr<std::vector<std::string>> ExpectedFor(sql::Session& session, const std::string& requisition) const;
  // Asks its buyer what becomes of it. Nothing where nothing is expected, or it is asked already.
  absl::Status Ask(record::Transaction& tx, const std::string& name, const std::string& reason) const;
  const record::Kind<v1::PurchaseOrder>& kind() const { return orders_; }

 private:
  using Order = v1::PurchaseOrder;
  // How much of which line is given up.
  using GivenUp = std::map<int32_t, int64_t>;

  absl::Status Create(record::Transaction& tx, Order& order);
  absl::StatusOr<Order> Postpone(record::Transaction& tx, const v1::PostponePurchaseOrderRequest& request);
  absl::StatusOr<Order> ShortClose(record::Transaction& tx, const v1::ShortClosePurchaseOrderRequest& request);
  absl::StatusOr<Order> Raise(record::Transaction& tx, const v1::RaisePurchaseOrderRequest& request);
  absl::StatusOr<Order> Close(record::Transaction& tx, const v1::ClosePurchaseOrderRequest& request);
  absl::StatusOr<Order> Keep(record::Transaction& tx, const v1::KeepPurchaseOrderRequest& request);

  absl::StatusOr<v1::FindOrdersForSubjectsResponse> FindForSubjects(const rpc::Call& call, const v1::FindOrdersForSubjectsRequest& request);

  // In the units of the items, with the parts of each line's total.
  absl::Status CheckLines(record::Transaction& tx, Order& order, status::BadFields& bad) const;
  void CheckParts(const Order& order, Requisitions::Steps& requisitions, status::BadFields& bad) const;
  absl::StatusOr<Requisitions::Steps> LockRequisitions(record::Transaction& tx, const Order& order, bool with_money) const;
  absl::Status GiveUp(record::Transaction& tx, Order& order, const GivenUp& quantities, bool reopen, bool all_money,
                      Requisitions::Steps& requisitions) const;
  // When the order comes back to its buyer while something is expected.
  void ExpectOn(Order& order) const;
  absl::Status Remind(record::Transaction& tx, const std::string& name) const;

  record::Store& store_;
  const Items& items_;
  const Suppliers& suppliers_;
  const Rates& rates_;
  const Bookings& bookings_;
  const PurchasePolicies& policies_;
  const Requisitions& requisitions_;
  const absl::TimeZone zone_;
  record::Kind<Order> orders_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_PURCHASE_PURCHASE_ORDER_H_
