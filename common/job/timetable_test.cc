#include "common/job/timetable.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "common/time/business_calendar.h"

namespace heitie::job {
namespace {

using time::BusinessCalendar;
using time::CalendarRules;
using time::OpenWindow;

absl::TimeZone Zone(const std::string& name) {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone(name, &zone)) << name;
  return zone;
}

CalendarRules Week(const std::string& zone, const std::vector<OpenWindow>& windows, int days = 5) {
  CalendarRules rules;
  rules.zone = Zone(zone);
  for (int weekday = 0; weekday < days; ++weekday) rules.week[weekday] = windows;
  return rules;
}

BusinessCalendar Make(const std::vector<BusinessCalendar::Version>& versions) {
  auto calendar = BusinessCalendar::Make(versions);
  EXPECT_TRUE(calendar.ok()) << calendar.status();
  return *calendar;
}

absl::Time At(const CalendarRules& rules, const std::string& text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", text, rules.zone, &time, &error)) << text << ": " << error;
  return time;
}

std::string Next(const Timetable& timetable, const CalendarRules& rules, const std::string& last) {
  const auto next = timetable.Next(Make({{absl::InfinitePast(), rules}}), At(rules, last));
  return next.ok() ? absl::FormatTime("%Y-%m-%d %H:%M", *next, rules.zone) : next.status().ToString();
}

TEST(TimetableTest, Opening) {
  CalendarRules rules = Week("Asia/Taipei", {{absl::Hours(9), absl::Hours(12)}, {absl::Hours(13), absl::Hours(18)}});
  EXPECT_EQ(Next(Timetable::Opening(), rules, "2026-03-06 08:59"), "2026-03-06 09:00");
  EXPECT_EQ(Next(Timetable::Opening(), rules, "2026-03-06 09:00"), "2026-03-09 09:00") << "strictly after; not at the end of the break";
  EXPECT_EQ(Next(Timetable::Opening(absl::Minutes(15)), rules, "2026-03-06 09:00"), "2026-03-06 09:15");
  rules.holidays = {absl::CivilDay(2026, 3, 9)};
  rules.special_days = {{absl::CivilDay(2026, 3, 7), {{absl::Hours(10), absl::Hours(11)}}}};
  EXPECT_EQ(Next(Timetable::Opening(), rules, "2026-03-06 09:00"), "2026-03-07 10:00") << "a make-up workday";
  EXPECT_EQ(Next(Timetable::Opening(), rules, "2026-03-07 10:00"), "2026-03-10 09:00");
  rules.closures = {{At(rules, "2026-03-10 06:00"), At(rules, "2026-03-10 13:40")}};
  EXPECT_EQ(Next(Timetable::Opening(), rules, "2026-03-07 10:00"), "2026-03-10 13:40") << "after the typhoon";
}

TEST(TimetableTest, OpeningOfNightsAndOfWhoNeverCloses) {
  const CalendarRules nights = Week("Asia/Taipei", {{absl::Hours(22), absl::Hours(30)}}, 7);
  EXPECT_EQ(Next(Timetable::Opening(), nights, "2026-03-06 00:00"), "2026-03-06 22:00");
  const CalendarRules always = Week("Asia/Taipei", {{absl::Hours(0), absl::Hours(24)}}, 7);
  EXPECT_EQ(Next(Timetable::Opening(), always, "2026-03-06 00:00"), "2026-03-07 00:00");
}

TEST(TimetableTest, WallTimeWhereClocksAreChanged) {
  const CalendarRules rules = Week("America/New_York", {{absl::Hours(9), absl::Hours(17)}}, 7);
  EXPECT_EQ(Next(Timetable::WallTime(absl::Hours(2) + absl::Minutes(30)), rules, "2026-03-08 00:00"), "2026-03-08 03:00")
      << "the end of the gap";
  const auto first =
      Timetable::WallTime(absl::Hours(1) + absl::Minutes(30)).Next(Make({{absl::InfinitePast(), rules}}), At(rules, "2026-11-01 00:00"));
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(*first, At(rules, "2026-11-01 00:00") + absl::Minutes(90)) << "the first of two";
  EXPECT_EQ(Next(Timetable::WallTime(absl::Hours(20)), rules, "2026-03-08 00:00"), "2026-03-08 20:00") << "also when it is closed";
}

TEST(TimetableTest, WorkingTime) {
  const CalendarRules rules = Week("Asia/Taipei", {{absl::Hours(9), absl::Hours(12)}, {absl::Hours(13), absl::Hours(18)}});
  const Timetable three = Timetable::WorkingTime(absl::Hours(3));
  EXPECT_EQ(Next(three, rules, "2026-03-06 09:00"), "2026-03-06 12:00") << "the end of a window";
  EXPECT_EQ(Next(three, rules, "2026-03-06 12:00"), "2026-03-06 16:00");
  EXPECT_EQ(Next(three, rules, "2026-03-06 16:00"), "2026-03-09 10:00");
  const BusinessCalendar calendar = Make({{absl::InfinitePast(), rules}});
  EXPECT_EQ(*three.Anchor(calendar, At(rules, "2026-03-06 09:00"), At(rules, "2026-03-06 17:59")), At(rules, "2026-03-06 16:00"));
  EXPECT_EQ(*three.Anchor(calendar, At(rules, "2026-03-06 09:00"), At(rules, "2026-03-06 12:00")), At(rules, "2026-03-06 12:00"));
}

TEST(TimetableTest, NobodyWorksNoRun) {
  const CalendarRules never = Week("Asia/Taipei", {}, 7);
  const BusinessCalendar calendar = Make({{absl::InfinitePast(), never}});
  const absl::Time now = At(never, "2026-03-06 09:00");
  for (const Timetable& timetable : {Timetable::Opening(), Timetable::WallTime(absl::Hours(9)), Timetable::WorkingTime(absl::Hours(1))}) {
    EXPECT_EQ(timetable.Next(calendar, now).status().code(), absl::StatusCode::kOutOfRange);
  }
}

// ---- Against an oracle that steps from one five minutes to the next, all that happens being on them

constexpr absl::Duration kStep = absl::Minutes(5);
constexpr int kDays = 16;

class Chance {
 public:
  explicit Chance(uint64_t seed) : random_(seed) {}
  int Below(int bound) { return static_cast<int>(random_() % static_cast<uint64_t>(bound)); }
  bool Once(int in) { return Below(in) == 0; }

