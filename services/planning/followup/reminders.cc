#include "services/planning/followup/reminders.h"

#include <algorithm>

namespace heitie::planning {

absl::Time EndOfDay(absl::CivilDay day, absl::TimeZone zone) { return absl::FromCivil(day + 1, zone); }

std::optional<NextReminder> NextReminderOf(const v1::MeetingPolicy& policy, absl::Time due_end, int done, absl::Time now) {
  const auto at = [&](int step) { return due_end + absl::Seconds(policy.reminder_steps(step).after_seconds()); };
  for (int step = done; step < policy.reminder_steps_size(); ++step) {
    // Who slept over several steps is told the last one of them only.
    const bool last_over = step + 1 == policy.reminder_steps_size() || at(step + 1) > now;
    if (at(step) >= now || last_over) return NextReminder{step, std::max(at(step), now)};
  }
  return std::nullopt;
}

int StepsOver(const v1::MeetingPolicy& policy, absl::Time due_end, absl::Time now) {
  int over = 0;
  for (const v1::ReminderStep& step : policy.reminder_steps()) over += due_end + absl::Seconds(step.after_seconds()) < now ? 1 : 0;
  return over;
}

}  // namespace heitie::planning
