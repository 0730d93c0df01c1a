// How suppliers have delivered (policy S4), computed from what came.
#ifndef HEITIE_SERVICES_RESOURCE_REORDER_SUPPLIER_QUESTIONS_H_
#define HEITIE_SERVICES_RESOURCE_REORDER_SUPPLIER_QUESTIONS_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/record/methods.h"
#include "heitie/resource/v1/goods_receipt.pb.h"
#include "heitie/resource/v1/supplier_statistics.pb.h"
#include "services/resource/catalogue/supplier.h"
#include "services/resource/material/item.h"
#include "services/resource/purchase/open_purchases.h"
#include "services/resource/reorder/supplier_history.h"

namespace heitie::resource {

// Thread-safe.
class SupplierQuestions {
 public:
  SupplierQuestions(record::Store& store, const Items& items, const Suppliers& suppliers, const OpenPurchases& purchases,
                    absl::TimeZone zone)
      : store_(store), items_(items), suppliers_(suppliers), purchases_(purchases), zone_(zone), receipts_(store) {}
  void Bind(record::Methods& methods);

 private:
  // What came by deliveries for orders, and what of all receipts was paid, from `start` to `end`.
  absl::StatusOr<std::vector<Delivered>> Read(sql::Session& session, const std::string& supplier, absl::CivilDay start,
                                              absl::CivilDay end) const;
  absl::StatusOr<v1::ComputeSupplierStatisticsResponse> Compute(const rpc::Call& call, const v1::ComputeSupplierStatisticsRequest& request);

  record::Store& store_;
  const Items& items_;
  const Suppliers& suppliers_;
  const OpenPurchases& purchases_;
  const absl::TimeZone zone_;
  record::Kind<v1::GoodsReceipt> receipts_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_REORDER_SUPPLIER_QUESTIONS_H_
