// Sends the states of topics to those who watch them: the counters of an activity, an answer, a dashboard, alerts, an import. Some threads
// serve all of them; a stream that waits costs no thread, and a state is read once for all who watch its topic.
#ifndef HEITIE_SERVICES_METRICS_WATCH_HUB_H_
#define HEITIE_SERVICES_METRICS_WATCH_HUB_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/service.h"
#include "google/protobuf/message.h"

namespace heitie::metrics {

// What somebody who watches a topic is told.
struct WatchedState {
  // Who has a state of the same digest is not told again.
  std::string digest;
  // One for everybody, or one for each language in the order of status::Language.
  std::vector<std::shared_ptr<const google::protobuf::Message>> messages;
  // What it rests on, with the versions of the moment in which it was read, "" of what is not there.
  std::map<std::string, std::string> basis;
  // It may become another one with the time alone, so that it is read again after so long.
  absl::Duration refresh = absl::InfiniteDuration();
  // Nothing comes after it: streams end with OK.
  bool last = false;
  // Whether a watcher may have it; the stream ends with any other status than OK. nullptr: everybody may. Quick; called without locks.
  std::function<absl::Status(const rpc::Call&)> admits = nullptr;
};

// Thread-safe. Streams are neither called nor released under the lock: whoever releases the last hold of one ends it, and its end is told
// to the hub.
class Hub {
 public:
  // Called in the hub's threads, without locks.
  struct Source {
    // An outage (status/outage.h) is tried again; any other error ends the streams of the topic.
    std::function<absl::StatusOr<WatchedState>(const std::string& topic)> read;
    // The present versions of what states rest on; what is missing in the answer has version "".
    std::function<absl::StatusOr<std::map<std::string, std::string>>(const std::vector<std::string>& keys)> versions;
  };
  struct Pace {
    // Least time between two messages of a stream.
    std::chrono::milliseconds send{200};
    // Least time between two reads of a topic, which rests for at least as long as its read took.
    std::chrono::milliseconds rest{200};
    // Between two looks at the versions, which show what other replicas changed; also the least pause after a failure.
    std::chrono::milliseconds poll{1000};
    // Least time between two looks, when something was committed here or somebody comes to a topic that is watched already.
    std::chrono::milliseconds look{50};
    // Threads that read; one more sends.
    int readers = 1;
  };

  explicit Hub(Source source) : Hub(std::move(source), Pace()) {}
  Hub(Source source, Pace pace);
  Hub(const Hub&) = delete;
  // Ends the streams that are left with UNAVAILABLE: their clients watch again, elsewhere.
  ~Hub();

  // Sends the present state, unless the client has it by its digest, and then each other one until the stream ends, at the pace; of states
  // that follow faster the newest one. A slow reader gets the newest, too, and no queue.
  void Watch(std::shared_ptr<rpc::Stream> stream, const std::string& topic, const std::string& last_digest = "");
  // States that rest on these have changed.
  void Changed(const std::vector<std::string>& keys);
  // Something may have changed: a function that may be called at any time, also when the hub is gone, and returns at once.
  std::function<void()> Bell() const;

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr Clock::time_point kNever = Clock::time_point::max();

  // What callbacks of streams and commits reach, however long the hub lives.
  struct Core {
    std::mutex mutex;
    std::condition_variable wake;
    std::vector<uint64_t> ended;  // watchers whose streams are over
    bool watched = false;         // there are topics
    bool rung = false;            // look at the versions soon
  };
  struct Watcher {
    std::shared_ptr<rpc::Stream> stream;
    std::shared_ptr<const std::string> has;  // digest of the state that the client has
    Clock::time_point since;
    Clock::time_point next = {};  // earliest next message
  };
  struct Topic {
    std::string name;
    std::unordered_map<uint64_t, Watcher> watchers;
    std::shared_ptr<const WatchedState> state;
    std::shared_ptr<const std::string> digest;
    bool changed = true;  // the state is to be read
    bool reading = false;
    Clock::time_point verified = Clock::time_point::min();  // when the state was the present one
    Clock::time_point newest = {};                          // when the last watcher came
    Clock::time_point next_read = {};                       // not before
    Clock::time_point read_at = kNever, send_at = kNever;   // places in the agendas
  };
  using Agenda = std::set<std::pair<Clock::time_point, Topic*>>;
  struct Receiver {
    uint64_t id;
    std::shared_ptr<rpc::Stream> stream;
    bool send;
  };
  using Lock = std::unique_lock<std::mutex>;

  void Read();
  void Send();
  void Poll(Lock& lock);
  void ReadTopic(Lock& lock, Topic& due);
  void Deliver(Lock& lock, Topic& due);
  std::vector<Receiver> Receivers(Topic& topic, Clock::time_point now);
  void Fail(Lock& lock, Topic& topic, const absl::Status& why);
  void Take(Topic& topic, WatchedState state);
  void Verify(const std::map<std::string, std::string>& versions, Clock::time_point start,
              const std::vector<std::pair<Topic*, const WatchedState*>>& looked_at);
  void MarkChanged(Topic& topic);
  void PlaceRead(Topic& topic, Clock::time_point time);
  void PlaceSend(Topic& topic, Clock::time_point time);
  void RingSoon();
  void DropEnded(Lock& lock);
  void Index(Topic& topic, bool add);
  void Remove(Topic& topic);

  const Source source_;
  const Pace pace_;
  const std::shared_ptr<Core> core_ = std::make_shared<Core>();  // its mutex guards what follows
  std::unordered_map<std::string, std::shared_ptr<Topic>> topics_;
  std::unordered_map<uint64_t, Topic*> by_watcher_;
  std::map<std::string, std::set<Topic*>> by_key_;
  Agenda reads_, sends_;
  uint64_t next_id_ = 1;
  Clock::time_point next_poll_ = kNever, earliest_poll_ = {};
  bool polling_ = false, again_ = false, stop_ = false;  // again: look once more after the look that is under way
  std::vector<std::thread> threads_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_WATCH_HUB_H_
