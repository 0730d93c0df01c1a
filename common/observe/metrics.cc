#include "common/observe/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace heitie::observe {
namespace {

// Upper bounds in seconds: from an in-memory answer to the longest deadline.
constexpr std::array<double, 15> kBounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60};
constexpr int kCodes = 17;

// The figures of one method. prometheus::Histogram takes a lock for each observation; these are counted without one.
struct MethodFigures {
  std::array<std::atomic<uint64_t>, kBounds.size() + 1> buckets{};
  std::array<std::atomic<uint64_t>, kCodes> codes{};
  std::atomic<int64_t> nanoseconds{0};
};

struct GaugeReader {
  std::string help;
  std::function<double()> read;
};

// All figures of the process; never destroyed, because threads may count until the very end.
struct Figures {
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<MethodFigures>> methods;
  std::map<std::string, std::shared_ptr<const GaugeReader>> gauges;
};

Figures& All() {
  static Figures* figures = new Figures;
  return *figures;
}

MethodFigures& FiguresOf(const std::string& method) {
  thread_local absl::flat_hash_map<std::string, MethodFigures*> known;
  MethodFigures*& figures = known[method];
  if (figures == nullptr) {
    std::lock_guard lock(All().mutex);
    std::unique_ptr<MethodFigures>& shared = All().methods[method];
    if (shared == nullptr) shared = std::make_unique<MethodFigures>();
    figures = shared.get();
  }
  return *figures;
}

size_t BucketOf(double seconds) {
  size_t bucket = 0;
  while (bucket < kBounds.size() && seconds > kBounds[bucket]) ++bucket;
  return bucket;
}

// "OK", "NOT_FOUND"; a code outside of the canonical ones is UNKNOWN.
std::string CodeName(int code) { return absl::StatusCodeToString(static_cast<absl::StatusCode>(code)); }

int CodeIndex(absl::StatusCode code) {
  const int index = static_cast<int>(code);
  return index >= 0 && index < kCodes ? index : static_cast<int>(absl::StatusCode::kUnknown);
}

void AddCounters(const std::string& method, const MethodFigures& figures, prometheus::MetricFamily* family) {
  for (int code = 0; code < kCodes; ++code) {
    const uint64_t count = figures.codes[code].load(std::memory_order_relaxed);
    if (count == 0) continue;
    prometheus::ClientMetric& metric = family->metric.emplace_back();
    metric.label = {{"method", method}, {"code", CodeName(code)}};
    metric.counter.value = static_cast<double>(count);
  }
}

void AddHistogram(const std::string& method, const MethodFigures& figures, prometheus::MetricFamily* family) {
  prometheus::ClientMetric& metric = family->metric.emplace_back();
  metric.label = {{"method", method}};
  uint64_t cumulative = 0;
  for (size_t i = 0; i <= kBounds.size(); ++i) {
    cumulative += figures.buckets[i].load(std::memory_order_relaxed);
    const double bound = i < kBounds.size() ? kBounds[i] : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back({cumulative, bound});
  }
  metric.histogram.sample_count = cumulative;
  metric.histogram.sample_sum = static_cast<double>(figures.nanoseconds.load(std::memory_order_relaxed)) / 1e9;
}

prometheus::MetricFamily NewFamily(const std::string& name, const std::string& help, prometheus::MetricType type) {
  prometheus::MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  return family;
}

}  // namespace

void CountRequest(const std::string& method, absl::StatusCode code, absl::Duration duration) {
  MethodFigures& figures = FiguresOf(method);
  figures.codes[CodeIndex(code)].fetch_add(1, std::memory_order_relaxed);
  figures.buckets[BucketOf(absl::ToDoubleSeconds(duration))].fetch_add(1, std::memory_order_relaxed);
  figures.nanoseconds.fetch_add(absl::ToInt64Nanoseconds(duration), std::memory_order_relaxed);
}

void RegisterGauge(const std::string& name, const std::string& help, std::function<double()> read) {
  auto gauge = std::make_shared<const GaugeReader>(GaugeReader{help, std::move(read)});
  std::lock_guard lock(All().mutex);
  All().gauges[name] = std::move(gauge);
}

std::string Scrape() {
  auto requests = NewFamily("heitie_requests_total", "Requests that reached the door.", prometheus::MetricType::Counter);
  auto durations = NewFamily("heitie_request_duration_seconds", "Time from arrival to answer.", prometheus::MetricType::Histogram);
  std::map<std::string, std::shared_ptr<const GaugeReader>> gauges;
  {
    std::lock_guard lock(All().mutex);
    gauges = All().gauges;
    for (const auto& [method, figures] : All().methods) {
      AddCounters(method, *figures, &requests);
      AddHistogram(method, *figures, &durations);
    }
  }
  std::vector<prometheus::MetricFamily> families = {std::move(requests), std::move(durations)};
  // Outside of the lock: a reader may take locks of its own.
  for (const auto& [name, gauge] : gauges) {
    prometheus::MetricFamily& family = families.emplace_back(NewFamily(name, gauge->help, prometheus::MetricType::Gauge));
    family.metric.emplace_back().gauge.value = gauge->read();
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace heitie::observe
