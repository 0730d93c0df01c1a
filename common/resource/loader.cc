#include "common/resource/loader.h"

namespace heitie::resource {

void Loader::Add(std::shared_ptr<rpc::Exchange> exchange) {
  std::unique_lock<std::mutex> lock(mutex_);
  pending_.push_back(std::move(exchange));
  if (leaders_ == kLeaders) return;
  ++leaders_;
  while (!pending_.empty()) {
    std::vector<std::shared_ptr<rpc::Exchange>> batch;
    if (pending_.size() <= kBatch) {
      batch.swap(pending_);
    } else {
      batch.assign(std::make_move_iterator(pending_.begin()), std::make_move_iterator(pending_.begin() + kBatch));
      pending_.erase(pending_.begin(), pending_.begin() + kBatch);
    }
    lock.unlock();
    const std::vector<absl::Status> statuses = load_(batch);
    for (size_t i = 0; i < batch.size(); ++i) batch[i]->finish(statuses[i]);
    lock.lock();
  }
  --leaders_;
}

}  // namespace heitie::resource
