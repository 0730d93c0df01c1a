// Reads by key that coalesce: gets of one table that are in flight together share one `WHERE name IN (…)`. A lone get waits for nobody;
// the gets that arrive while a query runs ride in the next one.
#ifndef HEITIE_COMMON_RECORD_LOADER_H_
#define HEITIE_COMMON_RECORD_LOADER_H_

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "common/rpc/service.h"
#include "common/work/workers.h"

namespace heitie::record {

// Thread-safe.
class Loader {
 public:
  // Answers all exchanges of a batch (at most kBatch): sets the response and returns a status for each.
  using Load = std::function<std::vector<absl::Status>(const std::vector<std::shared_ptr<rpc::Exchange>>&)>;
  static constexpr size_t kBatch = 32;
  // Gets that wait at most; the next is RESOURCE_EXHAUSTED.
  static constexpr size_t kPending = 4096;

  // Queries run on `readers`, so that adding holds no thread.
  Loader(work::Workers& readers, Load load) : readers_(readers), load_(std::move(load)) {}
  // Waits for the queries under way.
  ~Loader();

  void Add(std::shared_ptr<rpc::Exchange> exchange);

 private:
  // Queries of one table at a time: while one runs, the next gathers.
  static constexpr int kLeaders = 2;
  class Turn;
  void Lead();
  void Refuse();
  std::vector<absl::Status> Answer(const std::vector<std::shared_ptr<rpc::Exchange>>& batch) const;

  work::Workers& readers_;
  const Load load_;
  std::mutex mutex_;
  std::condition_variable idle_;
  std::vector<std::shared_ptr<rpc::Exchange>> pending_;
  int leaders_ = 0;
};

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_LOADER_H_
