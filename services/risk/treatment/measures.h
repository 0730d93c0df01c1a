// Measures against risks: stated, done, and seen to be done by somebody else (policy R3, W12).
#ifndef HEITIE_SERVICES_RISK_TREATMENT_MEASURES_H_
#define HEITIE_SERVICES_RISK_TREATMENT_MEASURES_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_indicator.pb.h"
#include "heitie/risk/v1/risk_measure.pb.h"
#include "services/risk/quantity/assessment_duty.h"
#include "services/risk/register/standing.h"
#include "services/risk/treatment/effect.h"

namespace heitie::risk {

// Thread-safe.
class Measures {
 public:
  // Handles the job that judges the effect of a measure on its day.
  Measures(const service::Context& context, const record::Kind<v1::Risk>& risks, const record::Kind<v1::RiskIndicator>& indicators,
           const RiskPolicies& policies, const AssessmentDuties& duties, EvidenceBook& book, const Standing& standing);
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::RiskMeasure& measure);
  absl::Status Update(record::Transaction& tx, const v1::RiskMeasure& before, v1::RiskMeasure& after);
  absl::StatusOr<v1::RiskMeasure> Start(record::Transaction& tx, const v1::StartRiskMeasureRequest& request);
  absl::StatusOr<v1::RiskMeasure> Done(record::Transaction& tx, const v1::FinishRiskMeasureRequest& request);
  absl::StatusOr<v1::RiskMeasure> Verify(record::Transaction& tx, const v1::VerifyRiskMeasureRequest& request);
  absl::StatusOr<v1::RiskMeasure> Reopen(record::Transaction& tx, const v1::ReopenRiskMeasureRequest& request);
  absl::StatusOr<v1::RiskMeasure> Cancel(record::Transaction& tx, const v1::CancelRiskMeasureRequest& request);
  job::Outcome EvaluateDue(const rpc::Call& call, const std::string& name) const;
  // Whether its effect is to be judged now.
  bool IsDue(const v1::RiskMeasure& measure, absl::Time now) const;
  absl::Status Evaluate(record::Transaction& tx, const std::string& name, const std::optional<MetricsVerdict>& verdict) const;
  // Keeps the job of the day on which its effect is judged.
  absl::Status KeepEvaluation(record::Transaction& tx, const v1::RiskMeasure* before, const v1::RiskMeasure& after) const;
  absl::StatusOr<v1::Light> LightOf(sql::Session& session, const v1::RiskMeasure& measure) const;
  // What a measure says about a day that lies ahead, and about an indicator that is there.
  absl::Status CheckNews(record::Transaction& tx, const v1::RiskMeasure& measure) const;

  record::Store& store_;
  const EffectVerdicts verdicts_;
  const record::Kind<v1::Risk>& risks_;
  const record::Kind<v1::RiskIndicator>& indicators_;
  const RiskPolicies& policies_;
  const AssessmentDuties& duties_;
  record::Kind<v1::RiskMeasure>& measures_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_TREATMENT_MEASURES_H_
