// The books of one item while a transaction changes them (policy S4, W7): its totals, what of it lies where in which lots, what is reserved
// for which day, and the layers of FIFO. Plain functions; stock.h reads and writes the rows.
//
// An item that is not told apart has no rows for the main location, which has what the others leave: then its totals are all there is, and
// nothing else is read or written. What is reserved of it needs no day, because nothing of it expires.
#ifndef HEITIE_SERVICES_RESOURCE_STOCK_BOOKS_H_
#define HEITIE_SERVICES_RESOURCE_STOCK_BOOKS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/status/status.h"
#include "heitie/resource/v1/lot.pb.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "services/resource/stock/availability.h"
#include "services/resource/stock/stock_ledger.h"
#include "services/resource/stock/valuation.h"

namespace heitie::resource {

extern const status::Reason kLotsExpired;     // {item} {usable} {asked} {day}
extern const status::Reason kLotNotUsable;    // {lot} {usable} {asked} {day}
extern const status::Reason kLotNeeded;       // {lot} {item} {missing}
extern const status::Reason kLotReason;       // {lot}
extern const status::Reason kLotNotOut;       // {lot} {reservation} {open} {asked}
extern const status::Reason kLotRequired;     // {item}
extern const status::Reason kNotUsablePlace;  // {location}

// What lies at a location (no lot), or of a lot there.
struct Balance {
  std::string name;  // of the row; empty: there is none yet
  int64_t on_hand = 0;
  int64_t reserved = 0;  // only of a whole location
  int64_t blocked = 0;
  absl::CivilDay expiry = kNoEnd;
  int64_t receive_order = 0;
  bool changed = false;
};

// When a movement is, and what for.
struct Moment {
  absl::CivilDay today;
  absl::CivilDay business_day;
  std::string document = {};
  std::string reason = {};
};

// What comes in.
struct Arrival {
  int64_t quantity = 0;
  int64_t cost = 0;
  std::string location = kMainLocation;
  bool blocked = false;  // The location is a quarantine.
  std::string lot = {};
  absl::CivilDay expiry = kNoEnd;
};

// Where goods go.
struct Destination {
  std::string location = kMainLocation;
  bool blocked = false;  // The location is a quarantine.
};

// What a price difference did.
struct PriceSplit {
  int64_t to_stock = 0;  // To the value of what is still on hand.
  int64_t variance = 0;  // The rest; both have the sign of the difference.
};

class Books {
 public:
  Books() = default;
  explicit Books(v1::Stock stock) : stock_(std::move(stock)) {}

  const v1::Stock& stock() const { return stock_; }
  v1::Stock& stock() { return stock_; }
  bool tracked() const { return stock_.tracking() == v1::ItemRules::TRACKING_LOT || stock_.tracking() == v1::ItemRules::TRACKING_SERIAL; }
  bool layered() const { return stock_.valuation() == v1::ItemRules::VALUATION_FIFO; }
  // Whether rows of their own keep what is at a location.
  bool Placed(const std::string& location) const { return tracked() || location != kMainLocation; }

  // What was read. `lot` is empty of a whole location.
  void Put(const std::string& location, const std::string& lot, Balance balance) { balances_[{location, lot}] = std::move(balance); }
  void PutNeed(const std::string& location, absl::CivilDay day, int64_t reserved) { needs_[{location, day}] = reserved; }
  void PutLayer(Layer layer) { layers_.push_back(layer); }

  // Takes the rules of the item when nothing of it is owned; whether that changed anything.
  bool Adopt(const v1::ItemRules& rules);

  // How much more can be reserved at a location for a day.
  int64_t Available(const std::string& location, absl::CivilDay day, absl::CivilDay today) const;
  // What lies there and is not blocked, by last days of use, and what is reserved there, by days of need.
  struct Usable {
    std::vector<ByDay> lots, needs;
  };
  Usable UsableAt(const std::string& location) const;
  // What of a lot is on hand, wherever.
  int64_t OnHandOf(const std::string& lot) const;
  // What is at a place; of a whole location without a lot.
  Balance At(const std::string& location, const std::string& lot = "") const;

