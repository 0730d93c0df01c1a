// What signals propose for the register, and how people review it (policy R1).
#ifndef HEITIE_SERVICES_RISK_SIGNAL_RISK_PROPOSAL_H_
#define HEITIE_SERVICES_RISK_SIGNAL_RISK_PROPOSAL_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/event/reactions.h"
#include "common/record/methods.h"
#include "common/record/state_machine.h"
#include "common/service/main.h"
#include "google/protobuf/timestamp.pb.h"
#include "heitie/activity/v1/incident.pb.h"
#include "heitie/activity/v1/surge.pb.h"
#include "heitie/metrics/v1/alert.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_indicator.pb.h"
#include "heitie/risk/v1/risk_proposal.pb.h"
#include "heitie/risk/v1/risk_signal.pb.h"
#include "heitie/risk/v1/typical_risk.pb.h"
#include "services/risk/register/restriction.h"

namespace heitie::risk {

const record::StateMachine& RiskProposalMachine();

// The job that tells every day that a proposal should have been decided.
inline constexpr char kProposalOverdueJob[] = "proposal-overdue";

// What an alert proposes when it opens. Pure.
v1::RiskProposal ProposalOf(const metrics::v1::Alert& alert);

// Whether an incident proposes a risk: a CRITICAL or MAJOR one that does not come of an alert, which proposes by its own severity. Pure.
bool ProposesRisk(const activity::v1::Incident& incident);
// Of which matter it is a fact. What a person reports, or what stops an activity, is a matter of its own: not specified. Pure.
v1::SignalKind MatterOf(const activity::v1::Incident& incident);
v1::RiskProposal ProposalOf(const activity::v1::Incident& incident);

// Of a surge that has made no incident. Pure.
v1::RiskProposal ProposalOf(const activity::v1::SurgeEpisode& surge);

// What an alert, an incident or a surge that proposes is as a fact of a matter. Pure.
v1::PostRiskSignalRequest FactOf(v1::SignalKind kind, const v1::RiskProposal& proposal);

// How long the matter of a proposal stays silent once it is dismissed, in days: by the rules in force.
using QuietDays = std::function<absl::StatusOr<int32_t>(sql::Session& session, v1::SignalKind kind, absl::Time at)>;

// Says by when a proposal is decided that a signal of the kind makes, and sees that it is told when it is not.
using SetDueTime = std::function<absl::Status(record::Transaction& tx, v1::SignalKind kind, v1::RiskProposal& proposal)>;

// Brings a signal to its matter: what is open there counts it, what was dismissed a short time ago stays silent, and else the proposal that
// is prepared is what the matter has come to.
using BringSignal =
    std::function<absl::Status(record::Transaction& tx, const v1::PostRiskSignalRequest& fact, const v1::RiskProposal& prepared)>;

// What else is to be marked when a proposal has come to be about a restricted risk.
using MarkBelow = std::function<absl::Status(record::Transaction& tx, const v1::RiskProposal& proposal)>;

// What was said of a typical risk, by its name.
using FindTypical = std::function<absl::StatusOr<v1::TypicalRiskVersion>(sql::Session& session, const std::string& version)>;

// Thread-safe.
class RiskProposals {
 public:
  // Registers what is done about changes of alerts, incidents and surges: those that are grave propose a risk, each once.
  RiskProposals(const service::Context& context, const record::Kind<v1::Risk>& risks, const Restriction& restriction);
  void Bind(record::Methods& methods);
  record::Kind<v1::RiskProposal>& kind() { return proposals_; }
  // Before the methods are bound.
  void SetQuietDays(QuietDays days) { quiet_days_ = std::move(days); }
  void SetTypical(FindTypical find) { find_typical_ = std::move(find); }
  void SetDueTimes(SetDueTime due) { set_due_ = std::move(due); }
  void SetBringing(BringSignal bring) { bring_ = std::move(bring); }
  void SetMarking(MarkBelow mark) { mark_below_ = std::move(mark); }
  // Says by when a proposal is decided that no rule of signals is about.
  absl::Status SetDue(record::Transaction& tx, v1::RiskProposal& proposal) const {
    return set_due_(tx, v1::SIGNAL_KIND_UNSPECIFIED, proposal);
  }
  // Proposes a risk that an indicator shows and nobody has registered, unless one of its is to be reviewed already.
  absl::Status Propose(record::Transaction& tx, const v1::RiskIndicator& indicator, const v1::IndicatorReading& reading) const;
  // The risk that has become of what an indicator proposed last; empty when there is none.
  absl::StatusOr<std::string> AcceptedOf(sql::Session& session, const std::string& indicator) const;

 private:
  // How a signal stands.
  struct Standing {
    std::optional<google::protobuf::Timestamp> end;  // when it ended; nothing while it lasts
    bool mistaken = false;                           // it has ended because it was none
  };

  absl::Status OnAlert(const rpc::Call& call, const event::Change<metrics::v1::Alert>& change);
  absl::Status OnIncident(const rpc::Call& call, const event::Change<activity::v1::Incident>& change);
  absl::Status OnSurge(const rpc::Call& call, const event::Change<activity::v1::SurgeEpisode>& change);
  // Makes the proposal of a signal, or notes in the one that it has made that it has ended or come back. Of another proposal of its matter
  // it is a fact; without a kind it is a matter of its own.
  absl::Status Keep(record::Transaction& tx, v1::SignalKind kind, v1::RiskProposal proposal, const Standing& standing) const;
  absl::Status Follow(record::Transaction& tx, v1::SignalKind kind, const v1::RiskProposal& before, const Standing& standing) const;
  // The proposal belongs to the risk from now on, and so does who sees it.
  absl::Status Belong(record::Transaction& tx, const v1::Risk& risk, v1::RiskProposal& proposal) const;
  absl::StatusOr<v1::RiskProposal> Accept(record::Transaction& tx, const v1::AcceptRiskProposalRequest& request);
  absl::StatusOr<v1::RiskProposal> Dismiss(record::Transaction& tx, const v1::DismissRiskProposalRequest& request);
  absl::StatusOr<v1::RiskProposal> Attach(record::Transaction& tx, const v1::AttachRiskProposalRequest& request);
  absl::StatusOr<v1::RiskProposal> Merge(record::Transaction& tx, const v1::MergeRiskProposalRequest& request);

  record::Store& store_;
  const people::Directory& people_;
  const record::Kind<v1::Risk>& risks_;
  record::Kind<v1::RiskProposal> proposals_;
  QuietDays quiet_days_;
  FindTypical find_typical_;
  SetDueTime set_due_;
  BringSignal bring_;
  MarkBelow mark_below_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_SIGNAL_RISK_PROPOSAL_H_
