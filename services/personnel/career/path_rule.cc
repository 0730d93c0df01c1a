#include "services/personnel/career/path_rule.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/time/day.h"
#include "services/personnel/staff/assignment.h"
#include "services/personnel/training/course.h"

namespace heitie::personnel {
namespace {

using v1::PathCondition;

constexpr size_t kKindPrefix = sizeof("KIND_") - 1;

type::v1::Fact PathFact(const std::string& subject, const std::string& version, std::string statement) {
  type::v1::Fact fact;
  fact.set_subject(subject);
  fact.set_version(version);
  fact.set_statement(std::move(statement));
  return fact;
}

PathCondition& AddCondition(v1::Eligibility& eligibility, PathCondition::Kind kind, int required, int found, bool met) {
  PathCondition& condition = *eligibility.add_conditions();
  condition.set_kind(kind);
  condition.set_required(required);
  condition.set_found(found);
  condition.set_met(met);
  return condition;
}

template <typename T>
std::string VersionIn(const std::vector<T>& rows, const std::string& name) {
  for (const T& row : rows) {
    if (row.name() == name) return row.etag();
  }
  return "";
}

void JudgeSkills(const v1::Position& to, absl::CivilDay day, const SkillFacts& facts, v1::Eligibility& eligibility) {
  const v1::ComputeSkillGapResponse gap = GapOn(to, day, facts);
  int met = 0;
  for (const v1::SkillStanding& standing : gap.skills()) met += standing.missing_levels() == 0;
  PathCondition& condition = AddCondition(eligibility, PathCondition::KIND_SKILLS, gap.skills_size(), met, gap.met());
  for (const v1::SkillStanding& standing : gap.skills()) {
    std::string statement =
        absl::StrCat(standing.skill(), ": level ", standing.held_level(), " held, level ", standing.required_level(), " asked for");
    if (standing.source().empty()) {
      *condition.add_facts() = PathFact(standing.skill(), "", std::move(statement));
      continue;
    }
    if (standing.has_valid_until()) absl::StrAppend(&statement, ", until ", time::DayText(time::ToDay(standing.valid_until())));
    const std::string certificate = VersionIn(facts.certificates, standing.source());
    *condition.add_facts() =
        PathFact(standing.source(), certificate.empty() ? VersionIn(facts.assessments, standing.source()) : certificate, statement);
  }
}

// The years before that of the day, the latest first.
void JudgeGrades(const v1::CareerPathVersion& version, const std::string& employee, absl::CivilDay day,
                 const std::map<int, YearGrade>& grades, v1::Eligibility& eligibility) {
  PathCondition& condition = AddCondition(eligibility, PathCondition::KIND_GRADES, version.grade_years(), 0, false);
  int found = 0;
  for (int back = 1; back <= version.grade_years(); ++back) {
    const int year = static_cast<int>(day.year()) - back;
    const auto of_year = grades.find(year);
    const YearGrade grade = of_year == grades.end() ? YearGrade() : of_year->second;
    found += AtLeast(grade, version.least_grade());
    *condition.add_facts() =
        PathFact(grade.appraisal.empty() ? employee : grade.appraisal, grade.version, GradeStatement(year, grade, version.least_grade()));
  }
  condition.set_found(found);
  condition.set_met(found == version.grade_years());
}

}  // namespace

int FullMonths(absl::CivilDay first, absl::CivilDay day) {
  const int months = static_cast<int>(absl::CivilMonth(day) - absl::CivilMonth(first));
  return AddMonths(first, months) <= day ? months : months - 1;
}

std::optional<absl::CivilDay> HeldSince(const v1::Employee& employee, const std::string& position, absl::CivilDay day) {
  std::optional<absl::CivilDay> since;
  for (const Term& term : TermsOf(employee)) {
    if (term.first > day) break;
    if (term.assignment.position() != position || term.last < term.first) {
      since.reset();
    } else if (!since) {
      since = term.first;
    }
    if (term.last >= day) return since;
  }
  return std::nullopt;
}

v1::Eligibility JudgePath(const v1::CareerPath& path, const v1::CareerPathVersion& version, const v1::Position& to,
                          const v1::Employee& employee, absl::CivilDay day, const PathFacts& facts) {
  v1::Eligibility eligibility;
  eligibility.set_employee(employee.name());
  const std::optional<absl::CivilDay> since = HeldSince(employee, path.from_position(), day);
  const int months = since ? FullMonths(*since, day) : 0;
  const std::string post = since ? absl::StrCat("holds ", path.from_position(), " since ", time::DayText(*since))
                                 : absl::StrCat("does not hold ", path.from_position(), " on ", time::DayText(day));
  *AddCondition(eligibility, PathCondition::KIND_POST, 1, since ? 1 : 0, since.has_value()).add_facts() =
      PathFact(employee.name(), employee.etag(), post);
  if (version.months_in_post() > 0) {
    *AddCondition(eligibility, PathCondition::KIND_MONTHS_IN_POST, version.months_in_post(), months, months >= version.months_in_post())
         .add_facts() = PathFact(employee.name(), employee.etag(), absl::StrCat(post, ": full months ", months));
  }
  if (version.skills()) JudgeSkills(to, day, facts.skills, eligibility);
  if (version.no_open_plan()) {
    const int open = static_cast<int>(facts.open_plans.size());
    PathCondition& condition = AddCondition(eligibility, PathCondition::KIND_NO_OPEN_PLAN, 0, open, open == 0);
    for (const v1::ImprovementPlan& plan : facts.open_plans) {
      *condition.add_facts() = PathFact(plan.name(), plan.etag(), absl::StrCat("open until ", time::DayText(time::ToDay(plan.end_date()))));
    }
  }
  if (version.vacancy()) {
    const int to_open = facts.headcount.to_open();
    const std::string& subject = facts.headcount.version().empty() ? path.to_position() : facts.headcount.version();
    *AddCondition(eligibility, PathCondition::KIND_VACANCY, 1, to_open, to_open > 0).add_facts() =
        PathFact(subject, "",
                 absl::StrCat("planned ", facts.headcount.planned(), ", uncovered ", facts.headcount.uncovered(), ", in progress ",
                              facts.headcount.in_progress()));
  }
  if (version.grade_years() > 0) JudgeGrades(version, employee.name(), day, facts.grades, eligibility);
  eligibility.set_eligible(UnmetOf(eligibility).empty());
  return eligibility;
}

std::string UnmetOf(const v1::Eligibility& eligibility) {
  std::vector<std::string> unmet;
  for (const PathCondition& condition : eligibility.conditions()) {
    if (!condition.met()) unmet.push_back(PathCondition::Kind_Name(condition.kind()).substr(kKindPrefix));
  }
  return absl::StrJoin(unmet, ", ");
}

}  // namespace heitie::personnel
