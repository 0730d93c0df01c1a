#include "common/time/instant.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "common/time/day.h"

namespace heitie::time {
namespace {

// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z.
constexpr int64_t kFirstSecond = -62'135'596'800, kLastSecond = 253'402'300'799;
constexpr int64_t kMaxDurationSeconds = 315'576'000'000;  // ten thousand years

// Takes a text from its beginning, piece by piece.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : left_(text) {}

  bool done() const { return left_.empty(); }
  bool Take(char c) {
    if (left_.empty() || left_.front() != c) return false;
    left_.remove_prefix(1);
    return true;
  }
  // From `least` to `most` digits, at most 18.
  bool TakeNumber(size_t least, size_t most, int64_t* number) {
    size_t count = 0;
    for (*number = 0; count < most && count < left_.size() && left_[count] >= '0' && left_[count] <= '9'; ++count) {
      *number = *number * 10 + (left_[count] - '0');
    }
    left_.remove_prefix(count);
    return count >= least;
  }
  // ".5" in nanoseconds; zero when there is none.
  bool TakeFraction(int64_t* nanos) {
    *nanos = 0;
    if (!Take('.')) return true;
    const size_t before = left_.size();
    if (!TakeNumber(1, 9, nanos)) return false;
    for (size_t digits = before - left_.size(); digits < 9; ++digits) *nanos *= 10;
    return true;
  }

 private:
  std::string_view left_;
};

bool TakeDate(Scanner& scanner, int64_t* year, int64_t* month, int64_t* day) {
  return scanner.TakeNumber(4, 4, year) && scanner.Take('-') && scanner.TakeNumber(2, 2, month) && scanner.Take('-') &&
         scanner.TakeNumber(2, 2, day);
}

bool TakeClock(Scanner& scanner, int64_t* hour, int64_t* minute, int64_t* second) {
  return scanner.TakeNumber(2, 2, hour) && scanner.Take(':') && scanner.TakeNumber(2, 2, minute) && scanner.Take(':') &&
         scanner.TakeNumber(2, 2, second);
}

// "Z" or "+08:00", in seconds.
bool TakeOffset(Scanner& scanner, int64_t* offset) {
  *offset = 0;
  if (scanner.Take('Z')) return true;
  const bool west = scanner.Take('-');
  int64_t hours = 0, minutes = 0;
  if (!west && !scanner.Take('+')) return false;
  if (!scanner.TakeNumber(2, 2, &hours) || !scanner.Take(':') || !scanner.TakeNumber(2, 2, &minutes)) return false;
  *offset = (west ? -1 : 1) * (hours * 3600 + minutes * 60);
  return hours < 24 && minutes < 60;
}

}  // namespace

bool IsValid(const google::protobuf::Timestamp& timestamp) {
  return timestamp.seconds() >= 0 && timestamp.seconds() <= kLastSecond && timestamp.nanos() >= 0 && timestamp.nanos() <= 999'999'999;
}

absl::Time ToTime(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(std::clamp(timestamp.seconds(), kFirstSecond, kLastSecond)) + absl::Microseconds(timestamp.nanos() / 1000);
}

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  const int64_t micros = std::clamp(absl::ToUnixMicros(time), kFirstSecond * 1'000'000, kLastSecond * 1'000'000 + 999'999);
  const int64_t rest = (micros % 1'000'000 + 1'000'000) % 1'000'000;
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds((micros - rest) / 1'000'000);
  timestamp.set_nanos(static_cast<int32_t>(rest * 1000));
  return timestamp;
}

std::optional<google::protobuf::Timestamp> ParseTimestamp(const std::string& text) {
  Scanner scanner(text);
  int64_t year, month, day, hour, minute, second, nanos, offset;
  if (!TakeDate(scanner, &year, &month, &day) || !scanner.Take('T') || !TakeClock(scanner, &hour, &minute, &second) ||
      !scanner.TakeFraction(&nanos) || !TakeOffset(scanner, &offset) || !scanner.done()) {
    return std::nullopt;
  }
  const absl::CivilSecond civil(year, month, day, hour, minute, second);
  // The 30th of February would be another day.
  if (civil.month() != month || civil.day() != day || civil.hour() != hour || civil.minute() != minute || civil.second() != second) {
    return std::nullopt;
  }
  const int64_t seconds = absl::ToUnixSeconds(absl::FromCivil(civil, absl::UTCTimeZone())) - offset;
  if (seconds < kFirstSecond || seconds > kLastSecond) return std::nullopt;
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(static_cast<int32_t>(nanos));
  return timestamp;
}

std::optional<google::protobuf::Duration> ParseDuration(const std::string& text) {
  Scanner scanner(text);
  const int sign = scanner.Take('-') ? -1 : 1;
  int64_t seconds, nanos;
  if (!scanner.TakeNumber(1, 18, &seconds) || !scanner.TakeFraction(&nanos) || !scanner.Take('s') || !scanner.done()) return std::nullopt;
  if (seconds > kMaxDurationSeconds || (seconds == kMaxDurationSeconds && nanos > 0)) return std::nullopt;
  google::protobuf::Duration duration;
  duration.set_seconds(sign * seconds);
  duration.set_nanos(static_cast<int32_t>(sign * nanos));
  return duration;
}

std::string InstantText(absl::Time time) { return absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone()); }

std::string LocalText(absl::Time time, const std::string& time_zone) {
  return absl::FormatTime("%Y-%m-%d %H:%M %Ez", time, ZoneOf(time_zone));
}

}  // namespace heitie::time
