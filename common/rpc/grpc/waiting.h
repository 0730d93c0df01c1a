// RPCs whose next step is their client's, and how long they are waited for.
#ifndef HEITIE_COMMON_RPC_GRPC_WAITING_H_
#define HEITIE_COMMON_RPC_GRPC_WAITING_H_

#include <boost/intrusive/list.hpp>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/time/time.h"

namespace heitie::rpc {

// Thread-safe.
class Waiting {
 public:
  // What the client has to do: to send a message, or to take the end of its answer.
  enum class For { kMessage, kEnd };
  enum class Why { kLate, kCrowded };

  // Who waits. Lives until it was removed or was given up.
  class Waiter : public boost::intrusive::list_base_hook<> {
   public:
    // Under the lock: keep yourself alive until GiveUp.
    virtual void Hold() = 0;
    virtual void GiveUp(For what, Why why) = 0;

   protected:
    ~Waiter() = default;

   private:
    friend class Waiting;
    For what_ = For::kMessage;
    absl::Time due_;
  };

  // `most`: messages waited for at the same time; beyond, the one that has been waited for longest is given up.
  explicit Waiting(size_t most);

  // A waiter waits for one thing at a time: what it waited for before is forgotten.
  void Add(Waiter& waiter, For what, absl::Time due);
  // False when it does not wait for that any more: it was given up, or is being.
  bool Remove(Waiter& waiter, For what);

 private:
  using List = boost::intrusive::list<Waiter>;
  List& ListOf(For what) { return what == For::kMessage ? messages_ : ends_; }
  void Unlink(Waiter& waiter);  // under the lock, as the next two
  Waiter* Take(List& list, List::iterator at);
  void TakeLate(List& list, std::vector<Waiter*>& late);
  void Sweep(const std::stop_token& stop);

  const size_t most_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  List messages_, ends_;  // in the order in which they came
  std::jthread sweeper_;  // last: it uses what is above
};

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_GRPC_WAITING_H_
