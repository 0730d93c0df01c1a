// What alerts of metrics mean for activities (policy A2, W4): one alert is one incident, and at a guardrail a LIVE activity is paused.
#ifndef HEITIE_SERVICES_ACTIVITY_INCIDENT_ALERTS_H_
#define HEITIE_SERVICES_ACTIVITY_INCIDENT_ALERTS_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/event/reactions.h"
#include "common/service/main.h"
#include "heitie/activity/v1/incident.pb.h"
#include "heitie/metrics/v1/alert.pb.h"
#include "services/activity/incident/incidents.h"
#include "services/activity/preparation/activity.h"

namespace heitie::activity {

// Thread-safe.
class Alerts {
 public:
  // Takes an alert in place of the incident that it would be of itself; false: it is none of its business. The activity is locked.
  using Taking = std::function<absl::StatusOr<bool>(record::Transaction&, const v1::Activity&, const metrics::v1::Alert&)>;

  // Registers what is done about changes of alerts.
  Alerts(const service::Context& context, Activities& activities, Incidents& incidents);
  Alerts(const Alerts&) = delete;
  void TakenBy(Taking taking) { takings_.push_back(std::move(taking)); }

 private:
  absl::Status OnAlert(const rpc::Call& call, const event::Change<metrics::v1::Alert>& change);
  // Makes the incident, or notes what has become of its alert. `begins`: the alert was opened or has come back.
  absl::Status Keep(record::Transaction& tx, const v1::Activity& activity, const metrics::v1::Alert& alert, bool begins);

  record::Store& store_;
  Activities& activities_;
  Incidents& incidents_;
  std::vector<Taking> takings_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_INCIDENT_ALERTS_H_
