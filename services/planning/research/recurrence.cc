#include "services/planning/research/recurrence.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "services/planning/plan/calendar.h"

namespace heitie::planning {

using v1::Recurrence;

const status::Reason kWeekdayMissing{absl::StatusCode::kInvalidArgument, "WEEKDAY_MISSING", "Say on which day of the week.",
                                     "請指定星期幾。"};
const status::Reason kWorkdayMissing{absl::StatusCode::kInvalidArgument, "WORKDAY_MISSING", "Say on which working day, from 1 or from -1.",
                                     "請指定第幾個工作日（自 1 起，或自 -1 倒數）。"};

namespace {

absl::CivilDay MondayOf(absl::CivilDay day) { return absl::PrevWeekday(day + 1, absl::Weekday::monday); }

absl::CivilDay WeekSlotDay(const Recurrence& recurrence, const time::BusinessCalendar& calendar, absl::CivilDay monday) {
  return WorkdayAt(calendar, monday + (recurrence.weekday() - google::type::MONDAY), 0);
}

absl::CivilDay MonthSlotDay(const Recurrence& recurrence, const time::BusinessCalendar& calendar, absl::CivilDay begin,
                            absl::CivilDay end) {
  const int64_t working = calendar.WorkingDaysBetween(begin, end);
  const int64_t wanted = recurrence.workday() > 0 ? recurrence.workday() - 1 : working + recurrence.workday();
  return WorkdayAt(calendar, begin, std::clamp<int64_t>(wanted, 0, std::max<int64_t>(0, working - 1)));
}

}  // namespace

void CheckRecurrence(const Recurrence& recurrence, const std::string& prefix, status::BadFields& bad) {
  const bool weekly = recurrence.frequency() == Recurrence::FREQUENCY_WEEKLY;
  if (weekly && recurrence.weekday() == google::type::DAY_OF_WEEK_UNSPECIFIED) bad.Add(prefix + ".weekday", kWeekdayMissing);
  if (!weekly && recurrence.workday() == 0) bad.Add(prefix + ".workday", kWorkdayMissing);
}

std::vector<Slot> SlotsOf(const Recurrence& recurrence, const time::BusinessCalendar& calendar, absl::CivilDay start, absl::CivilDay from,
                          absl::CivilDay until) {
  std::vector<Slot> slots;
  const auto add = [&](std::string id, absl::CivilDay due) {
    if (due >= start && due <= until) slots.push_back({std::move(id), due});
  };
  if (recurrence.frequency() == Recurrence::FREQUENCY_WEEKLY) {
    const int64_t every = 7 * std::max(1, recurrence.every_weeks());
    const absl::CivilDay first = MondayOf(start);
    const int64_t passed = std::max<int64_t>(0, (MondayOf(from) - first) / every);
    for (absl::CivilDay monday = first + passed * every; monday <= until; monday += every) {
      add(absl::StrFormat("w%04d%02d%02d", monday.year(), monday.month(), monday.day()), WeekSlotDay(recurrence, calendar, monday));
    }
    return slots;
  }
  const bool monthly = recurrence.frequency() == Recurrence::FREQUENCY_MONTHLY;
  const int months = monthly ? 1 : 3;
  absl::CivilMonth month(from);
  if (!monthly) month = absl::CivilMonth(from.year(), (from.month() - 1) / 3 * 3 + 1);
  for (; absl::CivilDay(month) <= until; month += months) {
    const std::string id = monthly ? absl::StrFormat("m%04d%02d", month.year(), month.month())
                                   : absl::StrFormat("q%04d%d", month.year(), (month.month() - 1) / 3 + 1);
    add(id, MonthSlotDay(recurrence, calendar, absl::CivilDay(month), absl::CivilDay(month + months)));
  }
  return slots;
}

}  // namespace heitie::planning
