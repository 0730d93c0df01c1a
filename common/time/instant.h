// Instants: google.protobuf.Timestamp of the contracts, absl::Time of the code. At the microsecond that the database keeps; what is finer
// is cut off.
#ifndef HEITIE_COMMON_TIME_INSTANT_H_
#define HEITIE_COMMON_TIME_INSTANT_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace heitie::time {

// Whether it lies in the years 1970 to 9999, as the contracts want it.
bool IsValid(const google::protobuf::Timestamp& timestamp);

absl::Time ToTime(const google::protobuf::Timestamp& timestamp);
// Of times outside the years 1 to 9999, which a Timestamp cannot tell, the nearest inside.
google::protobuf::Timestamp ToTimestamp(absl::Time time);

// What clients write, in the forms of proto3 JSON: "2026-01-31T09:30:00.5+08:00" (RFC 3339) and "-1.5s". Nothing when the text is
// another, or outside the years 1 to 9999 (in UTC), or beyond 315,576,000,000 s. Instead of protobuf's TimeUtil::FromString, which stops
// the process where an offset leads out of those years.
std::optional<google::protobuf::Timestamp> ParseTimestamp(const std::string& text);
std::optional<google::protobuf::Duration> ParseDuration(const std::string& text);

// RFC 3339 in UTC.
std::string InstantText(absl::Time time);
// For people, to the minute, in a zone as ZoneOf takes it: "2026-01-31 18:00 +08:00".
std::string LocalText(absl::Time time, const std::string& time_zone);

}  // namespace heitie::time

#endif  // HEITIE_COMMON_TIME_INSTANT_H_
