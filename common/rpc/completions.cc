#include "common/rpc/completions.h"

#include <algorithm>

#include "grpcpp/completion_queue.h"

namespace heitie::rpc {
namespace {

// More of them than this were seen to wake each other more than they work.
constexpr int kMost = 8;

void Serve(grpc::CompletionQueue& queue) {
  void* tag = nullptr;
  bool ok = false;
  while (queue.Next(&tag, &ok)) static_cast<Completion*>(tag)->Complete(ok);
}

}  // namespace

int CompletionThreads::Suitable() { return std::clamp(static_cast<int>(std::thread::hardware_concurrency()) / 2, 1, kMost); }

CompletionThreads::CompletionThreads(grpc::CompletionQueue& queue, int threads) : queue_(queue) {
  threads_.reserve(static_cast<size_t>(threads));
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Serve(queue_); });
}

CompletionThreads::~CompletionThreads() {
  queue_.Shutdown();
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace heitie::rpc
