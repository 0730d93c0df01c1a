#include "services/planning/notice/quiet.h"

#include <gtest/gtest.h>

#include "common/test/fixture.h"

namespace heitie::planning {
namespace {

using v1::NoticePreference;

absl::Time In(const char* text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error)) << error;
  return time;
}

std::string Until(const std::string& preference, const char* at) {
  const absl::Time end = QuietUntil(test::Proto<NoticePreference>(preference), nullptr, absl::UTCTimeZone(), In(at));
  return absl::FormatTime("%d %H:%M", end, absl::UTCTimeZone());
}

TEST(QuietTest, WindowsAreHalfOpenAlsoOvernight) {
  constexpr char kNight[] = "quiet_windows { start_minute: 1320 end_minute: 420 }";  // 22:00 to 07:00
  EXPECT_EQ(Until(kNight, "2026-01-05T21:59:59Z"), "05 21:59");
  EXPECT_EQ(Until(kNight, "2026-01-05T22:00:00Z"), "06 07:00");
  EXPECT_EQ(Until(kNight, "2026-01-06T06:59:59Z"), "06 07:00");
  EXPECT_EQ(Until(kNight, "2026-01-06T07:00:00Z"), "06 07:00");
}

TEST(QuietTest, WindowsThatAdjoinAreOneStretch) {
  constexpr char kBoth[] =
      "quiet_windows { start_minute: 1320 end_minute: 420 } quiet_windows { days: TUESDAY start_minute: 420 end_minute: 600 }";
  EXPECT_EQ(Until(kBoth, "2026-01-05T23:00:00Z"), "06 10:00") << "Tuesday the 6th";
  EXPECT_EQ(Until(kBoth, "2026-01-06T23:00:00Z"), "07 07:00");
}

TEST(QuietTest, OnesOwnZoneCounts) {
  constexpr char kTaipei[] = "time_zone: 'Asia/Taipei' quiet_windows { start_minute: 1320 end_minute: 420 }";
  EXPECT_EQ(Until(kTaipei, "2026-01-05T14:00:00Z"), "05 23:00");
  EXPECT_EQ(Until(kTaipei, "2026-01-05T23:00:00Z"), "05 23:00");
}

TEST(QuietTest, ADayThatLosesAnHourEndsAtItsWallTime) {
  // New York, 8 March 2026: 02:00 becomes 03:00.
  constexpr char kYork[] = "time_zone: 'America/New_York' quiet_windows { start_minute: 1320 end_minute: 420 }";
  EXPECT_EQ(Until(kYork, "2026-03-08T04:00:00Z"), "08 11:00");
  EXPECT_EQ(Until(kYork, "2026-03-07T04:00:00Z"), "07 12:00");
}

TEST(QuietTest, DaysOffOfTheCalendar) {
  time::CalendarRules rules{.zone = absl::UTCTimeZone()};
  for (int day = 0; day < 5; ++day) rules.week[day] = {{absl::Hours(9), absl::Hours(18)}};
  const auto calendar = time::BusinessCalendar::Make({{absl::InfinitePast(), rules}});
  ASSERT_TRUE(calendar.ok());
  const auto until = [&](const char* at) {
    return absl::FormatTime("%d %H:%M", QuietUntil(NoticePreference(), &*calendar, absl::UTCTimeZone(), In(at)), absl::UTCTimeZone());
  };
  EXPECT_EQ(until("2026-01-09T20:00:00Z"), "09 20:00");
  EXPECT_EQ(until("2026-01-10T00:00:00Z"), "12 00:00") << "Saturday and Sunday";
}

TEST(QuietTest, SomeTimeMustBeLeft) {
  EXPECT_TRUE(IsAlwaysQuiet(test::Proto<NoticePreference>("quiet_windows { start_minute: 0 end_minute: 1440 }")));
  EXPECT_TRUE(IsAlwaysQuiet(test::Proto<NoticePreference>(
      "quiet_windows { start_minute: 720 end_minute: 60 } quiet_windows { start_minute: 60 end_minute: 720 }")));
  EXPECT_FALSE(IsAlwaysQuiet(test::Proto<NoticePreference>("quiet_windows { start_minute: 0 end_minute: 1439 }")));
}

TEST(QuietTest, TheNextDigest) {
  const auto preference = test::Proto<NoticePreference>("digest_minutes: 540 digest_minutes: 1020");
  const auto next = [&](const char* at) {
    return absl::FormatTime("%d %H:%M", NextDigest(preference, absl::UTCTimeZone(), In(at)), absl::UTCTimeZone());
  };
  EXPECT_EQ(next("2026-01-05T08:00:00Z"), "05 09:00");
  EXPECT_EQ(next("2026-01-05T09:00:00Z"), "05 17:00");
  EXPECT_EQ(next("2026-01-05T17:00:00Z"), "06 09:00");
}

TEST(QuietTest, AWeeklyDigestIsOnceAWeek) {
  const auto preference = test::Proto<NoticePreference>("digest_minutes: 540 digest_days: MONDAY");
  const auto next = [&](const char* at) {
    return absl::FormatTime("%d %H:%M", NextDigest(preference, absl::UTCTimeZone(), In(at)), absl::UTCTimeZone());
  };
  EXPECT_EQ(next("2026-01-05T08:00:00Z"), "05 09:00") << "a Monday";
  EXPECT_EQ(next("2026-01-05T09:00:00Z"), "12 09:00");
  EXPECT_EQ(next("2026-01-11T23:59:00Z"), "12 09:00");
}

}  // namespace
}  // namespace heitie::planning
