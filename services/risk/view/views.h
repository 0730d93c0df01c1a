// What people see of all risks together, and why of one (policy R1, R2, W12).
#ifndef HEITIE_SERVICES_RISK_VIEW_VIEWS_H_
#define HEITIE_SERVICES_RISK_VIEW_VIEWS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "heitie/risk/v1/assessment.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_view.pb.h"
#include "services/risk/exposure/loss_estimate.h"
#include "services/risk/policy/risk_policy.h"
#include "services/risk/quantity/risk_matrix.h"
#include "services/risk/register/summary.h"

namespace heitie::risk {

// Thread-safe.
class Views {
 public:
  Views(record::Store& store, const record::Kind<v1::Risk>& risks, const record::Kind<v1::Assessment>& assessments,
        const RiskMatrices& matrices, const RiskPolicies& policies, const Summaries& summaries, const LossEstimates& estimates)
      : store_(store),
        risks_(risks),
        assessments_(assessments),
        matrices_(matrices),
        policies_(policies),
        summaries_(summaries),
        estimates_(estimates) {}
  void Bind(record::Methods& methods);

 private:
  absl::StatusOr<v1::HeatMap> HeatMapAt(const rpc::Call& call, const v1::ComputeHeatMapRequest& request);
  absl::StatusOr<v1::Overdue> OverdueNow(const rpc::Call& call, const v1::ComputeOverdueRequest& request);
  absl::StatusOr<v1::RiskMovement> Movement(const rpc::Call& call, const v1::ComputeRiskMovementRequest& request);
  absl::StatusOr<v1::RiskExposure> Exposure(const rpc::Call& call, const v1::ComputeRiskExposureRequest& request);
  absl::StatusOr<v1::RiskCalendar> Calendar(const rpc::Call& call, const v1::ComputeRiskCalendarRequest& request);
  absl::StatusOr<v1::RiskLevelExplanation> Explain(const rpc::Call& call, const v1::ExplainRiskLevelRequest& request);
  // Every risk that the caller sees, as it stood after what had been done by `at`.
  absl::StatusOr<std::vector<v1::Risk>> AsOf(const rpc::Call& call, sql::Session& session, absl::Time at) const;
  // The open risks that are on one of the subjects, or affect it.
  absl::Status AddRisksOn(sql::Session& session, const google::protobuf::RepeatedPtrField<std::string>& subjects,
                          std::vector<std::string>& names) const;
  // Leaves those that the caller sees.
  void KeepSeen(const rpc::Call& call, std::vector<v1::Risk>& risks) const;

  record::Store& store_;
  const record::Kind<v1::Risk>& risks_;
  const record::Kind<v1::Assessment>& assessments_;
  const RiskMatrices& matrices_;
  const RiskPolicies& policies_;
  const Summaries& summaries_;
  const LossEstimates& estimates_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_VIEW_VIEWS_H_
