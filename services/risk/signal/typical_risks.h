// Risks that are typical of kinds of activities and projects are proposed when one is drafted (policy R1).
#ifndef HEITIE_SERVICES_RISK_SIGNAL_TYPICAL_RISKS_H_
#define HEITIE_SERVICES_RISK_SIGNAL_TYPICAL_RISKS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/people/directory.h"
#include "common/record/methods.h"
#include "heitie/risk/v1/risk_type.pb.h"
#include "heitie/risk/v1/typical_risk.pb.h"
#include "services/risk/signal/risk_proposal.h"

namespace heitie::risk {

// What was drafted.
struct Drafted {
  v1::TypicalRisk::Target target = v1::TypicalRisk::TARGET_UNSPECIFIED;
  std::string subject, owner;
  std::string kind;  // of an activity, or the type of a project; empty when it has none
  absl::Time time;
};

// What is said of a typical risk, as its version; without the times of a row. Pure.
v1::TypicalRiskVersion VersionOf(const v1::TypicalRisk& typical);

// Of the versions of all typical risks, by their names, those that counted at a time: of each risk the latest whose time had come. Pure.
std::vector<v1::TypicalRiskVersion> InForceAt(const std::vector<v1::TypicalRiskVersion>& versions, absl::Time time);

// Whether the risk is typical of it. Pure.
bool IsTypical(const v1::TypicalRiskVersion& typical, const Drafted& drafted);

// The proposal, one for each typical risk of a subject; without the time by which it is decided. Pure.
v1::RiskProposal ProposalOf(const v1::TypicalRiskVersion& typical, const Drafted& drafted);

// Thread-safe.
class TypicalRisks {
 public:
  TypicalRisks(record::Store& store, const people::Directory& people, const record::Kind<v1::RiskType>& types, RiskProposals& proposals);
  void Bind(record::Methods& methods);
  // Proposes what is typical of it, each once however often it is told.
  absl::Status Propose(record::Transaction& tx, const Drafted& drafted) const;

 private:
  absl::Status Create(record::Transaction& tx, v1::TypicalRisk& typical);
  absl::Status Update(record::Transaction& tx, const v1::TypicalRisk& before, v1::TypicalRisk& after);
  absl::Status Delete(record::Transaction& tx, const v1::TypicalRisk& typical);
  // Writes what it says as its next version.
  absl::Status KeepVersion(record::Transaction& tx, v1::TypicalRisk& typical) const;

  record::Store& store_;
  const people::Directory& people_;
  RiskProposals& proposals_;
  const record::Kind<v1::RiskType>& types_;
  record::Kind<v1::TypicalRisk> typical_;
  record::Kind<v1::TypicalRiskVersion> versions_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_SIGNAL_TYPICAL_RISKS_H_
