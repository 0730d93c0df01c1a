#include "services/metrics/quality/recurrence.h"

#include <gmock/gmock.h>

#include <random>
#include <set>
#include <vector>

#include "common/test/fixture.h"

namespace heitie::metrics {
namespace {

using heitie::test::IsOk;
using heitie::test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

absl::TimeZone RecurrenceZone(const std::string& name) {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone(name, &zone));
  return zone;
}

// Monday to Friday, with two holidays (a Monday and a Thursday) and a make-up Saturday.
time::BusinessCalendar OfficeCalendar(absl::TimeZone zone) {
  time::CalendarRules rules;
  rules.zone = zone;
  for (int i = 0; i < 5; ++i) rules.week[i] = {{absl::Hours(9), absl::Hours(18)}};
  rules.holidays = {absl::CivilDay(2026, 3, 2), absl::CivilDay(2026, 1, 1)};
  rules.special_days = {{absl::CivilDay(2026, 2, 28), {{absl::Hours(9), absl::Hours(18)}}}};
  return *time::BusinessCalendar::Make({{absl::InfinitePast(), rules}});
}

std::vector<absl::Time> Occurrences(const v1::Recurrence& recurrence, const time::BusinessCalendar& calendar, absl::TimeZone zone,
                                    absl::Time from, absl::Time until) {
  std::vector<absl::Time> times;
  for (absl::Time at = from;;) {
    const absl::StatusOr<absl::Time> next = NextOccurrence(recurrence, calendar, zone, at);
    EXPECT_THAT(next, IsOk());
    if (!next.ok() || *next >= until) return times;
    EXPECT_GT(*next, at);
    times.push_back(at = *next);
  }
}

std::vector<std::string> Texts(const std::vector<absl::Time>& times, absl::TimeZone zone) {
  std::vector<std::string> texts;
  for (const absl::Time time : times) texts.push_back(absl::FormatTime("%m-%d %H:%M", time, zone));
  return texts;
}

TEST(RecurrenceTest, EveryMondayAndTheFirstWorkingDayOfTheMonth) {
  const absl::TimeZone zone = RecurrenceZone("Asia/Taipei");
  const time::BusinessCalendar calendar = OfficeCalendar(zone);
  const absl::Time from = absl::FromCivil(absl::CivilDay(2026, 2, 20), zone), until = absl::FromCivil(absl::CivilDay(2026, 4, 2), zone);
  const auto of = [&](const std::string& text) {
    return Texts(Occurrences(Proto<v1::Recurrence>(text), calendar, zone, from, until), zone);
  };
  EXPECT_THAT(of("pattern: PATTERN_WEEK day_of_week: MONDAY time_of_day: '09:00'"),
              ElementsAre("02-23 09:00", "03-02 09:00", "03-09 09:00", "03-16 09:00", "03-23 09:00", "03-30 09:00"));
  EXPECT_THAT(of("pattern: PATTERN_WEEK day_of_week: MONDAY on_working_day: true time_of_day: '09:00'"),
              ElementsAre("02-23 09:00", "03-03 09:00", "03-09 09:00", "03-16 09:00", "03-23 09:00", "03-30 09:00"));
  EXPECT_THAT(of("pattern: PATTERN_MONTH nth_working_day: 1 time_of_day: '08:30'"), ElementsAre("03-03 08:30", "04-01 08:30"));
  EXPECT_THAT(of("pattern: PATTERN_MONTH nth_working_day: -1 time_of_day: '08:30'"), ElementsAre("02-28 08:30", "03-31 08:30"));
}

TEST(RecurrenceTest, MinutesCountFromMidnight) {
  const absl::TimeZone zone = RecurrenceZone("Asia/Taipei");
  const time::BusinessCalendar calendar = OfficeCalendar(zone);
  const absl::Time midnight = absl::FromCivil(absl::CivilDay(2026, 2, 20), zone);
  const auto times = Texts(Occurrences(Proto<v1::Recurrence>("pattern: PATTERN_MINUTES minutes: 420"), calendar, zone,
                                       midnight + absl::Minutes(1), midnight + absl::Hours(25)),
                           zone);
  EXPECT_THAT(times, ElementsAre("02-20 07:00", "02-20 14:00", "02-20 21:00", "02-21 00:00"));
}

// What the words say, day by day: the times of a year are those of the days that fit, each once, in a zone whose clock skips and repeats.
TEST(RecurrenceTest, EqualsTheDaysThatFit) {
  const absl::TimeZone zone = RecurrenceZone("America/New_York");
  const time::BusinessCalendar calendar = OfficeCalendar(zone);
  const absl::CivilDay first(2026, 1, 1), last(2026, 12, 31);
  std::mt19937_64 random(5);
  for (int round = 0; round < 60; ++round) {
    v1::Recurrence recurrence;
    recurrence.set_pattern(static_cast<v1::Recurrence::Pattern>(2 + round % 4));
    recurrence.set_time_of_day(absl::FormatTime("%H:%M", absl::UnixEpoch() + absl::Minutes(random() % 1440), absl::UTCTimeZone()));
    if (recurrence.pattern() == v1::Recurrence::PATTERN_WEEK) {
      recurrence.set_day_of_week(static_cast<google::type::DayOfWeek>(1 + random() % 7));
      recurrence.set_on_working_day(random() % 2 == 0);
    }
    if (recurrence.pattern() == v1::Recurrence::PATTERN_MONTH) {
      recurrence.set_nth_working_day(static_cast<int>(random() % 23) + 1);
      if (random() % 2 == 0) recurrence.set_nth_working_day(-recurrence.nth_working_day());
    }
    std::set<absl::CivilDay> days;
    for (absl::CivilDay day = first; day <= last; ++day) {
      switch (recurrence.pattern()) {
        case v1::Recurrence::PATTERN_DAY:
          days.insert(day);
          break;
        case v1::Recurrence::PATTERN_WORKING_DAY:
          if (calendar.IsWorkingDay(day)) days.insert(day);
          break;
        case v1::Recurrence::PATTERN_WEEK: {
          if (static_cast<int>(absl::GetWeekday(day)) + 1 != recurrence.day_of_week()) break;
          absl::CivilDay on = day;
          while (recurrence.on_working_day() && !calendar.IsWorkingDay(on)) ++on;
          days.insert(on);
          break;
        }
        default: {
          if (day.day() != 1) break;
          std::vector<absl::CivilDay> working;
          for (absl::CivilDay one = day; one.month() == day.month(); ++one) {
            if (calendar.IsWorkingDay(one)) working.push_back(one);
          }
          const int size = static_cast<int>(working.size()), n = recurrence.nth_working_day();
          days.insert(n > 0 ? working[std::min(n, size) - 1] : working[std::max(0, size + n)]);
        }
      }
    }
    std::set<absl::Time> expected;
    const absl::Time from = absl::FromCivil(first, zone), until = absl::FromCivil(last, zone);
    int hours = 0, minutes = 0;
    ASSERT_EQ(std::sscanf(recurrence.time_of_day().c_str(), "%d:%d", &hours, &minutes), 2);
    for (const absl::CivilDay day : days) {
      const auto info = zone.At(absl::CivilMinute(day.year(), day.month(), day.day(), hours, minutes));
      const absl::Time time = info.kind == absl::TimeZone::TimeInfo::SKIPPED ? info.trans : info.pre;
      if (time > from && time < until) expected.insert(time);
    }
    EXPECT_THAT(Occurrences(recurrence, calendar, zone, from, until), ::testing::ElementsAreArray(expected))
        << recurrence.ShortDebugString();
  }
}

TEST(RecurrenceTest, NobodyWorks) {
  time::CalendarRules rules;
  rules.zone = absl::UTCTimeZone();
  const time::BusinessCalendar calendar = *time::BusinessCalendar::Make({{absl::InfinitePast(), rules}});
  const auto next =
      NextOccurrence(Proto<v1::Recurrence>("pattern: PATTERN_WORKING_DAY time_of_day: '09:00'"), calendar, rules.zone, absl::UnixEpoch());
  EXPECT_TRUE(absl::IsOutOfRange(next.status()));
}

std::vector<std::string> RecurrenceMistakes(const std::string& text) {
  status::BadFields bad;
  CheckRecurrence(Proto<v1::Recurrence>(text), "r", bad);
  return heitie::test::Violations(bad.status());
}

TEST(RecurrenceTest, EachPatternHasItsFields) {
  EXPECT_THAT(RecurrenceMistakes("pattern: PATTERN_MINUTES minutes: 5"), IsEmpty());
  EXPECT_THAT(RecurrenceMistakes("pattern: PATTERN_DAY time_of_day: '09:00'"), IsEmpty());
  EXPECT_THAT(RecurrenceMistakes("pattern: PATTERN_MINUTES minutes: 4 time_of_day: '09:00' day_of_week: MONDAY nth_working_day: 1"),
              ElementsAre("r.minutes BAD_RECURRENCE", "r.day_of_week BAD_RECURRENCE", "r.nth_working_day BAD_RECURRENCE",
                          "r.time_of_day BAD_RECURRENCE"));
  EXPECT_THAT(RecurrenceMistakes("pattern: PATTERN_WEEK minutes: 5"),
              ElementsAre("r.minutes BAD_RECURRENCE", "r.day_of_week BAD_RECURRENCE", "r.time_of_day BAD_RECURRENCE"));
  EXPECT_THAT(RecurrenceMistakes("pattern: PATTERN_MONTH time_of_day: '09:00' on_working_day: true"),
              ElementsAre("r.on_working_day BAD_RECURRENCE", "r.nth_working_day BAD_RECURRENCE"));
}

}  // namespace
}  // namespace heitie::metrics
