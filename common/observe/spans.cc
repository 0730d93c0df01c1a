#include "common/observe/spans.h"

#include <atomic>
#include <random>

namespace heitie::observe {
namespace {

std::atomic<const std::function<void(Span)>*> span_exporter{nullptr};
std::atomic<int> sampled_percent{0};

}  // namespace

void SetSpanExporter(std::function<void(Span)> exporter) {
  // Never destroyed, because threads may end spans until the very end.
  span_exporter = new std::function<void(Span)>(std::move(exporter));
}

void EndSpan(Span span) {
  if (const auto* exporter = span_exporter.load(std::memory_order_acquire)) (*exporter)(std::move(span));
}

void SetSampledPercent(int percent) { sampled_percent = percent; }

bool SampleTrace() {
  const int percent = sampled_percent.load(std::memory_order_relaxed);
  if (percent <= 0) return false;
  thread_local std::minstd_rand random{std::random_device{}()};
  return std::uniform_int_distribution<int>(0, 99)(random) < percent;
}

}  // namespace heitie::observe
