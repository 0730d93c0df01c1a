#include "services/resource/material/goods_receipt.h"

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "heitie/resource/v1/goods_receipt.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "services/resource/catalogue/units.h"
#include "services/resource/stock/stock_ledger.h"

namespace heitie::resource {

using v1::GoodsReceipt;

const status::Reason kTwoCosts{absl::StatusCode::kInvalidArgument, "TWO_COSTS", "Give the cost of the line or of one unit, not both.",
                               "請填整行成本或單位成本，勿同時填寫。"};
const status::Reason kLotCodeRequired{absl::StatusCode::kInvalidArgument, "LOT_CODE_REQUIRED",
                                      "Pieces of {item} are told apart: give the code of the lot, or the number of the piece.",
                                      "{item} 依批號或序號管理，請填寫批號或序號。"};
const status::Reason kNotToldApart{absl::StatusCode::kInvalidArgument, "NOT_TOLD_APART",
                                   "Pieces of {item} are not told apart: it has no lots.", "{item} 不分批管理，沒有批號。"};
const status::Reason kSerialIsOne{absl::StatusCode::kInvalidArgument, "SERIAL_IS_ONE",
                                  "Each piece of {item} has a number of its own: a line is one piece, not {quantity:count}.",
                                  "{item} 每件各有序號，一行只能有一件，而非 {quantity:count}。"};
const status::Reason kSerialOnHand{absl::StatusCode::kInvalidArgument, "SERIAL_ON_HAND", "The piece {code} of {item} is here already.",
                                   "{item} 序號 {code} 已在庫。"};
const status::Reason kLotDiffers{absl::StatusCode::kInvalidArgument, "LOT_DIFFERS", "{lot} has another last day of use: {expiry}.",
                                 "{lot} 的最後使用日不同：{expiry}。"};

namespace {

bool SaysUnit(const v1::Item& item, const std::string& unit) { return !unit.empty() && unit != item.unit(); }

// Beyond what books can hold by itself: stays inside 64 bits on the way to the check.
int64_t LineCost(int64_t quantity, int64_t unit_cost_minor) {
  const __int128 cost = static_cast<__int128>(quantity) * unit_cost_minor;
  return cost > kMaxValueMinor ? kMaxValueMinor + 1 : static_cast<int64_t>(cost);
}

absl::CivilDay ExpiryOf(const v1::Lot& lot) { return lot.has_expiry_date() ? time::ToDay(lot.expiry_date()) : kNoEnd; }

}  // namespace

void GoodsReceipts::Bind(record::Methods& methods) {
  methods.Reads(receipts_);
  methods.Creates(receipts_, this, &GoodsReceipts::Create);
}

absl::Status GoodsReceipts::Create(record::Transaction& tx, GoodsReceipt& receipt) { return Receive(tx, receipt, false); }

absl::Status GoodsReceipts::Enter(record::Transaction& tx, GoodsReceipt& receipt) const {
  if (receipt.name().empty()) receipt.set_name(absl::StrCat("goodsReceipts/", record::NewId(tx.call.now)));
  RETURN_IF_ERROR(Receive(tx, receipt, true));
  return receipts_.Insert(tx, receipt);
}

// In the units of the items, each with the cost of the line.
absl::Status GoodsReceipts::CheckLines(const ItemFacts& facts, bool ordered, GoodsReceipt& receipt, status::BadFields& bad) const {
  for (int i = 0; i < receipt.lines_size(); ++i) {
    GoodsReceipt::Line& line = *receipt.mutable_lines(i);
    const std::string path = absl::StrCat("goods_receipt.lines[", i, "]");
    line.clear_lot();
    line.clear_entered_quantity();
    const auto fact = facts.find(line.item());
    if (fact == facts.end()) {
      bad.Add(path + ".item", kUnknownItem, {{"item", line.item()}});
      continue;
    }
    if (!ordered) RETURN_IF_ERROR(CheckBought(fact->second.item));
    if (!line.has_cost_minor()) {
      line.set_cost_minor(LineCost(line.quantity(), line.unit_cost_minor()));
    } else if (line.unit_cost_minor() != 0) {
      bad.Add(path + ".cost_minor", kTwoCosts);
    }
    if (!SaysUnit(fact->second.item, line.unit())) continue;
    line.set_entered_quantity(line.quantity());
    line.set_quantity(ToBase(fact->second.item, line.quantity(), line.unit(), path + ".quantity", path + ".unit", bad));
  }
  return absl::OkStatus();
}

absl::Status GoodsReceipts::Receive(record::Transaction& tx, GoodsReceipt& receipt, bool ordered) const {
  status::BadFields bad;
  ASSIGN_OR_RETURN(const ItemFacts facts, items_.FactsOf(tx.sql, ItemsOf(receipt.lines())));
  RETURN_IF_ERROR(CheckLines(facts, ordered, receipt, bad));
  std::set<std::string> places;
  for (const GoodsReceipt::Line& line : receipt.lines()) places.insert(LocationOf(line.location()));
  ASSIGN_OR_RETURN(const auto kinds, locations_.KindsOf(tx.sql, places));
  for (int i = 0; i < receipt.lines_size(); ++i) {
    const std::string location = LocationOf(receipt.lines(i).location());
    if (kinds.count(location) == 0) bad.Add(absl::StrCat("goods_receipt.lines[", i, "].location"), kUnknownLocation, {{"name", location}});
  }
  if (!receipt.vendor().empty()) {
    const absl::Status vendor = suppliers_.kind().Find(tx.sql, receipt.vendor()).status();
    if (absl::IsNotFound(vendor)) {
      bad.Add("goods_receipt.vendor", kUnknownSupplier, {{"supplier", receipt.vendor()}});
    } else {
      RETURN_IF_ERROR(vendor);
    }
  }
  ASSIGN_OR_RETURN(const Moment moment, stocks_.MomentOf(tx, &receipt.receive_date(), "goods_receipt.receive_date", bad));
  RETURN_IF_ERROR(bad.status());

  ASSIGN_OR_RETURN(StockChange change, stocks_.Lock(tx, ItemsOf(receipt.lines()), Stocks::Depth::kMove, places));
  for (const auto& [item, fact] : facts) change.Find(item)->Adopt(fact.rules);
  for (int i = 0; i < receipt.lines_size(); ++i) {
    GoodsReceipt::Line& line = *receipt.mutable_lines(i);
    const bool quarantine = kinds.at(LocationOf(line.location())) == v1::Location::KIND_QUARANTINE;
    RETURN_IF_ERROR(ReceiveLine(tx, receipt, line, absl::StrCat("goods_receipt.lines[", i, "]"), facts.at(line.item()), quarantine, moment,
                                *change.Find(line.item()), bad));
  }
  RETURN_IF_ERROR(bad.status());
  return stocks_.Save(tx, change, "receive");
}

absl::Status GoodsReceipts::ReceiveLine(record::Transaction& tx, const GoodsReceipt& receipt, GoodsReceipt::Line& line,
                                        const std::string& path, const ItemFact& fact, bool quarantine, const Moment& moment, Books& books,
                                        status::BadFields& bad) const {
  Arrival arrival;
  arrival.quantity = line.quantity();
  arrival.cost = line.cost_minor();
  arrival.location = LocationOf(line.location());
  arrival.blocked = quarantine;
  const bool serial = books.stock().tracking() == v1::ItemRules::TRACKING_SERIAL;
  if (!books.tracked()) {
    if (!line.lot_code().empty()) bad.Add(path + ".lot_code", kNotToldApart, {{"item", line.item()}});
    if (line.has_expiry_date()) bad.Add(path + ".expiry_date", kNotToldApart, {{"item", line.item()}});
  } else if (line.lot_code().empty()) {
    bad.Add(path + ".lot_code", kLotCodeRequired, {{"item", line.item()}});
  } else if (serial && line.quantity() != 1) {
    bad.Add(path + ".quantity", kSerialIsOne, {{"item", line.item()}, {"quantity", line.quantity()}});
  } else {
    ASSIGN_OR_RETURN(const v1::Lot lot, LotOf(tx, receipt, line, fact, serial));
    line.set_lot(arrival.lot = lot.name());
    arrival.expiry = ExpiryOf(lot);
    if (line.has_expiry_date() && time::ToDay(line.expiry_date()) != arrival.expiry) {
      bad.Add(path + ".expiry_date", kLotDiffers,
              {{"lot", lot.name()}, {"expiry", arrival.expiry == kNoEnd ? "-" : time::DayText(arrival.expiry)}});
    }
    if (serial && books.OnHandOf(lot.name()) > 0) bad.Add(path + ".lot_code", kSerialOnHand, {{"item", line.item()}, {"code", lot.code()}});
  }
  return bad.empty() ? books.Receive(arrival, receipt.name(), moment) : absl::OkStatus();
}

absl::StatusOr<v1::Lot> GoodsReceipts::LotOf(record::Transaction& tx, const GoodsReceipt& receipt, const GoodsReceipt::Line& line,
                                             const ItemFact& fact, bool serial) const {
  ASSIGN_OR_RETURN(std::vector<v1::Lot> found,
                   lots_.Select(tx.sql, "WHERE item = ? AND code = ?", sql::Bind(line.item(), line.lot_code())));
  if (!found.empty()) return std::move(found.front());
  v1::Lot lot;
  lot.set_name(absl::StrCat(line.item(), "/lots/", record::NewId(tx.call.now)));
  lot.set_item(line.item());
  lot.set_code(line.lot_code());
  lot.set_serial(serial);
  lot.set_supplier(receipt.vendor());
  lot.set_goods_receipt(receipt.name());
  *lot.mutable_receive_date() = receipt.receive_date();
  if (line.has_expiry_date()) {
    *lot.mutable_expiry_date() = line.expiry_date();
  } else if (fact.rules.shelf_life_days() > 0) {
    *lot.mutable_expiry_date() = time::ToDate(time::ToDay(receipt.receive_date()) + fact.rules.shelf_life_days());
  }
  lot.set_stage(v1::Lot::STAGE_FINE);
  RETURN_IF_ERROR(lots_.Insert(tx, lot));
  RETURN_IF_ERROR(stages_.Follow(tx, lot));
  return lot;
}

}  // namespace heitie::resource
