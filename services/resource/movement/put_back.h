// Goods that come back as they are (policy S4): what is good to a store, what is damaged to quarantine, at the value at which it went out.
#ifndef HEITIE_SERVICES_RESOURCE_MOVEMENT_PUT_BACK_H_
#define HEITIE_SERVICES_RESOURCE_MOVEMENT_PUT_BACK_H_

#include <string>
#include <vector>

#include "common/status/status.h"
#include "heitie/resource/v1/lot.pb.h"
#include "heitie/resource/v1/return_condition.pb.h"
#include "services/resource/material/reservation.h"
#include "services/resource/movement/paper_lines.h"
#include "services/resource/stock/stock.h"

namespace heitie::resource {

extern const status::Reason kWrongPlace;  // {location}

// Thread-safe.
class PutBack {
 public:
  PutBack(const Reservations& reservations, const PaperLines& lines) : reservations_(reservations), lines_(lines) {}

  // Where goods go that are in a condition: to `asked`, and if that is empty, what is good to where it was and what is damaged to
  // `locations/quarantine`. WRONG_PLACE of `field`, UNKNOWN_LOCATION, TRANSIT_PLACE.
  absl::StatusOr<Destination> PlaceFor(sql::Session& session, v1::ReturnCondition condition, const std::string& asked,
                                       const std::string& was, const std::string& field, status::BadFields& bad) const;
  // Takes goods of a line back and puts them there, in the books of its item. The answer is the number of the first entry that it booked.
  absl::StatusOr<size_t> Book(record::Transaction& tx, const std::string& reservation, Books& books, v1::Reservation::Line& line,
                              int64_t quantity, const std::vector<v1::LotQuantity>& lots, const Destination& to,
                              const Moment& moment) const;

 private:
  const Reservations& reservations_;
  const PaperLines& lines_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MOVEMENT_PUT_BACK_H_
