#include "services/planning/plan/calendar.h"

namespace heitie::planning {

constexpr absl::CivilDay kFirstDay(1900, 1, 1), kLastDay(2399, 12, 31);

absl::CivilDay WorkdayAt(const time::BusinessCalendar& calendar, absl::CivilDay from, int64_t offset) {
  if (offset < 0) return calendar.WorkingDayFrom(from, offset).value_or(kFirstDay);
  return calendar.WorkingDayFrom(from - 1, offset + 1).value_or(kLastDay);
}

}  // namespace heitie::planning
