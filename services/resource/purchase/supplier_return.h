// Accepted goods that go back to their supplier (policy S4).
#ifndef HEITIE_SERVICES_RESOURCE_PURCHASE_SUPPLIER_RETURN_H_
#define HEITIE_SERVICES_RESOURCE_PURCHASE_SUPPLIER_RETURN_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "heitie/resource/v1/supplier_invoice.pb.h"
#include "services/resource/catalogue/location.h"
#include "services/resource/purchase/purchase_order.h"
#include "services/resource/stock/stock.h"

namespace heitie::resource {

const record::StateMachine& SupplierReturnMachine();

// Locks are taken in one order: returns, orders, stocks. Thread-safe.
class SupplierReturns {
 public:
  SupplierReturns(record::Store& store, const Stocks& stocks, const Locations& locations, const PurchaseOrders& orders);
  void Bind(record::Methods& methods);

  const record::Kind<v1::SupplierReturn>& kind() const { return returns_; }
  // The supplier credits units of a return that is locked: what they were worth in the books is the answer.
  absl::StatusOr<int64_t> Credit(record::Transaction& tx, record::Step<v1::SupplierReturn>& step, int64_t quantity) const;

 private:
  absl::Status Create(record::Transaction& tx, v1::SupplierReturn& sent);

  const Stocks& stocks_;
  const Locations& locations_;
  const PurchaseOrders& orders_;
  record::Kind<v1::SupplierReturn> returns_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_PURCHASE_SUPPLIER_RETURN_H_
