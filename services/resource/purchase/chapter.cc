#include "services/resource/purchase/chapter.h"

#include "common/status/macros.h"

namespace heitie::resource {

PurchaseChapter::PurchaseChapter(const service::Context& context, const Stocks& stocks_of, const Items& items, const Locations& locations,
                                 const Suppliers& suppliers, const GoodsReceipts& receipts, const Rates& rates, const Bookings& bookings,
                                 const CostCenters& cost_centers)
    : store(context.store),
      stocks(stocks_of),
      policies(context.store, cost_centers),
      requisitions(context.store, items, suppliers, rates, bookings, policies, context.time_zone),
      open(context.store, requisitions),
      orders(context.store, items, suppliers, rates, bookings, policies, requisitions, context.time_zone, context.jobs),
      deliveries(context.store, stocks, items, locations, suppliers, receipts, rates, policies, orders),
      returns(context.store, stocks, locations, orders),
      invoices(context.store, stocks, items, suppliers, rates, bookings, policies, orders, deliveries, returns),
      decisions(context.store, requisitions, orders) {}

void PurchaseChapter::Bind(record::Methods& methods) {
  policies.Bind(methods);
  requisitions.Bind(methods);
  methods.Bind("FindOpenPurchases", this, &PurchaseChapter::FindOpenPurchases);
  orders.Bind(methods);
  deliveries.Bind(methods);
  invoices.Bind(methods);
  returns.Bind(methods);
}

absl::StatusOr<v1::FindOpenPurchasesResponse> PurchaseChapter::FindOpenPurchases(const rpc::Call& call,
                                                                                 const v1::FindOpenPurchasesRequest& request) {
  return store.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::FindOpenPurchasesResponse> {
    RETURN_IF_ERROR(stocks.Find(session, request.item()).status());
    return open.Find(session, request.item());
  });
}

}  // namespace heitie::resource
