// 活躍度 and 用戶增長: who was active by a definition of the events that count, who was new, and who stayed or came back.
#ifndef HEITIE_SERVICES_METRICS_ANALYSIS_ACTIVITY_LEVEL_H_
#define HEITIE_SERVICES_METRICS_ANALYSIS_ACTIVITY_LEVEL_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "roaring/roaring.hh"
#include "services/metrics/analysis/selection.h"

namespace heitie::metrics::analysis {

inline constexpr int kWeekDays = 7;
inline constexpr int kMonthDays = 30;

// Users active on the day (DAU), and on the 7 (WAU) and 30 days (MAU) that end with it.
struct ActiveUsers {
  absl::CivilDay day;
  int64_t daily = 0, weekly = 0, monthly = 0;
  // DAU/MAU; undefined without active users.
  std::optional<double> stickiness() const;
};

// For each day of `days`. Three unions of sets a day, however long the trailing days are. Some of the days are held at a time, for some of
// the users; the days before them, which the trailing ones need, are read again. `among`: only of these users; nullptr: of all.
absl::StatusOr<std::vector<ActiveUsers>> AnswerActiveUsers(Snapshot& snapshot, const std::vector<Selection>& definition, Days days,
                                                           const Roaring* among, const Calendar& calendar);

// What became of users from one interval to the next: active = fresh + retained + resurrected, and churned = active_before − retained.
struct Growth {
  Window interval;
  int64_t active = 0;
  int64_t active_before = 0;
  // The first event that counts, ever.
  int64_t fresh = 0;
  // Active in the interval before as well.
  int64_t retained = 0;
  // Neither.
  int64_t resurrected = 0;
  int64_t churned = 0;
};

// For each interval of the granularity, a day or longer, in the days. What is before the first one is its whole calendar unit before.
absl::StatusOr<std::vector<Growth>> AnswerGrowth(Snapshot& snapshot, const std::vector<Selection>& definition, Days days,
                                                 Granularity granularity, const Roaring* among, const Calendar& calendar);

enum class GrowthPart : uint8_t { kActive, kNew, kRetained, kResurrected, kChurned };
// The users behind one of them in the interval of that index.
absl::StatusOr<Roaring> UsersOfGrowth(Snapshot& snapshot, const std::vector<Selection>& definition, Days days, Granularity granularity,
                                      const Roaring* among, const Calendar& calendar, size_t interval, GrowthPart part);
// Those active on the `trailing` days that end with the day.
absl::StatusOr<Roaring> UsersOfActiveUsers(Snapshot& snapshot, const std::vector<Selection>& definition, absl::CivilDay day, int trailing,
                                           const Roaring* among, const Calendar& calendar);

}  // namespace heitie::metrics::analysis

#endif  // HEITIE_SERVICES_METRICS_ANALYSIS_ACTIVITY_LEVEL_H_
