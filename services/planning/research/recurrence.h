// When something recurs on a business calendar: slots of a week, a month or a quarter, each with one day. Pure functions.
#ifndef HEITIE_SERVICES_PLANNING_RESEARCH_RECURRENCE_H_
#define HEITIE_SERVICES_PLANNING_RESEARCH_RECURRENCE_H_

#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "common/status/status.h"
#include "common/time/business_calendar.h"
#include "heitie/planning/v1/collection_duty.pb.h"

namespace heitie::planning {

extern const status::Reason kWeekdayMissing;
extern const status::Reason kWorkdayMissing;

// `prefix` is the path of the recurrence.
void CheckRecurrence(const v1::Recurrence& recurrence, const std::string& prefix, status::BadFields& bad);

struct Slot {
  std::string id;  // the same whatever the calendar says: "w20260302", "m202603", "q20261"
  absl::CivilDay due;
};
// The slots of which some lies in [from, until] and whose day does, too, in their order. `start` is the day from which weeks are counted.
// The slot of `from` is there whatever its day, so that a calendar that changes moves a day and loses none.
std::vector<Slot> SlotsOf(const v1::Recurrence& recurrence, const time::BusinessCalendar& calendar, absl::CivilDay start,
                          absl::CivilDay from, absl::CivilDay until);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_RESEARCH_RECURRENCE_H_
