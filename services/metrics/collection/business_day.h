// Calendar days of the business time zone, the unit in which figures are kept.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/sql/database.h"
#include "common/status/status.h"

namespace heitie::metrics {

inline constexpr status::Reason kTimeZoneChanged{
    absl::StatusCode::kFailedPrecondition, "TIME_ZONE_CHANGED", "The stored figures are by the days of {stored}, not of {zone}.",
    "已存數據以 {stored} 的日界計算，而非 {zone}。", "已存数据以 {stored} 的日界计算，而非 {zone}。"};

// Daily figures cannot be moved to other days: the first start fixes the zone of a schema. TIME_ZONE_CHANGED.
absl::Status KeepTimeZone(sql::Database& database, absl::Time deadline, absl::TimeZone zone);

// The day of a text "2026-01-31"; the text is the database's own.
absl::CivilDay ParseDay(const std::string& text);

}  // namespace heitie::metrics
