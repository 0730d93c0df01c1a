#include "services/planning/robot/window.h"

#include <algorithm>
#include <limits>

#include "services/planning/notice/notice_policy.h"

namespace heitie::planning {
namespace {

constexpr int kPercent = 100;

absl::Duration Widened(const v1::RobotPolicy& policy, const v1::RobotLimit& limit) {
  return DelayOf(limit.window()) * (kPercent + policy.margin_percent()) / kPercent;
}

// When fewer than `most` of those that are counted are left, with `ends` in ascending order.
absl::Time FreeFrom(const std::vector<absl::Time>& ends, int most, absl::Duration window, absl::Time now) {
  if (most <= 0) return absl::InfiniteFuture();
  const auto first = std::upper_bound(ends.begin(), ends.end(), now - window);
  const int64_t counted = ends.end() - first;
  return counted < most ? now : *(first + (counted - most)) + window;
}

}  // namespace

Room RoomAt(const v1::RobotPolicy& policy, const v1::RobotProvider& provider, std::vector<absl::Time> ends, absl::Time now) {
  std::sort(ends.begin(), ends.end());
  Room room{std::numeric_limits<int>::max(), std::numeric_limits<int>::max(), now, now};
  for (const v1::RobotLimit& limit : provider.limits()) {
    const absl::Duration window = Widened(policy, limit);
    const int counted = static_cast<int>(ends.end() - std::upper_bound(ends.begin(), ends.end(), now - window));
    // The share for critical ones is one message at least, of limits that allow more than one.
    const int kept = limit.count() > 1 ? std::max(1, limit.count() * policy.critical_percent() / kPercent) : 0;
    room.all = std::min(room.all, std::max(0, limit.count() - counted));
    room.ordinary = std::min(room.ordinary, std::max(0, limit.count() - kept - counted));
    room.all_from = std::max(room.all_from, FreeFrom(ends, limit.count(), window, now));
    room.ordinary_from = std::max(room.ordinary_from, FreeFrom(ends, limit.count() - kept, window, now));
  }
  return room;
}

absl::Duration LongestWindow(const v1::RobotPolicy& policy, const v1::RobotProvider& provider) {
  absl::Duration longest;
  for (const v1::RobotLimit& limit : provider.limits()) longest = std::max(longest, Widened(policy, limit));
  return longest;
}

}  // namespace heitie::planning
