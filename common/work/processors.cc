#include "common/work/processors.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

namespace heitie::work {
namespace {

// The words of a file; none when it cannot be read.
std::vector<std::string> WordsOf(const std::string& file) {
  std::ifstream in(file);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

double NumberOf(const std::string& word) {
  char* end = nullptr;
  const double number = std::strtod(word.c_str(), &end);
  return end == word.c_str() || *end != '\0' ? -1 : number;  // "max"
}

// Processors that a group's quota allows; 0: it has none. Version 2: "<quota or max> <period>"; version 1: a file for each, -1 for none.
double QuotaOf(const std::string& group, bool second_version) {
  std::vector<std::string> words;
  if (second_version) {
    words = WordsOf(group + "/cpu.max");
  } else {
    for (const char* file : {"/cpu.cfs_quota_us", "/cpu.cfs_period_us"}) {
      const std::vector<std::string> one = WordsOf(group + file);
      words.insert(words.end(), one.begin(), one.end());
    }
  }
  if (words.size() != 2) return 0;
  const double quota = NumberOf(words[0]), period = NumberOf(words[1]);
  return quota > 0 && period > 0 ? quota / period : 0;
}

// The least quota of the group and those above it. Inside a container the path may be that of the machine, whose folders are not there.
double LeastQuota(const std::string& mount, std::string path, bool second_version) {
  double least = 0;
  while (true) {
    const double quota = QuotaOf(mount + path, second_version);
    if (quota > 0 && (least == 0 || quota < least)) least = quota;
    if (path.empty() || path.front() != '/') return least;
    path.resize(path.rfind('/'));
  }
}

bool Names(const std::string& controllers, const std::string& controller) {
  std::istringstream all(controllers);
  for (std::string one; std::getline(all, one, ',');) {
    if (one == controller) return true;
  }
  return false;
}

int OfTheMachine() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0 && CPU_COUNT(&allowed) > 0) return CPU_COUNT(&allowed);
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

}  // namespace

int ProcessorsOf(const std::string& membership, const std::string& root, int machine) {
  double least = machine;
  std::istringstream lines(membership);
  // "4:cpu,cpuacct:/path" in version 1, "0::/path" in version 2.
  for (std::string line; std::getline(lines, line);) {
    const size_t first = line.find(':'), second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1), path = group == "/" ? "" : group;
    const bool second_version = controllers.empty();
    if (!second_version && !Names(controllers, "cpu")) continue;
    for (const std::string& mount :
         second_version ? std::vector{root, root + "/unified"} : std::vector{root + "/" + controllers, root + "/cpu"}) {
      const double quota = LeastQuota(mount, path, second_version);
      if (quota > 0) least = std::min(least, quota);
    }
  }
  return std::max(1, static_cast<int>(std::ceil(least)));
}

int Processors() {
  static const int kProcessors = [] {
    std::ifstream in("/proc/self/cgroup");
    std::ostringstream membership;
    membership << in.rdbuf();
    return ProcessorsOf(membership.str(), "/sys/fs/cgroup", OfTheMachine());
  }();
  return kProcessors;
}

}  // namespace heitie::work
