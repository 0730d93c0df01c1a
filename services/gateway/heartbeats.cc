#include "services/gateway/heartbeats.h"

#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "common/observe/survive.h"

namespace heitie::gateway {

Heartbeats::~Heartbeats() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Heartbeats::Add(std::weak_ptr<Beating> beating) {
  std::lock_guard lock(mutex_);
  all_.push_back(std::move(beating));
  if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
  changed_.notify_all();
}

void Heartbeats::Run() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (all_.empty()) {
      changed_.wait(lock, [&] { return ending_ || !all_.empty(); });
      continue;
    }
    if (changed_.wait_for(lock, absl::ToChronoNanoseconds(often_), [&] { return ending_; })) return;
    std::vector<std::shared_ptr<Beating>> living;
    for (auto next = all_.begin(); next != all_.end();) {
      const auto beating = next++;
      if (auto live = beating->lock()) {
        living.push_back(std::move(live));
      } else {
        all_.erase(beating);
      }
    }
    lock.unlock();
    const absl::Time now = absl::Now();
    for (const auto& beating : living) {
      observe::Survive("a heartbeat failed", [&] { beating->Beat(now); });
    }
    living.clear();  // it may be the last that holds one
    lock.lock();
  }
}

}  // namespace heitie::gateway
