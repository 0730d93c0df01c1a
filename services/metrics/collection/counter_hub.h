// Sends the counters of activities to those who watch them. One thread serves all streams; a stream that waits costs no thread.
#ifndef HEITIE_SERVICES_METRICS_COLLECTION_COUNTER_HUB_H_
#define HEITIE_SERVICES_METRICS_COLLECTION_COUNTER_HUB_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "heitie/metrics/v1/counters.pb.h"

namespace heitie::metrics {

// Thread-safe.
class CounterHub {
 public:
  // Where counters come from; called in the hub's thread.
  struct Source {
    std::function<absl::StatusOr<v1::ActivityCounters>(const std::string& activity)> read;
    // Versions by activity, without those of version 0.
    std::function<absl::StatusOr<std::map<std::string, int64_t>>(const std::vector<std::string>& activities)> versions;
  };
  struct Pace {
    // Least time between two messages of a stream.
    std::chrono::milliseconds send{200};
    // Between two looks at the database, which show what other replicas took in; also the pause after a failure.
    std::chrono::milliseconds poll{1000};
  };

  explicit CounterHub(Source source) : CounterHub(std::move(source), Pace()) {}
  CounterHub(Source source, Pace pace);
  // Ends the streams that are left with UNAVAILABLE: their clients watch again, elsewhere.
  ~CounterHub();

  // Sends the counters at once and after each change until the stream ends.
  void Watch(std::shared_ptr<rpc::Stream> stream, const std::string& activity);
  // The counters of these activities have changed.
  void Changed(const std::vector<std::string>& activities);

 private:
  using Clock = std::chrono::steady_clock;
  struct Watcher {
    std::shared_ptr<rpc::Stream> stream;
    std::shared_ptr<std::atomic<bool>> ended;
    int64_t sent = -1;            // version that the client has
    Clock::time_point next = {};  // earliest next message
  };
  struct Topic {
    std::vector<Watcher> watchers;
    bool changed = true;           // somebody may lack the current version
    int64_t seen = -1;             // greatest version known here
    Clock::time_point retry = {};  // not before, after a failure
  };
  struct Message {
    std::shared_ptr<rpc::Stream> stream;
    std::shared_ptr<std::atomic<bool>> ended;
  };

  void Run();
  void DropEnded();
  Clock::time_point NextWork() const;
  std::vector<std::string> Due(Clock::time_point now) const;
  void Poll(std::unique_lock<std::mutex>& lock);
  void Deliver(std::unique_lock<std::mutex>& lock, const std::string& activity);
  std::vector<Message> Receivers(Topic& topic, int64_t version);

  const Source source_;
  const Pace pace_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::string, Topic> topics_;  // by activity
  Clock::time_point next_poll_ = {};
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_COLLECTION_COUNTER_HUB_H_
