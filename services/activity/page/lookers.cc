#include "services/activity/page/lookers.h"

#include <system_error>
#include <utility>

#include "common/observe/log.h"

namespace heitie::activity {

Lookers::~Lookers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool Lookers::Run(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return false;
  if (free_ == static_cast<int>(tasks_.size())) {
    if (static_cast<int>(threads_.size()) >= most_) return false;
    try {
      threads_.emplace_back([this] { Loop(); });
    } catch (const std::system_error&) {
      return false;
    }
    ++free_;
  }
  tasks_.push_back(std::move(task));
  wake_.notify_one();
  return true;
}

void Lookers::Loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    const std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    --free_;
    lock.unlock();
    try {
      task();
    } catch (...) {
      observe::LogException("look");
    }
    lock.lock();
    ++free_;
  }
}

}  // namespace heitie::activity
