// The completion queue that all channels of the process share, with its threads: so the threads that wait for answers are few.
#pragma once

#include "grpcpp/completion_queue.h"

namespace heitie::client {

// Its tags are rpc::Completions. Made when first asked for, it lasts until the process ends.
grpc::CompletionQueue& SharedQueue();

}  // namespace heitie::client
