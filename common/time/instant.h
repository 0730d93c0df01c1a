// Instants: google.protobuf.Timestamp of the contracts, absl::Time of the code. At the microsecond that the database keeps; what is finer
// is cut off.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

namespace heitie::time {

absl::Time ToTime(const google::protobuf::Timestamp& timestamp);
google::protobuf::Timestamp ToTimestamp(absl::Time time);
// RFC 3339 in UTC.
std::string InstantText(absl::Time time);
// For people, to the minute, in a time zone that IsTimeZone accepts: "2026-01-31 18:00 +08:00".
std::string LocalText(absl::Time time, const std::string& time_zone);

}  // namespace heitie::time
