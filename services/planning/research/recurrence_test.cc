#include "services/planning/research/recurrence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/test/fixture.h"
#include "common/time/day.h"
#include "services/planning/plan/calendar_for_test.h"

namespace heitie::planning {
namespace {

using absl::CivilDay;
using ::testing::ElementsAre;

std::vector<std::string> Slots(const std::string& recurrence, const time::BusinessCalendar& calendar, CivilDay start, CivilDay from,
                               CivilDay until) {
  std::vector<std::string> texts;
  for (const Slot& slot : SlotsOf(test::Proto<v1::Recurrence>(recurrence), calendar, start, from, until)) {
    texts.push_back(slot.id + " " + time::DayText(slot.due));
  }
  return texts;
}

TEST(RecurrenceTest, WeeklyOnTheNextWorkingDay) {
  const time::BusinessCalendar calendar = CalendarForTest({CivilDay(2026, 3, 9)});
  EXPECT_THAT(
      Slots("frequency: FREQUENCY_WEEKLY weekday: MONDAY", calendar, CivilDay(2026, 3, 2), CivilDay(2026, 3, 2), CivilDay(2026, 3, 20)),
      ElementsAre("w20260302 2026-03-02", "w20260309 2026-03-10", "w20260316 2026-03-16"));
  EXPECT_THAT(Slots("frequency: FREQUENCY_WEEKLY weekday: FRIDAY every_weeks: 2", calendar, CivilDay(2026, 3, 4), CivilDay(2026, 3, 16),
                    CivilDay(2026, 4, 10)),
              ElementsAre("w20260316 2026-03-20", "w20260330 2026-04-03"))
      << "weeks are counted from the first day's";
}

TEST(RecurrenceTest, DaysBeforeTheStartAreNone) {
  EXPECT_THAT(Slots("frequency: FREQUENCY_WEEKLY weekday: MONDAY", CalendarForTest({}), CivilDay(2026, 3, 4), CivilDay(2026, 3, 4),
                    CivilDay(2026, 3, 10)),
              ElementsAre("w20260309 2026-03-09"));
}

TEST(RecurrenceTest, WorkingDaysOfAMonthFromEitherEnd) {
  const time::BusinessCalendar calendar = CalendarForTest({CivilDay(2026, 3, 31)});
  const CivilDay start(2026, 1, 1);
  EXPECT_THAT(Slots("frequency: FREQUENCY_MONTHLY workday: -1", calendar, start, start, CivilDay(2026, 4, 30)),
              ElementsAre("m202601 2026-01-30", "m202602 2026-02-27", "m202603 2026-03-30", "m202604 2026-04-30"));
  EXPECT_THAT(Slots("frequency: FREQUENCY_MONTHLY workday: 1", calendar, start, CivilDay(2026, 2, 10), CivilDay(2026, 3, 2)),
              ElementsAre("m202602 2026-02-02", "m202603 2026-03-02"))
      << "the slot of the first day is there, also when its day is over";
  EXPECT_THAT(Slots("frequency: FREQUENCY_MONTHLY workday: 60", calendar, start, start, CivilDay(2026, 1, 31)),
              ElementsAre("m202601 2026-01-30"))
      << "the nearest that there is";
}

TEST(RecurrenceTest, Quarters) {
  EXPECT_THAT(Slots("frequency: FREQUENCY_QUARTERLY workday: 2", CalendarForTest({}), CivilDay(2026, 2, 1), CivilDay(2026, 2, 1),
                    CivilDay(2026, 8, 1)),
              ElementsAre("q20262 2026-04-02", "q20263 2026-07-02"));
}

}  // namespace
}  // namespace heitie::planning
