// W3C trace context: the one id that a request keeps through all services and logs.
#ifndef HEITIE_COMMON_RPC_TRACE_H_
#define HEITIE_COMMON_RPC_TRACE_H_

#include <string>

#include "absl/time/time.h"

namespace heitie::rpc {

// Where a request stands in its trace.
struct Trace {
  std::string trace_id;   // 32 hex digits
  std::string parent_id;  // 16 hex digits: the caller's span; empty when the trace begins here
  bool sampled = false;   // whether it is recorded
};
// Of a `traceparent` value; a new trace, recorded or not (observe::SampleTrace), when the value is empty or not valid.
Trace TraceOf(const std::string& traceparent);
// 16 hex digits.
std::string NewSpanId();
// The id of the part of its trace that a request is. It follows from what the request's events tell of it, so that whoever follows them can
// link to it, and the event log needs no column for it.
std::string SpanIdOf(const std::string& trace_id, const std::string& method, const std::string& principal, absl::Time now);
// The id of a new trace that is recorded (observe::SampleTrace), of as many as are not drawn before it: for what goes on a recorded one.
// Any, where none is.
std::string SampledTraceId();
// The `traceparent` of what is done within a span; without a span (empty) of a trace that has none yet.
std::string Traceparent(const std::string& trace_id, const std::string& span_id, bool sampled);

// The trace id of a `traceparent` value; a new random one when the value is empty or not valid.
std::string TraceIdOf(const std::string& traceparent);

// The `traceparent` of a call to another service within the trace, with a span id of its own, sampled.
std::string Traceparent(const std::string& trace_id);

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_TRACE_H_
