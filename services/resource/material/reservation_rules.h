// The rules of reservations as plain functions (policy S4, W7).
#ifndef HEITIE_SERVICES_RESOURCE_MATERIAL_RESERVATION_RULES_H_
#define HEITIE_SERVICES_RESOURCE_MATERIAL_RESERVATION_RULES_H_

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

extern const status::Reason kReservationExpired;    // {name} {time}
extern const status::Reason kItemNotReserved;       // {item} {name}
extern const status::Reason kIssueRefused;          // {name} {what}
extern const status::Reason kIssueExceedsReserved;  // {item} {open} {asked}
extern const status::Reason kInCustody;             // {name} {custody}
extern const status::Reason kReturnRefused;         // {name} {what}
extern const status::Reason kReturnExceedsIssued;   // {item} {open} {asked}

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
// Whether anything is left to be issued; whether anything is out that comes back by the reservation and not from somebody's custody.
bool MayIssue(const v1::Reservation& reservation);
bool MayReturn(const v1::Reservation& reservation);
// Whether anything was ever issued.
bool WasIssued(const v1::Reservation& reservation);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MATERIAL_RESERVATION_RULES_H_
