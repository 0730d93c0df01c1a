// Versions of what follows from appraisals (policy H7): rules as data, of which the first comes with the schema.
#ifndef HEITIE_SERVICES_PERSONNEL_OUTCOME_OUTCOME_POLICY_H_
#define HEITIE_SERVICES_PERSONNEL_OUTCOME_OUTCOME_POLICY_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/record/rule_set.h"
#include "heitie/personnel/v1/outcome_policy.pb.h"

namespace heitie::personnel {

// Thread-safe.
class OutcomePolicies {
 public:
  explicit OutcomePolicies(record::Store& store);
  void Bind(record::Methods& methods) { versions_.Bind<v1::PublishOutcomePolicyRequest>(methods); }
  // The version in force at an instant; there always is one.
  absl::StatusOr<v1::OutcomePolicy> InForce(sql::Session& sql, absl::Time at) const { return versions_.InForce(sql, at); }
  const record::Kind<v1::OutcomePolicy>& kind() const { return versions_.kind(); }

 private:
  record::RuleSet<v1::OutcomePolicy> versions_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_OUTCOME_OUTCOME_POLICY_H_
