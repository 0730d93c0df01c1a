#include "services/activity/template/arithmetic.h"

#include <gtest/gtest.h>

#include <random>

#include "common/time/day.h"

namespace heitie::activity {
namespace {

v1::TemplateMaterial MaterialOf(int64_t fixed, int64_t numerator, int64_t denominator, int reserve_bp) {
  v1::TemplateMaterial material;
  material.set_fixed(fixed);
  material.set_numerator(numerator);
  material.set_denominator(denominator);
  material.set_reserve_bp(reserve_bp);
  return material;
}

TEST(TemplateArithmeticTest, QuantitiesAreExact) {
  EXPECT_EQ(QuantityOf(MaterialOf(0, 11, 10, 0), 700), 770);
  EXPECT_EQ(QuantityOf(MaterialOf(20, 1, 3, 500), 1200), 441);
  EXPECT_EQ(QuantityOf(MaterialOf(0, 1, 3, 0), 1), 1) << "a part of one is one";
  EXPECT_EQ(QuantityOf(MaterialOf(5, 0, 0, 0), 0), 5) << "no denominator is one";
  EXPECT_EQ(QuantityOf(MaterialOf(0, 1, 1, 0), 0), 0);
  // 0.1 · 3 is 0.30000000000000004 in floating point.
  EXPECT_EQ(QuantityOf(MaterialOf(0, 1, 10, 0), 30), 3);
  EXPECT_EQ(QuantityOf(MaterialOf(999'999'999, 0, 1, 0), 0), 999'999'999);
  EXPECT_EQ(QuantityOf(MaterialOf(1'000'000'000, 0, 1, 1), 0), std::nullopt);
  EXPECT_EQ(QuantityOf(MaterialOf(1'000'000'000, 1'000'000, 1, 100'000), 1'000'000'000), std::nullopt);
}

// The smallest q with q · den · 10,000 ≥ (fixed · den + n · num) · (10,000 + bp), found by counting.
TEST(TemplateArithmeticTest, QuantitiesAgreeWithCounting) {
  std::mt19937 random(7);
  const auto upto = [&](int most) { return std::uniform_int_distribution<int>(0, most)(random); };
  for (int round = 0; round < 5000; ++round) {
    const int64_t fixed = upto(20), numerator = upto(20), denominator = 1 + upto(12), bp = upto(3000), n = upto(40);
    int64_t quantity = 0;
    while (quantity * denominator * 10'000 < (fixed * denominator + n * numerator) * (10'000 + bp)) ++quantity;
    ASSERT_EQ(QuantityOf(MaterialOf(fixed, numerator, denominator, static_cast<int>(bp)), n), quantity);
  }
}

TEST(TemplateArithmeticTest, MediansAreInTheMiddle) {
  EXPECT_EQ(MedianOf({}), std::nullopt);
  EXPECT_EQ(MedianOf({5}), 5);
  EXPECT_EQ(MedianOf({9, 1, 5}), 5);
  EXPECT_EQ(MedianOf({4, 1, 3, 2}), 2.5);
}

// Mon–Fri 09:00–12:00 and 13:30–18:00 in Shanghai, with the Spring Festival and its make-up Saturday.
time::BusinessCalendar Shanghai() {
  time::CalendarRules rules;
  rules.zone = time::ZoneOf("Asia/Shanghai");
  const std::vector<time::OpenWindow> windows = {{absl::Hours(9), absl::Hours(12)}, {absl::Hours(13) + absl::Minutes(30), absl::Hours(18)}};
  for (int weekday = 0; weekday < 5; ++weekday) rules.week[weekday] = windows;
  for (absl::CivilDay day(2026, 2, 15); day <= absl::CivilDay(2026, 2, 23); ++day) rules.holidays.push_back(day);
  rules.special_days.push_back({absl::CivilDay(2026, 2, 14), {{absl::Hours(9), absl::Hours(12)}}});
  return *time::BusinessCalendar::Make({{absl::InfinitePast(), rules}});
}

std::string DueText(const time::BusinessCalendar& calendar, absl::CivilDay start, int days) {
  const auto due = DueTimeOf(calendar, start, days);
  return due.ok() ? absl::FormatTime("%Y-%m-%d %H:%M", *due, time::ZoneOf("Asia/Shanghai")) : due.status().ToString();
}

TEST(TemplateArithmeticTest, DueAtTheEndOfAWorkingDay) {
  const time::BusinessCalendar calendar = Shanghai();
  EXPECT_EQ(DueText(calendar, absl::CivilDay(2026, 3, 4), 1), "2026-03-03 18:00");
  EXPECT_EQ(DueText(calendar, absl::CivilDay(2026, 3, 2), 1), "2026-02-27 18:00") << "over the weekend";
  EXPECT_EQ(DueText(calendar, absl::CivilDay(2026, 2, 24), 1), "2026-02-14 12:00") << "the make-up day before the holidays, which is short";
  EXPECT_EQ(DueText(calendar, absl::CivilDay(2026, 2, 20), 2), "2026-02-13 18:00") << "the start itself may be on a holiday";
  EXPECT_FALSE(DueTimeOf(calendar, absl::CivilDay(1900, 1, 3), 366).ok());
  // The day of the start is the one on the clock of the activity.
  const absl::Time start = absl::FromCivil(absl::CivilSecond(2026, 3, 3, 20, 0, 0), absl::UTCTimeZone());
  EXPECT_EQ(StartDayOf(start, "Asia/Shanghai"), absl::CivilDay(2026, 3, 4));
  EXPECT_EQ(StartDayOf(start, ""), absl::CivilDay(2026, 3, 3));
}

TEST(TemplateArithmeticTest, ANightClosesOnTheNextDayAndWithoutPauseAtMidnight) {
  time::CalendarRules rules;
  rules.zone = time::ZoneOf("Asia/Shanghai");
  rules.week.fill({{absl::Hours(22), absl::Hours(30)}});
  EXPECT_EQ(DueText(*time::BusinessCalendar::Make({{absl::InfinitePast(), rules}}), absl::CivilDay(2026, 3, 4), 1), "2026-03-04 06:00");
  rules.week.fill({{absl::Hours(0), absl::Hours(24)}});
  EXPECT_EQ(DueText(*time::BusinessCalendar::Make({{absl::InfinitePast(), rules}}), absl::CivilDay(2026, 3, 4), 1), "2026-03-04 00:00");
  // A closure ends the day earlier; a version that comes into force on it has the last word.
  time::CalendarRules closed = rules;
  closed.week.fill({{absl::Hours(9), absl::Hours(18)}});
  closed.closures.push_back({absl::FromCivil(absl::CivilSecond(2026, 3, 3, 14, 0, 0), rules.zone),
                             absl::FromCivil(absl::CivilSecond(2026, 3, 3, 20, 0, 0), rules.zone)});
  EXPECT_EQ(DueText(*time::BusinessCalendar::Make({{absl::InfinitePast(), closed}}), absl::CivilDay(2026, 3, 4), 1), "2026-03-03 14:00");
  time::CalendarRules shorter = closed;
  shorter.closures.clear();
  shorter.week.fill({{absl::Hours(9), absl::Hours(12)}});
  const absl::Time noon = absl::FromCivil(absl::CivilSecond(2026, 3, 3, 10, 0, 0), rules.zone);
  EXPECT_EQ(DueText(*time::BusinessCalendar::Make({{absl::InfinitePast(), closed}, {noon, shorter}}), absl::CivilDay(2026, 3, 4), 1),
            "2026-03-03 12:00");
}

}  // namespace
}  // namespace heitie::activity
