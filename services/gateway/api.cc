#include "services/gateway/api.h"

#include <mutex>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/observe/log.h"
#include "common/observe/metrics.h"
#include "common/rpc/bytes.h"
#include "common/rpc/trace.h"
#include "common/status/macros.h"
#include "nlohmann/json.hpp"
#include "services/gateway/http_error.h"
#include "services/gateway/json.h"
#include "services/gateway/transcode.h"

namespace heitie::gateway {
namespace {

using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;

constexpr status::Reason kUnknownPath{absl::StatusCode::kNotFound, "UNKNOWN_PATH", "There is nothing at {path}.", "{path} 不存在。",
                                      "{path} 不存在。"};
constexpr status::Reason kWrongMethod{absl::StatusCode::kUnimplemented, "WRONG_METHOD", "{path} allows {allowed}, not {method}.",
                                      "{path} 允許 {allowed}，不允許 {method}。", "{path} 允许 {allowed}，不允许 {method}。"};
constexpr status::Reason kBadHeader{absl::StatusCode::kInvalidArgument, "BAD_HEADER", "The header {header} must be {expected}.",
                                    "標頭 {header} 必須為 {expected}。", "标头 {header} 必须为 {expected}。"};
constexpr status::Reason kUnsupportedMedia{absl::StatusCode::kInvalidArgument, "UNSUPPORTED_MEDIA", "The body must be {expected}.",
                                           "內容必須為 {expected}。", "内容必须为 {expected}。"};

constexpr char kJson[] = "application/json";
constexpr char kProto[] = "application/proto";

std::string MediaType(const std::string& content_type) {
  std::string type = content_type.substr(0, content_type.find(';'));
  absl::StripAsciiWhitespace(&type);
  return absl::AsciiStrToLower(type);
}

std::string BearerToken(const std::string& authorization) {
  if (!absl::StartsWithIgnoreCase(authorization, "Bearer ")) return "";
  std::string token = authorization.substr(7);
  absl::StripAsciiWhitespace(&token);
  return token;
}

absl::Status BadHeader(const char* header, const char* expected) {
  return status::Error(kBadHeader, {{"header", header}, {"expected", expected}});
}

// gRPC over HTTP/2: at most eight digits and a unit.
bool ParseGrpcTimeout(const std::string& text, absl::Duration* timeout) {
  int64_t amount = 0;
  if (text.size() < 2 || text.size() > 9 || text.find_first_not_of("0123456789") != text.size() - 1) return false;
  if (!absl::SimpleAtoi(text.substr(0, text.size() - 1), &amount)) return false;
  switch (text.back()) {
    case 'H':
      *timeout = absl::Hours(amount);
      return true;
    case 'M':
      *timeout = absl::Minutes(amount);
      return true;
    case 'S':
      *timeout = absl::Seconds(amount);
      return true;
    case 'm':
      *timeout = absl::Milliseconds(amount);
      return true;
    case 'u':
      *timeout = absl::Microseconds(amount);
      return true;
    case 'n':
      *timeout = absl::Nanoseconds(amount);
      return true;
    default:
      return false;
  }
}

bool ParseRequestTimeout(const std::string& text, absl::Duration* timeout) {
  const bool bare = !text.empty() && text.find_first_not_of("0123456789.") == std::string::npos;
  return absl::ParseDuration(bare ? text + "s" : text, timeout) && *timeout >= absl::ZeroDuration();
}

bool ParseConnectTimeout(const std::string& text, absl::Duration* timeout) {
  int64_t millis = 0;
  if (text.size() > 10 || text.find_first_not_of("0123456789") != std::string::npos || !absl::SimpleAtoi(text, &millis)) return false;
  *timeout = absl::Milliseconds(millis);
  return true;
}

struct TimeoutHeader {
  const char* name;
  bool (*parse)(const std::string&, absl::Duration*);
  const char* expected;
};
constexpr TimeoutHeader kTimeoutHeaders[] = {{"X-Request-Timeout", ParseRequestTimeout, "seconds such as 2.5, or a duration such as 500ms"},
                                             {"grpc-timeout", ParseGrpcTimeout, "a gRPC timeout such as 5S or 500m"},
                                             {"Connect-Timeout-Ms", ParseConnectTimeout, "milliseconds"}};

std::unique_ptr<Message> NewMessage(const google::protobuf::Descriptor* type) {
  return std::unique_ptr<Message>(MessageFactory::generated_factory()->GetPrototype(type)->New());
}

std::string BytesOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

// The answer of a method as JSON. The bytes come from another process: what cannot be parsed is its mistake.
absl::StatusOr<std::string> AnswerJson(const MethodDescriptor& method, const grpc::ByteBuffer& bytes, const std::string& trace_id) {
  const std::unique_ptr<Message> message = NewMessage(method.output_type());
  if (rpc::Parse(bytes, *message)) return ToJson(*message);
  observe::Log(observe::Severity::kError, "an answer cannot be parsed", {{"method", FullName(method)}, {"trace_id", trace_id}});
  return status::Error(status::kInternal, {{"trace", trace_id}});
}

// HTTP tells more apart than the canonical codes.
int HttpCodeOf(const absl::Status& status) {
  const std::string reason = status::ReasonOf(status);
  if (reason == kWrongMethod.id) return 405;
  if (reason == kUnsupportedMedia.id) return 415;
  return HttpCode(status.code());
}

absl::Status WrongMethod(const http::Request& request, const std::string& allowed) {
  return status::Error(kWrongMethod, {{"path", Excerpt(request.path)}, {"allowed", allowed}, {"method", Excerpt(request.method)}});
}

absl::Status CheckEncoding(const http::Headers& headers) {
  const std::string& encoding = headers.Get("Content-Encoding");
  if (encoding.empty() || encoding == "identity") return absl::OkStatus();
  return status::Error(kUnsupportedMedia, {{"expected", "uncompressed"}});
}

bool LooksLikeConnect(const std::string& path) {
  const size_t slash = path.find('/', 1);
  return slash != std::string::npos && path.find('/', slash + 1) == std::string::npos && path.find('.') < slash;
}

}  // namespace

// One HTTP request on its way.
struct Api::Exchange {
  enum class Protocol { kRest, kConnect };

