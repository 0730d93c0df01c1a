// Calendar days of the business time zone, the unit in which figures are kept.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/sql/database.h"
#include "common/status/status.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"

namespace heitie::metrics {

inline constexpr status::Reason kTimeZoneChanged{
    absl::StatusCode::kFailedPrecondition, "TIME_ZONE_CHANGED", "The stored figures are by the days of {stored}, not of {zone}.",
    "已存數據以 {stored} 的日界計算，而非 {zone}。", "已存数据以 {stored} 的日界计算，而非 {zone}。"};

// Daily figures cannot be moved to other days: the first start fixes the zone of a schema. TIME_ZONE_CHANGED.
absl::Status KeepTimeZone(sql::Database& database, absl::Time deadline, absl::TimeZone zone);

absl::CivilDay DayOf(absl::Time time, absl::TimeZone zone);

// "2026-01-31", as a DATE column takes and gives it.
std::string DayText(absl::CivilDay day);
// The day of such a text; the text is the database's own.
absl::CivilDay ParseDay(const std::string& text);

// `date` is whole: year, month and day.
absl::CivilDay FromDate(const google::type::Date& date);
google::type::Date ToDate(absl::CivilDay day);

// To the microsecond, the resolution of the database; what is finer is cut off.
absl::Time FromTimestamp(const google::protobuf::Timestamp& timestamp);
google::protobuf::Timestamp ToTimestamp(absl::Time time);

}  // namespace heitie::metrics
