#include "services/risk/signal/typical_risks.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/record/rule_set.h"
#include "common/record/unused.h"
#include "common/status/macros.h"
#include "common/text/markdown.h"
#include "common/time/instant.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/risk/register/risk.h"

namespace heitie::risk {

using v1::RiskProposal;
using v1::TypicalRisk;
using v1::TypicalRiskVersion;

TypicalRiskVersion VersionOf(const TypicalRisk& typical) {
  TypicalRiskVersion version;
  version.set_name(absl::StrFormat("%s/versions/%04d", typical.name(), typical.version()));
  version.set_version(typical.version());
  version.set_title(typical.title());
  version.set_cause(typical.cause());
  version.set_consequence(typical.consequence());
  version.set_category(typical.category());
  version.set_risk_type(typical.risk_type());
  version.set_target(typical.target());
  *version.mutable_kinds() = typical.kinds();
  if (typical.has_suggested()) *version.mutable_suggested() = typical.suggested();
  *version.mutable_start_time() = typical.start_time();
  return version;
}

std::vector<TypicalRiskVersion> InForceAt(const std::vector<TypicalRiskVersion>& versions, absl::Time time) {
  std::map<std::string, TypicalRiskVersion> latest;
  for (const TypicalRiskVersion& version : versions) {
    if (time::ToTime(version.start_time()) <= time) latest[record::ParentOf(version.name())] = version;
  }
  std::vector<TypicalRiskVersion> in_force;
  for (auto& [typical, version] : latest) in_force.push_back(std::move(version));
  return in_force;
}

bool IsTypical(const TypicalRiskVersion& typical, const Drafted& drafted) {
  if (typical.target() != drafted.target) return false;
  return typical.kinds().empty() || std::find(typical.kinds().begin(), typical.kinds().end(), drafted.kind) != typical.kinds().end();
}

RiskProposal ProposalOf(const TypicalRiskVersion& typical, const Drafted& drafted) {
  const std::string of = record::ParentOf(typical.name());
  RiskProposal proposal;
  // Whatever version it is of, it is proposed once.
  proposal.set_name(absl::StrCat("riskProposals/", text::Sha256Hex(absl::StrCat(of, " ", drafted.subject)).substr(0, 32)));
  proposal.set_source(of);
  proposal.set_typical_risk(of);
  proposal.set_typical_risk_version(typical.name());
  proposal.set_category(typical.category());
  proposal.set_subject(drafted.subject);
  proposal.set_title(typical.title());
  proposal.set_owner(drafted.owner);
  if (typical.has_suggested()) *proposal.mutable_suggested() = typical.suggested();
  proposal.set_state(RiskProposal::STATE_PROPOSED);
  return proposal;
}

TypicalRisks::TypicalRisks(record::Store& store, const people::Directory& people, const record::Kind<v1::RiskType>& types,
                           RiskProposals& proposals)
    : store_(store), people_(people), proposals_(proposals), types_(types), typical_(store), versions_(store) {
  proposals.SetTypical([this](sql::Session& session, const std::string& version) { return versions_.Find(session, version); });
}

absl::Status TypicalRisks::KeepVersion(record::Transaction& tx, TypicalRisk& typical) const {
  if (!typical.has_start_time()) *typical.mutable_start_time() = time::ToTimestamp(tx.call.now);
  const absl::Time start = time::ToTime(typical.start_time());
  status::BadFields bad;
  if (start < tx.call.now) {
    bad.Add("typical_risk.start_time", record::kStartInThePast, {{"name", typical.name()}, {"start", time::InstantText(start)}});
  }
  if (!typical.risk_type().empty()) {
    ASSIGN_OR_RETURN(const v1::RiskType type, types_.Find(tx.sql, typical.risk_type()));
    CheckCategory("typical_risk.risk_type", type, typical.category(), bad);
  }
  RETURN_IF_ERROR(bad.status());
  typical.set_version(typical.version() + 1);
  TypicalRiskVersion version = VersionOf(typical);
  return versions_.Insert(tx, version);
}

absl::Status TypicalRisks::Create(record::Transaction& tx, TypicalRisk& typical) { return KeepVersion(tx, typical); }

absl::Status TypicalRisks::Update(record::Transaction& tx, const TypicalRisk& before, TypicalRisk& after) {
  using google::protobuf::util::MessageDifferencer;
  if (MessageDifferencer::Equals(VersionOf(before), VersionOf(after))) return absl::OkStatus();
  if (MessageDifferencer::Equals(before.start_time(), after.start_time())) after.clear_start_time();
  return KeepVersion(tx, after);
}

absl::Status TypicalRisks::Delete(record::Transaction& tx, const TypicalRisk& typical) {
  // What was said of it goes with it.
  ASSIGN_OR_RETURN(const std::vector<TypicalRiskVersion> versions, versions_.Children(tx.sql, typical.name()));
  for (const TypicalRiskVersion& version : versions) RETURN_IF_ERROR(versions_.Delete(tx, version));
  return record::CheckUnused(tx, store_, typical);
}

absl::Status TypicalRisks::Propose(record::Transaction& tx, const Drafted& drafted) const {
  ASSIGN_OR_RETURN(const std::vector<TypicalRiskVersion> all, versions_.Select(tx.sql, "ORDER BY name"));
  for (const TypicalRiskVersion& typical : InForceAt(all, drafted.time)) {
    if (!IsTypical(typical, drafted)) continue;
    RiskProposal proposal = ProposalOf(typical, drafted);
    const absl::Status known = proposals_.kind().Find(tx.sql, proposal.name()).status();
    if (known.ok()) continue;
    if (!absl::IsNotFound(known)) return known;
    // Whoever has left meanwhile reviews nothing.
    if (people_.HasLeft(proposal.owner(), tx.call.now)) proposal.clear_owner();
    RETURN_IF_ERROR(proposals_.SetDue(tx, proposal));
    RETURN_IF_ERROR(proposals_.kind().Insert(tx, proposal, "propose"));
  }
  return absl::OkStatus();
}

void TypicalRisks::Bind(record::Methods& methods) {
  methods.Reads(typical_);
  methods.Creates(typical_, this, &TypicalRisks::Create);
  methods.Updates(typical_, this, &TypicalRisks::Update);
  methods.Deletes(typical_, this, &TypicalRisks::Delete);
  methods.Reads(versions_);
}

}  // namespace heitie::risk
