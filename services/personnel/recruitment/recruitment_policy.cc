#include "services/personnel/recruitment/recruitment_policy.h"

#include "absl/status/status.h"
#include "services/personnel/candidate/candidate.h"
#include "services/personnel/candidate/contact.h"

namespace heitie::personnel {
namespace {

absl::Status CheckRecruitmentTerms(const v1::RecruitmentPolicy& policy) {
  status::BadFields bad;
  if (!IsPhoneRegion(policy.phone_region()))
    bad.Add("recruitment_policy.phone_region", kUnknownRegion, {{"region", policy.phone_region()}});
  return bad.status();
}

}  // namespace

RecruitmentPolicies::RecruitmentPolicies(record::Store& store) : versions_(store, "recruitmentPolicies/default", CheckRecruitmentTerms) {}

void RecruitmentPolicies::Bind(record::Methods& methods) { versions_.Bind<v1::PublishRecruitmentPolicyRequest>(methods); }

}  // namespace heitie::personnel
