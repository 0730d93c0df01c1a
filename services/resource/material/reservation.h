// Reservations of stock: all lines or none, issue, return, release, expiry (policy S4, W2, W5, W7).
#ifndef HEITIE_SERVICES_RESOURCE_MATERIAL_RESERVATION_H_
#define HEITIE_SERVICES_RESOURCE_MATERIAL_RESERVATION_H_

#include <string>

#include "common/job/runner.h"
#include "common/record/methods.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "services/resource/material/reservation_rules.h"
#include "services/resource/material/stock.h"

namespace heitie::resource {

// Locks are taken in one order: reservation, then stocks. Thread-safe.
class Reservations {
 public:
  // Handles the jobs of kind "expire-reservation".
  Reservations(record::Store& store, const Stocks& stocks, job::Runner& jobs);
  void Bind(record::Methods& methods);

 private:
  // A function of stock_ledger.h that moves goods of a line.
  using Book = absl::StatusOr<v1::StockEntry> (*)(v1::Stock&, v1::Reservation::Line&, int64_t quantity, const std::string& reservation);

  absl::Status Reserve(record::Transaction& tx, v1::Reservation& reservation);
  absl::StatusOr<v1::Reservation> Confirm(record::Transaction& tx, const v1::ConfirmReservationRequest& request);
  absl::StatusOr<v1::Reservation> Issue(record::Transaction& tx, const v1::IssueReservationRequest& request);
  absl::StatusOr<v1::Reservation> Return(record::Transaction& tx, const v1::ReturnReservationRequest& request);
  absl::StatusOr<v1::Reservation> Release(record::Transaction& tx, const v1::ReleaseReservationRequest& request);
  job::Outcome Expire(const rpc::Call& call, const job::Job& job);
  absl::Status ExpireHeld(record::Transaction& tx, const std::string& name) const;

  // Moves goods of the lines in stock and on the reservation.
  absl::Status Move(record::Transaction& tx, v1::Reservation& reservation, const Quantities& lines, Book book,
                    const std::string& action) const;
  // Gives everything outstanding back.
  absl::Status GiveBack(record::Transaction& tx, v1::Reservation& reservation) const;

  record::Store& store_;
  const Stocks& stocks_;
  record::Kind<v1::Reservation> reservations_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MATERIAL_RESERVATION_H_
