#include "services/gateway/connect.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/rpc/bytes.h"
#include "common/rpc/contract.h"
#include "common/status/macros.h"
#include "services/gateway/compression.h"
#include "services/gateway/enveloped.h"
#include "services/gateway/http_error.h"
#include "services/gateway/json.h"
#include "services/gateway/negotiation.h"
#include "services/gateway/timeouts.h"
#include "services/gateway/transcode.h"

namespace heitie::gateway {
namespace {

constexpr char kUnaryJson[] = "application/json";
constexpr char kUnaryProto[] = "application/proto";
constexpr char kStreamJson[] = "application/connect+json";
constexpr char kStreamProto[] = "application/connect+proto";
// What a POST may bring, as Accept-Post has it.
constexpr char kUnaryTypes[] = "application/json, application/proto, application/grpc, application/grpc-web";
constexpr char kStreamTypes[] = "application/connect+json, application/connect+proto, application/grpc, application/grpc-web";

const status::Phrase kConnectVersion{"1", "須為 1"};
const status::Phrase kUnaryBody{"application/json or application/proto in UTF-8, for the method is unary",
                                "須為 UTF-8 的 application/json 或 application/proto，因為方法是單一請求"};
const status::Phrase kStreamBody{"application/connect+json or application/connect+proto, for the method is a stream",
                                 "須為 application/connect+json 或 application/connect+proto，因為方法是串流"};
const status::Reason kBadConnectQuery{absl::StatusCode::kInvalidArgument, "BAD_CONNECT_QUERY",
                                      "The query parameter {name} must be {expected}.", "查詢參數 {name} 不符合要求：{expected}。"};
const status::Phrase kJsonOrProto{"json or proto", "須為 json 或 proto"};
const status::Phrase kOneOrZero{"0 or 1", "須為 0 或 1"};
const status::Phrase kVersionOne{"v1", "須為 v1"};
const status::Phrase kOneMessage{"there, once", "須提供一次"};
const status::Phrase kPercentEncoded{"percent-encoded", "須為百分號編碼"};
const status::Phrase kBase64Text{"base64", "須為 base64"};

absl::Status CheckVersion(const http::Headers& headers) {
  if (!headers.Has("Connect-Protocol-Version") || headers.Get("Connect-Protocol-Version") == "1") return absl::OkStatus();
  return BadHeader("Connect-Protocol-Version", kConnectVersion);
}

absl::Status BadQuery(const char* name, const status::Phrase& expected) {
  return status::Error(kBadConnectQuery, {{"name", name}, {"expected", expected}});
}

// The error in Connect's form, with the HTTP code that says most: 415 goes to whoever sends what no codec reads.
http::Response UnaryRefusal(const Exchange& exchange, const absl::Status& status) {
  const std::string reason = status::ReasonOf(status);
  const bool media = reason == kUnsupportedMedia.id;
  const int code = media ? 415 : reason == kWrongMethod.id ? 405 : HttpCode(status.code());
  http::Response response = ConnectErrorResponse(status, exchange.arrival.language, code);
  const bool streams = exchange.method != nullptr && (exchange.method->client_streaming() || exchange.method->server_streaming());
  if (media) response.headers.Set("Accept-Post", streams ? kStreamTypes : kUnaryTypes);
  if (reason == kUnknownCoding.id) response.headers.Set("Accept-Encoding", kKnownCodings);
  return response;
}

class ConnectUnary final : public Protocol {
 public:
  ConnectUnary(Exchange& exchange, bool get) : Protocol(exchange), get_(get) {}

  Body body() const override { return Body::kWhole; }

  absl::Status ReadHead(const http::Request& head) override {
    if (get_) {
      RETURN_IF_ERROR(ReadQuery(head.query));
    } else {
      const MediaType media = ParseMediaType(head.headers.Get("Content-Type"));
      json_ = media.type == kUnaryJson;
      if ((!json_ && media.type != kUnaryProto) || !MeansUtf8(media.charset)) return Unsupported(kUnaryBody);
      coding_ = head.headers.Get("Content-Encoding");
    }
    RETURN_IF_ERROR(CheckCoding(coding_));
    if (!get_) RETURN_IF_ERROR(CheckVersion(head.headers));
    takes_gzip_ = TakesGzip(head.headers.List("Accept-Encoding"));
    ASSIGN_OR_RETURN(exchange_.arrival.deadline, DeadlineOf(head.headers, exchange_.started));
    return absl::OkStatus();
  }

