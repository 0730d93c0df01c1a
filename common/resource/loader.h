// Reads by key that coalesce: gets of one table that are in flight together share one `WHERE name IN (…)`. A lone get waits for nobody;
// the gets that arrive while a query runs ride in the next one.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "common/resource/store.h"
#include "common/rpc/server.h"

namespace heitie::resource {

// Thread-safe.
class Loader {
 public:
  // Answers all exchanges of a batch (at most kBatch): sets the response and returns a status for each.
  using Load = std::function<std::vector<absl::Status>(const std::vector<std::shared_ptr<rpc::Exchange>>&)>;
  static constexpr size_t kBatch = 32;

  explicit Loader(Load load) : load_(std::move(load)) {}

  // Adds one get. The calling worker answers it and whatever has gathered, unless enough workers are at it already.
  void Add(std::shared_ptr<rpc::Exchange> exchange);

 private:
  static constexpr int kLeaders = 2;
  const Load load_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<rpc::Exchange>> pending_;
  int leaders_ = 0;
};

}  // namespace heitie::resource
