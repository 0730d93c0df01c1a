#include "services/resource/stock/stock_ledger.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "heitie/resource/v1/stock.pb.h"

namespace heitie::resource {

const status::Reason kStockLimit{absl::StatusCode::kFailedPrecondition, "STOCK_LIMIT",
                                 "{item}: the stock would exceed {quantity:count} units, or the value that its books can hold.",
                                 "{item}：庫存將超過 {quantity:count} 單位，或超過帳面可記的價值。"};

namespace {

using Line = v1::Reservation::Line;

struct Deltas {
  int64_t on_hand = 0;
  int64_t reserved = 0;
  int64_t value = 0;
  // What a line asks of the place, for the refusal.
  int64_t asked() const { return reserved - on_hand; }
};

// A caller that asks for more than a line holds has a bug: the check belongs before the booking.
absl::Status Inconsistent(const std::string& item, const char* what) { return absl::InternalError(absl::StrCat(item, ": ", what)); }

// The one place where balances change: 0 <= reserved <= on_hand (W7) and the limits hold afterwards, of all of the item and of what no
// balance of its own keeps, or nothing has changed.
absl::StatusOr<v1::StockEntry> Book(v1::Stock& stock, v1::StockEntry::Kind kind, const Deltas& deltas, const Place& place) {
  const int64_t on_hand = stock.on_hand() + deltas.on_hand;
  const int64_t reserved = stock.reserved() + deltas.reserved;
  const int64_t value = stock.value_minor() + deltas.value;
  const int64_t placed_on_hand = stock.placed_on_hand() + (place.placed ? deltas.on_hand : 0);
  const int64_t placed_reserved = stock.placed_reserved() + (place.placed ? deltas.reserved : 0);
  if (reserved > on_hand || reserved - placed_reserved > on_hand - placed_on_hand) {
    return status::Error(status::kStockShort, {{"items", status::StockLine(stock.item(), FreeOfRest(stock), deltas.asked())}});
  }
  if (reserved < 0 || value < 0) return Inconsistent(stock.item(), "a balance would be negative");
  if (on_hand > kMaxQuantity || value > kMaxValueMinor) {
    return status::Error(kStockLimit, {{"item", stock.item()}, {"quantity", kMaxQuantity}});
  }
  stock.set_on_hand(on_hand);
  stock.set_reserved(reserved);
  stock.set_blocked(stock.blocked() + (place.blocked ? deltas.on_hand : 0));
  stock.set_available(on_hand - reserved - stock.blocked());
  stock.set_placed_on_hand(placed_on_hand);
  stock.set_placed_reserved(placed_reserved);
  if (stock.valuation() == v1::ItemRules::VALUATION_FIFO) stock.set_layered_on_hand(on_hand);
  stock.set_value_minor(value);
  stock.set_entry_count(stock.entry_count() + 1);

  v1::StockEntry entry;
  entry.set_name(StockEntryName(stock.item(), stock.entry_count()));
  entry.set_item(stock.item());
  entry.set_sequence(stock.entry_count());
  entry.set_kind(kind);
  entry.set_on_hand_delta(deltas.on_hand);
  entry.set_reserved_delta(deltas.reserved);
  entry.set_value_delta_minor(deltas.value);
  entry.set_on_hand(on_hand);
  entry.set_reserved(reserved);
  entry.set_value_minor(value);
  entry.set_location(place.location);
  entry.set_lot(place.lot);
  if (place.need) *entry.mutable_need_date() = time::ToDate(*place.need);
  return entry;
}

}  // namespace

void CopyLine(const Line& line, v1::StockEntry& entry) {
  entry.set_line_reserved(line.quantity() - line.released_quantity());
  entry.set_line_issued(line.issued_quantity());
  entry.set_line_returned(line.returned_quantity());
}

v1::Stock::Level LevelOf(const v1::Stock& stock) {
  if (stock.available() <= 0) return v1::Stock::LEVEL_OUT;
  return stock.available() <= stock.low_quantity() ? v1::Stock::LEVEL_LOW : v1::Stock::LEVEL_FINE;
}

const char* WorseningOf(v1::Stock::Level before, v1::Stock::Level after) {
  if (after <= before) return nullptr;
  return after == v1::Stock::LEVEL_OUT ? "run_out" : "run_low";
}

int64_t FreeOfRest(const v1::Stock& stock) {
  return stock.on_hand() - stock.placed_on_hand() - (stock.reserved() - stock.placed_reserved());
}

int64_t Outstanding(const Line& line) { return line.quantity() - line.issued_quantity() - line.released_quantity(); }

int64_t Out(const Line& line) { return line.issued_quantity() - line.returned_quantity(); }

std::string StockName(const std::string& item) { return absl::StrCat(item, "/stock"); }

std::string StockEntryName(const std::string& item, int64_t sequence) { return absl::StrFormat("%s/stockEntries/%012d", item, sequence); }

absl::StatusOr<v1::StockEntry> Receive(v1::Stock& stock, int64_t quantity, int64_t unit_cost_minor, const std::string& goods_receipt) {
  const __int128 cost = static_cast<__int128>(quantity) * unit_cost_minor;
  // Beyond the limit by itself: stay inside 64 bits on the way to the check.
  return ReceiveFor(stock, quantity, cost > kMaxValueMinor ? kMaxValueMinor + 1 : static_cast<int64_t>(cost), goods_receipt);
}

absl::StatusOr<v1::StockEntry> ReceiveFor(v1::Stock& stock, int64_t quantity, int64_t cost_minor, const std::string& goods_receipt,
                                          const Place& place) {
  ASSIGN_OR_RETURN(v1::StockEntry entry, Book(stock, v1::StockEntry::KIND_RECEIPT, {.on_hand = quantity, .value = cost_minor}, place));
  entry.set_goods_receipt(goods_receipt);
  return entry;
}

absl::StatusOr<v1::StockEntry> Reserve(v1::Stock& stock, const Line& line, const std::string& reservation, const Place& place) {
  ASSIGN_OR_RETURN(v1::StockEntry entry, Book(stock, v1::StockEntry::KIND_RESERVE, {.reserved = line.quantity()}, place));
  entry.set_reservation(reservation);
  CopyLine(line, entry);
  return entry;
}

absl::StatusOr<v1::StockEntry> Release(v1::Stock& stock, Line& line, int64_t quantity, const std::string& reservation, const Place& place) {
  if (quantity > Outstanding(line)) return Inconsistent(line.item(), "releases more than is outstanding");
  ASSIGN_OR_RETURN(v1::StockEntry entry, Book(stock, v1::StockEntry::KIND_RELEASE, {.reserved = -quantity}, place));
  line.set_released_quantity(line.released_quantity() + quantity);
  entry.set_reservation(reservation);
  CopyLine(line, entry);
  return entry;
}

absl::StatusOr<v1::StockEntry> Issue(v1::Stock& stock, Line& line, int64_t quantity, const std::string& reservation, const Place& place,
                                     std::optional<int64_t> given) {
  if (quantity > Outstanding(line)) return Inconsistent(line.item(), "issues more than is outstanding");
  if (quantity > stock.on_hand()) return Inconsistent(line.item(), "issues more than is on hand");
  const int64_t value = given ? *given : ShareOf(stock.value_minor(), quantity, stock.on_hand());
  ASSIGN_OR_RETURN(v1::StockEntry entry,
                   Book(stock, v1::StockEntry::KIND_ISSUE, {.on_hand = -quantity, .reserved = -quantity, .value = -value}, place));
  line.set_issued_quantity(line.issued_quantity() + quantity);
  line.set_issued_value_minor(line.issued_value_minor() + value);
  entry.set_reservation(reservation);
  CopyLine(line, entry);
  return entry;
}

absl::StatusOr<v1::StockEntry> Return(v1::Stock& stock, Line& line, int64_t quantity, const std::string& reservation, const Place& place,
                                      std::optional<int64_t> given) {
  if (quantity > Out(line)) return Inconsistent(line.item(), "returns more than is out");
  const int64_t value = given ? *given : ShareOf(line.issued_value_minor() - line.returned_value_minor(), quantity, Out(line));
  ASSIGN_OR_RETURN(v1::StockEntry entry, Book(stock, v1::StockEntry::KIND_RETURN, {.on_hand = quantity, .value = value}, place));
  line.set_returned_quantity(line.returned_quantity() + quantity);
  line.set_returned_value_minor(line.returned_value_minor() + value);
  entry.set_reservation(reservation);
  CopyLine(line, entry);
  return entry;
}

absl::StatusOr<v1::StockEntry> Adjust(v1::Stock& stock, int64_t quantity, int64_t value, const Place& place) {
  return Book(stock, quantity < 0 ? v1::StockEntry::KIND_LOSS : v1::StockEntry::KIND_GAIN, {.on_hand = quantity, .value = value}, place);
}

absl::StatusOr<v1::StockEntry> MoveIn(v1::Stock& stock, int64_t quantity, const Place& place) {
  return Book(stock, v1::StockEntry::KIND_MOVE_IN, {.on_hand = quantity}, place);
}

absl::StatusOr<v1::StockEntry> MoveOut(v1::Stock& stock, int64_t quantity, const Place& place) {
  return Book(stock, v1::StockEntry::KIND_MOVE_OUT, {.on_hand = -quantity}, place);
}

absl::StatusOr<v1::StockEntry> Revalue(v1::Stock& stock, int64_t amount) {
  return Book(stock, v1::StockEntry::KIND_REVALUE, {.value = amount}, {});
}

}  // namespace heitie::resource
