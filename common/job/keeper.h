// Renews leases while jobs run.
#ifndef HEITIE_COMMON_JOB_KEEPER_H_
#define HEITIE_COMMON_JOB_KEEPER_H_

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/job/table.h"

namespace heitie::job {

// Renews the leases that are held, in a thread of its own that begins with the first. Thread-safe.
class Keeper {
 public:
  using Renew = std::function<absl::StatusOr<std::vector<Lease>>(const std::vector<Lease>& held)>;
  // `renew` extends leases and says which are not ours any more.
  Keeper(absl::Duration interval, Renew renew) : interval_(interval), renew_(std::move(renew)) {}
  ~Keeper();

  struct Held {
    Lease lease;
    std::string kind;
    absl::Time since;
    bool lost = false;
  };

  // Holds the lease of a running job for a scope.
  class Hold {
   public:
    Hold(Keeper& keeper, const Leased& leased);
    ~Hold();
    Hold(const Hold&) = delete;

   private:
    Keeper& keeper_;
    std::list<Held>::iterator held_;
  };

  std::vector<Held> held() const;

 private:
  void Keep();

  const absl::Duration interval_;
  const Renew renew_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::thread thread_;
  std::list<Held> held_;
  bool stopping_ = false;
};

}  // namespace heitie::job

#endif  // HEITIE_COMMON_JOB_KEEPER_H_
