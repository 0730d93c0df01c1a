#include "common/work/overloaded.h"

#include "absl/time/time.h"
#include "common/status/status.h"

namespace heitie::work {
namespace {

constexpr absl::Duration kRetryDelay = absl::Seconds(1);

}  // namespace

const absl::Status& Overloaded() {
  static const absl::Status& status = *new absl::Status(status::RetryLater(status::kOverloaded, kRetryDelay));
  return status;
}

}  // namespace heitie::work
