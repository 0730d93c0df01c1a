// Reservations of stock: all lines or none, issue, return, release, expiry (policy S4, W2, W5, W7).
#ifndef HEITIE_SERVICES_RESOURCE_MATERIAL_RESERVATION_H_
#define HEITIE_SERVICES_RESOURCE_MATERIAL_RESERVATION_H_

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/job/runner.h"
#include "common/record/methods.h"
#include "heitie/resource/v1/cost_center.pb.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "services/resource/catalogue/location.h"
#include "services/resource/material/item.h"
#include "services/resource/material/reservation_rules.h"
#include "services/resource/stock/stock.h"

namespace heitie::resource {

// Locks are taken in one order: reservation, then stocks. Thread-safe.
class Reservations {
 public:
  // Handles the jobs of kind "expire-reservation".
  Reservations(record::Store& store, const Stocks& stocks, const Items& items, const Locations& locations, job::Runner& jobs);
  void Bind(record::Methods& methods);

  // For what takes promises back, such as a count that found less: the reservation, locked before any stock. Whoever has released some of
  // its lines in the books gives it back by GiveUp, whose event tells the subject.
  absl::StatusOr<record::Step<v1::Reservation>> Take(record::Transaction& tx, const std::string& name) const;
  absl::Status GiveUp(record::Transaction& tx, record::Step<v1::Reservation>& step) const;

  // ---- For papers that hand out and take back (movement/). They have locked the stocks, after the reservation, and save them.
  const record::Kind<v1::Reservation>& kind() const { return reservations_; }
  using ChosenLots = std::map<std::string, std::vector<v1::LotQuantity>>;  // by item
  // STOCK_SHORT with every line that asks for more than is available.
  absl::Status CheckThere(const v1::Reservation& reservation, StockChange& change, const Moment& moment) const;
  // Reserves and issues all lines of a new reservation, in the books: it is CLOSED, and the caller inserts it. Also of retired items.
  // STOCK_SHORT, LOTS_EXPIRED, LOT_NOT_USABLE, LOT_REASON, LOT_NEEDED.
  absl::Status IssueNow(v1::Reservation& reservation, StockChange& change, const ChosenLots& lots, const Moment& moment) const;
  // Takes goods of a line back in the books, at the line's location. The caller has checked that so much is out. LOT_NOT_OUT, LOT_REQUIRED.
  absl::Status TakeBack(record::Transaction& tx, const std::string& reservation, Books& books, v1::Reservation::Line& line,
                        int64_t quantity, const std::vector<v1::LotQuantity>& chosen, const Moment& moment) const;

  // ---- For allotments (allotment/allotment.h), in their transactions.
  // Lets go `less` of what is outstanding, each item once, then takes `more`; a reservation that is not stored yet begins with it, HELD.
  // What is wrong with a line of `more` is added to `bad` below its item's place in `fields`, and nothing is written. STOCK_SHORT;
  // ILLEGAL_TRANSITION of a reservation that was released or has expired.
  absl::Status Reshape(record::Transaction& tx, const v1::Reservation& held, const Quantities& less,
                       const std::vector<v1::Reservation::Line>& more, const std::map<std::string, std::string>& fields,
                       status::BadFields& bad) const;
  // Lets the lines, which are outstanding at their places, pass to `to`, a new reservation that is confirmed at once. Nothing else changes:
  // a need that comes earlier can be met by what met it later.
  absl::Status PassOn(record::Transaction& tx, const std::string& from, const std::vector<v1::Reservation::Line>& lines,
                      v1::Reservation& to) const;
  // Each does nothing where it was done already.
  absl::Status ConfirmHeld(record::Transaction& tx, const std::string& name) const;
  absl::Status ReleaseHeld(record::Transaction& tx, const std::string& name) const;

 private:
  // Moves goods of a line in the books of its item.
  using Book = std::function<absl::Status(Books&, v1::Reservation::Line&, int64_t quantity)>;

  absl::Status Reserve(record::Transaction& tx, v1::Reservation& reservation);
  absl::StatusOr<v1::Reservation> Confirm(record::Transaction& tx, const v1::ConfirmReservationRequest& request);
  absl::StatusOr<v1::Reservation> Issue(record::Transaction& tx, const v1::IssueReservationRequest& request);
  absl::StatusOr<v1::Reservation> Return(record::Transaction& tx, const v1::ReturnReservationRequest& request);
  absl::StatusOr<v1::Reservation> Release(record::Transaction& tx, const v1::ReleaseReservationRequest& request);
  job::Outcome Expire(const rpc::Call& call, const job::Job& job);
  absl::Status ExpireHeld(record::Transaction& tx, const std::string& name) const;

  // Moves goods of the lines in stock and on the reservation.
  absl::Status Move(record::Transaction& tx, v1::Reservation& reservation, const Quantities& lines, Stocks::Depth depth, const Book& book,
                    const std::string& action) const;
  // What is asked for, in the units of the items. Without other units nothing is read.
  absl::StatusOr<Quantities> InBaseUnits(record::Transaction& tx, const Quantities& lines) const;
  absl::Status ToBaseUnits(record::Transaction& tx, v1::Reservation& reservation, status::BadFields& bad) const;
  // `path` of a line's index.
  absl::Status CheckLocations(record::Transaction& tx, const v1::Reservation& reservation, const std::set<std::string>& places,
                              const std::function<std::string(int)>& path, status::BadFields& bad) const;
  absl::StatusOr<v1::Reservation> LetGo(record::Transaction& tx, record::Step<v1::Reservation>& step) const;
  absl::StatusOr<std::map<std::string, absl::CivilDay>> ExpiriesOf(sql::Session& session, const std::set<std::string>& lots) const;
  // Gives everything outstanding back.
  absl::Status GiveBack(record::Transaction& tx, v1::Reservation& reservation) const;

  record::Store& store_;
  const Stocks& stocks_;
  const Items& items_;
  const Locations& locations_;
  record::Kind<v1::Reservation> reservations_;
  record::Kind<v1::Lot> lots_;
  record::Kind<v1::CostCenter> cost_centers_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MATERIAL_RESERVATION_H_
