// Which database answers questions: one that follows the service's own, as long as it has seen what the question asks for, else the own
// one.
#ifndef HEITIE_SERVICES_METRICS_ENGINE_READERS_H_
#define HEITIE_SERVICES_METRICS_ENGINE_READERS_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/rpc/call.h"
#include "common/sql/database.h"
#include "common/status/status.h"
#include "services/metrics/engine/version.h"

namespace heitie::metrics {

extern const status::Reason kBadVersion;     // {version}
extern const status::Reason kVersionBehind;  // {version}

// Thread-safe.
class Readers {
 public:
  Readers(sql::Database& own, std::vector<sql::Database*> replicas) : own_(own), replicas_(replicas.size()) {
    for (size_t i = 0; i < replicas.size(); ++i) replicas_[i].database = replicas[i];
  }

  // Reads a snapshot of one moment, whose position it is told.
  using Work = std::function<absl::Status(sql::Session& session, int64_t position)>;
  // Runs `work` on a snapshot that has reached the version (VersionText). A follower is given a fraction of a second to reach it; then, or
  // when it does not answer or lacks what the question names, the own database is asked. VERSION_BEHIND when that has not reached it
  // either, as a node of a cluster may for a moment, or a backup that was restored. BAD_VERSION.
  absl::Status Read(const rpc::Call& call, const std::string& min_version, const Work& work);
  // On the own database.
  absl::Status ReadOwn(const rpc::Call& call, const Work& work);

  // How many questions a follower has answered.
  int64_t followed() const { return followed_; }

 private:
  struct Replica {
    sql::Database* database = nullptr;
    // It failed, and is left alone until then; microseconds since 1970.
    std::atomic<int64_t> rests_until = 0;
  };
  // Runs the work when the database has reached the version within the time; whether it has.
  static absl::StatusOr<bool> Try(sql::Database& database, absl::Time deadline, absl::Duration patience, const Version& version,
                                  const Work& work);

  sql::Database& own_;
  std::vector<Replica> replicas_;
  std::atomic<size_t> turn_ = 0;
  std::atomic<int64_t> followed_ = 0;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_ENGINE_READERS_H_
