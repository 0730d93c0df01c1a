// When somebody's months and years fall short of the standard, and what has followed from them already (policy H6), as plain functions.
#ifndef HEITIE_SERVICES_PERSONNEL_CAREER_STANDARD_RULE_H_
#define HEITIE_SERVICES_PERSONNEL_CAREER_STANDARD_RULE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "heitie/personnel/v1/performance_interview.pb.h"

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

// What has been done about somebody's work so far.
struct Followed {
  std::vector<v1::PerformanceInterview> interviews;
  // The last day of the plans that were not withdrawn.
  std::optional<absl::CivilDay> plans_end;
};

// Whether a month leads to no other interview: it is not after the last ground of one, cancelled or not, or not after the end of a plan.
bool IsFollowed(const Followed& followed, absl::CivilMonth month);

// Whether the sheet of a year does: an interview names it, or it ended before the end of a plan, or before the last ground of an interview
// that was held. One that is planned takes it along instead.
bool IsFollowed(const Followed& followed, int year, const std::string& appraisal);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CAREER_STANDARD_RULE_H_
