#include "services/risk/signal/typical_risks.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/record/unused.h"
#include "common/status/macros.h"
#include "common/text/markdown.h"
#include "common/time/instant.h"
#include "services/risk/register/risk.h"

namespace heitie::risk {

using v1::RiskProposal;
using v1::TypicalRisk;

bool IsTypical(const TypicalRisk& typical, const Drafted& drafted) {
  if (typical.target() != drafted.target || time::ToTime(typical.create_time()) > drafted.time) return false;
  return typical.kinds().empty() || std::find(typical.kinds().begin(), typical.kinds().end(), drafted.kind) != typical.kinds().end();
}

RiskProposal ProposalOf(const TypicalRisk& typical, const Drafted& drafted) {
  RiskProposal proposal;
  proposal.set_name(absl::StrCat("riskProposals/", text::Sha256Hex(absl::StrCat(typical.name(), " ", drafted.subject)).substr(0, 32)));
  proposal.set_source(typical.name());
  proposal.set_typical_risk(typical.name());
  proposal.set_category(typical.category());
  proposal.set_subject(drafted.subject);
  proposal.set_title(typical.title());
  proposal.set_owner(drafted.owner);
  if (typical.has_suggested()) *proposal.mutable_suggested() = typical.suggested();
  proposal.set_state(RiskProposal::STATE_PROPOSED);
  return proposal;
}

TypicalRisks::TypicalRisks(record::Store& store, const people::Directory& people, const record::Kind<v1::RiskType>& types,
                           RiskProposals& proposals, const RiskPolicies& policies)
    : people_(people), proposals_(proposals.kind()), policies_(policies), types_(types), typical_(store) {
  proposals.SetTypical([this](sql::Session& session, const std::string& name) { return typical_.Find(session, name); });
}

absl::Status TypicalRisks::Create(record::Transaction& tx, TypicalRisk& typical) { return Update(tx, {}, typical); }

absl::Status TypicalRisks::Update(record::Transaction& tx, const TypicalRisk&, TypicalRisk& after) {
  if (after.risk_type().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::RiskType type, types_.Find(tx.sql, after.risk_type()));
  status::BadFields bad;
  CheckCategory("typical_risk.risk_type", type, after.category(), bad);
  return bad.status();
}

absl::Status TypicalRisks::Propose(record::Transaction& tx, const Drafted& drafted) const {
  ASSIGN_OR_RETURN(const std::vector<TypicalRisk> all, typical_.Select(tx.sql, "ORDER BY name"));
  for (const TypicalRisk& typical : all) {
    if (!IsTypical(typical, drafted)) continue;
    RiskProposal proposal = ProposalOf(typical, drafted);
    const absl::Status known = proposals_.Find(tx.sql, proposal.name()).status();
    if (known.ok()) continue;
    if (!absl::IsNotFound(known)) return known;
    // Whoever has left meanwhile reviews nothing.
    if (people_.HasLeft(proposal.owner(), tx.call.now)) proposal.clear_owner();
    ASSIGN_OR_RETURN(const v1::RiskPolicy policy, policies_.InForce(tx.sql, tx.call.now));
    const int32_t days = policy.proposal_days() > 0 ? policy.proposal_days() : policy.treatment_days();
    ASSIGN_OR_RETURN(const absl::CivilDay day, policies_.DueDay(tx.sql, policy, days, tx.call.now));
    const absl::Time due = absl::FromCivil(day + 1, policies_.zone());
    *proposal.mutable_due_time() = time::ToTimestamp(due);
    RETURN_IF_ERROR(proposals_.Insert(tx, proposal, "propose"));
    RETURN_IF_ERROR(job::Schedule(tx, {absl::StrCat(proposal.name(), "/overdue"), kProposalOverdueJob, proposal.name(), due}));
  }
  return absl::OkStatus();
}

void TypicalRisks::Bind(record::Methods& methods) {
  methods.Reads(typical_);
  methods.Creates(typical_, this, &TypicalRisks::Create);
  methods.Updates(typical_, this, &TypicalRisks::Update);
  record::DeletesUnused(methods, typical_);
}

}  // namespace heitie::risk
