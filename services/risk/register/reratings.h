// A new matrix: what it would change, that nobody publishes it unseen, and that each open risk is rated anew once (policy R2).
#ifndef HEITIE_SERVICES_RISK_REGISTER_RERATINGS_H_
#define HEITIE_SERVICES_RISK_REGISTER_RERATINGS_H_

#include <functional>
#include <set>
#include <string>
#include <utility>
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

// The activities of a project that are not over.
using ActivitiesOf = std::function<absl::StatusOr<std::vector<std::string>>(sql::Session& session, const std::string& project)>;

// Thread-safe.
class Reratings {
 public:
  // Demands a preview of what is published, and handles the job that rates the open risks when it comes into force.
  Reratings(record::Store& store, job::Runner& jobs, RiskMatrices& matrices, const record::Kind<v1::Risk>& risks,
            const record::Kind<v1::Assessment>& assessments, const RiskPolicies& policies, const AssessmentDuties& duties);
  void Bind(record::Methods& methods);
  // Before the methods are bound.
  void SetActivities(ActivitiesOf activities) { activities_ = std::move(activities); }

 private:
  absl::StatusOr<v1::RiskMatrixPreview> Preview(record::Transaction& tx, const v1::PreviewRiskMatrixRequest& request);
  absl::Status CheckPreview(record::Transaction& tx, const v1::RiskMatrix& published) const;
  absl::StatusOr<std::vector<v1::Risk>> OpenRisks(sql::Session& session) const;
  // Puts the activities of projects in their place.
  absl::Status NameActivities(sql::Session& session, v1::RiskMatrixPreview& preview) const;
  // The numbers of those that come into force before it: what is rated by one of them is rated anew. One that was published later may be
  // among them.
  absl::StatusOr<std::set<int64_t>> Before(sql::Session& session, const v1::RiskMatrix& matrix) const;
  job::Outcome RateAll(const rpc::Call& call, const job::Job& job);
  // Rates those of these anew that are rated by one of `earlier`, in statements of many rows.
  absl::Status RateSome(record::Transaction& tx, const std::vector<std::string>& risks, const v1::RiskMatrix& matrix,
                        const std::set<int64_t>& earlier) const;

  record::Store& store_;
  const RiskMatrices& matrices_;
  const record::Kind<v1::Risk>& risks_;
  const record::Kind<v1::Assessment>& assessments_;
  const RiskPolicies& policies_;
  const AssessmentDuties& duties_;
  ActivitiesOf activities_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_REGISTER_RERATINGS_H_
