#include "common/time/day.h"

namespace heitie::time {

absl::CivilDay ToDay(const google::type::Date& date) { return absl::CivilDay(date.year(), date.month(), date.day()); }

google::type::Date ToDate(absl::CivilDay day) {
  google::type::Date date;
  date.set_year(static_cast<int32_t>(day.year()));
  date.set_month(day.month());
  date.set_day(day.day());
  return date;
}

std::string DayText(absl::CivilDay day) { return absl::FormatCivilTime(day); }

bool IsTimeZone(const std::string& name) {
  absl::TimeZone zone;
  return name.empty() || absl::LoadTimeZone(name, &zone);
}

absl::TimeZone ZoneOf(const std::string& name) {
  absl::TimeZone zone = absl::UTCTimeZone();
  if (!name.empty()) absl::LoadTimeZone(name, &zone);
  return zone;
}

google::type::Date DateOf(absl::Time time, const std::string& time_zone) { return ToDate(absl::ToCivilDay(time, ZoneOf(time_zone))); }

}  // namespace heitie::time
