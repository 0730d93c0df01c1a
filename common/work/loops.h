// Threads that wait for sockets and timers and do what these bring.
#ifndef HEITIE_COMMON_WORK_LOOPS_H_
#define HEITIE_COMMON_WORK_LOOPS_H_

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cstddef>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace heitie::work {

// What is made of a request or an answer of more bytes may take so long that others should not have to wait for it.
inline constexpr size_t kLong = 64 << 10;

class Loops;

// One or more threads that wait together.
class Loop {
 public:
  Loop(const Loops& all, size_t index, int threads);

  boost::asio::io_context& io() { return io_; }
  // In which one thing is done at a time. A single thread has no need of locks for that.
  boost::asio::any_io_executor NewStrand();
  // Does what takes long, while the others of the loop go on.
  template <typename F>
  void Aside(F work);
  size_t index() const { return index_; }

 private:
  friend class Loops;
  void Run();
  void End();

  const Loops& all_;
  const size_t index_;
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  std::vector<std::thread> threads_;
};

// Several loops, among which what a process has to do with its clients and other services is spread. What belongs together, a request and
// the call that is made for it, stays on one loop, so that it changes no thread.
// Thread-safe but for its end.
class Loops {
 public:
  // `threads` of each. Loops of one thread have some more threads beside them for what takes long.
  Loops(int count, int threads);
  ~Loops() { Stop(); }
  Loops(const Loops&) = delete;
  // A loop for each processor.
  static std::shared_ptr<Loops> ForEachProcessor();

  size_t size() const { return loops_.size(); }
  Loop& operator[](size_t index) const { return *loops_[index]; }
  // In turn.
  Loop& Next() { return *loops_[next_++ % loops_.size()]; }
  // The calling thread's, or if it is of none of these the next in turn.
  Loop& Nearest();

  // Ends the threads and drops what they had still to do. Not from one of them.
  void Stop();

 private:
  friend class Loop;

  std::vector<std::unique_ptr<Loop>> loops_;
  std::unique_ptr<Loop> aside_;  // none where loops have more than one thread
  std::atomic<size_t> next_{0};
};

template <typename F>
void Loop::Aside(F work) {
  boost::asio::post(all_.aside_ == nullptr ? io_ : all_.aside_->io_, std::move(work));
}

}  // namespace heitie::work

#endif  // HEITIE_COMMON_WORK_LOOPS_H_
