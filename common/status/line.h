// A status as one line for people who operate the suite: logs, records, exit messages.
#ifndef HEITIE_COMMON_STATUS_LINE_H_
#define HEITIE_COMMON_STATUS_LINE_H_

#include <string>

#include "absl/status/status.h"

namespace heitie::status {

// "OK", or "UNAVAILABLE FIGURES_MISSING: The figures of …": code, reason where there is one, message; no details, which are binary, and at
// most 2,000 bytes, cut between characters.
std::string Line(const absl::Status& status);

}  // namespace heitie::status

#endif  // HEITIE_COMMON_STATUS_LINE_H_
