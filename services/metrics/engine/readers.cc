#include "services/metrics/engine/readers.h"

#include <algorithm>

#include "absl/time/clock.h"
#include "common/status/macros.h"

namespace heitie::metrics {

const status::Reason kBadVersion{absl::StatusCode::kInvalidArgument, "BAD_VERSION", "{version} is no version of an answer or a delivery.",
                                 "{version} 並非回應或送達所附的版本。"};
const status::Reason kVersionBehind{absl::StatusCode::kUnavailable, "VERSION_BEHIND",
                                    "What version {version} saw is not here yet; ask again.", "資料尚未更新至版本 {version}，請再次查詢。"};

namespace {

constexpr absl::Duration kFollowerPatience = absl::Milliseconds(200);
constexpr absl::Duration kOwnPatience = absl::Seconds(2);
constexpr absl::Duration kLookPause = absl::Milliseconds(10);
constexpr absl::Duration kRest = absl::Seconds(5);

// What another database may answer better: it is away, or has not seen yet what the question names.
bool MayBeBetterElsewhere(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsNotFound(status) || absl::IsInternal(status) || absl::IsAborted(status) ||
         absl::IsResourceExhausted(status);
}

}  // namespace

absl::StatusOr<bool> Readers::Try(sql::Database& database, absl::Time deadline, absl::Duration patience, const Version& version,
                                  const Work& work) {
  const absl::Time until = std::min(deadline, absl::Now() + patience);
  for (;;) {
    bool reached = false;
    RETURN_IF_ERROR(database.Snapshot(deadline, [&](sql::Session& session) -> absl::Status {
      ASSIGN_OR_RETURN(const int64_t position, ReadPosition(session));
      ASSIGN_OR_RETURN(reached, HasReached(session, position, version));
      return reached ? work(session, position) : absl::OkStatus();
    }));
    if (reached) return true;
    if (absl::Now() + kLookPause >= until) return false;
    absl::SleepFor(kLookPause);
  }
}

absl::Status Readers::Read(const rpc::Call& call, const std::string& min_version, const Work& work) {
  const std::optional<Version> version = ParseVersion(min_version);
  if (!version.has_value()) {
    status::BadFields bad;
    bad.Add("min_version", kBadVersion, {{"version", min_version}});
    return bad.status();
  }
  if (!replicas_.empty()) {
    Replica& replica = replicas_[turn_++ % replicas_.size()];
    if (absl::ToUnixMicros(absl::Now()) >= replica.rests_until) {
      const absl::StatusOr<bool> reached = Try(*replica.database, call.deadline, kFollowerPatience, *version, work);
      if (reached.ok() && *reached) {
        ++followed_;
        return absl::OkStatus();
      }
      if (!reached.ok() && !MayBeBetterElsewhere(reached.status())) return reached.status();
      if (absl::IsUnavailable(reached.status())) replica.rests_until = absl::ToUnixMicros(absl::Now() + kRest);
    }
  }
  ASSIGN_OR_RETURN(const bool reached, Try(own_, call.deadline, kOwnPatience, *version, work));
  return reached ? absl::OkStatus() : status::RetryLater(kVersionBehind, absl::Seconds(1), {{"version", min_version}});
}

absl::Status Readers::ReadOwn(const rpc::Call& call, const Work& work) {
  return Try(own_, call.deadline, absl::ZeroDuration(), {}, work).status();
}

}  // namespace heitie::metrics