  std::vector<OpenWindow> Windows() {
    std::vector<OpenWindow> windows;
    for (int i = Below(3); i > 0; --i) {
      const int open = Once(4) ? 0 : Below(24 * 12), length = Once(6) ? 24 * 12 : 1 + Below(Once(3) ? 24 * 12 : 60);
      windows.push_back({open * kStep, (open + length) * kStep});
    }
    return windows;
  }
  CalendarRules Rules(const absl::TimeZone& zone, absl::Time begin) {
    CalendarRules rules;
    rules.zone = zone;
    for (auto& windows : rules.week) windows = Windows();
    for (int i = 0; i < kDays; ++i) {
      const absl::CivilDay day = absl::ToCivilDay(begin, zone) + i;
      if (Once(6)) {
        rules.holidays.push_back(day);
      } else if (Once(6)) {
        rules.special_days.push_back({day, Windows()});
      }
    }
    for (int i = Below(4); i > 0; --i) {
      const absl::Time from = begin + Below(kDays * 288) * kStep;
      rules.closures.push_back({from, from + (1 + Below(Once(2) ? 60 : 1000)) * kStep});
    }
    return rules;
  }

 private:
  std::mt19937_64 random_;
};

// Goes through the steps once and notes for each of them whether somebody works and what happens for the first time of a day.
class Oracle {
 public:
  Oracle(const std::vector<BusinessCalendar::Version>& versions, absl::Time begin, absl::Duration time_of_day) : begin_(begin) {
    std::set<absl::CivilDay> opened, shown, working;
    std::vector<std::pair<absl::CivilDay, int>> at;
    // The latest that the clock has shown: in an hour that is repeated it stands.
    absl::CivilSecond latest = absl::CivilSecond::min();
    for (int i = 0; i < kDays * 288; ++i) {
      const absl::Time time = begin + i * kStep;
      size_t v = 0;
      while (v + 1 < versions.size() && versions[v + 1].valid_from <= time) ++v;
      const CalendarRules& rules = versions[v].rules;
      latest = std::max(latest, absl::ToCivilSecond(time, rules.zone));
      const auto shown_by_now = [&](absl::CivilDay day, absl::Duration time_of_day) {
        return absl::CivilSecond(day) + absl::ToInt64Seconds(time_of_day) <= latest;
      };
      const bool closed =
          std::any_of(rules.closures.begin(), rules.closures.end(), [&](const auto& c) { return c.begin <= time && time < c.end; });
      bool open = false;
      for (absl::CivilDay day = absl::CivilDay(latest) - 2; day <= absl::CivilDay(latest); ++day) {
        for (const OpenWindow& window : WindowsOf(rules, day)) {
          if (closed || !shown_by_now(day, window.open) || shown_by_now(day, window.close)) continue;
          open = true;
          working.insert(day);
          if (opened.insert(day).second) openings_.emplace_back(day, i);
        }
        if (shown_by_now(day, time_of_day) && shown.insert(day).second) at.emplace_back(day, i);
      }
      open_.push_back(open);
    }
    for (const auto& [day, i] : at) {
      if (working.contains(day)) wall_times_.push_back(i);
    }
  }

