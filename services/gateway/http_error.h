// Statuses as HTTP clients see them: google.rpc.Status as JSON with its HTTP code (AIP-193), and the Connect protocol's form.
#ifndef HEITIE_SERVICES_GATEWAY_HTTP_ERROR_H_
#define HEITIE_SERVICES_GATEWAY_HTTP_ERROR_H_

#include <string>

#include "absl/status/status.h"
#include "common/http/server.h"
#include "common/status/status.h"
#include "google/rpc/status.pb.h"

namespace heitie::gateway {

// The HTTP code of a canonical code, the same in google.api and in the Connect protocol.
int HttpCode(absl::StatusCode code);

// {"code": 400, "status": "INVALID_ARGUMENT", "message": …, "details": […]}: the value of "error".
std::string ErrorJson(const google::rpc::Status& status, int http_code);

// A whole answer {"error": …}, with Retry-After where the status says when to come back. `http_code` is that of the status, or another one
// for what the canonical codes do not tell apart.
http::Response ErrorResponse(const absl::Status& status, status::Language language, int http_code);

// {"code": "invalid_argument", "message": …, "details": [{"type": …, "value": base64}]}: an error of Connect.
std::string ConnectErrorJson(const google::rpc::Status& status);

// A whole answer in that form.
http::Response ConnectErrorResponse(const absl::Status& status, status::Language language, int http_code);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_HTTP_ERROR_H_
