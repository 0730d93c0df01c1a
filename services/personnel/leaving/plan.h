// What a handover plans, without database and clock (policy W14).
#ifndef HEITIE_SERVICES_PERSONNEL_LEAVING_PLAN_H_
#define HEITIE_SERVICES_PERSONNEL_LEAVING_PLAN_H_

#include <optional>

#include "absl/time/civil_time.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/handover.pb.h"

namespace heitie::personnel {

// The day on which a succession moves what it is about: the agreed one, else the day after the last day.
absl::CivilDay MoveDayOf(const v1::Succession& succession, absl::CivilDay leave);

// Sets which successions are in force on a day.
void ShowInForce(v1::Handover& handover, absl::CivilDay today);

// The next day after `today` on which something moves, at the latest the day after the last one; nothing when all of them have come.
std::optional<absl::CivilDay> NextDay(const v1::Handover& handover, absl::CivilDay today);

// What is wrong with successions by themselves: neither kind nor resource or both, one named twice, a day after the one that
// follows the last.
void CheckForm(const v1::Handover& handover, status::BadFields& bad);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_LEAVING_PLAN_H_
