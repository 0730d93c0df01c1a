#include "services/planning/meeting/meeting_days.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "common/time/zone.h"
#include "services/planning/meeting/rule.h"
#include "services/planning/plan/calendar_for_test.h"

namespace heitie::planning {
namespace {

using absl::CivilDay;
using test::HasViolation;
using test::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::MeetingSchedule;

MeetingSchedule Mondays(const std::string& more = "") {
  auto schedule = test::Proto<MeetingSchedule>(R"pb(start_date { year: 2026 month: 2 day: 2 }
                                                    start_clock: "09:30"
                                                    time_zone: "Asia/Taipei"
                                                    duration_minutes: 60
                                                    rule: "FREQ=WEEKLY;BYDAY=MO"
                                                    day_off_policy: DAY_OFF_POLICY_NEXT)pb");
  schedule.MergeFrom(test::Proto<MeetingSchedule>(more));
  return schedule;
}

absl::Status Checked(const MeetingSchedule& schedule) {
  status::BadFields bad;
  CheckSchedule(schedule, "schedule", bad);
  return bad.status();
}

std::vector<std::string> Texts(const std::vector<CivilDay>& days) {
  std::vector<std::string> texts;
  for (const CivilDay day : days) texts.push_back(time::DayText(day));
  return texts;
}

// "2026-02-14 of 2026-02-16 with 2026-02-15".
std::vector<std::string> DaysOf(const MeetingSchedule& schedule, const time::BusinessCalendar& calendar, CivilDay from, CivilDay until) {
  std::vector<std::string> texts;
  for (const MeetingDay& meeting : MeetingDaysOf(schedule, calendar, from, until)) {
    std::string text = time::DayText(meeting.day);
    if (meeting.day != meeting.rule_date) absl::StrAppend(&text, " of ", time::DayText(meeting.rule_date));
    if (!meeting.joined.empty()) absl::StrAppend(&text, " with ", absl::StrJoin(Texts(meeting.joined), ", "));
    texts.push_back(text);
  }
  return texts;
}

time::BusinessCalendar NewYear() {
  return CalendarForTest(
      {CivilDay(2026, 2, 16), CivilDay(2026, 2, 17), CivilDay(2026, 2, 18), CivilDay(2026, 2, 19), CivilDay(2026, 2, 20)},
      {CivilDay(2026, 2, 14)});
}

TEST(MeetingDaysTest, WhatFallsOnADayOffMovesOrIsLeftOut) {
  const CivilDay from(2026, 2, 1), until(2026, 2, 28);
  EXPECT_THAT(DaysOf(Mondays(), NewYear(), from, until), ElementsAre("2026-02-02", "2026-02-09", "2026-02-23 with 2026-02-16"));
  EXPECT_THAT(DaysOf(Mondays("day_off_policy: DAY_OFF_POLICY_PREVIOUS"), NewYear(), from, until),
              ElementsAre("2026-02-02", "2026-02-09", "2026-02-14 of 2026-02-16", "2026-02-23"));
  EXPECT_THAT(DaysOf(Mondays("day_off_policy: DAY_OFF_POLICY_SKIP"), NewYear(), from, until),
              ElementsAre("2026-02-02", "2026-02-09", "2026-02-23"));
}

TEST(MeetingDaysTest, TheSameMeetingsComeWhateverTheSpansInWhichTheyAreAskedFor) {
  const MeetingSchedule daily = Mondays("rule: 'FREQ=DAILY'");
  const std::vector<std::string> whole = DaysOf(daily, NewYear(), CivilDay(2026, 2, 1), CivilDay(2026, 3, 31));
  for (int step = 1; step < 12; ++step) {
    std::vector<std::string> parts;
    for (CivilDay from(2026, 2, 1); from <= CivilDay(2026, 3, 31); from += step) {
      for (std::string& text : DaysOf(daily, NewYear(), from, std::min(from + step - 1, CivilDay(2026, 3, 31)))) parts.push_back(text);
    }
    EXPECT_EQ(parts, whole) << "in steps of " << step;
  }
}

TEST(MeetingDaysTest, AStartThatIsNoInstanceIsToldTheNextOne) {
  EXPECT_THAT(Checked(Mondays()), IsOk());
  MeetingSchedule once = Mondays();
  once.clear_rule();
  EXPECT_THAT(Checked(once), IsOk());
  const absl::Status refused = Checked(Mondays("start_date { day: 3 }"));
  EXPECT_THAT(refused, HasViolation("schedule.start_date", "START_NOT_IN_RULE"));
  EXPECT_THAT(Checked(Mondays("rule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30'")), HasViolation("schedule.rule", "RULE_WITHOUT_INSTANCE"));
  EXPECT_THAT(Checked(Mondays("rule: 'FREQ=WEEKLY;UNTIL=20260101'")), HasViolation("schedule.rule", "RULE_WITHOUT_INSTANCE"));
}

TEST(MeetingDaysTest, ASeriesMeetsLaterAsLongAsItsRuleGoesOn) {
  const auto meets = [](const std::string& rule, absl::CivilDay until) {
    auto series = test::Proto<v1::MeetingSeries>("schedule { start_date { year: 2026 month: 1 day: 5 } }");
    series.mutable_schedule()->set_rule(rule);
    *series.mutable_meetings_until() = time::ToDate(until);
    return MeetsLater(series);
  };
  EXPECT_FALSE(meets("", CivilDay(2026, 2, 5))) << "a single meeting is there";
  EXPECT_TRUE(meets("", CivilDay(2026, 1, 4)));
  EXPECT_TRUE(meets("FREQ=WEEKLY;BYDAY=MO", CivilDay(2036, 2, 5)));
  EXPECT_TRUE(meets("FREQ=WEEKLY;BYDAY=MO;COUNT=6", CivilDay(2026, 2, 8)));
  EXPECT_FALSE(meets("FREQ=WEEKLY;BYDAY=MO;COUNT=6", CivilDay(2026, 2, 9)));
  EXPECT_TRUE(meets("FREQ=YEARLY", CivilDay(2026, 12, 31)));
}

TEST(MeetingDaysTest, WhatNeverComesTrueIsFoundAtOnce) {
  const absl::Time begin = absl::Now();
  for (const char* rule :
       {"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=MONTHLY;BYMONTH=2,4;BYMONTHDAY=31", "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6",
        "FREQ=MONTHLY;BYDAY=6MO", "FREQ=YEARLY;BYMONTH=2;BYDAY=-6SU", "FREQ=MONTHLY;BYMONTHDAY=3;BYSETPOS=-2"}) {
    EXPECT_THAT(Checked(Mondays(absl::StrCat("rule: '", rule, "'"))), HasViolation("schedule.rule", "RULE_WITHOUT_INSTANCE")) << rule;
  }
  EXPECT_LT(absl::Now() - begin, absl::Seconds(5));
}

TEST(MeetingDaysTest, WhatIsNoRuleIsRefused) {
  for (const char* rule : {"X",
                           "FREQ",
                           "FREQ=",
                           "FREQ=FORTNIGHTLY",
                           "BYDAY=MO",
                           "FREQ=DAILY;FREQ=DAILY",
                           "FREQ=DAILY;INTERVAL=0",
                           "FREQ=DAILY;INTERVAL=-1",
                           "FREQ=DAILY;COUNT=0",
                           "FREQ=DAILY;UNTIL=20260230",
                           "FREQ=DAILY;UNTIL=20260201T000000Z",
                           "FREQ=WEEKLY;BYDAY=XX",
                           "FREQ=WEEKLY;BYDAY=",
                           "FREQ=MONTHLY;BYDAY=0MO",
                           "FREQ=MONTHLY;BYMONTHDAY=32",
                           "FREQ=YEARLY;BYMONTH=13",
                           "FREQ=DAILY;",
                           "freq=daily",
                           "FREQ=DAILY;BYDAY=MO,",
                           "FREQ=DAILY;COLOUR=RED"}) {
    EXPECT_THAT(Checked(Mondays(absl::StrCat("rule: '", rule, "'"))), HasViolation("schedule.rule", "RULE_UNREADABLE")) << rule;
  }
  for (const char* rule :
       {"FREQ=HOURLY", "FREQ=YEARLY;BYWEEKNO=5", "FREQ=YEARLY;BYYEARDAY=33", "FREQ=DAILY;BYHOUR=9", "FREQ=DAILY;COUNT=2;UNTIL=20260301",
        "FREQ=WEEKLY;BYDAY=1MO", "FREQ=WEEKLY;BYMONTHDAY=2", "FREQ=MONTHLY;BYSETPOS=1", "FREQ=YEARLY;BYDAY=MO;BYSETPOS=1",
        "FREQ=DAILY;RSCALE=CHINESE", "FREQ=WEEKLY;WKST=SU", "FREQ=YEARLY;BYMONTHDAY=2", "FREQ=DAILY;BYMONTHDAY=-27",
        "FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=3", "FREQ=WEEKLY;BYDAY=MO,MO", "FREQ=MONTHLY;BYDAY=1MO,+1MO", "FREQ=MONTHLY;BYMONTHDAY=1,01",
        "FREQ=MONTHLY;BYMONTHDAY=-21,8;BYSETPOS=-1"}) {
    EXPECT_THAT(Checked(Mondays(absl::StrCat("rule: '", rule, "'"))), HasViolation("schedule.rule", "RULE_FORM_REFUSED")) << rule;
  }
}

TEST(MeetingDaysTest, RulesComeTrueAsTheStandardSays) {
  const auto first = [](const std::string& rule, CivilDay start) {
    return Texts(InstancesOf(rule, start, start, CivilDay(2040, 1, 1), 4));
  };
  EXPECT_THAT(first("FREQ=MONTHLY;BYDAY=-1FR", CivilDay(2026, 1, 30)), ElementsAre("2026-01-30", "2026-02-27", "2026-03-27", "2026-04-24"));
  EXPECT_THAT(first("FREQ=MONTHLY;BYMONTHDAY=31", CivilDay(2026, 1, 31)),
              ElementsAre("2026-01-31", "2026-03-31", "2026-05-31", "2026-07-31"));
  EXPECT_THAT(first("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", CivilDay(2024, 2, 29)),
              ElementsAre("2024-02-29", "2028-02-29", "2032-02-29", "2036-02-29"));
  EXPECT_THAT(first("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO;COUNT=4", CivilDay(1997, 8, 5)),
              ElementsAre("1997-08-05", "1997-08-10", "1997-08-19", "1997-08-24"));
  EXPECT_THAT(first("FREQ=MONTHLY;BYDAY=TU,WE,TH;BYSETPOS=3", CivilDay(1997, 9, 4)),
              ElementsAre("1997-09-04", "1997-10-07", "1997-11-06", "1997-12-04"));
  EXPECT_THAT(first("FREQ=DAILY;UNTIL=20260103", CivilDay(2026, 1, 2)), ElementsAre("2026-01-02", "2026-01-03"));
  EXPECT_THAT(first("", CivilDay(2026, 1, 2)), ElementsAre("2026-01-02"));
}

// A rule taken apart, and its instances by looking at every day of every period.
struct PlainRule {
  char frequency;  // D, W, M or Y
  int interval = 1;
  std::set<int> months, month_days, set_positions;
  std::vector<std::pair<int, int>> days;  // ordinal, or 0, and the day of the week from 0 for Monday

