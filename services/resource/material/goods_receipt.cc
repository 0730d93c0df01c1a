#include "services/resource/material/goods_receipt.h"

#include "common/status/macros.h"
#include "heitie/resource/v1/goods_receipt.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "services/resource/material/stock_ledger.h"

namespace heitie::resource {

void GoodsReceipts::Bind(record::Methods& methods) {
  methods.Reads(receipts_);
  methods.Creates(receipts_, this, &GoodsReceipts::Receive);
}

absl::Status GoodsReceipts::Receive(record::Transaction& tx, v1::GoodsReceipt& receipt) {
  ASSIGN_OR_RETURN(StockChange change, stocks_.Lock(tx, ItemsOf(receipt.lines())));
  status::BadFields bad;
  change.CheckKnown(receipt.lines(), "goods_receipt.lines", bad);
  RETURN_IF_ERROR(bad.status());
  for (const v1::GoodsReceipt::Line& line : receipt.lines()) {
    ASSIGN_OR_RETURN(v1::StockEntry entry,
                     resource::Receive(*change.Find(line.item()), line.quantity(), line.unit_cost_minor(), receipt.name()));
    change.Add(std::move(entry));
  }
  return stocks_.Save(tx, change, "receive");
}

}  // namespace heitie::resource
