// The risk service: its contract on its own schema.
#ifndef HEITIE_SERVICES_RISK_SERVICE_H_
#define HEITIE_SERVICES_RISK_SERVICE_H_

#include "common/rpc/service.h"
#include "common/service/main.h"
#include "services/risk/quantity/risk_matrix.h"
#include "services/risk/register/risk.h"
#include "services/risk/register/summary.h"
#include "services/risk/signal/risk_proposal.h"

namespace heitie::risk {

// Thread-safe.
class Service {
 public:
  explicit Service(service::Context context);
  rpc::Service& rpc() { return rpc_; }

 private:
  rpc::Service rpc_;
  RiskMatrices matrices_;
  Risks risks_;
  Summaries summaries_;
  RiskProposals proposals_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_SERVICE_H_
