#include "services/personnel/onboarding/cadence.h"

#include <algorithm>

#include "common/time/day.h"
#include "heitie/personnel/v1/sharing_series.pb.h"
#include "services/personnel/training/course.h"

namespace heitie::personnel {
namespace {

using v1::SharingSeries;

// The first such day of the week from a day on.
absl::CivilDay WeekdayFrom(absl::CivilDay day, int weekday) {
  const int at = static_cast<int>(absl::GetWeekday(day)) + 1;  // absl counts from Monday, 0
  return day + (weekday - at + 7) % 7;
}

}  // namespace

absl::CivilDay NextDayOf(const SharingSeries& series, absl::CivilDay after) {
  const absl::CivilDay start = time::ToDay(series.start_date());
  const absl::CivilDay from = std::max(start, after + 1);
  switch (series.cadence()) {
    case SharingSeries::CADENCE_BIWEEKLY: {
      const absl::CivilDay first = WeekdayFrom(start, series.weekday());
      return from <= first ? first : first + (from - first + 13) / 14 * 14;
    }
    case SharingSeries::CADENCE_MONTHLY: {
      const absl::CivilMonth month(from);
      const absl::CivilDay day = WeekdayFrom(absl::CivilDay(month), series.weekday());
      return day >= from ? day : WeekdayFrom(absl::CivilDay(month + 1), series.weekday());
    }
    default:
      return WeekdayFrom(from, series.weekday());
  }
}

bool AsleepOn(const SharingSeries& series, absl::CivilDay today, int cadences) {
  const absl::CivilDay since = time::ToDay(series.has_last_held_date() ? series.last_held_date() : series.start_date());
  switch (series.cadence()) {
    case SharingSeries::CADENCE_BIWEEKLY:
      return today > since + 14 * cadences;
    case SharingSeries::CADENCE_MONTHLY:
      return today > AddMonths(since, cadences);
    default:
      return today > since + 7 * cadences;
  }
}

std::optional<std::string> HostOf(const SharingSeries& series, int64_t n, const std::function<bool(const std::string& host)>& can) {
  for (int i = 0; i < series.hosts_size(); ++i) {
    const std::string& host = series.hosts(static_cast<int>((n + i) % series.hosts_size()));
    if (can(host)) return host;
  }
  return std::nullopt;
}

}  // namespace heitie::personnel
