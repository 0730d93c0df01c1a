// Instants of the contract and of the code, at the microsecond that the database keeps.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "google/protobuf/util/time_util.h"

namespace heitie::risk {

inline absl::Time ToInstant(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixMicros(google::protobuf::util::TimeUtil::TimestampToMicroseconds(timestamp));
}
inline google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  return google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
}
// RFC 3339 in UTC.
inline std::string InstantText(absl::Time time) { return absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone()); }

}  // namespace heitie::risk
