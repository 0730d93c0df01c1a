// Control totals: what producers say that they have delivered of a day, beside what arrived (policy M1).
#ifndef HEITIE_SERVICES_METRICS_PLAN_CONTROL_TOTAL_H_
#define HEITIE_SERVICES_METRICS_PLAN_CONTROL_TOTAL_H_

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "heitie/metrics/v1/producer.pb.h"
#include "heitie/metrics/v1/watermark.pb.h"

namespace heitie::metrics {

// Thread-safe.
class ControlTotals {
 public:
  ControlTotals(record::Store& store, const record::Kind<v1::Producer>& producers);
  void Bind(record::Methods& methods);
  // Rows with what arrived, for checks.
  const record::Kind<v1::ControlTotal>& kind() const { return totals_; }

 private:
  absl::StatusOr<v1::DeclareControlTotalsResponse> Declare(record::Transaction& tx, const v1::DeclareControlTotalsRequest& request);

  const record::Kind<v1::Producer>& producers_;
  record::Kind<v1::ControlTotal> totals_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_PLAN_CONTROL_TOTAL_H_
