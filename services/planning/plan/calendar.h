// On which days people work, by the business calendars that personnel publishes.
#ifndef HEITIE_SERVICES_PLANNING_PLAN_CALENDAR_H_
#define HEITIE_SERVICES_PLANNING_PLAN_CALENDAR_H_

#include <cstdint>

#include "absl/time/civil_time.h"
#include "common/time/business_calendar.h"

namespace heitie::planning {

// The calendar of periods that name none, which the suite comes with.
inline constexpr char kDefaultCalendar[] = "calendars/default";

// The workday with `offset` workdays in [from, it); 0 is the first workday on or after `from`, -1 the last before. Where the calendar has
// not so many, the last or first day that it knows. Cost as of BusinessCalendar's queries.
absl::CivilDay WorkdayAt(const time::BusinessCalendar& calendar, absl::CivilDay from, int64_t offset);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_PLAN_CALENDAR_H_
