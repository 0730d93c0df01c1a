// Whether a called service has judged, or could not.
#pragma once

#include "absl/status/status.h"

namespace heitie::status {

// True of an error that says nothing about what was asked: the one who was asked was away, too busy, too slow, on the way out, broken, or
// does not know the caller or the method yet. Asked again it may answer otherwise, so an outage must never become a verdict. False of OK
// and of an answer: INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, PERMISSION_DENIED, FAILED_PRECONDITION, OUT_OF_RANGE.
bool IsOutage(const absl::Status& status);

}  // namespace heitie::status
