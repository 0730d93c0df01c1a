#include "services/activity/preparation/support_commitment.h"

#include <array>

#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/support_commitment.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "services/activity/preparation/preparation_item.h"

namespace heitie::activity {

using v1::SupportCommitment;

const status::Reason kOtherDepartment{absl::StatusCode::kPermissionDenied, "OTHER_DEPARTMENT",
                                      "Only a member of {department} or a manager may answer.", "僅 {department} 的成員或經理可以答覆。",
                                      "仅 {department} 的成员或经理可以答复。"};

namespace {

constexpr auto kTransitions = std::to_array<record::Transition>({
    {SupportCommitment::STATE_REQUESTED, "accept", SupportCommitment::STATE_ACCEPTED},
    {SupportCommitment::STATE_REQUESTED, "decline", SupportCommitment::STATE_DECLINED},
    {SupportCommitment::STATE_ACCEPTED, "decline", SupportCommitment::STATE_DECLINED},
    {SupportCommitment::STATE_DECLINED, "accept", SupportCommitment::STATE_ACCEPTED},
});

}  // namespace

const record::StateMachine& SupportCommitmentMachine() {
  static const auto* const kMachine = new record::StateMachine(SupportCommitment::State_descriptor(), kTransitions);
  return *kMachine;
}

absl::Status CheckAnswers(const rpc::Principal& principal, const SupportCommitment& commitment) {
  if (principal.Has(options::v1::ROLE_OPERATIONS_MANAGER) || principal.department == commitment.department()) return absl::OkStatus();
  return status::Error(kOtherDepartment, {{"department", commitment.department()}});
}

SupportCommitments::SupportCommitments(Activities& activities) : activities_(activities), kind_(activities.store()) {
  kind_.SetDecorator([](sql::Session&, SupportCommitment& commitment) {
    record::SetAllowedVerbs(SupportCommitmentMachine(), commitment);
    return absl::OkStatus();
  });
}

absl::Status SupportCommitments::CheckParent(record::Transaction& tx, const std::string& commitment) const {
  ASSIGN_OR_RETURN(const v1::Activity activity, activities_.kind().Guard(tx, record::ParentOf(commitment)));
  return CheckPreparable(activity);
}

rpc::Handler SupportCommitments::Creator() {
  return kind_.Creator<v1::CreateSupportCommitmentRequest>(
      [this](record::Transaction& tx, const v1::CreateSupportCommitmentRequest&, SupportCommitment& commitment) {
        commitment.set_state(SupportCommitment::STATE_REQUESTED);
        return CheckParent(tx, commitment.name());
      });
}

rpc::Handler SupportCommitments::Deleter() {
  return kind_.Deleter([this](record::Transaction& tx, const SupportCommitment& commitment) { return CheckParent(tx, commitment.name()); });
}

absl::StatusOr<SupportCommitment> SupportCommitments::Answer(record::Transaction& tx, const std::string& name, const std::string& etag,
                                                             const std::string& verb, const std::string& reason) {
  ASSIGN_OR_RETURN(const SupportCommitment before, kind_.Lock(tx, name));
  RETURN_IF_ERROR(CheckAnswers(tx.call.principal, before));
  RETURN_IF_ERROR(record::CheckEtag(name, before.etag(), etag));
  RETURN_IF_ERROR(CheckParent(tx, name));
  ASSIGN_OR_RETURN(const int next, SupportCommitmentMachine().Next(name, before.state(), verb));
  SupportCommitment after = before;
  after.set_state(static_cast<SupportCommitment::State>(next));
  after.set_acceptor(tx.call.principal.name);
  *after.mutable_answer_time() = time::ToTimestamp(tx.call.now);
  after.set_decline_reason(reason);
  RETURN_IF_ERROR(kind_.Update(tx, before, after, verb));
  return kind_.Decorated(tx.sql, after);
}

absl::StatusOr<SupportCommitment> SupportCommitments::Accept(record::Transaction& tx, const v1::AcceptSupportCommitmentRequest& request) {
  return Answer(tx, request.name(), request.etag(), "accept", "");
}

absl::StatusOr<SupportCommitment> SupportCommitments::Decline(record::Transaction& tx, const v1::DeclineSupportCommitmentRequest& request) {
  return Answer(tx, request.name(), request.etag(), "decline", request.reason());
}

}  // namespace heitie::activity
