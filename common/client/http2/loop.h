// The threads on which the connections to other services live, the same for all channels of a process.
#ifndef HEITIE_COMMON_CLIENT_HTTP2_LOOP_H_
#define HEITIE_COMMON_CLIENT_HTTP2_LOOP_H_

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <thread>
#include <vector>

namespace heitie::client {

class Loop {
 public:
  // The loop that there is, or a new one. It ends when nobody holds it any more; its own threads must not be the last.
  static std::shared_ptr<Loop> Shared();
  ~Loop();

  boost::asio::io_context& io() { return io_; }

 private:
  Loop();

  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  std::vector<std::thread> threads_;
};

}  // namespace heitie::client

#endif  // HEITIE_COMMON_CLIENT_HTTP2_LOOP_H_
