// Ingestion: batches are counted exactly once per producer and sequence (policy M1).
#ifndef HEITIE_SERVICES_METRICS_COLLECTION_INGESTION_H_
#define HEITIE_SERVICES_METRICS_COLLECTION_INGESTION_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "services/metrics/collection/batch.h"
#include "services/metrics/collection/producer.h"
#include "services/metrics/engine/user_directory.h"
#include "services/metrics/plan/intake.h"
#include "services/metrics/plan/sieve.h"

namespace heitie::metrics {

extern const status::Reason kBatchChanged;  // {sequence} {producer}

// Thread-safe. One transaction per batch: the batch's row, its rows as blocks, versions and the producer. It costs what the batch holds;
// what the rows add to daily figures is folded later (engine/fold.h). Batches of one producer take turns; others run side by side.
class Ingestion final : public Intake {
 public:
  // `changed` is called after each commit with the activities whose counters changed.
  Ingestion(record::Store& store, Producers& producers, UserDirectory& directory, const Sieve& sieve, absl::TimeZone zone,
            std::function<void(const std::vector<std::string>&)> changed);
  void Bind(record::Methods& methods);

  absl::StatusOr<Add> Prepare(const rpc::Call& call, const std::vector<Batch>& batches) override;
  absl::StatusOr<v1::IngestEventsResponse> Deliver(const rpc::Call& call, const v1::IngestEventsRequest& request) override {
    return IngestEvents(call, request);
  }
  absl::StatusOr<v1::IngestMeasurementsResponse> Deliver(const rpc::Call& call, const v1::IngestMeasurementsRequest& request) override {
    return IngestMeasurements(call, request);
  }
  void Added(const std::vector<Batch>& batches) override;

  // One batch, that came alone or in a stream.
  absl::StatusOr<v1::IngestEventsResponse> IngestEvents(const rpc::Call& call, const v1::IngestEventsRequest& request);
  absl::StatusOr<v1::IngestMeasurementsResponse> IngestMeasurements(const rpc::Call& call, const v1::IngestMeasurementsRequest& request);

 private:
  // What the plan says of the batch, which may refuse it; nothing when the same batch has arrived before. BATCH_CHANGED. Changes nothing.
  absl::StatusOr<std::optional<Verdict>> Look(const rpc::Call& call, const Batch& batch);
  // The users of what the plan admits, and who of all the batch's is barred.
  absl::StatusOr<UserDirectory::Answer> LookUp(const rpc::Call& call, const Batch& batch, const Verdict& verdict);
  template <typename Response, typename Request>
  absl::StatusOr<Response> Take(const rpc::Call& call, const Request& request);

  record::Store& store_;
  Producers& producers_;
  UserDirectory& directory_;
  const Sieve& sieve_;
  const absl::TimeZone zone_;
  const std::function<void(const std::vector<std::string>&)> changed_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_COLLECTION_INGESTION_H_
