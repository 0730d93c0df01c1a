// Instants: google.protobuf.Timestamp of the contracts, absl::Time of the code. At the microsecond that the database keeps; what is finer
// is cut off.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

namespace heitie::time {

// Whether it lies in the years 1970 to 9999, as the contracts want it.
bool IsValid(const google::protobuf::Timestamp& timestamp);

absl::Time ToTime(const google::protobuf::Timestamp& timestamp);
google::protobuf::Timestamp ToTimestamp(absl::Time time);
// RFC 3339 in UTC.
std::string InstantText(absl::Time time);
// For people, to the minute, in a zone as ZoneOf takes it: "2026-01-31 18:00 +08:00".
std::string LocalText(absl::Time time, const std::string& time_zone);

}  // namespace heitie::time