  // Each books one movement, all of it or, on an error, a part: then the transaction ends. The caller has checked quantities against lines.
  // STOCK_LIMIT; STOCK_SHORT of what is reserved.
  absl::Status Receive(const Arrival& arrival, const std::string& goods_receipt, const Moment& moment);
  absl::Status Reserve(const v1::Reservation::Line& line, const std::string& reservation, const Moment& moment);
  absl::Status Release(v1::Reservation::Line& line, int64_t quantity, const std::string& reservation, const Moment& moment);
  // What is chosen goes first, the rest by FirstExpiring. LOTS_EXPIRED when what is left cannot be used on the day of need, LOT_NOT_USABLE,
  // LOT_REASON; LOT_NEEDED when a chosen lot would leave another reservation without.
  absl::Status Issue(v1::Reservation::Line& line, int64_t quantity, const std::vector<v1::LotQuantity>& chosen,
                     const std::string& reservation, const Moment& moment);
  // `history` are the entries of the reservation and this item, in order; needed where pieces are told apart or layers kept. `lots` are the
  // last days of use of the lots that may come back. LOT_NOT_OUT, LOT_REQUIRED.
  absl::Status Return(v1::Reservation::Line& line, int64_t quantity, const std::vector<v1::LotQuantity>& chosen,
                      const std::vector<v1::StockEntry>& history, const std::map<std::string, absl::CivilDay>& lots,
                      const std::string& reservation, const Moment& moment);
  // More or less is found at a place: a gain is valued at the average of what is on hand, a loss as an issue. The caller has checked that
  // what is reserved there can still be met.
  absl::Status Adjust(int64_t quantity, const Arrival& place, const Moment& moment);
  // Goods go from a place to another one; totals and value stay (KIND_MOVE_IN, then KIND_MOVE_OUT). A lot is named where pieces are told
  // apart (LOT_REQUIRED), also one that has expired or is in quarantine, and takes its last day of use and its turn along. STOCK_SHORT when
  // less lies there, or less that no reservation needs; LOT_NEEDED when other reservations there would lack what the lot has. `from` and
  // `to` differ, and both were given to Stocks::Lock.
  absl::Status Transfer(int64_t quantity, const std::string& from, const Destination& to, const std::string& lot, const Moment& moment);
  // Goods leave for good without a reservation: a loss, damage, a write-off, a return to the supplier (KIND_LOSS). The answer is their
  // book value: a share of the average, or what the first layers hold. With `as_received` they leave as they came in, at its value as far
  // as the books have it: with layers what is left of the one of that number goes first; the last unit takes all. Errors as of Transfer.
  absl::StatusOr<int64_t> TakeOut(int64_t quantity, const std::string& location, const std::string& lot, const Moment& moment,
                                  const std::optional<Layer>& as_received = std::nullopt);
  // The value of what is on hand changes, and no quantity (KIND_REVALUE). With layers it is the value of the layer of that number, which
  // there must be. Neither falls below 0: the caller has checked that. Something is on hand. STOCK_LIMIT.
  absl::Status Revalue(int64_t amount, const Moment& moment, int64_t layer = 0);
  // A later invoice is dearer (cheaper: negative) by `difference` than what came in once: as much of it as is still there goes to the
  // stock's value, min(held, received)/received, the rest is variance. `layer` is the entry that came in; needed where layers are kept.
  // received > 0. STOCK_LIMIT.
  absl::StatusOr<PriceSplit> Reprice(int64_t difference, int64_t received, int64_t layer, const Moment& moment);
  // How much lies at a place that no reservation there needs: of a lot what is there and can go. Blocked goods are needed by nobody.
  int64_t Removable(const std::string& location, const std::string& lot, absl::CivilDay today) const;
  // Whether what is reserved at a location can be met.
  bool AllCanBeMet(const std::string& location, absl::CivilDay today) const;
  // Lots whose last day of use is over and that nobody has blocked: blocks them; whether there were any.
  bool BlockExpired(absl::CivilDay today);

  using PlaceKey = std::pair<std::string, std::string>;    // location, lot
  using NeedKey = std::pair<std::string, absl::CivilDay>;  // location, day
  // What was booked.
  const std::vector<v1::StockEntry>& entries() const { return entries_; }
  std::vector<v1::StockEntry>& entries() { return entries_; }
  const std::map<PlaceKey, Balance>& balances() const { return balances_; }
  const std::map<NeedKey, int64_t>& needs() const { return needs_; }
  const std::set<NeedKey>& changed_needs() const { return changed_needs_; }
  const std::vector<Layer>& layers() const { return layers_; }
  const std::set<int64_t>& changed_layers() const { return changed_layers_; }

 private:
  std::vector<LotOnHand> LotsAt(const std::string& location) const;
  Place PlaceOf(const std::string& location, const std::string& lot) const;
  void Move(const std::string& location, const std::string& lot, int64_t on_hand, int64_t reserved);
  void Need(const std::string& location, absl::CivilDay day, int64_t quantity);
  void Finish(v1::StockEntry entry, const Moment& moment, const std::vector<Layer>& layers, int sign);
  absl::Status CheckRemovable(int64_t quantity, const std::string& location, const std::string& lot, const Moment& moment);
  void MoveBlocked(const std::string& location, const std::string& lot, int64_t quantity);
  absl::Status AdjustAs(int64_t quantity, const Arrival& place, const Moment& moment, const std::optional<Layer>& as_received);
  absl::Status IssueOf(v1::Reservation::Line& line, int64_t quantity, const std::string& lot, const std::string& reservation,
                       const Moment& moment);

  v1::Stock stock_;
  std::map<PlaceKey, Balance> balances_;
  std::map<NeedKey, int64_t> needs_;
  std::set<NeedKey> changed_needs_;
  std::vector<Layer> layers_;
  std::set<int64_t> changed_layers_;
  std::vector<v1::StockEntry> entries_;
};

// What is still out of a reservation, by its entries for one item in order.
std::vector<Taken> TakenBy(const std::vector<v1::StockEntry>& history);

// How much the promises of a location lack once `loss` is gone from a lot there, or from all where pieces are not told apart: so much must
// be released of them before. 0: nothing.
int64_t MissingAfterLoss(const Books& books, const std::string& location, const std::string& lot, int64_t loss, absl::CivilDay today);

// The day of need of a line.
absl::CivilDay NeedOf(const v1::Reservation::Line& line);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_STOCK_BOOKS_H_
