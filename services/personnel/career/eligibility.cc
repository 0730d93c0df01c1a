#include "services/personnel/career/eligibility.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "services/personnel/career/improvement_plan.h"
#include "services/personnel/career/path_rule.h"

namespace heitie::personnel {

const status::Reason kNotYourCareer{absl::StatusCode::kPermissionDenied, "NOT_YOUR_CAREER",
                                    "Only whoever leads {employee} and operations managers may see this; you may see your own.",
                                    "僅 {employee} 的上級與運營經理可以查看；您可以查看自己的。"};

namespace {

constexpr size_t kMostFound = 1000;

// Rows of a kind that name one of the people in `employee`, by person.
template <typename T>
absl::StatusOr<std::map<std::string, std::vector<T>>> RowsOfPeople(sql::Session& sql, const record::Kind<T>& kind,
                                                                   const std::vector<const v1::Employee*>& people,
                                                                   const std::string& condition) {
  std::map<std::string, std::vector<T>> rows;
  if (people.empty()) return rows;
  sql::Values names;
  for (const v1::Employee* person : people) names.emplace_back(person->name());
  RepeatLast(names);
  ASSIGN_OR_RETURN(std::vector<T> found, kind.Select(sql,
                                                     absl::StrCat("WHERE employee IN (", sql::Placeholders(names.size()), ") AND ",
                                                                  condition, " ORDER BY employee, name"),
                                                     names));
  for (T& row : found) rows[row.employee()].push_back(std::move(row));
  return rows;
}

}  // namespace

Eligibilities::Eligibilities(const service::Context& context, const CareerPaths& paths, const CareerPolicies& policies,
                             const Leaders& leaders, const Employees& employees, const record::Kind<v1::Position>& positions,
                             const record::Kind<v1::Course>& courses, const record::Kind<v1::Certificate>& certificates,
                             const HeadcountPlans& headcounts, const YearGrades& year_grades)
    : store_(context.store),
      paths_(paths),
      policies_(policies),
      leaders_(leaders),
      employees_(employees),
      positions_(positions),
      courses_(courses),
      certificates_(certificates),
      headcounts_(headcounts),
      year_grades_(year_grades),
      assessments_(context.store, &SkillAssessmentMachine()),
      plans_(context.store, &ImprovementPlanMachine()) {}

absl::StatusOr<std::vector<v1::Eligibility>> Eligibilities::Judge(sql::Session& sql, const v1::CareerPath& path,
                                                                  const v1::CareerPathVersion& version,
                                                                  const std::vector<const v1::Employee*>& people, absl::CivilDay day,
                                                                  const std::string& department) const {
  ASSIGN_OR_RETURN(const v1::Position to, positions_.Find(sql, path.to_position()));
  std::map<std::string, std::vector<v1::Certificate>> certificates;
  std::map<std::string, std::vector<v1::SkillAssessment>> assessments;
  std::map<std::string, std::vector<v1::ImprovementPlan>> plans;
  PathFacts facts;
  if (version.skills() && to.required_skills_size() > 0) {
    ASSIGN_OR_RETURN(certificates, RowsOfPeople(sql, certificates_, people, "state = 'STATE_ISSUED'"));
    ASSIGN_OR_RETURN(assessments, RowsOfPeople(sql, assessments_, people, "state = 'STATE_ATTESTED'"));
    ASSIGN_OR_RETURN(std::vector<v1::Course> courses, courses_.Select(sql, "ORDER BY name"));
    for (v1::Course& course : courses) facts.skills.courses[course.name()] = std::move(course);
  }
  if (version.no_open_plan()) {
    ASSIGN_OR_RETURN(plans, RowsOfPeople(sql, plans_, people, kOpenPlans));
  }
  std::map<std::string, std::map<int, YearGrade>> grades;
  if (version.grade_years() > 0) {
    std::vector<std::string> names;
    for (const v1::Employee* person : people) names.push_back(person->name());
    const int last = static_cast<int>(day.year()) - 1;
    ASSIGN_OR_RETURN(grades, year_grades_.Of(sql, names, last - version.grade_years() + 1, last));
  }
  std::map<std::string, v1::ComputeHeadcountResponse> headcounts;  // by department
  std::vector<v1::Eligibility> judged;
  judged.reserve(people.size());
  for (const v1::Employee* person : people) {
    facts.skills.certificates = std::move(certificates[person->name()]);
    facts.skills.assessments = std::move(assessments[person->name()]);
    facts.open_plans = std::move(plans[person->name()]);
    facts.grades = std::move(grades[person->name()]);
    if (version.vacancy()) {
      const std::optional<v1::Assignment> assignment = AssignmentOn(*person, day);
      const std::string& where = department.empty() && assignment ? assignment->department() : department;
      if (headcounts.count(where) == 0) {
        ASSIGN_OR_RETURN(headcounts[where], headcounts_.HeadcountOf(sql, path.to_position(), where, day));
        headcounts[where].clear_terms();  // Everybody is judged by a copy.
      }
      facts.headcount = headcounts[where];
    }
    judged.push_back(JudgePath(path, version, to, *person, day, facts));
  }
  return judged;
}

absl::StatusOr<v1::ComputeEligibilityResponse> Eligibilities::Compute(const rpc::Call& call, const v1::ComputeEligibilityRequest& request) {
  if (!leaders_.Sees(call.principal, request.name())) return status::Error(kNotYourCareer, {{"employee", request.name()}});
  const absl::CivilDay day = request.has_date() ? time::ToDay(request.date()) : policies_.DayOf(call.now);
  return store_.Read(call, [&](sql::Session& sql) -> absl::StatusOr<v1::ComputeEligibilityResponse> {
    ASSIGN_OR_RETURN(const v1::Employee employee, employees_.kind().Find(sql, request.name()));
    ASSIGN_OR_RETURN(const v1::CareerPath path, paths_.kind().Find(sql, request.path()));
    ASSIGN_OR_RETURN(const v1::CareerPathVersion version, paths_.InForce(sql, call.now, path.name()));
    ASSIGN_OR_RETURN(std::vector<v1::Eligibility> judged, Judge(sql, path, version, {&employee}, day));
    v1::ComputeEligibilityResponse response;
    response.set_version(version.name());
    *response.mutable_date() = time::ToDate(day);
    *response.mutable_eligibility() = std::move(judged.front());
    return response;
  });
}

absl::StatusOr<v1::FindEligibleResponse> Eligibilities::FindEligible(const rpc::Call& call, const v1::FindEligibleRequest& request) {
  const absl::CivilDay day = request.has_date() ? time::ToDay(request.date()) : policies_.DayOf(call.now);
  const bool everybody = call.principal.Has(options::v1::ROLE_OPERATIONS_MANAGER);
  const std::vector<std::string> led = everybody ? std::vector<std::string>() : leaders_.led()(call.principal);
  const std::set<std::string> seen(led.begin(), led.end());
  return store_.Read(call, [&](sql::Session& sql) -> absl::StatusOr<v1::FindEligibleResponse> {
    ASSIGN_OR_RETURN(const v1::CareerPath path, paths_.kind().Find(sql, request.name()));
    ASSIGN_OR_RETURN(const v1::CareerPathVersion version, paths_.InForce(sql, call.now, path.name()));
    ASSIGN_OR_RETURN(const People holders, employees_.HoldersOf(sql, {path.from_position()}));
    v1::FindEligibleResponse response;
    std::vector<const v1::Employee*> people;
    for (const auto& [name, person] : holders) {
      if (name <= request.after() || (!everybody && seen.count(name) == 0)) continue;
      const std::optional<v1::Assignment> assignment = AssignmentOn(person, day);
      if (!assignment || assignment->position() != path.from_position()) continue;
      if (!request.department().empty() && assignment->department() != request.department()) continue;
      if (people.size() == kMostFound) {
        response.set_more(true);
        break;
      }
      people.push_back(&person);
    }
    ASSIGN_OR_RETURN(std::vector<v1::Eligibility> judged, Judge(sql, path, version, people, day));
    response.set_version(version.name());
    *response.mutable_date() = time::ToDate(day);
    for (v1::Eligibility& eligibility : judged) *response.add_people() = std::move(eligibility);
    return response;
  });
}

void Eligibilities::Bind(record::Methods& methods) {
  methods.Bind("ComputeEligibility", this, &Eligibilities::Compute);
  methods.Bind("FindEligible", this, &Eligibilities::FindEligible);
}

}  // namespace heitie::personnel
