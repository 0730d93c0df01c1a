// Calendar days. Days of a contract are google.type.Date, checked by the door; days that are computed with are absl::CivilDay.
// Pure functions.
#pragma once

#include <string>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "google/type/date.pb.h"

namespace heitie::personnel {

using Day = absl::CivilDay;

Day ToDay(const google::type::Date& date);
google::type::Date ToDate(Day day);
// "2026-03-01".
std::string DayText(Day day);
// The day that `now` falls on in the business time zone, which is the time zone of the process (TZ).
Day DayOf(absl::Time now);

}  // namespace heitie::personnel
