// Goods that go from one location to another (policy S4), in one step or in two.
#ifndef HEITIE_SERVICES_RESOURCE_MOVEMENT_STOCK_TRANSFER_H_
#define HEITIE_SERVICES_RESOURCE_MOVEMENT_STOCK_TRANSFER_H_

#include <string>
#include <vector>

#include "common/record/methods.h"
#include "common/record/state_machine.h"
#include "common/status/status.h"
#include "heitie/resource/v1/stock_transfer.pb.h"
#include "services/resource/movement/paper_lines.h"
#include "services/resource/stock/stock.h"

namespace heitie::resource {

extern const status::Reason kSamePlace;     // {location}
extern const status::Reason kNotSent;       // {item}
extern const status::Reason kMoreThanSent;  // {item} {sent} {arrived}
extern const status::Reason kOwnTransfer;   // {name}

const record::StateMachine& StockTransferMachine();

// What of a transfer is missing, line by line: those of which not everything arrived.
std::vector<PaperLine> MissingOf(const v1::StockTransfer& transfer);
// Sets what arrived: what is named, and of all other lines what was sent. NOT_SENT, MORE_THAN_SENT, COUNTED_TWICE are added to `bad`.
void SetArrived(v1::StockTransfer& transfer, const v1::ReceiveStockTransferRequest& request, status::BadFields& bad);

// Locks are taken in one order: transfer, then stocks. Thread-safe.
class StockTransfers {
 public:
  StockTransfers(record::Store& store, const Stocks& stocks, const PaperLines& lines)
      : stocks_(stocks), lines_(lines), transfers_(store, &StockTransferMachine()) {}
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::StockTransfer& transfer);
  absl::StatusOr<v1::StockTransfer> Receive(record::Transaction& tx, const v1::ReceiveStockTransferRequest& request);
  absl::StatusOr<v1::StockTransfer> Settle(record::Transaction& tx, const v1::SettleStockTransferRequest& request);
  absl::Status Move(record::Transaction& tx, const v1::StockTransfer& transfer, const std::vector<PaperLine>& lines,
                    const std::string& from, const Destination& to, const Moment& moment) const;
  absl::Status Lose(record::Transaction& tx, const v1::StockTransfer& transfer, const std::vector<PaperLine>& lines,
                    const Moment& moment) const;

  const Stocks& stocks_;
  const PaperLines& lines_;
  record::Kind<v1::StockTransfer> transfers_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MOVEMENT_STOCK_TRANSFER_H_
