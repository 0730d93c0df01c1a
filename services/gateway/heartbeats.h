// Signs of life on streams that have nothing to say: proxies and clients cut off what is silent for long.
#ifndef HEITIE_SERVICES_GATEWAY_HEARTBEATS_H_
#define HEITIE_SERVICES_GATEWAY_HEARTBEATS_H_

#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include "absl/time/time.h"

namespace heitie::gateway {

// Something that wants to be asked now and then.
class Beating {
 public:
  // Called by one thread of the heartbeats; returns at once.
  virtual void Beat(absl::Time now) = 0;

 protected:
  ~Beating() = default;
};

// Thread-safe.
class Heartbeats {
 public:
  // Everybody is asked at least `often`.
  explicit Heartbeats(absl::Duration often) : often_(often) {}
  ~Heartbeats();
  Heartbeats(const Heartbeats&) = delete;

  // For as long as it lives. The first one starts the thread.
  void Add(std::weak_ptr<Beating> beating);

 private:
  void Run();

  const absl::Duration often_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<std::weak_ptr<Beating>> all_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_HEARTBEATS_H_
