// A new matrix: what it would change, that nobody publishes it unseen, and that each open risk is rated anew once (policy R2).
#ifndef HEITIE_SERVICES_RISK_REGISTER_RERATINGS_H_
#define HEITIE_SERVICES_RISK_REGISTER_RERATINGS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "heitie/risk/v1/assessment.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_matrix.pb.h"
#include "services/risk/policy/risk_policy.h"
#include "services/risk/quantity/assessment_duty.h"
#include "services/risk/quantity/risk_matrix.h"

namespace heitie::risk {

// Thread-safe.
class Reratings {
 public:
  // Demands a preview of what is published, and handles the job that rates the open risks when it comes into force.
  Reratings(record::Store& store, job::Runner& jobs, RiskMatrices& matrices, const record::Kind<v1::Risk>& risks,
            const record::Kind<v1::Assessment>& assessments, const RiskPolicies& policies, const AssessmentDuties& duties);
  void Bind(record::Methods& methods);

 private:
  absl::StatusOr<v1::RiskMatrixPreview> Preview(record::Transaction& tx, const v1::PreviewRiskMatrixRequest& request);
  absl::Status CheckPreview(record::Transaction& tx, const v1::RiskMatrix& published) const;
  absl::StatusOr<std::vector<v1::Risk>> OpenRisks(sql::Session& session) const;
  job::Outcome RateAll(const rpc::Call& call, const job::Job& job);
  // Rates these anew, in statements of many rows.
  absl::Status RateSome(record::Transaction& tx, const std::vector<std::string>& risks, const v1::RiskMatrix& matrix) const;

  record::Store& store_;
  const RiskMatrices& matrices_;
  const record::Kind<v1::Risk>& risks_;
  const record::Kind<v1::Assessment>& assessments_;
  const RiskPolicies& policies_;
  const AssessmentDuties& duties_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_REGISTER_RERATINGS_H_
