// Durable goods that persons hold (policy S3, S4, W14): handed over, accepted, and given back, lost or damaged in the end.
#ifndef HEITIE_SERVICES_RESOURCE_CUSTODY_CUSTODIES_H_
#define HEITIE_SERVICES_RESOURCE_CUSTODY_CUSTODIES_H_

#include <string>

#include "common/record/methods.h"
#include "common/record/state_machine.h"
#include "common/status/status.h"
#include "heitie/resource/v1/custody.pb.h"
#include "heitie/resource/v1/location.pb.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "services/resource/material/item.h"
#include "services/resource/material/reservation.h"
#include "services/resource/movement/put_back.h"
#include "services/resource/stock/stock.h"

namespace heitie::resource {

extern const status::Reason kNotTheCustodyHolder;  // {name} {holder}
extern const status::Reason kCustodyExceeded;      // {name} {open} {asked}

const record::StateMachine& HeldGoodsMachine();

// What of a custody is neither back nor written off.
int64_t HeldOf(const v1::Custody& custody);

// Locks are taken in one order: custody, then reservation, then stocks. Thread-safe.
class Custodies {
 public:
  Custodies(record::Store& store, const Stocks& stocks, const Reservations& reservations, const PutBack& put_back);
  void Bind(record::Methods& methods);

  // What was issued to a person by a reservation of its own: CLOSED, with one line and `custody` as the name of the new one.
  absl::StatusOr<v1::Custody> Hand(record::Transaction& tx, const v1::Reservation& reservation, const std::string& holder,
                                   const v1::Item& item, const Books& books) const;

  // ---- For what is missing (movement/write_off.h).
  absl::StatusOr<record::Step<v1::Custody>> Take(record::Transaction& tx, const record::Target& target) const;
  // Whether the caller may say what became of it: the holder, or who runs the stock. NOT_THE_CUSTODY_HOLDER.
  static absl::Status CheckSpeaksFor(const rpc::Call& call, const v1::Custody& custody);
  // Writes off so much, of the lot if one is named, and writes the custody: it comes back and leaves for good in one transaction, so that
  // the ledger tells of it. The answer is what it was worth. CUSTODY_EXCEEDED, LOT_NOT_OUT, ILLEGAL_TRANSITION.
  absl::StatusOr<int64_t> Lose(record::Transaction& tx, record::Step<v1::Custody>& step, int64_t quantity, const std::string& lot,
                               const Moment& moment) const;

 private:
  absl::StatusOr<v1::Custody> Accept(record::Transaction& tx, const v1::AcceptCustodyRequest& request);
  absl::StatusOr<v1::Custody> TakeBack(record::Transaction& tx, const v1::TakeBackCustodyRequest& request);
  // What is out is worth what the reservation says; when nothing is, it has ended.
  absl::Status Settle(v1::Custody& custody, const v1::Reservation& reservation) const;

  const Stocks& stocks_;
  const Reservations& reservations_;
  const PutBack& put_back_;
  record::Kind<v1::Custody> custodies_;
  record::Kind<v1::Location> locations_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_CUSTODY_CUSTODIES_H_
