#include "services/metrics/collection/ingestion_stream.h"

#include "common/status/macros.h"
#include "common/status/status.h"

namespace heitie::metrics {
namespace {

const status::Reason kNoBatch{absl::StatusCode::kInvalidArgument, "NO_BATCH", "Neither events nor measurements are given.",
                              "未提供事件，也未提供量測值。"};

v1::StreamBatchesResponse AnswerOf(const v1::StreamBatchesRequest& request) {
  v1::StreamBatchesResponse response;
  const bool events = request.has_events();
  response.set_producer(events ? request.events().producer() : request.measurements().producer());
  response.set_sequence(events ? request.events().sequence() : request.measurements().sequence());
  return response;
}

}  // namespace

absl::StatusOr<v1::StreamBatchesResponse> BatchStream::Answer(const rpc::Call& call, const v1::StreamBatchesRequest& request) {
  v1::StreamBatchesResponse response = AnswerOf(request);
  switch (request.batch_case()) {
    case v1::StreamBatchesRequest::kEvents: {
      ASSIGN_OR_RETURN(*response.mutable_events(), ingestion_.IngestEvents(call, request.events()));
      return response;
    }
    case v1::StreamBatchesRequest::kMeasurements: {
      ASSIGN_OR_RETURN(*response.mutable_measurements(), ingestion_.IngestMeasurements(call, request.measurements()));
      return response;
    }
    case v1::StreamBatchesRequest::BATCH_NOT_SET:
      break;
  }
  return status::Error(kNoBatch);
}

absl::StatusOr<v1::StreamBatchesResponse> BatchStream::Explain(const rpc::Call& call, const v1::StreamBatchesRequest& request,
                                                               const absl::Status& why) {
  v1::StreamBatchesResponse response = AnswerOf(request);
  *response.mutable_status() = status::ToProto(why, call.language);
  return response;
}

}  // namespace heitie::metrics
