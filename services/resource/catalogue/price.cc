#include "services/resource/catalogue/price.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/time/day.h"
#include "services/resource/stock/stock_ledger.h"

namespace heitie::resource {

using v1::SupplierPrice;

const status::Reason kBreaksNotRising{
    absl::StatusCode::kInvalidArgument, "BREAKS_NOT_RISING",
    "The price from {quantity:count} on must begin at {least:count} or further on, the first one at or below "
    "the least quantity that is sold.",
    "從 {quantity:count} 起的價格應從 {least:count} 或更多開始，第一級不得高於最低訂購量。"};

void CheckBreaks(const SupplierPrice& price, const std::string& field, status::BadFields& bad) {
  int64_t least = 1;
  for (int i = 0; i < price.breaks_size(); ++i) {
    const int64_t from = price.breaks(i).from_quantity();
    const bool late = i == 0 && from > price.minimum_quantity();
    if (from < least || late) {
      bad.Add(absl::StrCat(field, "[", i, "].from_quantity"), kBreaksNotRising, {{"quantity", from}, {"least", least}});
    }
    least = std::max(least, from + 1);
  }
}

bool HoldsOn(const SupplierPrice& price, absl::CivilDay day) {
  return time::ToDay(price.valid_from()) <= day && (!price.has_valid_until() || day <= time::ToDay(price.valid_until()));
}

bool Overlap(const SupplierPrice& a, const SupplierPrice& b) {
  return HoldsOn(a, time::ToDay(b.valid_from())) || HoldsOn(b, time::ToDay(a.valid_from()));
}

std::optional<int64_t> CostOf(const SupplierPrice& price, int64_t quantity) {
  if (quantity < price.minimum_quantity()) return std::nullopt;
  const SupplierPrice::Break* chosen = nullptr;
  for (const SupplierPrice::Break& one : price.breaks()) {
    if (one.from_quantity() <= quantity) chosen = &one;
  }
  if (chosen == nullptr) return std::nullopt;
  const __int128 twice = static_cast<__int128>(quantity) * chosen->price_minor() * 2;
  const __int128 cost = (twice + price.price_quantity()) / (static_cast<__int128>(price.price_quantity()) * 2);
  if (cost > kMaxValueMinor) return std::nullopt;
  return static_cast<int64_t>(cost);
}

std::optional<v1::QuoteItemResponse::Offer> OfferOf(const SupplierPrice& price, Ratio ratio, int64_t base_quantity) {
  v1::QuoteItemResponse::Offer offer;
  offer.set_supplier_price(price.name());
  offer.set_order_quantity(std::max(AtLeast(base_quantity, ratio), price.minimum_quantity()));
  const std::optional<int64_t> cost = CostOf(price, offer.order_quantity());
  if (!cost) return std::nullopt;
  offer.set_unit(price.unit());
  offer.set_base_quantity(Convert(offer.order_quantity(), ratio).base);
  offer.set_cost_minor(*cost);
  offer.set_currency_code(price.currency_code());
  offer.set_lead_days(price.lead_days());
  return offer;
}

}  // namespace heitie::resource