  http::Response Refusal(const absl::Status& status) const override { return UnaryRefusal(exchange_, status); }

  void Take(http::Request request) override {
    if (!get_) body_ = std::move(request.body);
  }

  void Read(std::function<void(rpc::Incoming)> take) override {
    if (std::exchange(read_, true)) return take(std::optional<grpc::ByteBuffer>());
    take(ReadMessage());
  }

  void Send(const grpc::ByteBuffer& message, std::function<void()> next) override {
    answer_ = message;
    next();
  }

  void Finish(const absl::Status& status) override {
    if (!status.ok()) return exchange_.Send(Refusal(status));
    http::Response response;
    response.headers = {{"Content-Type", json_ ? kUnaryJson : kUnaryProto}, {"Vary", "Accept-Encoding, Accept-Language"}};
    if (json_) {
      auto json = exchange_.AnswerJson(answer_);
      if (!json.ok()) return exchange_.Send(Refusal(json.status()));
      response.body = *std::move(json);
    } else {
      response.body = BytesOf(answer_);
    }
    if (takes_gzip_ && response.body.size() >= kWorthCompressing) {
      if (std::string compressed = Gzip(response.body); !compressed.empty()) {
        response.headers.Set("Content-Encoding", "gzip");
        response.body = std::move(compressed);
      }
    }
    exchange_.Send(std::move(response));
  }

 private:
  // ?connect=v1&encoding=json&base64=1&compression=gzip&message=…
  absl::Status ReadQuery(const std::string& query) {
    std::map<std::string, std::string> parameters;
    for (const absl::string_view part : absl::StrSplit(query, '&', absl::SkipEmpty())) {
      const std::pair<std::string, std::string> halves = absl::StrSplit(part, absl::MaxSplits('=', 1));
      std::string name, value;
      const bool decoded = http::PercentDecode(halves.first, true, &name) && http::PercentDecode(halves.second, true, &value);
      if (!decoded) return BadQuery("message", kPercentEncoded);
      if (!parameters.emplace(name, value).second && name == "message") return BadQuery("message", kOneMessage);
    }
    const auto get = [&](const char* name) {
      const auto found = parameters.find(name);
      return found == parameters.end() ? std::string() : found->second;
    };
    if (parameters.count("message") == 0) return BadQuery("message", kOneMessage);
    if (parameters.count("connect") == 1 && get("connect") != "v1") return BadQuery("connect", kVersionOne);
    if (get("encoding") != "json" && get("encoding") != "proto") return BadQuery("encoding", kJsonOrProto);
    if (parameters.count("base64") == 1 && get("base64") != "1" && get("base64") != "0") return BadQuery("base64", kOneOrZero);
    json_ = get("encoding") == "json";
    coding_ = get("compression");
    body_ = get("message");
    if (get("base64") != "1") return absl::OkStatus();
    auto bytes = AnyBase64(body_);
    if (!bytes.ok()) return BadQuery("message", kBase64Text);
    body_ = *std::move(bytes);
    return absl::OkStatus();
  }

  rpc::Incoming ReadMessage() try {
    // Nothing at all is the empty message, compressed or not.
    if (IsGzip(coding_) && !body_.empty()) {
      ASSIGN_OR_RETURN(body_, Inflated(body_));
    }
    Scratch scratch;
    google::protobuf::Message* const message = exchange_.NewRequest(scratch);
    if (json_) {
      RETURN_IF_ERROR(ParseRequest(body_, message));
    } else if (!message->ParseFromString(body_)) {
      return status::Error(status::kMalformed, {{"what", message->GetTypeName()}});
    }
    return std::optional<grpc::ByteBuffer>(rpc::Serialize(*message));
  } catch (...) {
    return exchange_.Thrown();
  }

