// What people see of all risks together, and why of one (policy R1, R2, W12).
#ifndef HEITIE_SERVICES_RISK_VIEW_VIEWS_H_
#define HEITIE_SERVICES_RISK_VIEW_VIEWS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "heitie/risk/v1/assessment.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_view.pb.h"
#include "services/risk/policy/risk_policy.h"
#include "services/risk/quantity/risk_matrix.h"

namespace heitie::risk {

// Thread-safe.
class Views {
 public:
  Views(record::Store& store, const record::Kind<v1::Risk>& risks, const record::Kind<v1::Assessment>& assessments,
        const RiskMatrices& matrices, const RiskPolicies& policies)
      : store_(store), risks_(risks), assessments_(assessments), matrices_(matrices), policies_(policies) {}
  void Bind(record::Methods& methods);

 private:
  absl::StatusOr<v1::HeatMap> HeatMapAt(const rpc::Call& call, const v1::ComputeHeatMapRequest& request);
  absl::StatusOr<v1::Overdue> OverdueNow(const rpc::Call& call, const v1::ComputeOverdueRequest& request);
  absl::StatusOr<v1::RiskLevelExplanation> Explain(const rpc::Call& call, const v1::ExplainRiskLevelRequest& request);
  // Every risk as it stood after what had been done by `at`.
  absl::StatusOr<std::vector<v1::Risk>> AsOf(sql::Session& session, absl::Time at) const;

  record::Store& store_;
  const record::Kind<v1::Risk>& risks_;
  const record::Kind<v1::Assessment>& assessments_;
  const RiskMatrices& matrices_;
  const RiskPolicies& policies_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_VIEW_VIEWS_H_
