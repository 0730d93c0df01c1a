// Versions of the access policy: in which mode the doors of all services judge, and how long a delegation may last (policy H1). The first
// comes with the schema and reports.
#ifndef HEITIE_SERVICES_PERSONNEL_RIGHTS_ACCESS_POLICY_H_
#define HEITIE_SERVICES_PERSONNEL_RIGHTS_ACCESS_POLICY_H_

#include "absl/status/statusor.h"
#include "common/record/rule_set.h"
#include "heitie/personnel/v1/access_policy.pb.h"

namespace heitie::personnel {

class ManagerRule;

// Stands for the set (Kind::Guard).
inline constexpr char kShippedPolicy[] = "accessPolicies/default";

// Thread-safe.
class AccessPolicies {
 public:
  AccessPolicies(record::Store& store, const ManagerRule& managers);
  void Bind(record::Methods& methods);
  // The version in force at an instant; there always is one.
  absl::StatusOr<v1::AccessPolicy> InForce(sql::Session& sql, absl::Time at) const { return versions_.InForce(sql, at); }

 private:
  record::RuleSet<v1::AccessPolicy> versions_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_RIGHTS_ACCESS_POLICY_H_
