// Who may go a career path on a day (policy S2): reads what the conditions rest on, for one person or for many, in as many queries.
#ifndef HEITIE_SERVICES_PERSONNEL_CAREER_ELIGIBILITY_H_
#define HEITIE_SERVICES_PERSONNEL_CAREER_ELIGIBILITY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/certificate.pb.h"
#include "heitie/personnel/v1/course.pb.h"
#include "heitie/personnel/v1/eligibility.pb.h"
#include "heitie/personnel/v1/improvement_plan.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/personnel/v1/skill.pb.h"
#include "services/personnel/career/career_path.h"
#include "services/personnel/career/career_policy.h"
#include "services/personnel/career/leader.h"
#include "services/personnel/career/year_grades.h"
#include "services/personnel/recruitment/headcount_plan.h"
#include "services/personnel/staff/employee.h"

namespace heitie::personnel {

extern const status::Reason kNotYourCareer;  // {employee}

// Thread-safe.
class Eligibilities {
 public:
  Eligibilities(const service::Context& context, const CareerPaths& paths, const CareerPolicies& policies, const Leaders& leaders,
                const Employees& employees, const record::Kind<v1::Position>& positions, const record::Kind<v1::Course>& courses,
                const record::Kind<v1::Certificate>& certificates, const HeadcountPlans& headcounts, const YearGrades& year_grades);
  void Bind(record::Methods& methods);

  // What the version says of these people on a day, in their order; `department`: where a place is to be left, empty for that of each
  // person on the day. Nine queries at most, whoever they are, one for each further version of the appraisal rules, and the headcount of
  // each department.
  absl::StatusOr<std::vector<v1::Eligibility>> Judge(sql::Session& sql, const v1::CareerPath& path, const v1::CareerPathVersion& version,
                                                     const std::vector<const v1::Employee*>& people, absl::CivilDay day,
                                                     const std::string& department = "") const;

 private:
  absl::StatusOr<v1::ComputeEligibilityResponse> Compute(const rpc::Call& call, const v1::ComputeEligibilityRequest& request);
  absl::StatusOr<v1::FindEligibleResponse> FindEligible(const rpc::Call& call, const v1::FindEligibleRequest& request);

  record::Store& store_;
  const CareerPaths& paths_;
  const CareerPolicies& policies_;
  const Leaders& leaders_;
  const Employees& employees_;
  const record::Kind<v1::Position>& positions_;
  const record::Kind<v1::Course>& courses_;
  const record::Kind<v1::Certificate>& certificates_;
  const HeadcountPlans& headcounts_;
  const YearGrades& year_grades_;
  // Read only; their rules of who sees what stand where they are written.
  const record::Kind<v1::SkillAssessment> assessments_;
  const record::Kind<v1::ImprovementPlan> plans_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CAREER_ELIGIBILITY_H_
