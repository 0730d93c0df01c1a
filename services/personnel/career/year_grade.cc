#include "services/personnel/career/year_grade.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace heitie::personnel {

const status::Reason kHalfACondition{absl::StatusCode::kInvalidArgument, "HALF_A_CONDITION",
                                     "This is set together with {other}, or neither of them.", "此欄位須與 {other} 一併設定。"};
const status::Reason kUnknownGrade{absl::StatusCode::kFailedPrecondition, "UNKNOWN_GRADE",
                                   "{policy}, by which years are graded then, does not have these grades: {grades:list}.",
                                   "屆時適用的 {policy} 沒有以下等第：{grades:list}。"};

absl::Status CheckGrades(const v1::AppraisalPolicy& policy, const std::vector<std::string>& grades) {
  std::vector<std::string> unknown;
  for (const std::string& grade : grades) {
    const bool known =
        std::any_of(policy.grades().begin(), policy.grades().end(), [&](const v1::Grade& one) { return one.grade() == grade; });
    if (!known) unknown.push_back(grade);
  }
  if (unknown.empty()) return absl::OkStatus();
  return status::Error(kUnknownGrade, {{"policy", policy.name()}, {"grades", absl::StrJoin(unknown, ", ")}});
}

std::string AdjustedGrade(const std::vector<GradeRange>& grades, const std::string& natural, const std::string& grade, int64_t points) {
  const auto place = [&](const std::string& id) {
    const auto found = std::find_if(grades.begin(), grades.end(), [&](const GradeRange& one) { return one.grade == id; });
    return static_cast<size_t>(found - grades.begin());
  };
  if (place(natural) == grades.size() || place(grade) == grades.size()) return grades[GradeOf(grades, points)].grade;
  return grades[CorrectedGrade(grades, place(natural), place(grade), points)].grade;
}

const std::string& CountingGrade(const YearGrade& year) { return year.adjusted.empty() ? year.grade : year.adjusted; }

bool AtLeast(const YearGrade& year, const std::string& least) {
  const auto end = year.grades.end();
  const auto limit = std::find(year.grades.begin(), end, least);
  const auto had = std::find(year.grades.begin(), end, CountingGrade(year));
  return limit != end && had <= limit;
}

std::string GradeStatement(int year, const YearGrade& of_year, const std::string& least) {
  std::string text = absl::StrCat(year, ": ");
  if (of_year.appraisal.empty()) return text + "no appraisal";
  if (!of_year.closed) return text + "appraisal not closed";
  absl::StrAppend(&text, of_year.grade.empty() ? "not graded: " + of_year.outcome : "grade " + of_year.grade);
  if (!of_year.adjusted.empty()) absl::StrAppend(&text, ", adjusted to ", of_year.adjusted);
  const bool comparable = std::find(of_year.grades.begin(), of_year.grades.end(), least) != of_year.grades.end();
  if (!comparable) absl::StrAppend(&text, ", by rules without a grade ", least);
  return text;
}

}  // namespace heitie::personnel
