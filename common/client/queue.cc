#include "common/client/queue.h"

#include <mutex>

namespace heitie::client {

std::shared_ptr<Queue> Queue::Shared() {
  static std::mutex mutex;
  static std::weak_ptr<Queue> current;
  const std::lock_guard lock(mutex);
  std::shared_ptr<Queue> queue = current.lock();
  if (queue == nullptr) current = queue = std::shared_ptr<Queue>(new Queue);
  return queue;
}

}  // namespace heitie::client
