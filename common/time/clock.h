// The clock that everything reads, so that tests own time.
#ifndef HEITIE_COMMON_TIME_CLOCK_H_
#define HEITIE_COMMON_TIME_CLOCK_H_

#include <atomic>
#include <optional>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace heitie::time {

class Clock {
 public:
  virtual ~Clock() = default;
  // Whole microseconds, the resolution of the database, so that what is read back equals what was written.
  virtual absl::Time Now() const = 0;
  // The moment at which a test has stopped the clock; then it is also the database's. Nothing of a clock that runs.
  virtual std::optional<absl::Time> Stopped() const { return std::nullopt; }
};

class SystemClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixMicros(absl::ToUnixMicros(absl::Now())); }
};

// Stands still until it is moved. Thread-safe.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(absl::Time now) : micros_(absl::ToUnixMicros(now)) {}
  absl::Time Now() const override { return absl::FromUnixMicros(micros_.load()); }
  std::optional<absl::Time> Stopped() const override { return Now(); }
  void Advance(absl::Duration by) { micros_ += absl::ToInt64Microseconds(by); }
  void Set(absl::Time now) { micros_ = absl::ToUnixMicros(now); }

 private:
  std::atomic<int64_t> micros_;
};

}  // namespace heitie::time

#endif  // HEITIE_COMMON_TIME_CLOCK_H_