  http::Request request;
  std::shared_ptr<http::Responder> responder;
  rpc::Arrival arrival;
  std::string trace_id;
  absl::Time started = absl::Now();
  Protocol protocol = Protocol::kRest;
  bool proto_body = false;  // Connect with application/proto

  void Send(http::Response response) const {
    Adorn(&response);
    responder->Send(std::move(response));
  }
  void SendJson(std::string body) const { Send({200, {{"Content-Type", kJson}}, std::move(body)}); }
  // Metrics and access log of what does not reach the door.
  void Record(const std::string& method, const std::string& principal, const absl::Status& status) const {
    observe::AccessRecord record;
    record.method = method;
    record.principal = principal;
    record.trace_id = trace_id;
    record.transport = arrival.transport;
    record.code = absl::StatusCodeToString(status.code());
    record.reason = status::ReasonOf(status);
    record.duration = absl::Now() - started;
    record.request_bytes = request.body.size();
    observe::CountRequest(method, status.code(), record.duration);
    observe::LogAccess(record);
  }
  // `extra`: headers that belong to this error.
  void SendError(const absl::Status& status, const http::Headers& extra = {}) const {
    const int code = HttpCodeOf(status);
    http::Response response = protocol == Protocol::kConnect ? ConnectErrorResponse(status, arrival.language, code)
                                                             : ErrorResponse(status, arrival.language, code);
    for (const auto& [name, value] : extra.fields()) response.headers.Set(name, value);
    Send(std::move(response));
  }
  void Adorn(http::Response* response) const {
    response->headers.Set("X-Trace-Id", trace_id);
    response->headers.Set("X-Content-Type-Options", "nosniff");
    response->headers.Set("Cache-Control", "no-store");
    response->headers.Set("Vary", "Accept-Language");
  }
};

namespace {

// The answer of a server stream, piece by piece. The door sends one message at a time, but may end the stream from another thread.
template <typename Exchange>
class StreamAnswer {
 public:
  StreamAnswer(std::shared_ptr<Exchange> exchange, const MethodDescriptor& method)
      : exchange_(std::move(exchange)),
        method_(method),
        events_(absl::StrContains(exchange_->request.headers.Get("Accept"), "text/event-stream")) {}

  void Send(const grpc::ByteBuffer& bytes, std::function<void()> next) {
    const auto json = AnswerJson(method_, bytes, exchange_->trace_id);
    if (!json.ok()) return Finish(json.status());
    std::lock_guard lock(mutex_);
    if (ended_) return;
    Begin();
    exchange_->responder->Write(events_ ? absl::StrCat("data: ", *json, "\n\n") : absl::StrCat("{\"result\":", *json, "}\n"),
                                std::move(next));
  }

