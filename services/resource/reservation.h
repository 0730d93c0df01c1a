// Reservations of stock: all lines or none, issue, return, release, expiry (policy S4, W2, W5, W7).
#pragma once

#include <string>

#include "common/job/runner.h"
#include "common/resource/kind.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "services/resource/reservation_rules.h"
#include "services/resource/stock.h"

namespace heitie::resource {

// Locks are taken in one order: reservation, then stocks. Thread-safe.
class Reservations {
 public:
  // Handles the jobs of kind "expire-reservation".
  Reservations(Store& store, const Stocks& stocks, job::Runner& jobs);
  void Bind(rpc::Service& service);

 private:
  // A function of stock_ledger.h that moves goods of a line.
  using Book = absl::StatusOr<v1::StockEntry> (*)(v1::Stock&, v1::Reservation::Line&, int64_t quantity, const std::string& reservation);

  absl::Status Reserve(Transaction& tx, v1::Reservation& reservation) const;
  absl::StatusOr<v1::Reservation> Confirm(Transaction& tx, const v1::ConfirmReservationRequest& request);
  absl::StatusOr<v1::Reservation> Issue(Transaction& tx, const v1::IssueReservationRequest& request);
  absl::StatusOr<v1::Reservation> Return(Transaction& tx, const v1::ReturnReservationRequest& request);
  absl::StatusOr<v1::Reservation> Release(Transaction& tx, const v1::ReleaseReservationRequest& request);
  job::Outcome Expire(const rpc::Call& call, const job::Job& job);
  absl::Status ExpireHeld(Transaction& tx, const std::string& name) const;

  absl::StatusOr<v1::Reservation> Lock(Transaction& tx, const std::string& name, const std::string& etag) const;
  // Moves goods of the lines in stock and on the reservation.
  absl::Status Move(Transaction& tx, v1::Reservation& reservation, const Quantities& lines, Book book, const std::string& action) const;
  // Gives everything outstanding back.
  absl::Status GiveBack(Transaction& tx, v1::Reservation& reservation) const;
  absl::StatusOr<v1::Reservation> Finish(Transaction& tx, const v1::Reservation& before, v1::Reservation& after,
                                         const std::string& action) const;

  Store& store_;
  const Stocks& stocks_;
  Kind<v1::Reservation> reservations_;
};

}  // namespace heitie::resource
