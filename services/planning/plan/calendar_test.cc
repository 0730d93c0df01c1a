#include "services/planning/plan/calendar.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "common/time/day.h"

namespace heitie::planning {
namespace {

using absl::CivilDay;

TEST(WorkCalendarTest, WeekendsAreFree) {
  const WorkCalendar calendar({}, {});
  EXPECT_TRUE(calendar.IsWorkday(CivilDay(2026, 1, 2)));
  EXPECT_FALSE(calendar.IsWorkday(CivilDay(2026, 1, 3)));
  EXPECT_FALSE(calendar.IsWorkday(CivilDay(2026, 1, 4)));
  EXPECT_EQ(calendar.WorkdaysBetween(CivilDay(2026, 1, 1), CivilDay(2026, 2, 1)), 22);
  EXPECT_EQ(calendar.WorkdaysBetween(CivilDay(2026, 2, 1), CivilDay(2026, 1, 1)), -22);
  EXPECT_EQ(calendar.WorkdayAt(CivilDay(2026, 1, 3), 0), CivilDay(2026, 1, 5));
  EXPECT_EQ(calendar.WorkdayAt(CivilDay(2026, 1, 3), -1), CivilDay(2026, 1, 2));
}

TEST(WorkCalendarTest, HolidaysAndMakeupWorkdays) {
  // Spring Festival 2026: 16 to 20 February are free, Saturday the 28th is worked.
  std::vector<CivilDay> holidays;
  for (int day = 16; day <= 20; ++day) holidays.push_back(CivilDay(2026, 2, day));
  const WorkCalendar calendar(holidays, {CivilDay(2026, 2, 28)});
  EXPECT_FALSE(calendar.IsWorkday(CivilDay(2026, 2, 17)));
  EXPECT_TRUE(calendar.IsWorkday(CivilDay(2026, 2, 28)));
  EXPECT_EQ(calendar.WorkdaysBetween(CivilDay(2026, 2, 1), CivilDay(2026, 3, 1)), 20 - 5 + 1);
  EXPECT_EQ(calendar.WorkdayAt(CivilDay(2026, 2, 13), 1), CivilDay(2026, 2, 23));
}

TEST(WorkCalendarTest, ADayThatIsBothIsAHoliday) {
  EXPECT_FALSE(WorkCalendar({CivilDay(2026, 2, 28)}, {CivilDay(2026, 2, 28)}).IsWorkday(CivilDay(2026, 2, 28)));
}

TEST(WorkCalendarTest, AgreesWithCountingDayByDay) {
  std::mt19937 random(1);
  for (int trial = 0; trial < 200; ++trial) {
    const CivilDay base(1969, 6, 1);  // Around the epoch, where divisions of negative numbers begin.
    std::vector<CivilDay> holidays, makeup;
    for (size_t i = random() % 40; i > 0; --i) holidays.push_back(base + static_cast<int>(random() % 400));
    for (size_t i = random() % 20; i > 0; --i) makeup.push_back(base + static_cast<int>(random() % 400));
    const WorkCalendar calendar(holidays, makeup);
    const std::set<CivilDay> off(holidays.begin(), holidays.end()), on(makeup.begin(), makeup.end());
    const auto worked = [&](CivilDay day) {
      const bool weekend = absl::GetWeekday(day) == absl::Weekday::saturday || absl::GetWeekday(day) == absl::Weekday::sunday;
      return off.count(day) == 0 && (!weekend || on.count(day) != 0);
    };
    const CivilDay from = base + static_cast<int>(random() % 400);
    int64_t count = 0;
    for (CivilDay day = from; day < from + 300; ++day) {
      ASSERT_EQ(calendar.IsWorkday(day), worked(day)) << time::DayText(day);
      ASSERT_EQ(calendar.WorkdaysBetween(from, day), count) << time::DayText(from) << " " << time::DayText(day);
      if (!worked(day)) continue;
      ASSERT_EQ(calendar.WorkdayAt(from, count++), day);
    }
    count = 0;
    for (CivilDay day = from - 1; day > from - 300; --day) {
      if (!worked(day)) continue;
      ASSERT_EQ(calendar.WorkdayAt(from, --count), day) << time::DayText(from);
    }
  }
}

}  // namespace
}  // namespace heitie::planning
