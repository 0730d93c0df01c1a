// Controls of risks and their tests (policy R2, R3).
#ifndef HEITIE_SERVICES_RISK_CONTROL_CONTROLS_H_
#define HEITIE_SERVICES_RISK_CONTROL_CONTROLS_H_

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_control.pb.h"
#include "services/risk/register/restriction.h"
#include "services/risk/register/standing.h"
#include "services/risk/signal/signals.h"

namespace heitie::risk {

// Thread-safe.
class Controls {
 public:
  Controls(record::Store& store, const record::Kind<v1::Risk>& risks, EvidenceBook& book, const Standing& standing, const Signals& signals,
           const Restriction& restriction);
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::RiskControl& control);
  absl::Status Update(record::Transaction& tx, const v1::RiskControl& before, v1::RiskControl& after);
  absl::StatusOr<v1::RiskControl> Retire(record::Transaction& tx, const v1::RetireRiskControlRequest& request);
  // Names risks that the caller sees, and is marked by them. Those of `before` may have gone since.
  absl::Status CheckRisks(record::Transaction& tx, const v1::RiskControl& before, v1::RiskControl& after) const;
  absl::Status Test(record::Transaction& tx, v1::ControlTest& test);

  const record::Kind<v1::Risk>& risks_;
  const Signals& signals_;
  record::Kind<v1::RiskControl>& controls_;
  record::Kind<v1::ControlTest> tests_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_CONTROL_CONTROLS_H_
