#include "services/metrics/optimisation/evaluation_policy.h"

#include "heitie/metrics/v1/evaluation_policy.pb.h"

namespace heitie::metrics {

// What a version may say is in the contract's rules.
EvaluationPolicies::EvaluationPolicies(record::Store& store)
    : versions_(store, "evaluationPolicies/default", [](const v1::EvaluationPolicy&) { return absl::OkStatus(); }) {}

void EvaluationPolicies::Bind(record::Methods& methods) { versions_.Bind<v1::PublishEvaluationPolicyRequest>(methods); }

}  // namespace heitie::metrics
