// The rules of reservations as plain functions (policy S4, W7).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/record/state_machine.h"
#include "common/status/status.h"
#include "google/protobuf/repeated_field.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "heitie/resource/v1/stock.pb.h"

namespace heitie::resource {

inline constexpr status::Reason kReservationExpired{absl::StatusCode::kFailedPrecondition, "RESERVATION_EXPIRED",
                                                    "{name} expired at {time}.", "{name} 已於 {time} 到期。", "{name} 已于 {time} 到期。"};
inline constexpr status::Reason kItemNotReserved{absl::StatusCode::kInvalidArgument, "ITEM_NOT_RESERVED", "{item} is not in {name}.",
                                                 "{name} 中沒有 {item}。", "{name} 中没有 {item}。"};
inline constexpr status::Reason kIssueRefused{absl::StatusCode::kFailedPrecondition, "ISSUE_REFUSED",
                                              "{name} does not hold what was asked for: {what}.", "{name} 的預留不足：{what}。",
                                              "{name} 的预留不足：{what}。"};
inline constexpr status::Reason kIssueExceedsReserved{absl::StatusCode::kFailedPrecondition, "ISSUE_EXCEEDS_RESERVED",
                                                      "{item}: {open} are left to issue, {asked} were asked for.",
                                                      "{item}：尚可發放 {open}，請求 {asked}。", "{item}：尚可发放 {open}，请求 {asked}。"};
inline constexpr status::Reason kReturnRefused{absl::StatusCode::kFailedPrecondition, "RETURN_REFUSED",
                                               "More would come back to {name} than went out: {what}.", "{name} 的歸還超過發放：{what}。",
                                               "{name} 的归还超过发放：{what}。"};
inline constexpr status::Reason kReturnExceedsIssued{
    absl::StatusCode::kFailedPrecondition, "RETURN_EXCEEDS_ISSUED", "{item}: {open} are out, {asked} would come back.",
    "{item}：已發放未歸還 {open}，歸還 {asked}。", "{item}：已发放未归还 {open}，归还 {asked}。"};

// confirm, issue, return, release are methods; expire is a job's; close follows from an issue or a release.
const record::StateMachine& ReservationMachine();

using Quantities = google::protobuf::RepeatedPtrField<v1::ItemQuantity>;

// The index of the line of an item; -1 when there is none.
int FindLine(const v1::Reservation& reservation, const std::string& item);

// Whether each line can issue what is asked of it: INVALID_ARGUMENT (ITEM_NOT_RESERVED, DUPLICATE_ITEM), ISSUE_REFUSED naming every line.
absl::Status CheckIssue(const v1::Reservation& reservation, const Quantities& asked);
// Whether each line can take back what comes: INVALID_ARGUMENT (ITEM_NOT_RESERVED, DUPLICATE_ITEM), RETURN_REFUSED naming every line.
absl::Status CheckReturn(const v1::Reservation& reservation, const Quantities& asked);

// What is outstanding on each line that holds anything.
Quantities OutstandingOf(const v1::Reservation& reservation);
// Whether anything was ever issued.
bool WasIssued(const v1::Reservation& reservation);

}  // namespace heitie::resource
