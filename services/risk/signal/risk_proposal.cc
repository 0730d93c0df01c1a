#include "services/risk/signal/risk_proposal.h"

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/alert_rule.pb.h"
#include "services/risk/register/merging.h"
#include "services/risk/register/risk.h"

namespace heitie::risk {
namespace {

using activity::v1::Incident;
using activity::v1::SurgeEpisode;
using metrics::v1::Alert;
using v1::Risk;
using v1::RiskProposal;

const status::Reason kNotToBeReviewed{absl::StatusCode::kFailedPrecondition, "NOT_TO_BE_REVIEWED",
                                      "{name} is no other proposal that is to be reviewed.", "{name} 不是另一則待審的提案。"};

std::string CauseOf(const std::string& source, const v1::AlertSignal& alert) {
  std::string cause = absl::StrCat(source, ": ", alert.metric());
  if (!alert.dimension_value().empty()) absl::StrAppend(&cause, " (", alert.dimension_value(), ")");
  return absl::StrCat(cause, " ", alert.figure(), " / ", alert.reference(), ", ", alert.source(), ", ",
                      time::InstantText(time::ToTime(alert.episode_time())));
}

std::string CauseOf(const std::string& source, const v1::IncidentSignal& incident) {
  std::string cause = absl::StrCat(source, ": ", incident.severity(), ", ", incident.cause());
  if (!incident.source().empty()) absl::StrAppend(&cause, " ", incident.source());
  return absl::StrCat(cause, ", ", time::InstantText(time::ToTime(incident.episode_time())));
}

std::string CauseOf(const std::string& source, const v1::SurgeSignal& surge) {
  std::string cause = absl::StrCat(source, ": ", surge.category(), " ", surge.customer_count());
  if (surge.has_expected_count()) absl::StrAppend(&cause, " / ", surge.expected_count());
  return absl::StrCat(cause, ", ", surge.rule(), ", ", time::InstantText(time::ToTime(surge.open_time())));
}

std::string CauseOf(const std::string& source, const v1::IndicatorSignal& indicator) {
  std::string cause = absl::StrCat(source, ": ", indicator.value(), " / ", indicator.red());
  if (!indicator.unit().empty()) absl::StrAppend(&cause, " ", indicator.unit());
  return absl::StrCat(cause, ", ", time::DayText(time::ToDay(indicator.period())));
}

std::string CauseOfFacts(const RiskProposal& proposal) {
  return absl::StrCat(proposal.source(), ": ", v1::SignalKind_Name(proposal.signal_kind()), ", ", proposal.signal_count(), ", ",
                      v1::SignalSeverity_Name(proposal.worst()), ", ", time::InstantText(time::ToTime(proposal.first_time())), " – ",
                      time::InstantText(time::ToTime(proposal.last_time())));
}

// Why the risk may come, of what was signalled.
std::string CauseOf(const RiskProposal& proposal) {
  if (proposal.has_incident()) return CauseOf(proposal.source(), proposal.incident());
  if (proposal.has_surge()) return CauseOf(proposal.source(), proposal.surge());
  if (proposal.has_indicator()) return CauseOf(proposal.source(), proposal.indicator());
  return proposal.has_alert() ? CauseOf(proposal.source(), proposal.alert()) : CauseOfFacts(proposal);
}

// What every proposal has. The id is the signal's.
RiskProposal NewProposal(const std::string& signal, const std::string& subject, const std::string& title, const std::string& owner) {
  RiskProposal proposal;
  proposal.set_name(absl::StrCat("riskProposals/", record::IdOf(signal)));
  proposal.set_source(signal);
  proposal.set_category(Risk::CATEGORY_OPERATIONAL);
  proposal.set_subject(subject);
  proposal.set_title(title);
  proposal.set_owner(owner);
  proposal.set_state(RiskProposal::STATE_PROPOSED);
  return proposal;
}

// As urgent as what is a matter of its own.
constexpr v1::SignalKind kOfItsOwn = v1::SIGNAL_KIND_GUARDRAIL;

// Rules of metrics, which a guardrail of an activity may be about.
constexpr char kAlertRules[] = "alertRules/";

// Whether nothing is to be said again of what it is about: it waits for somebody, or was dismissed a short time ago. RED is not worse than
// RED.
bool IsSettledAt(const RiskProposal& proposal, absl::Time now) {
  if (proposal.state() == RiskProposal::STATE_PROPOSED) return true;
  return proposal.state() == RiskProposal::STATE_DISMISSED && proposal.has_silent_until_time() &&
         now < time::ToTime(proposal.silent_until_time());
}

std::optional<google::protobuf::Timestamp> EndOf(const Incident& incident) {
  switch (incident.state()) {
    case Incident::STATE_RESOLVED:
      return incident.resolve_time();
    case Incident::STATE_CLOSED:
      return incident.has_resolve_time() ? incident.resolve_time() : incident.close_time();
    case Incident::STATE_MERGED:
      return incident.merge_time();
    default:
      return std::nullopt;
  }
}

}  // namespace

const record::StateMachine& RiskProposalMachine() {
  constexpr auto kProposed = RiskProposal::STATE_PROPOSED, kAccepted = RiskProposal::STATE_ACCEPTED,
                 kDismissed = RiskProposal::STATE_DISMISSED, kWithdrawn = RiskProposal::STATE_WITHDRAWN,
                 kMerged = RiskProposal::STATE_MERGED;
  static const auto& machine = *new record::StateMachine(
      RiskProposal::State_descriptor(),
      {
          {kProposed, "accept", kAccepted, "the risk is registered"},
          {kProposed, "attach", kAccepted, "the risk is open"},
          {kProposed, "merge", kMerged, "the other one is to be reviewed as well"},
          {kProposed, "dismiss", kDismissed},
          {kProposed, "withdraw", kWithdrawn, "it was a mistake, or another one that is proposed", record::kConsequence},
          {kProposed, "end_signal", kProposed, "the signal has ended", record::kConsequence},
          {kAccepted, "end_signal", kAccepted, "the signal has ended", record::kConsequence},
          {kDismissed, "end_signal", kDismissed, "the signal has ended", record::kConsequence},
          {kMerged, "end_signal", kMerged, "the signal has ended", record::kConsequence},
          {kMerged, "recur", kMerged, "the signal has come back", record::kConsequence},
          {kProposed, "recur", kProposed, "the signal has come back", record::kConsequence},
          {kAccepted, "recur", kAccepted, "the signal has come back", record::kConsequence},
          {kDismissed, "recur", kDismissed, "the signal has come back", record::kConsequence},
          {kWithdrawn, "recur", kProposed, "the signal has come back", record::kConsequence},
      });
  return machine;
}

RiskProposal ProposalOf(const Alert& alert) {
  RiskProposal proposal =
      NewProposal(alert.name(), alert.activity().empty() ? alert.metric() : alert.activity(), alert.display_name(), alert.owner());
  v1::AlertSignal& signal = *proposal.mutable_alert();
  signal.set_metric(alert.metric());
  signal.set_dimension_value(alert.dimension_value());
  *signal.mutable_episode_time() = alert.episode_time();
  signal.set_figure(alert.figure());
  signal.set_reference(alert.reference());
  signal.set_source(alert.source());
  return proposal;
}

bool ProposesRisk(const Incident& incident) {
  const bool grave = incident.severity() == Incident::SEVERITY_CRITICAL || incident.severity() == Incident::SEVERITY_MAJOR;
  return grave && incident.alert().empty() && !absl::StartsWith(incident.source(), kAlertRules);
}

RiskProposal ProposalOf(const Incident& incident) {
  RiskProposal proposal = NewProposal(incident.name(), record::ParentOf(incident.name()), incident.title(), incident.owner());
  if (incident.cause() == Incident::CAUSE_PAGE) proposal.set_category(Risk::CATEGORY_TECHNOLOGY);
  v1::IncidentSignal& signal = *proposal.mutable_incident();
  signal.set_severity(Incident::Severity_Name(incident.severity()));
  signal.set_cause(Incident::Cause_Name(incident.cause()));
  signal.set_source(incident.source());
  *signal.mutable_episode_time() = incident.episode_time();
  return proposal;
}

RiskProposal ProposalOf(const SurgeEpisode& surge) {
  RiskProposal proposal = NewProposal(surge.name(), surge.rule(), surge.category(), surge.owner());
  v1::SurgeSignal& signal = *proposal.mutable_surge();
  signal.set_rule(surge.rule());
  signal.set_category(surge.category());
  signal.set_customer_count(surge.customer_count());
  if (surge.has_expected_count()) signal.set_expected_count(surge.expected_count());
  *signal.mutable_window() = surge.window();
  *signal.mutable_open_time() = surge.open_time();
  return proposal;
}

v1::SignalKind MatterOf(const Incident& incident) {
  switch (incident.cause()) {
    case Incident::CAUSE_PAGE:
      return v1::SIGNAL_KIND_PAGE_FAILURE;
    case Incident::CAUSE_SURGE:
      return v1::SIGNAL_KIND_COMPLAINTS;
    case Incident::CAUSE_GUARDRAIL:
      return v1::SIGNAL_KIND_GUARDRAIL;
    default:
      return v1::SIGNAL_KIND_UNSPECIFIED;
  }
}

v1::PostRiskSignalRequest FactOf(v1::SignalKind kind, const RiskProposal& proposal) {
  v1::PostRiskSignalRequest fact;
  fact.set_kind(kind);
  fact.set_subject(proposal.subject());
  fact.set_key(proposal.source());
  fact.set_source(proposal.source());
  fact.set_severity(proposal.has_surge() ? v1::SIGNAL_SEVERITY_MEDIUM : v1::SIGNAL_SEVERITY_HIGH);
  *fact.mutable_occur_time() = proposal.has_alert()      ? proposal.alert().episode_time()
                               : proposal.has_incident() ? proposal.incident().episode_time()
                                                         : proposal.surge().open_time();
  fact.set_text(proposal.title());
  return fact;
}

RiskProposals::RiskProposals(const service::Context& context, const record::Kind<Risk>& risks, const Restriction& restriction)
    : store_(context.store), people_(context.people), risks_(risks), proposals_(context.store, &RiskProposalMachine()) {
  proposals_.RestrictRows(restriction.Rows());
  event::Reactions alerts(context, "metrics", "alert-signals");
  alerts.On(this, &RiskProposals::OnAlert, {"open", "recur", "clear", "restate", "resolve", "stop"});
  event::Reactions activities(context, "activity", "incident-signals");
  activities.On(this, &RiskProposals::OnIncident, {"open", "rate", "recur", "reopen", "resolve", "close", "merge"});
  activities.On(this, &RiskProposals::OnSurge, {"open", "close"});
}

absl::Status RiskProposals::OnAlert(const rpc::Call& call, const event::Change<Alert>& change) {
  const Alert& alert = change.latest();
  if (alert.severity() != metrics::v1::AlertRule::SEVERITY_HIGH) return absl::OkStatus();
  Standing standing;
  if (alert.state() == Alert::STATE_RESOLVED) standing.end = alert.resolve_time();
  standing.mistaken = alert.resolution() == Alert::RESOLUTION_RESTATED;
  return store_.Write(call, [&](record::Transaction& tx) { return Keep(tx, v1::SIGNAL_KIND_ALERT, ProposalOf(alert), standing); });
}

absl::Status RiskProposals::OnIncident(const rpc::Call& call, const event::Change<Incident>& change) {
  const Incident& incident = change.latest();
  const v1::SignalKind kind = MatterOf(incident);
  return store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    const RiskProposal proposal = ProposalOf(incident);
    Standing standing{EndOf(incident)};
    const absl::StatusOr<RiskProposal> before = proposals_.Lock(tx, proposal.name());
    if (absl::IsNotFound(before.status())) {
      const bool news = ProposesRisk(incident) && incident.state() != Incident::STATE_MERGED;
      return news ? Keep(tx, kind, proposal, standing) : absl::OkStatus();
    }
    // Of an alert the incident has the alert's id.
    if (!before.ok() || before->source() != incident.name()) return before.status();
    if (incident.state() == Incident::STATE_MERGED) {
      const std::string other = absl::StrCat("riskProposals/", record::IdOf(incident.merged_into()));
      const absl::Status proposed = proposals_.Find(tx.sql, other).status();
      if (!proposed.ok() && !absl::IsNotFound(proposed)) return proposed;
      standing.mistaken = proposed.ok();
    }
    return Follow(tx, kind, *before, standing);
  });
}

