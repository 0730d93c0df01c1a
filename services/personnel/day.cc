#include "services/personnel/day.h"

namespace heitie::personnel {

Day ToDay(const google::type::Date& date) { return Day(date.year(), date.month(), date.day()); }

google::type::Date ToDate(Day day) {
  google::type::Date date;
  date.set_year(static_cast<int32_t>(day.year()));
  date.set_month(day.month());
  date.set_day(day.day());
  return date;
}

std::string DayText(Day day) { return absl::FormatCivilTime(day); }

Day DayOf(absl::Time now) { return absl::ToCivilDay(now, absl::LocalTimeZone()); }

}  // namespace heitie::personnel
