// A requisition's money in resource, as plain functions over its record (policy H2, S5): which step is next, what the record is after it,
// and how much is owed. requisition.h takes the steps.
//
// Steps are taken in their order, each with request ids that never change, so that one that is repeated after a crash has one effect. A
// step is DUE until resource has answered; what resource refuses has no effect. Money is set aside for all that open seats and openings may
// take; a seat is committed when it is accepted, a cost when its opening is published; at the end all goes back but what accepted seats
// take.
#ifndef HEITIE_SERVICES_PERSONNEL_RECRUITMENT_MONEY_H_
#define HEITIE_SERVICES_PERSONNEL_RECRUITMENT_MONEY_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/requisition.pb.h"

namespace heitie::personnel {

extern const status::Reason kMoneyRefused;  // {requisition} {reason}

// The place of the step that is to be taken next; nothing when none is due.
std::optional<int> NextStep(const v1::Requisition& requisition);

// The request_id of a step's call; a publication has two of them, `part` 0 and 1. At most 64 characters, of no other step of any
// requisition.
std::string RequestIdOf(const v1::Requisition& requisition, int step, int part = 0);

// What is to be set aside: the seats that are not committed, and what openings have not spent.
int64_t Wanted(const v1::Requisition& requisition);
// How much openings may still cost, those counted that are to be paid.
int64_t AdvertisingLeft(const v1::Requisition& requisition);

// Each adds what is due now.
// To set aside `Wanted` on a new encumbrance; what the present one still holds is given back first.
void AddPreCommitment(v1::Requisition& requisition, const std::string& encumbrance, const std::string& approver);
// A seat, unless more are committed already than the `taken` ones that are accepted or hired, this one included.
void AddSeat(v1::Requisition& requisition, const std::string& offer, int taken);
void AddCost(v1::Requisition& requisition, const std::string& opening, int64_t cost_minor);
// To give back all but what the `taken` seats need; nothing where no money was ever set aside.
void AddRelease(v1::Requisition& requisition, int taken);

// The outcome of a due step: done, in the currency of its encumbrance, or refused; of a pre-commitment that was short, how much was
// missing.
void NoteDone(v1::Requisition& requisition, int step, const std::string& currency, absl::Time now);
void NoteRefused(v1::Requisition& requisition, int step, const absl::Status& refusal, absl::Time now);
// After money was set aside anew: seats and costs that were refused are due again, for the `taken` seats.
void AddOwed(v1::Requisition& requisition, int taken);

// The error of a refused pre-commitment: BUDGET_SHORT or MONEY_REFUSED.
absl::Status RefusalOf(const v1::Requisition& requisition, int step);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_RECRUITMENT_MONEY_H_
