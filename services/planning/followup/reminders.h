// When people are reminded of what they are to do: a ladder of steps before and after the end of a day. Pure functions.
#ifndef HEITIE_SERVICES_PLANNING_FOLLOWUP_REMINDERS_H_
#define HEITIE_SERVICES_PLANNING_FOLLOWUP_REMINDERS_H_

#include <optional>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "heitie/planning/v1/meeting_policy.pb.h"

namespace heitie::planning {

// The end of a day: until then what is due on it is in time.
absl::Time EndOfDay(absl::CivilDay day, absl::TimeZone zone);

struct NextReminder {
  int step;  // from 0
  absl::Time time;
};
// The next step at or after `now`; where only steps in the past are left, the last of them, at once. Nothing after the last one: `done`
// steps are over.
std::optional<NextReminder> NextReminderOf(const v1::MeetingPolicy& policy, absl::Time due_end, int done, absl::Time now);

// Of a new day: from the first step that is still to come.
int StepsOver(const v1::MeetingPolicy& policy, absl::Time due_end, absl::Time now);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_FOLLOWUP_REMINDERS_H_
