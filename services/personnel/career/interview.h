// Performance interviews 績效面談: planned with somebody whose work falls short, held, recorded (policy H6).
#ifndef HEITIE_SERVICES_PERSONNEL_CAREER_INTERVIEW_H_
#define HEITIE_SERVICES_PERSONNEL_CAREER_INTERVIEW_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/performance_interview.pb.h"
#include "services/personnel/career/career_policy.h"
#include "services/personnel/career/leader.h"
#include "services/personnel/staff/step.h"

namespace heitie::personnel {

extern const status::Reason kInterviewerThemselves;  // {name}
extern const status::Reason kNotHeldYet;             // {date}
extern const status::Reason kInterviewOver;          // {name}
extern const status::Reason kUnknownColleague;       // {employee}

const record::StateMachine& PerformanceInterviewMachine();

// Whether somebody exists and is employed from one day to another, as violations of `field`: UNKNOWN_COLLEAGUE, OUTSIDE_EMPLOYMENT. Another
// error is the database's.
absl::Status CheckEmployed(sql::Session& sql, const record::Kind<v1::Employee>& employees, const std::string& name, absl::CivilDay first,
                           absl::CivilDay last, const std::string& field, status::BadFields& bad);

// Thread-safe.
class PerformanceInterviews {
 public:
  PerformanceInterviews(const service::Context& context, const CareerPolicies& policies, const Leaders& leaders,
                        const record::Kind<v1::Employee>& employees, const Steps& steps);
  void Bind(record::Methods& methods);
  // Plans one that follows from a rule; without an interviewer it waits for whoever sees it.
  absl::Status PlanByRule(record::Transaction& tx, v1::PerformanceInterview interview) const;
  // Lets a planned one be about more. Nothing when it is not planned any more.
  absl::Status AddGrounds(record::Transaction& tx, const std::string& name, const v1::PerformanceInterview& grounds) const;
  const record::Kind<v1::PerformanceInterview>& kind() const { return interviews_; }

 private:
  using Interview = v1::PerformanceInterview;

  absl::Status Create(record::Transaction& tx, Interview& interview);
  absl::Status Update(record::Transaction& tx, const Interview& before, Interview& after);
  absl::StatusOr<Interview> Hold(record::Transaction& tx, const v1::HoldPerformanceInterviewRequest& request);
  absl::StatusOr<Interview> Cancel(record::Transaction& tx, const v1::CancelPerformanceInterviewRequest& request);
  absl::Status CheckPlan(record::Transaction& tx, const Interview& interview) const;
  absl::Status KeepStep(record::Transaction& tx, const Interview* before, const Interview* after) const;

  record::Kind<Interview> interviews_;
  const CareerPolicies& policies_;
  const Leaders& leaders_;
  const record::Kind<v1::Employee>& employees_;
  const Steps& steps_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CAREER_INTERVIEW_H_
