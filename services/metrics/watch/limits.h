// How much may be watched at a time.
#ifndef HEITIE_SERVICES_METRICS_WATCH_LIMITS_H_
#define HEITIE_SERVICES_METRICS_WATCH_LIMITS_H_

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "common/config/flags.h"
#include "common/rpc/service.h"
#include "common/status/status.h"

namespace heitie::metrics {

extern const status::Reason kTooManyWatches;  // {limit:count}

struct WatchLimits {
  // Streams of everybody together, and of one principal.
  int total = 10'000, of_one = 200;

  void Register(config::Flags& flags) {
    flags.Add("watches", &total, 1, 1'000'000, "Streams of questions, dashboards, alerts and imports at most.");
    flags.Add("watches_of_one", &of_one, 1, 1'000'000, "Of them those of one person at most.");
  }
};

// Counts streams until they end. Thread-safe.
class WatchCount {
 public:
  explicit WatchCount(WatchLimits limits) : limits_(limits) {}

  // False when there are too many: the stream then ends with RESOURCE_EXHAUSTED, TOO_MANY_WATCHES, and RetryInfo.
  bool Enter(rpc::Stream& stream);
  int total() const;

 private:
  struct Counts {
    std::mutex mutex;
    int total = 0;
    std::unordered_map<std::string, int> of_one;
  };

  const WatchLimits limits_;
  const std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();  // streams outlive the service
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_WATCH_LIMITS_H_
