// The grade of a year as careers go by it (policy H6, S2): that of the closed appraisal, or what an adjustment makes of it. Plain
// functions.
#ifndef HEITIE_SERVICES_PERSONNEL_CAREER_YEAR_GRADE_H_
#define HEITIE_SERVICES_PERSONNEL_CAREER_YEAR_GRADE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/appraisal_policy.pb.h"
#include "services/personnel/appraisal/grade.h"

namespace heitie::personnel {

extern const status::Reason kHalfACondition;  // {other}
extern const status::Reason kUnknownGrade;    // {policy} {grades}

// UNKNOWN_GRADE unless the rules have all of these grades.
absl::Status CheckGrades(const v1::AppraisalPolicy& policy, const std::vector<std::string>& grades);

struct YearGrade {
  std::string appraisal, version;  // the sheet and its etag; empty where there is none
  bool closed = false;
  absl::Time close_time;
  std::string outcome;              // of a closed sheet, for example "TOO_FEW_MONTHS"
  std::string grade;                // as it was closed; empty where the person was not graded
  std::string adjusted;             // what the latest approved adjustment makes of it; empty without one
  std::vector<std::string> grades;  // of the year's rules, the best one first
};

// What an adjustment to `points` makes of a grade, where the score had the grade `natural`; both are empty for who was not graded.
std::string AdjustedGrade(const std::vector<GradeRange>& grades, const std::string& natural, const std::string& grade, int64_t points);

// The grade that counts; empty where there is none.
const std::string& CountingGrade(const YearGrade& year);

// Whether the grade that counts is `least` or a better one, by the order of the year's rules.
bool AtLeast(const YearGrade& year, const std::string& least);

// What there is, for people: "2025: grade C, adjusted to B", "2025: no appraisal".
std::string GradeStatement(int year, const YearGrade& of_year, const std::string& least);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CAREER_YEAR_GRADE_H_
