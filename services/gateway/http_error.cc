#include "services/gateway/http_error.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "services/gateway/json.h"

namespace heitie::gateway {
namespace {

std::string CodeName(int code) { return absl::StatusCodeToString(static_cast<absl::StatusCode>(code)); }

// Whole seconds, rounded up; 0 when the status does not say.
int64_t RetryAfter(const google::rpc::Status& status) {
  for (const auto& detail : status.details()) {
    google::rpc::RetryInfo retry;
    if (!detail.UnpackTo(&retry)) continue;
    return std::max<int64_t>(1, retry.retry_delay().seconds() + (retry.retry_delay().nanos() > 0 ? 1 : 0));
  }
  return 0;
}

void AddAdvice(const google::rpc::Status& status, http::Response* response) {
  if (const int64_t seconds = RetryAfter(status); seconds > 0) response->headers.Set("Retry-After", absl::StrCat(seconds));
}

}  // namespace

int HttpCode(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kCancelled:
      return 499;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return 409;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
      return 503;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

std::string ErrorJson(const google::rpc::Status& status, int http_code) {
  std::string json = absl::StrCat("{\"code\":", http_code, ",\"status\":\"", CodeName(status.code()), "\",\"message\":");
  AppendJsonString(status.message(), &json);
  absl::StrAppend(&json, ",\"details\":[");
  for (int i = 0; i < status.details_size(); ++i) {
    if (i > 0) json.push_back(',');
    AppendJson(status.details(i), &json);
  }
  absl::StrAppend(&json, "]}");
  return json;
}

http::Response ErrorResponse(const absl::Status& status, status::Language language, int http_code) {
  const google::rpc::Status proto = status::ToProto(status, language);
  http::Response response;
  response.status = http_code;
  response.headers = {{"Content-Type", "application/json"}};
  response.body = absl::StrCat("{\"error\":", ErrorJson(proto, response.status), "}");
  AddAdvice(proto, &response);
  return response;
}

std::string ConnectErrorJson(const google::rpc::Status& status) {
  // Connect spells it in the American way.
  std::string code = absl::AsciiStrToLower(CodeName(status.code()));
  if (code == "cancelled") code = "canceled";
  std::string json = absl::StrCat("{\"code\":\"", code, "\",\"message\":");
  AppendJsonString(status.message(), &json);
  absl::StrAppend(&json, ",\"details\":[");
  for (int i = 0; i < status.details_size(); ++i) {
    const auto& detail = status.details(i);
    const std::string type = detail.type_url().substr(detail.type_url().rfind('/') + 1);
    std::string value = absl::Base64Escape(detail.value());
    while (!value.empty() && value.back() == '=') value.pop_back();
    absl::StrAppend(&json, i > 0 ? "," : "", "{\"type\":\"", type, "\",\"value\":\"", value, "\"}");
  }
  absl::StrAppend(&json, "]}");
  return json;
}

http::Response ConnectErrorResponse(const absl::Status& status, status::Language language, int http_code) {
  const google::rpc::Status proto = status::ToProto(status, language);
  http::Response response;
  response.status = http_code;
  response.headers = {{"Content-Type", "application/json"}};
  response.body = ConnectErrorJson(proto);
  AddAdvice(proto, &response);
  return response;
}

}  // namespace heitie::gateway
