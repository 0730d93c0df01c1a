// What a supplier asks (policy S4), as plain functions: prices by quantity, exact and rounded once.
#ifndef HEITIE_SERVICES_RESOURCE_CATALOGUE_PRICE_H_
#define HEITIE_SERVICES_RESOURCE_CATALOGUE_PRICE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/civil_time.h"
#include "common/status/status.h"
#include "heitie/resource/v1/supplier.pb.h"
#include "services/resource/catalogue/units.h"

namespace heitie::resource {

extern const status::Reason kBreaksNotRising;  // {quantity} {least}

// Quantities of the breaks rise, and the first begins at the least quantity that is sold or below.
void CheckBreaks(const v1::SupplierPrice& price, const std::string& field, status::BadFields& bad);

bool HoldsOn(const v1::SupplierPrice& price, absl::CivilDay day);
// Whether both hold on some day.
bool Overlap(const v1::SupplierPrice& a, const v1::SupplierPrice& b);

// What `quantity` units cost, by the last break that begins there or below, rounded half up once. Nothing below the least quantity that is
// sold, or when the cost is beyond what books can hold.
std::optional<int64_t> CostOf(const v1::SupplierPrice& price, int64_t quantity);

// The offer for at least `base_quantity` of the item's unit; `ratio` is of the price's unit. Without the supplier. Nothing when it costs
// more than books can hold.
std::optional<v1::QuoteItemResponse::Offer> OfferOf(const v1::SupplierPrice& price, Ratio ratio, int64_t base_quantity);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_CATALOGUE_PRICE_H_
