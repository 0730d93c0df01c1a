// Calendar days: google.type.Date of the contracts, absl::CivilDay of the code. The door has checked that the dates of a request are whole.
// On which day an instant falls depends on a time zone.
#pragma once

#include <string>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "google/type/date.pb.h"

namespace heitie::time {

absl::CivilDay ToDay(const google::type::Date& date);
google::type::Date ToDate(absl::CivilDay day);
// "2026-01-31", as a DATE column takes and gives it.
std::string DayText(absl::CivilDay day);

// Whether `name` is an IANA time zone of this machine; "" means UTC.
bool IsTimeZone(const std::string& name);
// The zone of a name that IsTimeZone accepts.
absl::TimeZone ZoneOf(const std::string& name);
// The calendar day of an instant in a time zone that IsTimeZone accepts.
google::type::Date DateOf(absl::Time time, const std::string& time_zone);

}  // namespace heitie::time
