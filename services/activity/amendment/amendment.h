// Carries amendments out (policy W1–W3): a saga of one transaction after each step, so that whoever comes next — the caller, a repetition
// of the request, or the job after a crash — goes on where the last one stopped.
//
// First more is taken, so that both the old and the new scope are covered; then the activity gets the new scope in one transaction; then
// what the new scope does not need is given back. What cannot be applied is taken back instead, and the amendment is PROPOSED again. Each
// step names what is to be held, not what is to be added, and may be repeated. While it is carried out no other amendment of the activity
// is.
//
// Rows are locked in this order: activity, amendment.
#ifndef HEITIE_SERVICES_ACTIVITY_AMENDMENT_AMENDMENT_H_
#define HEITIE_SERVICES_ACTIVITY_AMENDMENT_AMENDMENT_H_

#include <functional>
#include <string>
#include <vector>

#include "common/record/methods.h"
#include "common/service/main.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/amendment.pb.h"
#include "heitie/resource/v1/allotment.pb.h"
#include "services/activity/amendment/amendment_rules.h"
#include "services/activity/launch/readiness.h"
#include "services/activity/preparation/activity.h"

namespace heitie::activity {

extern const status::Reason kAmendmentContinues;  // {amendment} {why}

// Thread-safe.
class Amendments {
 public:
  // Registers the job that goes on with what was begun.
  Amendments(service::Context context, Activities& activities, Readiness& readiness);
  void Bind(record::Methods& methods);

 private:
  using Amendment = v1::Amendment;
  // What a step came to: the verb, and what else it writes of the amendment and the activity, which are locked. An empty verb: nothing yet.
  struct Outcome {
    const char* verb = nullptr;
    std::vector<v1::PreconditionVerdict> verdicts;
    std::function<absl::Status(record::Transaction&, const v1::Activity& before, v1::Activity& after, Amendment& amendment)> change;
  };

  absl::Status Create(record::Transaction& tx, Amendment& amendment);
  absl::StatusOr<Amendment> Approve(const rpc::Call& call, const v1::ApproveAmendmentRequest& request);
  absl::StatusOr<Amendment> Reject(record::Transaction& tx, const v1::RejectAmendmentRequest& request);
  absl::StatusOr<Amendment> Withdraw(record::Transaction& tx, const v1::WithdrawAmendmentRequest& request);

  absl::StatusOr<Amendment> Begin(record::Transaction& tx, const v1::ApproveAmendmentRequest& request);
  // Takes steps until it is over. An error: a service or the database did not answer, and it is still to be finished.
  absl::StatusOr<Amendment> Drive(const rpc::Call& call, const std::string& name);
  absl::StatusOr<Outcome> Step(const rpc::Call& call, const Amendment& amendment);
  absl::StatusOr<Outcome> Check(const rpc::Call& call, const Amendment& amendment);
  absl::StatusOr<Outcome> Take(const rpc::Call& call, const Amendment& amendment, const v1::Activity& activity);
  // The verdicts against holding less than was used.
  absl::StatusOr<std::vector<v1::PreconditionVerdict>> CheckUse(const rpc::Call& call, const v1::Activity& activity,
                                                                const resource::v1::Allotment& after, const Wanted& wanted);
  absl::StatusOr<Outcome> TakeNew(const rpc::Call& call, const Amendment& amendment, const resource::v1::Allotment& needs,
                                  const Wanted& wanted);
  absl::StatusOr<Outcome> Apply(const Amendment& amendment, const v1::Activity& activity);
  absl::StatusOr<Outcome> Settle(const rpc::Call& call, const Amendment& amendment, const v1::Activity& activity);
  absl::StatusOr<Outcome> GiveBack(const rpc::Call& call, const Amendment& amendment, const v1::Activity& activity);
  // Makes the activity's allotment hold exactly these needs, of the parts that are wanted.
  absl::StatusOr<resource::v1::Allotment> Hold(const rpc::Call& call, const Amendment& amendment, const std::string& allotment,
                                               const resource::v1::Allotment& needs, const Wanted& wanted);
  absl::Status Record(const rpc::Call& call, const Amendment& seen, const Outcome& outcome);
  bool IsTooLate(const Amendment& amendment) const;
  Outcome GivenUp(const Amendment& amendment, const char* verb, status::Language language) const;

  service::Context context_;
  Activities& activities_;
  Readiness& readiness_;
  record::Kind<Amendment> amendments_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_AMENDMENT_AMENDMENT_H_
