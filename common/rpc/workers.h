// The bounded threads that run blocking handlers, with a bounded, fair queue in front: when it is full, work is refused at once and never
// piles up. Knows nothing of gRPC.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/rpc/fair_queue.h"

namespace heitie::rpc {

// Thread-safe.
class Workers {
 public:
  // `threads` > 0; `queue` >= 0: tasks that wait while all threads are busy.
  Workers(int threads, int queue);
  // Runs what is queued, then ends the threads.
  ~Workers();
  Workers(const Workers&) = delete;

  // False when all threads are busy, the queue is full and nothing in it gives way to this (fair_queue.h); the task is then not kept.
  bool Submit(std::shared_ptr<Task> task, const std::string& caller = "", Priority priority = options::v1::PRIORITY_NORMAL);

  int queued() const;
  int busy() const;

 private:
  struct Worker {
    std::condition_variable wake;
    std::shared_ptr<Task> task;
    std::thread thread;
  };
  void Loop(Worker& self);
  std::shared_ptr<Task> Next(Worker& self);

  const size_t queue_limit_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Worker>> workers_;
  // Sleeping workers (a task is queued only while there is none), the latest last. The latest is woken first: its stack is still in the
  // caches, and under light load the others are never touched.
  std::vector<Worker*> idle_;
  FairQueue queue_;
  bool stopping_ = false;
};

}  // namespace heitie::rpc
