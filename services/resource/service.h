// The resource service: materials and money (policy S3–S5).
#pragma once

#include "common/service/main.h"
#include "services/resource/budget.h"
#include "services/resource/encumbrance.h"
#include "services/resource/goods_receipt.h"
#include "services/resource/item.h"
#include "services/resource/ledger_audit.h"
#include "services/resource/reservation.h"
#include "services/resource/stock.h"

namespace heitie::resource {

// Binds every method of heitie.resource.v1.ResourceService. Thread-safe after construction.
class Service {
 public:
  explicit Service(service::Context context);
  rpc::Service& rpc() { return rpc_; }

 private:
  rpc::Service rpc_;
  Stocks stocks_;
  Items items_;
  GoodsReceipts goods_receipts_;
  Reservations reservations_;
  Budgets budgets_;
  Encumbrances encumbrances_;
  LedgerAudit audit_;
};

}  // namespace heitie::resource
