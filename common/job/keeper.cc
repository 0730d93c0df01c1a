#include "common/job/keeper.h"

#include <algorithm>

#include "absl/time/clock.h"
#include "common/observe/log.h"
#include "common/observe/survive.h"
#include "common/status/line.h"

namespace heitie::job {

Keeper::~Keeper() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Keeper::Hold::Hold(Keeper& keeper, const Leased& leased) : keeper_(keeper) {
  const std::lock_guard<std::mutex> lock(keeper.mutex_);
  held_ = keeper.held_.insert(keeper.held_.end(), {{leased.job.name, leased.token}, leased.job.kind, absl::Now()});
  if (!keeper.thread_.joinable()) keeper.thread_ = std::thread([&keeper] { keeper.Keep(); });
}

Keeper::Hold::~Hold() {
  const std::lock_guard<std::mutex> lock(keeper_.mutex_);
  keeper_.held_.erase(held_);
}

std::vector<Keeper::Held> Keeper::held() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return {held_.begin(), held_.end()};
}

void Keeper::Keep() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!wake_.wait_for(lock, absl::ToChronoMilliseconds(interval_), [this] { return stopping_; })) {
    std::vector<Lease> leases;
    for (const Held& held : held_) {
      if (!held.lost) leases.push_back(held.lease);
    }
    if (leases.empty()) continue;
    lock.unlock();
    absl::StatusOr<std::vector<Lease>> lost = absl::InternalError("an exception");
    observe::Survive("the renewal of leases threw", [&] { lost = renew_(leases); });
    lock.lock();
    if (!lost.ok()) {
      observe::Log(observe::Severity::kWarning, "leases not renewed",
                   {{"leases", std::to_string(leases.size())}, {"error", status::Line(lost.status())}});
      continue;
    }
    for (Held& held : held_) {
      if (std::find(lost->begin(), lost->end(), held.lease) == lost->end()) continue;
      held.lost = true;
      observe::Log(observe::Severity::kWarning, "lease not renewed", {{"job", held.lease.job}, {"error", "it is another's"}});
    }
  }
}

}  // namespace heitie::job
