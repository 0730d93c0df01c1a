// The numbers by which recruitment goes as versions of a rule set, of which the first comes with the schema (policy H2).
#ifndef HEITIE_SERVICES_PERSONNEL_RECRUITMENT_RECRUITMENT_POLICY_H_
#define HEITIE_SERVICES_PERSONNEL_RECRUITMENT_RECRUITMENT_POLICY_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/rule_set.h"
#include "heitie/personnel/v1/recruitment_policy.pb.h"

namespace heitie::personnel {

// Thread-safe.
class RecruitmentPolicies {
 public:
  explicit RecruitmentPolicies(record::Store& store);
  void Bind(record::Methods& methods);
  // The version in force at an instant; there always is one.
  absl::StatusOr<v1::RecruitmentPolicy> InForce(sql::Session& sql, absl::Time at) const { return versions_.InForce(sql, at); }

 private:
  record::RuleSet<v1::RecruitmentPolicy> versions_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_RECRUITMENT_RECRUITMENT_POLICY_H_
