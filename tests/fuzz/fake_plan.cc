// In place of the service's plan, of which policies on personal data only raise the number.
#include "services/metrics/plan/plan.h"

namespace heitie::metrics {

absl::Status RaisePlanVersion(record::Transaction&) { return absl::OkStatus(); }

}  // namespace heitie::metrics
