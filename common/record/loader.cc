#include "common/record/loader.h"

#include <exception>
#include <utility>

#include "common/observe/metrics.h"
#include "common/work/overloaded.h"

namespace heitie::record {
class Loader::Turn final : public work::Task {
 public:
  explicit Turn(Loader& loader) : loader_(loader) {}
  void Run() override { loader_.Lead(); }
  void Refuse() override { loader_.Refuse(); }

 private:
  Loader& loader_;
};

Loader::~Loader() {
  std::unique_lock<std::mutex> lock(mutex_);
  idle_.wait(lock, [this] { return leaders_ == 0; });
}

void Loader::Add(std::shared_ptr<rpc::Exchange> exchange) {
  bool full = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    full = pending_.size() >= kPending;
    if (!full) {
      pending_.push_back(exchange);
      if (leaders_ == kLeaders) return;
      ++leaders_;
    }
  }
  if (full) return exchange->finish(work::Overloaded());
  if (!readers_.Submit(std::make_shared<Turn>(*this))) Refuse();
}

// Every reader is busy with other tables, and their queue is full.
void Loader::Refuse() {
  std::vector<std::shared_ptr<rpc::Exchange>> refused;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (--leaders_ == 0) refused.swap(pending_);
    idle_.notify_all();
  }
  for (const auto& waiting : refused) waiting->finish(work::Overloaded());
}

void Loader::Lead() {
  static std::atomic<uint64_t>& reads = observe::Counter("heitie_reads_total", "Reads by key.");
  static std::atomic<uint64_t>& queries = observe::Counter("heitie_read_queries_total", "Queries that answered them.");
  std::unique_lock<std::mutex> lock(mutex_);
  while (!pending_.empty()) {
    std::vector<std::shared_ptr<rpc::Exchange>> batch;
    if (pending_.size() <= kBatch) {
      batch.swap(pending_);
    } else {
      batch.assign(std::make_move_iterator(pending_.begin()), std::make_move_iterator(pending_.begin() + kBatch));
      pending_.erase(pending_.begin(), pending_.begin() + kBatch);
    }
    lock.unlock();
    reads += batch.size();
    ++queries;
    const std::vector<absl::Status> statuses = Answer(batch);
    for (size_t i = 0; i < batch.size(); ++i) batch[i]->finish(statuses[i]);
    batch.clear();
    // Other tables have their turns as well.
    if (readers_.queued() > 0 && readers_.Submit(std::make_shared<Turn>(*this))) return;
    lock.lock();
  }
  --leaders_;
  idle_.notify_all();
}

std::vector<absl::Status> Loader::Answer(const std::vector<std::shared_ptr<rpc::Exchange>>& batch) const {
  try {
    return load_(batch);
  } catch (const std::exception& exception) {
    return std::vector<absl::Status>(batch.size(), absl::InternalError(exception.what()));
  }
}

}  // namespace heitie::record
