// Statuses on a gRPC connection: code, message, and the details in the trailer grpc-status-details-bin.
#ifndef HEITIE_COMMON_RPC_WIRE_STATUS_H_
#define HEITIE_COMMON_RPC_WIRE_STATUS_H_

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

// Shortens `proto` to at most `limit` bytes. It drops violations from the end, and the last one left says how many are missing ("… +57");
// then every detail but the ErrorInfo; at last the ErrorInfo too.
void Fit(google::rpc::Status& proto, size_t limit);

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_WIRE_STATUS_H_
