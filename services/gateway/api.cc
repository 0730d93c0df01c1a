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
#include "common/rpc/bounds.h"
#include "common/rpc/bytes.h"
#include "common/rpc/trace.h"
#include "common/status/macros.h"
#include "common/work/overloaded.h"
#include "nlohmann/json.hpp"
#include "services/gateway/http_error.h"
#include "services/gateway/json.h"
#include "services/gateway/transcode.h"

namespace heitie::gateway {
namespace {

using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;

const status::Reason kUnknownPath{absl::StatusCode::kNotFound, "UNKNOWN_PATH", "There is nothing at {path}.", "{path} 不存在。"};
const status::Reason kWrongMethod{absl::StatusCode::kUnimplemented, "WRONG_METHOD", "{path} allows {allowed:list}, not {method}.",
                                  "{path} 允許 {allowed:list}，不允許 {method}。"};
const status::Reason kBadHeader{absl::StatusCode::kInvalidArgument, "BAD_HEADER", "The header {header} must be {expected}.",
                                "標頭 {header} 不符合要求：{expected}。"};
const status::Reason kUnsupportedMedia{absl::StatusCode::kInvalidArgument, "UNSUPPORTED_MEDIA", "The body must be {expected}.",
                                       "內容不符合要求：{expected}。"};
const status::Reason kLineTooLong{absl::StatusCode::kInvalidArgument, "LINE_TOO_LONG", "A line has more than {most:count} bytes.",
                                  "有一行超過 {most:count} 個位元組。"};
const status::Phrase kFramedBody{"body that is framed as its head says", "符合標頭所述格式的內容"};

// Of any that the services accept; with the rest of what is sent on to them it stays well below what their gRPC takes.

constexpr char kJson[] = "application/json";
constexpr char kProto[] = "application/proto";
constexpr char kNdjson[] = "application/x-ndjson";

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

const status::Phrase kOnce{"there once", "只能出現一次"};
const status::Phrase kConnectVersion{"1", "須為 1"};
const status::Phrase kUncompressed{"uncompressed", "不得壓縮"};
const status::Phrase kUnary{"a unary application/json or application/proto", "須為單一請求的 application/json 或 application/proto"};
const status::Phrase kLines{"application/x-ndjson, a message on each line", "須為 application/x-ndjson，每行一則訊息"};
const status::Phrase kSeconds{"seconds such as 2.5, or a duration such as 500ms", "須為秒數（如 2.5）或時間長度（如 500ms）"};
const status::Phrase kGrpcTimeout{"a gRPC timeout such as 5S or 500m", "須為 gRPC 逾時，如 5S 或 500m"};
const status::Phrase kMilliseconds{"milliseconds", "須為毫秒數"};

absl::Status BadHeader(const char* header, const status::Phrase& expected) {
  return status::Error(kBadHeader, {{"header", header}, {"expected", expected}});
}

// Two tokens are two callers: a proxy before the gateway might have looked at the other one.
absl::Status CheckAuthorization(const http::Request& head) {
  int count = 0;
  for (const auto& [name, value] : head.headers.fields()) count += absl::EqualsIgnoreCase(name, "Authorization");
  return count <= 1 ? absl::OkStatus() : status::Error(kBadHeader, {{"header", "Authorization"}, {"expected", kOnce}});
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
  const status::Phrase& expected;
};
const TimeoutHeader kTimeoutHeaders[] = {{"X-Request-Timeout", ParseRequestTimeout, kSeconds},
                                         {"grpc-timeout", ParseGrpcTimeout, kGrpcTimeout},
                                         {"Connect-Timeout-Ms", ParseConnectTimeout, kMilliseconds}};

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
  return status::Error(kUnsupportedMedia, {{"expected", kUncompressed}});
}

// Why a body is not read any further, in the terms of the API.
absl::Status LineError(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOutOfRange:
      return status::Error(kLineTooLong, {{"most", rpc::kMaxMessageBytes}});
    case absl::StatusCode::kResourceExhausted:
      return work::Overloaded();
    case absl::StatusCode::kDeadlineExceeded:
      return status::Error(status::kDeadline);
    default:
      return status::Error(status::kMalformed, {{"what", kFramedBody}});
  }
}

bool LooksLikeConnect(const std::string& path) {
  const size_t slash = path.find('/', 1);
  return slash != std::string::npos && path.find('/', slash + 1) == std::string::npos && path.find('.') < slash;
}

}  // namespace

// One HTTP request on its way, from its head on.
struct Api::Exchange {
  enum class Kind { kHealth, kPage, kRoute, kConnect };

