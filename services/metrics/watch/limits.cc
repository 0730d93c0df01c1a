#include "services/metrics/watch/limits.h"

#include "absl/time/time.h"

namespace heitie::metrics {

const status::Reason kTooManyWatches{absl::StatusCode::kResourceExhausted, "TOO_MANY_WATCHES",
                                     "{limit:count} streams are open already; end one, or try again later.",
                                     "已有 {limit:count} 個串流開啟中；請先關閉其中之一，或稍後再試。"};

namespace {

constexpr absl::Duration kWatchDelay = absl::Seconds(10);

}  // namespace

bool WatchCount::Enter(rpc::Stream& stream) {
  const std::string& who = stream.call().principal.name;
  int limit = 0;
  {
    std::lock_guard<std::mutex> lock(counts_->mutex);
    int& own = counts_->of_one[who];
    if (own >= limits_.of_one) {
      limit = limits_.of_one;
    } else if (counts_->total >= limits_.total) {
      limit = limits_.total;
    } else {
      ++own;
      ++counts_->total;
    }
    if (own == 0) counts_->of_one.erase(who);
  }
  if (limit > 0) {
    stream.Close(status::RetryLater(kTooManyWatches, kWatchDelay, {{"limit", limit}}));
    return false;
  }
  stream.OnEnd([counts = counts_, who] {
    std::lock_guard<std::mutex> lock(counts->mutex);
    --counts->total;
    const auto own = counts->of_one.find(who);
    if (--own->second == 0) counts->of_one.erase(own);
  });
  return true;
}

int WatchCount::total() const {
  std::lock_guard<std::mutex> lock(counts_->mutex);
  return counts_->total;
}

}  // namespace heitie::metrics
