// Figures of the process in Prometheus's terms. Everything here is thread-safe; counting takes no lock that threads share.
#ifndef HEITIE_COMMON_OBSERVE_METRICS_H_
#define HEITIE_COMMON_OBSERVE_METRICS_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace heitie::observe {

// Counts one request: counter heitie_requests_total by method and code, histogram heitie_request_duration_seconds by method.
// `method` is package.Service/Method and must be a method that exists, for every value becomes time series of its own.
void CountRequest(const std::string& method, absl::StatusCode code, absl::Duration duration);

// A value that is read at each scrape, from the scraping thread, until the process ends: what `read` refers to must live as long.
// `name` as Prometheus wants it ([a-z_]+, with its unit). A second registration of the name replaces the first.
void RegisterGauge(const std::string& name, const std::string& help, std::function<double()> read);

// The same of values that differ by one label, for example lanes of jobs: `read` gives a value for each. Counters never fall.
enum class Family { kGauge, kCounter };
void RegisterFamily(Family family, const std::string& name, const std::string& help, const std::string& label,
                    std::function<std::vector<std::pair<std::string, double>>()> read);

// Names and values of labels. Values are few: none grows with users, resources or requests.
using Labels = std::vector<std::pair<std::string, std::string>>;

// A counter by its Prometheus name and labels; the same one for the same. Look it up once and keep the reference, which stays valid.
std::atomic<uint64_t>& Counter(const std::string& name, const std::string& help, const Labels& labels = {});
// A counter that is shown in seconds ("…_seconds_total") and counted in nanoseconds.
std::atomic<uint64_t>& TimeCounter(const std::string& name, const std::string& help, const Labels& labels = {});
// A value that somebody sets, likewise.
std::atomic<double>& Gauge(const std::string& name, const std::string& help, const Labels& labels = {});

// Remembers what took long, for example the text of a statement, without its values. The latest kSlowKept are kept.
inline constexpr size_t kSlowKept = 50;
void NoteSlow(const std::string& what, absl::Duration duration);

// A table that only people read, on the page for operators.
struct Table {
  std::string title;
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
};
// Read as RegisterGauge's values are. A second registration of the title replaces the first.
void RegisterTable(const std::string& title, std::function<Table()> read);

// Everything in the Prometheus text format 0.0.4.
std::string Scrape();

// The same for people, and what was slow.
struct MethodFigure {
  std::string method;
  uint64_t count = 0, errors = 0;  // errors: INTERNAL, UNKNOWN, DATA_LOSS, UNAVAILABLE and RESOURCE_EXHAUSTED, which are not the caller's
  // Upper bounds of the histogram's buckets in which half, and 99 %, of the requests end.
  absl::Duration p50, p99;
};
struct NamedValue {
  std::string name, help;
  double value = 0;
};
struct SlowThing {
  absl::Time time;
  absl::Duration duration;
  std::string what;
};
struct Snapshot {
  std::vector<MethodFigure> methods;  // most requests first
  std::vector<NamedValue> values;     // counters and gauges by name, with a label in braces where they have one
  std::vector<SlowThing> slow;        // latest first
  std::vector<Table> tables;          // by title
};
Snapshot TakeSnapshot();

}  // namespace heitie::observe

#endif  // HEITIE_COMMON_OBSERVE_METRICS_H_
