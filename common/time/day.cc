#include "common/time/day.h"

#include "common/time/zone.h"

namespace heitie::time {

bool IsValid(const google::type::Date& date) {
  if (date.year() < 1970 || date.year() > 9999) return false;
  const absl::CivilDay day = ToDay(date);  // What is no date, such as 31 April, becomes another one.
  return day.year() == date.year() && day.month() == date.month() && day.day() == date.day();
}

std::optional<absl::CivilDay> ParseDay(const std::string& text) {
  absl::CivilDay day;
  if (!absl::ParseCivilTime(text, &day) || day.year() < 1000 || day.year() > 9999 || DayText(day) != text) return std::nullopt;
  return day;
}

absl::CivilDay ToDay(const google::type::Date& date) { return absl::CivilDay(date.year(), date.month(), date.day()); }

google::type::Date ToDate(absl::CivilDay day) {
  google::type::Date date;
  date.set_year(static_cast<int32_t>(day.year()));
  date.set_month(day.month());
  date.set_day(day.day());
  return date;
}

std::string DayText(absl::CivilDay day) { return absl::FormatCivilTime(day); }

absl::TimeZone ZoneOf(const std::string& name) { return FindZone(name).value_or(absl::UTCTimeZone()); }

google::type::Date DateOf(absl::Time time, const std::string& time_zone) { return ToDate(absl::ToCivilDay(time, ZoneOf(time_zone))); }

}  // namespace heitie::time
