// Support that other departments commit to (policy A1).
#ifndef HEITIE_SERVICES_ACTIVITY_PREPARATION_SUPPORT_COMMITMENT_H_
#define HEITIE_SERVICES_ACTIVITY_PREPARATION_SUPPORT_COMMITMENT_H_

#include "heitie/activity/v1/support_commitment.pb.h"
#include "services/activity/preparation/activity.h"

namespace heitie::activity {

extern const status::Reason kOtherDepartment;  // {department}

const record::StateMachine& SupportCommitmentMachine();

// OK when the principal may answer for the department: a member of it, or a manager.
absl::Status CheckAnswers(const rpc::Principal& principal, const v1::SupportCommitment& commitment);

// Thread-safe.
class SupportCommitments {
 public:
  explicit SupportCommitments(Activities& activities);
  void Bind(record::Methods& methods);
  const record::Kind<v1::SupportCommitment>& kind() const { return commitments_; }

 private:
  absl::Status Create(record::Transaction& tx, v1::SupportCommitment& commitment);
  // Whether the commitment may be changed, or deleted.
  absl::Status CheckParent(record::Transaction& tx, const v1::SupportCommitment& commitment);
  absl::StatusOr<v1::SupportCommitment> Accept(record::Transaction& tx, const v1::AcceptSupportCommitmentRequest& request);
  absl::StatusOr<v1::SupportCommitment> Decline(record::Transaction& tx, const v1::DeclineSupportCommitmentRequest& request);

  Activities& activities_;
  record::Kind<v1::SupportCommitment> commitments_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_PREPARATION_SUPPORT_COMMITMENT_H_
