// Improvement plans: presented after an interview, acknowledged or witnessed, reviewed, and decided at their end (policy H6).
#ifndef HEITIE_SERVICES_PERSONNEL_CAREER_IMPROVEMENT_PLAN_H_
#define HEITIE_SERVICES_PERSONNEL_CAREER_IMPROVEMENT_PLAN_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/course.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/improvement_plan.pb.h"
#include "services/personnel/career/career_policy.h"
#include "services/personnel/career/interview.h"
#include "services/personnel/career/leader.h"
#include "services/personnel/staff/approval.h"
#include "services/personnel/staff/step.h"

namespace heitie::personnel {

extern const status::Reason kNoHeldInterview;      // {interview} {employee}
extern const status::Reason kInterviewTooOld;      // {interview} {date} {most}
extern const status::Reason kInterviewFollowed;    // {interview} {plan}
extern const status::Reason kMentorThemselves;     // {name}
extern const status::Reason kReviewerThemselves;   // {name}
extern const status::Reason kImprovementPlanOpen;  // {employee} {plan}
extern const status::Reason kNotThePerson;         // {employee}
extern const status::Reason kNotAWitness;          // {name}
extern const status::Reason kNoReviewLeft;         // {name}
extern const status::Reason kPlanNotOver;          // {name} {end}
extern const status::Reason kReviewsOutstanding;   // {name} {date}
extern const status::Reason kExtendedBefore;       // {name} {end}

// Of which a person has one at most, as a condition of SQL.
inline constexpr char kOpenPlans[] = "state IN ('STATE_PRESENTED', 'STATE_ACTIVE')";

const record::StateMachine& ImprovementPlanMachine();

// Thread-safe.
class ImprovementPlans {
 public:
  ImprovementPlans(const service::Context& context, const CareerPolicies& policies, const Leaders& leaders,
                   const PerformanceInterviews& interviews, const record::Kind<v1::Employee>& employees,
                   const record::Kind<v1::Course>& courses, const Approvals& approvals, const Steps& steps);
  void Bind(record::Methods& methods);

 private:
  using Plan = v1::ImprovementPlan;

  absl::Status Create(record::Transaction& tx, Plan& plan);
  absl::StatusOr<Plan> Acknowledge(record::Transaction& tx, const v1::AcknowledgeImprovementPlanRequest& request);
  absl::StatusOr<Plan> Witness(record::Transaction& tx, const v1::WitnessRefusalRequest& request);
  absl::StatusOr<Plan> RecordReview(record::Transaction& tx, const v1::RecordImprovementReviewRequest& request);
  absl::StatusOr<Plan> Pass(record::Transaction& tx, const v1::PassImprovementPlanRequest& request);
  absl::StatusOr<Plan> Fail(record::Transaction& tx, const v1::FailImprovementPlanRequest& request);
  absl::StatusOr<Plan> Extend(record::Transaction& tx, const v1::ExtendImprovementPlanRequest& request);
  absl::StatusOr<Plan> Withdraw(record::Transaction& tx, const v1::WithdrawImprovementPlanRequest& request);

  // Every bad field of a plan that is to be presented.
  absl::Status CheckTerms(record::Transaction& tx, const v1::CareerPolicy& policy, const Plan& plan) const;
  // Whether the interview leads to this plan. NO_HELD_INTERVIEW, INTERVIEW_TOO_OLD, INTERVIEW_FOLLOWED.
  absl::Status CheckInterview(record::Transaction& tx, const v1::CareerPolicy& policy, const Plan& plan) const;
  // Whether the caller may decide about the plan now. PLAN_NOT_OVER, REVIEWS_OUTSTANDING and the errors of Approvals.
  absl::Status CheckDecision(record::Transaction& tx, const Plan& plan) const;
  template <typename Req>
  absl::StatusOr<Plan> Decide(record::Transaction& tx, const Req& request, const char* verb);
  absl::Status KeepSteps(record::Transaction& tx, const Plan* before, const Plan* after) const;

  record::Kind<Plan> plans_;
  const CareerPolicies& policies_;
  const Leaders& leaders_;
  const PerformanceInterviews& interviews_;
  const record::Kind<v1::Employee>& employees_;
  const record::Kind<v1::Course>& courses_;
  const Approvals& approvals_;
  const Steps& steps_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CAREER_IMPROVEMENT_PLAN_H_
