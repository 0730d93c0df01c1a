// Spans on their way to a collector: OTLP over gRPC (opentelemetry.proto.collector.trace.v1.TraceService). Nobody who ends a span waits:
// what the queue has no room for is dropped and counted, and so is what the collector does not take.
#ifndef HEITIE_COMMON_CLIENT_OTLP_H_
#define HEITIE_COMMON_CLIENT_OTLP_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/observe/spans.h"

namespace heitie::client {

struct OtlpOptions {
  std::string endpoint;  // host:port, or a gRPC target
  std::string ca_file;   // PEM file of the collector's authority; empty: plaintext
  // What the spans are of.
  std::string service, version, pod;
};

// Spans that wait for the collector at most.
inline constexpr size_t kMostSpans = 8192;

// Thread-safe. The destructor sends what is left, for two seconds at most.
class OtlpExporter {
 public:
  // FAILED_PRECONDITION when the authority's file cannot be used.
  static absl::StatusOr<std::unique_ptr<OtlpExporter>> Make(const OtlpOptions& options);
  virtual ~OtlpExporter() = default;
  // Never blocks.
  virtual void Add(observe::Span span) = 0;
};

// The bytes of an ExportTraceServiceRequest with these spans.
std::string OtlpRequest(const OtlpOptions& options, const std::vector<observe::Span>& spans);

}  // namespace heitie::client

#endif  // HEITIE_COMMON_CLIENT_OTLP_H_
