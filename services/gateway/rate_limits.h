// How many requests a second callers may make: rules by caller and by role, kept in a file that is read again when it changes.
//
//   # requests a second, then how many at once after a pause
//   role DATA_ANALYST 50 100
//   role DEPARTMENT_MEMBER 10 40
//   caller producers/shop 500 1000
//   guest 5 40
//
// Each caller has a bucket of its own, so that one caller's excess does not touch another. A line for the caller goes before those of its
// roles, of which the one with most requests counts; who has no line and a role that no line names is not limited. Who calls without login
// has a bucket for each address, by default of 5 requests a second and 40 at once. Each process counts for itself: with n gateways a caller
// has n times as much.
#ifndef HEITIE_SERVICES_GATEWAY_RATE_LIMITS_H_
#define HEITIE_SERVICES_GATEWAY_RATE_LIMITS_H_

#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/door.h"
#include "common/time/clock.h"

namespace heitie::gateway {

// A rule of the file.
struct Rate {
  double per_second = 0;
  double burst = 0;
};

struct RateRules {
  std::map<rpc::Role, Rate> roles;
  std::map<std::string, Rate> callers;
  Rate guest{5, 40};
  // Nothing for a caller without limits.
  std::optional<Rate> Of(const rpc::Principal& principal) const;
};

// INVALID_ARGUMENT with every line that is wrong and why.
absl::StatusOr<RateRules> ParseRateRules(const std::string& text);
// FAILED_PRECONDITION when the file cannot be read; else as above, with its name.
absl::StatusOr<RateRules> ReadRateRules(const std::string& file);

// Thread-safe.
class RateLimits final : public rpc::Limits {
 public:
  // Buckets at most; with more callers at once those go first that are full again, of which nobody notices anything.
  static constexpr size_t kMostCallers = 100'000;

  // `file` is looked at once a second; empty: none, and `rules` stay.
  RateLimits(RateRules rules, std::string file, const time::Clock& clock);

  absl::Status Take(const rpc::Principal& principal) override;

 private:
  struct Bucket {
    double left = 0;
    absl::Time filled;
  };

  void Reread(absl::Time now);  // under the lock, as what follows
  void ForgetFull(absl::Time now);

  const std::string file_;
  const time::Clock& clock_;
  std::mutex mutex_;
  RateRules rules_;               // guarded by mutex_, as all below
  std::string read_, complaint_;  // the text of the rules; what was said last
  absl::Time next_look_;
  absl::flat_hash_map<std::string, Bucket> buckets_;
};

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_RATE_LIMITS_H_
