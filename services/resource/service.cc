#include "services/resource/service.h"

#include "common/event/event_log.h"

namespace heitie::resource {

Service::Service(service::Context context)
    : rpc_("heitie.resource.v1"),
      stocks_(context.store, context.time_zone),
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
  record::Methods methods(rpc_, context.store);
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
  event::Bind(rpc_, context.store);
}

}  // namespace heitie::resource
