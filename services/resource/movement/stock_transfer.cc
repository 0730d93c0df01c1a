#include "services/resource/movement/stock_transfer.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/resource/stock/count.h"

namespace heitie::resource {

using v1::StockTransfer;

const status::Reason kSamePlace{absl::StatusCode::kInvalidArgument, "SAME_PLACE", "The goods are at {location} already.",
                                "物資已在 {location}。"};
const status::Reason kNotSent{absl::StatusCode::kInvalidArgument, "NOT_SENT", "No such goods of {item} were sent.",
                              "調撥單中沒有 {item} 的這批物資。"};
const status::Reason kMoreThanSent{absl::StatusCode::kInvalidArgument, "MORE_THAN_SENT",
                                   "{item}: {sent:count} were sent, {arrived:count} cannot have arrived.",
                                   "{item}：送出 {sent:count}，不可能送達 {arrived:count}。"};
const status::Reason kOwnTransfer{absl::StatusCode::kPermissionDenied, "OWN_TRANSFER",
                                  "Whoever sent or received {name} cannot decide about what is missing.",
                                  "送出或點收 {name} 的人不能決定短少物資的處理。"};

const record::StateMachine& StockTransferMachine() {
  using T = StockTransfer;
  static const auto& machine = *new record::StateMachine(
      T::State_descriptor(), {
                                 {T::STATE_IN_TRANSIT, "receive", T::STATE_ARRIVED, "everything arrived"},
                                 {T::STATE_IN_TRANSIT, "find_missing", T::STATE_DIFFERENT, "not everything arrived", record::kConsequence},
                                 {T::STATE_DIFFERENT, "settle", T::STATE_SETTLED, "by somebody who neither sent nor received it"},
                             });
  return machine;
}

std::vector<PaperLine> MissingOf(const StockTransfer& transfer) {
  std::vector<PaperLine> missing;
  for (const StockTransfer::Line& line : transfer.lines()) {
    if (line.arrived_quantity() == line.quantity()) continue;
    PaperLine& one = missing.emplace_back();
    one.item = line.item();
    one.lot = line.lot();
    one.quantity = line.quantity() - line.arrived_quantity();
  }
  return missing;
}

void SetArrived(StockTransfer& transfer, const v1::ReceiveStockTransferRequest& request, status::BadFields& bad) {
  for (StockTransfer::Line& line : *transfer.mutable_lines()) line.set_arrived_quantity(line.quantity());
  std::set<std::pair<std::string, std::string>> seen;
  for (int i = 0; i < request.arrived_size(); ++i) {
    const auto& arrived = request.arrived(i);
    const std::string path = absl::StrCat("arrived[", i, "]");
    if (!seen.insert({arrived.item(), arrived.lot()}).second) bad.Add(path + ".item", kCountedTwice, {{"item", arrived.item()}});
    StockTransfer::Line* sent = nullptr;
    for (StockTransfer::Line& line : *transfer.mutable_lines()) {
      if (line.item() == arrived.item() && line.lot() == arrived.lot()) sent = &line;
    }
    if (sent == nullptr) {
      bad.Add(path + ".item", kNotSent, {{"item", arrived.item()}});
    } else if (arrived.quantity() > sent->quantity()) {
      bad.Add(path + ".quantity", kMoreThanSent, {{"item", arrived.item()}, {"sent", sent->quantity()}, {"arrived", arrived.quantity()}});
    } else {
      sent->set_arrived_quantity(arrived.quantity());
    }
  }
}

void StockTransfers::Bind(record::Methods& methods) {
  methods.Reads(transfers_);
  methods.Creates(transfers_, this, &StockTransfers::Create);
  methods.Bind("ReceiveStockTransfer", this, &StockTransfers::Receive);
  methods.Bind("SettleStockTransfer", this, &StockTransfers::Settle);
}

absl::Status StockTransfers::Create(record::Transaction& tx, StockTransfer& transfer) {
  status::BadFields bad;
  ASSIGN_OR_RETURN(const std::vector<PaperLine> lines, lines_.Read(tx.sql, AskedOf(transfer.lines()), "stock_transfer.lines", bad));
  ASSIGN_OR_RETURN(const Destination from, lines_.PlaceOf(tx.sql, transfer.from_location(), "stock_transfer.from_location", bad));
  ASSIGN_OR_RETURN(Destination to, lines_.PlaceOf(tx.sql, transfer.to_location(), "stock_transfer.to_location", bad));
  if (from.location == to.location) bad.Add("stock_transfer.to_location", kSamePlace, {{"location", to.location}});
  if (transfer.two_steps()) {
    transfer.clear_business_date();
    to = {kTransitLocation, true};
  }
  ASSIGN_OR_RETURN(Moment moment, stocks_.MomentOf(tx, transfer.has_business_date() ? &transfer.business_date() : nullptr,
                                                   "stock_transfer.business_date", bad));
  RETURN_IF_ERROR(bad.status());
  for (int i = 0; i < transfer.lines_size(); ++i) {
    StockTransfer::Line& line = *transfer.mutable_lines(i);
    line.set_quantity(lines[i].quantity);
    line.clear_unit();
    line.set_arrived_quantity(transfer.two_steps() ? 0 : line.quantity());
  }
  transfer.set_state(transfer.two_steps() ? StockTransfer::STATE_IN_TRANSIT : StockTransfer::STATE_ARRIVED);
  if (!transfer.two_steps()) {
    transfer.set_receiver(tx.call.principal.name);
    *transfer.mutable_arrive_time() = time::ToTimestamp(tx.call.now);
  }
  moment.reason = transfer.reason();
  return Move(tx, transfer, lines, from.location, to, moment);
}

absl::Status StockTransfers::Move(record::Transaction& tx, const StockTransfer& transfer, const std::vector<PaperLine>& lines,
                                  const std::string& from, const Destination& to, const Moment& moment) const {
  if (lines.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(StockChange change, stocks_.Lock(tx, PaperLines::ItemsOf(lines), Stocks::Depth::kMove, {from, to.location}));
  status::BadFields bad;
  PaperLines::CheckLots(change, lines, "stock_transfer.lines", bad);
  RETURN_IF_ERROR(bad.status());
  RETURN_IF_ERROR(PaperLines::CheckRemovable(change, lines, from, moment.today));
  Moment of_paper = moment;
  of_paper.document = transfer.name();
  for (const PaperLine& line : lines) {
    RETURN_IF_ERROR(change.Find(line.item)->Transfer(line.quantity, from, to, line.lot, of_paper));
  }
  return stocks_.Save(tx, change, "transfer");
}

absl::Status StockTransfers::Lose(record::Transaction& tx, const StockTransfer& transfer, const std::vector<PaperLine>& lines,
                                  const Moment& moment) const {
  ASSIGN_OR_RETURN(StockChange change, stocks_.Lock(tx, PaperLines::ItemsOf(lines), Stocks::Depth::kMove, {kTransitLocation}));
  Moment of_paper = moment;
  of_paper.document = transfer.name();
  for (const PaperLine& line : lines) {
    RETURN_IF_ERROR(change.Find(line.item)->TakeOut(line.quantity, kTransitLocation, line.lot, of_paper).status());
  }
  return stocks_.Save(tx, change, "write_off");
}

absl::StatusOr<StockTransfer> StockTransfers::Receive(record::Transaction& tx, const v1::ReceiveStockTransferRequest& request) {
  ASSIGN_OR_RETURN(record::Step<StockTransfer> step, transfers_.Begin(tx, request));
  StockTransfer& after = step.after;
  status::BadFields bad;
  SetArrived(after, request, bad);
  const bool all = MissingOf(after).empty();
  RETURN_IF_ERROR(transfers_.Advance(after, step.verb = all ? "receive" : "find_missing"));
  ASSIGN_OR_RETURN(const Destination to, lines_.PlaceOf(tx.sql, after.to_location(), "name", bad));
  ASSIGN_OR_RETURN(Moment moment, stocks_.MomentOf(tx, nullptr, "", bad));
  RETURN_IF_ERROR(bad.status());
  std::vector<PaperLine> arrived;
  for (const StockTransfer::Line& line : after.lines()) {
    if (line.arrived_quantity() == 0) continue;
    PaperLine& one = arrived.emplace_back();
    one.item = line.item();
    one.lot = line.lot();
    one.quantity = line.arrived_quantity();
  }
  moment.reason = request.reason();
  RETURN_IF_ERROR(Move(tx, after, arrived, kTransitLocation, to, moment));
  after.set_receiver(tx.call.principal.name);
  *after.mutable_arrive_time() = time::ToTimestamp(tx.call.now);
  after.set_state_reason(request.reason());
  return transfers_.Finish(tx, step);
}

absl::StatusOr<StockTransfer> StockTransfers::Settle(record::Transaction& tx, const v1::SettleStockTransferRequest& request) {
  return transfers_.Change(tx, request, "settle", [&](const StockTransfer& before, StockTransfer& after) -> absl::Status {
    const std::string& caller = tx.call.principal.name;
    if (caller == before.creator() || caller == before.receiver()) return status::Error(kOwnTransfer, {{"name", before.name()}});
    status::BadFields bad;
    const bool found = request.decision() == StockTransfer::DECISION_FOUND;
    ASSIGN_OR_RETURN(const Destination to, lines_.PlaceOf(tx.sql, found ? before.to_location() : before.from_location(), "name", bad));
    ASSIGN_OR_RETURN(Moment moment, stocks_.MomentOf(tx, nullptr, "", bad));
    RETURN_IF_ERROR(bad.status());
    moment.reason = request.reason();
    const std::vector<PaperLine> missing = MissingOf(before);
    RETURN_IF_ERROR(request.decision() == StockTransfer::DECISION_LOST ? Lose(tx, before, missing, moment)
                                                                       : Move(tx, before, missing, kTransitLocation, to, moment));
    if (found) {
      for (StockTransfer::Line& line : *after.mutable_lines()) line.set_arrived_quantity(line.quantity());
    }
    after.set_decision(request.decision());
    after.set_settler(caller);
    after.set_state_reason(request.reason());
    return absl::OkStatus();
  });
}

}  // namespace heitie::resource
