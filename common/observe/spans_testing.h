// What a test sees of traces.
#ifndef HEITIE_COMMON_OBSERVE_SPANS_TESTING_H_
#define HEITIE_COMMON_OBSERVE_SPANS_TESTING_H_

#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "common/observe/spans.h"

namespace heitie::observe {

// All that is exported by the program, from the first use on.
class ExportedSpans {
 public:
  static ExportedSpans& Get() {
    static ExportedSpans& all = *new ExportedSpans;
    return all;
  }

  // Those that are wanted, as soon as there are `count`, or what there is after ten seconds.
  std::vector<Span> Where(const std::function<bool(const Span&)>& wanted, size_t count) {
    for (const absl::Time end = absl::Now() + absl::Seconds(10);; absl::SleepFor(absl::Milliseconds(1))) {
      std::vector<Span> found;
      {
        const std::lock_guard lock(mutex_);
        for (const Span& span : spans_) {
          if (wanted(span)) found.push_back(span);
        }
      }
      if (found.size() >= count || absl::Now() >= end) return found;
    }
  }
  std::vector<Span> OfTrace(const std::string& trace_id, size_t count) {
    return Where([&](const Span& span) { return span.trace_id == trace_id; }, count);
  }

 private:
  ExportedSpans() {
    SetSpanExporter([this](Span span) {
      const std::lock_guard lock(mutex_);
      spans_.push_back(std::move(span));
    });
  }

  std::mutex mutex_;
  std::vector<Span> spans_;
};

// While it lives all traces that begin are recorded.
class AllSampled {
 public:
  AllSampled() {
    ExportedSpans::Get();
    SetSampledPercent(100);
  }
  ~AllSampled() { SetSampledPercent(0); }
  AllSampled(const AllSampled&) = delete;
};

}  // namespace heitie::observe

#endif  // HEITIE_COMMON_OBSERVE_SPANS_TESTING_H_
