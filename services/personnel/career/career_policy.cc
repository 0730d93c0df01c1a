#include "services/personnel/career/career_policy.h"

#include "absl/status/status.h"

namespace heitie::personnel {
namespace {

// What each number may be says the contract, and no two of them must fit together.
absl::Status CheckCareerTerms(const v1::CareerPolicy&) { return absl::OkStatus(); }

}  // namespace

CareerPolicies::CareerPolicies(const service::Context& context)
    : zone_(context.time_zone), versions_(context.store, "careerPolicies/default", CheckCareerTerms) {}

void CareerPolicies::Bind(record::Methods& methods) { versions_.Bind<v1::PublishCareerPolicyRequest>(methods); }

}  // namespace heitie::personnel
