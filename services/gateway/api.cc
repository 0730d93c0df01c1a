#include "services/gateway/api.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/rpc/bytes.h"
#include "common/rpc/trace.h"
#include "common/status/macros.h"
#include "services/gateway/connect.h"
#include "services/gateway/grpc_family.h"
#include "services/gateway/json.h"
#include "services/gateway/list_export.h"
#include "services/gateway/rest.h"

namespace heitie::gateway {
namespace {

const status::Reason kUnknownPath{absl::StatusCode::kNotFound, "UNKNOWN_PATH", "There is nothing at {path}.", "{path} 不存在。"};
const status::Reason kOneMessageOnly{absl::StatusCode::kUnimplemented, "ONE_MESSAGE_ONLY",
                                     "{method} takes one message; the body has none, or more.",
                                     "{method} 接受一則訊息，內容沒有訊息或不只一則。"};
const status::Phrase kOnce{"there once", "只能出現一次"};
const status::Phrase kSeveralTokens{"there are several", "提供了多個權杖"};

// Heartbeats are looked for so many times in the time after which they are due.
constexpr int kLooksPerBeat = 5;

std::string BearerToken(const std::string& authorization) {
  if (!absl::StartsWithIgnoreCase(authorization, "Bearer ")) return "";
  std::string token = authorization.substr(7);
  absl::StripAsciiWhitespace(&token);
  return token;
}

// Two tokens are two callers: a proxy before the gateway might have looked at the other one.
absl::Status CheckAuthorization(const http::Request& head, const Exchange& exchange) {
  int count = 0;
  for (const auto& [name, value] : head.headers.fields()) count += absl::EqualsIgnoreCase(name, "Authorization");
  if (count <= 1) return absl::OkStatus();
  if (absl::StartsWith(exchange.arrival.transport, "grpc")) return status::Error(status::kUnauthenticated, {{"why", kSeveralTokens}});
  return BadHeader("Authorization", kOnce);
}

absl::Status WrongMethod(const http::Request& head, const std::string& allowed) {
  return status::Error(kWrongMethod, {{"path", Excerpt(head.path)}, {"allowed", allowed}, {"method", Excerpt(head.method)}});
}

// /package.Service/Method
bool LooksLikeRpc(const std::string& path) {
  const size_t slash = path.find('/', 1);
  return slash != std::string::npos && path.find('/', slash + 1) == std::string::npos && path.find('.') < slash;
}

bool IsProbe(const std::string& path) { return path == "/healthz" || path == "/readyz" || path == "/livez"; }

std::string VerbOf(const http::Request& head) { return head.method == "HEAD" ? "GET" : head.method; }

bool Names(const std::string& list, const std::string& verb) {
  for (const auto& one : absl::StrSplit(list, ", ")) {
    if (one == verb) return true;
  }
  return false;
}

// What the contract allows, and what comes with it.
std::string WithHeadAndOptions(std::vector<std::string> verbs) {
  const bool get = std::find(verbs.begin(), verbs.end(), "GET") != verbs.end();
  if (get) verbs.insert(verbs.begin() + 1, "HEAD");
  verbs.push_back("OPTIONS");
  return absl::StrJoin(verbs, ", ");
}

// Reads the one message of a request that is no stream: the end of the body has to follow it.
void ReadOne(const ExchangePtr& exchange, std::function<void(const absl::Status&, grpc::ByteBuffer& message)> take) {
  exchange->protocol->Read([exchange, take = std::move(take)](rpc::Incoming&& first) {
    grpc::ByteBuffer nothing;
    if (!first.ok()) return take(first.status(), nothing);
    if (!first->has_value()) return take(status::Error(kOneMessageOnly, {{"method", exchange->path}}), nothing);
    if (exchange->protocol->body() == Protocol::Body::kWhole) return take(absl::OkStatus(), **first);
    exchange->protocol->Read([exchange, take, message = **first](const rpc::Incoming& rest) mutable {
      if (!rest.ok()) return take(rest.status(), message);
      if (rest->has_value()) return take(status::Error(kOneMessageOnly, {{"method", exchange->path}}), message);
      take(absl::OkStatus(), message);
    });
  });
}

}  // namespace

Api::Api(rpc::Door& door, RouteTable routes, Pages pages, Options options)
    : door_(door),
      routes_(std::move(routes)),
      pages_(std::move(pages)),
      options_(std::move(options)),
      own_(door.ServiceNames()),
      heartbeats_(options_.heartbeat / kLooksPerBeat) {}

absl::StatusOr<std::unique_ptr<http::Server>> Api::Listen(const http::Options& options) {
  return http::Server::Listen(
      options,
      [this](http::Request request, std::shared_ptr<http::Responder> responder) { Handle(std::move(request), std::move(responder)); },
      [this](const http::Request& head) { return Judge(head); },
      [this](const http::Request& head, const absl::Status& why, int code) { return Explain(head, why, code); });
}

// ---- By the head

ExchangePtr Api::NewExchange(const http::Request& head) const {
  auto exchange = std::make_shared<Exchange>();
  rpc::Arrival& arrival = exchange->arrival;
  arrival.language = status::ParseLanguage(head.headers.List("Accept-Language"));
  arrival.transport = "http";
  arrival.client = head.client;
  const rpc::Trace trace = rpc::TraceOf(head.headers.Get("traceparent"));
  exchange->trace_id = trace.trace_id;
  arrival.traceparent = rpc::Traceparent(trace.trace_id, trace.parent_id, trace.sampled);
  exchange->besides = options_.cors.ForAnswer(head);
  if (options_.cors.varies()) exchange->besides.Add("Vary", "Origin");
  return exchange;
}

http::Verdict Api::Judge(const http::Request& head) const {
  const ExchangePtr exchange = NewExchange(head);
  http::Verdict verdict;
  try {
    verdict.refusal = Refuse(head, *exchange);
  } catch (...) {
    const absl::Status status = exchange->Thrown();
    verdict.refusal =
        exchange->Adorned(exchange->protocol != nullptr ? exchange->protocol->Refusal(status) : RestRefusal(*exchange, status));
  }
  verdict.caller = exchange->principal;
  if (exchange->protocol != nullptr) {
    verdict.lines = exchange->protocol->body() == Protocol::Body::kLines;
    verdict.pieces = exchange->protocol->body() == Protocol::Body::kPieces;
  }
  verdict.finding = exchange;
  return verdict;
}

std::optional<http::Response> Api::Refuse(const http::Request& head, Exchange& exchange) const {
  if (head.method == "OPTIONS") return AnswerOptions(head, exchange);
  if (IsPage(head.path) && VerbOf(head) == "GET") return std::nullopt;
  absl::Status status = FindProtocol(head, exchange);
  if (status.ok()) status = Admit(head, exchange);
  if (status.ok()) return std::nullopt;
  exchange.Record(status);
  http::Response response = exchange.protocol != nullptr ? exchange.protocol->Refusal(status) : RestRefusal(exchange, status);
  if (response.status == 405) response.headers.Set("Allow", AllowedOf(head.path));
  return exchange.Adorned(std::move(response));
}

bool Api::IsPage(const std::string& path) const { return IsProbe(path) || pages_.Has(path); }

std::string Api::AllowedOf(const std::string& path) const {
  if (path == "*") return "GET, HEAD, POST, PATCH, PUT, DELETE, OPTIONS";
  if (IsPage(path)) return "GET, HEAD, OPTIONS";
  if (LooksLikeRpc(path)) {
    const std::string name = path.substr(1);
    if (const auto* method = door_.Find(name)) return ConnectVerbs(*method);
    if (const auto* own = own_.Find(name)) return ConnectVerbs(*own);
  }
  const RouteTable::Match match = routes_.Find("OPTIONS", path);
  return match.allowed.empty() ? "" : WithHeadAndOptions(match.allowed);
}

// Paths are no secret: the contract is for everybody. A page that is not allowed gets the plain answer.
http::Response Api::AnswerOptions(const http::Request& head, const Exchange& exchange) const {
  const std::string allowed = AllowedOf(head.path);
  if (allowed.empty()) {
    const absl::Status status = status::Error(kUnknownPath, {{"path", Excerpt(head.path)}});
    exchange.Record(status);
    return exchange.Adorned(RestRefusal(exchange, status));
  }
  http::Response response;
  response.status = 204;
  response.headers = {{"Allow", allowed}};
  const http::Headers preflight = options_.cors.ForPreflight(head, allowed);
  for (const auto& [name, value] : preflight.fields()) response.headers.Set(name, value);
  return exchange.Adorned(std::move(response));
}

// By path, verb and media type. UNKNOWN_PATH or WRONG_METHOD when there is none.
absl::Status Api::FindProtocol(const http::Request& head, Exchange& exchange) const {
  if (IsPage(head.path)) return WrongMethod(head, AllowedOf(head.path));
  exchange.path = head.path.substr(1);
  if (LooksLikeRpc(head.path)) {
    exchange.method = door_.Find(exchange.path);
    if (exchange.method == nullptr) exchange.method = own_.Find(exchange.path);
  }
  // Also where there is no such method: gRPC has an answer of its own to that.
  if (head.method == "POST") exchange.protocol = NewGrpcFamily(exchange, head);
  if (exchange.protocol != nullptr) return absl::OkStatus();
  if (exchange.method != nullptr) {
    exchange.arrival.transport = "connect";
    exchange.protocol = NewConnect(exchange, head);
    const std::string allowed = ConnectVerbs(*exchange.method);
    return Names(allowed, head.method) ? absl::OkStatus() : WrongMethod(head, allowed);
  }
  RouteTable::Match match = routes_.Find(VerbOf(head), head.path);
  if (match.binding == nullptr) {
    if (!match.allowed.empty()) return WrongMethod(head, WithHeadAndOptions(match.allowed));
    return status::Error(kUnknownPath, {{"path", Excerpt(head.path)}});
  }
  exchange.method = match.binding->method;
  exchange.path = FullName(*exchange.method);
  exchange.protocol = NewRest(exchange, std::move(match), head.method == "HEAD", {&heartbeats_, options_.heartbeat});
  exchange.protocol = ForList(exchange, head, std::move(exchange.protocol));
  return absl::OkStatus();
}

// Who has no token learns only that.
absl::Status Api::Admit(const http::Request& head, Exchange& exchange) const {
  exchange.has_token = head.headers.Has("Authorization");
  RETURN_IF_ERROR(CheckAuthorization(head, exchange));
  exchange.arrival.token = BearerToken(head.headers.Get("Authorization"));
  if (own_.Has(exchange.method)) {
    if (!own_.IsOpen(exchange.method)) {
      ASSIGN_OR_RETURN(const rpc::Principal principal, door_.Authenticate(exchange.arrival));
      exchange.principal = principal.name;
    }
  } else {
    const absl::Status status = door_.Judge(exchange.arrival, exchange.path);
    exchange.principal = exchange.arrival.principal.name;
    RETURN_IF_ERROR(status);
  }
  return exchange.protocol->ReadHead(head);
}

http::Response Api::Explain(const http::Request& head, const absl::Status& why, int code) const {
  const ExchangePtr exchange = NewExchange(head);
  exchange->Record(why);
  return exchange->Adorned(http::Explained(head, why, code));
}

// ---- The call

void Api::Handle(http::Request request, std::shared_ptr<http::Responder> responder) {
  // A protocol keeps the request, which must not keep the exchange, and so the protocol and the connection, alive.
  const auto exchange = std::static_pointer_cast<Exchange>(std::exchange(request.finding, nullptr));
  exchange->responder = std::move(responder);
  exchange->request_bytes = request.body.size();
  try {
    Serve(exchange, std::move(request));
  } catch (...) {
    const absl::Status status = exchange->Thrown();
    exchange->protocol != nullptr ? exchange->protocol->Finish(status) : exchange->Send(RestRefusal(*exchange, status));
  }
}

void Api::Serve(const ExchangePtr& exchange, http::Request request) {
  if (exchange->protocol == nullptr) return ServePage(exchange, request);
  if (std::optional<http::Response> answer = exchange->protocol->AtOnce()) {
    exchange->Record(absl::OkStatus());
    return exchange->Send(*std::move(answer));
  }
  exchange->protocol->Take(std::move(request));
  if (exchange->method->client_streaming()) {
    return own_.Has(exchange->method) ? own_.Serve(exchange, {}) : Converse(exchange);
  }
  ReadOne(exchange, [this, exchange](const absl::Status& status, grpc::ByteBuffer& message) {
    try {
      Call(exchange, status, message);
    } catch (...) {
      exchange->protocol->Finish(exchange->Thrown());
    }
  });
}

void Api::ServePage(const ExchangePtr& exchange, const http::Request& request) const {
  if (!IsProbe(request.path)) {
    exchange->Record(absl::OkStatus(), "page");
    return exchange->Send(pages_.Answer(request.path, request.headers));
  }
  const bool good = own_.serving() || request.path == "/livez";
  const char* body = request.path == "/livez" ? "{\"status\":\"ALIVE\"}"
                     : good                   ? "{\"status\":\"SERVING\"}"
                                              : "{\"status\":\"NOT_SERVING\"}";
  exchange->Send({good ? 200 : 503, {{"Content-Type", "application/json"}}, body});
}

void Api::Call(const ExchangePtr& exchange, const absl::Status& status, grpc::ByteBuffer& request) {
  if (!status.ok()) {
    exchange->Record(status);
    return exchange->protocol->Finish(status);
  }
  if (own_.Has(exchange->method)) return own_.Serve(exchange, request);
  if (exchange->protocol->pages()) return CallPages(door_, exchange, rpc::TakenFrom(request));
  exchange->method->server_streaming() ? CallStream(exchange, request) : CallUnary(exchange, request);
}

void Api::CallUnary(const ExchangePtr& exchange, grpc::ByteBuffer& request) {
  auto cancel = door_.Unary(exchange->arrival, exchange->path, rpc::TakenFrom(request),
                            [exchange](const absl::Status& status, const grpc::ByteBuffer& answer, const rpc::Call&) {
                              try {
                                if (status.ok()) exchange->protocol->Send(answer, [] {});
                                exchange->protocol->Finish(status);
                              } catch (...) {
                                exchange->protocol->Finish(exchange->Thrown());
                              }
                            });
  exchange->responder->OnClose(std::move(cancel));
}

void Api::CallStream(const ExchangePtr& exchange, grpc::ByteBuffer& request) {
  auto cancel = door_.ServerStream(
      exchange->arrival, exchange->path, rpc::TakenFrom(request),
      [exchange](const grpc::ByteBuffer& message, std::function<void()> next) {
        try {
          exchange->protocol->Send(message, std::move(next));
        } catch (...) {
          exchange->protocol->Finish(exchange->Thrown());
        }
      },
      [exchange](const absl::Status& status, const rpc::Call&) { exchange->protocol->Finish(status); });
  exchange->responder->OnClose(std::move(cancel));
}

void Api::Converse(const ExchangePtr& exchange) {
  auto cancel = door_.Converse(
      exchange->arrival, exchange->path, [exchange](std::function<void(rpc::Incoming)> take) { exchange->protocol->Read(std::move(take)); },
      [exchange](const grpc::ByteBuffer& message, std::function<void()> next) {
        try {
          exchange->protocol->Send(message, std::move(next));
        } catch (...) {
          exchange->protocol->Finish(exchange->Thrown());
        }
      },
      [exchange](const absl::Status& status, const rpc::Call&) { exchange->protocol->Finish(status); });
  exchange->responder->OnClose(std::move(cancel));
}

}  // namespace heitie::gateway
