#include "services/gateway/grpc_family.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/bounds.h"
#include "common/rpc/wire_status.h"
#include "common/status/macros.h"
#include "services/gateway/enveloped.h"
#include "services/gateway/negotiation.h"
#include "services/gateway/timeouts.h"

namespace heitie::gateway {
namespace {

const status::Phrase kGrpcCodec{"application/grpc, +proto or +json", "須為 application/grpc，或加 +proto 或 +json"};
const status::Reason kHttp2Only{absl::StatusCode::kUnimplemented, "HTTP2_ONLY",
                                "gRPC needs HTTP/2; over HTTP/1.1 there are gRPC-Web, Connect and JSON.",
                                "gRPC 需要 HTTP/2；HTTP/1.1 可使用 gRPC-Web、Connect 與 JSON。"};

// How a call ended, as trailers have it: details in the bound that every client accepts.
http::Headers TrailersOf(const Exchange& exchange, const absl::Status& status) {
  const grpc::Status wire = rpc::ToGrpc(status, exchange.arrival.language, rpc::kPublicDetailBytes);
  http::Headers trailers = {{"grpc-status", absl::StrCat(static_cast<int>(wire.error_code()))}};
  if (!wire.error_message().empty()) trailers.Add("grpc-message", PercentEncodeMessage(wire.error_message()));
  if (!wire.error_details().empty()) {
    std::string details = absl::Base64Escape(wire.error_details());
    while (!details.empty() && details.back() == '=') details.pop_back();
    trailers.Add("grpc-status-details-bin", details);
  }
  trailers.Add("x-trace-id", exchange.trace_id);
  return trailers;
}

// What both do alike.
class GrpcFamily : public EnvelopedProtocol {
 public:
  GrpcFamily(Exchange& exchange, std::string type, bool known_codec, bool json)
      : EnvelopedProtocol(exchange, json), type_(std::move(type)), known_codec_(known_codec) {}

  absl::Status ReadHead(const http::Request& head) override {
    if (!known_codec_) return Unsupported(kGrpcCodec);
    request_coding_ = head.headers.Get("grpc-encoding");
    RETURN_IF_ERROR(CheckCoding(request_coding_));
    ASSIGN_OR_RETURN(exchange_.arrival.deadline, DeadlineOf(head.headers, exchange_.started));
    return absl::OkStatus();
  }

 protected:
  http::Response Head() const override {
    http::Response head;
    head.headers = {{"Content-Type", type_}, {"grpc-accept-encoding", "identity,gzip"}};
    return head;
  }

 private:
  const std::string type_;
  const bool known_codec_;
};

class Grpc final : public GrpcFamily {
 public:
  using GrpcFamily::GrpcFamily;

  absl::Status ReadHead(const http::Request& head) override {
    if (head.version < 20) return status::Error(kHttp2Only);
    return GrpcFamily::ReadHead(head);
  }

  // One frame of headers that has it all.
  http::Response Refusal(const absl::Status& status) const override {
    http::Response response = Head();
    const http::Headers trailers = TrailersOf(exchange_, status);
    for (const auto& [name, value] : trailers.fields()) response.headers.Set(name, value);
    if (status::ReasonOf(status) == kUnsupportedMedia.id) response.status = 415;
    if (status::ReasonOf(status) == kHttp2Only.id) response.status = 505;
    return response;
  }

 protected:
  void End(const absl::Status& status) override { exchange_.responder->End(TrailersOf(exchange_, status)); }
};

// Trailers are the last frame of the body, for browsers do not show those of HTTP.
class GrpcWeb final : public GrpcFamily {
 public:
  GrpcWeb(Exchange& exchange, std::string type, bool known_codec, bool json, bool text)
      : GrpcFamily(exchange, std::move(type), known_codec, json), text_(text) {}

  http::Response Refusal(const absl::Status& status) const override {
    http::Response response = Head();
    response.body = Encoded(TrailerFrame(status));
    if (status::ReasonOf(status) == kUnsupportedMedia.id) response.status = 415;
    return response;
  }

 protected:
  absl::StatusOr<std::string> Decoded(std::string piece) override {
    if (text_) return base64_.Put(piece);
    return piece;
  }
  bool DecodedAll() const override { return base64_.whole(); }
  // Each piece is padded, so that it can be read as it comes.
  std::string Encoded(std::string piece) const override { return text_ ? absl::Base64Escape(piece) : piece; }
  void End(const absl::Status& status) override {
    exchange_.responder->Write(Encoded(TrailerFrame(status)), nullptr);
    exchange_.responder->End();
  }

 private:
  std::string TrailerFrame(const absl::Status& status) const {
    const http::Headers trailers = TrailersOf(exchange_, status);
    std::string block;
    for (const auto& [name, value] : trailers.fields()) absl::StrAppend(&block, name, ": ", value, "\r\n");
    return Enveloped(Envelope::kWebTrailers, block);
  }

  const bool text_;
  Base64Reader base64_;
};

}  // namespace

std::unique_ptr<Protocol> NewGrpcFamily(Exchange& exchange, const http::Request& head) {
  static constexpr char kGrpc[] = "application/grpc", kWeb[] = "application/grpc-web", kWebText[] = "application/grpc-web-text";
  const std::string type = ParseMediaType(head.headers.Get("Content-Type")).type;
  const size_t plus = std::min(type.find('+'), type.size());
  const std::string family = type.substr(0, plus), codec = type.substr(plus);
  const bool json = codec == "+json", known = codec.empty() || json || codec == "+proto";
  if (family == kGrpc) {
    exchange.arrival.transport = "grpc";
    return std::make_unique<Grpc>(exchange, type, known, json);
  }
  if (family != kWeb && family != kWebText) return nullptr;
  exchange.arrival.transport = "grpc-web";
  return std::make_unique<GrpcWeb>(exchange, type, known, json, family == kWebText);
}

}  // namespace heitie::gateway
