#include "services/metrics/analysis/period.h"

#include <gmock/gmock.h>

#include <random>

#include "services/metrics/analysis/fake_events.h"

namespace heitie::metrics::analysis {
namespace {

using Civil = absl::CivilDay;

Window Of(Civil first, Civil last, const Calendar& calendar = BusinessCalendar()) { return WindowOf({first, last}, calendar); }

TEST(PeriodTest, DaysOf23And25Hours) {
  const Calendar berlin = CalendarOf("Europe/Berlin");
  for (const auto& [day, hours] :
       {std::pair(Civil(2026, 3, 29), 23), std::pair(Civil(2026, 10, 25), 25), std::pair(Civil(2026, 7, 1), 24)}) {
    const Window window = Of(day, day, berlin);
    EXPECT_EQ(window.end - window.start, absl::Hours(hours));
    EXPECT_EQ(Intervals(window, Granularity::kHour, berlin, 1000).size(), static_cast<size_t>(hours));
    EXPECT_EQ(Intervals(window, Granularity::kFiveMinutes, berlin, 1000).size(), static_cast<size_t>(hours) * 12);
    EXPECT_EQ(Intervals(window, Granularity::kDay, berlin, 1000).size(), 1U);
  }
  // Half an hour is skipped there.
  const Calendar howe = CalendarOf("Australia/Lord_Howe");
  const auto hours = Intervals(Of(Civil(2026, 10, 4), Civil(2026, 10, 4), howe), Granularity::kHour, howe, 100);
  ASSERT_EQ(hours.size(), 24U);
  EXPECT_EQ(hours.back().end - hours.back().start, absl::Minutes(30));
}

// Intervals follow one another, fill the window, and each lies in one unit that the one before does not lie in.
TEST(PeriodTest, IntervalsDivideTheWindow) {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    std::mt19937 random(seed);
    Calendar calendar = CalendarOf(seed % 3 == 0 ? "Europe/Berlin" : seed % 3 == 1 ? "Asia/Taipei" : "America/Sao_Paulo");
    calendar.week_start = static_cast<absl::Weekday>(random() % 7);
    const absl::Time start = absl::FromCivil(Civil(2016, 1, 1) + random() % 900, calendar.zone) + absl::Minutes(random() % 2000);
    const Window window{start, start + absl::Minutes(1 + random() % 60000)};
    const auto granularity = static_cast<Granularity>(random() % 7);
    const auto intervals = Intervals(window, granularity, calendar, 100000);
    ASSERT_FALSE(intervals.empty());
    EXPECT_EQ(intervals.front().start, window.start);
    EXPECT_EQ(intervals.back().end, window.end);
    IntervalIndex index(intervals);
    for (size_t i = 0; i < intervals.size(); ++i) {
      ASSERT_LT(intervals[i].start, intervals[i].end);
      if (i > 0) {
        ASSERT_EQ(intervals[i].start, intervals[i - 1].end);
      }
      if (granularity >= Granularity::kDay) {
        const Civil unit = UnitStart(DayOf(intervals[i].start, calendar), granularity, calendar);
        EXPECT_EQ(unit, UnitStart(DayOf(intervals[i].end - absl::Microseconds(1), calendar), granularity, calendar));
        EXPECT_LE(intervals[i].end, StartOf(NextUnit(unit, granularity), calendar));
        EXPECT_TRUE(i == 0 || StartOf(unit, calendar) == intervals[i].start);
      }
    }
    for (int i = 0; i < 50; ++i) {
      const absl::Time at = window.start + absl::Seconds(static_cast<int64_t>(random() % 4000000)) - absl::Hours(20);
      int expected = -1;
      for (size_t k = 0; k < intervals.size(); ++k) {
        if (at >= intervals[k].start && at < intervals[k].end) expected = static_cast<int>(k);
      }
      ASSERT_EQ(index.Find(absl::ToUnixMicros(at)), expected);
    }
  }
}

TEST(PeriodTest, WeeksBeginAsTheyAreSaidTo) {
  Calendar calendar = BusinessCalendar();
  EXPECT_EQ(UnitStart(Civil(2026, 7, 1), Granularity::kWeek, calendar), Civil(2026, 6, 29));
  EXPECT_EQ(UnitStart(Civil(2026, 6, 29), Granularity::kWeek, calendar), Civil(2026, 6, 29));
  calendar.week_start = absl::Weekday::sunday;
  EXPECT_EQ(UnitStart(Civil(2026, 7, 1), Granularity::kWeek, calendar), Civil(2026, 6, 28));
  EXPECT_EQ(UnitStart(Civil(2026, 5, 31), Granularity::kQuarter, calendar), Civil(2026, 4, 1));
}

TEST(PeriodTest, LastClosedUnits) {
  const Calendar calendar = BusinessCalendar();
  const absl::Time now = StartOf(Civil(2026, 3, 18), calendar) + absl::Hours(10);
  EXPECT_EQ(LastClosed(28, Granularity::kDay, now, calendar), Of(Civil(2026, 2, 18), Civil(2026, 3, 17)));
  EXPECT_EQ(LastClosed(2, Granularity::kMonth, now, calendar), Of(Civil(2026, 1, 1), Civil(2026, 2, 28)));
  EXPECT_EQ(LastClosed(1, Granularity::kWeek, now, calendar), Of(Civil(2026, 3, 9), Civil(2026, 3, 15)));
  EXPECT_EQ(LastClosed(1, Granularity::kDay, StartOf(Civil(2026, 3, 18), calendar), calendar), Of(Civil(2026, 3, 17), Civil(2026, 3, 17)));
}

TEST(PeriodTest, MonthsAndYearsThatAreShorter) {
  EXPECT_EQ(AddMonths(Civil(2026, 3, 31), -1), Civil(2026, 2, 28));
  EXPECT_EQ(AddMonths(Civil(2024, 3, 31), -1), Civil(2024, 2, 29));
  EXPECT_EQ(AddMonths(Civil(2024, 2, 29), -12), Civil(2023, 2, 28));
  EXPECT_EQ(AddMonths(Civil(2026, 1, 31), 13), Civil(2027, 2, 28));
}

TEST(PeriodTest, Comparisons) {
  const Calendar calendar = BusinessCalendar();
  const auto compared = [&](Window window, Comparison comparison, absl::Time closed = absl::InfiniteFuture()) {
    return Compared(window, comparison, closed, calendar);
  };
  const Window march = Of(Civil(2026, 3, 1), Civil(2026, 3, 31));
  EXPECT_EQ(compared(march, Comparison::kLastMonth), Of(Civil(2026, 2, 1), Civil(2026, 2, 28)));
  EXPECT_EQ(compared(march, Comparison::kSameLengthBefore), Of(Civil(2026, 1, 29), Civil(2026, 2, 28)));
  EXPECT_EQ(compared(march, Comparison::kSameWeekdays), Of(Civil(2026, 1, 25), Civil(2026, 2, 24)));
  EXPECT_EQ(compared(march, Comparison::kLastYear), Of(Civil(2025, 3, 1), Civil(2025, 3, 31)));
  EXPECT_EQ(compared(Of(Civil(2024, 2, 1), Civil(2024, 2, 29)), Comparison::kLastYear), Of(Civil(2023, 2, 1), Civil(2023, 2, 28)));
  EXPECT_EQ(compared(Of(Civil(2026, 3, 2), Civil(2026, 3, 2)), Comparison::kSameWeekdays), Of(Civil(2026, 2, 23), Civil(2026, 2, 23)));
  // Hours.
  const absl::Time noon = StartOf(Civil(2026, 3, 5), calendar) + absl::Hours(12);
  EXPECT_EQ(compared({noon, noon + absl::Hours(5)}, Comparison::kSameLengthBefore), (Window{noon - absl::Hours(5), noon}));
  EXPECT_EQ(compared({noon, noon + absl::Hours(5)}, Comparison::kLastMonth),
            (Window{StartOf(Civil(2026, 2, 5), calendar) + absl::Hours(12), StartOf(Civil(2026, 2, 5), calendar) + absl::Hours(17)}));
}

TEST(PeriodTest, AnOpenPeriodIsComparedWithTheSamePart) {
  const Calendar calendar = BusinessCalendar();
  const Window march = Of(Civil(2026, 3, 1), Civil(2026, 3, 31));
  const absl::Time closed = StartOf(Civil(2026, 3, 11), calendar) + absl::Hours(6);
  EXPECT_EQ(Compared(march, Comparison::kLastMonth, closed, calendar),
            (Window{StartOf(Civil(2026, 2, 1), calendar), StartOf(Civil(2026, 2, 11), calendar) + absl::Hours(6)}));
  EXPECT_EQ(Compared(march, Comparison::kSameLengthBefore, StartOf(Civil(2026, 3, 11), calendar), calendar),
            Of(Civil(2026, 1, 29), Civil(2026, 2, 7)));
  EXPECT_EQ(Compared(march, Comparison::kLastMonth, StartOf(Civil(2026, 2, 1), calendar), calendar).end,
            StartOf(Civil(2026, 2, 1), calendar));
}

// The compared days of a day of 23 hours are whole days.
TEST(PeriodTest, ComparedDaysAreDays) {
  const Calendar berlin = CalendarOf("Europe/Berlin");
  const Window week = Of(Civil(2026, 3, 26), Civil(2026, 4, 1), berlin);
  EXPECT_EQ(Compared(week, Comparison::kSameLengthBefore, absl::InfiniteFuture(), berlin),
            Of(Civil(2026, 3, 19), Civil(2026, 3, 25), berlin));
  EXPECT_EQ(WholeDays(week, berlin)->last, Civil(2026, 4, 1));
  EXPECT_FALSE(WholeDays({week.start, week.end - absl::Microseconds(1)}, berlin).has_value());
}

}  // namespace
}  // namespace heitie::metrics::analysis
