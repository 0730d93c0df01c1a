// What follows from a result by the rules (policy H7). Pure functions.
#ifndef HEITIE_SERVICES_PERSONNEL_OUTCOME_OUTCOME_RULE_H_
#define HEITIE_SERVICES_PERSONNEL_OUTCOME_OUTCOME_RULE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/appraisal.pb.h"
#include "heitie/personnel/v1/appraisal_cycle.pb.h"
#include "heitie/personnel/v1/outcome.pb.h"
#include "heitie/personnel/v1/outcome_policy.pb.h"
#include "services/personnel/appraisal/grade.h"

namespace heitie::personnel {

extern const status::Reason kBonusCurrencyMissing;  // a field
extern const status::Reason kBonusModeMissing;      // a field
extern const status::Reason kBonusBaseUnstated;     // a field
extern const status::Reason kBonusBaseTwice;        // {position}
extern const status::Reason kBonusPoolMissing;      // a field
extern const status::Reason kBonusPoolTwice;        // {department}
extern const status::Reason kRuleWithoutGrade;      // a field
extern const status::Reason kGradeRuledTwice;       // {grade}
extern const status::Reason kMonthWithoutGrades;    // a field
extern const status::Reason kYearByGrades;          // a field
extern const status::Reason kRuleReversed;          // {from} {to}
extern const status::Reason kRulesOverlap;          // {from} {to}
extern const status::Reason kPlanWithoutInterview;  // a field

// Whether what a version says fits together; every bad field of it.
absl::Status CheckOutcomePolicy(const v1::OutcomePolicy& policy);

// The rules for a cycle of a length; nullptr where nothing follows from such a cycle.
const v1::OutcomeRules* RulesOver(const v1::OutcomePolicy& policy, v1::AppraisalCycle::Period period);

// What a sheet came to.
struct SheetResult {
  std::string grade;              // of a year that is graded
  std::optional<int64_t> points;  // nothing where there is no score
  int64_t scored_months = 0;      // of a year those that have a score; of a month with a score 1
};
// `adjusted`: the score of the latest approved adjustment, which has the grade that CorrectedGrade says.
SheetResult ResultOf(const v1::Appraisal& sheet, v1::AppraisalCycle::Period period, std::optional<int64_t> adjusted,
                     const std::vector<GradeRange>& grades);

// The rule for a result; nullptr where there is none.
const v1::OutcomeRule* RuleFor(const v1::OutcomeRules& rules, v1::AppraisalCycle::Period period, const SheetResult& result);

// What follows besides a bonus, in the order of the kinds.
std::vector<v1::Outcome::Kind> KindsOf(const v1::OutcomeRule& rule);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_OUTCOME_OUTCOME_RULE_H_
