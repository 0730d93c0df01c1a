// The bounded threads that run blocking handlers, with a bounded, fair queue in front: when it is full, work is refused at once and never
// piles up. Knows nothing of gRPC.
#ifndef HEITIE_COMMON_WORK_WORKERS_H_
#define HEITIE_COMMON_WORK_WORKERS_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/work/fair_queue.h"

namespace heitie::work {

// Thread-safe.
class Workers {
 public:
  // What tasks of the lowest priority may have at most, so that a flood of them neither takes the processors from everything else nor waits
  // longer than a caller likes to: more of them at once would only be slower each.
  struct Lowest {
    int running, queued;
  };

  // `threads` > 0; `queue` >= 0: tasks that wait while all threads are busy.
  Workers(int threads, int queue, Lowest lowest);
  // Without a bound of its own for the lowest priority.
  Workers(int threads, int queue) : Workers(threads, queue, {threads, queue}) {}
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
    FairQueue::Turn turn;
    std::thread thread;
  };
  void Loop(Worker& self);
  FairQueue::Turn Next(Worker& self);
  bool MayRun(bool lowest) const { return !lowest || lowest_running_ < lowest_limit_.running; }
  // Under the lock: whether the queue has no room for one more.
  bool IsFull(bool lowest) const;

  const size_t queue_limit_;
  const Lowest lowest_limit_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Worker>> workers_;
  // Sleeping workers (while there is one, only tasks beyond the bound of the lowest priority are queued), the latest last. The latest is
  // woken first: its stack is still in the caches, and under light load the others are never touched.
  std::vector<Worker*> idle_;
  FairQueue queue_;
  int lowest_running_ = 0;
  bool stopping_ = false;
};

}  // namespace heitie::work

#endif  // HEITIE_COMMON_WORK_WORKERS_H_
