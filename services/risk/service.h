// The risk service: its contract on its own schema.
#ifndef HEITIE_SERVICES_RISK_SERVICE_H_
#define HEITIE_SERVICES_RISK_SERVICE_H_

#include "common/rpc/service.h"
#include "common/service/main.h"
#include "services/risk/control/controls.h"
#include "services/risk/control/occurrences.h"
#include "services/risk/exposure/loss_estimate.h"
#include "services/risk/exposure/loss_simulation.h"
#include "services/risk/indicator/risk_indicator.h"
#include "services/risk/policy/risk_policy.h"
#include "services/risk/quantity/assessment_duty.h"
#include "services/risk/quantity/risk_matrix.h"
#include "services/risk/register/merging.h"
#include "services/risk/register/reratings.h"
#include "services/risk/register/risk.h"
#include "services/risk/register/standing.h"
#include "services/risk/register/summary.h"
#include "services/risk/signal/risk_proposal.h"
#include "services/risk/signal/signals.h"
#include "services/risk/treatment/decisions.h"
#include "services/risk/treatment/evidence.h"
#include "services/risk/treatment/instruments.h"
#include "services/risk/treatment/measures.h"
#include "services/risk/view/views.h"

namespace heitie::risk {

// Thread-safe.
class Service {
 public:
  explicit Service(service::Context context);
  rpc::Service& rpc() { return rpc_; }

 private:
  rpc::Service rpc_;
  RiskMatrices matrices_;
  RiskPolicies policies_;
  AssessmentDuties duties_;
  EvidenceBook book_;
  Risks risks_;
  Standing standing_;
  Summaries summaries_;
  Reratings reratings_;
  RiskProposals proposals_;
  Signals signals_;
  LossEstimates estimates_;
  LossSimulations simulations_;
  RiskIndicators indicators_;
  Mergers mergers_;
  Decisions decisions_;
  Measures measures_;
  Instruments instruments_;
  Controls controls_;
  Occurrences occurrences_;
  Views views_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_SERVICE_H_
