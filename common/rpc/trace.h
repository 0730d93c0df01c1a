// W3C trace context: the one id that a request keeps through all services and logs.
#ifndef HEITIE_COMMON_RPC_TRACE_H_
#define HEITIE_COMMON_RPC_TRACE_H_

#include <string>

namespace heitie::rpc {

// The trace id of a `traceparent` value; a new random one when the value is empty or not valid.
std::string TraceIdOf(const std::string& traceparent);

// The `traceparent` of a call to another service within the trace, with a span id of its own, sampled.
std::string Traceparent(const std::string& trace_id);

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_TRACE_H_
