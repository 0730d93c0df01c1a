// Keeps requests for events waiting until there is an event. They hold no thread: one thread keeps their time, and a reader of the store
// looks into the database once for all of them. A commit of this process wakes them at once; commits of other processes are found by a look
// every kLook while a request waits.
#ifndef HEITIE_COMMON_EVENT_WAITERS_H_
#define HEITIE_COMMON_EVENT_WAITERS_H_

#include <condition_variable>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/store.h"
#include "common/rpc/service.h"
#include "heitie/type/v1/event.pb.h"

namespace heitie::event {

// Up to which event positions are given, and whether something that is committed has none: what is beyond neither is not there yet.
struct Placed {
  int64_t last = 0;
  bool all = false;
};
// One short statement.
absl::StatusOr<Placed> PeekPlaced(record::Store& store, absl::Time deadline);

// Thread-safe. The store outlives it.
class Waiters {
 public:
  // How long after its commit an event of another process is seen at the latest, and how soon looks may follow each other while this
  // process commits all the time.
  static constexpr absl::Duration kLook = absl::Milliseconds(50), kPause = absl::Milliseconds(5);
  // Requests that wait at most, of one caller at most.
  static constexpr size_t kMost = 256, kMostOfCaller = 32;

  explicit Waiters(record::Store& store);
  // Answers those who wait.
  ~Waiters();
  Waiters(const Waiters&) = delete;

  // Keeps an exchange of ListEvents whose answer is empty so far, until there is an event for it, its time is over, or its client has gone;
  // then finishes it. RESOURCE_EXHAUSTED at once when too many wait.
  void Add(std::shared_ptr<rpc::Exchange> exchange);
  // Something was committed.
  void Wake();
  // Answers those who wait; from now on nobody waits.
  void End();

 private:
  struct Waiter {
    std::shared_ptr<rpc::Exchange> exchange;
    absl::Time until;
    int64_t seen;  // up to where there is nothing for it
  };
  class Look;

  void Keep(const std::stop_token& stop);
  std::vector<Waiter> TakeOver(absl::Time now);  // under the lock
  void Forget(const Waiter& waiter);             // under the lock
  void RunLook();
  void Find(int64_t head);
  void Answer(Waiter waiter);
  void Add(Waiter waiter);

  record::Store& store_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::list<Waiter> waiting_;              // guarded by mutex_, as what follows
  std::map<std::string, size_t> callers_;  // how many of each wait
  bool woken_ = false, looking_ = false, ended_ = false;
  absl::Time looked_ = absl::InfinitePast();  // when the last look began
  std::jthread keeper_;                       // last: it uses what is above; begins with the first waiter
};

}  // namespace heitie::event

#endif  // HEITIE_COMMON_EVENT_WAITERS_H_
