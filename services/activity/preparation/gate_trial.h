// Tries the gate some time before a scheduled launch, and tells whoever answers for what would refuse (policy A2).
#ifndef HEITIE_SERVICES_ACTIVITY_PREPARATION_GATE_TRIAL_H_
#define HEITIE_SERVICES_ACTIVITY_PREPARATION_GATE_TRIAL_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "heitie/activity/v1/gate_trial.pb.h"
#include "services/activity/launch/readiness.h"
#include "services/activity/preparation/preparation_policy.h"

namespace heitie::activity {

// Who is told of what: for each precondition that would refuse, whoever answers for what it rests on; the activity's owner of all of them.
// In the order of names, the activity's owner first. Pure.
std::vector<v1::TrialNotice> NoticesOf(const GateFacts& facts, const std::vector<v1::PreconditionVerdict>& refusals);

// When to try next, by leads from the longest to the shortest: the first of `launch` less a lead that is after `now`; and the shortest lead
// whose time has come by then.
struct TrialTimes {
  std::optional<absl::Duration> due;
  std::optional<absl::Time> next;
};
TrialTimes TrialTimesOf(const v1::PreparationPolicy& policy, absl::Time launch, absl::Time now);

// Thread-safe.
class GateTrials {
 public:
  // Handles the jobs; follows the launches that are scheduled.
  GateTrials(const service::Context& context, Activities& activities, const Readiness& readiness, const PreparationPolicies& policies);
  void Bind(record::Methods& methods) { methods.Reads(trials_); }

 private:
  absl::Status OnActivity(record::Transaction& tx, const v1::Activity* before, const v1::Activity* after) const;
  job::Outcome Try(const rpc::Call& call, const job::Job& job);

  record::Store& store_;
  Activities& activities_;
  const Readiness& readiness_;
  const PreparationPolicies& policies_;
  record::Kind<v1::GateTrial> trials_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_PREPARATION_GATE_TRIAL_H_
