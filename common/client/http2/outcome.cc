#include "common/client/http2/outcome.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/bounds.h"

namespace heitie::client {
namespace {

constexpr size_t kPerField = 32;  // RFC 9113, 6.5.2
constexpr int kLastCode = 16;     // UNAUTHENTICATED
constexpr int64_t kMostDigits = 99'999'999;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// What is not encoded well stays as it is, as gRPC wants it.
std::string PercentDecoded(const std::string& text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool encoded = text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 && HexDigit(text[i + 2]) >= 0;
    decoded.push_back(encoded ? static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2])) : text[i]);
    if (encoded) i += 2;
  }
  return decoded;
}

// doc/http-grpc-status-mapping.md of gRPC.
grpc::StatusCode CodeOfHttp(const std::string& status) {
  if (status == "400") return grpc::StatusCode::INTERNAL;
  if (status == "401") return grpc::StatusCode::UNAUTHENTICATED;
  if (status == "403") return grpc::StatusCode::PERMISSION_DENIED;
  if (status == "404") return grpc::StatusCode::UNIMPLEMENTED;
  if (status == "429" || status == "502" || status == "503" || status == "504") return grpc::StatusCode::UNAVAILABLE;
  return grpc::StatusCode::UNKNOWN;
}

}  // namespace

bool Outcome::Take(std::string_view name, std::string_view value) {
  bytes_ += name.size() + value.size() + kPerField;
  if (bytes_ > rpc::kChannelMetadataBytes) return false;
  if (name == ":status") {
    http_status_ = value;
  } else if (name == "content-type") {
    is_grpc_ = value.substr(0, 16) == "application/grpc";
  } else if (name == "grpc-status") {
    code_ = value;
  } else if (name == "grpc-message") {
    message_ = value;
  } else if (name == "grpc-status-details-bin") {
    details_ = value;
  }
  return true;
}

grpc::Status Outcome::Status() const {
  int code = 0;
  if (absl::SimpleAtoi(code_, &code)) {
    if (code == 0) return grpc::Status::OK;
    if (code < 0 || code > kLastCode) code = grpc::StatusCode::UNKNOWN;
    std::string details;
    if (!absl::Base64Unescape(details_, &details)) details.clear();
    return grpc::Status(static_cast<grpc::StatusCode>(code), PercentDecoded(message_), details);
  }
  if (http_status_ != "200") return grpc::Status(CodeOfHttp(http_status_), absl::StrCat("HTTP status ", http_status_));
  return grpc::Status(grpc::StatusCode::UNKNOWN, is_grpc_ ? "the answer has no status" : "the answer is not gRPC's");
}

// doc/PROTOCOL-HTTP2.md of gRPC, "HTTP2 Transport Mapping".
grpc::Status StatusOfReset(uint32_t error) {
  const std::string text = absl::StrCat("the stream was reset: ", nghttp2_http2_strerror(error));
  switch (error) {
    case NGHTTP2_REFUSED_STREAM:
      return grpc::Status(grpc::StatusCode::UNAVAILABLE, text);
    case NGHTTP2_CANCEL:
      return grpc::Status(grpc::StatusCode::CANCELLED, text);
    case NGHTTP2_ENHANCE_YOUR_CALM:
      return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, text);
    case NGHTTP2_INADEQUATE_SECURITY:
      return grpc::Status(grpc::StatusCode::PERMISSION_DENIED, text);
    default:
      return grpc::Status(grpc::StatusCode::INTERNAL, text);
  }
}

// At most eight digits.
std::string TimeoutText(int64_t millis) {
  millis = std::max<int64_t>(millis, 1);
  if (millis <= kMostDigits) return absl::StrCat(millis, "m");
  return absl::StrCat(std::min(millis / 1000, kMostDigits), "S");
}

}  // namespace heitie::client
