#include "services/activity/convert.h"

#include "common/time/day.h"

namespace heitie::activity {

bool IsTimeZone(const std::string& name) {
  absl::TimeZone zone;
  return name.empty() || absl::LoadTimeZone(name, &zone);
}

google::type::Date DayOf(absl::Time time, const std::string& time_zone) {
  return time::ToDate(absl::ToCivilDay(time, time::ZoneOf(time_zone)));
}

std::string Written(absl::Time time, const std::string& time_zone) {
  return absl::FormatTime("%Y-%m-%d %H:%M %Ez", time, time::ZoneOf(time_zone));
}

}  // namespace heitie::activity
