// Streams of batches (policy M1): each batch as if it came alone, answered in order.
#ifndef HEITIE_SERVICES_METRICS_COLLECTION_INGESTION_STREAM_H_
#define HEITIE_SERVICES_METRICS_COLLECTION_INGESTION_STREAM_H_

#include <memory>

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/rpc/conversation.h"
#include "heitie/metrics/v1/ingestion_stream.pb.h"
#include "services/metrics/collection/ingestion.h"

namespace heitie::metrics {

// One stream. It knows nothing of the batches before: what is a repetition is known of the sequence, whichever connection it comes by.
class BatchStream final : public rpc::Dialogue<v1::StreamBatchesRequest, v1::StreamBatchesResponse> {
 public:
  explicit BatchStream(Ingestion& ingestion) : ingestion_(ingestion) {}
  absl::StatusOr<v1::StreamBatchesResponse> Answer(const rpc::Call& call, const v1::StreamBatchesRequest& request) override;
  // A batch that is refused is answered with its error.
  absl::StatusOr<v1::StreamBatchesResponse> Explain(const rpc::Call& call, const v1::StreamBatchesRequest& request,
                                                    const absl::Status& why) override;

 private:
  Ingestion& ingestion_;
};

class IngestionStreams {
 public:
  explicit IngestionStreams(Ingestion& ingestion) : ingestion_(ingestion) {}
  void Bind(record::Methods& methods) { methods.BindConversation("StreamBatches", this, &IngestionStreams::Open); }

 private:
  absl::StatusOr<std::unique_ptr<BatchStream>> Open(const rpc::Call& /*call*/) { return std::make_unique<BatchStream>(ingestion_); }

  Ingestion& ingestion_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_COLLECTION_INGESTION_STREAM_H_
