// Days by which something is to be done 期限 (W12): neither over, nor so far away that whoever is to do it has forgotten it by then, or is
// gone.
#ifndef HEITIE_SERVICES_PLANNING_FOLLOWUP_DUE_DAY_H_
#define HEITIE_SERVICES_PLANNING_FOLLOWUP_DUE_DAY_H_

#include <string>

#include "absl/time/civil_time.h"
#include "common/status/status.h"

namespace heitie::planning {

extern const status::Reason kDueDayOver;  // {date} {today}
extern const status::Reason kDayTooFar;   // {date} {last}

// The last day that may be agreed on a day: ten years later.
absl::CivilDay LastAgreeableDay(absl::CivilDay today);

// DAY_TOO_FAR of a field.
void CheckNotTooFar(absl::CivilDay day, absl::CivilDay today, const std::string& field, status::BadFields& bad);
// DUE_DAY_OVER or DAY_TOO_FAR of a field.
void CheckDueDay(absl::CivilDay day, absl::CivilDay today, const std::string& field, status::BadFields& bad);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_FOLLOWUP_DUE_DAY_H_
