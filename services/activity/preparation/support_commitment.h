// Support that other departments commit to (policy A1).
#pragma once

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

  record::Kind<v1::SupportCommitment>& kind() { return kind_; }
  rpc::Handler Creator();
  rpc::Handler Deleter();
  absl::StatusOr<v1::SupportCommitment> Accept(record::Transaction& tx, const v1::AcceptSupportCommitmentRequest& request);
  absl::StatusOr<v1::SupportCommitment> Decline(record::Transaction& tx, const v1::DeclineSupportCommitmentRequest& request);

 private:
  absl::Status CheckParent(record::Transaction& tx, const std::string& commitment) const;
  absl::StatusOr<v1::SupportCommitment> Answer(record::Transaction& tx, const std::string& name, const std::string& etag,
                                               const std::string& verb, const std::string& reason);

  Activities& activities_;
  record::Kind<v1::SupportCommitment> kind_;
};

}  // namespace heitie::activity