  Kind kind = Kind::kRoute;
  const MethodDescriptor* method = nullptr;  // kRoute, kConnect
  RouteTable::Match match;                   // kRoute
  bool proto_body = false;                   // kConnect with application/proto
  bool events = false;                       // a stream is wanted as Server-Sent Events
  rpc::Arrival arrival;
  std::string principal;  // empty: not known
  std::string trace_id;
  absl::Time started = absl::Now();
  size_t request_bytes = 0;
  std::shared_ptr<http::Responder> responder;  // when the request has come whole

  void Send(http::Response response) const { responder->Send(Adorned(std::move(response))); }
  void SendJson(std::string body) const { Send({200, {{"Content-Type", kJson}}, std::move(body)}); }
  void SendError(const absl::Status& status) const { responder->Send(Error(status)); }
  // Metrics and access log of what does not reach the door.
  void Record(const absl::Status& status) const {
    observe::AccessRecord record;
    record.method = method != nullptr ? FullName(*method) : kind == Kind::kPage ? "page" : "unknown";
    record.principal = principal;
    record.trace_id = trace_id;
    record.transport = arrival.transport;
    record.code = absl::StatusCodeToString(status.code());
    record.reason = status::ReasonOf(status);
    record.duration = absl::Now() - started;
    record.request_bytes = request_bytes;
    observe::CountRequest(record.method, status.code(), record.duration);
    observe::LogAccess(record);
  }
  // What the headers say of the request; a Connect request is one of connectrpc.com/docs/protocol, unary.
  absl::Status ReadHead(const http::Headers& headers) {
    const bool connect = kind == Kind::kConnect;
    const std::string type = MediaType(headers.Get("Content-Type"));
    const bool streams = method->server_streaming() || method->client_streaming();
    if (connect && ((type != kJson && type != kProto) || streams)) return status::Error(kUnsupportedMedia, {{"expected", kUnary}});
    if (method->client_streaming() && type != kNdjson) return status::Error(kUnsupportedMedia, {{"expected", kLines}});
    RETURN_IF_ERROR(CheckEncoding(headers));
    if (connect && headers.Has("Connect-Protocol-Version") && headers.Get("Connect-Protocol-Version") != "1") {
      return BadHeader("Connect-Protocol-Version", kConnectVersion);
    }
    ASSIGN_OR_RETURN(arrival.deadline, DeadlineOf(headers, started));
    proto_body = connect && type == kProto;
    events = absl::StrContains(headers.Get("Accept"), "text/event-stream");
    return absl::OkStatus();
  }
  absl::Status ReadRequest(const http::Request& request, Message* message) const {
    if (kind == Kind::kRoute) return Transcode(match, request.query, request.body, message);
    if (!proto_body) return ParseRequest(request.body, message);
    if (message->ParseFromString(request.body)) return absl::OkStatus();
    return status::Error(status::kMalformed, {{"what", method->input_type()->full_name()}});
  }
  // The message on a line, for the door. The query and the path say the same of each.
  rpc::Incoming ReadMessage(const absl::StatusOr<std::optional<std::string>>& line, const std::string& query) const try {
    if (!line.ok()) return LineError(line.status());
    if (!line->has_value()) return std::optional<grpc::ByteBuffer>();
    const std::unique_ptr<Message> message = NewMessage(method->input_type());
    RETURN_IF_ERROR(Transcode(match, query, **line, message.get()));
    return std::optional<grpc::ByteBuffer>(rpc::Serialize(*message));
  } catch (...) {
    return Thrown();
  }
  // `extra`: headers that belong to this error.
  http::Response Error(const absl::Status& status, const http::Headers& extra = {}) const {
    const int code = HttpCodeOf(status);
    http::Response response =
        kind == Kind::kConnect ? ConnectErrorResponse(status, arrival.language, code) : ErrorResponse(status, arrival.language, code);
    if (code == 415 && kind == Kind::kConnect) response.headers.Set("Accept-Post", "application/json, application/proto");
    for (const auto& [name, value] : extra.fields()) response.headers.Set(name, value);
    return Adorned(std::move(response));
  }
  http::Response Adorned(http::Response response) const {
    response.headers.Set("X-Trace-Id", trace_id);
    response.headers.Set("X-Content-Type-Options", "nosniff");
    response.headers.Set("Cache-Control", "no-store");
    response.headers.Set("Vary", "Accept-Language");
    return response;
  }
  // In a catch block: what is being thrown, as the caller may see it.
  absl::Status Thrown() const {
    observe::LogException("a request threw", {{"method", method != nullptr ? FullName(*method) : ""}, {"trace_id", trace_id}});
    return status::Error(status::kInternal, {{"trace", trace_id}});
  }
};

namespace {

// The answer of a stream, piece by piece, or the one answer to a stream of requests. The door sends one message at a time, but may end the
// stream from another thread.
template <typename Exchange>
class StreamAnswer {
 public:
  explicit StreamAnswer(std::shared_ptr<Exchange> exchange)
      : exchange_(std::move(exchange)), events_(exchange_->events), one_(!exchange_->method->server_streaming()) {}