  std::string Text() const {
    static const char* const names[] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};
    std::vector<std::string> parts{frequency == 'D'   ? "FREQ=DAILY"
                                   : frequency == 'W' ? "FREQ=WEEKLY"
                                   : frequency == 'M' ? "FREQ=MONTHLY"
                                                      : "FREQ=YEARLY"};
    if (interval > 1) parts.push_back(absl::StrCat("INTERVAL=", interval));
    if (!months.empty()) parts.push_back(absl::StrCat("BYMONTH=", absl::StrJoin(months, ",")));
    if (!month_days.empty()) parts.push_back(absl::StrCat("BYMONTHDAY=", absl::StrJoin(month_days, ",")));
    std::vector<std::string> by;
    for (const auto& [ordinal, day] : days) by.push_back(absl::StrCat(ordinal == 0 ? "" : absl::StrCat(ordinal), names[day]));
    if (!by.empty()) parts.push_back(absl::StrCat("BYDAY=", absl::StrJoin(by, ",")));
    if (!set_positions.empty()) parts.push_back(absl::StrCat("BYSETPOS=", absl::StrJoin(set_positions, ",")));
    return absl::StrJoin(parts, ";");
  }

  bool Fits(CivilDay day, CivilDay start) const {
    const CivilDay month(day.year(), day.month(), 1), next = CivilDay(absl::CivilMonth(month) + 1);
    if (!months.empty() && months.count(day.month()) == 0) return false;
    if (!month_days.empty() && month_days.count(day.day()) == 0 && month_days.count(static_cast<int>(day - next)) == 0) return false;
    if (!days.empty()) {
      // Ordinals count within the month, of a yearly rule without months within the year.
      const bool of_year = frequency == 'Y' && months.empty();
      const CivilDay first = of_year ? CivilDay(day.year(), 1, 1) : month, end = of_year ? CivilDay(day.year() + 1, 1, 1) : next;
      const int from_first = static_cast<int>((day - first) / 7) + 1, from_last = -static_cast<int>((end - 1 - day) / 7) - 1;
      const int weekday = static_cast<int>(absl::GetWeekday(day));
      return std::any_of(days.begin(), days.end(), [&](const auto& one) {
        return one.second == weekday && (one.first == 0 || one.first == from_first || one.first == from_last);
      });
    }
    if (!month_days.empty()) return true;
    if (frequency == 'W') return absl::GetWeekday(day) == absl::GetWeekday(start);
    if (frequency == 'M') return day.day() == start.day();
    if (frequency == 'Y') return day.day() == start.day() && (!months.empty() || day.month() == start.month());
    return true;
  }

