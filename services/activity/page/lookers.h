// The threads that wait for pages. A look may hang as long as its page's timeout; it must not take a job's thread meanwhile.
#ifndef HEITIE_SERVICES_ACTIVITY_PAGE_LOOKERS_H_
#define HEITIE_SERVICES_ACTIVITY_PAGE_LOOKERS_H_

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace heitie::activity {

// Thread-safe.
class Lookers {
 public:
  // Threads begin when they are needed, at most so many.
  explicit Lookers(int most) : most_(most) {}
  // Waits for what is running.
  ~Lookers();
  Lookers(const Lookers&) = delete;

  // Runs the task at once; false, and the task is not kept, when all threads are busy.
  bool Run(std::function<void()> task);

 private:
  void Loop();

  const int most_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;  // as many as threads are free at most
  std::vector<std::thread> threads_;
  int free_ = 0;
  bool stopping_ = false;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_PAGE_LOOKERS_H_
