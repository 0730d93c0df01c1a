// Two risks that turn out to be one (policy R1).
#ifndef HEITIE_SERVICES_RISK_REGISTER_MERGING_H_
#define HEITIE_SERVICES_RISK_REGISTER_MERGING_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "heitie/risk/v1/assessment.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "services/risk/policy/risk_policy.h"
#include "services/risk/quantity/assessment_duty.h"
#include "services/risk/quantity/risk_matrix.h"

namespace heitie::risk {

// The risk in which `name` lives on: itself, or behind all mergers what it was merged into.
absl::StatusOr<v1::Risk> LivesOnIn(const record::Kind<v1::Risk>& risks, sql::Session& session, const std::string& name);
// The same for the caller, guarded together with all on the way to it. NOT_FOUND of `name` also where the caller does not see it, or not
// the one in which it lives on.
absl::StatusOr<v1::Risk> GuardLiving(const record::Kind<v1::Risk>& risks, record::Transaction& tx, const std::string& name);

// The entry of the history that gives `target` the stricter rating of the two; without a name. The rating that counts gets no better by it:
// a residual rating of the target becomes that of the source where this is worse. Nothing where its own are as strict. Pure.
std::optional<v1::Assessment> JoinedRating(const v1::Risk& target, const v1::Risk& source, const v1::RiskMatrix& matrix, absl::Time now);

// Thread-safe.
class Mergers {
 public:
  Mergers(const record::Kind<v1::Risk>& risks, const record::Kind<v1::Assessment>& assessments, const RiskMatrices& matrices,
          const RiskPolicies& policies, const AssessmentDuties& duties)
      : risks_(risks), assessments_(assessments), matrices_(matrices), policies_(policies), duties_(duties) {}
  void Bind(record::Methods& methods);

 private:
  absl::StatusOr<v1::Risk> Merge(record::Transaction& tx, const v1::MergeRiskRequest& request);
  absl::Status Join(record::Transaction& tx, const v1::Risk& source, const v1::Risk& before) const;

  const record::Kind<v1::Risk>& risks_;
  const record::Kind<v1::Assessment>& assessments_;
  const RiskMatrices& matrices_;
  const RiskPolicies& policies_;
  const AssessmentDuties& duties_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_REGISTER_MERGING_H_
