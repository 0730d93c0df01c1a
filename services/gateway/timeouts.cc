#include "services/gateway/timeouts.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "services/gateway/protocol.h"

namespace heitie::gateway {
namespace {

const status::Phrase kSeconds{"seconds such as 2.5, or a duration such as 500ms", "須為秒數（如 2.5）或時間長度（如 500ms）"};
const status::Phrase kGrpcTimeout{"a gRPC timeout such as 5S or 500m", "須為 gRPC 逾時，如 5S 或 500m"};
const status::Phrase kMilliseconds{"milliseconds", "須為毫秒數"};

// gRPC over HTTP/2: at most eight digits and a unit.
bool ParseGrpcTimeout(const std::string& text, absl::Duration* timeout) {
  int64_t amount = 0;
  if (text.size() < 2 || text.size() > 9 || text.find_first_not_of("0123456789") != text.size() - 1) return false;
  if (!absl::SimpleAtoi(text.substr(0, text.size() - 1), &amount)) return false;
  switch (text.back()) {
    case 'H':
      *timeout = absl::Hours(amount);
      return true;
    case 'M':
      *timeout = absl::Minutes(amount);
      return true;
    case 'S':
      *timeout = absl::Seconds(amount);
      return true;
    case 'm':
      *timeout = absl::Milliseconds(amount);
      return true;
    case 'u':
      *timeout = absl::Microseconds(amount);
      return true;
    case 'n':
      *timeout = absl::Nanoseconds(amount);
      return true;
    default:
      return false;
  }
}

bool ParseRequestTimeout(const std::string& text, absl::Duration* timeout) {
  const bool bare = !text.empty() && text.find_first_not_of("0123456789.") == std::string::npos;
  return absl::ParseDuration(bare ? text + "s" : text, timeout) && *timeout >= absl::ZeroDuration();
}

bool ParseConnectTimeout(const std::string& text, absl::Duration* timeout) {
  int64_t millis = 0;
  if (text.size() > 10 || text.find_first_not_of("0123456789") != std::string::npos || !absl::SimpleAtoi(text, &millis)) return false;
  *timeout = absl::Milliseconds(millis);
  return true;
}

struct TimeoutHeader {
  const char* name;
  bool (*parse)(const std::string&, absl::Duration*);
  const status::Phrase& expected;
};
const TimeoutHeader kTimeoutHeaders[] = {{"X-Request-Timeout", ParseRequestTimeout, kSeconds},
                                         {"grpc-timeout", ParseGrpcTimeout, kGrpcTimeout},
                                         {"Connect-Timeout-Ms", ParseConnectTimeout, kMilliseconds}};

}  // namespace

absl::StatusOr<absl::Time> DeadlineOf(const http::Headers& headers, absl::Time now) {
  absl::Time deadline = absl::InfiniteFuture();
  for (const TimeoutHeader& header : kTimeoutHeaders) {
    const std::string& value = headers.Get(header.name);
    if (value.empty()) continue;
    absl::Duration timeout;
    if (!header.parse(value, &timeout)) return BadHeader(header.name, header.expected);
    deadline = std::min(deadline, now + timeout);
  }
  return deadline;
}

}  // namespace heitie::gateway
