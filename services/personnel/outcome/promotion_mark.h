// Who may be considered for promotion on a day, as released outcomes say (policy H7, S2); for the conditions of career paths.
#ifndef HEITIE_SERVICES_PERSONNEL_OUTCOME_PROMOTION_MARK_H_
#define HEITIE_SERVICES_PERSONNEL_OUTCOME_PROMOTION_MARK_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/sql/database.h"

namespace heitie::personnel {

// An eligibility that counts from the day of its release to its last day, both included.
struct PromotionMark {
  std::string outcome;  // outcomeReleases/…/outcomes/…
  std::string grade;    // of a year
  absl::CivilDay first, last;
};

// By employee, of `people` those who have one on the day; of several the one that lasts longest. One query.
absl::StatusOr<std::map<std::string, PromotionMark>> PromotionMarksOn(sql::Session& sql, const std::vector<std::string>& people,
                                                                      absl::CivilDay day, absl::TimeZone zone);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_OUTCOME_PROMOTION_MARK_H_
