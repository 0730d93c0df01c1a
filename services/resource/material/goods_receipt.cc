#include "services/resource/material/goods_receipt.h"

#include "common/status/macros.h"
#include "heitie/resource/v1/goods_receipt.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "services/resource/material/stock_ledger.h"

namespace heitie::resource {

void GoodsReceipts::Bind(rpc::Service& service) {
  service.Bind("GetGoodsReceipt", receipts_.Getter());
  service.Bind("ListGoodsReceipts", receipts_.Lister());
  service.Bind("CreateGoodsReceipt",
               receipts_.Creator<v1::CreateGoodsReceiptRequest>([this](record::Transaction& tx, const v1::CreateGoodsReceiptRequest&,
                                                                       v1::GoodsReceipt& receipt) { return Receive(tx, receipt); }));
}

absl::Status GoodsReceipts::Receive(record::Transaction& tx, const v1::GoodsReceipt& receipt) const {
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
