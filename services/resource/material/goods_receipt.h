// Goods receipts, and the lots that they make (policy S3, S4).
#ifndef HEITIE_SERVICES_RESOURCE_MATERIAL_GOODS_RECEIPT_H_
#define HEITIE_SERVICES_RESOURCE_MATERIAL_GOODS_RECEIPT_H_

#include <map>
#include <string>

#include "common/record/methods.h"
#include "heitie/resource/v1/goods_receipt.pb.h"
#include "heitie/resource/v1/lot.pb.h"
#include "services/resource/catalogue/location.h"
#include "services/resource/catalogue/supplier.h"
#include "services/resource/material/item.h"
#include "services/resource/stock/lot_stages.h"
#include "services/resource/stock/stock.h"

namespace heitie::resource {

extern const status::Reason kTwoCosts;         // no arguments
extern const status::Reason kLotCodeRequired;  // {item}
extern const status::Reason kNotToldApart;     // {item}
extern const status::Reason kSerialIsOne;      // {item} {quantity}
extern const status::Reason kSerialOnHand;     // {item} {code}
extern const status::Reason kLotDiffers;       // {lot} {expiry}

// Thread-safe.
class GoodsReceipts {
 public:
  GoodsReceipts(record::Store& store, const Stocks& stocks, const Items& items, const Locations& locations, const Suppliers& suppliers,
                const LotStages& stages)
      : stocks_(stocks), items_(items), locations_(locations), suppliers_(suppliers), stages_(stages), receipts_(store), lots_(store) {}
  void Bind(record::Methods& methods);

  // Enters a receipt for another paper, for example an order; also of items that are not bought any more. A name, if it has none, is
  // chosen. Papers are locked before. What CreateGoodsReceipt refuses, but for ITEM_RETIRED.
  absl::Status Enter(record::Transaction& tx, v1::GoodsReceipt& receipt) const;

 private:
  absl::Status Create(record::Transaction& tx, v1::GoodsReceipt& receipt);
  absl::Status Receive(record::Transaction& tx, v1::GoodsReceipt& receipt, bool ordered) const;
  absl::Status CheckLines(const ItemFacts& facts, bool ordered, v1::GoodsReceipt& receipt, status::BadFields& bad) const;
  absl::Status ReceiveLine(record::Transaction& tx, const v1::GoodsReceipt& receipt, v1::GoodsReceipt::Line& line, const std::string& path,
                           const ItemFact& fact, bool quarantine, const Moment& moment, Books& books, status::BadFields& bad) const;
  // The lot of the code, made when it is new.
  absl::StatusOr<v1::Lot> LotOf(record::Transaction& tx, const v1::GoodsReceipt& receipt, const v1::GoodsReceipt::Line& line,
                                const ItemFact& fact, bool serial) const;

  const Stocks& stocks_;
  const Items& items_;
  const Locations& locations_;
  const Suppliers& suppliers_;
  const LotStages& stages_;
  record::Kind<v1::GoodsReceipt> receipts_;
  record::Kind<v1::Lot> lots_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MATERIAL_GOODS_RECEIPT_H_
