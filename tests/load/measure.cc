#include "tests/load/measure.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace heitie::load {
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
  nanoseconds_.push_back(std::chrono::duration_cast<std::chrono::nanoseconds>(answered - asked).count());
}

double Samples::Micros(double quantile) const {
  if (nanoseconds_.empty()) return 0;
  std::vector<int64_t> sorted = nanoseconds_;
  const auto at = sorted.begin() + static_cast<int64_t>(quantile * static_cast<double>(sorted.size() - 1));
  std::nth_element(sorted.begin(), at, sorted.end());
  return static_cast<double>(*at) / 1000;
}

}  // namespace heitie::load
