// Who falls short of the standard, as closed months and years say: an interview is planned with them (policy H6).
#ifndef HEITIE_SERVICES_PERSONNEL_CAREER_STANDARD_H_
#define HEITIE_SERVICES_PERSONNEL_CAREER_STANDARD_H_

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "common/record/kind.h"
#include "common/service/main.h"
#include "heitie/personnel/v1/appraisal.pb.h"
#include "heitie/personnel/v1/appraisal_cycle.pb.h"
#include "heitie/personnel/v1/career_policy.pb.h"
#include "services/personnel/appraisal/appraisal_rows.h"
#include "services/personnel/career/career_policy.h"
#include "services/personnel/career/interview.h"
#include "services/personnel/career/standard_rule.h"
#include "services/personnel/career/year_grades.h"
#include "services/personnel/staff/employee.h"

namespace heitie::personnel {

// Judges whoever is in a cycle as soon as it is closed, by a job that the closing leaves behind; and each hour those of the cycles that
// were closed in the last sixty days, for what adjustments have made of them. What has led to an interview leads to no other; a planned one
// takes further grounds along. Thread-safe.
class StandardWatch {
 public:
  StandardWatch(const service::Context& context, const CareerPolicies& policies, const PerformanceInterviews& interviews,
                const Employees& employees, AppraisalRows& rows, const YearGrades& year_grades);

 private:
  using Cycles = std::vector<v1::AppraisalCycle>;
  // The year of somebody's latest grade.
  using LatestYear = std::pair<int, YearGrade>;

  // Judges the people of cycles, which `condition` selects.
  job::Outcome Judge(const rpc::Call& call, const std::string& condition, const sql::Values& values) const;
  // Whoever has a month or a year below the standard in one of these cycles.
  absl::StatusOr<std::set<std::string>> Candidates(sql::Session& sql, const v1::CareerPolicy& policy, const Cycles& cycles) const;
  absl::StatusOr<Followed> FollowedOf(sql::Session& sql, const std::string& employee) const;
  // The scored months of somebody that have led to nothing yet, ascending, with what adjustments say.
  absl::StatusOr<std::vector<ScoredMonth>> MonthsOf(sql::Session& sql, const std::string& employee, const Followed& followed) const;
  // The latest year in which somebody has a grade, where that was closed not long ago, is below the standard and has led to nothing yet.
  absl::StatusOr<std::optional<LatestYear>> YearOf(sql::Session& sql, const v1::CareerPolicy& policy, const std::string& employee,
                                                   const Followed& followed, absl::Time now) const;
  absl::Status Consider(record::Transaction& tx, const v1::CareerPolicy& policy, const std::string& employee) const;

  record::Store& store_;
  const CareerPolicies& policies_;
  const PerformanceInterviews& interviews_;
  const Employees& employees_;
  const AppraisalRows& rows_;
  const YearGrades& year_grades_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CAREER_STANDARD_H_
