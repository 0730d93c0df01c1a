#include "services/activity/shift/coverage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "common/test/matchers.h"
#include "common/time/day.h"
#include "common/time/instant.h"

namespace heitie::activity {
namespace {

absl::Time Local(const std::string& text, const std::string& zone = "Asia/Taipei") {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", text, time::ZoneOf(zone), &time, &error)) << error;
  return time;
}

std::string DaysText(const std::string& from, const std::string& to, const std::string& zone = "Asia/Taipei") {
  const LocalDays days = DaysOf(Local(from, zone), Local(to, zone), zone);
  return time::DayText(days.first) + ".." + time::DayText(days.last);
}

v1::Activity ActivityFrom(const std::string& from, const std::string& to, const std::string& zone = "Asia/Taipei") {
  v1::Activity activity;
  activity.set_name("activities/a");
  activity.set_time_zone(zone);
  *activity.mutable_start_time() = time::ToTimestamp(Local(from, zone));
  *activity.mutable_end_time() = time::ToTimestamp(Local(to, zone));
  return activity;
}

v1::Shift ShiftOf(const std::string& role, absl::Time from, absl::Time to, int people = 1) {
  v1::Shift shift;
  shift.set_role(role);
  *shift.mutable_start_time() = time::ToTimestamp(from);
  *shift.mutable_end_time() = time::ToTimestamp(to);
  shift.set_state(v1::Shift::STATE_PLANNED);
  for (int i = 0; i < people; ++i) shift.add_people()->set_employee("employees/p" + std::to_string(i));
  return shift;
}

v1::ShiftCoverage CoverageOf(int min_count, const std::string& open, const std::string& close, bool overnight = false) {
  v1::ShiftCoverage coverage;
  coverage.set_role("host");
  coverage.set_min_count(min_count);
  auto* window = coverage.add_hours();
  window->set_open(open);
  window->set_close(close);
  window->set_overnight(overnight);
  return coverage;
}

std::vector<std::string> Texts(const std::vector<v1::CoverageGap>& gaps, const std::string& zone = "Asia/Taipei") {
  std::vector<std::string> texts;
  for (const auto& gap : gaps) {
    const auto local = [&](const google::protobuf::Timestamp& t) {
      return absl::FormatTime("%m-%d %H:%M", time::ToTime(t), time::ZoneOf(zone));
    };
    texts.push_back(local(gap.start_time()) + " to " + local(gap.end_time()) + " lacks " + std::to_string(gap.missing_count()));
  }
  return texts;
}

TEST(ShiftCoverageRulesTest, AShiftTouchesTheDaysOfItsHours) {
  EXPECT_EQ(DaysText("2026-03-02 22:00", "2026-03-03 06:00"), "2026-03-02..2026-03-03");
  EXPECT_EQ(DaysText("2026-03-02 16:00", "2026-03-03 00:00"), "2026-03-02..2026-03-02");
  EXPECT_EQ(DaysText("2026-03-02 00:00", "2026-03-03 00:00"), "2026-03-02..2026-03-02");
  EXPECT_EQ(DaysText("2026-03-02 09:00", "2026-03-02 17:00"), "2026-03-02..2026-03-02");
  // The clock's day, not the world's: the same hours are two days in New York.
  EXPECT_EQ(DaysText("2026-03-02 20:00", "2026-03-03 04:00", "America/New_York"), "2026-03-02..2026-03-03");
}

// Two needed 10-22, shifts 10-16, 10-14, 14-22, 18-22: [16, 18) lacks one.
TEST(ShiftCoverageRulesTest, GapsAreExact) {
  const v1::Activity activity = ActivityFrom("2026-03-02 00:00", "2026-03-03 00:00");
  const auto at = [](int hour) { return Local("2026-03-02 00:00") + absl::Hours(hour); };
  std::vector<v1::Shift> shifts = {ShiftOf("host", at(10), at(16)), ShiftOf("host", at(10), at(14)), ShiftOf("host", at(14), at(22)),
                                   ShiftOf("host", at(18), at(22))};
  const v1::ShiftCoverage coverage = CoverageOf(2, "10:00", "22:00");
  EXPECT_THAT(Texts(GapsOf(coverage, activity, shifts)), testing::ElementsAre("03-02 16:00 to 03-02 18:00 lacks 1"));
  // Of the hours still to come.
  EXPECT_THAT(Texts(GapsOf(coverage, activity, shifts, at(17))), testing::ElementsAre("03-02 17:00 to 03-02 18:00 lacks 1"));
  EXPECT_THAT(Texts(GapsOf(coverage, activity, shifts, at(18))), testing::IsEmpty());
  // What is cancelled, another role's or nobody's covers nothing.
  shifts[0].set_state(v1::Shift::STATE_CANCELLED);
  shifts[1].set_role("cook");
  shifts[3].clear_people();
  EXPECT_THAT(Texts(GapsOf(coverage, activity, shifts)),
              testing::ElementsAre("03-02 10:00 to 03-02 14:00 lacks 2", "03-02 14:00 to 03-02 22:00 lacks 1"));
}

TEST(ShiftCoverageRulesTest, HoursAreOnTheClockWithinTheActivity) {
  // A night belongs to its evening; the activity begins in one and ends in another.
  const v1::Activity activity = ActivityFrom("2026-03-02 02:00", "2026-03-03 23:00");
  EXPECT_THAT(Texts(GapsOf(CoverageOf(1, "22:00", "06:00", true), activity, {})),
              testing::ElementsAre("03-02 02:00 to 03-02 06:00 lacks 1", "03-02 22:00 to 03-03 06:00 lacks 1",
                                   "03-03 22:00 to 03-03 23:00 lacks 1"));
  // Days of 24 hours are one stretch.
  EXPECT_THAT(Texts(GapsOf(CoverageOf(1, "00:00", "24:00"), activity, {})), testing::ElementsAre("03-02 02:00 to 03-03 23:00 lacks 1"));
  // In the night in which the clock is put forward there is no 02:30.
  const v1::Activity spring = ActivityFrom("2026-03-08 00:00", "2026-03-09 00:00", "America/New_York");
  EXPECT_THAT(Texts(GapsOf(CoverageOf(1, "02:30", "04:00"), spring, {}), "America/New_York"),
              testing::ElementsAre("03-08 03:00 to 03-08 04:00 lacks 1"));
  // Days may be fewer than the activity's.
  v1::ShiftCoverage second = CoverageOf(1, "10:00", "11:00");
  *second.mutable_first_date() = time::ToDate(absl::CivilDay(2026, 3, 3));
  EXPECT_THAT(Texts(GapsOf(second, activity, {})), testing::ElementsAre("03-03 10:00 to 03-03 11:00 lacks 1"));
}

// What a count of minutes finds, over random activities, needs and shifts in several zones.
TEST(ShiftCoverageRulesTest, AgreesWithACountOfMinutes) {
  std::mt19937 random(20260302);
  const auto upto = [&](int most) { return static_cast<int>(std::uniform_int_distribution<int>(0, most)(random)); };
  const std::vector<std::string> zones = {"Asia/Taipei", "America/New_York", "Australia/Lord_Howe", "UTC", "Europe/London", "Asia/Kolkata"};
  const std::vector<std::string> days = {"2026-03-07 00:00", "2026-10-03 00:00", "2026-10-24 00:00", "2026-06-01 00:00"};
  int seen = 0;
  for (int round = 0; round < 400; ++round) {
    const std::string& zone = zones[upto(5)];
    const absl::Time midnight = Local(days[upto(3)], zone);
    v1::Activity activity;
    activity.set_time_zone(zone);
    const absl::Time start = midnight + absl::Minutes(upto(1440));
    const absl::Time end = start + absl::Minutes(1 + upto(4 * 1440));
    *activity.mutable_start_time() = time::ToTimestamp(start);
    *activity.mutable_end_time() = time::ToTimestamp(end);
    v1::ShiftCoverage coverage;
    coverage.set_role("host");
    coverage.set_min_count(1 + upto(2));
    struct Wall {
      int open, close;
    };
    std::vector<Wall> walls;
    for (int i = 0; i <= upto(2); ++i) {
      const int open = upto(1439), close = open + 1 + upto(1439);
      walls.push_back({open, close});
      auto* window = coverage.add_hours();
      window->set_open(absl::StrFormat("%02d:%02d", open / 60, open % 60));
      window->set_overnight(close > 1440 || close % 1440 < open);
      const int shown = close == 1440 && !window->overnight() ? 1440 : close % 1440;
      window->set_close(absl::StrFormat("%02d:%02d", shown / 60, shown % 60));
    }
    std::vector<v1::Shift> shifts;
    for (int i = 0; i < upto(12); ++i) {
      const absl::Time from = start + absl::Minutes(upto(5 * 1440) - 720);
      shifts.push_back(ShiftOf(upto(3) == 0 ? "cook" : "host", from, from + absl::Minutes(1 + upto(1439)), upto(2)));
      if (upto(5) == 0) shifts.back().set_state(v1::Shift::STATE_CANCELLED);
    }
    // Minute by minute.
    const absl::TimeZone tz = time::ZoneOf(zone);
    const auto first_at = [&](absl::CivilDay day, int minutes) {
      const auto info = tz.At(absl::CivilSecond(day) + minutes * 60);
      return info.kind == absl::TimeZone::TimeInfo::SKIPPED ? info.trans : info.pre;
    };
    const absl::CivilDay first_day = absl::ToCivilDay(start, tz), last_day = absl::ToCivilDay(end - absl::Microseconds(1), tz);
    std::vector<Hours> open;
    for (absl::CivilDay day = first_day - 1; day <= last_day; ++day) {
      for (const Wall& wall : walls) open.push_back({first_at(day, wall.open), first_at(day, wall.close)});
    }
    std::vector<std::string> expected;
    absl::Time since;
    int missing = 0;
    for (absl::Time minute = start;; minute += absl::Minutes(1)) {
      int now_missing = 0;
      const bool wanted =
          minute < end && std::any_of(open.begin(), open.end(), [&](const Hours& h) { return h.begin <= minute && minute < h.end; });
      if (wanted) {
        int people = 0;
        for (const v1::Shift& shift : shifts) {
          if (shift.role() == "host" && shift.state() != v1::Shift::STATE_CANCELLED && time::ToTime(shift.start_time()) <= minute &&
              minute < time::ToTime(shift.end_time())) {
            people += shift.people_size();
          }
        }
        now_missing = std::max(0, coverage.min_count() - people);
      }
      if (now_missing != missing) {
        v1::CoverageGap gap;
        *gap.mutable_start_time() = time::ToTimestamp(since);
        *gap.mutable_end_time() = time::ToTimestamp(minute);
        gap.set_missing_count(missing);
        if (missing > 0) expected.push_back(Texts({gap}, zone).front());
        since = minute;
        missing = now_missing;
      }
      if (minute >= end) break;
    }
    ASSERT_EQ(Texts(GapsOf(coverage, activity, shifts), zone), expected) << round << " " << zone << " " << coverage.ShortDebugString();
    seen += static_cast<int>(expected.size());
  }
  EXPECT_GT(seen, 400);
}

TEST(ShiftCoverageRulesTest, TellsEveryBadField) {
  status::BadFields bad;
  v1::Shift shift = ShiftOf("host", Local("2026-03-02 10:00"), Local("2026-03-03 10:01"), 2);
  shift.add_people()->set_employee("employees/p1");
  CheckShift(shift, "shift", bad);
  v1::ShiftCoverage coverage = CoverageOf(1, "10:00", "10:00");
  *coverage.mutable_first_date() = time::ToDate(absl::CivilDay(2026, 3, 3));
  *coverage.mutable_last_date() = time::ToDate(absl::CivilDay(2026, 3, 2));
  CheckCoverage(coverage, "coverage", bad);
  EXPECT_THAT(bad.status(), test::HasViolations("shift.end_time SHIFT_TOO_LONG", "shift.people[2].employee VALUE_TWICE",
                                                "coverage.hours[0] WINDOW_EMPTY", "coverage.last_date DATES_REVERSED"));
  status::BadFields fine;
  CheckShift(ShiftOf("host", Local("2026-03-02 10:00"), Local("2026-03-03 10:00")), "shift", fine);
  CheckCoverage(CoverageOf(1, "22:00", "22:00", true), "coverage", fine);
  EXPECT_THAT(fine.status(), test::IsOk());
}

}  // namespace
}  // namespace heitie::activity
