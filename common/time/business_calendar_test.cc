#include "common/time/business_calendar.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>

namespace heitie::time {
namespace {

absl::TimeZone Zone(const std::string& name) {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone(name, &zone)) << name;
  return zone;
}

OpenWindow Window(double open, double close) { return {absl::Hours(open), absl::Hours(close > open ? close : close + 24)}; }

std::vector<absl::CivilDay> Days(absl::CivilDay first, absl::CivilDay last) {
  std::vector<absl::CivilDay> days;
  for (absl::CivilDay day = first; day <= last; ++day) days.push_back(day);
  return days;
}

BusinessCalendar Make(const std::vector<BusinessCalendar::Version>& versions) {
  auto calendar = BusinessCalendar::Make(versions);
  EXPECT_TRUE(calendar.ok()) << calendar.status();
  return *calendar;
}
BusinessCalendar Make(const CalendarRules& rules) { return Make({{absl::InfinitePast(), rules}}); }

CalendarRules Daily(const std::string& zone, const std::vector<OpenWindow>& windows) {
  CalendarRules rules;
  rules.zone = Zone(zone);
  rules.week.fill(windows);
  return rules;
}

CalendarRules Office() {
  CalendarRules rules;
  rules.zone = Zone("Asia/Shanghai");
  const std::vector<OpenWindow> windows = {Window(9, 12), Window(13.5, 18)};
  for (int weekday = 0; weekday < 5; ++weekday) rules.week[weekday] = windows;
  for (const auto& [first, last] :
       std::vector<std::pair<absl::CivilDay, absl::CivilDay>>{{absl::CivilDay(2026, 2, 15), absl::CivilDay(2026, 2, 23)},
                                                              {absl::CivilDay(2026, 5, 1), absl::CivilDay(2026, 5, 5)},
                                                              {absl::CivilDay(2026, 10, 1), absl::CivilDay(2026, 10, 7)}}) {
    for (const absl::CivilDay day : Days(first, last)) rules.holidays.push_back(day);
  }
  for (const absl::CivilDay day : {absl::CivilDay(2026, 2, 14), absl::CivilDay(2026, 2, 28), absl::CivilDay(2026, 5, 9),
                                   absl::CivilDay(2026, 9, 20), absl::CivilDay(2026, 10, 10)}) {
    rules.special_days.push_back({day, windows});
  }
  return rules;
}

// Local times as "2026-03-02 11:40".
class LocalTimes {
 public:
  explicit LocalTimes(const std::string& zone) : zone_(Zone(zone)) {}
  absl::Time At(const std::string& text) const {
    absl::Time time;
    std::string error;
    EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", text, zone_, &time, &error)) << text << ": " << error;
    return time;
  }
  std::string After(const BusinessCalendar& calendar, const std::string& from, absl::Duration amount) const {
    const auto due = calendar.After(At(from), amount);
    return due.ok() ? absl::FormatTime("%Y-%m-%d %H:%M", *due, zone_) : due.status().ToString();
  }
  absl::Duration Working(const BusinessCalendar& calendar, const std::string& from, const std::string& to) const {
    return calendar.Working(At(from), At(to));
  }

