// Versions of the numbers by which appraisals are scored and graded (policy H4–H6): rules as data, of which the first comes with the
// schema.
#ifndef HEITIE_SERVICES_PERSONNEL_APPRAISAL_POLICY_H_
#define HEITIE_SERVICES_PERSONNEL_APPRAISAL_POLICY_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/rule_set.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/appraisal_policy.pb.h"
#include "services/personnel/appraisal/grade.h"
#include "services/personnel/appraisal/score.h"

namespace heitie::personnel {

extern const status::Reason kGradesGap;       // {grade} {points} {next}
extern const status::Reason kGradesOverlap;   // {grade} {points} {next}
extern const status::Reason kEmptyGrade;      // {grade}
extern const status::Reason kDuplicateGrade;  // {grade}
extern const status::Reason kSharesNotWhole;  // {sum}
extern const status::Reason kBadCaps;         // {grade}

// Whether the grades of a version fit together; every bad field of it.
absl::Status CheckPolicy(const v1::AppraisalPolicy& policy);

// The rules of a version that has no defect, for the pure functions.
std::vector<GradeRange> GradesOf(const v1::AppraisalPolicy& policy);
QuotaRules QuotasOf(const v1::AppraisalPolicy& policy);
YearRules YearRulesOf(const v1::AppraisalPolicy& policy);

// What a version makes of a group.
v1::TryAppraisalPolicyResponse Try(const v1::AppraisalPolicy& policy, const v1::TryAppraisalPolicyRequest& request);

// Thread-safe.
class AppraisalPolicies {
 public:
  explicit AppraisalPolicies(record::Store& store);
  void Bind(record::Methods& methods);
  // The version in force at an instant; there always is one.
  absl::StatusOr<v1::AppraisalPolicy> InForce(sql::Session& sql, absl::Time at) const { return versions_.InForce(sql, at); }
  const record::Kind<v1::AppraisalPolicy>& kind() const { return versions_.kind(); }

 private:
  absl::StatusOr<v1::TryAppraisalPolicyResponse> TryVersion(const rpc::Call& call, const v1::TryAppraisalPolicyRequest& request);

  record::RuleSet<v1::AppraisalPolicy> versions_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_APPRAISAL_POLICY_H_
