#include "services/metrics/business_day.h"

#include "common/status/macros.h"

namespace heitie::metrics {

absl::Status KeepTimeZone(sql::Database& database, absl::Time deadline, absl::TimeZone zone) {
  std::string stored;
  RETURN_IF_ERROR(database.Write(deadline, [&](sql::Session& session) -> absl::Status {
    RETURN_IF_ERROR(
        session.Execute("INSERT IGNORE INTO setting (name, value) VALUES ('business_time_zone', ?)", sql::Bind(zone.name())).status());
    return session.Query("SELECT value FROM setting WHERE name = 'business_time_zone'", {},
                         [&](const sql::Row& row) { stored = row.Text(0); });
  }));
  if (stored == zone.name()) return absl::OkStatus();
  return status::Error(kTimeZoneChanged, {{"stored", stored}, {"zone", zone.name()}});
}

absl::CivilDay DayOf(absl::Time time, absl::TimeZone zone) { return absl::ToCivilDay(time, zone); }

std::string DayText(absl::CivilDay day) { return absl::FormatCivilTime(day); }

absl::CivilDay ParseDay(const std::string& text) {
  absl::CivilDay day;
  absl::ParseCivilTime(text, &day);
  return day;
}

absl::CivilDay FromDate(const google::type::Date& date) { return absl::CivilDay(date.year(), date.month(), date.day()); }

google::type::Date ToDate(absl::CivilDay day) {
  google::type::Date date;
  date.set_year(static_cast<int>(day.year()));
  date.set_month(day.month());
  date.set_day(day.day());
  return date;
}

absl::Time FromTimestamp(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixMicros(timestamp.seconds() * 1'000'000 + timestamp.nanos() / 1000);
}

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  const int64_t micros = absl::ToUnixMicros(time);
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(micros / 1'000'000);
  timestamp.set_nanos(static_cast<int>(micros % 1'000'000) * 1000);
  return timestamp;
}

}  // namespace heitie::metrics
