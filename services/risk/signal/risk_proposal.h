// What signals propose for the register, and how people review it (policy R1).
#ifndef HEITIE_SERVICES_RISK_SIGNAL_RISK_PROPOSAL_H_
#define HEITIE_SERVICES_RISK_SIGNAL_RISK_PROPOSAL_H_

#include "absl/status/statusor.h"
#include "common/event/reactions.h"
#include "common/record/methods.h"
#include "common/record/state_machine.h"
#include "common/service/main.h"
#include "heitie/metrics/v1/alert.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_proposal.pb.h"

namespace heitie::risk {

const record::StateMachine& RiskProposalMachine();

// What an alert proposes when it opens. Pure.
v1::RiskProposal ProposalOf(const metrics::v1::Alert& alert);

// Thread-safe.
class RiskProposals {
 public:
  // Registers what is done about changes of alerts: those of severity HIGH propose a risk, once for each alert.
  RiskProposals(const service::Context& context, const record::Kind<v1::Risk>& risks);
  void Bind(record::Methods& methods);

 private:
  absl::Status OnAlert(const rpc::Call& call, const event::Change<metrics::v1::Alert>& change);
  // Notes that the alert of a proposal has ended or come back.
  absl::Status Follow(record::Transaction& tx, const v1::RiskProposal& before, const metrics::v1::Alert& alert) const;
  absl::StatusOr<v1::RiskProposal> Accept(record::Transaction& tx, const v1::AcceptRiskProposalRequest& request);
  absl::StatusOr<v1::RiskProposal> Dismiss(record::Transaction& tx, const v1::DismissRiskProposalRequest& request);

  record::Store& store_;
  const people::Directory& people_;
  const record::Kind<v1::Risk>& risks_;
  record::Kind<v1::RiskProposal> proposals_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_SIGNAL_RISK_PROPOSAL_H_
