#include "services/planning/plan/calendar.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "services/planning/plan/calendar_for_test.h"

namespace heitie::planning {
namespace {

using absl::CivilDay;

TEST(WorkdayTest, WeekendsAreFree) {
  const time::BusinessCalendar calendar = CalendarForTest();
  EXPECT_EQ(calendar.WorkingDaysBetween(CivilDay(2026, 1, 1), CivilDay(2026, 2, 1)), 22);
  EXPECT_EQ(calendar.WorkingDaysBetween(CivilDay(2026, 2, 1), CivilDay(2026, 1, 1)), -22);
  EXPECT_EQ(WorkdayAt(calendar, CivilDay(2026, 1, 2), 0), CivilDay(2026, 1, 2));
  EXPECT_EQ(WorkdayAt(calendar, CivilDay(2026, 1, 3), 0), CivilDay(2026, 1, 5));
  EXPECT_EQ(WorkdayAt(calendar, CivilDay(2026, 1, 3), -1), CivilDay(2026, 1, 2));
}

TEST(WorkdayTest, HolidaysAndMakeupWorkdays) {
  // Spring Festival 2026: 16 to 20 February are free, Saturday the 28th is worked.
  std::vector<CivilDay> holidays;
  for (int day = 16; day <= 20; ++day) holidays.push_back(CivilDay(2026, 2, day));
  const time::BusinessCalendar calendar = CalendarForTest(holidays, {CivilDay(2026, 2, 28)});
  EXPECT_FALSE(calendar.IsWorkingDay(CivilDay(2026, 2, 17)));
  EXPECT_TRUE(calendar.IsWorkingDay(CivilDay(2026, 2, 28)));
  EXPECT_EQ(calendar.WorkingDaysBetween(CivilDay(2026, 2, 1), CivilDay(2026, 3, 1)), 20 - 5 + 1);
  EXPECT_EQ(WorkdayAt(calendar, CivilDay(2026, 2, 13), 1), CivilDay(2026, 2, 23));
}

TEST(WorkdayTest, TheCalendarEndsAndBegins) {
  const time::BusinessCalendar calendar = CalendarForTest();
  EXPECT_EQ(WorkdayAt(calendar, CivilDay(2399, 12, 31), 0), CivilDay(2399, 12, 31)) << "a Friday";
  EXPECT_EQ(WorkdayAt(calendar, CivilDay(2399, 12, 31), 1), CivilDay(2399, 12, 31));
  EXPECT_EQ(WorkdayAt(calendar, CivilDay(9999, 12, 31), 5), CivilDay(2399, 12, 31));
  EXPECT_EQ(WorkdayAt(calendar, CivilDay(2026, 1, 1), -1'000'000), CivilDay(1900, 1, 1));
}

TEST(WorkdayTest, AgreesWithCountingDayByDay) {
  std::mt19937 random(1);
  for (int trial = 0; trial < 200; ++trial) {
    const CivilDay base(1970, 1, 1);
    std::set<CivilDay> off, on;
    for (size_t i = random() % 40; i > 0; --i) off.insert(base + static_cast<int>(random() % 400));
    for (size_t i = random() % 20; i > 0; --i) on.insert(base + static_cast<int>(random() % 400));
    for (const CivilDay day : off) on.erase(day);
    const time::BusinessCalendar calendar = CalendarForTest({off.begin(), off.end()}, {on.begin(), on.end()});
    const auto worked = [&](CivilDay day) {
      const bool weekend = absl::GetWeekday(day) == absl::Weekday::saturday || absl::GetWeekday(day) == absl::Weekday::sunday;
      return off.count(day) == 0 && (!weekend || on.count(day) != 0);
    };
    const CivilDay from = base + static_cast<int>(random() % 400);
    int64_t count = 0;
    for (CivilDay day = from; day < from + 300; ++day) {
      ASSERT_EQ(calendar.IsWorkingDay(day), worked(day)) << time::DayText(day);
      ASSERT_EQ(calendar.WorkingDaysBetween(from, day), count) << time::DayText(from) << " " << time::DayText(day);
      if (!worked(day)) continue;
      ASSERT_EQ(WorkdayAt(calendar, from, count++), day);
    }
    count = 0;
    for (CivilDay day = from - 1; day > from - 300; --day) {
      if (!worked(day)) continue;
      ASSERT_EQ(WorkdayAt(calendar, from, --count), day) << time::DayText(from);
    }
  }
}

}  // namespace
}  // namespace heitie::planning
