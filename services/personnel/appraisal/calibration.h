// Calibration: how lenient a rater is, with what was measured as the control, so that strong teams are not punished (policy H4). Pure
// functions.
#ifndef HEITIE_SERVICES_PERSONNEL_APPRAISAL_CALIBRATION_H_
#define HEITIE_SERVICES_PERSONNEL_APPRAISAL_CALIBRATION_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/exact/fraction.h"

namespace heitie::personnel {

struct Rated {
  std::string rater;
  exact::Fraction rated;                    // the weighted mean of the indicators that the rater rated
  std::optional<exact::Fraction> measured;  // of those that were measured; not set where none was
};

struct CalibrationRules {
  int64_t shrinkage = 4;     // k: with so many people half of the difference is believed to be the rater's
  int64_t most = 500;        // points, up or down
  int64_t least_people = 3;  // with fewer of them there is no proposal
};

struct Proposal {
  enum class Why { kProposed, kTooFewPeople, kOneRater };
  Why why = Why::kProposed;
  int64_t people = 0;       // with both kinds of points, or with rated ones where nobody has measured ones
  exact::Fraction mean;     // of their differences; 0 where there are no people
  exact::Fraction overall;  // of all people's in the cycle
  int64_t adjustment = 0;   // to the rated points of all people of the rater
};

// By rater. For n comparable people with mean difference m (rated - measured, or rated where nobody in the cycle has measured points) and
// all people's mean M: adjustment = -n/(n + k) · (m - M), rounded, at most ±`most`. Raters without comparable people are in it, too.
std::map<std::string, Proposal> Calibrate(const std::vector<Rated>& people, const CalibrationRules& rules);

// The rated points after an adjustment, within 0 and 10,000.
exact::Fraction Adjusted(const exact::Fraction& rated, int64_t adjustment);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_APPRAISAL_CALIBRATION_H_
