// The public side of the gateway, whatever is spoken: it finds who is asked for and by which protocol, judges the caller by the head of the
// request, and takes each call through the door, which is the same for all. Who may not call a method is refused when the head has come:
// nothing of the body is read. Without a token there are only health, version and the pages of the contract.
//
//   POST /package.Service/Method   by its media type: gRPC, gRPC-Web, Connect (connect.h, grpc_family.h); Connect also by GET
//   GET, POST, … /v1/…             google.api.http routes (rest.h)
//   GET /healthz /readyz /livez    whether the process takes requests (livez: is there)
//   OPTIONS                        what a path allows, also to pages of other origins (cors.h)
//
// Headers understood everywhere: Authorization: Bearer, Accept-Language, traceparent, X-Request-Timeout (seconds, or with a unit: 500ms),
// grpc-timeout, Connect-Timeout-Ms. Every answer carries X-Trace-Id, gRPC's among its trailers. HEAD is answered like GET.
#ifndef HEITIE_SERVICES_GATEWAY_API_H_
#define HEITIE_SERVICES_GATEWAY_API_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/http/server.h"
#include "common/rpc/door.h"
#include "services/gateway/cors.h"
#include "services/gateway/exchange.h"
#include "services/gateway/heartbeats.h"
#include "services/gateway/own_methods.h"
#include "services/gateway/pages.h"
#include "services/gateway/route.h"

namespace heitie::gateway {

// Thread-safe. Outlives the server that it handles for.
class Api {
 public:
  struct Options {
    Cors cors;
    absl::Duration heartbeat = absl::Seconds(15);  // a stream of JSON is not silent for longer
  };
  Api(rpc::Door& door, RouteTable routes, Pages pages, Options options);
  Api(rpc::Door& door, RouteTable routes, Pages pages) : Api(door, std::move(routes), std::move(pages), Options()) {}

  // A server that serves this.
  absl::StatusOr<std::unique_ptr<http::Server>> Listen(const http::Options& options);

  // By the head alone: what is asked for, by whom, whether that is allowed, and whether the headers can be understood.
  http::Verdict Judge(const http::Request& head) const;
  // A request that the judge let pass, with its finding.
  void Handle(http::Request request, std::shared_ptr<http::Responder> responder);
  // What the server refuses by itself, with a trace and a line in the log.
  http::Response Explain(const http::Request& head, const absl::Status& why, int code) const;

  // What /healthz and grpc.health say.
  void SetServing(bool serving) { own_.SetServing(serving); }
  // Ends what would go on for as long as clients want.
  void End() { own_.End(); }

 private:
  ExchangePtr NewExchange(const http::Request& head) const;
  std::optional<http::Response> Refuse(const http::Request& head, Exchange& exchange) const;
  // Nothing when the path has neither.
  std::string AllowedOf(const std::string& path) const;
  http::Response AnswerOptions(const http::Request& head, const Exchange& exchange) const;
  bool IsPage(const std::string& path) const;
  absl::Status FindProtocol(const http::Request& head, Exchange& exchange) const;
  absl::Status Admit(const http::Request& head, Exchange& exchange) const;
  void Serve(const ExchangePtr& exchange, http::Request request);
  void ServePage(const ExchangePtr& exchange, const http::Request& request) const;
  // These take the request away, where `status` says that there is one.
  void Call(const ExchangePtr& exchange, const absl::Status& status, grpc::ByteBuffer& request);
  void CallUnary(const ExchangePtr& exchange, grpc::ByteBuffer& request);
  void CallStream(const ExchangePtr& exchange, grpc::ByteBuffer& request);
  void Converse(const ExchangePtr& exchange);

  rpc::Door& door_;
  const RouteTable routes_;
  const Pages pages_;
  const Options options_;
  OwnMethods own_;
  mutable Heartbeats heartbeats_;
};

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_API_H_
