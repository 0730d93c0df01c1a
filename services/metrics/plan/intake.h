// The way into the store of events for rows that the plan accepts: of ingestion, for replays.
#ifndef HEITIE_SERVICES_METRICS_PLAN_INTAKE_H_
#define HEITIE_SERVICES_METRICS_PLAN_INTAKE_H_

#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "common/record/store.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "services/metrics/collection/batch.h"

namespace heitie::metrics {

// Thread-safe.
class Intake {
 public:
  virtual ~Intake() = default;

  // Stores points of one batch as accepted, in a transaction that decides that they are. The batch itself arrived before; a point is known
  // by the batch's producer and sequence and its own position.
  using Add = std::function<absl::Status(record::Transaction&, const Batch& accepted)>;
  // Makes everything exist that storing points of these batches locks or refers to, and commits that by itself. What it gives may be called
  // for each of the batches, also with fewer points.
  virtual absl::StatusOr<Add> Prepare(const rpc::Call& call, const std::vector<Batch>& batches) = 0;
  // Takes in a batch as IngestEvents does.
  virtual absl::StatusOr<v1::IngestEventsResponse> Deliver(const rpc::Call& call, const v1::IngestEventsRequest& request) = 0;
  // The same of measurements.
  virtual absl::StatusOr<v1::IngestMeasurementsResponse> Deliver(const rpc::Call& call, const v1::IngestMeasurementsRequest& request) = 0;
  // Told after the commit.
  virtual void Added(const std::vector<Batch>& batches) = 0;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_PLAN_INTAKE_H_