  void Send(const grpc::ByteBuffer& bytes, std::function<void()> next) try {
    auto json = AnswerJson(*exchange_->method, bytes, exchange_->trace_id);
    if (!json.ok()) return Finish(json.status());
    std::unique_lock lock(mutex_);
    if (ended_) return;
    if (one_) {
      answer_ = *std::move(json);
      lock.unlock();
      return next();
    }
    Begin();
    exchange_->responder->Write(events_ ? absl::StrCat("data: ", *json, "\n\n") : absl::StrCat("{\"result\":", *json, "}\n"),
                                std::move(next));
  } catch (...) {
    Finish(exchange_->Thrown());
  }

  void Finish(const absl::Status& status) {
    std::lock_guard lock(mutex_);
    if (std::exchange(ended_, true)) return;
    if (!begun_ && !status.ok()) return exchange_->SendError(status);
    if (one_) return exchange_->SendJson(std::move(answer_));
    Begin();
    if (!status.ok()) exchange_->responder->Write(Failure(status), nullptr);
    exchange_->responder->End();
  }

 private:
  void Begin() {
    if (std::exchange(begun_, true)) return;
    http::Response head;
    head.headers = {{"Content-Type", events_ ? "text/event-stream" : kNdjson}, {"X-Accel-Buffering", "no"}};
    exchange_->responder->StartStream(exchange_->Adorned(std::move(head)));
  }

  std::string Failure(const absl::Status& status) const {
    const std::string error = ErrorJson(status::ToProto(status, exchange_->arrival.language), HttpCode(status.code()));
    return events_ ? absl::StrCat("event: error\ndata: ", error, "\n\n") : absl::StrCat("{\"error\":", error, "}\n");
  }

