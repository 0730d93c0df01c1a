// Goods receipts (policy S4).
#pragma once

#include "common/record/kind.h"
#include "heitie/resource/v1/goods_receipt.pb.h"
#include "services/resource/material/stock.h"

namespace heitie::resource {

// Thread-safe.
class GoodsReceipts {
 public:
  GoodsReceipts(record::Store& store, const Stocks& stocks) : stocks_(stocks), receipts_(store) {}
  void Bind(rpc::Service& service);

 private:
  absl::Status Receive(record::Transaction& tx, const v1::GoodsReceipt& receipt) const;

  const Stocks& stocks_;
  record::Kind<v1::GoodsReceipt> receipts_;
};

}  // namespace heitie::resource
