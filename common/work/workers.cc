#include "common/work/workers.h"

#include <utility>

#include "common/observe/survive.h"

namespace heitie::work {

Workers::Workers(int threads, int queue, Lowest lowest) : queue_limit_(static_cast<size_t>(queue)), lowest_limit_(lowest) {
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

bool Workers::IsFull(bool lowest) const {
  return queue_.size() >= queue_limit_ || (lowest && queue_.lowest() >= static_cast<size_t>(lowest_limit_.queued));
}

bool Workers::Submit(std::shared_ptr<Task> task, const std::string& caller, Priority priority) {
  const bool lowest = priority == options::v1::PRIORITY_LOW;
  Worker* worker = nullptr;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    if (idle_.empty() || !MayRun(lowest)) {
      std::shared_ptr<Task> gives_way;
      if (IsFull(lowest)) {
        gives_way = queue_.Yield(caller, priority);
        if (gives_way == nullptr) return false;
      }
      queue_.Push(std::move(task), caller, priority, std::chrono::steady_clock::now());
      lock.unlock();
      if (gives_way != nullptr) gives_way->Refuse();
      return true;
    }
    worker = idle_.back();
    idle_.pop_back();
    lowest_running_ += lowest;
    worker->turn = {std::move(task), lowest, {}};
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
    self.wake.wait(lock, [&] { return self.turn.task != nullptr || stopping_; });
    if (self.turn.task == nullptr) return;
    for (FairQueue::Turn turn = Next(self); turn.task != nullptr; turn = Next(self)) {
      lock.unlock();
      for (const auto& lapsed : turn.lapsed) lapsed->Refuse();
      turn.lapsed.clear();
      // Tasks answer for what they throw.
      observe::Survive("a task threw", [&] { turn.task->Run(); });
      turn.task.reset();
      lock.lock();
      lowest_running_ -= turn.lowest;
    }
    idle_.push_back(&self);
  }
}

// The task that the worker was woken for, then what is queued; none when there is none at present.
FairQueue::Turn Workers::Next(Worker& self) {
  if (self.turn.task != nullptr) return std::exchange(self.turn, {});
  FairQueue::Turn turn = queue_.Pop(std::chrono::steady_clock::now(), MayRun(true));
  lowest_running_ += turn.lowest;
  return turn;
}

}  // namespace heitie::work
