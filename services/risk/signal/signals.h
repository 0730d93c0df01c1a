// Facts that services and people tell, and what the rules in force make of them (policy R1, W12).
#ifndef HEITIE_SERVICES_RISK_SIGNAL_SIGNALS_H_
#define HEITIE_SERVICES_RISK_SIGNAL_SIGNALS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/record/rule_set.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_proposal.pb.h"
#include "heitie/risk/v1/risk_signal.pb.h"
#include "heitie/risk/v1/signal_policy.pb.h"
#include "services/risk/policy/risk_policy.h"
#include "services/risk/signal/risk_proposal.h"

namespace heitie::risk {

// SIGNAL_KIND_TWICE, REQUIRED. Pure.
absl::Status CheckSignalRules(const v1::SignalPolicy& policy);

// Thread-safe.
class Signals {
 public:
  // Handles the job that tells every day what should have been decided, and says how long what is dismissed stays silent.
  Signals(record::Store& store, job::Runner& jobs, const record::Kind<v1::Risk>& risks, RiskProposals& proposals, const RiskPolicies& times,
          const Restriction& restriction);
  void Bind(record::Methods& methods);
  // What the rules in force make of a fact that another chapter or service has noticed; told again it changes nothing.
  absl::StatusOr<v1::PostRiskSignalResponse> Tell(record::Transaction& tx, const v1::PostRiskSignalRequest& fact) const;
  absl::Status TellAll(record::Transaction& tx, const std::vector<v1::PostRiskSignalRequest>& facts) const;

 private:
  // A fact that is told, the policy in force, and the proposal that its matter has come to.
  struct Told;

  absl::StatusOr<v1::PostRiskSignalResponse> Post(record::Transaction& tx, const v1::PostRiskSignalRequest& request);
  absl::StatusOr<Told> Look(record::Transaction& tx, const v1::PostRiskSignalRequest& request) const;
  // Tell; `prepared` is the proposal that is made where one is to be made. Nullptr where the rules say all of it.
  absl::StatusOr<v1::PostRiskSignalResponse> Judge(record::Transaction& tx, const v1::PostRiskSignalRequest& fact,
                                                   const v1::RiskProposal* prepared) const;
  // Makes a proposal of the fact; its name.
  absl::StatusOr<std::string> Propose(record::Transaction& tx, const Told& told, const v1::SignalRule& rule, v1::RiskSignal fact,
                                      const v1::RiskProposal* prepared) const;
  // Writes the fact below the proposal, or how bad it is now where it is there.
  absl::Status Keep(record::Transaction& tx, const Told& told, const v1::RiskProposal& proposal, v1::RiskSignal fact) const;
  // By when what is proposed now is decided, in working hours or days; `rule` is nullptr where none is about it.
  absl::StatusOr<absl::Time> DueTime(record::Transaction& tx, const v1::SignalPolicy& policy, const v1::SignalRule* rule) const;
  // Says so on the proposal, and sees to the job that tells when it is not.
  absl::Status SetDueTime(record::Transaction& tx, const v1::SignalPolicy& policy, const v1::SignalRule* rule,
                          v1::RiskProposal& proposal) const;
  absl::Status Count(record::Transaction& tx, const v1::RiskSignal& fact, bool counts, const v1::RiskProposal& before) const;
  job::Outcome TellOverdue(const rpc::Call& call, const job::Job& job);

  record::Store& store_;
  const record::Kind<v1::Risk>& risks_;
  const record::Kind<v1::RiskProposal>& proposals_;
  const RiskPolicies& times_;
  record::RuleSet<v1::SignalPolicy> policies_;
  record::Kind<v1::RiskSignal> facts_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_SIGNAL_SIGNALS_H_
