#include "services/activity/preparation/support_commitment.h"

#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/support_commitment.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "services/activity/preparation/lateness_job.h"
#include "services/activity/preparation/preparation_item.h"

namespace heitie::activity {

using v1::SupportCommitment;

const status::Reason kOtherDepartment{absl::StatusCode::kPermissionDenied, "OTHER_DEPARTMENT",
                                      "Only a member of {department} or a manager may answer.", "僅 {department} 的成員或經理可以答覆。"};

namespace {

void Answer(const record::Transaction& tx, SupportCommitment& commitment, const std::string& decline_reason) {
  commitment.set_acceptor(tx.call.principal.name);
  *commitment.mutable_answer_time() = time::ToTimestamp(tx.call.now);
  commitment.set_decline_reason(decline_reason);
}

}  // namespace

const record::StateMachine& SupportCommitmentMachine() {
  static const auto& machine = *new record::StateMachine(
      SupportCommitment::State_descriptor(), {
                                                 {SupportCommitment::STATE_REQUESTED, "accept", SupportCommitment::STATE_ACCEPTED},
                                                 {SupportCommitment::STATE_REQUESTED, "decline", SupportCommitment::STATE_DECLINED},
                                                 {SupportCommitment::STATE_ACCEPTED, "decline", SupportCommitment::STATE_DECLINED},
                                                 {SupportCommitment::STATE_DECLINED, "accept", SupportCommitment::STATE_ACCEPTED},
                                             });
  return machine;
}

absl::Status CheckAnswers(const rpc::Principal& principal, const SupportCommitment& commitment) {
  if (principal.Has(options::v1::ROLE_OPERATIONS_MANAGER) || principal.department == commitment.department()) return absl::OkStatus();
  return status::Error(kOtherDepartment, {{"department", commitment.department()}});
}

SupportCommitments::SupportCommitments(Activities& activities)
    : activities_(activities), commitments_(activities.store(), &SupportCommitmentMachine()) {
  commitments_.SetFollow([](record::Transaction& tx, const SupportCommitment* before, const SupportCommitment* after) {
    return KeepLateJob(tx, before, after);
  });
  commitments_.SetCheck([this](record::Transaction& tx, const SupportCommitment& commitment) -> absl::Status {
    RETURN_IF_ERROR(CheckAnswers(tx.call.principal, commitment));
    return CheckParent(tx, commitment);
  });
}

absl::Status SupportCommitments::CheckParent(record::Transaction& tx, const SupportCommitment& commitment) {
  ASSIGN_OR_RETURN(const v1::Activity activity, activities_.kind().Guard(tx, record::ParentOf(commitment.name())));
  return CheckPreparable(activity);
}

absl::Status SupportCommitments::Create(record::Transaction& tx, SupportCommitment& commitment) {
  commitment.set_state(SupportCommitment::STATE_REQUESTED);
  return CheckParent(tx, commitment);
}

absl::StatusOr<SupportCommitment> SupportCommitments::Accept(record::Transaction& tx, const v1::AcceptSupportCommitmentRequest& request) {
  return commitments_.Change(tx, request, "accept", [&](SupportCommitment& after) { Answer(tx, after, ""); });
}

absl::StatusOr<SupportCommitment> SupportCommitments::Decline(record::Transaction& tx, const v1::DeclineSupportCommitmentRequest& request) {
  return commitments_.Change(tx, request, "decline", [&](SupportCommitment& after) { Answer(tx, after, request.reason()); });
}

void SupportCommitments::Bind(record::Methods& methods) {
  methods.Reads(commitments_);
  methods.Creates(commitments_, this, &SupportCommitments::Create);
  methods.Deletes(commitments_, this, &SupportCommitments::CheckParent);
  methods.Bind("AcceptSupportCommitment", this, &SupportCommitments::Accept);
  methods.Bind("DeclineSupportCommitment", this, &SupportCommitments::Decline);
}

}  // namespace heitie::activity
