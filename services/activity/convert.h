// Days and times of day in an activity's time zone.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "google/type/date.pb.h"

namespace heitie::activity {

// Whether `name` is an IANA time zone of this machine; empty means UTC.
bool IsTimeZone(const std::string& name);
// The calendar day of an instant in a time zone that IsTimeZone accepts.
google::type::Date DayOf(absl::Time time, const std::string& time_zone);
// "2026-01-31 18:00 +08:00".
std::string Written(absl::Time time, const std::string& time_zone);

}  // namespace heitie::activity
