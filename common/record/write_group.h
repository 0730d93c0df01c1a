// Lets writes share a commit. While one transaction is on its way to the disk, arriving writes gather and run together in the next one: one
// round trip each for begin and commit, one flush. A write that fails fails alone. A lone write runs at once in a transaction of its own.
// Waiting writes hold no thread.
//
// Group what has the same pattern of locks (the requests of one method): what is grouped holds its locks until the common commit, and
// waits for the locks of those before it.
#ifndef HEITIE_COMMON_RECORD_WRITE_GROUP_H_
#define HEITIE_COMMON_RECORD_WRITE_GROUP_H_

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/sql/database.h"
#include "common/work/fair_queue.h"
#include "common/work/workers.h"

namespace heitie::record {

// Thread-safe.
class WriteGroup {
 public:
  // Transactions of one group at a time.
  static constexpr int kLeaders = 3;
  // Writes of a transaction: enough to share a flush well, few enough that the first does not wait long for the last.
  static constexpr size_t kMembers = 32;
  // Writes that wait at most. Callers have a share of it each, as in work::Workers.
  static constexpr size_t kWaiting = 256;

  struct Write {
    std::string caller;
    sql::Database::Work work;
    // Called once, from a thread of the writers or of Add. RESOURCE_EXHAUSTED when there is no room.
    std::function<void(const absl::Status&)> done;
    // Whether nobody waits for it any more: then it is not begun, and CANCELLED. May be unset.
    std::function<bool()> cancelled = nullptr;
  };

  // Transactions run on `writers`, in the order of priorities when those are busy.
  WriteGroup(sql::Database& database, work::Workers& writers, work::Priority priority = options::v1::PRIORITY_NORMAL)
      : database_(database), writers_(writers), priority_(priority) {}
  // Waits for the writes that were added.
  ~WriteGroup();

  void Add(Write write);

 private:
  class Member;
  class Turn;
  using Batch = std::vector<std::shared_ptr<Member>>;

  void Lead();
  void Refuse();
  // Under the lock: those that ride together next.
  Batch Next();
  void Run(const Batch& batch);
  std::vector<std::optional<absl::Status>> Together(const Batch& batch);

  sql::Database& database_;
  work::Workers& writers_;
  const work::Priority priority_;
  std::mutex mutex_;
  std::condition_variable idle_;
  work::FairQueue pending_;
  int leaders_ = 0;
  int careful_ = 0;  // transactions with savepoints to come
};

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_WRITE_GROUP_H_
