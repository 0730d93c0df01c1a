// When a failed call may be made again.
#ifndef HEITIE_COMMON_CLIENT_RETRY_H_
#define HEITIE_COMMON_CLIENT_RETRY_H_

#include <atomic>
#include <string>

#include "absl/time/time.h"
#include "google/protobuf/message.h"

namespace heitie::client {

inline constexpr int kMaxAttempts = 3;

// True when doing it twice is as good as doing it once: the method `package.Service/Method` of a contract only reads (rpc::OnlyReads), or
// the request carries a request_id (AIP-155).
bool IsIdempotent(const std::string& method, const google::protobuf::Message& request);

// How long to wait before attempt `attempt` (2 is the first retry): 50 ms, doubled each time, times a random factor from 0.5 to 1.5, so
// that clients that failed together do not come back together.
absl::Duration Backoff(int attempt);

// Keeps retries at no more than a tenth of the recent calls, so that they do not keep down a target that is down. Thread-safe.
class RetryBudget {
 public:
  // Every call earns a tenth of a retry.
  void Earn();
  // False when no retry is left; else takes it.
  bool Spend();

 private:
  // In tenths of a retry. What can be saved up covers a short outage of a target that is seldom called.
  static constexpr int kCost = 10;
  static constexpr int kMost = 10 * kCost;
  std::atomic<int> tenths_{kMost};
};

}  // namespace heitie::client

#endif  // HEITIE_COMMON_CLIENT_RETRY_H_
