// The keyed hashes by which contacts are compared.
#ifndef HEITIE_SERVICES_PERSONNEL_CANDIDATE_CONTACT_FINGERPRINT_H_
#define HEITIE_SERVICES_PERSONNEL_CANDIDATE_CONTACT_FINGERPRINT_H_

#include "common/record/store.h"
#include "services/personnel/candidate/contact.h"

namespace heitie::personnel {

// PersonKeys::Fingerprint of the store, which lives longer. Its key stays the same when master keys change.
Digest ContactFingerprint(record::Store& store);

// Contacts were once hashed with a key that lay readable in the schema (contact_secrets). Hashes anew all that candidates ever gave, as
// their history tells, and deletes that key; does nothing when it is gone. May be interrupted, and be done by several replicas at once.
// Ends the process when it fails. O(events of candidates), once.
void TakeOverContacts(record::Store& store, const Digest& digest);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CANDIDATE_CONTACT_FINGERPRINT_H_
