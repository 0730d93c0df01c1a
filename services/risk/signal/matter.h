// What is made of a fact that may be the sign of a risk (policy R1). Pure functions.
#ifndef HEITIE_SERVICES_RISK_SIGNAL_MATTER_H_
#define HEITIE_SERVICES_RISK_SIGNAL_MATTER_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "heitie/risk/v1/risk_proposal.pb.h"
#include "heitie/risk/v1/risk_signal.pb.h"
#include "heitie/risk/v1/signal_policy.pb.h"

namespace heitie::risk {

// Nullptr where no rule is about the kind.
const v1::SignalRule* RuleOf(const v1::SignalPolicy& policy, v1::SignalKind kind);

// How a matter stands when a fact of it is told.
struct Matter {
  // How bad the fact with this key was, as it was told before.
  std::optional<v1::SignalSeverity> known;
  // The proposal that the matter has come to last, behind all mergers; nullptr when there is none.
  const v1::RiskProposal* proposal = nullptr;
  // Whether the risk that it has become is open.
  bool risk_open = false;
};

// What a fact of this severity comes to at `now`. What is known is repeated unless it is worse now; on what is open it counts once.
v1::PostRiskSignalResponse::Outcome Judge(const v1::SignalRule* rule, v1::SignalSeverity severity, const Matter& matter, absl::Time now);

// Notes a fact on the proposal; `counts`: it is another one than those before. The order in which facts are told changes nothing.
void Note(const v1::RiskSignal& fact, bool counts, v1::RiskProposal& proposal);

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_SIGNAL_MATTER_H_
