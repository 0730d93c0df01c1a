// What a judgement rests on, read from the ledger, purchases, prices, rates and the activities that are to come.
#ifndef HEITIE_SERVICES_RESOURCE_REORDER_SOURCES_H_
#define HEITIE_SERVICES_RESOURCE_REORDER_SOURCES_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/event/mirror.h"
#include "heitie/activity/v1/activity.pb.h"
#include "services/resource/currency/rates.h"
#include "services/resource/material/item.h"
#include "services/resource/purchase/open_purchases.h"
#include "services/resource/reorder/judge.h"
#include "services/resource/reorder/terms.h"
#include "services/resource/stock/stock.h"

namespace heitie::resource {

// Thread-safe.
class ReorderSources {
 public:
  ReorderSources(record::Store& store, const Stocks& stocks, const Items& items, const Rates& rates, const OpenPurchases& purchases,
                 const ReorderTerms& terms, const event::Mirror<activity::v1::Activity>& activities)
      : stocks_(stocks), items_(items), rates_(rates), purchases_(purchases), terms_(terms), activities_(activities), prices_(store) {}

  // What is known of an item for each of the terms, in their order. NOT_FOUND; MIRROR_INCOMPLETE while the activities that are to come are
  // not known yet. Costs the item's issues and returns of the days that count, the activities that are being prepared, and the deliveries
  // of each supplier.
  absl::StatusOr<std::vector<ReorderInputs>> Of(sql::Session& session, const std::string& item, const std::vector<v1::ReorderTerm>& terms,
                                                absl::Time now) const;
  const record::Kind<v1::SupplierPrice>& prices() const { return prices_; }
  absl::CivilDay DayOf(absl::Time now) const { return absl::ToCivilDay(now, stocks_.zone()); }

 private:
  absl::Status ReadUses(sql::Session& session, ReorderInputs& inputs) const;
  absl::Status ReadPlanned(sql::Session& session, ReorderInputs& inputs) const;
  absl::Status ReadLots(sql::Session& session, const std::string& item, ReorderInputs& inputs) const;
  absl::Status ReadTaken(sql::Session& session, ReorderInputs& inputs) const;
  absl::StatusOr<std::optional<Quote>> QuoteFor(sql::Session& session, const std::string& from, const std::string& to,
                                                absl::CivilDay day) const;

  const Stocks& stocks_;
  const Items& items_;
  const Rates& rates_;
  const OpenPurchases& purchases_;
  const ReorderTerms& terms_;
  const event::Mirror<activity::v1::Activity>& activities_;
  record::Kind<v1::SupplierPrice> prices_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_REORDER_SOURCES_H_