absl::Status RiskProposals::OnSurge(const rpc::Call& call, const event::Change<SurgeEpisode>& change) {
  const SurgeEpisode& surge = change.latest();
  if (!surge.incident().empty()) return absl::OkStatus();
  Standing standing;
  if (surge.state() == SurgeEpisode::STATE_CLOSED) standing.end = surge.close_time();
  return store_.Write(call, [&](record::Transaction& tx) { return Keep(tx, v1::SIGNAL_KIND_COMPLAINTS, ProposalOf(surge), standing); });
}

absl::Status RiskProposals::Keep(record::Transaction& tx, v1::SignalKind kind, RiskProposal proposal, const Standing& standing) const {
  const absl::StatusOr<RiskProposal> before = proposals_.Lock(tx, proposal.name());
  if (before.ok()) return Follow(tx, kind, *before, standing);
  if (!absl::IsNotFound(before.status())) return before.status();
  // Whoever has left meanwhile reviews nothing.
  if (people_.HasLeft(proposal.owner(), tx.call.now)) proposal.clear_owner();
  if (standing.end.has_value()) *proposal.mutable_signal_end_time() = *standing.end;
  if (kind != v1::SIGNAL_KIND_UNSPECIFIED) return bring_(tx, FactOf(kind, proposal), proposal);
  RETURN_IF_ERROR(set_due_(tx, kOfItsOwn, proposal));
  return proposals_.Insert(tx, proposal, "propose");
}

