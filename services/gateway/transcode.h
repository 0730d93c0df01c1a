// HTTP request → request message, by the binding that the contract declares.
#ifndef HEITIE_SERVICES_GATEWAY_TRANSCODE_H_
#define HEITIE_SERVICES_GATEWAY_TRANSCODE_H_

#include <string>

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "services/gateway/route.h"

namespace heitie::gateway {

// Fills `request`, an empty message of the method: the body as the binding says, each query parameter by its field path
// (`filter=…`, `page.size=…`, repeated ones several times), then the path, which wins. INVALID_ARGUMENT naming every bad field at once;
// unknown fields and parameters are bad, and so is a parameter that the path or the body already gives.
absl::Status Transcode(const RouteTable::Match& match, const std::string& query, const std::string& body,
                       google::protobuf::Message* request);

// The same of a request whose body is a file, which is in `file` already: all other fields are parameters.
absl::Status TranscodeBeside(const google::protobuf::FieldDescriptor& file, const RouteTable::Match& match, const std::string& query,
                             google::protobuf::Message* request);

// A body that is the whole request as JSON; nothing at all is the empty message.
absl::Status ParseRequest(const std::string& body, google::protobuf::Message* request);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_TRANSCODE_H_
