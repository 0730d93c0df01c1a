#include "services/personnel/career/year_grades.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"

namespace heitie::personnel {
namespace {

constexpr char kOutcomePrefix[] = "OUTCOME_";

}  // namespace

void RepeatLast(sql::Values& values) {
  size_t size = 1;
  while (size < values.size()) size *= 2;
  if (!values.empty()) values.resize(size, values.back());
}

absl::StatusOr<std::map<std::string, YearGrades::ByYear>> YearGrades::Read(sql::Session& sql, const std::vector<v1::AppraisalCycle>& cycles,
                                                                           const std::string& condition, const sql::Values& values) const {
  std::map<std::string, const v1::AppraisalCycle*> by_name;
  std::map<std::string, std::vector<GradeRange>> ranges;  // by version of the rules
  for (const v1::AppraisalCycle& cycle : cycles) {
    by_name[cycle.name()] = &cycle;
    if (ranges.count(cycle.policy()) > 0) continue;
    ASSIGN_OR_RETURN(const v1::AppraisalPolicy policy, policies_.kind().Find(sql, cycle.policy()));
    ranges[cycle.policy()] = GradesOf(policy);
  }
  std::map<std::string, int64_t> adjusted;  // points, by sheet
  RETURN_IF_ERROR(sql.Query(absl::StrCat("SELECT name, new_points FROM appraisal_adjustments WHERE ", condition,
                                         " AND state = 'STATE_APPROVED' ORDER BY approve_time, name"),
                            values, [&](const sql::Row& row) {
                              const std::string name = row.Text(0);
                              adjusted[name.substr(0, name.rfind("/adjustments/"))] = row.Int(1);
                            }));
  std::map<std::string, ByYear> grades;
  RETURN_IF_ERROR(sql.Query(absl::StrCat("SELECT name, employee, etag, outcome, score_grade, grade FROM appraisals WHERE ", condition),
                            values, [&](const sql::Row& row) {
                              const std::string name = row.Text(0);
                              const v1::AppraisalCycle& cycle = *by_name.at(CycleOf(name));
                              YearGrade year;
                              year.appraisal = name;
                              year.version = row.Text(2);
                              if (cycle.state() == v1::AppraisalCycle::STATE_CLOSED) {
                                const std::vector<GradeRange>& of_rules = ranges.at(cycle.policy());
                                year.closed = true;
                                year.close_time = time::ToTime(cycle.close_time());
                                year.outcome = row.Text(3).substr(sizeof(kOutcomePrefix) - 1);
                                year.grade = row.Text(5);
                                for (const GradeRange& range : of_rules) year.grades.push_back(range.grade);
                                const auto points = adjusted.find(name);
                                if (points != adjusted.end())
                                  year.adjusted = AdjustedGrade(of_rules, row.Text(4), year.grade, points->second);
                              }
                              grades[row.Text(1)][static_cast<int>(time::ToDay(cycle.month()).year())] = std::move(year);
                            }));
  return grades;
}

absl::StatusOr<std::map<std::string, YearGrades::ByYear>> YearGrades::Of(sql::Session& sql, const std::vector<std::string>& people,
                                                                         int first, int last) const {
  ASSIGN_OR_RETURN(const std::vector<v1::AppraisalCycle> cycles,
                   rows_.cycles.Select(sql, "WHERE period = 'PERIOD_YEAR' AND month BETWEEN ? AND ? ORDER BY name",
                                       sql::Bind(time::DayText(absl::CivilDay(first, 1, 1)), time::DayText(absl::CivilDay(last, 1, 1)))));
  if (cycles.empty() || people.empty()) return std::map<std::string, ByYear>();
  sql::Values values, names;
  for (const std::string& person : people) values.emplace_back(person);
  RepeatLast(values);
  for (const v1::AppraisalCycle& cycle : cycles) names.emplace_back(cycle.name());
  RepeatLast(names);
  // By the index of people and names alone, which tells the few sheets of years from those of months.
  const std::string condition = absl::StrCat("employee IN (", sql::Placeholders(values.size()),
                                             ") AND SUBSTRING_INDEX(name, '/appraisals/', 1) IN (", sql::Placeholders(names.size()), ")");
  values.insert(values.end(), names.begin(), names.end());
  return Read(sql, cycles, condition, values);
}

absl::StatusOr<std::map<std::string, YearGrade>> YearGrades::In(sql::Session& sql, const v1::AppraisalCycle& cycle) const {
  ASSIGN_OR_RETURN(const auto grades, Read(sql, {cycle}, "name > ? AND name < ?", record::ChildRange(cycle.name(), "appraisals")));
  std::map<std::string, YearGrade> of_people;
  for (const auto& [person, by_year] : grades) of_people[person] = by_year.begin()->second;
  return of_people;
}

}  // namespace heitie::personnel
