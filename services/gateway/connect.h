// The Connect protocol (connectrpc.com/docs/protocol): unary methods by POST and, where they change nothing, by GET; streams in envelopes,
// over HTTP/1.1 as well, where whoever says all before he listens is served.
#ifndef HEITIE_SERVICES_GATEWAY_CONNECT_H_
#define HEITIE_SERVICES_GATEWAY_CONNECT_H_

#include <memory>

#include "services/gateway/protocol.h"

namespace heitie::gateway {

// By the verb and the media type of the head, for the exchange's method. What it cannot be read as is refused by ReadHead.
std::unique_ptr<Protocol> NewConnect(Exchange& exchange, const http::Request& head);

// The methods of HTTP by which a method is called, for Allow.
std::string ConnectVerbs(const google::protobuf::MethodDescriptor& method);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_CONNECT_H_
