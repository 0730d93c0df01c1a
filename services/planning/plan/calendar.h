// On which days people work.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/time/civil_time.h"
#include "heitie/planning/v1/plan_period.pb.h"

namespace heitie::planning {

// Monday to Friday without the holidays, and the make-up workdays 調休 among the other days. Every week of it has workdays but for
// finitely many holidays, so that every search in it ends. Queries cost O(log holidays), a search by offset O(log² holidays).
class WorkCalendar {
 public:
  // A holiday at a weekend and a make-up workday from Monday to Friday say nothing new; a day that is both is a holiday.
  WorkCalendar(const std::vector<absl::CivilDay>& holidays, const std::vector<absl::CivilDay>& makeup_workdays);

  bool IsWorkday(absl::CivilDay day) const;
  // Workdays in [from, to); negative when `to` is the earlier.
  int64_t WorkdaysBetween(absl::CivilDay from, absl::CivilDay to) const;
  // The workday with `offset` workdays in [from, it); 0 is the first workday on or after `from`, -1 the last before.
  absl::CivilDay WorkdayAt(absl::CivilDay from, int64_t offset) const;

 private:
  int64_t WorkdaysSinceEpoch(absl::CivilDay day) const;

  std::vector<absl::CivilDay> days_off_;  // Weekdays without work, ascending.
  std::vector<absl::CivilDay> extra_;     // Weekend days with work, ascending.
};

WorkCalendar CalendarOf(const v1::PlanPeriod& period);

}  // namespace heitie::planning
