// Personal training plans: what employee and superior agree on, and how it follows certificates (policy H3).
#ifndef HEITIE_SERVICES_PERSONNEL_TRAINING_PERSONAL_PLAN_H_
#define HEITIE_SERVICES_PERSONNEL_TRAINING_PERSONAL_PLAN_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/personnel/v1/training_plan.pb.h"
#include "services/personnel/staff/approval.h"
#include "services/personnel/staff/step.h"
#include "services/personnel/staff/teams.h"
#include "services/personnel/training/certificate.h"
#include "services/personnel/training/development_policy.h"
#include "services/personnel/training/skill.h"

namespace heitie::personnel {

extern const status::Reason kNothingMissing;      // {employee} {position} {date}
extern const status::Reason kTrainingPlanExists;  // {name} {employee} {position}
extern const status::Reason kNotYourPlan;         // {employee}

// The items of a new plan of this proposal: each course with the levels of `missing` that it grants.
std::vector<v1::TrainingPlanItem> ItemsOf(const TrainingProposal& proposal, const std::vector<v1::SkillLevel>& missing,
                                          const std::map<std::string, v1::Course>& courses);

const record::StateMachine& TrainingPlanMachine();

// Thread-safe.
class TrainingPlans {
 public:
  TrainingPlans(const service::Context& context, const DevelopmentPolicies& policies, const SkillAssessments& skills,
                const record::Kind<v1::Employee>& employees, const record::Kind<v1::Position>& positions, Certificates& certificates,
                const Teams& teams, const Approvals& approvals, const Steps& steps);
  void Bind(record::Methods& methods);

  // What a staffing gap asks of an employee's training.
  struct Asked {
    std::string gap;      // its name
    std::string purpose;  // of a new plan
    std::string employee;
    std::vector<std::string> courses;
    absl::CivilDay by;     // the last day of a session
    absl::CivilDay until;  // the last day on which the certificates must be valid
  };
  // A plan to the position of the day after `by` that has these courses besides, PROPOSED; one that is there already takes over those that
  // it lacks and is to be agreed anew, or stays as it is where it lacks none. Its name. The errors of CreateTrainingPlan.
  absl::StatusOr<std::string> PlanFor(record::Transaction& tx, const Asked& asked) const;

 private:
  using TrainingPlan = v1::TrainingPlan;

  absl::Status Create(record::Transaction& tx, TrainingPlan& plan);
  absl::StatusOr<TrainingPlan> Accept(record::Transaction& tx, const v1::AcceptTrainingPlanRequest& request);
  absl::StatusOr<TrainingPlan> Approve(record::Transaction& tx, const v1::ApproveTrainingPlanRequest& request);
  absl::StatusOr<TrainingPlan> Reject(record::Transaction& tx, const v1::RejectTrainingPlanRequest& request);
  absl::StatusOr<TrainingPlan> Revise(record::Transaction& tx, const v1::ReviseTrainingPlanRequest& request);
  absl::StatusOr<TrainingPlan> End(record::Transaction& tx, const v1::EndTrainingPlanRequest& request);

  // NOT_YOUR_SKILLS unless the caller is the employee, above, or an operations manager.
  absl::Status CheckMayPlan(const rpc::Call& call, const std::string& employee) const;
  // The employee, whose certificates stay as they are until the transaction ends. NOT_FOUND, NOT_EMPLOYED.
  absl::StatusOr<v1::Employee> GuardLearner(record::Transaction& tx, const std::string& name) const;
  // What is missing on the target date, else today, and how it could be closed: into items and open demands.
  absl::Status Plan(record::Transaction& tx, const v1::Employee& employee, TrainingPlan& plan) const;
  // Sets items, change_date and policy to how they stand, gives a session to each item that has come open, and moves the state.
  absl::Status Refresh(record::Transaction& tx, const v1::Employee& employee, const TrainingPlan& before, TrainingPlan& after) const;
  // The plans of an employee, after a change of certificates.
  absl::Status RefreshPlansOf(record::Transaction& tx, const std::string& employee) const;
  absl::Status KeepSteps(record::Transaction& tx, const TrainingPlan* before, const TrainingPlan* after) const;
  // What changes by the clock: items open before a certificate expires, and plans of who has left end.
  job::Outcome Renew(const rpc::Call& call);
  absl::CivilDay DayOf(absl::Time time) const { return policies_.DayOf(time); }

  record::Store& store_;
  record::Kind<TrainingPlan> plans_;
  const DevelopmentPolicies& policies_;
  const SkillAssessments& skills_;
  const record::Kind<v1::Employee>& employees_;
  const record::Kind<v1::Position>& positions_;
  const Certificates& certificates_;
  const Teams::AskedBy led_by_;
  const Approvals& approvals_;
  const Steps& steps_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_TRAINING_PERSONAL_PLAN_H_
