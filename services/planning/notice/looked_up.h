// What rules of rows need to know of tables, in memory: looked up by whoever asks first, once a second at most.
#ifndef HEITIE_SERVICES_PLANNING_NOTICE_LOOKED_UP_H_
#define HEITIE_SERVICES_PLANNING_NOTICE_LOOKED_UP_H_

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/clock.h"
#include "common/record/store.h"
#include "common/service/main.h"
#include "common/sql/database.h"
#include "common/time/clock.h"

namespace heitie::planning {

// Thread-safe.
template <typename T>
class LookedUp {
 public:
  // Called again when the database was in the way. Rules may outlive a service: it holds on to nothing of one.
  using Look = std::function<absl::StatusOr<T>(sql::Session&, absl::CivilDay today)>;

  LookedUp(const service::Context& context, Look look)
      : clock_(context.clock), zone_(context.time_zone), database_(AloneOf(context.store.database().options())), look_(std::move(look)) {}
  LookedUp(const LookedUp&) = delete;

  // Of a second ago at most; nothing where it cannot be looked up.
  std::shared_ptr<const T> Now() {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (known_ != nullptr && now - look_time_ < kOldest) return known_;
    const absl::CivilDay today = absl::ToCivilDay(clock_.Now(), zone_);
    absl::StatusOr<T> found = T();
    const absl::Status read = database_.Read(absl::Now() + kLongestLook, [&](sql::Session& session) {
      found = look_(session, today);
      return found.status();
    });
    known_ = std::make_shared<const T>(read.ok() ? *std::move(found) : T());
    look_time_ = now;
    return known_;
  }
  // It has changed: whoever asks next looks anew.
  void Forget() {
    const std::lock_guard lock(mutex_);
    known_ = nullptr;
  }

 private:
  static constexpr auto kOldest = std::chrono::seconds(1);
  static constexpr absl::Duration kLongestLook = absl::Seconds(2);

  // Rules are asked by threads that hold a connection of the pool.
  static sql::Options AloneOf(sql::Options options) {
    options.pool_size = 1;
    return options;
  }

  const time::Clock& clock_;
  const absl::TimeZone zone_;
  sql::Database database_;
  const Look look_;
  std::mutex mutex_;
  std::shared_ptr<const T> known_;  // guarded by mutex_, as all below
  std::chrono::steady_clock::time_point look_time_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_NOTICE_LOOKED_UP_H_
