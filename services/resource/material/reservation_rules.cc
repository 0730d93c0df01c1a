#include "services/resource/material/reservation_rules.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_join.h"
#include "common/status/macros.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "services/resource/material/lines.h"
#include "services/resource/stock/stock_ledger.h"

namespace heitie::resource {

const status::Reason kReservationExpired{absl::StatusCode::kFailedPrecondition, "RESERVATION_EXPIRED", "{name} expired at {time}.",
                                         "{name} 已於 {time} 到期。"};
const status::Reason kItemNotReserved{absl::StatusCode::kInvalidArgument, "ITEM_NOT_RESERVED", "{item} is not in {name}.",
                                      "{name} 中沒有 {item}。"};
const status::Reason kIssueRefused{absl::StatusCode::kFailedPrecondition, "ISSUE_REFUSED",
                                   "{name} does not hold what was asked for: {what}.", "{name} 的預留不足：{what}。"};
const status::Reason kIssueExceedsReserved{absl::StatusCode::kFailedPrecondition, "ISSUE_EXCEEDS_RESERVED",
                                           "{item}: {open} are left to issue, {asked} were asked for.",
                                           "{item}：尚可發放 {open}，請求 {asked}。"};
const status::Reason kReturnRefused{absl::StatusCode::kFailedPrecondition, "RETURN_REFUSED",
                                    "More would come back to {name} than went out: {what}.", "{name} 的歸還超過發放：{what}。"};
const status::Reason kReturnExceedsIssued{absl::StatusCode::kFailedPrecondition, "RETURN_EXCEEDS_ISSUED",
                                          "{item}: {open} are out, {asked} would come back.",
                                          "{item}：已發放未歸還 {open}，歸還 {asked}。"};

const status::Reason kInCustody{absl::StatusCode::kFailedPrecondition, "IN_CUSTODY",
                                "What {name} gave out is in the custody of a person: it comes back by {custody}.",
                                "{name} 發放的物品由個人領用保管，須經 {custody} 歸還。"};

namespace {

using v1::Reservation;

// The lines of a request against those of the reservation; `open` is what a line allows.
absl::Status CheckAsked(const Reservation& reservation, const Quantities& asked, int64_t (*open)(const Reservation::Line&),
                        const status::Reason& exceeds, const status::Reason& refused) {
  status::BadFields bad;
  CheckUnique(asked, "lines", bad);
  status::Unmet unmet;
  std::vector<std::string> names;
  for (int i = 0; i < asked.size(); ++i) {
    const int index = FindLine(reservation, asked[i].item());
    if (index < 0) {
      bad.Add(LineField("lines", i), kItemNotReserved, {{"item", asked[i].item()}, {"name", reservation.name()}});
      continue;
    }
    const int64_t left = open(reservation.lines(index));
    if (asked[i].quantity() <= left) continue;
    unmet.Add(asked[i].item(), exceeds, {{"item", asked[i].item()}, {"open", left}, {"asked", asked[i].quantity()}});
    names.push_back(asked[i].item());
  }
  RETURN_IF_ERROR(bad.status());
  return unmet.status(refused, {{"name", reservation.name()}, {"what", absl::StrJoin(names, ", ")}});
}

}  // namespace

const record::StateMachine& ReservationMachine() {
  static const auto& machine = *new record::StateMachine(
      Reservation::State_descriptor(),
      {
          {Reservation::STATE_HELD, "confirm", Reservation::STATE_CONFIRMED, "before expire_time"},
          {Reservation::STATE_HELD, "release", Reservation::STATE_RELEASED},
          {Reservation::STATE_HELD, "expire", Reservation::STATE_EXPIRED, "at expire_time", record::kConsequence},
          {Reservation::STATE_CONFIRMED, "issue", Reservation::STATE_CONFIRMED, "at most what is outstanding"},
          {Reservation::STATE_CONFIRMED, "return", Reservation::STATE_CONFIRMED, "at most what is out"},
          {Reservation::STATE_CONFIRMED, "release", Reservation::STATE_RELEASED, "nothing was issued"},
          {Reservation::STATE_CONFIRMED, "close", Reservation::STATE_CLOSED, "something was issued and nothing is outstanding",
           record::kConsequence},
          {Reservation::STATE_HELD, "give_up", Reservation::STATE_HELD, "a count found less", record::kConsequence},
          {Reservation::STATE_CONFIRMED, "give_up", Reservation::STATE_CONFIRMED, "a count found less", record::kConsequence},
          {Reservation::STATE_HELD, "reshape", Reservation::STATE_HELD, "its allotment is to hold more or less", record::kConsequence},
          {Reservation::STATE_CONFIRMED, "reshape", Reservation::STATE_CONFIRMED, "likewise", record::kConsequence},
          {Reservation::STATE_CLOSED, "reshape", Reservation::STATE_CONFIRMED, "its allotment is to hold more", record::kConsequence},
          {Reservation::STATE_CONFIRMED, "draw", Reservation::STATE_CONFIRMED, "a part of its allotment passes on", record::kConsequence},
          {Reservation::STATE_CLOSED, "return", Reservation::STATE_CLOSED, "at most what is out"},
      });
  return machine;
}

int FindLine(const Reservation& reservation, const std::string& item) {
  for (int i = 0; i < reservation.lines_size(); ++i) {
    if (reservation.lines(i).item() == item) return i;
  }
  return -1;
}

absl::Status CheckIssue(const Reservation& reservation, const Quantities& asked) {
  return CheckAsked(reservation, asked, Outstanding, kIssueExceedsReserved, kIssueRefused);
}

absl::Status CheckReturn(const Reservation& reservation, const Quantities& asked) {
  return CheckAsked(reservation, asked, Out, kReturnExceedsIssued, kReturnRefused);
}

Quantities OutstandingOf(const Reservation& reservation) {
  Quantities result;
  for (const Reservation::Line& line : reservation.lines()) {
    if (Outstanding(line) == 0) continue;
    v1::ItemQuantity& quantity = *result.Add();
    quantity.set_item(line.item());
    quantity.set_quantity(Outstanding(line));
  }
  return result;
}

bool MayIssue(const Reservation& reservation) { return !OutstandingOf(reservation).empty(); }

bool MayReturn(const Reservation& reservation) {
  return reservation.custody().empty() &&
         std::any_of(reservation.lines().begin(), reservation.lines().end(), [](const Reservation::Line& line) { return Out(line) > 0; });
}

bool WasIssued(const Reservation& reservation) {
  return std::any_of(reservation.lines().begin(), reservation.lines().end(),
                     [](const Reservation::Line& line) { return line.issued_quantity() > 0; });
}

}  // namespace heitie::resource
