#include "services/resource/movement/put_back.h"

#include "common/status/macros.h"

namespace heitie::resource {

const status::Reason kWrongPlace{absl::StatusCode::kInvalidArgument, "WRONG_PLACE",
                                 "What is good goes to a store, what is damaged to quarantine: {location} is the other.",
                                 "完好的物資歸庫，受損的送待驗區，{location} 不符。"};

absl::StatusOr<Destination> PutBack::PlaceFor(sql::Session& session, v1::ReturnCondition condition, const std::string& asked,
                                              const std::string& was, const std::string& field, status::BadFields& bad) const {
  const bool damaged = condition == v1::RETURN_CONDITION_DAMAGED;
  const std::string location = !asked.empty() ? asked : damaged ? kQuarantineLocation : LocationOf(was);
  status::BadFields own;
  ASSIGN_OR_RETURN(const Destination to, lines_.PlaceOf(session, location, field, own));
  if (!own.empty()) return lines_.PlaceOf(session, location, field, bad);
  if (to.blocked != damaged) bad.Add(field, kWrongPlace, {{"location", location}});
  return to;
}

absl::StatusOr<size_t> PutBack::Book(record::Transaction& tx, const std::string& reservation, Books& books, v1::Reservation::Line& line,
                                     int64_t quantity, const std::vector<v1::LotQuantity>& lots, const Destination& to,
                                     const Moment& moment) const {
  const size_t first = books.entries().size();
  RETURN_IF_ERROR(reservations_.TakeBack(tx, reservation, books, line, quantity, lots, moment));
  const std::string at = LocationOf(line.location());
  if (at == to.location) return first;
  Moment onward = moment;
  if (onward.document.empty()) onward.document = reservation;
  const std::vector<v1::StockEntry> back(books.entries().begin() + first, books.entries().end());
  for (const v1::StockEntry& entry : back) {
    RETURN_IF_ERROR(books.Transfer(entry.on_hand_delta(), at, to, entry.lot(), onward));
  }
  return first;
}

}  // namespace heitie::resource
