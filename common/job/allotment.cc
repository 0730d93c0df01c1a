#include "common/job/allotment.h"

#include <algorithm>
#include <utility>

namespace heitie::job {

Allotment::Allotment(int threads, std::map<std::string, int> running) : running_(std::move(running)), free_(threads) {
  for (const auto& [kind, count] : running_) {
    free_ -= count;
    idle_ += count == 0;
  }
}

int Allotment::MostOf(const std::string& kind) const {
  const int spare = std::max(0, free_ - idle_);
  return running_.at(kind) == 0 ? std::min(free_, 1 + spare) : spare;
}

bool Allotment::Take(const std::string& kind) {
  if (MostOf(kind) < 1) return false;
  idle_ -= running_[kind]++ == 0;
  --free_;
  return true;
}

}  // namespace heitie::job
