#include "services/risk/signal/matter.h"

#include <algorithm>

#include "common/time/instant.h"

namespace heitie::risk {

using v1::PostRiskSignalResponse;
using v1::RiskProposal;

const v1::SignalRule* RuleOf(const v1::SignalPolicy& policy, v1::SignalKind kind) {
  const auto rule =
      std::find_if(policy.rules().begin(), policy.rules().end(), [&](const v1::SignalRule& one) { return one.kind() == kind; });
  return rule == policy.rules().end() ? nullptr : &*rule;
}

PostRiskSignalResponse::Outcome Judge(const v1::SignalRule* rule, v1::SignalSeverity severity, const Matter& matter, absl::Time now) {
  if (rule == nullptr || severity < rule->threshold()) return PostRiskSignalResponse::OUTCOME_IGNORED;
  if (matter.known.has_value() && severity <= *matter.known) return PostRiskSignalResponse::OUTCOME_REPEATED;
  if (matter.proposal == nullptr) return PostRiskSignalResponse::OUTCOME_PROPOSED;
  const RiskProposal& proposal = *matter.proposal;
  const bool open =
      proposal.state() == RiskProposal::STATE_PROPOSED || (proposal.state() == RiskProposal::STATE_ACCEPTED && matter.risk_open);
  if (open) return matter.known.has_value() ? PostRiskSignalResponse::OUTCOME_REPEATED : PostRiskSignalResponse::OUTCOME_COUNTED;
  const bool silent = proposal.state() == RiskProposal::STATE_DISMISSED && proposal.has_silent_until_time() &&
                      now < time::ToTime(proposal.silent_until_time()) && severity <= proposal.worst();
  return silent ? PostRiskSignalResponse::OUTCOME_SILENT : PostRiskSignalResponse::OUTCOME_PROPOSED;
}

void Note(const v1::RiskSignal& fact, bool counts, RiskProposal& proposal) {
  proposal.set_worst(std::max(proposal.worst(), fact.severity()));
  if (!counts) return;
  proposal.set_signal_count(proposal.signal_count() + 1);
  const absl::Time when = time::ToTime(fact.occur_time());
  if (!proposal.has_first_time() || when < time::ToTime(proposal.first_time())) *proposal.mutable_first_time() = fact.occur_time();
  if (!proposal.has_last_time() || when > time::ToTime(proposal.last_time())) *proposal.mutable_last_time() = fact.occur_time();
}

}  // namespace heitie::risk
