// Gaps between the people who are needed and those who are there (W9).
#ifndef HEITIE_SERVICES_PERSONNEL_STAFFING_STAFFING_GAP_H_
#define HEITIE_SERVICES_PERSONNEL_STAFFING_STAFFING_GAP_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/event/reactions.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/shift.pb.h"
#include "heitie/personnel/v1/staffing_gap.pb.h"
#include "heitie/resource/v1/staff_demand.pb.h"
#include "services/personnel/recruitment/headcount_plan.h"
#include "services/personnel/recruitment/requisition.h"
#include "services/personnel/staff/approval.h"
#include "services/personnel/staff/employee.h"
#include "services/personnel/staff/step.h"
#include "services/personnel/staffing/need_judge.h"
#include "services/personnel/training/certificate.h"
#include "services/personnel/training/development_policy.h"
#include "services/personnel/training/personal_plan.h"
#include "services/personnel/training/qualification.h"
#include "services/personnel/training/skill.h"

namespace heitie::personnel {

extern const status::Reason kAcceptanceOver;  // {date}

const record::StateMachine& StaffingGapMachine();

// Follows the activities and resource's demands for people: each is judged when it changes, and when a certificate, an absence, a post or
// the employment of one of its people does, by a job that is due at once; so are headcount plans when somebody comes or goes, or is
// planned. Thread-safe.
class StaffingGaps {
 public:
  StaffingGaps(const service::Context& context, Employees& employees, Certificates& certificates, const Qualifications& qualifications,
               const SkillAssessments& skills, const DevelopmentPolicies& policies, const Approvals& approvals, const Steps& steps,
               const record::Kind<v1::Position>& positions, HeadcountPlans& plans, const Requisitions& requisitions,
               const TrainingPlans& training_plans);
  void Bind(record::Methods& methods);
  // Notes what a subject needs now, in place of what it needed before, and judges it; nothing: it needs nobody any more.
  absl::Status Report(record::Transaction& tx, const std::string& subject, const std::optional<v1::StaffingGap>& need) const;

 private:
  using StaffingGap = v1::StaffingGap;

  absl::StatusOr<v1::ProposeStaffingResponse> Propose(const rpc::Call& call, const v1::ProposeStaffingRequest& request);
  absl::StatusOr<StaffingGap> Decide(record::Transaction& tx, const v1::DecideStaffingGapRequest& request);
  absl::StatusOr<StaffingGap> Accept(record::Transaction& tx, const v1::AcceptStaffingGapRequest& request);

  // Reports what is needed for an activity, a shift, hours of a role or a demand.
  template <typename Subject>
  absl::Status OnNeed(const rpc::Call& call, const event::Change<Subject>& change);
  // Has the needs that wait for an employee judged at once.
  absl::Status JudgeSoon(record::Transaction& tx, const v1::Employee* before, const v1::Employee& after) const;
  absl::Status JudgeSoon(record::Transaction& tx, const std::string& subject) const;
  // Opens, closes or changes the gap of a subject to what is so now.
  absl::Status Judge(record::Transaction& tx, const std::string& subject) const;
  absl::StatusOr<v1::ProposeStaffingResponse> ProposalFor(sql::Session& sql, const StaffingGap& gap, absl::Time now) const;
  // Opens the requisition of a decision, unless one of the gap is open.
  absl::Status Hire(record::Transaction& tx, const v1::DecideStaffingGapRequest& request, StaffingGap& gap) const;
  // Makes the training plans of a decision, or adds to those that are there.
  absl::Status Train(record::Transaction& tx, const v1::DecideStaffingGapRequest& request, StaffingGap& gap) const;
  // OWN_PROPOSAL for whoever is short of something.
  absl::Status CheckDecider(record::Transaction& tx, const StaffingGap& gap) const;
  absl::Status KeepSteps(record::Transaction& tx, const StaffingGap* before, const StaffingGap* after) const;
  // What changes by the clock: acceptances end, days pass.
  job::Outcome Review(const rpc::Call& call);
  // The next days of headcount plans come into sight.
  job::Outcome ReviewPlans(const rpc::Call& call);

  record::Store& store_;
  record::Kind<StaffingGap> gaps_;
  const Employees& employees_;
  const SkillAssessments& skills_;
  const DevelopmentPolicies& policies_;
  const Approvals& approvals_;
  const Steps& steps_;
  const HeadcountPlans& plans_;
  const Requisitions& requisitions_;
  const TrainingPlans& training_plans_;
  const NeedJudge judge_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_STAFFING_STAFFING_GAP_H_