absl::Status RiskProposals::Follow(record::Transaction& tx, v1::SignalKind kind, const RiskProposal& before,
                                   const Standing& standing) const {
  const bool over = standing.end.has_value();
  const bool mistaken = over && standing.mistaken && before.state() == RiskProposal::STATE_PROPOSED;
  // The event came before.
  if (before.has_signal_end_time() == over && !mistaken) return absl::OkStatus();
  const char* const verb = !over ? "recur" : mistaken ? "withdraw" : "end_signal";
  RiskProposal after = before;
  RETURN_IF_ERROR(proposals_.Advance(after, verb));
  after.clear_signal_end_time();
  if (over) *after.mutable_signal_end_time() = *standing.end;
  if (people_.HasLeft(after.owner(), tx.call.now)) after.clear_owner();
  if (before.state() == RiskProposal::STATE_WITHDRAWN && after.state() == RiskProposal::STATE_PROPOSED) {
    RETURN_IF_ERROR(set_due_(tx, kind == v1::SIGNAL_KIND_UNSPECIFIED ? kOfItsOwn : kind, after));
  }
  return proposals_.Update(tx, before, after, verb);
}

absl::Status RiskProposals::Propose(record::Transaction& tx, const v1::RiskIndicator& indicator,
                                    const v1::IndicatorReading& reading) const {
  ASSIGN_OR_RETURN(const std::vector<RiskProposal> latest,
                   proposals_.Select(tx.sql, "WHERE source = ? ORDER BY name DESC LIMIT 1", sql::Bind(indicator.name())));
  if (!latest.empty() && IsSettledAt(latest.front(), tx.call.now)) return absl::OkStatus();
  RiskProposal proposal = NewProposal(indicator.name(), indicator.subject(), indicator.title(), indicator.owner());
  // It may turn RED again after this one has been decided.
  proposal.set_name(absl::StrCat("riskProposals/", record::NewId(tx.call.now)));
  v1::IndicatorSignal& signal = *proposal.mutable_indicator();
  signal.set_reading(reading.name());
  signal.set_value(reading.value());
  signal.set_red(reading.definition().red());
  signal.set_unit(reading.definition().unit());
  *signal.mutable_period() = reading.period();
  if (people_.HasLeft(proposal.owner(), tx.call.now)) proposal.clear_owner();
  RETURN_IF_ERROR(set_due_(tx, v1::SIGNAL_KIND_ALERT, proposal));
  return proposals_.Insert(tx, proposal, "propose");
}

