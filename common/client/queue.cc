#include "common/client/queue.h"

#include "common/rpc/completions.h"

namespace heitie::client {

grpc::CompletionQueue& SharedQueue() {
  static auto& queue = *new grpc::CompletionQueue;
  static auto& threads = *new rpc::CompletionThreads(queue, rpc::CompletionThreads::Suitable());
  static_cast<void>(threads);
  return queue;
}

}  // namespace heitie::client
