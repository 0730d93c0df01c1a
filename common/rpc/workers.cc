#include "common/rpc/workers.h"

#include <utility>

namespace heitie::rpc {

Workers::Workers(int threads, int queue) : queue_limit_(static_cast<size_t>(queue)) {
  workers_.reserve(static_cast<size_t>(threads));
  for (int i = 0; i < threads; ++i) workers_.push_back(std::make_unique<Worker>());
  for (auto& worker : workers_) idle_.push_back(worker.get());
  for (auto& worker : workers_) worker->thread = std::thread([this, &worker = *worker] { Loop(worker); });
}

Workers::~Workers() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  for (auto& worker : workers_) worker->wake.notify_one();
  for (auto& worker : workers_) worker->thread.join();
}

bool Workers::Submit(std::shared_ptr<Task> task, const std::string& caller, Priority priority) {
  Worker* worker = nullptr;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    if (idle_.empty()) {
      std::shared_ptr<Task> gives_way;
      if (queue_.size() >= queue_limit_) {
        gives_way = queue_.Yield(caller, priority);
        if (gives_way == nullptr) return false;
      }
      queue_.Push(std::move(task), caller, priority);
      lock.unlock();
      if (gives_way != nullptr) gives_way->Refuse();
      return true;
    }
    worker = idle_.back();
    idle_.pop_back();
    worker->task = std::move(task);
  }
  worker->wake.notify_one();
  return true;
}

int Workers::queued() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return static_cast<int>(queue_.size());
}

int Workers::busy() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return static_cast<int>(workers_.size() - idle_.size());
}

void Workers::Loop(Worker& self) {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    self.wake.wait(lock, [&] { return self.task != nullptr || stopping_; });
    if (self.task == nullptr) return;
    while (std::shared_ptr<Task> task = Next(self)) {
      lock.unlock();
      task->Run();
      task.reset();
      lock.lock();
    }
    idle_.push_back(&self);
  }
}

// The task that the worker was woken for, then what is queued; nullptr when there is none at present.
std::shared_ptr<Task> Workers::Next(Worker& self) {
  if (self.task != nullptr) return std::move(self.task);
  return queue_.Pop();
}

}  // namespace heitie::rpc
