#include "common/time/instant.h"

#include "common/time/day.h"
#include "google/protobuf/util/time_util.h"

namespace heitie::time {

using google::protobuf::util::TimeUtil;

bool IsValid(const google::protobuf::Timestamp& timestamp) {
  return timestamp.seconds() >= 0 && timestamp.seconds() <= TimeUtil::kTimestampMaxSeconds && timestamp.nanos() >= 0 &&
         timestamp.nanos() <= 999'999'999;
}

absl::Time ToTime(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixMicros(TimeUtil::TimestampToMicroseconds(timestamp));
}

google::protobuf::Timestamp ToTimestamp(absl::Time time) { return TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time)); }

std::string InstantText(absl::Time time) { return absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone()); }

std::string LocalText(absl::Time time, const std::string& time_zone) {
  return absl::FormatTime("%Y-%m-%d %H:%M %Ez", time, ZoneOf(time_zone));
}

}  // namespace heitie::time
