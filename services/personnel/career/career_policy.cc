#include "services/personnel/career/career_policy.h"

#include "absl/status/status.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/personnel/career/year_grade.h"

namespace heitie::personnel {
namespace {

absl::Status CheckCareerTerms(const v1::CareerPolicy& policy) {
  status::BadFields bad;
  if (policy.months_in_a_row() > 0 && policy.below_points() == 0) {
    bad.Add("career_policy.below_points", kHalfACondition, {{"other", "months_in_a_row"}});
  }
  return bad.status();
}

}  // namespace

CareerPolicies::CareerPolicies(const service::Context& context, const AppraisalPolicies& appraisal_policies)
    : zone_(context.time_zone), versions_(context.store, "careerPolicies/default", CheckCareerTerms) {
  versions_.SetPublishCheck([&appraisal_policies](record::Transaction& tx, const v1::CareerPolicy& version) -> absl::Status {
    ASSIGN_OR_RETURN(const v1::AppraisalPolicy policy, appraisal_policies.InForce(tx.sql, time::ToTime(version.start_time())));
    return CheckGrades(policy, {version.below_grades().begin(), version.below_grades().end()});
  });
}

void CareerPolicies::Bind(record::Methods& methods) { versions_.Bind<v1::PublishCareerPolicyRequest>(methods); }

}  // namespace heitie::personnel