  void Finish(const absl::Status& status) {
    std::lock_guard lock(mutex_);
    if (std::exchange(ended_, true)) return;
    if (!begun_ && !status.ok()) return exchange_->SendError(status);
    Begin();
    if (!status.ok()) exchange_->responder->Write(Failure(status), nullptr);
    exchange_->responder->End();
  }

 private:
  void Begin() {
    if (std::exchange(begun_, true)) return;
    http::Response head;
    head.headers = {{"Content-Type", events_ ? "text/event-stream" : "application/x-ndjson"}, {"X-Accel-Buffering", "no"}};
    exchange_->Adorn(&head);
    exchange_->responder->StartStream(std::move(head));
  }

  std::string Failure(const absl::Status& status) const {
    const std::string error = ErrorJson(status::ToProto(status, exchange_->arrival.language), HttpCode(status.code()));
    return events_ ? absl::StrCat("event: error\ndata: ", error, "\n\n") : absl::StrCat("{\"error\":", error, "}\n");
  }

  const std::shared_ptr<Exchange> exchange_;
  const MethodDescriptor& method_;
  const bool events_;
  std::mutex mutex_;
  bool begun_ = false;
  bool ended_ = false;
};

}  // namespace

absl::StatusOr<absl::Time> DeadlineOf(const http::Headers& headers, absl::Time now) {
  absl::Time deadline = absl::InfiniteFuture();
  for (const TimeoutHeader& header : kTimeoutHeaders) {
    const std::string& value = headers.Get(header.name);
    if (value.empty()) continue;
    absl::Duration timeout;
    if (!header.parse(value, &timeout)) return BadHeader(header.name, header.expected);
    deadline = std::min(deadline, now + timeout);
  }
  return deadline;
}

Api::Api(rpc::Door& door, RouteTable routes, std::string openapi) : door_(door), routes_(std::move(routes)), openapi_(std::move(openapi)) {}

void Api::Handle(http::Request request, std::shared_ptr<http::Responder> responder) {
  auto exchange = std::make_shared<Exchange>();
  exchange->request = std::move(request);
  exchange->responder = std::move(responder);
  const http::Headers& headers = exchange->request.headers;
  rpc::Arrival& arrival = exchange->arrival;
  arrival.token = BearerToken(headers.Get("Authorization"));
  arrival.language = status::ParseLanguage(headers.Get("Accept-Language"));
  arrival.transport = "http";
  exchange->trace_id = rpc::TraceIdOf(headers.Get("traceparent"));
  arrival.traceparent = rpc::Traceparent(exchange->trace_id);
  const std::string& path = exchange->request.path;
  if (path == "/healthz") return ServeHealth(*exchange);
  if (path == "/openapi.json") return ServeOpenApi(*exchange);
  if (LooksLikeConnect(path)) {
    if (const MethodDescriptor* method = door_.Find(path.substr(1))) return ServeConnect(exchange, *method);
  }
  ServeRoute(exchange);
}

void Api::ServeHealth(Exchange& exchange) const {
  const bool serving = serving_;
  exchange.Send({serving ? 200 : 503, {{"Content-Type", kJson}}, serving ? "{\"status\":\"SERVING\"}" : "{\"status\":\"NOT_SERVING\"}"});
}

void Api::ServeOpenApi(Exchange& exchange) {
  if (exchange.request.method != "GET") return exchange.SendError(WrongMethod(exchange.request, "GET"), {{"Allow", "GET"}});
  const auto principal = door_.Authenticate(exchange.arrival);
  exchange.Record("openapi", principal.ok() ? principal->name : "", principal.status());
  if (!principal.ok()) return exchange.SendError(principal.status());
  exchange.SendJson(openapi_);
}

absl::Status Api::Judge(const Exchange& exchange, const MethodDescriptor& method, const absl::Status& failure) const {
  const auto principal = door_.Authenticate(exchange.arrival);
  absl::Status status = principal.status();
  if (status.ok()) status = rpc::CheckAccess(method, *principal);
  if (status.ok()) status = failure;
  exchange.Record(FullName(method), principal.ok() ? principal->name : "", status);
  return status;
}

void Api::ServeRoute(const ExchangePtr& exchange) {
  const http::Request& http_request = exchange->request;
  const RouteTable::Match match = routes_.Find(http_request.method, http_request.path);
  if (match.binding == nullptr) return RefusePath(*exchange, match);
  const MethodDescriptor& method = *match.binding->method;
  const std::unique_ptr<Message> request = NewMessage(method.input_type());
  const absl::Status status = ReadRoute(*exchange, match, request.get());
  if (!status.ok()) return exchange->SendError(Judge(*exchange, method, status));
  method.server_streaming() ? CallStream(exchange, method, *request) : CallUnary(exchange, method, *request);
}

void Api::RefusePath(const Exchange& exchange, const RouteTable::Match& match) {
  const std::string allowed = absl::StrJoin(match.allowed, ", ");
  const absl::Status status = match.allowed.empty() ? status::Error(kUnknownPath, {{"path", Excerpt(exchange.request.path)}})
                                                    : WrongMethod(exchange.request, allowed);
  exchange.Record("unknown", "", status);
  exchange.SendError(status, match.allowed.empty() ? http::Headers() : http::Headers{{"Allow", allowed}});
}

absl::Status Api::ReadRoute(Exchange& exchange, const RouteTable::Match& match, Message* request) {
  ASSIGN_OR_RETURN(exchange.arrival.deadline, DeadlineOf(exchange.request.headers, absl::Now()));
  RETURN_IF_ERROR(CheckEncoding(exchange.request.headers));
  return Transcode(match, exchange.request.query, exchange.request.body, request);
}

void Api::ServeConnect(const ExchangePtr& exchange, const MethodDescriptor& method) {
  exchange->protocol = Exchange::Protocol::kConnect;
  exchange->arrival.transport = "connect";
  if (exchange->request.method != "POST") return exchange->SendError(WrongMethod(exchange->request, "POST"), {{"Allow", "POST"}});
  const std::unique_ptr<Message> request = NewMessage(method.input_type());
  const absl::Status status = ReadConnect(*exchange, method, request.get());
  if (!status.ok()) return exchange->SendError(Judge(*exchange, method, status), {{"Accept-Post", "application/json, application/proto"}});
  CallUnary(exchange, method, *request);
}

// connectrpc.com/docs/protocol, unary requests.
absl::Status Api::ReadConnect(Exchange& exchange, const MethodDescriptor& method, Message* request) {
  const http::Headers& headers = exchange.request.headers;
  const std::string type = MediaType(headers.Get("Content-Type"));
  if ((type != kJson && type != kProto) || method.server_streaming()) {
    return status::Error(kUnsupportedMedia, {{"expected", "a unary application/json or application/proto"}});
  }
  RETURN_IF_ERROR(CheckEncoding(headers));
  if (headers.Has("Connect-Protocol-Version") && headers.Get("Connect-Protocol-Version") != "1")
    return BadHeader("Connect-Protocol-Version", "1");
  ASSIGN_OR_RETURN(exchange.arrival.deadline, DeadlineOf(headers, absl::Now()));
  exchange.proto_body = type == kProto;
  if (!exchange.proto_body) return ParseRequest(exchange.request.body, request);
  if (request->ParseFromString(exchange.request.body)) return absl::OkStatus();
  return status::Error(status::kMalformed, {{"what", method.input_type()->full_name()}});
}

void Api::CallUnary(const ExchangePtr& exchange, const MethodDescriptor& method, const Message& request) {
  auto cancel = door_.Unary(exchange->arrival, FullName(method), rpc::Serialize(request),
                            [exchange, &method](const absl::Status& status, grpc::ByteBuffer bytes, const rpc::Call&) {
                              if (!status.ok()) return exchange->SendError(status);
                              if (exchange->proto_body) return exchange->Send({200, {{"Content-Type", kProto}}, BytesOf(bytes)});
                              auto json = AnswerJson(method, bytes, exchange->trace_id);
                              json.ok() ? exchange->SendJson(*std::move(json)) : exchange->SendError(json.status());
                            });
  exchange->responder->OnClose(std::move(cancel));
}

void Api::CallStream(const ExchangePtr& exchange, const MethodDescriptor& method, const Message& request) {
  auto answer = std::make_shared<StreamAnswer<Exchange>>(exchange, method);
  auto cancel = door_.ServerStream(
      exchange->arrival, FullName(method), rpc::Serialize(request),
      [answer](grpc::ByteBuffer message, std::function<void()> next) { answer->Send(message, std::move(next)); },
      [answer](const absl::Status& status, const rpc::Call&) { answer->Finish(status); });
  exchange->responder->OnClose(std::move(cancel));
}

}  // namespace heitie::gateway
