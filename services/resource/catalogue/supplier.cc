#include "services/resource/catalogue/supplier.h"

#include <algorithm>

#include "common/record/unused.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "services/resource/catalogue/price.h"
#include "services/resource/catalogue/units.h"
#include "services/resource/material/lines.h"

namespace heitie::resource {

using v1::SupplierPrice;

const status::Reason kPriceOverlaps{absl::StatusCode::kFailedPrecondition, "PRICE_OVERLAPS",
                                    "{other} of {item} holds on some of these days, from {start} on; end it first.",
                                    "{item} 的 {other} 自 {start} 起在部分日期仍有效；請先結束它。"};
const status::Reason kUnknownSupplier{absl::StatusCode::kInvalidArgument, "UNKNOWN_SUPPLIER", "There is no supplier {supplier}.",
                                      "沒有供應商 {supplier}。"};

absl::Status Suppliers::CheckAlone(record::Transaction& tx, const SupplierPrice& price) const {
  const std::string supplier = record::ParentOf(price.name());
  RETURN_IF_ERROR(suppliers_.Guard(tx, supplier).status());
  ASSIGN_OR_RETURN(const std::vector<SupplierPrice> prices, prices_.Children(tx.sql, supplier));
  for (const SupplierPrice& other : prices) {
    if (other.name() == price.name() || other.item() != price.item() || other.unit() != price.unit() || !Overlap(other, price)) continue;
    return status::Error(kPriceOverlaps,
                         {{"other", other.name()}, {"item", price.item()}, {"start", time::DayText(time::ToDay(other.valid_from()))}});
  }
  return absl::OkStatus();
}

absl::Status Suppliers::CreatePrice(record::Transaction& tx, SupplierPrice& price) {
  status::BadFields bad;
  CheckBreaks(price, "supplier_price.breaks", bad);
  if (price.has_valid_until() && time::ToDay(price.valid_until()) < time::ToDay(price.valid_from())) {
    bad.Add("supplier_price.valid_until", status::kDatesReversed,
            {{"start", time::DayText(time::ToDay(price.valid_from()))}, {"end", time::DayText(time::ToDay(price.valid_until()))}});
  }
  ASSIGN_OR_RETURN(const ItemFacts facts, items_.FactsOf(tx.sql, {price.item()}));
  const auto item = facts.find(price.item());
  if (item == facts.end()) {
    bad.Add("supplier_price.item", kUnknownItem, {{"item", price.item()}});
    return bad.status();
  }
  if (!RatioOf(item->second.item, price.unit())) {
    bad.Add("supplier_price.unit", kUnknownUnit, {{"item", price.item()}, {"unit", price.unit()}});
  }
  RETURN_IF_ERROR(bad.status());
  RETURN_IF_ERROR(CheckBought(item->second.item));
  return CheckAlone(tx, price);
}

absl::Status Suppliers::UpdatePrice(record::Transaction& tx, const SupplierPrice&, SupplierPrice& after) {
  if (after.has_valid_until() && time::ToDay(after.valid_until()) < time::ToDay(after.valid_from())) {
    status::BadFields bad;
    bad.Add("supplier_price.valid_until", status::kDatesReversed,
            {{"start", time::DayText(time::ToDay(after.valid_from()))}, {"end", time::DayText(time::ToDay(after.valid_until()))}});
    return bad.status();
  }
  return CheckAlone(tx, after);
}

absl::StatusOr<v1::QuoteItemResponse> Suppliers::Quote(const rpc::Call& call, const v1::QuoteItemRequest& request) {
  const absl::CivilDay day = request.has_date() ? time::ToDay(request.date()) : absl::ToCivilDay(call.now, zone_);
  return store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::QuoteItemResponse> {
    ASSIGN_OR_RETURN(const ItemFacts facts, items_.FactsOf(session, {request.name()}));
    const auto found = facts.find(request.name());
    if (found == facts.end()) return status::NotFound(request.name());
    const v1::Item& item = found->second.item;
    v1::QuoteItemResponse response;
    status::BadFields bad;
    response.set_base_quantity(ToBase(item, request.quantity(), request.unit(), "quantity", "unit", bad));
    RETURN_IF_ERROR(bad.status());
    ASSIGN_OR_RETURN(const std::vector<SupplierPrice> prices,
                     prices_.Select(session, "WHERE item = ? ORDER BY name", sql::Bind(request.name())));
    for (const SupplierPrice& price : prices) {
      const std::optional<Ratio> ratio = RatioOf(item, price.unit());
      if (!ratio || !HoldsOn(price, day)) continue;
      const std::optional<v1::QuoteItemResponse::Offer> offer = OfferOf(price, *ratio, response.base_quantity());
      if (!offer) continue;
      *response.add_offers() = *offer;
      response.mutable_offers(response.offers_size() - 1)->set_supplier(record::ParentOf(price.name()));
    }
    return response;
  });
}

void Suppliers::Bind(record::Methods& methods) {
  methods.Reads(suppliers_);
  methods.Creates(suppliers_);
  methods.Updates(suppliers_);
  record::DeletesUnused(methods, suppliers_);
  methods.Reads(prices_);
  methods.Creates(prices_, this, &Suppliers::CreatePrice);
  methods.Updates(prices_, this, &Suppliers::UpdatePrice);
  methods.Bind("QuoteItem", this, &Suppliers::Quote);
}

}  // namespace heitie::resource
