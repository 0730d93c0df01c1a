// What the error of another service says besides its reason.
#ifndef HEITIE_COMMON_STATUS_ARGUMENT_H_
#define HEITIE_COMMON_STATUS_ARGUMENT_H_

#include <string>

#include "absl/status/status.h"

namespace heitie::status {

// A value in the sentence of an error; the whole message when it has none of that name.
std::string ArgumentOf(const absl::Status& error, const std::string& name);

}  // namespace heitie::status

#endif  // HEITIE_COMMON_STATUS_ARGUMENT_H_
