// Releases: prepared when a cycle closes, proposed, approved by a second person, and released together once the money is committed (policy
// H7, S5). What adjustments afterwards make of bonuses follows the same way.
#ifndef HEITIE_SERVICES_PERSONNEL_OUTCOME_RELEASE_H_
#define HEITIE_SERVICES_PERSONNEL_OUTCOME_RELEASE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/improvement_plan.pb.h"
#include "heitie/personnel/v1/performance_interview.pb.h"
#include "services/personnel/appraisal/correction.h"
#include "services/personnel/outcome/bonus_money.h"
#include "services/personnel/outcome/calculation.h"
#include "services/personnel/outcome/outcome_rows.h"

namespace heitie::personnel {

extern const status::Reason kReleaseUnderWay;     // {name} {state}
extern const status::Reason kBonusBaseMissing;    // {name} {positions}
extern const status::Reason kBonusBudgetMissing;  // a field
extern const status::Reason kPaidTogether;        // {name}
extern const status::Reason kSettledByFact;       // {name}

// Locks are taken in one order: cycle, release, outcomes, employees, steps. Thread-safe.
class OutcomeReleases {
 public:
  // Follows the closing of cycles and approved adjustments; handles the jobs "outcome_cycle" and "outcome_money".
  OutcomeReleases(const service::Context& context, AppraisalRows& appraisals, AppraisalCorrections& corrections, OutcomeRows& rows,
                  const OutcomeCalculation& calculation, const OutcomePolicies& policies, const Approvals& approvals);
  void Bind(record::Methods& methods);

 private:
  using Release = v1::OutcomeRelease;
  using Outcome = v1::Outcome;

  absl::StatusOr<Release> Prepare(record::Transaction& tx, const v1::PrepareOutcomeReleaseRequest& request);
  absl::StatusOr<Release> Propose(record::Transaction& tx, const v1::ProposeOutcomeReleaseRequest& request);
  absl::StatusOr<Release> Approve(const rpc::Call& call, const v1::ApproveOutcomeReleaseRequest& request);
  absl::StatusOr<Release> Reject(record::Transaction& tx, const v1::RejectOutcomeReleaseRequest& request);
  absl::StatusOr<Release> Retry(const rpc::Call& call, const v1::RetryOutcomeReleaseRequest& request);
  absl::StatusOr<Release> Withdraw(record::Transaction& tx, const v1::WithdrawOutcomeReleaseRequest& request);
  absl::StatusOr<Release> Pay(const rpc::Call& call, const v1::PayOutcomeReleaseRequest& request);
  absl::StatusOr<Outcome> Settle(const rpc::Call& call, const v1::SettleOutcomeRequest& request);
  absl::StatusOr<Outcome> Decide(record::Transaction& tx, const v1::DecideOutcomeDifferenceRequest& request);

  absl::StatusOr<Release> PrepareIn(record::Transaction& tx, const std::string& cycle) const;
  // Computes the outcomes of a release that is prepared or about to be proposed, and writes them below it.
  absl::Status Fill(record::Transaction& tx, const v1::AppraisalCycle& cycle, Release& release) const;
  // Releases everything below a release whose money is committed, or that needs none, and the release itself.
  absl::Status ReleaseAll(record::Transaction& tx, Release& release) const;
  // Who may decide about a proposal. OWN_PROPOSAL, NOT_THE_APPROVER.
  absl::Status CheckApprover(record::Transaction& tx, const Release& release) const;
  // What became of adjustments since the release: a difference of the bonus, and what else follows from the new result. What the person has
  // is never taken away.
  absl::Status FollowAdjustments(record::Transaction& tx, const v1::AppraisalCycle& cycle) const;
  absl::Status AddDifference(record::Transaction& tx, const Release& release, CycleTerms& terms, const SheetOutcomes& follows,
                             const v1::AppraisalAdjustment& adjustment, const std::vector<Outcome>& present) const;

  // Takes due money steps of a release, or of an outcome, until none is left. An error when resource does not answer.
  absl::Status Drive(const rpc::Call& call, const std::string& name) const;
  template <typename Row, typename Follow>
  absl::Status DriveRow(const rpc::Call& call, const record::Kind<Row>& kind, const std::string& name, Follow follow) const;
  // What follows from an answer of resource; names the event.
  absl::StatusOr<const char*> FollowMoney(record::Transaction& tx, const MoneyNote& note, int step, Release& after) const;
  absl::StatusOr<const char*> FollowMoney(record::Transaction& tx, const MoneyNote& note, int step, Outcome& after) const;
  void AskAgain(record::Transaction& tx, Release& after) const;
  // Asks once more for the money of an outcome that waits for it and has no step due.
  absl::Status AskAgain(record::Transaction& tx, const std::string& outcome) const;

  // After closing, and after each adjustment.
  job::Outcome FollowCycle(const rpc::Call& call, const job::Job& job) const;
  // From time to time: asks for missing money again, and settles by what became of interviews and plans.
  job::Outcome Advance(const rpc::Call& call) const;
  absl::Status AskForMissing(const rpc::Call& call) const;
  absl::Status SettleByFacts(const rpc::Call& call) const;
  // The outcome as facts have it by now.
  absl::StatusOr<Outcome> ByFacts(record::Transaction& tx, Outcome outcome) const;

  const service::Context context_;
  AppraisalRows& appraisals_;
  OutcomeRows& rows_;
  const OutcomeCalculation& calculation_;
  const OutcomePolicies& policies_;
  const Approvals& approvals_;
  // Read only; who sees what of them stands where they are written.
  const record::Kind<v1::Employee> employees_;
  const record::Kind<v1::PerformanceInterview> interviews_;
  const record::Kind<v1::ImprovementPlan> plans_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_OUTCOME_RELEASE_H_
