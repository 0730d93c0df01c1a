// The grades of people's years, read together (policy H6, S2).
#ifndef HEITIE_SERVICES_PERSONNEL_CAREER_YEAR_GRADES_H_
#define HEITIE_SERVICES_PERSONNEL_CAREER_YEAR_GRADES_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/sql/database.h"
#include "heitie/personnel/v1/appraisal_cycle.pb.h"
#include "services/personnel/appraisal/appraisal_rows.h"
#include "services/personnel/appraisal/policy.h"
#include "services/personnel/career/year_grade.h"

namespace heitie::personnel {

// Repeats the last one up to a power of two, so that few statements with a list of parameters are prepared.
void RepeatLast(sql::Values& values);

// Thread-safe.
class YearGrades {
 public:
  YearGrades(const AppraisalRows& rows, const AppraisalPolicies& policies) : rows_(rows), policies_(policies) {}

  // By person and year, both included; without an entry where there is no sheet. Three queries, whoever they are, and one for each version
  // of the appraisal rules.
  using ByYear = std::map<int, YearGrade>;
  absl::StatusOr<std::map<std::string, ByYear>> Of(sql::Session& sql, const std::vector<std::string>& people, int first, int last) const;
  // Everybody's in a cycle of a year.
  absl::StatusOr<std::map<std::string, YearGrade>> In(sql::Session& sql, const v1::AppraisalCycle& cycle) const;

 private:
  // Of the sheets in these cycles for which `condition` holds of employee and name, as it does of their adjustments.
  absl::StatusOr<std::map<std::string, ByYear>> Read(sql::Session& sql, const std::vector<v1::AppraisalCycle>& cycles,
                                                     const std::string& condition, const sql::Values& values) const;

  const AppraisalRows& rows_;
  const AppraisalPolicies& policies_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CAREER_YEAR_GRADES_H_
