// What plans cite as evidence 數據支持 (policy P1).
#ifndef HEITIE_SERVICES_PLANNING_EVIDENCE_CITATION_H_
#define HEITIE_SERVICES_PLANNING_EVIDENCE_CITATION_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "heitie/planning/v1/citation.pb.h"
#include "heitie/planning/v1/survey_result.pb.h"
#include "services/planning/evidence/flags.h"
#include "services/planning/evidence/soundness.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

extern const status::Reason kOnePiece;
extern const status::Reason kValidityMissing;
extern const status::Reason kNothingCites;
extern const status::Reason kNotReplaceable;     // {name}
extern const status::Reason kPlanRestsOnIt;      // {name} {state}
extern const status::Reason kReaffirmedTooLong;  // {until} {first} {last} {policy}

const record::StateMachine& CitationMachine();

// The active citations of a project with what they cite, and what the policy wants, at an instant.
absl::StatusOr<Evidence> LoadEvidence(sql::Session& session, const Tables& tables, const std::string& project, absl::Time now);

// Thread-safe.
class Citations {
 public:
  Citations(Tables& tables, EvidenceFlags& flags) : tables_(tables), flags_(flags) {}
  Citations(const Citations&) = delete;
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::Citation& citation);
  absl::StatusOr<v1::Citation> Withdraw(record::Transaction& tx, const v1::WithdrawCitationRequest& request);
  absl::StatusOr<v1::Citation> Reaffirm(record::Transaction& tx, const v1::ReaffirmCitationRequest& request);
  absl::StatusOr<v1::CheckEvidenceResponse> Check(const rpc::Call& call, const v1::CheckEvidenceRequest& request);

  absl::Status Replace(record::Transaction& tx, const std::string& replaced) const;

  Tables& tables_;
  EvidenceFlags& flags_;
  record::Kind<v1::SurveyResult> survey_results_{tables_.store};
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_EVIDENCE_CITATION_H_
