// The completion queue that all channels of the process share, with its threads: so the threads that wait for answers are few.
#ifndef HEITIE_COMMON_CLIENT_QUEUE_H_
#define HEITIE_COMMON_CLIENT_QUEUE_H_

#include <memory>

#include "common/rpc/grpc/completions.h"
#include "grpcpp/completion_queue.h"

namespace heitie::client {

class Queue {
 public:
  // The queue that there is, or a new one. It ends, with what is still in it, when nobody holds it any more; its own threads must not be
  // the last.
  static std::shared_ptr<Queue> Shared();

  // Its tags are rpc::Completions.
  grpc::CompletionQueue* get() { return &queue_; }

 private:
  Queue() = default;

  grpc::CompletionQueue queue_;
  rpc::CompletionThreads threads_{queue_, rpc::CompletionThreads::Suitable()};
};

}  // namespace heitie::client

#endif  // HEITIE_COMMON_CLIENT_QUEUE_H_
