// OpenAPI 3.1 of the HTTP/JSON interface, generated from the contracts: paths from google.api.http, schemas from the messages, constraints
// from (heitie.options.v1.rules) and google.api.field_behavior, texts from the comments.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"

namespace heitie::gateway {

// `services`: of a pool whose files have their comments. The document as JSON text. INVALID_ARGUMENT when an annotation is wrong.
absl::StatusOr<std::string> GenerateOpenApi(const std::vector<const google::protobuf::ServiceDescriptor*>& services);

}  // namespace heitie::gateway
