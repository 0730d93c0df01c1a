#include "common/client/kept_threads.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace heitie::client {
namespace {

constexpr std::chrono::seconds kKept(10);

class KeptThreads {
 public:
  void Run(std::function<void()> work) {
    {
      const std::lock_guard lock(mutex_);
      if (idle_ > waiting_work_.size()) {
        waiting_work_.push_back(std::move(work));
        wake_.notify_one();
        return;
      }
    }
    std::thread([this, work = std::move(work)]() mutable {
      work();
      work = nullptr;
      Serve();
    }).detach();
  }

 private:
  void Serve() {
    std::unique_lock lock(mutex_);
    while (AwaitWork(lock)) {
      std::function<void()> work = std::move(waiting_work_.front());
      waiting_work_.pop_front();
      lock.unlock();
      work();
      work = nullptr;
      lock.lock();
    }
  }

  // False when there was none for long.
  bool AwaitWork(std::unique_lock<std::mutex>& lock) {
    ++idle_;
    const bool any = wake_.wait_for(lock, kKept, [this] { return !waiting_work_.empty(); });
    --idle_;
    return any;
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> waiting_work_;
  size_t idle_ = 0;  // threads that wait for work, those included that were woken for what is in waiting_work_
};

}  // namespace

void RunAside(std::function<void()> work) {
  static auto& threads = *new KeptThreads;  // outlives its threads, which nobody joins
  threads.Run(std::move(work));
}

}  // namespace heitie::client
