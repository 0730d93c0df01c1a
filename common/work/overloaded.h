#ifndef HEITIE_COMMON_WORK_OVERLOADED_H_
#define HEITIE_COMMON_WORK_OVERLOADED_H_

#include "absl/status/status.h"

namespace heitie::work {

// RESOURCE_EXHAUSTED with RetryInfo. Made once: under overload an answer must cost little.
const absl::Status& Overloaded();

}  // namespace heitie::work

#endif  // HEITIE_COMMON_WORK_OVERLOADED_H_