 private:
  const absl::TimeZone zone_;
};

TEST(BusinessCalendarTest, OfficeWithLunchHolidaysAndMakeUpDays) {
  const BusinessCalendar c = Make(Office());
  const LocalTimes shanghai("Asia/Shanghai");
  EXPECT_EQ(shanghai.After(c, "2026-03-02 11:40", absl::Hours(1)), "2026-03-02 14:10");
  EXPECT_EQ(shanghai.After(c, "2026-03-02 12:10", absl::Minutes(30)), "2026-03-02 14:00");
  EXPECT_EQ(shanghai.After(c, "2026-02-13 17:30", absl::Hours(4)), "2026-02-14 14:00");
  EXPECT_EQ(shanghai.After(c, "2026-02-14 16:00", absl::Hours(8)), "2026-02-24 16:30");
  EXPECT_EQ(shanghai.After(c, "2026-04-30 17:00", absl::Hours(10)), "2026-05-07 10:30");
  EXPECT_EQ(shanghai.Working(c, "2026-02-13 00:00", "2026-03-02 00:00"), absl::Seconds(189'000));
  EXPECT_EQ(*c.WorkingDayFrom(absl::CivilDay(2026, 2, 25), -3), absl::CivilDay(2026, 2, 13));
  EXPECT_EQ(*c.WorkingDayFrom(absl::CivilDay(2026, 2, 13), 3), absl::CivilDay(2026, 2, 25));
}

TEST(BusinessCalendarTest, TheEndOfAWindowCanBeDue) {
  const BusinessCalendar c = Make(Office());
  const LocalTimes shanghai("Asia/Shanghai");
  EXPECT_EQ(shanghai.After(c, "2026-03-02 09:00", absl::Hours(3)), "2026-03-02 12:00");
  EXPECT_EQ(shanghai.After(c, "2026-03-02 12:10", absl::ZeroDuration()), "2026-03-02 12:10");
}

TEST(BusinessCalendarTest, ANightBelongsToItsEvening) {
  CalendarRules rules = Daily("Asia/Shanghai", {Window(22, 6)});
  rules.holidays = Days(absl::CivilDay(2026, 2, 15), absl::CivilDay(2026, 2, 23));
  const BusinessCalendar n = Make(rules);
  const LocalTimes shanghai("Asia/Shanghai");
  EXPECT_EQ(shanghai.After(n, "2026-02-14 23:00", absl::Hours(10)), "2026-02-25 01:00");
  EXPECT_EQ(shanghai.Working(n, "2026-02-15 00:00", "2026-02-25 00:00"), absl::Seconds(28'800));
}

TEST(BusinessCalendarTest, DaysOfTwentyThreeAndTwentyFiveHours) {
  const LocalTimes york("America/New_York");
  const BusinessCalendar always = Make(Daily("America/New_York", {Window(0, 24)}));
  EXPECT_EQ(york.Working(always, "2026-10-31 12:00", "2026-11-02 12:00"), absl::Seconds(176'400));
  EXPECT_EQ(york.After(always, "2026-10-31 18:00", absl::Hours(24)), "2026-11-01 17:00");
  EXPECT_EQ(york.After(always, "2026-03-07 18:00", absl::Hours(24)), "2026-03-08 19:00");
  const BusinessCalendar nights = Make(Daily("America/New_York", {Window(22, 6)}));
  EXPECT_EQ(york.Working(nights, "2026-03-07 12:00", "2026-03-08 12:00"), absl::Seconds(25'200));
  EXPECT_EQ(york.Working(nights, "2026-10-31 12:00", "2026-11-01 12:00"), absl::Seconds(32'400));
  const BusinessCalendar gap = Make(Daily("America/New_York", {Window(2.5, 10)}));
  EXPECT_EQ(york.Working(gap, "2026-03-08 00:00", "2026-03-09 00:00"), absl::Hours(7));
  const BusinessCalendar repeated = Make(Daily("America/New_York", {Window(1.5, 10)}));
  EXPECT_EQ(york.Working(repeated, "2026-11-01 00:00", "2026-11-02 00:00"), absl::Hours(9.5));
}

TEST(BusinessCalendarTest, OpenStretchesAreWithoutASeamAtMidnight) {
  const BusinessCalendar always = Make(Daily("Asia/Shanghai", {Window(0, 24), Window(9, 12)}));
  const LocalTimes shanghai("Asia/Shanghai");
  const auto open = always.Open(shanghai.At("2026-03-02 10:00"), shanghai.At("2026-03-09 10:00"), 1);
  ASSERT_EQ(open.size(), 1u);
  EXPECT_EQ(open[0].begin, shanghai.At("2026-03-02 10:00"));
  EXPECT_EQ(open[0].end, shanghai.At("2026-03-09 10:00"));
}

TEST(BusinessCalendarTest, AClosureCutsEverything) {
  CalendarRules rules = Office();
  const LocalTimes shanghai("Asia/Shanghai");
  rules.closures = {{shanghai.At("2026-03-03 10:00"), shanghai.At("2026-03-05 14:00")}};
  const BusinessCalendar c = Make(rules);
  EXPECT_EQ(shanghai.Working(c, "2026-03-03 00:00", "2026-03-06 00:00"), absl::Hours(1 + 4));
  EXPECT_TRUE(c.IsWorkingDay(absl::CivilDay(2026, 3, 3)));
  EXPECT_FALSE(c.IsWorkingDay(absl::CivilDay(2026, 3, 4)));
  EXPECT_EQ(*c.WorkingDayFrom(absl::CivilDay(2026, 3, 3), 1), absl::CivilDay(2026, 3, 5));
}

TEST(BusinessCalendarTest, EachMomentIsJudgedByTheVersionInForceThen) {
  CalendarRules longer = Office();
  for (int weekday = 0; weekday < 5; ++weekday) longer.week[weekday] = {Window(9, 12), Window(13.5, 20)};
  const LocalTimes shanghai("Asia/Shanghai");
  const BusinessCalendar c = Make({{shanghai.At("2026-03-01 00:00"), Office()}, {shanghai.At("2026-03-03 15:00"), longer}});
  EXPECT_EQ(shanghai.Working(c, "2026-03-02 00:00", "2026-03-04 00:00"), absl::Hours(7.5 + 9.5));
  // The first version counts for all time before.
  EXPECT_EQ(shanghai.Working(c, "2026-02-02 00:00", "2026-02-03 00:00"), absl::Hours(7.5));
  EXPECT_EQ(c.VersionAt(shanghai.At("2026-03-03 14:59")), 0u);
  EXPECT_EQ(c.VersionAt(shanghai.At("2026-03-03 15:00")), 1u);
}

TEST(BusinessCalendarTest, IsFarAwayAtOnceAndEnds) {
  CalendarRules rules = Office();
  for (int i = 0; i < 4000; ++i) {
    if (i % 2 == 0)
      rules.closures.push_back({absl::FromUnixSeconds(86400ll * 400 * i / 20), absl::FromUnixSeconds(86400ll * 400 * i / 20 + 3600)});
  }
  const BusinessCalendar c = Make(rules);
  const LocalTimes shanghai("Asia/Shanghai");
  EXPECT_GT(*c.After(shanghai.At("2026-03-02 09:00"), absl::Hours(24 * 365 * 80)), shanghai.At("2300-01-01 00:00"));
  EXPECT_EQ(c.After(shanghai.At("2026-03-02 09:00"), absl::Hours(24 * 365 * 400)).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(c.After(absl::InfiniteFuture(), absl::Hours(1)).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(c.WorkingDayFrom(absl::CivilDay(2026, 1, 1), 1'000'000).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(c.WorkingDayFrom(absl::CivilDay(2026, 1, 1), -1'000'000).status().code(), absl::StatusCode::kOutOfRange);
}

// ---- Against a count of single minutes

class Oracle {
 public:
  static constexpr int kDaysAround = 4;

  Oracle(const std::vector<BusinessCalendar::Version>& versions, absl::Time begin, int minutes) : begin_(begin) {
    open_.resize(minutes);
    for (size_t v = 0; v < versions.size(); ++v) {
      const absl::Time from = v == 0 ? absl::InfinitePast() : versions[v].valid_from;
      const absl::Time to = v + 1 < versions.size() ? versions[v + 1].valid_from : absl::InfiniteFuture();
      Mark(versions[v].rules, from, to);
    }
  }
  const std::vector<bool>& open() const { return open_; }
  int Working(int from, int to) const { return static_cast<int>(std::count(open_.begin() + from, open_.begin() + to, true)); }
  // -1: not within what is known.
  int After(int from, int amount) const {
    int minute = from;
    for (; amount > 0; ++minute) {
      if (minute >= static_cast<int>(open_.size())) return -1;
      if (open_[minute]) --amount;
    }
    return minute;
  }
  bool Works(absl::CivilDay day) const { return working_.count(day) > 0; }

 private:
  // For each minute the latest time that the clock has shown so far.
  static const std::vector<absl::CivilMinute>& ClockOf(absl::TimeZone zone, absl::Time begin, int minutes) {
    static auto& clocks = *new std::map<std::pair<std::string, absl::Time>, std::vector<absl::CivilMinute>>;
    std::vector<absl::CivilMinute>& clock = clocks[{zone.name(), begin}];
    for (int i = static_cast<int>(clock.size()); i < minutes; ++i) {
      const absl::CivilMinute shown = absl::ToCivilMinute(begin + absl::Minutes(i), zone);
      clock.push_back(i > 0 ? std::max(shown, clock.back()) : shown);
    }
    return clock;
  }

  void Mark(const CalendarRules& rules, absl::Time from, absl::Time to) {
    const int margin = kDaysAround * 24 * 60, count = static_cast<int>(open_.size()) + 2 * margin;
    const std::vector<absl::CivilMinute>& clock = ClockOf(rules.zone, begin_ - absl::Minutes(margin), count);
    const auto first = [&](absl::CivilMinute wall) {
      return static_cast<int>(std::lower_bound(clock.begin(), clock.end(), wall) - clock.begin());
    };
    for (absl::CivilDay day(clock[24 * 60]); day < absl::CivilDay(clock.back()) - 1; ++day) {
      const auto special = std::find_if(rules.special_days.begin(), rules.special_days.end(),
                                        [&](const auto& special_day) { return special_day.day == day; });
      const bool holiday = std::find(rules.holidays.begin(), rules.holidays.end(), day) != rules.holidays.end();
      if (holiday) continue;
      const auto& windows = special != rules.special_days.end() ? special->windows : rules.week[static_cast<int>(absl::GetWeekday(day))];
      for (const OpenWindow& window : windows) {
        const int end = first(absl::CivilMinute(day) + absl::ToInt64Minutes(window.close));
        for (int i = first(absl::CivilMinute(day) + absl::ToInt64Minutes(window.open)); i < end; ++i) {
          const absl::Time time = begin_ + absl::Minutes(i - margin);
          const bool closed = std::any_of(rules.closures.begin(), rules.closures.end(),
                                          [&](const auto& closure) { return time >= closure.begin && time < closure.end; });
          if (closed || time < from || time >= to) continue;
          working_.insert(day);
          if (i >= margin && i - margin < static_cast<int>(open_.size())) open_[i - margin] = true;
        }
      }
    }
  }

  const absl::Time begin_;
  std::vector<bool> open_;
  std::set<absl::CivilDay> working_;
};

class Chance {
 public:
  explicit Chance(uint64_t seed) : random_(seed) {}
  int Below(int bound) { return static_cast<int>(random_() % static_cast<uint64_t>(bound)); }
  bool Once(int in) { return Below(in) == 0; }

  std::vector<OpenWindow> Windows() {
    std::vector<OpenWindow> windows;
    for (int i = Below(4); i > 0; --i) {
      const int open = Once(4) ? 0 : Below(24 * 4) * 15;
      const int length = Once(6) ? 24 * 60 : 15 + Below(Once(2) ? 24 * 60 - 15 : 300);
      windows.push_back({absl::Minutes(open), absl::Minutes(open + length)});
    }
    return windows;
  }

  CalendarRules Rules(const absl::TimeZone& zone, absl::Time begin, int minutes) {
    CalendarRules rules;
    rules.zone = zone;
    for (auto& windows : rules.week) windows = Windows();
    const absl::CivilDay first = absl::ToCivilDay(begin, zone) - 2;
    for (int i = 0; i < minutes / 1440 + 4; ++i) {
      if (Once(5)) {
        rules.holidays.push_back(first + i);
      } else if (Once(5)) {
        rules.special_days.push_back({first + i, Windows()});
      }
    }
    for (int i = Below(4); i > 0; --i) {
      const absl::Time from = begin + absl::Minutes(Below(minutes) - 1000);
      rules.closures.push_back({from, from + absl::Minutes(1 + Below(Once(2) ? 200 : 12000))});
    }
    return rules;
  }

 private:
  std::mt19937_64 random_;
};

class BusinessCalendarOracleTest : public ::testing::TestWithParam<const char*> {};

// Begins shortly before clocks are changed in most of these zones.
TEST_P(BusinessCalendarOracleTest, AgreesWithACountOfMinutes) {
  constexpr int kMinutes = 9 * 24 * 60;
  const absl::TimeZone zone = Zone(GetParam());
  const absl::CivilDay begins[] = {absl::CivilDay(2017, 10, 8), absl::CivilDay(2018, 2, 10), absl::CivilDay(2018, 10, 27),
                                   absl::CivilDay(2026, 3, 1),  absl::CivilDay(2026, 3, 22), absl::CivilDay(2026, 4, 1),
                                   absl::CivilDay(2026, 9, 27), absl::CivilDay(2026, 10, 25)};
  for (int round = 0; round < 200; ++round) {
    Chance chance(round);
    const absl::Time begin = absl::FromCivil(absl::CivilHour(begins[round % 8]) + 7, absl::UTCTimeZone());
    std::vector<BusinessCalendar::Version> versions = {{absl::InfinitePast(), chance.Rules(zone, begin, kMinutes)}};
    for (int i = chance.Below(3), at = 0; i > 0; --i) {
      at += 1 + chance.Below(9000);
      versions.push_back({begin + absl::Minutes(at), chance.Rules(chance.Once(3) ? Zone("Asia/Tokyo") : zone, begin, kMinutes)});
    }
    const BusinessCalendar calendar = Make(versions);
    const Oracle oracle(versions, begin, kMinutes);
    const auto minute = [&](int i) { return begin + absl::Minutes(i); };
    for (int i = 0; i < 20; ++i) {
      const int from = chance.Below(kMinutes), to = from + chance.Below(kMinutes - from);
      ASSERT_EQ(calendar.Working(minute(from), minute(to)), absl::Minutes(oracle.Working(from, to)))
          << GetParam() << " " << round << " " << from << " " << to;
      const int amount = chance.Below(3000), due = oracle.After(from, amount);
      if (due < 0) continue;
      const auto after = calendar.After(minute(from), absl::Minutes(amount));
      ASSERT_TRUE(after.ok()) << after.status();
      ASSERT_EQ(*after, minute(due)) << GetParam() << " " << round << " " << from << " + " << amount;
    }
    std::vector<bool> open(kMinutes);
    for (const auto& interval : calendar.Open(begin, minute(kMinutes), 10'000)) {
      std::fill(open.begin() + (interval.begin - begin) / absl::Minutes(1), open.begin() + (interval.end - begin) / absl::Minutes(1), true);
    }
    ASSERT_EQ(open, oracle.open()) << GetParam() << " " << round;
    const absl::CivilDay first = absl::ToCivilDay(begin, zone) + 2;
    for (int from = 0; from < 5; ++from) {
      int64_t working = 0;
      ASSERT_EQ(calendar.IsWorkingDay(first + from), oracle.Works(first + from)) << GetParam() << " " << round << " " << first + from;
      for (int to = from; to < 5; ++to) {
        ASSERT_EQ(calendar.WorkingDaysBetween(first + from, first + to), working)
            << GetParam() << " " << round << " " << first + from << " " << to;
        if (!oracle.Works(first + to)) continue;
        ++working;
        if (to > from) {
          const int64_t n = working - (oracle.Works(first + from) ? 1 : 0);
          ASSERT_EQ(*calendar.WorkingDayFrom(first + from, n), first + to) << GetParam() << " " << round;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Zones, BusinessCalendarOracleTest,
                         ::testing::Values("Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Europe/London", "America/Sao_Paulo",
                                           "Asia/Tehran"),
                         [](const auto& zone) {
                           std::string name = zone.param;
                           std::replace(name.begin(), name.end(), '/', '_');
                           return name;
                         });

}  // namespace
}  // namespace heitie::time
