// Whether a called service has judged, or could not.
#ifndef HEITIE_COMMON_STATUS_OUTAGE_H_
#define HEITIE_COMMON_STATUS_OUTAGE_H_

#include "absl/status/status.h"

namespace heitie::status {

// True for an error that says nothing about what was asked: the service was away, too busy, too slow, on the way out or broken, or does not
// know the caller or the method yet. It may answer otherwise when asked again, so an outage must never become a verdict. False for OK and
// for an answer: INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, PERMISSION_DENIED, FAILED_PRECONDITION, OUT_OF_RANGE.
bool IsOutage(const absl::Status& status);

}  // namespace heitie::status

#endif  // HEITIE_COMMON_STATUS_OUTAGE_H_
