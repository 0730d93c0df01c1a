#include "common/job/database_clock.h"

#include <algorithm>
#include <chrono>

#include "absl/time/clock.h"
#include "common/observe/log.h"
#include "common/observe/survive.h"
#include "common/status/line.h"
#include "common/status/macros.h"

namespace heitie::job {
namespace {

constexpr absl::Duration kInterval = absl::Seconds(1);
// A look that takes longer tells little.
constexpr absl::Duration kPatience = absl::Seconds(5);
// A correction that operators should know of.
constexpr int64_t kNoteworthyMicros = 1000000;

int64_t SteadyMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

absl::Time DatabaseClock::Now() const {
  return set_ ? absl::FromUnixMicros(SteadyMicros() + ahead_) : absl::FromUnixMicros(absl::ToUnixMicros(absl::Now()));
}

absl::Status DatabaseClock::Set() {
  int64_t before = 0, after = 0;
  absl::Time time;
  RETURN_IF_ERROR(database_.Read(absl::Now() + kPatience, [&](sql::Session& session) {
    before = SteadyMicros();
    const absl::Status status = session.Query("SELECT UTC_TIMESTAMP(6)", {}, [&](const sql::Row& row) { time = row.Time(0); });
    after = SteadyMicros();
    return status;
  }));
  // The server looked at its clock at some moment between `before` and `after`. What fits stays, so that time does not jitter.
  const int64_t micros = absl::ToUnixMicros(time), old = ahead_;
  const int64_t now = set_ ? std::clamp(old, micros - after, micros - before) : micros - after;
  ahead_ = now;
  if (set_.exchange(true) && std::abs(now - old) > kNoteworthyMicros) {
    observe::Log(observe::Severity::kWarning, "clock set", {{"by_seconds", std::to_string((now - old) / 1000000)}});
  }
  return absl::OkStatus();
}

void DatabaseClock::Start() {
  thread_ = std::thread([this] {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!wake_.wait_for(lock, absl::ToChronoMilliseconds(kInterval), [this] { return stopping_; })) {
      lock.unlock();
      absl::Status set = absl::InternalError("an exception");
      observe::Survive("a look at the clock threw", [&] { set = Set(); });
      if (!set.ok()) observe::Log(observe::Severity::kWarning, "clock cannot be compared", {{"error", status::Line(set)}});
      lock.lock();
    }
  });
}

void DatabaseClock::Stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace heitie::job
