// Goods receipts (policy S4).
#ifndef HEITIE_SERVICES_RESOURCE_MATERIAL_GOODS_RECEIPT_H_
#define HEITIE_SERVICES_RESOURCE_MATERIAL_GOODS_RECEIPT_H_

#include "common/record/methods.h"
#include "heitie/resource/v1/goods_receipt.pb.h"
#include "services/resource/material/stock.h"

namespace heitie::resource {

// Thread-safe.
class GoodsReceipts {
 public:
  GoodsReceipts(record::Store& store, const Stocks& stocks) : stocks_(stocks), receipts_(store) {}
  void Bind(record::Methods& methods);

 private:
  absl::Status Receive(record::Transaction& tx, v1::GoodsReceipt& receipt);

  const Stocks& stocks_;
  record::Kind<v1::GoodsReceipt> receipts_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MATERIAL_GOODS_RECEIPT_H_
