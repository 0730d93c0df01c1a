// The terms of preparation as a rule set (policy A1, A2): who is told of what is late, and when the gate is tried before a launch.
#ifndef HEITIE_SERVICES_ACTIVITY_PREPARATION_PREPARATION_POLICY_H_
#define HEITIE_SERVICES_ACTIVITY_PREPARATION_PREPARATION_POLICY_H_

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/record/rule_set.h"
#include "heitie/activity/v1/preparation_policy.pb.h"
#include "services/activity/clock/business_calendars.h"

namespace heitie::activity {

// Thread-safe.
class PreparationPolicies {
 public:
  PreparationPolicies(record::Store& store, const BusinessCalendars& calendars);
  PreparationPolicies(const PreparationPolicies&) = delete;
  void Bind(record::Methods& methods) { policies_.Bind<v1::PublishPreparationPolicyRequest>(methods); }

  absl::StatusOr<v1::PreparationPolicy> InForce(sql::Session& session, absl::Time at) const { return policies_.InForce(session, at); }

 private:
  record::RuleSet<v1::PreparationPolicy> policies_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_PREPARATION_PREPARATION_POLICY_H_
