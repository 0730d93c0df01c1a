// Suppliers and their price lists (policy S4).
#ifndef HEITIE_SERVICES_RESOURCE_CATALOGUE_SUPPLIER_H_
#define HEITIE_SERVICES_RESOURCE_CATALOGUE_SUPPLIER_H_

#include <string>

#include "absl/time/time.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/resource/v1/supplier.pb.h"
#include "services/resource/material/item.h"

namespace heitie::resource {

extern const status::Reason kPriceOverlaps;    // {other} {item} {start}
extern const status::Reason kUnknownSupplier;  // {supplier}

// Thread-safe.
class Suppliers {
 public:
  Suppliers(record::Store& store, absl::TimeZone zone, const Items& items)
      : store_(store), zone_(zone), items_(items), suppliers_(store), prices_(store) {}
  void Bind(record::Methods& methods);
  const record::Kind<v1::Supplier>& kind() const { return suppliers_; }

 private:
  absl::Status CreatePrice(record::Transaction& tx, v1::SupplierPrice& price);
  absl::Status UpdatePrice(record::Transaction& tx, const v1::SupplierPrice& before, v1::SupplierPrice& after);
  // Changes the supplier's row before it looks, so that of two prices that overlap one is refused.
  absl::Status CheckAlone(record::Transaction& tx, const v1::SupplierPrice& price) const;
  absl::StatusOr<v1::QuoteItemResponse> Quote(const rpc::Call& call, const v1::QuoteItemRequest& request);

  record::Store& store_;
  const absl::TimeZone zone_;
  const Items& items_;
  record::Kind<v1::Supplier> suppliers_;
  record::Kind<v1::SupplierPrice> prices_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_CATALOGUE_SUPPLIER_H_
