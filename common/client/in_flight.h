// Counts the calls of a channel, so that the channel outlives them. A call occupies a thread of the queue to its end, and the last channel
// to go joins these threads, so none of them may release the last channel.
#ifndef HEITIE_COMMON_CLIENT_IN_FLIGHT_H_
#define HEITIE_COMMON_CLIENT_IN_FLIGHT_H_

#include <atomic>

#include "absl/time/clock.h"

namespace heitie::client {

// Thread-safe.
class InFlight {
 public:
  // Counted while it lives. Declare it before the context, so that it goes after it.
  class Mark {
   public:
    explicit Mark(InFlight& all) : all_(all) { ++all_.count_; }
    ~Mark() { --all_.count_; }
    Mark(const Mark&) = delete;

   private:
    InFlight& all_;
  };

  // Polls: this happens when a process ends.
  void AwaitNone() const {
    while (count_ > 0) absl::SleepFor(absl::Milliseconds(1));
  }

 private:
  std::atomic<int> count_{0};
};

}  // namespace heitie::client

#endif  // HEITIE_COMMON_CLIENT_IN_FLIGHT_H_
