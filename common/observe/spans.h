// Parts of traces: what a request, a call to another service, a transaction, a job or the consequence of an event took, and within what.
// Who exports them is told here; without an exporter nothing is kept. No names of people, no values: a span tells the method and the
// outcome. Everything here is thread-safe.
#ifndef HEITIE_COMMON_OBSERVE_SPANS_H_
#define HEITIE_COMMON_OBSERVE_SPANS_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace heitie::observe {

struct Span {
  enum class Kind { kInternal = 1, kServer = 2, kClient = 3, kConsumer = 5 };  // as OpenTelemetry numbers them

  std::string trace_id;   // 32 hex digits
  std::string span_id;    // 16 hex digits
  std::string parent_id;  // the same; empty: the first of its trace
  std::string name;       // "package.Service/Method", "job/expire"
  Kind kind = Kind::kInternal;
  absl::Time begin, end;
  absl::StatusCode code = absl::StatusCode::kOk;
  std::vector<std::pair<std::string, std::string>> attributes;  // few, of few values
  // Parts of other traces that this is a consequence of.
  struct Link {
    std::string trace_id, span_id;
  };
  std::vector<Link> links = {};
};

// Who exports; it must not block. Called once, before the first request, and never taken back.
void SetSpanExporter(std::function<void(Span)> exporter);
// Gives it to the exporter, if there is one.
void EndSpan(Span span);

// How many of the traces that begin here are recorded, in percent; 0 unless it was set.
void SetSampledPercent(int percent);
// Whether a trace that begins here with this id is. Processes with the same share decide alike, so that whoever finds an id in an event
// knows whether there is a trace to link to.
bool SampleTrace(const std::string& trace_id);

}  // namespace heitie::observe

#endif  // HEITIE_COMMON_OBSERVE_SPANS_H_
