#include "services/personnel/rights/access_policy.h"

#include "services/personnel/rights/managers.h"

namespace heitie::personnel {

// What the contract demands of the fields is all that there is to check of a version by itself.
AccessPolicies::AccessPolicies(record::Store& store, const ManagerRule& managers)
    : versions_(store, kShippedPolicy, [](const v1::AccessPolicy&) { return absl::OkStatus(); }) {
  versions_.SetPublishCheck(
      [&managers](record::Transaction& tx, const v1::AccessPolicy& version) { return managers.CheckPolicy(tx, version); });
}

void AccessPolicies::Bind(record::Methods& methods) { versions_.Bind<v1::PublishAccessPolicyRequest>(methods); }

}  // namespace heitie::personnel
