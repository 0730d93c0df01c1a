#include "services/risk/signal/signals.h"

#include <algorithm>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/text/markdown.h"
#include "common/time/instant.h"
#include "services/risk/register/merging.h"
#include "services/risk/register/overdue.h"
#include "services/risk/signal/matter.h"

namespace heitie::risk {

using v1::PostRiskSignalRequest;
using v1::PostRiskSignalResponse;
using v1::RiskProposal;
using v1::RiskSignal;

namespace {

const status::Reason kSignalKindTwice{absl::StatusCode::kInvalidArgument, "SIGNAL_KIND_TWICE", "There is a rule about {kind} already.",
                                      "{kind} 已有一條規則。"};
const status::Reason kConcernsOnly{absl::StatusCode::kPermissionDenied, "CONCERNS_ONLY",
                                   "Colleagues of other departments report concerns; other facts come from services and the operations "
                                   "department.",
                                   "其他部門的同事可回報疑慮；其他訊號由系統或運營部提供。"};

// Mergers of mergers that are followed; people do not merge so often.
constexpr int kFollowedMergers = 20;

bool IsOfTheDepartment(const rpc::Principal& who) {
  return who.Has(options::v1::ROLE_OPERATIONS_MANAGER) || who.Has(options::v1::ROLE_OPERATIONS_SPECIALIST) ||
         who.Has(options::v1::ROLE_DATA_ANALYST) || who.Has(options::v1::ROLE_SERVICE);
}

}  // namespace

absl::Status CheckSignalRules(const v1::SignalPolicy& policy) {
  status::BadFields bad;
  std::set<v1::SignalKind> kinds;
  for (int i = 0; i < policy.rules_size(); ++i) {
    const v1::SignalRule& rule = policy.rules(i);
    const std::string at = absl::StrCat("signal_policy.rules[", i, "].");
    if (!kinds.insert(rule.kind()).second) bad.Add(at + "kind", kSignalKindTwice, {{"kind", v1::SignalKind_Name(rule.kind())}});
    if (rule.decision_days() == 0 && rule.decision_hours() == 0) bad.Add(at + "decision_hours", status::kRequired);
  }
  return bad.status();
}

struct Signals::Told {
  v1::SignalPolicy policy;
  std::optional<RiskSignal> known;
  std::optional<RiskProposal> proposal;
  std::string open_risk;  // in which what it has become lives on; empty where that is closed
};

Signals::Signals(record::Store& store, job::Runner& jobs, const record::Kind<v1::Risk>& risks, RiskProposals& proposals,
                 const RiskPolicies& times, const Restriction& restriction)
    : store_(store),
      risks_(risks),
      proposals_(proposals.kind()),
      times_(times),
      policies_(store, "signalPolicies/shipped", CheckSignalRules),
      facts_(store) {
  facts_.RestrictRows(restriction.Rows());
  proposals.SetDueTimes([this](record::Transaction& tx, v1::SignalKind kind, RiskProposal& proposal) -> absl::Status {
    ASSIGN_OR_RETURN(const v1::SignalPolicy policy, policies_.InForce(tx.sql, tx.call.now));
    return SetDueTime(tx, policy, RuleOf(policy, kind), proposal);
  });
  proposals.SetBringing([this](record::Transaction& tx, const PostRiskSignalRequest& fact, const RiskProposal& prepared) {
    return Judge(tx, fact, &prepared).status();
  });
  proposals.SetMarking([this](record::Transaction& tx, const RiskProposal& proposal) -> absl::Status {
    ASSIGN_OR_RETURN(const std::vector<RiskSignal> facts, facts_.Children(tx.sql, proposal.name()));
    for (const RiskSignal& fact : facts) {
      RiskSignal marked = fact;
      Mark(proposal.restricted_risk(), marked);
      RETURN_IF_ERROR(facts_.Update(tx, fact, marked, "restrict"));
    }
    return absl::OkStatus();
  });
  proposals.SetQuietDays([this](sql::Session& session, v1::SignalKind kind, absl::Time at) -> absl::StatusOr<int32_t> {
    ASSIGN_OR_RETURN(const v1::SignalPolicy policy, policies_.InForce(session, at));
    const v1::SignalRule* const rule = RuleOf(policy, kind);
    return rule == nullptr ? 0 : rule->quiet_days();
  });
  jobs.Handle(kProposalOverdueJob, [this](const rpc::Call& call, const job::Job& job) { return TellOverdue(call, job); });
}

absl::StatusOr<Signals::Told> Signals::Look(record::Transaction& tx, const PostRiskSignalRequest& request) const {
  Told told;
  ASSIGN_OR_RETURN(told.policy, policies_.InForce(tx.sql, tx.call.now));
  const std::string kind = v1::SignalKind_Name(request.kind());
  // Facts of one matter take turns.
  RETURN_IF_ERROR(
      tx.sql
          .Execute("INSERT INTO risk_matters (kind, subject, proposal, guard) VALUES (?, ?, '', 1) ON DUPLICATE KEY UPDATE guard "
                   "= guard + 1",
                   sql::Bind(kind, request.subject()))
          .status());
  std::string name;
  RETURN_IF_ERROR(tx.sql.Query("SELECT proposal FROM risk_matters WHERE subject = ? AND kind = ?", sql::Bind(request.subject(), kind),
                               [&](const sql::Row& row) { name = row.Text(0); }));
  for (int i = 0; i < kFollowedMergers && !name.empty(); ++i) {
    ASSIGN_OR_RETURN(told.proposal, proposals_.Lock(tx, name));
    name = told.proposal->merged_into();
  }
  if (told.proposal.has_value() && told.proposal->state() == RiskProposal::STATE_ACCEPTED) {
    ASSIGN_OR_RETURN(const v1::Risk risk, LivesOnIn(risks_, tx.sql, told.proposal->risk()));
    if (risk.state() != v1::Risk::STATE_CLOSED) told.open_risk = risk.name();
  }
  ASSIGN_OR_RETURN(std::vector<RiskSignal> known,
                   facts_.Select(tx.sql, "WHERE subject = ? AND kind = ? AND `key` = ? ORDER BY name DESC LIMIT 1",
                                 sql::Bind(request.subject(), kind, request.key())));
  if (!known.empty()) told.known = std::move(known.front());
  return told;
}

absl::StatusOr<PostRiskSignalResponse> Signals::Post(record::Transaction& tx, const PostRiskSignalRequest& request) {
  if (request.kind() != v1::SIGNAL_KIND_CONCERN && !IsOfTheDepartment(tx.call.principal)) return status::Error(kConcernsOnly);
  ASSIGN_OR_RETURN(PostRiskSignalResponse response, Tell(tx, request));
  if (response.risk_proposal().empty()) return response;
  ASSIGN_OR_RETURN(const RiskProposal proposal, proposals_.Find(tx.sql, response.risk_proposal()));
  if (!proposals_.Sees(tx.call, proposal)) response.clear_risk_proposal();
  if (response.risk().empty()) return response;
  ASSIGN_OR_RETURN(const v1::Risk risk, risks_.Find(tx.sql, response.risk()));
  if (!risks_.Sees(tx.call, risk)) response.clear_risk();
  return response;
}

absl::Status Signals::TellAll(record::Transaction& tx, const std::vector<PostRiskSignalRequest>& facts) const {
  for (const PostRiskSignalRequest& fact : facts) RETURN_IF_ERROR(Tell(tx, fact).status());
  return absl::OkStatus();
}

absl::StatusOr<PostRiskSignalResponse> Signals::Tell(record::Transaction& tx, const PostRiskSignalRequest& request) const {
  return Judge(tx, request, nullptr);
}

absl::StatusOr<PostRiskSignalResponse> Signals::Judge(record::Transaction& tx, const PostRiskSignalRequest& request,
                                                      const RiskProposal* prepared) const {
  ASSIGN_OR_RETURN(const Told told, Look(tx, request));
  const v1::SignalRule* const rule = RuleOf(told.policy, request.kind());
  Matter matter;
  if (told.known.has_value()) matter.known = told.known->severity();
  matter.proposal = told.proposal.has_value() ? &*told.proposal : nullptr;
  matter.risk_open = !told.open_risk.empty();
  PostRiskSignalResponse response;
  response.set_outcome(risk::Judge(rule, request.severity(), matter, tx.call.now));
  if (response.outcome() == PostRiskSignalResponse::OUTCOME_IGNORED) return response;

  RiskSignal fact;
  fact.set_kind(request.kind());
  fact.set_subject(request.subject());
  fact.set_key(request.key());
  fact.set_source(request.source());
  fact.set_severity(request.severity());
  *fact.mutable_occur_time() = request.has_occur_time() ? request.occur_time() : time::ToTimestamp(tx.call.now);
  fact.set_text(request.text());
  if (response.outcome() == PostRiskSignalResponse::OUTCOME_PROPOSED) {
    ASSIGN_OR_RETURN(const std::string proposed, Propose(tx, told, *rule, fact, prepared));
    response.set_risk_proposal(proposed);
    return response;
  }
  response.set_risk_proposal(told.proposal->name());
  response.set_risk(told.open_risk);
  const bool worse = told.known.has_value() && request.severity() > told.known->severity();
  if (response.outcome() == PostRiskSignalResponse::OUTCOME_REPEATED && !worse) return response;
  if (response.outcome() != PostRiskSignalResponse::OUTCOME_SILENT) {
    RETURN_IF_ERROR(Count(tx, fact, !told.known.has_value(), *told.proposal));
  }
  RETURN_IF_ERROR(Keep(tx, told, *told.proposal, std::move(fact)));
  return response;
}

absl::Status Signals::Count(record::Transaction& tx, const RiskSignal& fact, bool counts, const RiskProposal& before) const {
  RiskProposal after = before;
  Note(fact, counts, after);
  return proposals_.Update(tx, before, after, counts ? "count" : "worsen");
}

absl::StatusOr<std::string> Signals::Propose(record::Transaction& tx, const Told& told, const v1::SignalRule& rule, RiskSignal fact,
                                             const RiskProposal* prepared) const {
  RiskProposal proposal;
  if (prepared != nullptr) {
    proposal = *prepared;
  } else {
    proposal.set_name(absl::StrCat("riskProposals/", record::NewId(tx.call.now)));
    proposal.set_source(fact.source().empty() ? fact.subject() : fact.source());
    proposal.set_category(rule.category());
    proposal.set_subject(fact.subject());
    proposal.set_title(rule.title());
  }
  proposal.set_state(RiskProposal::STATE_PROPOSED);
  proposal.set_signal_kind(fact.kind());
  if (rule.has_suggested()) *proposal.mutable_suggested() = rule.suggested();
  proposal.set_signal_policy(told.policy.name());
  RETURN_IF_ERROR(SetDueTime(tx, told.policy, &rule, proposal));
  Note(fact, true, proposal);
  RETURN_IF_ERROR(proposals_.Insert(tx, proposal, "propose"));
  RETURN_IF_ERROR(tx.sql
                      .Execute("UPDATE risk_matters SET proposal = ? WHERE subject = ? AND kind = ?",
                               sql::Bind(proposal.name(), fact.subject(), v1::SignalKind_Name(fact.kind())))
                      .status());
  RETURN_IF_ERROR(Keep(tx, told, proposal, std::move(fact)));
  return proposal.name();
}

absl::StatusOr<absl::Time> Signals::DueTime(record::Transaction& tx, const v1::SignalPolicy& policy, const v1::SignalRule* rule) const {
  ASSIGN_OR_RETURN(const v1::RiskPolicy times, times_.InForce(tx.sql, tx.call.now));
  const int32_t hours = rule != nullptr ? rule->decision_hours() : policy.decision_hours();
  if (hours > 0) return times_.DueTime(tx.sql, times, absl::Hours(hours), tx.call.now);
  const int32_t days = rule != nullptr ? rule->decision_days() : times.proposal_days() > 0 ? times.proposal_days() : times.treatment_days();
  ASSIGN_OR_RETURN(const absl::CivilDay day, times_.DueDay(tx.sql, times, days, tx.call.now));
  return absl::FromCivil(day + 1, times_.zone());
}

absl::Status Signals::SetDueTime(record::Transaction& tx, const v1::SignalPolicy& policy, const v1::SignalRule* rule,
                                 RiskProposal& proposal) const {
  ASSIGN_OR_RETURN(const absl::Time due, DueTime(tx, policy, rule));
  *proposal.mutable_due_time() = time::ToTimestamp(due);
  proposal.clear_overdue_days();
  return job::Schedule(tx, {absl::StrCat(proposal.name(), "/overdue"), kProposalOverdueJob, proposal.name(), due});
}

absl::Status Signals::Keep(record::Transaction& tx, const Told& told, const RiskProposal& proposal, RiskSignal fact) const {
  fact.set_name(absl::StrCat(proposal.name(), "/signals/", text::Sha256Hex(fact.key()).substr(0, 32)));
  Mark(proposal.restricted_risk(), fact);
  if (!told.known.has_value() || told.known->name() != fact.name()) return facts_.Insert(tx, fact, "tell");
  RiskSignal after = *told.known;
  Mark(proposal.restricted_risk(), after);
  after.set_severity(fact.severity());
  return facts_.Update(tx, *told.known, after, "worsen");
}

job::Outcome Signals::TellOverdue(const rpc::Call& call, const job::Job& job) {
  bool again = false;
  const absl::Status told = store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const RiskProposal before, proposals_.Lock(tx, job.payload));
    again = before.state() == RiskProposal::STATE_PROPOSED;
    if (!again) return absl::OkStatus();
    // A job may be done twice.
    const auto days = static_cast<int32_t>((tx.call.now - time::ToTime(before.due_time())) / absl::Hours(24) + 1);
    if (before.overdue_days() >= days) return absl::OkStatus();
    ASSIGN_OR_RETURN(const v1::RiskPolicy times, times_.InForce(tx.sql, tx.call.now));
    RiskProposal after = before;
    after.set_overdue_days(days);
    // What nobody is to decide rises at once, and every day.
    const char* const verb = before.owner().empty() ? "escalate" : OverdueVerb(before.overdue_days(), days, times.escalation_days());
    return proposals_.Update(tx, before, after, verb);
  });
  if (!told.ok()) return job::Outcome::Failed(told);
  return again ? job::Outcome::Again(call.now + absl::Hours(24)) : job::Outcome::Done();
}

void Signals::Bind(record::Methods& methods) {
  policies_.Bind<v1::PublishSignalPolicyRequest>(methods);
  methods.Reads(facts_);
  methods.Bind("PostRiskSignal", this, &Signals::Post);
}

}  // namespace heitie::risk
