#include "services/risk/signal/risk_proposal.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/alert_rule.pb.h"

namespace heitie::risk {
namespace {

using metrics::v1::Alert;
using v1::Risk;
using v1::RiskProposal;

// Why the risk may come, of what was signalled.
std::string CauseOf(const RiskProposal& proposal) {
  const v1::AlertSignal& alert = proposal.alert();
  std::string cause = absl::StrCat(proposal.source(), ": ", alert.metric());
  if (!alert.dimension_value().empty()) absl::StrAppend(&cause, " (", alert.dimension_value(), ")");
  return absl::StrCat(cause, " ", alert.figure(), " / ", alert.reference(), ", ", alert.source(), ", ",
                      time::InstantText(time::ToTime(alert.episode_time())));
}

}  // namespace

const record::StateMachine& RiskProposalMachine() {
  constexpr auto kProposed = RiskProposal::STATE_PROPOSED, kAccepted = RiskProposal::STATE_ACCEPTED,
                 kDismissed = RiskProposal::STATE_DISMISSED, kWithdrawn = RiskProposal::STATE_WITHDRAWN;
  static const auto& machine = *new record::StateMachine(
      RiskProposal::State_descriptor(), {
                                            {kProposed, "accept", kAccepted, "the risk is registered"},
                                            {kProposed, "dismiss", kDismissed},
                                            {kProposed, "withdraw", kWithdrawn, "restated figures do not show it", record::kConsequence},
                                            {kProposed, "end_signal", kProposed, "the signal has ended", record::kConsequence},
                                            {kAccepted, "end_signal", kAccepted, "the signal has ended", record::kConsequence},
                                            {kDismissed, "end_signal", kDismissed, "the signal has ended", record::kConsequence},
                                            {kProposed, "recur", kProposed, "the signal has come back", record::kConsequence},
                                            {kAccepted, "recur", kAccepted, "the signal has come back", record::kConsequence},
                                            {kDismissed, "recur", kDismissed, "the signal has come back", record::kConsequence},
                                            {kWithdrawn, "recur", kProposed, "the signal has come back", record::kConsequence},
                                        });
  return machine;
}

RiskProposal ProposalOf(const Alert& alert) {
  RiskProposal proposal;
  proposal.set_name(absl::StrCat("riskProposals/", record::IdOf(alert.name())));
  proposal.set_source(alert.name());
  proposal.set_category(Risk::CATEGORY_OPERATIONAL);
  proposal.set_subject(alert.activity().empty() ? alert.metric() : alert.activity());
  proposal.set_title(alert.display_name());
  proposal.set_owner(alert.owner());
  v1::AlertSignal& signal = *proposal.mutable_alert();
  signal.set_metric(alert.metric());
  signal.set_dimension_value(alert.dimension_value());
  *signal.mutable_episode_time() = alert.episode_time();
  signal.set_figure(alert.figure());
  signal.set_reference(alert.reference());
  signal.set_source(alert.source());
  proposal.set_state(RiskProposal::STATE_PROPOSED);
  return proposal;
}

RiskProposals::RiskProposals(const service::Context& context, const record::Kind<Risk>& risks)
    : store_(context.store), people_(context.people), risks_(risks), proposals_(context.store, &RiskProposalMachine()) {
  event::Reactions reactions(context, "metrics", "alert-signals");
  reactions.On(this, &RiskProposals::OnAlert, {"open", "recur", "clear", "restate", "resolve", "stop"});
}

absl::Status RiskProposals::OnAlert(const rpc::Call& call, const event::Change<Alert>& change) {
  const Alert& alert = change.latest();
  if (alert.severity() != metrics::v1::AlertRule::SEVERITY_HIGH) return absl::OkStatus();
  return store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    RiskProposal proposal = ProposalOf(alert);
    const absl::StatusOr<RiskProposal> before = proposals_.Lock(tx, proposal.name());
    if (before.ok()) return Follow(tx, *before, alert);
    if (!absl::IsNotFound(before.status())) return before.status();
    // Whoever has left meanwhile reviews nothing.
    if (people_.HasLeft(proposal.owner(), call.now)) proposal.clear_owner();
    if (alert.state() == Alert::STATE_RESOLVED) *proposal.mutable_signal_end_time() = alert.resolve_time();
    return proposals_.Insert(tx, proposal, "propose");
  });
}

absl::Status RiskProposals::Follow(record::Transaction& tx, const RiskProposal& before, const Alert& alert) const {
  const bool over = alert.state() == Alert::STATE_RESOLVED;
  // The event came before.
  if (before.has_signal_end_time() == over) return absl::OkStatus();
  const bool mistaken = over && alert.resolution() == Alert::RESOLUTION_RESTATED && before.state() == RiskProposal::STATE_PROPOSED;
  const char* const verb = !over ? "recur" : mistaken ? "withdraw" : "end_signal";
  RiskProposal after = before;
  RETURN_IF_ERROR(proposals_.Advance(after, verb));
  after.clear_signal_end_time();
  if (over) *after.mutable_signal_end_time() = alert.resolve_time();
  if (people_.HasLeft(after.owner(), tx.call.now)) after.clear_owner();
  return proposals_.Update(tx, before, after, verb);
}

absl::StatusOr<RiskProposal> RiskProposals::Accept(record::Transaction& tx, const v1::AcceptRiskProposalRequest& request) {
  return proposals_.Change(tx, request, "accept", [&](const RiskProposal& before, RiskProposal& after) -> absl::Status {
    const std::string& caller = tx.call.principal.name;
    Risk risk;
    risk.set_name(absl::StrCat("risks/", record::NewId(tx.call.now)));
    risk.set_category(request.category() == Risk::CATEGORY_UNSPECIFIED ? before.category() : request.category());
    risk.set_subject(before.subject());
    risk.set_title(request.title().empty() ? before.title() : request.title());
    risk.set_cause(CauseOf(before));
    risk.set_owner(!request.owner().empty() ? request.owner() : !before.owner().empty() ? before.owner() : caller);
    risk.set_state(Risk::STATE_IDENTIFIED);
    RETURN_IF_ERROR(risks_.Insert(tx, risk));
    after.set_risk(risk.name());
    after.set_reviewer(caller);
    *after.mutable_review_time() = time::ToTimestamp(tx.call.now);
    return absl::OkStatus();
  });
}

absl::StatusOr<RiskProposal> RiskProposals::Dismiss(record::Transaction& tx, const v1::DismissRiskProposalRequest& request) {
  return proposals_.Change(tx, request, "dismiss", [&](RiskProposal& after) {
    after.set_dismiss_reason(request.reason());
    after.set_reviewer(tx.call.principal.name);
    *after.mutable_review_time() = time::ToTimestamp(tx.call.now);
  });
}

void RiskProposals::Bind(record::Methods& methods) {
  methods.Reads(proposals_);
  methods.Bind("AcceptRiskProposal", this, &RiskProposals::Accept);
  methods.Bind("DismissRiskProposal", this, &RiskProposals::Dismiss);
}

}  // namespace heitie::risk
