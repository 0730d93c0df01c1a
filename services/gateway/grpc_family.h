// gRPC over HTTP/2 (application/grpc) and gRPC-Web (application/grpc-web in binary, application/grpc-web-text in base64), each with
// messages in binary or, with +json, as JSON. What clients compress is inflated up to the bound of a message, once the caller is admitted;
// answers are not compressed: stubs offer gzip by default, and a gateway that took it up would spend most of its time on it.
#ifndef HEITIE_SERVICES_GATEWAY_GRPC_FAMILY_H_
#define HEITIE_SERVICES_GATEWAY_GRPC_FAMILY_H_

#include <memory>

#include "services/gateway/protocol.h"

namespace heitie::gateway {

// nullptr when the media type is of none of them.
std::unique_ptr<Protocol> NewGrpcFamily(Exchange& exchange, const http::Request& head);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_GRPC_FAMILY_H_
