#include "common/observe/spans.h"

#include <atomic>
#include <cstdint>

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

bool SampleTrace(const std::string& trace_id) {
  const int percent = sampled_percent.load(std::memory_order_relaxed);
  if (percent <= 0) return false;
  // FNV-1a, mixed: ids that others give need not be random in any of their digits.
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : trace_id) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  return static_cast<int>((hash >> 33) % 100) < percent;
}

}  // namespace heitie::observe
