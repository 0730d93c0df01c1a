#include "services/metrics/collection/business_day.h"

#include "common/status/macros.h"

namespace heitie::metrics {

const status::Reason kTimeZoneChanged{absl::StatusCode::kFailedPrecondition, "TIME_ZONE_CHANGED",
                                      "The stored figures are by the days of {stored}, not of {zone}.",
                                      "已存資料以 {stored} 的日界計算，而非 {zone}。"};

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

}  // namespace heitie::metrics
