#include "common/observe/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/clock.h"

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

// Counters or gauges of a name, by their labels.
template <typename T>
struct Cells {
  std::string help;
  double unit = 1;  // of one count
  std::map<Labels, std::atomic<T>> cells;
};

template <typename T>
std::atomic<T>& CellOf(std::map<std::string, Cells<T>>& all, const std::string& name, const std::string& help, double unit,
                       const Labels& labels) {
  Cells<T>& cells = all[name];
  cells.help = help;
  cells.unit = unit;
  return cells.cells[labels];
}

template <typename T>
double ValueOf(const Cells<T>& cells, const std::atomic<T>& cell) {
  return static_cast<double>(cell.load(std::memory_order_relaxed)) * cells.unit;
}

// "name{label=\"value\"}"
std::string Labelled(const std::string& name, const Labels& labels) {
  std::string text = name;
  const char* before = "{";
  for (const auto& [label, value] : labels) {
    text.append(before).append(label).append("=\"").append(value).append("\"");
    before = ",";
  }
  return labels.empty() ? text : text.append("}");
}

// A value without a label has an empty one.
struct Reader {
  prometheus::MetricType type;
  std::string help, label;
  std::function<std::vector<std::pair<std::string, double>>()> read;
};

// All figures of the process; never destroyed, because threads may count until the very end.
struct Figures {
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<MethodFigures>> methods;
  std::map<std::string, std::shared_ptr<const Reader>> readers;
  std::map<std::string, Cells<uint64_t>> counters;
  std::map<std::string, Cells<double>> gauges;
  std::map<std::string, std::function<Table()>> tables;
  std::deque<SlowThing> slow;  // latest first
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

template <typename T>
void AddCells(const Cells<T>& cells, prometheus::MetricFamily family, std::vector<prometheus::MetricFamily>& families) {
  for (const auto& [labels, cell] : cells.cells) {
    prometheus::ClientMetric& metric = family.metric.emplace_back();
    for (const auto& [label, value] : labels) metric.label.push_back({label, value});
    (family.type == prometheus::MetricType::Gauge ? metric.gauge.value : metric.counter.value) = ValueOf(cells, cell);
  }
  families.push_back(std::move(family));
}

// The bound of the bucket in which the request of this rank ends; the longest deadline for what is beyond.
absl::Duration BoundOf(const MethodFigures& figures, uint64_t rank) {
  uint64_t seen = 0;
  for (size_t i = 0; i < kBounds.size(); ++i) {
    seen += figures.buckets[i].load(std::memory_order_relaxed);
    if (seen >= rank) return absl::Seconds(kBounds[i]);
  }
  return absl::Seconds(kBounds.back());
}

MethodFigure FigureOf(const std::string& method, const MethodFigures& figures) {
  MethodFigure figure;
  figure.method = method;
  for (const auto& code : figures.codes) figure.count += code.load(std::memory_order_relaxed);
  for (const absl::StatusCode code : {absl::StatusCode::kInternal, absl::StatusCode::kUnknown, absl::StatusCode::kDataLoss,
                                      absl::StatusCode::kUnavailable, absl::StatusCode::kResourceExhausted}) {
    figure.errors += figures.codes[CodeIndex(code)].load(std::memory_order_relaxed);
  }
  figure.p50 = BoundOf(figures, (figure.count + 1) / 2);
  figure.p99 = BoundOf(figures, figure.count - figure.count / 100);
  return figure;
}

void Register(const std::string& name, Reader reader) {
  auto shared = std::make_shared<const Reader>(std::move(reader));
  std::lock_guard lock(All().mutex);
  All().readers[name] = std::move(shared);
}

}  // namespace

std::atomic<uint64_t>& Counter(const std::string& name, const std::string& help, const Labels& labels) {
  std::lock_guard lock(All().mutex);
  return CellOf(All().counters, name, help, 1, labels);
}

std::atomic<uint64_t>& TimeCounter(const std::string& name, const std::string& help, const Labels& labels) {
  std::lock_guard lock(All().mutex);
  return CellOf(All().counters, name, help, 1e-9, labels);
}

std::atomic<double>& Gauge(const std::string& name, const std::string& help, const Labels& labels) {
  std::lock_guard lock(All().mutex);
  return CellOf(All().gauges, name, help, 1, labels);
}

void NoteSlow(const std::string& what, absl::Duration duration) {
  std::lock_guard lock(All().mutex);
  All().slow.push_front({absl::Now(), duration, what});
  if (All().slow.size() > kSlowKept) All().slow.pop_back();
}

