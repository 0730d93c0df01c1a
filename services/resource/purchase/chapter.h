#ifndef HEITIE_SERVICES_RESOURCE_PURCHASE_CHAPTER_H_
#define HEITIE_SERVICES_RESOURCE_PURCHASE_CHAPTER_H_

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "services/resource/budgeting/cost_center.h"
#include "services/resource/catalogue/location.h"
#include "services/resource/catalogue/supplier.h"
#include "services/resource/currency/rates.h"
#include "services/resource/material/goods_receipt.h"
#include "services/resource/material/item.h"
#include "services/resource/money/booking.h"
#include "services/resource/purchase/decisions.h"
#include "services/resource/purchase/delivery.h"
#include "services/resource/purchase/open_purchases.h"
#include "services/resource/purchase/purchase_order.h"
#include "services/resource/purchase/purchase_policy.h"
#include "services/resource/purchase/requisition.h"
#include "services/resource/purchase/supplier_invoice.h"
#include "services/resource/purchase/supplier_return.h"
#include "services/resource/stock/stock.h"

namespace heitie::resource {

// Purchasing (policy S4): from the requisition to the invoice. Not to be moved: its concepts refer to each other. Other chapters ask by
// `open`. Thread-safe.
struct PurchaseChapter {
  PurchaseChapter(const service::Context& context, const Stocks& stocks, const Items& items, const Locations& locations,
                  const Suppliers& suppliers, const GoodsReceipts& receipts, const Rates& rates, const Bookings& bookings,
                  const CostCenters& cost_centers);
  PurchaseChapter(const PurchaseChapter&) = delete;
  PurchaseChapter& operator=(const PurchaseChapter&) = delete;

  void Bind(record::Methods& methods);
  absl::StatusOr<v1::FindOpenPurchasesResponse> FindOpenPurchases(const rpc::Call& call, const v1::FindOpenPurchasesRequest& request);

  record::Store& store;
  const Stocks& stocks;
  PurchasePolicies policies;
  Requisitions requisitions;
  OpenPurchases open;
  PurchaseOrders orders;
  Deliveries deliveries;
  SupplierReturns returns;
  SupplierInvoices invoices;
  PurchaseDecisions decisions;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_PURCHASE_CHAPTER_H_
