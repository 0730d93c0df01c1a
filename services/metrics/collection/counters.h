// The live counters of an activity (policy A2).
#ifndef HEITIE_SERVICES_METRICS_COLLECTION_COUNTERS_H_
#define HEITIE_SERVICES_METRICS_COLLECTION_COUNTERS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "services/metrics/engine/rollup.h"

namespace heitie::metrics {

// Figures by name of event.
using EventCells = std::map<std::string, Cell>;

// The tracking with every default in place of what is not set.
v1::ActivityTracking WithDefaults(v1::ActivityTracking tracking);
// The events that `tracking` (with defaults) names, each once.
std::vector<std::string> TrackedEvents(const v1::ActivityTracking& tracking);
// BAD_DATE_RANGE.
absl::Status CheckTracking(const v1::ActivityTracking& tracking);
// Counters and rates by `tracking` (with defaults). Rates without denominator are absent.
v1::ActivityCounters CountActivity(const v1::ActivityTracking& tracking, const EventCells& cells);

// Thread-safe.
class Counters {
 public:
  explicit Counters(record::Store& store) : store_(store), trackings_(store) {}
  void Bind(record::Methods& methods);

  // The counters as they are now; figures, version and tracking are of one moment.
  absl::StatusOr<v1::ActivityCounters> Read(absl::Time deadline, const std::string& activity, absl::Time now) const;
  // How the activity is counted, without defaults, and the version of its counters, as the session sees them.
  absl::StatusOr<v1::ActivityTracking> TrackingOf(sql::Session& session, const std::string& activity) const;
  absl::StatusOr<int64_t> VersionOf(sql::Session& session, const std::string& activity) const;
  // The versions of the counters of `activities`; those of version 0 are left out.
  absl::StatusOr<std::map<std::string, int64_t>> Versions(absl::Time deadline, const std::vector<std::string>& activities) const;

 private:
  absl::StatusOr<v1::ActivityTracking> Set(record::Transaction& tx, const v1::SetActivityTrackingRequest& request);
  absl::StatusOr<v1::ActivityCounters> Get(const rpc::Call& call, const v1::GetActivityCountersRequest& request);

  record::Store& store_;
  record::Kind<v1::ActivityTracking> trackings_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_COLLECTION_COUNTERS_H_