absl::StatusOr<std::string> RiskProposals::AcceptedOf(sql::Session& session, const std::string& indicator) const {
  ASSIGN_OR_RETURN(
      const std::vector<RiskProposal> accepted,
      proposals_.Select(session, "WHERE source = ? AND state = 'STATE_ACCEPTED' ORDER BY name DESC LIMIT 1", sql::Bind(indicator)));
  return accepted.empty() ? "" : accepted.front().risk();
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
    risk.set_restricted(request.restricted());
    *risk.mutable_readers() = request.readers();
    if (!risk.restricted() && !risk.readers().empty()) {
      status::BadFields bad;
      bad.Add("readers", kNotRestricted);
      return bad.status();
    }
    Mark(risk.restricted() ? risk.name() : "", risk);
    KeepTouches(risk);
    if (!before.typical_risk().empty()) {
      ASSIGN_OR_RETURN(const v1::TypicalRiskVersion typical, find_typical_(tx.sql, before.typical_risk_version()));
      risk.set_cause(typical.cause());
      risk.set_consequence(typical.consequence());
      // Of a category that the reviewer has chosen another kind is for her to choose.
      if (risk.category() == typical.category()) risk.set_risk_type(typical.risk_type());
    }
    RETURN_IF_ERROR(risks_.Insert(tx, risk));
    return Belong(tx, risk, after);
  });
}

