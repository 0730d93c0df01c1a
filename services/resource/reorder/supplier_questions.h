// How suppliers have delivered (policy S4), computed from what came.
#ifndef HEITIE_SERVICES_RESOURCE_REORDER_SUPPLIER_QUESTIONS_H_
#define HEITIE_SERVICES_RESOURCE_REORDER_SUPPLIER_QUESTIONS_H_

#include "absl/time/time.h"
#include "common/record/methods.h"
#include "heitie/resource/v1/supplier_statistics.pb.h"
#include "services/resource/catalogue/supplier.h"
#include "services/resource/material/item.h"
#include "services/resource/purchase/open_purchases.h"

namespace heitie::resource {

// Thread-safe.
class SupplierQuestions {
 public:
  SupplierQuestions(record::Store& store, const Items& items, const Suppliers& suppliers, const OpenPurchases& purchases,
                    absl::TimeZone zone)
      : store_(store), items_(items), suppliers_(suppliers), purchases_(purchases), zone_(zone) {}
  void Bind(record::Methods& methods);

 private:
  absl::StatusOr<v1::ComputeSupplierStatisticsResponse> Compute(const rpc::Call& call, const v1::ComputeSupplierStatisticsRequest& request);

  record::Store& store_;
  const Items& items_;
  const Suppliers& suppliers_;
  const OpenPurchases& purchases_;
  const absl::TimeZone zone_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_REORDER_SUPPLIER_QUESTIONS_H_