  const std::shared_ptr<Exchange> exchange_;
  const bool events_;
  const bool one_;
  std::string answer_;
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

Api::Api(rpc::Door& door, RouteTable routes, Pages pages) : door_(door), routes_(std::move(routes)), pages_(std::move(pages)) {}

absl::StatusOr<std::unique_ptr<http::Server>> Api::Listen(const http::Options& options) {
  return http::Server::Listen(
      options,
      [this](http::Request request, std::shared_ptr<http::Responder> responder) { Handle(std::move(request), std::move(responder)); },
      [this](const http::Request& head) { return Judge(head); });
}

http::Verdict Api::Judge(const http::Request& head) const {
  auto exchange = std::make_shared<Exchange>();
  rpc::Arrival& arrival = exchange->arrival;
  arrival.language = status::ParseLanguage(head.headers.List("Accept-Language"));
  arrival.transport = "http";
  arrival.client = head.client;
  const rpc::Trace trace = rpc::TraceOf(head.headers.Get("traceparent"));
  exchange->trace_id = trace.trace_id;
  arrival.traceparent = rpc::Traceparent(trace.trace_id, trace.parent_id, trace.sampled);
  http::Verdict verdict;
  try {
    verdict.refusal = Refuse(head, *exchange);
  } catch (...) {
    verdict.refusal = exchange->Error(exchange->Thrown());
  }
  verdict.caller = exchange->principal;
  verdict.lines = exchange->method != nullptr && exchange->method->client_streaming();
  verdict.finding = std::move(exchange);
  return verdict;
}

std::optional<http::Response> Api::Refuse(const http::Request& head, Exchange& exchange) const {
  if (std::optional<http::Response> refusal = FindMethod(head, exchange)) return refusal;
  if (exchange.kind == Exchange::Kind::kHealth || exchange.kind == Exchange::Kind::kPage) return std::nullopt;
  const absl::Status status = Admit(head, exchange);
  if (!status.ok()) exchange.Record(status);
  if (status.ok()) return std::nullopt;
  return exchange.Error(status);
}

// 404 or 405 when there is no such method.
std::optional<http::Response> Api::FindMethod(const http::Request& head, Exchange& exchange) const {
  const auto wrong_method = [&](const std::string& allowed) {
    const absl::Status status = WrongMethod(head, allowed);
    exchange.Record(status);
    return exchange.Error(status, {{"Allow", allowed}});
  };
  if (head.path == "/healthz") {
    exchange.kind = Exchange::Kind::kHealth;
    return std::nullopt;
  }
  if (pages_.Has(head.path)) {
    exchange.kind = Exchange::Kind::kPage;
    if (head.method != "GET") return wrong_method("GET");
    return std::nullopt;
  }
  exchange.method = LooksLikeConnect(head.path) ? door_.Find(head.path.substr(1)) : nullptr;
  if (exchange.method != nullptr) {
    exchange.kind = Exchange::Kind::kConnect;
    exchange.arrival.transport = "connect";
    if (head.method != "POST") return wrong_method("POST");
    return std::nullopt;
  }
  exchange.match = routes_.Find(head.method, head.path);
  if (exchange.match.binding != nullptr) {
    exchange.method = exchange.match.binding->method;
    return std::nullopt;
  }
  if (!exchange.match.allowed.empty()) return wrong_method(absl::StrJoin(exchange.match.allowed, ", "));
  const absl::Status status = status::Error(kUnknownPath, {{"path", Excerpt(head.path)}});
  exchange.Record(status);
  return exchange.Error(status);
}

// Who has no token learns only that.
absl::Status Api::Admit(const http::Request& head, Exchange& exchange) const {
  RETURN_IF_ERROR(CheckAuthorization(head));
  exchange.arrival.token = BearerToken(head.headers.Get("Authorization"));
  const absl::Status status = door_.Judge(exchange.arrival, FullName(*exchange.method));
  exchange.principal = exchange.arrival.principal.name;
  RETURN_IF_ERROR(status);
  return exchange.ReadHead(head.headers);
}

void Api::Handle(http::Request request, std::shared_ptr<http::Responder> responder) {
  const auto exchange = std::static_pointer_cast<Exchange>(request.finding);
  exchange->responder = std::move(responder);
  exchange->request_bytes = request.body.size();
  try {
    Serve(exchange, request);
  } catch (...) {
    exchange->SendError(exchange->Thrown());
  }
}

void Api::Serve(const ExchangePtr& exchange, const http::Request& http_request) {
  if (exchange->kind == Exchange::Kind::kHealth) return exchange->Send(Health());
  if (exchange->kind == Exchange::Kind::kPage) {
    exchange->Record(absl::OkStatus());
    http::Response page = pages_.Answer(http_request.path, http_request.headers);
    page.headers.Set("X-Trace-Id", exchange->trace_id);
    return exchange->responder->Send(std::move(page));
  }
  if (exchange->method->client_streaming()) return Converse(exchange, http_request.query);
  const std::unique_ptr<Message> request = NewMessage(exchange->method->input_type());
  if (const absl::Status status = exchange->ReadRequest(http_request, request.get()); !status.ok()) {
    exchange->Record(status);
    return exchange->SendError(status);
  }
  exchange->method->server_streaming() ? CallStream(exchange, *request) : CallUnary(exchange, *request);
}

http::Response Api::Health() const {
  const bool serving = serving_;
  return {serving ? 200 : 503, {{"Content-Type", kJson}}, serving ? "{\"status\":\"SERVING\"}" : "{\"status\":\"NOT_SERVING\"}"};
}

void Api::CallUnary(const ExchangePtr& exchange, const Message& request) {
  const auto answer = [exchange](const absl::Status& status, const grpc::ByteBuffer& bytes) {
    if (!status.ok()) return exchange->SendError(status);
    if (exchange->proto_body) return exchange->Send({200, {{"Content-Type", kProto}}, BytesOf(bytes)});
    auto json = AnswerJson(*exchange->method, bytes, exchange->trace_id);
    json.ok() ? exchange->SendJson(*std::move(json)) : exchange->SendError(json.status());
  };
  auto cancel = door_.Unary(exchange->arrival, FullName(*exchange->method), rpc::Serialize(request),
                            [exchange, answer](const absl::Status& status, grpc::ByteBuffer bytes, const rpc::Call&) {
                              try {
                                answer(status, bytes);
                              } catch (...) {
                                exchange->SendError(exchange->Thrown());
                              }
                            });
  exchange->responder->OnClose(std::move(cancel));
}

void Api::CallStream(const ExchangePtr& exchange, const Message& request) {
  auto answer = std::make_shared<StreamAnswer<Exchange>>(exchange);
  auto cancel = door_.ServerStream(
      exchange->arrival, FullName(*exchange->method), rpc::Serialize(request),
      [answer](grpc::ByteBuffer message, std::function<void()> next) { answer->Send(message, std::move(next)); },
      [answer](const absl::Status& status, const rpc::Call&) { answer->Finish(status); });
  exchange->responder->OnClose(std::move(cancel));
}

void Api::Converse(const ExchangePtr& exchange, const std::string& query) {
  auto answer = std::make_shared<StreamAnswer<Exchange>>(exchange);
  auto cancel = door_.Converse(
      exchange->arrival, FullName(*exchange->method),
      [exchange, query](std::function<void(rpc::Incoming)> take) {
        exchange->responder->ReadLine([exchange, query, take = std::move(take)](const absl::StatusOr<std::optional<std::string>>& line) {
          take(exchange->ReadMessage(line, query));
        });
      },
      [answer](grpc::ByteBuffer message, std::function<void()> next) { answer->Send(message, std::move(next)); },
      [answer](const absl::Status& status, const rpc::Call&) { answer->Finish(status); });
  exchange->responder->OnClose(std::move(cancel));
}

}  // namespace heitie::gateway
