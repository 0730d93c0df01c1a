#include "tests/load/measure.h"

#include <unistd.h>

#include <algorithm>
#include <boost/histogram/axis/regular.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace heitie::load {
namespace {

// Microseconds. Each bin is 0.9 % wider than the one below it.
using Axis = boost::histogram::axis::regular<double, boost::histogram::axis::transform::log>;
const Axis kAxis(2000, 1, 1e8);

// Below and above the axis are bins of their own.
size_t BinOf(double micros) { return static_cast<size_t>(kAxis.index(micros) + 1); }
double MicrosOf(size_t bin) { return kAxis.value(std::clamp(static_cast<double>(bin) - 0.5, 0.0, static_cast<double>(kAxis.size()))); }

}  // namespace

void Die(const std::string& why) {
  std::fprintf(stderr, "load: %s\n", why.c_str());
  std::_Exit(1);
}

Window Window::Of(std::chrono::milliseconds warm_up, std::chrono::milliseconds measured) {
  const auto begin = Clock::now() + warm_up;
  return {begin, begin + measured};
}

void Samples::Add(const Window& window, Clock::time_point asked, Clock::time_point answered) {
  if (answered < window.begin || answered >= window.end) return;
  Add(std::chrono::duration<double, std::micro>(answered - asked).count());
}

void Samples::Add(double micros) {
  if (bins_.empty()) bins_.resize(static_cast<size_t>(kAxis.size()) + 2);
  ++bins_[BinOf(micros)];
  ++count_;
  max_ = std::max(max_, micros);
}

void Samples::Merge(const Samples& other) {
  if (bins_.empty()) bins_.resize(other.bins_.size());
  for (size_t i = 0; i < other.bins_.size(); ++i) bins_[i] += other.bins_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
}

double Samples::Micros(double quantile) const {
  const auto rank = static_cast<uint64_t>(std::ceil(quantile * static_cast<double>(count_)));
  uint64_t below = 0;
  for (size_t bin = 0; bin < bins_.size(); ++bin) {
    below += bins_[bin];
    if (below > 0 && below >= rank) return rank == count_ ? max_ : std::min(MicrosOf(bin), max_);
  }
  return 0;
}

std::vector<Samples::Point> Samples::Curve() const {
  std::vector<Point> points;
  uint64_t below = 0;
  for (size_t bin = 0; bin < bins_.size(); ++bin) {
    if (bins_[bin] == 0) continue;
    below += bins_[bin];
    points.push_back({static_cast<double>(below) / static_cast<double>(count_), below == count_ ? max_ : MicrosOf(bin)});
  }
  return points;
}

double CpuSeconds(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(file, text);
  // After the name, which may hold anything: user and system time are the 12th and 13th word.
  std::istringstream words(text.substr(std::min(text.size(), text.rfind(')') + 2)));
  std::string word;
  for (int i = 0; i < 11; ++i) words >> word;
  double user = 0, system = 0;
  words >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace heitie::load
