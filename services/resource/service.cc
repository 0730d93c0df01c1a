#include "services/resource/service.h"

#include "common/event/event_log.h"
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

// Each on those above it.
class Service::Concepts {
 public:
  Concepts(rpc::Service& rpc, const service::Context& context);

 private:
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

Service::Concepts::Concepts(rpc::Service& rpc, const service::Context& context)
    : stocks_(context.store, context.time_zone),
      custody_(context.store, stocks_),
      items_(context.store, stocks_, custody_),
      locations_(context.store),
      rates_(context.store, context.time_zone),
      suppliers_(context.store, context.time_zone, items_),
      lot_stages_(context.store, stocks_, context.jobs),
      goods_receipts_(context.store, stocks_, items_, locations_, suppliers_, lot_stages_),
      reservations_(context.store, stocks_, items_, locations_, context.jobs),
      stock_questions_(context.store, stocks_, items_),
      stock_closings_(context.store, stocks_),
      stock_counts_(context.store, stocks_, items_, locations_, reservations_),
      movement_(context.store, stocks_, items_, locations_, reservations_, stock_counts_, context.jobs),
      money_(context),
      purchase_(context, stocks_, items_, locations_, suppliers_, goods_receipts_, rates_, money_.bookings, money_.cost_centers),
      expense_claims_(context.store, money_.bookings, rates_, context.time_zone),
      audit_(context.store, context.time_zone),
      ledger_watch_(context.store, audit_, context.jobs),
      people_(context, money_.budgets, money_.cost_centers),
      budget_forecasts_(context.store, money_.budgets, people_.tables),
      reorder_(context, stocks_, items_, suppliers_, rates_, purchase_.open, people_.tables.activities),
      allotments_(context.store, reservations_, money_.bookings, people_.plans, {purchase_.requisitions, purchase_.decisions},
                  context.jobs),
      endings_(context, allotments_, purchase_.decisions) {
  money_.period_ends.TellPapers("purchaseRequisitions/",
                                [this](record::Transaction& tx, const std::string& paper, const std::string& budget) {
                                  return purchase_.requisitions.Lapse(tx, paper, budget);
                                });
  money_.period_ends.TellPapers("expenseClaims/", [this](record::Transaction& tx, const std::string& paper, const std::string& budget) {
    return expense_claims_.Lapse(tx, paper, budget);
  });
  record::Methods methods(rpc, context.store);
  items_.Bind(methods);
  stocks_.Bind(methods);
  custody_.Bind(methods);
  locations_.Bind(methods);
  rates_.Bind(methods);
  suppliers_.Bind(methods);
  lot_stages_.Bind(methods);
  goods_receipts_.Bind(methods);
  reservations_.Bind(methods);
  stock_questions_.Bind(methods);
  stock_closings_.Bind(methods);
  stock_counts_.Bind(methods);
  movement_.Bind(methods);
  money_.Bind(methods);
  purchase_.Bind(methods);
  expense_claims_.Bind(methods);
  allotments_.Bind(methods);
  audit_.Bind(methods);
  people_.Bind(methods);
  budget_forecasts_.Bind(methods);
  reorder_.Bind(methods);
  event::Bind(rpc, context.store);
}

Service::Service(service::Context context) : concepts_(std::make_unique<Concepts>(rpc_, context)) {}

Service::~Service() = default;

}  // namespace heitie::resource
