// Versions of the numbers by which effects are judged (policy M3): rules as data, of which the first comes with the schema.
#ifndef HEITIE_SERVICES_METRICS_OPTIMISATION_EVALUATION_POLICY_H_
#define HEITIE_SERVICES_METRICS_OPTIMISATION_EVALUATION_POLICY_H_

#include "absl/status/statusor.h"
#include "common/record/rule_set.h"
#include "heitie/metrics/v1/evaluation_policy.pb.h"

namespace heitie::metrics {

// Thread-safe.
class EvaluationPolicies {
 public:
  explicit EvaluationPolicies(record::Store& store);
  void Bind(record::Methods& methods);
  // The version in force at an instant; there always is one.
  absl::StatusOr<v1::EvaluationPolicy> InForce(sql::Session& sql, absl::Time at) const { return versions_.InForce(sql, at); }

 private:
  record::RuleSet<v1::EvaluationPolicy> versions_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_OPTIMISATION_EVALUATION_POLICY_H_