void CountRequest(const std::string& method, absl::StatusCode code, absl::Duration duration) {
  MethodFigures& figures = FiguresOf(method);
  figures.codes[CodeIndex(code)].fetch_add(1, std::memory_order_relaxed);
  figures.buckets[BucketOf(absl::ToDoubleSeconds(duration))].fetch_add(1, std::memory_order_relaxed);
  figures.nanoseconds.fetch_add(absl::ToInt64Nanoseconds(duration), std::memory_order_relaxed);
}

void RegisterGauge(const std::string& name, const std::string& help, std::function<double()> read) {
  Register(name, {prometheus::MetricType::Gauge, help, "", [read = std::move(read)] {
                    return std::vector<std::pair<std::string, double>>{{"", read()}};
                  }});
}

void RegisterFamily(Family family, const std::string& name, const std::string& help, const std::string& label,
                    std::function<std::vector<std::pair<std::string, double>>()> read) {
  const auto type = family == Family::kGauge ? prometheus::MetricType::Gauge : prometheus::MetricType::Counter;
  Register(name, {type, help, label, std::move(read)});
}

void RegisterTable(const std::string& title, std::function<Table()> read) {
  std::lock_guard lock(All().mutex);
  All().tables[title] = std::move(read);
}

std::string Scrape() {
  auto requests = NewFamily("heitie_requests_total", "Requests that reached the door.", prometheus::MetricType::Counter);
  auto durations = NewFamily("heitie_request_duration_seconds", "Time from arrival to answer.", prometheus::MetricType::Histogram);
  std::map<std::string, std::shared_ptr<const Reader>> readers;
  std::vector<prometheus::MetricFamily> families;
  {
    std::lock_guard lock(All().mutex);
    readers = All().readers;
    for (const auto& [method, figures] : All().methods) {
      AddCounters(method, *figures, &requests);
      AddHistogram(method, *figures, &durations);
    }
    for (const auto& [name, cells] : All().counters) {
      AddCells(cells, NewFamily(name, cells.help, prometheus::MetricType::Counter), families);
    }
    for (const auto& [name, cells] : All().gauges) AddCells(cells, NewFamily(name, cells.help, prometheus::MetricType::Gauge), families);
  }
  families.push_back(std::move(requests));
  families.push_back(std::move(durations));
  // Outside of the lock: a reader may take locks of its own.
  for (const auto& [name, reader] : readers) {
    prometheus::MetricFamily& family = families.emplace_back(NewFamily(name, reader->help, reader->type));
    for (const auto& [label, value] : reader->read()) {
      prometheus::ClientMetric& metric = family.metric.emplace_back();
      if (!reader->label.empty()) metric.label = {{reader->label, label}};
      (reader->type == prometheus::MetricType::Gauge ? metric.gauge.value : metric.counter.value) = value;
    }
  }
  return prometheus::TextSerializer().Serialize(families);
}

Snapshot TakeSnapshot() {
  Snapshot snapshot;
  std::map<std::string, std::shared_ptr<const Reader>> readers;
  std::map<std::string, std::function<Table()>> tables;
  {
    std::lock_guard lock(All().mutex);
    readers = All().readers;
    tables = All().tables;
    for (const auto& [method, figures] : All().methods) snapshot.methods.push_back(FigureOf(method, *figures));
    for (const auto& [name, cells] : All().counters) {
      for (const auto& [labels, cell] : cells.cells) snapshot.values.push_back({Labelled(name, labels), cells.help, ValueOf(cells, cell)});
    }
    for (const auto& [name, cells] : All().gauges) {
      for (const auto& [labels, cell] : cells.cells) snapshot.values.push_back({Labelled(name, labels), cells.help, ValueOf(cells, cell)});
    }
    snapshot.slow.assign(All().slow.begin(), All().slow.end());
  }
  for (const auto& [name, reader] : readers) {
    for (const auto& [label, value] : reader->read()) {
      snapshot.values.push_back({Labelled(name, reader->label.empty() ? Labels{} : Labels{{reader->label, label}}), reader->help, value});
    }
  }
  for (const auto& [title, read] : tables) {
    snapshot.tables.push_back(read());
    snapshot.tables.back().title = title;
  }
  std::sort(snapshot.values.begin(), snapshot.values.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  std::sort(snapshot.methods.begin(), snapshot.methods.end(), [](const auto& a, const auto& b) { return a.count > b.count; });
  return snapshot;
}

}  // namespace heitie::observe
