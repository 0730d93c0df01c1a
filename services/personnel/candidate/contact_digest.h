// The key with which contacts are hashed.
#ifndef HEITIE_SERVICES_PERSONNEL_CANDIDATE_CONTACT_DIGEST_H_
#define HEITIE_SERVICES_PERSONNEL_CANDIDATE_CONTACT_DIGEST_H_

#include "common/sql/database.h"
#include "services/personnel/candidate/contact.h"

namespace heitie::personnel {

// HMAC-SHA-256 in hexadecimal, by the key that the schema holds. Ends the process when it cannot be read.
Digest ContactDigest(sql::Database& database);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CANDIDATE_CONTACT_DIGEST_H_
