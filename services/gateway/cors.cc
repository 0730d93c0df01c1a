#include "services/gateway/cors.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace heitie::gateway {
namespace {

// What the protocols of the gateway send. Authorization has to be named: a wildcard does not cover it.
constexpr char kRequestHeaders[] =
    "Authorization, Content-Type, Content-Encoding, Accept, Accept-Language, If-Match, If-None-Match, Idempotency-Key, Last-Event-ID, "
    "X-Request-Timeout, traceparent, tracestate, Connect-Protocol-Version, Connect-Timeout-Ms, Connect-Content-Encoding, "
    "Connect-Accept-Encoding, X-Grpc-Web, X-User-Agent, grpc-timeout, grpc-encoding, grpc-accept-encoding";
constexpr char kAnswerHeaders[] =
    "ETag, X-Trace-Id, Retry-After, Allow, WWW-Authenticate, Accept-Post, grpc-status, grpc-message, grpc-status-details-bin, "
    "grpc-encoding, "
    "grpc-accept-encoding, Connect-Content-Encoding";
// Seconds; what browsers keep at most.
constexpr char kPreflightAge[] = "7200";

// scheme://host[:port], in lower case and without anything behind it.
bool IsOrigin(const std::string& text) {
  size_t scheme = 0;
  for (const char* prefix : {"https://", "http://"}) {
    if (absl::StartsWith(text, prefix)) scheme = std::string(prefix).size();
  }
  if (scheme == 0) return false;
  const std::string rest = text.substr(scheme);
  const size_t colon = rest.find(':', rest[0] == '[' ? rest.find(']') : 0);
  const std::string host = rest.substr(0, colon);
  int port = 1;
  const bool good_port = colon == std::string::npos || (absl::SimpleAtoi(rest.substr(colon + 1), &port) && port > 0 && port <= 65535);
  return !host.empty() && good_port && host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.[]:") == std::string::npos;
}

}  // namespace

absl::StatusOr<Cors> Cors::Of(const std::string& origins) {
  Cors cors;
  for (const absl::string_view part : absl::StrSplit(origins, ',', absl::SkipWhitespace())) {
    const std::string origin(absl::StripAsciiWhitespace(part));
    if (origin == "*") {
      cors.any_ = true;
    } else if (IsOrigin(origin)) {
      cors.origins_.insert(origin);
    } else {
      return absl::InvalidArgumentError(absl::StrCat("\"", origin, "\" is not an origin such as https://portal.example"));
    }
  }
  if (cors.any_ && !cors.origins_.empty()) return absl::InvalidArgumentError("* stands alone: it allows every origin");
  return cors;
}

bool Cors::Allows(const std::string& origin) const { return !origin.empty() && (any_ || origins_.count(origin) == 1); }

std::string Cors::AllowedOrigin(const std::string& origin) const { return any_ ? "*" : origin; }

http::Headers Cors::ForAnswer(const http::Request& head) const {
  const std::string& origin = head.headers.Get("Origin");
  if (!Allows(origin)) return {};
  return {{"Access-Control-Allow-Origin", AllowedOrigin(origin)}, {"Access-Control-Expose-Headers", kAnswerHeaders}};
}

http::Headers Cors::ForPreflight(const http::Request& head, const std::string& allowed) const {
  const std::string& origin = head.headers.Get("Origin");
  if (!Allows(origin) || head.method != "OPTIONS" || !head.headers.Has("Access-Control-Request-Method")) return {};
  return {{"Access-Control-Allow-Origin", AllowedOrigin(origin)},
          {"Access-Control-Allow-Methods", allowed},
          {"Access-Control-Allow-Headers", kRequestHeaders},
          {"Access-Control-Max-Age", kPreflightAge}};
}

}  // namespace heitie::gateway
