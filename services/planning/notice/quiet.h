// When somebody does not want to be told things. Pure.
#ifndef HEITIE_SERVICES_PLANNING_NOTICE_QUIET_H_
#define HEITIE_SERVICES_PLANNING_NOTICE_QUIET_H_

#include "absl/time/time.h"
#include "common/time/business_calendar.h"
#include "heitie/planning/v1/notice_preference.pb.h"

namespace heitie::planning {

// The end of the quiet stretch in which `at` lies, over windows and days off that adjoin; `at` where it is not quiet. `calendar` may be
// nullptr; `business` is the zone of who names none. After eight days somebody is told in any case.
absl::Time QuietUntil(const v1::NoticePreference& preference, const time::BusinessCalendar* calendar, absl::TimeZone business,
                      absl::Time at);

// Whether the windows alone leave no minute of a week.
bool IsAlwaysQuiet(const v1::NoticePreference& preference);

// The first of the digests' minutes after `at`, on one of their days; `at` where there are none.
absl::Time NextDigest(const v1::NoticePreference& preference, absl::TimeZone business, absl::Time at);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_NOTICE_QUIET_H_
