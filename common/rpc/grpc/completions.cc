#include "common/rpc/grpc/completions.h"

#include <algorithm>

#include "common/observe/survive.h"
#include "common/work/processors.h"
#include "grpcpp/completion_queue.h"

namespace heitie::rpc {
namespace {

// kMost is a guess: it was measured on small machines only.
constexpr int kLeast = 2, kMost = 8;

void Serve(grpc::CompletionQueue& queue) {
  void* tag = nullptr;
  bool ok = false;
  while (queue.Next(&tag, &ok)) {
    // The owner of the operation decides who gets an error for it; the other operations go on in any case.
    observe::Survive("a completion threw", [&] { static_cast<Completion*>(tag)->Complete(ok); });
  }
}

}  // namespace

int CompletionThreads::Suitable() { return std::clamp(work::Processors() / 2, kLeast, kMost); }

CompletionThreads::CompletionThreads(grpc::CompletionQueue& queue, int threads) : queue_(queue) {
  threads_.reserve(static_cast<size_t>(threads));
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Serve(queue_); });
}

CompletionThreads::~CompletionThreads() {
  queue_.Shutdown();
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace heitie::rpc
