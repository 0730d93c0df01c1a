#include "services/activity/convert.h"

namespace heitie::activity {
namespace {

absl::TimeZone ZoneOf(const std::string& name) {
  absl::TimeZone zone = absl::UTCTimeZone();
  if (!name.empty()) absl::LoadTimeZone(name, &zone);
  return zone;
}

}  // namespace

absl::Time TimeOf(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

google::protobuf::Timestamp StampOf(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  const int64_t micros = absl::ToUnixMicros(time);
  timestamp.set_seconds(micros / 1000000);
  timestamp.set_nanos(static_cast<int32_t>(micros % 1000000 * 1000));
  return timestamp;
}

bool IsTimeZone(const std::string& name) {
  absl::TimeZone zone;
  return name.empty() || absl::LoadTimeZone(name, &zone);
}

google::type::Date DayOf(absl::Time time, const std::string& time_zone) {
  const absl::CivilDay day = absl::ToCivilDay(time, ZoneOf(time_zone));
  google::type::Date date;
  date.set_year(static_cast<int32_t>(day.year()));
  date.set_month(day.month());
  date.set_day(day.day());
  return date;
}

std::string Written(absl::Time time, const std::string& time_zone) {
  return absl::FormatTime("%Y-%m-%d %H:%M %Ez", time, ZoneOf(time_zone));
}

}  // namespace heitie::activity
