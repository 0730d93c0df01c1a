// Calendar days: google.type.Date of the contracts, absl::CivilDay of the code. The door has checked that the dates of a request are whole.
// On which day an instant falls depends on a time zone.
#ifndef HEITIE_COMMON_TIME_DAY_H_
#define HEITIE_COMMON_TIME_DAY_H_

#include <optional>
#include <string>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "google/type/date.pb.h"

namespace heitie::time {

// Whether it is a whole date of the calendar from 1970 to 9999, as the contracts want it.
bool IsValid(const google::type::Date& date);
// "2026-01-31", from the year 1000 to 9999, which a DATE column holds; nothing for other texts.
std::optional<absl::CivilDay> ParseDay(const std::string& text);

absl::CivilDay ToDay(const google::type::Date& date);
google::type::Date ToDate(absl::CivilDay day);
// "2026-01-31", as a DATE column takes and gives it.
std::string DayText(absl::CivilDay day);

// The zone of a field that the contract holds to names of time zones; "" means UTC.
absl::TimeZone ZoneOf(const std::string& name);
// The calendar day of an instant in such a zone.
google::type::Date DateOf(absl::Time time, const std::string& time_zone);

}  // namespace heitie::time

#endif  // HEITIE_COMMON_TIME_DAY_H_
