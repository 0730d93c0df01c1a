// Calendars for the tests: Monday to Friday without the holidays, and make-up workdays 調休.
#ifndef HEITIE_SERVICES_PLANNING_PLAN_CALENDAR_FOR_TEST_H_
#define HEITIE_SERVICES_PLANNING_PLAN_CALENDAR_FOR_TEST_H_

#include <vector>

#include "common/test/fixture.h"
#include "common/time/calendar_rules.h"
#include "common/time/day.h"

namespace heitie::planning {

inline type::v1::BusinessCalendar RulesForTest(const std::vector<absl::CivilDay>& holidays = {},
                                               const std::vector<absl::CivilDay>& makeup_workdays = {}) {
  auto rules = test::Proto<type::v1::BusinessCalendar>(R"pb(
    time_zone: "Asia/Taipei"
    week {
      days: [ MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY ]
      windows { open: "09:00" close: "18:00" }
    })pb");
  for (const absl::CivilDay day : holidays) *rules.add_holidays()->mutable_date() = time::ToDate(day);
  for (const absl::CivilDay day : makeup_workdays) {
    auto& special = *rules.add_special_days();
    *special.mutable_date() = time::ToDate(day);
    *special.add_windows() = rules.week(0).windows(0);
  }
  return rules;
}

inline time::BusinessCalendar CalendarForTest(const std::vector<absl::CivilDay>& holidays = {},
                                              const std::vector<absl::CivilDay>& makeup_workdays = {}) {
  return time::BusinessCalendar::Make({{absl::InfinitePast(), time::RulesOf(RulesForTest(holidays, makeup_workdays)).value()}}).value();
}

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_PLAN_CALENDAR_FOR_TEST_H_
