// When somebody's months fall short of the standard (policy H6), as a plain function.
#ifndef HEITIE_SERVICES_PERSONNEL_CAREER_STANDARD_RULE_H_
#define HEITIE_SERVICES_PERSONNEL_CAREER_STANDARD_RULE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"

namespace heitie::personnel {

// A month that has a score.
struct ScoredMonth {
  absl::CivilMonth month;
  int64_t points;
  std::string appraisal;
};

// The latest `in_a_row` of the months if there are so many and all are below `points`; otherwise nothing. Months without a score are not
// among them: they neither count nor interrupt. `months` are ascending; 0 months in a row are never below.
std::vector<ScoredMonth> BelowStandard(const std::vector<ScoredMonth>& months, int64_t points, int in_a_row);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CAREER_STANDARD_RULE_H_
