// Terms of careers as versions of a rule set, of which the first comes with the schema (policy H6, S2).
#ifndef HEITIE_SERVICES_PERSONNEL_CAREER_CAREER_POLICY_H_
#define HEITIE_SERVICES_PERSONNEL_CAREER_CAREER_POLICY_H_

#include <algorithm>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/record/rule_set.h"
#include "common/service/main.h"
#include "heitie/personnel/v1/career_policy.pb.h"
#include "services/personnel/appraisal/policy.h"

namespace heitie::personnel {

// Thread-safe.
class CareerPolicies {
 public:
  CareerPolicies(const service::Context& context, const AppraisalPolicies& appraisal_policies);
  void Bind(record::Methods& methods);
  // The version in force at an instant; there always is one.
  absl::StatusOr<v1::CareerPolicy> InForce(sql::Session& sql, absl::Time at) const { return versions_.InForce(sql, at); }
  // The midnight with which a day ends, in the business time zone; of days at the end of all that can be stored one that can be.
  absl::Time EndOf(absl::CivilDay day) const { return absl::FromCivil(std::min(day, absl::CivilDay(9999, 12, 30)) + 1, zone_); }
  absl::CivilDay DayOf(absl::Time time) const { return absl::ToCivilDay(time, zone_); }

 private:
  const absl::TimeZone zone_;
  record::RuleSet<v1::CareerPolicy> versions_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CAREER_CAREER_POLICY_H_
