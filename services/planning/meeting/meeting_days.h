// On which days a series meets, by its rule and a business calendar. Pure functions.
#ifndef HEITIE_SERVICES_PLANNING_MEETING_MEETING_DAYS_H_
#define HEITIE_SERVICES_PLANNING_MEETING_MEETING_DAYS_H_

#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/status/status.h"
#include "common/time/business_calendar.h"
#include "heitie/planning/v1/meeting_series.pb.h"

namespace heitie::planning {

// What is wrong with a schedule, every bad field of it at once.
void CheckSchedule(const v1::MeetingSchedule& schedule, const std::string& path, status::BadFields& bad);

struct MeetingDay {
  absl::CivilDay rule_date;
  absl::CivilDay day;
  // Rule dates that were moved onto the day, besides the meeting's own.
  std::vector<absl::CivilDay> joined;
};
// The meetings whose rule dates are in [from, until], in the order of those. Of several that come to one day the one whose rule date it is
// stands for the others, else the first.
std::vector<MeetingDay> MeetingDaysOf(const v1::MeetingSchedule& schedule, const time::BusinessCalendar& calendar, absl::CivilDay from,
                                      absl::CivilDay until);

// Whether a series that has meetings up to its horizon meets again later, by its rule.
bool MeetsLater(const v1::MeetingSeries& series);

// When a meeting on a day begins. In a gap of the clock, as if it had not been moved; in a repeated hour, the first of the two (RFC 5545).
absl::Time StartOfMeeting(const v1::MeetingSchedule& schedule, absl::CivilDay day);

// The latest instant from which `amount` of working time is left until `at`; a year before it, where there is not so much.
absl::Time WorkingBefore(const time::BusinessCalendar& calendar, absl::Time at, absl::Duration amount);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_MEETING_MEETING_DAYS_H_
