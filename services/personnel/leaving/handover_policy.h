// Terms of handovers as versions of a rule set (policy W14, W12).
#ifndef HEITIE_SERVICES_PERSONNEL_LEAVING_HANDOVER_POLICY_H_
#define HEITIE_SERVICES_PERSONNEL_LEAVING_HANDOVER_POLICY_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "common/record/rule_set.h"
#include "heitie/personnel/v1/handover_policy.pb.h"

namespace heitie::personnel {

// Thread-safe.
class HandoverPolicies {
 public:
  // Version 1 comes with the schema. What each number may be says the contract.
  explicit HandoverPolicies(record::Store& store)
      : versions_(store, "handoverPolicies/default", [](const v1::HandoverPolicy&) { return absl::OkStatus(); }) {}
  void Bind(record::Methods& methods) { versions_.Bind<v1::PublishHandoverPolicyRequest>(methods); }
  // The version in force at an instant; there always is one.
  absl::StatusOr<v1::HandoverPolicy> InForce(sql::Session& sql, absl::Time at) const { return versions_.InForce(sql, at); }

 private:
  record::RuleSet<v1::HandoverPolicy> versions_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_LEAVING_HANDOVER_POLICY_H_
