#include "common/service/process_figures.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "common/observe/metrics.h"
#include "common/service/version.h"
#include "common/work/processors.h"

namespace heitie::service {
namespace {

// Fields of /proc/self/stat as proc(5) counts them.
constexpr size_t kUserTicks = 14, kSystemTicks = 15, kThreads = 20, kStartTicks = 22, kVirtualBytes = 23, kResidentPages = 24;

double StatOf(size_t field) {
  std::ifstream in("/proc/self/stat");
  std::string line;
  std::getline(in, line);
  // The second field is the program's name in parentheses, which may hold anything.
  const size_t end = line.rfind(')');
  if (end == std::string::npos) return 0;
  const std::vector<std::string> fields = absl::StrSplit(line.substr(end + 1), ' ', absl::SkipEmpty());  // from the third on
  double value = 0;
  return fields.size() > field - 3 && absl::SimpleAtod(fields[field - 3], &value) ? value : 0;
}

double SecondsOf(double ticks) { return ticks / static_cast<double>(sysconf(_SC_CLK_TCK)); }

double OpenFiles() {
  std::error_code error;
  double count = 0;
  for (auto entry = std::filesystem::directory_iterator("/proc/self/fd", error); !error && entry != std::filesystem::directory_iterator();
       entry.increment(error)) {
    ++count;
  }
  return count;
}

double MostFiles() {
  rlimit files = {};
  getrlimit(RLIMIT_NOFILE, &files);
  return static_cast<double>(files.rlim_cur);
}

// When the machine started, in seconds since 1970.
double BootTime() {
  std::ifstream in("/proc/stat");
  for (std::string word; in >> word;) {
    double seconds = 0;
    if (word == "btime" && in >> seconds) return seconds;
  }
  return 0;
}

}  // namespace

void ShowProcess() {
  using observe::RegisterGauge;
  observe::Gauge("heitie_build_info", "What is running.", {{"version", Version()}, {"commit", Commit()}}) = 1;
  observe::RegisterFamily(observe::Family::kCounter, "process_cpu_seconds_total", "Processor time used, in seconds.", "", [] {
    return std::vector<std::pair<std::string, double>>{{"", SecondsOf(StatOf(kUserTicks) + StatOf(kSystemTicks))}};
  });
  RegisterGauge("process_resident_memory_bytes", "Memory that is resident.",
                [] { return StatOf(kResidentPages) * static_cast<double>(sysconf(_SC_PAGESIZE)); });
  RegisterGauge("process_virtual_memory_bytes", "Address space in use.", [] { return StatOf(kVirtualBytes); });
  RegisterGauge("process_threads", "Threads.", [] { return StatOf(kThreads); });
  RegisterGauge("process_open_fds", "Open files and connections.", OpenFiles);
  RegisterGauge("process_max_fds", "How many may be open.", MostFiles);
  RegisterGauge("process_start_time_seconds", "When the process started, in seconds since 1970.",
                [start = BootTime() + SecondsOf(StatOf(kStartTicks))] { return start; });
  RegisterGauge("heitie_processors", "Processors that the process may use, by its machine and the quota of its control group.",
                [] { return work::Processors(); });
}

}  // namespace heitie::service