  const bool get_;
  bool json_ = true;
  bool takes_gzip_ = false;
  std::string coding_, body_;
  bool read_ = false;
  grpc::ByteBuffer answer_;
};

class ConnectStream final : public EnvelopedProtocol {
 public:
  ConnectStream(Exchange& exchange, bool json) : EnvelopedProtocol(exchange, json), type_(json ? kStreamJson : kStreamProto) {}

  absl::Status ReadHead(const http::Request& head) override {
    request_coding_ = head.headers.Get("Connect-Content-Encoding");
    compresses_ = TakesGzip(head.headers.List("Connect-Accept-Encoding"));
    RETURN_IF_ERROR(CheckCoding(request_coding_));
    RETURN_IF_ERROR(CheckCoding(head.headers.Get("Content-Encoding")));
    if (IsGzip(head.headers.Get("Content-Encoding"))) {
      return status::Error(kUnknownCoding, {{"coding", "Content-Encoding: gzip"}, {"known", "Connect-Content-Encoding: gzip"}});
    }
    RETURN_IF_ERROR(CheckVersion(head.headers));
    ASSIGN_OR_RETURN(exchange_.arrival.deadline, DeadlineOf(head.headers, exchange_.started));
    return absl::OkStatus();
  }

  // Errors are within the stream, whose head says 200.
  http::Response Refusal(const absl::Status& status) const override {
    http::Response response = Head();
    response.body = EndOfStream(status);
    return response;
  }

 protected:
  http::Response Head() const override {
    http::Response head;
    head.headers = {{"Content-Type", type_}, {"Connect-Accept-Encoding", kKnownCodings}};
    if (compresses_) head.headers.Set("Connect-Content-Encoding", "gzip");
    return head;
  }

  void End(const absl::Status& status) override {
    exchange_.responder->Write(EndOfStream(status), nullptr);
    exchange_.responder->End();
  }

 private:
  // EndStreamResponse, whose metadata are what an HTTP answer would have as headers behind its body.
  std::string EndOfStream(const absl::Status& status) const {
    std::string json = "{";
    if (!status.ok()) absl::StrAppend(&json, "\"error\":", ConnectErrorJson(status::ToProto(status, exchange_.arrival.language)), ",");
    absl::StrAppend(&json, "\"metadata\":{\"x-trace-id\":[\"", exchange_.trace_id, "\"]}}");
    return Enveloped(Envelope::kConnectEnd, json);
  }

  const std::string type_;
};

// Neither codec: refused when the head is read.
class NotConnect final : public Protocol {
 public:
  using Protocol::Protocol;
  Body body() const override { return Body::kWhole; }
  absl::Status ReadHead(const http::Request&) override {
    const bool streams = exchange_.method->client_streaming() || exchange_.method->server_streaming();
    return Unsupported(streams ? kStreamBody : kUnaryBody);
  }
  http::Response Refusal(const absl::Status& status) const override { return UnaryRefusal(exchange_, status); }
  void Read(std::function<void(rpc::Incoming)> take) override { take(std::optional<grpc::ByteBuffer>()); }
  void Send(const grpc::ByteBuffer&, std::function<void()>) override {}
  void Finish(const absl::Status& status) override { exchange_.Send(Refusal(status)); }
};

}  // namespace

std::unique_ptr<Protocol> NewConnect(Exchange& exchange, const http::Request& head) {
  const bool streams = exchange.method->client_streaming() || exchange.method->server_streaming();
  if (!streams) return std::make_unique<ConnectUnary>(exchange, head.method != "POST");
  const std::string type = ParseMediaType(head.headers.Get("Content-Type")).type;
  if (type != kStreamJson && type != kStreamProto) return std::make_unique<NotConnect>(exchange);
  return std::make_unique<ConnectStream>(exchange, type == kStreamJson);
}

std::string ConnectVerbs(const google::protobuf::MethodDescriptor& method) {
  const bool streams = method.client_streaming() || method.server_streaming();
  return !streams && rpc::OnlyReads(method) ? "GET, HEAD, POST, OPTIONS" : "POST, OPTIONS";
}

}  // namespace heitie::gateway