  std::optional<absl::Time> Opening(absl::Time last, absl::Duration after) const {
    std::optional<absl::Time> next;
    for (const auto& [day, i] : openings_) {
      const absl::Time run = begin_ + i * kStep + after;
      if (run > last && (!next || run < *next)) next = run;
    }
    return next;
  }
  std::optional<absl::Time> WallTime(absl::Time last) const {
    for (const int i : wall_times_) {
      if (begin_ + i * kStep > last) return begin_ + i * kStep;
    }
    return std::nullopt;
  }
  std::optional<absl::Time> Worked(absl::Time last, int steps) const {
    for (size_t i = (last - begin_) / kStep; i < open_.size(); ++i) {
      if (open_[i] && --steps == 0) return begin_ + (static_cast<int>(i) + 1) * kStep;
    }
    return std::nullopt;
  }

 private:
  static std::vector<OpenWindow> WindowsOf(const CalendarRules& rules, absl::CivilDay day) {
    if (std::count(rules.holidays.begin(), rules.holidays.end(), day) > 0) return {};
    for (const auto& special : rules.special_days) {
      if (special.day == day) return special.windows;
    }
    return rules.week[static_cast<int>(absl::GetWeekday(day))];
  }
  const absl::Time begin_;
  std::vector<bool> open_;
  std::vector<std::pair<absl::CivilDay, int>> openings_;
  std::vector<int> wall_times_;  // of working days
};

class TimetableOracleTest : public ::testing::TestWithParam<const char*> {};

TEST_P(TimetableOracleTest, AgreesWithSteps) {
  const absl::TimeZone zone = Zone(GetParam());
  const absl::CivilDay begins[] = {absl::CivilDay(2026, 2, 28), absl::CivilDay(2026, 3, 24),  absl::CivilDay(2026, 3, 30),
                                   absl::CivilDay(2026, 9, 25), absl::CivilDay(2026, 10, 20), absl::CivilDay(2026, 10, 26)};
  int compared = 0;
  for (int round = 0; round < 40; ++round) {
    Chance chance(round);
    const absl::Time begin = absl::FromCivil(begins[round % 6], absl::UTCTimeZone());
    std::vector<BusinessCalendar::Version> versions = {{absl::InfinitePast(), chance.Rules(zone, begin)}};
    for (int i = chance.Below(3), at = 0; i > 0; --i) {
      at += 1 + chance.Below(1500);
      versions.push_back({begin + at * kStep, chance.Rules(zone, begin)});
    }
    const absl::Duration time_of_day = chance.Below(288) * kStep;
    const BusinessCalendar calendar = Make(versions);
    const Oracle oracle(versions, begin, time_of_day);
    for (int i = 0; i < 40; ++i) {
      // Not so early that a day has begun before the oracle does, nor so late that its first run may be after its end.
      const absl::Time last = begin + absl::Hours(96) + chance.Below(6 * 288) * kStep;
      const absl::Time known = begin + absl::Hours(24 * (kDays - 5));
      const auto agree = [&](const Timetable& timetable, std::optional<absl::Time> expected, const char* what) {
        const auto next = timetable.Next(calendar, last);
        if (!expected || *expected > known) {
          EXPECT_TRUE(!next.ok() || *next > known) << what << " " << GetParam() << " " << round << " after " << last << ": " << *next;
          return;
        }
        ++compared;
        ASSERT_TRUE(next.ok()) << next.status();
        EXPECT_EQ(*next, *expected) << what << " " << GetParam() << " " << round << " after " << last;
      };
      const absl::Duration after = chance.Below(288) * kStep;
      agree(Timetable::Opening(after), oracle.Opening(last, after), "opening");
      agree(Timetable::WallTime(time_of_day), oracle.WallTime(last), "wall time");
      const int steps = 1 + chance.Below(400);
      agree(Timetable::WorkingTime(steps * kStep), oracle.Worked(last, steps), "working time");
      // One run makes up for those that were missed: the next is the first of the rhythm after now.
      const Timetable often = Timetable::WorkingTime(12 * kStep);
      const absl::Time now = last + chance.Below(4 * 288) * kStep;
      absl::Time run = last;
      for (auto next = often.Next(calendar, run); next.ok() && *next <= now; next = often.Next(calendar, run)) run = *next;
      const auto anchor = often.Anchor(calendar, last, now);
      ASSERT_TRUE(anchor.ok());
      EXPECT_EQ(*anchor, run) << GetParam() << " " << round << " from " << last << " at " << now;
    }
    if (HasFailure()) return;
  }
  EXPECT_GT(compared, 2500) << "of 4,800";
}

INSTANTIATE_TEST_SUITE_P(Zones, TimetableOracleTest,
                         ::testing::Values("Asia/Taipei", "America/New_York", "Australia/Lord_Howe", "Europe/London", "Africa/Casablanca",
                                           "Asia/Beirut"),
                         [](const auto& zone) {
                           std::string name = zone.param;
                           std::replace(name.begin(), name.end(), '/', '_');
                           return name;
                         });

}  // namespace
}  // namespace heitie::job
