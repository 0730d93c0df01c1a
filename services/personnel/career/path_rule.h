// Whether somebody meets the conditions of a career path on a day (policy S2), as a plain function of what is recorded.
#ifndef HEITIE_SERVICES_PERSONNEL_CAREER_PATH_RULE_H_
#define HEITIE_SERVICES_PERSONNEL_CAREER_PATH_RULE_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "heitie/personnel/v1/career_path.pb.h"
#include "heitie/personnel/v1/eligibility.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/headcount_plan.pb.h"
#include "heitie/personnel/v1/improvement_plan.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "services/personnel/career/year_grade.h"
#include "services/personnel/training/skill.h"

namespace heitie::personnel {

// How many anniversaries of `first` have been reached by `day`, which is not before it: a month is full on the same day of the next month,
// or on that month's last day when it has no such day (AddMonths). So 31 March to 28 February of the next year are 11.
int FullMonths(absl::CivilDay first, absl::CivilDay day);

// Since when somebody has held the position without interruption, in whatever department; nothing when it is not held on the day.
std::optional<absl::CivilDay> HeldSince(const v1::Employee& employee, const std::string& position, absl::CivilDay day);

// What is known of the person besides the assignments.
struct PathFacts {
  SkillFacts skills;
  std::vector<v1::ImprovementPlan> open_plans;
  // Of the position to which the path leads, in the department, on the day.
  v1::ComputeHeadcountResponse headcount;
  // By year.
  std::map<int, YearGrade> grades;
};

// Each condition of the version, in the order of their kinds. `to` is the position to which the path leads.
v1::Eligibility JudgePath(const v1::CareerPath& path, const v1::CareerPathVersion& version, const v1::Position& to,
                          const v1::Employee& employee, absl::CivilDay day, const PathFacts& facts);

// The kinds that are not met, as "MONTHS_IN_POST, SKILLS".
std::string UnmetOf(const v1::Eligibility& eligibility);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CAREER_PATH_RULE_H_
