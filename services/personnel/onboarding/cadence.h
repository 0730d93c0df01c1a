// On which days the sessions of a series are, and when a series is asleep (policy H3). Pure functions.
#ifndef HEITIE_SERVICES_PERSONNEL_ONBOARDING_CADENCE_H_
#define HEITIE_SERVICES_PERSONNEL_ONBOARDING_CADENCE_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/time/civil_time.h"
#include "heitie/personnel/v1/sharing_series.pb.h"

namespace heitie::personnel {

// The first day after `after` for which the cadence of the series has a session, working day or not; never before its start_date.
absl::CivilDay NextDayOf(const v1::SharingSeries& series, absl::CivilDay after);

// Whether so many cadences have gone by since the last session that was held or, where none was, since the first day.
bool AsleepOn(const v1::SharingSeries& series, absl::CivilDay today, int cadences);

// Whose turn it is to host the n-th session, counted from 0: of the hosts in their order, from the one whose turn it is on, the first who
// can; nullopt when none can.
std::optional<std::string> HostOf(const v1::SharingSeries& series, int64_t n, const std::function<bool(const std::string& host)>& can);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_ONBOARDING_CADENCE_H_
