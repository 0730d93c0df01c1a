// The time of a service: its database's. Replicas whose own clocks are wrong or are set while they run agree with each other and with
// what is stored.
#ifndef HEITIE_COMMON_JOB_DATABASE_CLOCK_H_
#define HEITIE_COMMON_JOB_DATABASE_CLOCK_H_

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "absl/status/status.h"
#include "common/sql/database.h"
#include "common/time/clock.h"

namespace heitie::job {

// Between two looks at the database, time passes by the machine's steady clock, which nobody sets. Until the first look it is the system's.
// Thread-safe.
class DatabaseClock final : public time::Clock {
 public:
  explicit DatabaseClock(sql::Database& database) : database_(database) {}
  ~DatabaseClock() override { Stop(); }

  absl::Time Now() const override;
  // Looks at the database's clock once.
  absl::Status Set();
  // Looks every second in a thread of its own until Stop. A database that does not answer leaves the clock going as it was.
  void Start();
  void Stop();

 private:
  sql::Database& database_;
  std::atomic<bool> set_{false};
  std::atomic<int64_t> ahead_{0};  // of the database's clock against the steady one, in microseconds
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_
};

}  // namespace heitie::job

#endif  // HEITIE_COMMON_JOB_DATABASE_CLOCK_H_
