// What papers of movements say, recomputed from the ledgers: a part of VerifyLedgers.
#ifndef HEITIE_SERVICES_RESOURCE_MOVEMENT_MOVEMENT_AUDIT_H_
#define HEITIE_SERVICES_RESOURCE_MOVEMENT_MOVEMENT_AUDIT_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/record/store.h"
#include "services/resource/money/ledger_fold.h"

namespace heitie::resource {

// What persons hold, and its value, is what their reservations gave out and did not get back; what price differences brought to stock is
// what the stock ledgers say; what is at `locations/transit` is what transfers have on their way. Reads all of it at one moment, in a
// session of its own: the caller holds none.
absl::Status VerifyMovements(record::Store& store, absl::Time deadline, Findings& findings);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MOVEMENT_MOVEMENT_AUDIT_H_
