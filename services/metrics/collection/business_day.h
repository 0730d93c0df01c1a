// Calendar days of the business time zone, the unit in which figures are kept.
#ifndef HEITIE_SERVICES_METRICS_COLLECTION_BUSINESS_DAY_H_
#define HEITIE_SERVICES_METRICS_COLLECTION_BUSINESS_DAY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/sql/database.h"
#include "common/status/status.h"

namespace heitie::metrics {

extern const status::Reason kTimeZoneChanged;  // {stored} {zone}

// Daily figures cannot be moved to other days: the first start fixes the zone of a schema. TIME_ZONE_CHANGED.
absl::Status KeepTimeZone(sql::Database& database, absl::Time deadline, absl::TimeZone zone);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_COLLECTION_BUSINESS_DAY_H_
