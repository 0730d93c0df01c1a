// What alerts of metrics mean for activities (policy A2, W4): one alert is one incident, and at a guardrail a LIVE activity is paused.
#ifndef HEITIE_SERVICES_ACTIVITY_WATCH_INCIDENT_H_
#define HEITIE_SERVICES_ACTIVITY_WATCH_INCIDENT_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/event/reactions.h"
#include "common/record/methods.h"
#include "common/record/state_machine.h"
#include "common/service/main.h"
#include "heitie/activity/v1/incident.pb.h"
#include "heitie/metrics/v1/alert.pb.h"
#include "services/activity/preparation/activity.h"

namespace heitie::activity {

const record::StateMachine& IncidentMachine();

// Thread-safe.
class Incidents {
 public:
  // Registers what is done about changes of alerts, and the job that pauses an activity once its launch is over.
  Incidents(const service::Context& context, Activities& activities);
  void Bind(record::Methods& methods);

 private:
  absl::StatusOr<v1::Incident> Close(record::Transaction& tx, const v1::CloseIncidentRequest& request);
  absl::Status OnAlert(const rpc::Call& call, const event::Change<metrics::v1::Alert>& change);
  // Makes the incident, or notes what has become of its alert.
  absl::Status Follow(record::Transaction& tx, const v1::Activity& activity, const metrics::v1::Alert& alert);
  // Pauses the activity of an incident that is open at a guardrail, or plans to when a launch is under way.
  absl::Status PauseFor(record::Transaction& tx, const std::string& incident);

  record::Store& store_;
  Activities& activities_;
  record::Kind<v1::Incident> incidents_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_WATCH_INCIDENT_H_
