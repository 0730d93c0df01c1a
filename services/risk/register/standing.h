// What risks rest on is watched: a residual rating lapses when its evidence falls, a transfer ends with its instrument, a reduction with
// its measures; what is due by time is told when its time has come (policy R2, R3, W1, W6).
#ifndef HEITIE_SERVICES_RISK_REGISTER_STANDING_H_
#define HEITIE_SERVICES_RISK_REGISTER_STANDING_H_

#include <string>

#include "absl/status/status.h"
#include "common/job/runner.h"
#include "common/record/kind.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "heitie/risk/v1/risk.pb.h"
#include "services/risk/policy/risk_policy.h"
#include "services/risk/quantity/assessment_duty.h"
#include "services/risk/treatment/evidence.h"

namespace heitie::risk {

// Kinds of jobs, each due at a moment that a field of the risk tells.
inline constexpr char kLapseJob[] = "lapse-residual";
inline constexpr char kTreatByJob[] = "treatment-overdue";
inline constexpr char kReviewJob[] = "review-risk";

// Thread-safe.
class Standing {
 public:
  // Handles the jobs.
  Standing(record::Store& store, job::Runner& jobs, const record::Kind<v1::Risk>& risks, const RiskPolicies& policies,
           const AssessmentDuties& duties, const EvidenceBook& book);

  // Judges a risk again after `cause`, a measure, control or instrument, has changed in this transaction. A risk that is not treated is
  // left alone.
  absl::Status Recheck(record::Transaction& tx, const std::string& risk, const std::string& cause) const;
  absl::Status Recheck(record::Transaction& tx, const google::protobuf::RepeatedPtrField<std::string>& risks,
                       const std::string& cause) const;

 private:
  // Why the treatment itself has ended; empty while it goes on.
  absl::StatusOr<std::string> EndOfTransfer(sql::Session& session, const v1::Risk& risk) const;
  // Whether all measures of a reduction are given up or without effect.
  absl::StatusOr<bool> NothingLeft(sql::Session& session, const v1::Risk& risk) const;
  absl::Status JudgeEvidence(record::Transaction& tx, const v1::Risk& before, const std::string& cause) const;
  absl::Status TellOverdue(record::Transaction& tx, const std::string& risk) const;
  absl::Status AskForReview(record::Transaction& tx, const std::string& risk) const;

  const record::Kind<v1::Risk>& risks_;
  const RiskPolicies& policies_;
  const AssessmentDuties& duties_;
  const EvidenceBook& book_;
};

// What follows a change of a control or an instrument in its transaction: its list of risks is kept the other way round as well, and the
// risks that it named or names are judged again. A change of words moves nothing.
template <typename T>
absl::Status FollowLinks(record::Transaction& tx, const Standing& standing, const T* before, const T& after) {
  static const google::protobuf::RepeatedPtrField<std::string>& none = *new google::protobuf::RepeatedPtrField<std::string>;
  absl::Status kept = KeepLinks(tx, after.name(), before == nullptr ? none : before->risks(), after.risks());
  if (!kept.ok() || before == nullptr) return kept;
  google::protobuf::RepeatedPtrField<std::string> concerned = before->risks();
  concerned.MergeFrom(after.risks());
  return SameStanding(*before, after) ? absl::OkStatus() : standing.Recheck(tx, concerned, after.name());
}

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_REGISTER_STANDING_H_
