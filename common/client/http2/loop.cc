#include "common/client/http2/loop.h"

#include <mutex>

#include "common/observe/survive.h"
#include "common/rpc/grpc/completions.h"

namespace heitie::client {

Loop::Loop() {
  for (int i = 0; i < rpc::CompletionThreads::Suitable(); ++i) {
    threads_.emplace_back([this] {
      while (!observe::Survive("a connection's work threw", [this] { io_.run(); })) {
      }
    });
  }
}

Loop::~Loop() {
  work_.reset();
  io_.stop();
  for (std::thread& thread : threads_) thread.join();
}

std::shared_ptr<Loop> Loop::Shared() {
  static std::mutex mutex;
  static std::weak_ptr<Loop> current;
  const std::lock_guard lock(mutex);
  std::shared_ptr<Loop> loop = current.lock();
  if (loop == nullptr) current = loop = std::shared_ptr<Loop>(new Loop);
  return loop;
}

}  // namespace heitie::client