  int64_t PeriodOf(CivilDay day) const {
    if (frequency == 'D') return day - CivilDay(1970, 1, 1);
    if (frequency == 'W') return (day - CivilDay(1969, 12, 29)) / 7;
    return frequency == 'M' ? (day.year() - 1970) * 12 + day.month() : day.year();
  }

  std::vector<CivilDay> Instances(CivilDay start, CivilDay until) const {
    std::map<int64_t, std::vector<CivilDay>> periods;
    // Positions count from the beginning of a period, also before the start.
    for (CivilDay day = CivilDay(start.year(), 1, 1) - 7; day < until + 32; ++day) {
      if ((PeriodOf(day) - PeriodOf(start)) % interval == 0 && Fits(day, start)) periods[PeriodOf(day)].push_back(day);
    }
    std::vector<CivilDay> instances;
    for (const auto& [period, found] : periods) {
      for (int i = 0; i < static_cast<int>(found.size()); ++i) {
        const bool chosen =
            set_positions.empty() || set_positions.count(i + 1) > 0 || set_positions.count(i - static_cast<int>(found.size())) > 0;
        if (chosen && found[i] >= start && found[i] <= until) instances.push_back(found[i]);
      }
    }
    return instances;
  }
};

PlainRule RandomRule(std::mt19937& random) {
  const auto chance = [&](int percent) { return static_cast<int>(random() % 100) < percent; };
  PlainRule rule{"DWMY"[random() % 4]};
  rule.interval = chance(50) ? 1 + static_cast<int>(random() % 5) : 1;
  for (int i = chance(35) ? 1 + random() % 3 : 0; i > 0; --i) rule.months.insert(1 + static_cast<int>(random() % 12));
  const bool may_month_days = rule.frequency == 'M' || rule.frequency == 'D' || (rule.frequency == 'Y' && !rule.months.empty());
  for (int i = may_month_days && chance(35) ? 1 + random() % 3 : 0; i > 0; --i) {
    rule.month_days.insert((1 + static_cast<int>(random() % 28)) * (rule.frequency != 'D' && chance(30) ? -1 : 1));
  }
  const bool numbered = (rule.frequency == 'M' || rule.frequency == 'Y') && rule.month_days.empty() && chance(50);
  std::set<int> days;
  for (int i = chance(60) ? 1 + random() % 3 : 0; i > 0; --i) days.insert(static_cast<int>(random() % 7));
  for (const int day : days) rule.days.push_back({numbered ? (chance(30) ? -1 : 1 + static_cast<int>(random() % 4)) : 0, day});
  if (rule.frequency == 'M' && !rule.days.empty() && !numbered && rule.month_days.empty() && chance(40)) {
    rule.set_positions.insert(chance(50) ? 1 : -1);
  }
  return rule;
}

TEST(MeetingDaysTest, RulesAreWhatLookingAtEveryDayGives) {
  std::mt19937 random(20260202);
  int compared = 0;
  for (int round = 0; round < 3000; ++round) {
    const PlainRule rule = RandomRule(random);
    const std::string text = rule.Text();
    status::BadFields bad;
    CheckRule(text, "rule", bad);
    ASSERT_THAT(bad.status(), IsOk()) << text;
    const CivilDay asked = CivilDay(2026, 1, 1) + random() % 365, far = asked + 365 * 6;
    const std::vector<CivilDay> after = rule.Instances(asked, far);
    if (after.empty()) continue;
    EXPECT_EQ(FirstInstanceOf(text, asked), after.front()) << text << " from " << time::DayText(asked);
    // Followed from its first instance, as every schedule is.
    const CivilDay start = after.front(), until = start + 365 * 3;
    ASSERT_EQ(InstancesOf(text, start, start, until, 10000), rule.Instances(start, until)) << text << " from " << time::DayText(start);
    ++compared;
  }
  EXPECT_GT(compared, 2000);
}

TEST(MeetingDaysTest, TheLocalHourStaysAndWorkingTimeCountsBack) {
  MeetingSchedule berlin = Mondays("time_zone: 'Europe/Berlin'");
  EXPECT_EQ(absl::FormatTime(StartOfMeeting(berlin, CivilDay(2026, 3, 23)), absl::UTCTimeZone()), "2026-03-23T08:30:00+00:00");
  EXPECT_EQ(absl::FormatTime(StartOfMeeting(berlin, CivilDay(2026, 3, 30)), absl::UTCTimeZone()), "2026-03-30T07:30:00+00:00");
  berlin.set_start_clock("02:30");
  EXPECT_EQ(absl::FormatTime(StartOfMeeting(berlin, CivilDay(2026, 3, 29)), absl::UTCTimeZone()), "2026-03-29T01:30:00+00:00");
  EXPECT_EQ(absl::FormatTime(StartOfMeeting(berlin, CivilDay(2026, 10, 25)), absl::UTCTimeZone()), "2026-10-25T00:30:00+00:00");
  const absl::Time monday = StartOfMeeting(Mondays(), CivilDay(2026, 2, 9));
  const time::BusinessCalendar calendar = CalendarForTest();
  // Half an hour of Monday from 09:00, the rest of Friday until 18:00.
  EXPECT_EQ(WorkingBefore(calendar, monday, absl::Hours(8)), StartOfMeeting(Mondays("start_clock: '10:30'"), CivilDay(2026, 2, 6)));
  EXPECT_EQ(calendar.Working(WorkingBefore(calendar, monday, absl::Hours(300)), monday), absl::Hours(300));
}

}  // namespace
}  // namespace heitie::planning
