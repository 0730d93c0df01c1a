// Deliveries for orders, and their inspection (policy S4).
#ifndef HEITIE_SERVICES_RESOURCE_PURCHASE_DELIVERY_H_
#define HEITIE_SERVICES_RESOURCE_PURCHASE_DELIVERY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/resource/v1/delivery.pb.h"
#include "services/resource/catalogue/location.h"
#include "services/resource/catalogue/supplier.h"
#include "services/resource/currency/rates.h"
#include "services/resource/material/goods_receipt.h"
#include "services/resource/material/item.h"
#include "services/resource/purchase/purchase_order.h"
#include "services/resource/purchase/purchase_policy.h"
#include "services/resource/stock/stock.h"

namespace heitie::resource {

const record::StateMachine& DeliveryMachine();

// Units of an order's line that were accepted by one receipt.
struct AcceptedUnits {
  std::string goods_receipt;
  int64_t quantity = 0;
};
// Units [from, from + count) of what was accepted, in the order in which it was. Plain.
std::vector<AcceptedUnits> UnitsBetween(const std::vector<AcceptedUnits>& accepted, int64_t from, int64_t count);

// Locks are taken in one order: deliveries, orders, stocks. Thread-safe.
class Deliveries {
 public:
  Deliveries(record::Store& store, const Stocks& stocks, const Items& items, const Locations& locations, const Suppliers& suppliers,
             const GoodsReceipts& receipts, const Rates& rates, const PurchasePolicies& policies, const PurchaseOrders& orders);
  void Bind(record::Methods& methods);

  // What was accepted of an order's line, in the order in which it was. Costs the deliveries of the order.
  absl::StatusOr<std::vector<AcceptedUnits>> AcceptedOf(sql::Session& session, const std::string& order, int32_t line) const;

 private:
  using Delivery = v1::Delivery;

  absl::Status Create(record::Transaction& tx, Delivery& delivery);
  absl::StatusOr<Delivery> Inspect(record::Transaction& tx, const v1::InspectDeliveryRequest& request);
  absl::StatusOr<Delivery> SendBack(record::Transaction& tx, const v1::SendBackDeliveryRequest& request);

  absl::Status CheckFound(const v1::InspectDeliveryRequest& request, const Delivery& delivery) const;
  // Enters what is good into the stock, and the figures of all into the order.
  absl::Status Accept(record::Transaction& tx, const Delivery& delivery, Delivery::Inspection& found, v1::PurchaseOrder& order,
                      v1::PurchaseOrder::Line& line, const std::string& supplier) const;

  const Stocks& stocks_;
  const Items& items_;
  const Locations& locations_;
  const Suppliers& suppliers_;
  const GoodsReceipts& receipts_;
  const Rates& rates_;
  const PurchasePolicies& policies_;
  const PurchaseOrders& orders_;
  record::Kind<Delivery> deliveries_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_PURCHASE_DELIVERY_H_