absl::Status RiskProposals::Belong(record::Transaction& tx, const Risk& risk, RiskProposal& proposal) const {
  proposal.set_risk(risk.name());
  proposal.set_reviewer(tx.call.principal.name);
  *proposal.mutable_review_time() = time::ToTimestamp(tx.call.now);
  Mark(risk.restricted_risk(), proposal);
  return risk.restricted() ? mark_below_(tx, proposal) : absl::OkStatus();
}

absl::StatusOr<RiskProposal> RiskProposals::Dismiss(record::Transaction& tx, const v1::DismissRiskProposalRequest& request) {
  return proposals_.Change(tx, request, "dismiss", [&](RiskProposal& after) -> absl::Status {
    // What an indicator shows is as silent as an alert.
    const v1::SignalKind kind = after.has_indicator() ? v1::SIGNAL_KIND_ALERT : after.signal_kind();
    if (kind != v1::SIGNAL_KIND_UNSPECIFIED) {
      ASSIGN_OR_RETURN(const int32_t days, quiet_days_(tx.sql, kind, tx.call.now));
      *after.mutable_silent_until_time() = time::ToTimestamp(tx.call.now + absl::Hours(24) * days);
    }
    after.set_dismiss_reason(request.reason());
    after.set_reviewer(tx.call.principal.name);
    *after.mutable_review_time() = time::ToTimestamp(tx.call.now);
    return absl::OkStatus();
  });
}

absl::StatusOr<RiskProposal> RiskProposals::Attach(record::Transaction& tx, const v1::AttachRiskProposalRequest& request) {
  return proposals_.Change(tx, request, "attach", [&](RiskProposal& after) -> absl::Status {
    ASSIGN_OR_RETURN(const Risk risk, GuardLiving(risks_, tx, request.risk()));
    if (risk.state() == Risk::STATE_CLOSED) return status::Error(kRiskClosed, {{"name", risk.name()}});
    return Belong(tx, risk, after);
  });
}

absl::StatusOr<RiskProposal> RiskProposals::Merge(record::Transaction& tx, const v1::MergeRiskProposalRequest& request) {
  return proposals_.Change(tx, request, "merge", [&](const RiskProposal& before, RiskProposal& after) -> absl::Status {
    ASSIGN_OR_RETURN(const RiskProposal other, proposals_.Lock(tx, request.into()));
    if (other.state() != RiskProposal::STATE_PROPOSED || other.name() == before.name()) {
      return status::Error(kNotToBeReviewed, {{"name", other.name()}});
    }
    // Both histories stay; of the two the worse one counts.
    RiskProposal joined = other;
    joined.set_signal_count(other.signal_count() + before.signal_count());
    joined.set_worst(std::max(other.worst(), before.worst()));
    if (before.has_first_time() && (!other.has_first_time() || time::ToTime(before.first_time()) < time::ToTime(other.first_time()))) {
      *joined.mutable_first_time() = before.first_time();
    }
    if (before.has_last_time() && (!other.has_last_time() || time::ToTime(before.last_time()) > time::ToTime(other.last_time()))) {
      *joined.mutable_last_time() = before.last_time();
    }
    RETURN_IF_ERROR(proposals_.Update(tx, other, joined, "join"));
    after.set_merged_into(other.name());
    after.set_reviewer(tx.call.principal.name);
    *after.mutable_review_time() = time::ToTimestamp(tx.call.now);
    return absl::OkStatus();
  });
}

void RiskProposals::Bind(record::Methods& methods) {
  methods.Reads(proposals_);
  methods.Bind("AcceptRiskProposal", this, &RiskProposals::Accept);
  methods.Bind("DismissRiskProposal", this, &RiskProposals::Dismiss);
  methods.Bind("AttachRiskProposal", this, &RiskProposals::Attach);
  methods.Bind("MergeRiskProposal", this, &RiskProposals::Merge);
}

}  // namespace heitie::risk
