// OpenAPI 3.1 of the HTTP/JSON interface, generated from the contracts: paths from google.api.http, schemas from the messages (schemas.h),
// constraints and texts from what the contract says and means by convention (common/rpc/contract.h), examples and reasons from the story
// and the sources (docs.h).
#ifndef HEITIE_SERVICES_GATEWAY_OPENAPI_H_
#define HEITIE_SERVICES_GATEWAY_OPENAPI_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "nlohmann/json_fwd.hpp"

namespace heitie::gateway {

// `services`: of a pool whose files have their comments. `told`: what docs/collect wrote. The document as JSON text. INVALID_ARGUMENT when
// an annotation is wrong.
absl::StatusOr<std::string> GenerateOpenApi(const std::vector<const google::protobuf::ServiceDescriptor*>& services,
                                            const nlohmann::json& told);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_OPENAPI_H_
