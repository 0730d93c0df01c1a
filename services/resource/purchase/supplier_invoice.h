// Invoices and credit notes of suppliers (policy S4, S5): matched line by line, and booked all or nothing.
#ifndef HEITIE_SERVICES_RESOURCE_PURCHASE_SUPPLIER_INVOICE_H_
#define HEITIE_SERVICES_RESOURCE_PURCHASE_SUPPLIER_INVOICE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/resource/v1/supplier_invoice.pb.h"
#include "services/resource/catalogue/supplier.h"
#include "services/resource/currency/rates.h"
#include "services/resource/material/item.h"
#include "services/resource/money/booking.h"
#include "services/resource/movement/price_difference.h"
#include "services/resource/purchase/delivery.h"
#include "services/resource/purchase/invoice_match.h"
#include "services/resource/purchase/purchase_order.h"
#include "services/resource/purchase/purchase_policy.h"
#include "services/resource/purchase/supplier_return.h"
#include "services/resource/stock/stock.h"

namespace heitie::resource {

extern const status::Reason kDuplicateInvoice;  // {supplier} {number} {other}

const record::StateMachine& SupplierInvoiceMachine();

// Locks are taken in one order: invoices, returns, orders, encumbrances, budgets, stocks. Thread-safe.
class SupplierInvoices {
 public:
  SupplierInvoices(record::Store& store, const Stocks& stocks, const Items& items, const Suppliers& suppliers, const Rates& rates,
                   const Bookings& bookings, const PurchasePolicies& policies, const PurchaseOrders& orders, const Deliveries& deliveries,
                   const SupplierReturns& returns);
  void Bind(record::Methods& methods);

 private:
  using Invoice = v1::SupplierInvoice;
  using Orders = std::map<std::string, record::Step<v1::PurchaseOrder>>;
  using Returns = std::map<std::string, record::Step<v1::SupplierReturn>>;
  // A line, and what each part of its order's line bears of it.
  struct Match {
    Invoice::Line* line = nullptr;
    v1::PurchaseOrder* order = nullptr;
    v1::PurchaseOrder::Line* of = nullptr;
    std::vector<InvoicedPart> parts;
  };

  absl::Status Create(record::Transaction& tx, Invoice& invoice);
  absl::StatusOr<Invoice> Book(record::Transaction& tx, const v1::BookSupplierInvoiceRequest& request);
  absl::StatusOr<Invoice> Accept(record::Transaction& tx, const v1::AcceptSupplierInvoiceRequest& request);
  absl::StatusOr<Invoice> Cancel(record::Transaction& tx, const v1::CancelSupplierInvoiceRequest& request);

  absl::Status CheckLines(record::Transaction& tx, Invoice& invoice, status::BadFields& bad) const;
  void CheckLine(const Invoice& invoice, const Invoice::Line& line, const v1::PurchaseOrder& order, const v1::SupplierReturn* sent,
                 const std::string& path, status::BadFields& bad) const;
  // The supplier has the number once. DUPLICATE_INVOICE.
  absl::Status TakeNumber(record::Transaction& tx, const Invoice& invoice) const;

  absl::StatusOr<Orders> LockOrders(record::Transaction& tx, const Invoice& invoice) const;
  absl::StatusOr<Returns> LockReturns(record::Transaction& tx, const Invoice& invoice) const;
  // Every line, before anything is written. INVOICE_MISMATCH.
  absl::StatusOr<std::vector<Match>> MatchLines(record::Transaction& tx, const v1::PurchasePolicy& policy, Invoice& invoice, Orders& orders,
                                                const Returns& returns) const;
  absl::Status TakeMoney(record::Transaction& tx, const Invoice& invoice, std::vector<Match>& matches) const;
  // What the difference of a line's price does to the stock.
  absl::Status BookDifference(record::Transaction& tx, const Invoice& invoice, Match& match, const ItemFact& fact, Returns& returns,
                              const Moment& moment, StockChange& change) const;

  record::Store& store_;
  const Stocks& stocks_;
  const Items& items_;
  const Suppliers& suppliers_;
  const Rates& rates_;
  const Bookings& bookings_;
  const PurchasePolicies& policies_;
  const PurchaseOrders& orders_;
  const Deliveries& deliveries_;
  const SupplierReturns& returns_;
  const PriceDifferences differences_;
  record::Kind<Invoice> invoices_;
  record::Kind<v1::PurchaseRequisition> requisitions_;  // to be read
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_PURCHASE_SUPPLIER_INVOICE_H_
