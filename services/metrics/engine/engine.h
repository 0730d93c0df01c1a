// The store of events and measurements as a whole: what keeps it in shape in the background, and how questions look at it.
#ifndef HEITIE_SERVICES_METRICS_ENGINE_ENGINE_H_
#define HEITIE_SERVICES_METRICS_ENGINE_ENGINE_H_

#include <functional>

#include "absl/status/status.h"
#include "common/service/main.h"
#include "services/metrics/engine/database_snapshot.h"
#include "services/metrics/engine/user_directory.h"

namespace heitie::metrics {

// Thread-safe.
class Engine {
 public:
  // Plans its recurring jobs.
  explicit Engine(const service::Context& context);

  UserDirectory& directory() { return directory_; }
  // Runs `ask` on the state of one moment; it may run again when a connection is lost.
  absl::Status Look(const rpc::Call& call, const std::function<absl::Status(Snapshot&)>& ask);
  LookAt look() {
    return [this](const rpc::Call& call, const std::function<absl::Status(Snapshot&)>& ask) { return Look(call, ask); };
  }

 private:
  job::Outcome Fold(const rpc::Call& call);
  job::Outcome Move(const rpc::Call& call);

  const service::Context& context_;
  UserDirectory directory_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_ENGINE_ENGINE_H_
