// Verifications that people ask for. Platform engineers run the suite and decide nothing, so that what they look at has a reason.
#ifndef HEITIE_COMMON_RECORD_VERIFICATION_H_
#define HEITIE_COMMON_RECORD_VERIFICATION_H_

#include <string>

#include "absl/status/status.h"
#include "common/rpc/call.h"

namespace heitie::record {

class Store;

// Keeps in the audit trail that the caller has `subject` verified, and why. A platform engineer must say why (REQUIRED at `reason`); of
// others nothing is kept when they do not.
absl::Status NoteVerification(Store& store, const rpc::Call& call, const std::string& subject, const std::string& reason);

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_VERIFICATION_H_
