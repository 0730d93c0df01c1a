// tests/load/compare footprint: what a process needs to start, when nobody asks, and for ten thousand open streams of live counters.
#include <chrono>
#include <fstream>
#include <string>

#include "absl/strings/str_format.h"
#include "common/config/flags.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "tests/load/grpc_load.h"
#include "tests/load/identity.h"
#include "tests/load/measure.h"
#include "tests/load/results.h"

namespace heitie::load {
namespace {

using namespace std::chrono_literals;

constexpr int kStreams = 10'000;  // about
constexpr int kRate = 1000;       // streams a second: all at once would be refused as the overload it is
constexpr int kConnections = 20;  // a connection carries 1,000 streams at most

struct Flags {
  Identity identity;
  Results::Flags results;
  std::string token_file;
  int metrics = 0, pid = 0, start_ms = 0;
};

// Resident memory in KiB.
double Resident(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::stod(line.substr(6));
  }
  Die("there is no process " + std::to_string(pid));
}

int Run(const Flags& flags) {
  const double idle = Resident(flags.pid);
  const std::string token = ReadToken(flags.token_file);
  GrpcLoad load(flags.identity.To("metrics", flags.metrics), kConnections);

  metrics::v1::SetActivityTrackingRequest set;
  set.mutable_activity_tracking()->set_activity("activities/fair");
  set.mutable_activity_tracking()->set_click_event("tap");
  bool once = false;
  const auto set_once = [&] {
    once = true;
    return GrpcRequest{"heitie.metrics.v1.CollectionService/SetActivityTracking", set.SerializeAsString(), token};
  };
  while (!once) GrpcLoad::AllOk(load.Closed(1, Window::Of(0ms, 1ms), set_once));

  metrics::v1::WatchActivityCountersRequest watch;
  watch.set_activity("activities/fair");
  // They never end by themselves: what is open when the patience ends is what the service holds.
  int asked = 0;
  const Outcomes outcomes = load.Open(kRate, Window::Of(0ms, kStreams * 1000ms / kRate), [&] {
    ++asked;
    return GrpcRequest{"heitie.metrics.v1.AnalysisService/WatchActivityCounters", watch.SerializeAsString(), token};
  });
  for (const auto& [caller, outcome] : outcomes) {
    if (!outcome.refused.empty()) Die("a stream ended with gRPC status " + std::to_string(outcome.refused.begin()->first));
  }
  const double held = Resident(flags.pid);

  Results results(
      flags.results, "footprint",
      absl::StrFormat("%d streams open, resident memory %.1f MiB before and %.1f MiB with them.", load.open(), idle / 1024, held / 1024));
  results.AddFigure("start", "start until it serves", flags.start_ms / 1000.0, "s", AtMost(0.3));
  results.AddFigure("idle_memory", "idle", idle / 1024, "MiB", AtMost(40));
  results.AddFigure("stream_memory", "each open stream", (held - idle) / static_cast<double>(load.open()), "KiB", AtMost(30));
  results.Publish();
  return load.open() == static_cast<size_t>(asked) ? 0 : 1;
}

}  // namespace
}  // namespace heitie::load

int main(int argc, char** argv) {
  heitie::load::Flags values;
  heitie::config::Flags flags;
  values.identity.Register(flags);
  values.results.Register(flags);
  flags.Add("token_file", &values.token_file, "File with the token of an operations manager.");
  flags.Add("metrics", &values.metrics, 1, 65535, "gRPC port of the metrics service.");
  flags.Add("pid", &values.pid, 1, 1 << 30, "Its process.");
  flags.Add("start_ms", &values.start_ms, 0, 1 << 30, "How long it took to start.");
  heitie::load::ParseOrDie(flags, argc, argv);
  return heitie::load::Run(values);
}
