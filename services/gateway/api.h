// The HTTP side of the gateway: google.api.http routes, the Connect unary protocol on POST /package.Service/Method, /healthz and the
// pages of the contract. Requests pass the same door as gRPC; only health and pages are open without a token. Who may not call a method is refused when the head
// of the request has come: nothing of its body is read.
//
// Headers understood: Authorization: Bearer, Accept-Language, traceparent, X-Request-Timeout (seconds, or with a unit: 500ms),
// grpc-timeout, Connect-Timeout-Ms. Every answer carries X-Trace-Id. Server streams are lines {"result": …}, the last one
// {"error": …} when it failed, or Server-Sent Events when Accept names text/event-stream. Streams of requests are bodies of
// application/x-ndjson, a message on each line, blank lines skipped; they are read while they come, each message when the answer to the one
// before was taken, and what is no message ends the stream. There is no CORS.
#ifndef HEITIE_SERVICES_GATEWAY_API_H_
#define HEITIE_SERVICES_GATEWAY_API_H_

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/http/server.h"
#include "common/rpc/door.h"
#include "services/gateway/pages.h"
#include "services/gateway/route.h"

namespace heitie::gateway {

// Thread-safe. Outlives the server that it handles for.
class Api {
 public:
  Api(rpc::Door& door, RouteTable routes, Pages pages);

  // A server that serves this.
  absl::StatusOr<std::unique_ptr<http::Server>> Listen(const http::Options& options);

  // By the head alone: what is asked for, by whom, whether that is allowed, and whether the headers can be understood.
  http::Verdict Judge(const http::Request& head) const;
  // A request that the judge let pass, with its finding.
  void Handle(http::Request request, std::shared_ptr<http::Responder> responder);
  // What /healthz says.
  void SetServing(bool serving) { serving_ = serving; }

 private:
  struct Exchange;
  using ExchangePtr = std::shared_ptr<Exchange>;

  std::optional<http::Response> Refuse(const http::Request& head, Exchange& exchange) const;
  std::optional<http::Response> FindMethod(const http::Request& head, Exchange& exchange) const;
  absl::Status Admit(const http::Request& head, Exchange& exchange) const;
  void Serve(const ExchangePtr& exchange, const http::Request& request);
  http::Response Health() const;
  void CallUnary(const ExchangePtr& exchange, const google::protobuf::Message& request);
  void CallStream(const ExchangePtr& exchange, const google::protobuf::Message& request);
  void Converse(const ExchangePtr& exchange, const std::string& query);

  rpc::Door& door_;
  const RouteTable routes_;
  const Pages pages_;
  std::atomic<bool> serving_{false};
};

// The deadline that the headers ask for; InfiniteFuture when they do not. INVALID_ARGUMENT naming the header that is malformed.
absl::StatusOr<absl::Time> DeadlineOf(const http::Headers& headers, absl::Time now);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_API_H_
