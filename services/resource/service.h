// The resource service: materials, money and needs for people (policy S1, S3–S5).
#ifndef HEITIE_SERVICES_RESOURCE_SERVICE_H_
#define HEITIE_SERVICES_RESOURCE_SERVICE_H_

#include "common/service/main.h"
#include "services/resource/allotment/allotment.h"
#include "services/resource/allotment/ending.h"
#include "services/resource/budgeting/budget_forecast.h"
#include "services/resource/budgeting/chapter.h"
#include "services/resource/catalogue/location.h"
#include "services/resource/catalogue/supplier.h"
#include "services/resource/claim/expense_claim.h"
#include "services/resource/currency/rates.h"
#include "services/resource/material/custody.h"
#include "services/resource/material/goods_receipt.h"
#include "services/resource/material/item.h"
#include "services/resource/material/reservation.h"
#include "services/resource/money/ledger_audit.h"
#include "services/resource/money/ledger_watch.h"
#include "services/resource/movement/chapter.h"
#include "services/resource/people/chapter.h"
#include "services/resource/purchase/chapter.h"
#include "services/resource/reorder/chapter.h"
#include "services/resource/stock/closing.h"
#include "services/resource/stock/count.h"
#include "services/resource/stock/lot_stages.h"
#include "services/resource/stock/stock.h"
#include "services/resource/stock/stock_questions.h"

namespace heitie::resource {

// Binds every method of heitie.resource.v1. Thread-safe after construction.
class Service {
 public:
  explicit Service(service::Context context);
  rpc::Service& rpc() { return rpc_; }

 private:
  rpc::Service rpc_;
  Stocks stocks_;
  Custody custody_;
  Items items_;
  Locations locations_;
  Rates rates_;
  Suppliers suppliers_;
  LotStages lot_stages_;
  GoodsReceipts goods_receipts_;
  Reservations reservations_;
  StockQuestions stock_questions_;
  StockClosings stock_closings_;
  StockCounts stock_counts_;
  MovementChapter movement_;
  MoneyChapter money_;
  PurchaseChapter purchase_;
  ExpenseClaims expense_claims_;
  LedgerAudit audit_;
  LedgerWatch ledger_watch_;
  PeopleChapter people_;
  BudgetForecasts budget_forecasts_;
  ReorderChapter reorder_;
  Allotments allotments_;
  Endings endings_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_SERVICE_H_
