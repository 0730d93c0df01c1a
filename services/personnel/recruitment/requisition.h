// Requisitions and their money (policy H2, S5).
#ifndef HEITIE_SERVICES_PERSONNEL_RECRUITMENT_REQUISITION_H_
#define HEITIE_SERVICES_PERSONNEL_RECRUITMENT_REQUISITION_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/event/reactions.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/offer.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/personnel/v1/requisition.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "services/personnel/recruitment/decisions.h"
#include "services/personnel/recruitment/headcount_plan.h"
#include "services/personnel/staff/employee.h"

namespace heitie::personnel {

extern const status::Reason kUnknownOwner;            // {owner}
extern const status::Reason kUnknownReplaced;         // {replaced}
extern const status::Reason kReplacedMissing;         // a field
extern const status::Reason kMoneyTermPast;           // {time}
extern const status::Reason kRequisitionFixed;        // a field
extern const status::Reason kNotYoursToRun;           // {requisition}
extern const status::Reason kRequisitionNotApproved;  // {requisition} {state}
extern const status::Reason kMoneyUnderWay;           // {requisition}
extern const status::Reason kMoneyContinues;          // {requisition}
extern const status::Reason kMoneyLapsed;             // {requisition}
extern const status::Reason kHeldByHand;              // {requisition}

const record::StateMachine& RequisitionMachine();

// Whether it is filled, rejected or cancelled.
bool IsOver(const v1::Requisition& requisition);

// The fields that an update changes and that are fixed in the state of the requisition.
std::vector<std::string> FixedChanges(const v1::Requisition& before, const v1::Requisition& after);

// How many of a requisition's seats wait for an answer, are accepted, and have an employee.
struct SeatCount {
  int extended = 0, accepted = 0, hired = 0;
  int taken() const { return accepted + hired; }
};
absl::StatusOr<SeatCount> CountSeats(sql::Session& session, const std::string& requisition);

// Locks are taken in one order: plan, requisition, opening or offer, application. Thread-safe.
class Requisitions {
 public:
  // Handles the jobs of kind "requisition_money" and follows resource's encumbrances.
  Requisitions(service::Context context, const Decisions& decisions, const HeadcountPlans& plans,
               const record::Kind<v1::Position>& positions, const Employees& employees);
  void Bind(record::Methods& methods);
  const record::Kind<v1::Requisition>& kind() const { return requisitions_; }
  const HeadcountPlans& plans() const { return plans_; }
  // As CreateRequisition does, for what a requisition follows from, in its transaction. Its errors.
  absl::StatusOr<v1::Requisition> Open(record::Transaction& tx, v1::Requisition requisition) const;

  // The locked requisition, whose seats nobody takes meanwhile, if the caller may run it: its owner, who leads the owner, an operations
  // manager or this service. NOT_YOURS_TO_RUN; REQUISITION_NOT_APPROVED unless it is approved.
  absl::StatusOr<v1::Requisition> GuardToRun(record::Transaction& tx, const std::string& name) const;
  absl::StatusOr<v1::Requisition> GuardOpen(record::Transaction& tx, const std::string& name) const;

  // Each plans what is to be done with the money of a requisition that GuardToRun or GuardOpen gave; Drive does it after the commit, or
  // else a job. `taken` seats are accepted or hired, a new one included.
  absl::Status CommitSeat(record::Transaction& tx, const v1::Requisition& before, const std::string& offer, int taken) const;
  absl::Status PayOpening(record::Transaction& tx, const v1::Requisition& before, const std::string& opening, int64_t cost_minor) const;
  // Takes due steps until none is left. An error when resource does not answer.
  absl::Status Drive(const rpc::Call& call, const std::string& name) const;

  // Ends the requisition when as many are hired as it has seats.
  absl::Status FillIfDone(record::Transaction& tx, const std::string& name) const;

  // What is done in the transaction that ends a requisition, or that gives it another owner.
  using Follow = std::function<absl::Status(record::Transaction&, const v1::Requisition&)>;
  void OnEnd(Follow follow) { on_end_.push_back(std::move(follow)); }
  void OnOwner(Follow follow) { on_owner_.push_back(std::move(follow)); }

 private:
  absl::Status Create(record::Transaction& tx, v1::Requisition& requisition) { return Prepare(tx, requisition); }
  absl::Status Prepare(record::Transaction& tx, v1::Requisition& requisition) const;
  absl::Status Update(record::Transaction& tx, const v1::Requisition& before, v1::Requisition& after);
  absl::StatusOr<v1::Requisition> Approve(const rpc::Call& call, const v1::ApproveRequisitionRequest& request);
  absl::StatusOr<v1::Requisition> Reject(const rpc::Call& call, const v1::RejectRequisitionRequest& request);
  absl::StatusOr<v1::Requisition> Cancel(const rpc::Call& call, const v1::CancelRequisitionRequest& request);
  absl::StatusOr<v1::Requisition> Hold(record::Transaction& tx, const v1::HoldRequisitionRequest& request);
  absl::StatusOr<v1::Requisition> Resume(record::Transaction& tx, const v1::ResumeRequisitionRequest& request);

  absl::StatusOr<v1::Requisition> BeginApproval(record::Transaction& tx, const v1::ApproveRequisitionRequest& request) const;
  // Every bad field; an owner other than the one who is known must exist. UNKNOWN_POSITION, UNKNOWN_OWNER, UNKNOWN_REPLACED,
  // REPLACED_MISSING, MONEY_TERM_PAST.
  absl::Status CheckFields(record::Transaction& tx, const v1::Requisition& requisition, const std::string& known_owner) const;
  absl::Status CheckMayRun(const rpc::Call& call, const v1::Requisition& requisition) const;
  // Calls resource for a step: the currency of its money, or a refusal, or an outage.
  absl::StatusOr<std::string> Take(const rpc::Call& call, const v1::Requisition& requisition, int step) const;
  absl::Status Note(const rpc::Call& call, const std::string& name, int step, const absl::StatusOr<std::string>& outcome) const;
  // What follows from money that was set aside, or from money that was refused; names the event.
  absl::StatusOr<const char*> FollowMoney(record::Transaction& tx, int step, v1::Requisition& after) const;
  // Of a requisition that HasMoney: it is on hold until somebody approves it again. Names the event.
  absl::StatusOr<const char*> Lapse(record::Transaction& tx, v1::Requisition& after, const std::string& reason) const;
  // Ends a requisition whose state has been set: money, openings, offers, applications.
  absl::Status End(record::Transaction& tx, v1::Requisition& after) const;
  absl::Status OnEncumbrance(const rpc::Call& call, const event::Change<resource::v1::Encumbrance>& change);

  const service::Context context_;
  const Decisions& decisions_;
  const HeadcountPlans& plans_;
  record::Kind<v1::Requisition> requisitions_;
  const record::Kind<v1::Position>& positions_;
  const Employees& employees_;
  std::vector<Follow> on_end_, on_owner_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_RECRUITMENT_REQUISITION_H_
