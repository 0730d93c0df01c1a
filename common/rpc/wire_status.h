// Statuses on a gRPC connection: code, message, and the details in the trailer grpc-status-details-bin.
#pragma once

#include <cstddef>

#include "absl/status/status.h"
#include "common/status/status.h"
#include "grpcpp/support/status.h"

namespace google::rpc {
class Status;
}

namespace heitie::rpc {

// The details are cut to about `limit` bytes, because clients refuse trailers that are longer than they expect.
grpc::Status ToGrpc(const absl::Status& status, status::Language language, size_t limit);

// The details become payloads again; without details the status has no reason.
absl::Status FromGrpc(const grpc::Status& status);

// Makes `proto` at most `limit` bytes long: first violations go from the end, the last one then says how many ("… +57"), next every
// detail but the ErrorInfo, at last that too.
void Fit(google::rpc::Status& proto, size_t limit);

}  // namespace heitie::rpc
