#include "common/sql/write_group.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "common/observe/metrics.h"

namespace heitie::sql {
namespace {

// Long enough to share a flush well, short enough that the first does not wait long for the last.
constexpr size_t kMembers = 32;
// Transactions with savepoints after one without them was undone.
constexpr int kCareful = 100;

thread_local bool inside_a_work = false;

class Inside {
 public:
  Inside() { inside_a_work = true; }
  ~Inside() { inside_a_work = false; }
};

}  // namespace

struct WriteGroup::Impl {
  // A thread that waits in Write.
  struct Member {
    const Database::Work work;
    std::condition_variable wake;
    std::vector<Member*> batch;  // with itself as the first, when it is to lead
    bool done = false;
    absl::Status status;
  };

  explicit Impl(Database& d) : database(d) {}

  absl::Status Write(Database::Work work) {
    Member self{std::move(work), {}, {}, false, {}};
    {
      std::unique_lock<std::mutex> lock(mutex);
      if (leaders == kLeaders) {
        pending.push_back(&self);
        self.wake.wait(lock, [&] { return !self.batch.empty() || self.done; });
        if (self.done) return self.status;
      } else {
        ++leaders;
        self.batch = {&self};
      }
    }
    Run(self.batch);
    return self.status;
  }

  // Under the lock: those that ride together next.
  std::vector<Member*> Next() {
    const size_t size = std::min(pending.size(), kMembers);
    std::vector<Member*> batch(pending.begin(), pending.begin() + static_cast<std::ptrdiff_t>(size));
    pending.erase(pending.begin(), pending.begin() + static_cast<std::ptrdiff_t>(size));
    return batch;
  }

  // Where works seldom fail, none pays for a savepoint; where one has failed, the next will as well (the last unit is gone).
  std::vector<std::optional<absl::Status>> Together(const std::vector<const Database::Work*>& works) {
    if (careful > 0) {
      --careful;
      return database.WriteTogether(works, true);
    }
    std::vector<std::optional<absl::Status>> statuses = database.WriteTogether(works, false);
    if (statuses[0]) return statuses;
    careful = kCareful;
    return database.WriteTogether(works, true);
  }

  void Run(const std::vector<Member*>& batch) {
    static std::atomic<uint64_t>& writes = observe::Counter("heitie_writes_total", "Writes that share commits when they wait.");
    static std::atomic<uint64_t>& groups = observe::Counter("heitie_write_groups_total", "Transactions in which they were done.");
    writes += batch.size();
    ++groups;
    std::vector<std::optional<absl::Status>> statuses;
    {
      const Inside inside;
      if (batch.size() > 1) {
        std::vector<const Database::Work*> works;
        for (const Member* member : batch) works.push_back(&member->work);
        statuses = Together(works);
      } else {
        statuses.emplace_back(database.Write(batch[0]->work.deadline, batch[0]->work.run));
      }
      // What the common transaction left undecided, each on its own.
      for (size_t i = 0; i < batch.size(); ++i) {
        if (!statuses[i]) statuses[i] = database.Write(batch[i]->work.deadline, batch[i]->work.run);
      }
    }
    std::lock_guard<std::mutex> lock(mutex);
    for (size_t i = 0; i < batch.size(); ++i) {
      batch[i]->status = *std::move(statuses[i]);
      batch[i]->done = true;
      batch[i]->wake.notify_one();
    }
    if (pending.empty()) {
      --leaders;
      return;
    }
    const std::vector<Member*> next = Next();
    next[0]->batch = next;
    next[0]->wake.notify_one();
  }

  Database& database;
  std::mutex mutex;
  std::deque<Member*> pending;  // of no batch yet
  int leaders = 0;
  std::atomic<int> careful{0};
};

WriteGroup::WriteGroup(Database& database) : impl_(std::make_unique<Impl>(database)) {}
WriteGroup::~WriteGroup() = default;

absl::Status WriteGroup::Write(absl::Time deadline, const std::function<absl::Status(Session&)>& work) {
  if (inside_a_work) return impl_->database.Write(deadline, work);
  return impl_->Write({deadline, work});
}

}  // namespace heitie::sql
