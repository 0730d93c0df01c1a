// Calls to other services: mutual TLS, a deadline derived from the caller's, the caller's token and trace, round-robin over the
// target's addresses, retries of what is idempotent within a budget. No gRPC in this header.
#ifndef HEITIE_COMMON_CLIENT_CLIENT_H_
#define HEITIE_COMMON_CLIENT_CLIENT_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/client/method.h"
#include "common/rpc/call.h"
#include "google/protobuf/message.h"

namespace heitie::client {

// Thread-safe; one per target and process. Virtual so that tests answer without a network.
class Client {
 public:
  using Done = std::function<void(const absl::Status&)>;

  virtual ~Client() = default;

  // Calls `package.Service/Method`. With a token in `call` the request is the caller's own (the target checks the caller's roles);
  // without one it is this service's (role SERVICE by its certificate, audited under the service's name).
  // Retried on UNAVAILABLE when the method only reads (IsIdempotent in retry.h) or the request has a request_id set;
  // at most 3 attempts, at most 10 % of the recent calls, inside the deadline. Statuses keep their details.
  //
  // `done` is called once, from any thread, perhaps before Start returns; it must not block. `response` must live until then. If Start
  // throws, the call has not begun and `done` is not called.
  virtual void Start(const rpc::Call& call, const std::string& method, const google::protobuf::Message& request,
                     google::protobuf::Message* response, Done done) = 0;

  // The same, and waits.
  absl::Status Call(const rpc::Call& call, const std::string& method, const google::protobuf::Message& request,
                    google::protobuf::Message* response);
  // By the constants of the contracts: `client.Call(call, risk::v1::method::SummarizeRisks, request)`.
  template <typename Req, typename Resp>
  absl::StatusOr<Resp> Call(const rpc::Call& call, const Method<Req, Resp>& method, const Req& request) {
    Resp response;
    absl::Status status = Call(call, std::string(method.path), request, &response);
    if (!status.ok()) return status;
    return response;
  }
};

// The client of a process by its name, "planning".
using Clients = std::function<Client&(const std::string& process)>;

}  // namespace heitie::client

#endif  // HEITIE_COMMON_CLIENT_CLIENT_H_
