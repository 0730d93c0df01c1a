// Key risk indicators: their definitions in versions, what they said of each period, and what follows when they turn RED (policy R1, R2).
#ifndef HEITIE_SERVICES_RISK_INDICATOR_RISK_INDICATOR_H_
#define HEITIE_SERVICES_RISK_INDICATOR_RISK_INDICATOR_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/record/state_machine.h"
#include "common/service/main.h"
#include "google/protobuf/timestamp.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_indicator.pb.h"
#include "services/risk/indicator/figures.h"
#include "services/risk/quantity/assessment_duty.h"
#include "services/risk/register/restriction.h"
#include "services/risk/signal/risk_proposal.h"

namespace heitie::risk {

const record::StateMachine& RiskIndicatorMachine();

// Thread-safe.
class RiskIndicators {
 public:
  RiskIndicators(const service::Context& context, const record::Kind<v1::Risk>& risks, const AssessmentDuties& duties,
                 const RiskProposals& proposals, const Restriction& restriction);
  void Bind(record::Methods& methods);
  const record::Kind<v1::RiskIndicator>& kind() const { return indicators_; }

 private:
  absl::Status Create(record::Transaction& tx, v1::RiskIndicator& indicator);
  absl::Status Update(record::Transaction& tx, const v1::RiskIndicator& before, v1::RiskIndicator& after);
  absl::StatusOr<v1::RiskIndicator> Retire(record::Transaction& tx, const v1::RetireRiskIndicatorRequest& request);
  job::Outcome JudgeDue(const rpc::Call& call, const job::Job& job);
  // Judges the period that comes next, unless somebody has done so.
  absl::Status Read(record::Transaction& tx, const std::string& name, absl::CivilDay first, const Figure& figure) const;
  // Judges a period again whose figure is another one now.
  absl::Status Correct(record::Transaction& tx, const std::string& name, const v1::IndicatorReading& latest, const Figure& figure) const;
  absl::Status LookBack(const rpc::Call& call, const v1::RiskIndicator& indicator) const;
  // It has turned RED.
  absl::Status AskForAssessments(record::Transaction& tx, const v1::RiskIndicator& indicator, const v1::IndicatorReading& reading) const;

  const service::Context context_;
  const absl::TimeZone zone_;
  const Figures figures_;
  const record::Kind<v1::Risk>& risks_;
  const AssessmentDuties& duties_;
  const RiskProposals& proposals_;
  record::Kind<v1::RiskIndicator> indicators_;
  record::Kind<v1::IndicatorReading> readings_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_INDICATOR_RISK_INDICATOR_H_
