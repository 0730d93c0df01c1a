// Who is told of what cannot wait any longer, and who has taken note (policy A3, W11, W12).
#ifndef HEITIE_SERVICES_ACTIVITY_CLOCK_ESCALATIONS_H_
#define HEITIE_SERVICES_ACTIVITY_CLOCK_ESCALATIONS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/people/directory.h"
#include "common/record/kind.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/activity/v1/escalation.pb.h"
#include "services/activity/preparation/activity.h"

namespace heitie::activity {

extern const status::Reason kNotYourEscalation;  // {escalation}

const record::StateMachine& EscalationMachine();

// Thread-safe.
class Escalations {
 public:
  Escalations(const service::Context& context, Activities& activities);
  void Bind(record::Methods& methods);

  struct Recipients {
    // The subject's owner, and whether she is told.
    std::string owner_name;
    bool owner = false;
    bool activity_owner = false, managers = false;
    std::vector<std::string> employees;
  };
  // One record for each recipient, each person once. `what` is all but capacity and recipient; its activity's owner is looked up. An owner
  // who is not there, or has left, is replaced by the activity's owner, and anybody else by the managers.
  absl::Status Tell(record::Transaction& tx, const v1::Escalation& what, const Recipients& recipients) const;

 private:
  absl::StatusOr<v1::Escalation> Acknowledge(record::Transaction& tx, const v1::AcknowledgeEscalationRequest& request);

  const people::Directory& people_;
  Activities& activities_;
  record::Kind<v1::Escalation> escalations_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_CLOCK_ESCALATIONS_H_
