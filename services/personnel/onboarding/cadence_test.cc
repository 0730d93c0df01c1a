#include "services/personnel/onboarding/cadence.h"

#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/day.h"

namespace heitie::personnel {
namespace {

using v1::SharingSeries;

SharingSeries SeriesOf(SharingSeries::Cadence cadence, int weekday, absl::CivilDay start) {
  SharingSeries series;
  series.set_cadence(cadence);
  series.set_weekday(weekday);
  *series.mutable_start_date() = time::ToDate(start);
  return series;
}

// Against a walk over the days by what the contract says.
TEST(NextDayOfTest, IsTheNextOfTheDaysOfTheSeries) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 500; ++round) {
    const absl::CivilDay start = absl::CivilDay(2026, 1, 1) + static_cast<int>(random() % 400);
    const int weekday = 1 + static_cast<int>(random() % 7);
    const auto cadence = static_cast<SharingSeries::Cadence>(1 + random() % 3);
    const SharingSeries series = SeriesOf(cadence, weekday, start);
    // All days of the series.
    std::set<absl::CivilDay> days;
    int weeks = 0;
    for (absl::CivilDay day = start; day < start + 300; ++day) {
      if (static_cast<int>(absl::GetWeekday(day)) != weekday - 1) continue;
      const bool other_week = weeks++ % 2 == 1;
      if (cadence == SharingSeries::CADENCE_BIWEEKLY && other_week) continue;
      if (cadence == SharingSeries::CADENCE_MONTHLY && day.day() > 7) continue;
      days.insert(day);
    }
    for (int i = -40; i < 200; i += 3) ASSERT_EQ(NextDayOf(series, start + i), *days.upper_bound(start + i)) << round << " " << i;
  }
}

TEST(AsleepOnTest, CountsCadencesSinceTheLastSessionThatWasHeld) {
  const absl::CivilDay start(2026, 1, 30);
  EXPECT_FALSE(AsleepOn(SeriesOf(SharingSeries::CADENCE_WEEKLY, 5, start), start + 21, 3));
  EXPECT_TRUE(AsleepOn(SeriesOf(SharingSeries::CADENCE_WEEKLY, 5, start), start + 22, 3));
  EXPECT_FALSE(AsleepOn(SeriesOf(SharingSeries::CADENCE_BIWEEKLY, 5, start), start + 42, 3));
  EXPECT_TRUE(AsleepOn(SeriesOf(SharingSeries::CADENCE_BIWEEKLY, 5, start), start + 43, 3));
  SharingSeries monthly = SeriesOf(SharingSeries::CADENCE_MONTHLY, 5, start);
  EXPECT_FALSE(AsleepOn(monthly, absl::CivilDay(2026, 2, 28), 1));
  EXPECT_TRUE(AsleepOn(monthly, absl::CivilDay(2026, 3, 1), 1));
  *monthly.mutable_last_held_date() = time::ToDate(absl::CivilDay(2026, 2, 6));
  EXPECT_FALSE(AsleepOn(monthly, absl::CivilDay(2026, 3, 6), 1));
}

TEST(HostOfTest, TakesTurnsAndPassesOverWhoCannot) {
  SharingSeries series;
  for (const char* host : {"a", "b", "c"}) series.add_hosts(host);
  const auto all = [](const std::string&) { return true; };
  for (int n = 0; n < 9; ++n) EXPECT_EQ(HostOf(series, n, all), std::string(1, static_cast<char>('a' + n % 3)));
  const auto not_b = [](const std::string& host) { return host != "b"; };
  EXPECT_EQ(HostOf(series, 1, not_b), "c");
  EXPECT_EQ(HostOf(series, 2, not_b), "c");
  EXPECT_FALSE(HostOf(series, 2, [](const std::string&) { return false; }));
}

}  // namespace
}  // namespace heitie::personnel
