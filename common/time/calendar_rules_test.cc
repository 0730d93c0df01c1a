#include "common/time/calendar_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/test/fixture.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace heitie::time {
namespace {

using ::heitie::test::IsOk;
using ::heitie::test::Proto;
using ::testing::ElementsAre;

// "path REASON" of everything that is wrong.
std::vector<std::string> Wrong(const std::string& calendar) {
  status::BadFields bad;
  CheckRules(Proto<type::v1::BusinessCalendar>(calendar), "c", bad);
  std::vector<std::string> wrong;
  const google::rpc::Status wire = status::ToProto(bad.status(), status::Language::kEnglish);
  for (const auto& detail : wire.details()) {
    google::rpc::BadRequest request;
    if (!detail.UnpackTo(&request)) continue;
    for (const auto& violation : request.field_violations()) wrong.push_back(absl::StrCat(violation.field(), " ", violation.reason()));
  }
  return wrong;
}

const std::string kGood = "time_zone: 'Asia/Taipei' week { days: MONDAY windows { open: '09:00' close: '18:00' } } ";

TEST(CalendarRulesTest, TakesWhatMakesSense) {
  EXPECT_THAT(Wrong(kGood), ElementsAre());
  EXPECT_THAT(
      Wrong(kGood + "week { days: MONDAY days: SUNDAY windows { open: '00:00' close: '24:00' } "
                    "windows { open: '22:00:30' close: '06:00' overnight: true } windows { open: '08:00' close: '08:00' overnight: "
                    "true } } holidays { date { year: 2026 month: 2 day: 17 } } special_days { date { year: 2026 month: 2 day: 28 } "
                    "windows { open: '09:00' close: '12:00' } } closures { start_time { seconds: 1 } end_time { seconds: 2 } }"),
      ElementsAre());
}

TEST(CalendarRulesTest, TellsAllThatIsWrongAtOnce) {
  EXPECT_THAT(
      Wrong(R"pb(
        time_zone: "Asia/Atlantis"
        week {
          days: MONDAY
          windows { open: "09:00" close: "09:00" }
          windows { open: "18:00" close: "09:00" }
          windows { open: "09:00" close: "09:00:01" overnight: true }
          windows { open: "24:00" close: "9:00" }
        }
        week {
          days: DAY_OF_WEEK_UNSPECIFIED
          windows { open: "09:00" close: "10:00" }
        }
        holidays { date { year: 2026 month: 2 day: 17 } }
        holidays { date { year: 2026 month: 2 day: 17 } }
        holidays { date { year: 2400 month: 1 day: 1 } }
        holidays { date { year: 2026 month: 2 day: 29 } }
        special_days {
          date { year: 2026 month: 2 day: 17 }
          windows { open: "10:00" close: "09:00" }
        }
        closures {
          start_time { seconds: 5 }
          end_time { seconds: 5 }
        }
        closures {
          start_time { seconds: 5 }
          end_time { seconds: 4 }
        }
      )pb"),
      ElementsAre("c.time_zone UNKNOWN_TIME_ZONE", "c.week[0].windows[0] WINDOW_EMPTY", "c.week[0].windows[1] WINDOW_EMPTY",
                  "c.week[0].windows[2] WINDOW_TOO_LONG", "c.week[0].windows[3].open BAD_VALUE", "c.week[0].windows[3].close BAD_VALUE",
                  "c.week[1].days[0] BAD_VALUE", "c.week NEVER_OPEN", "c.holidays[1].date DUPLICATE_DAY",
                  "c.holidays[2].date DAY_BEYOND_CALENDAR", "c.holidays[3].date BAD_VALUE", "c.special_days[0].date DUPLICATE_DAY",
                  "c.special_days[0].windows[0] WINDOW_EMPTY", "c.closures[0] CLOSURE_REVERSED", "c.closures[1] CLOSURE_REVERSED"));
}

TEST(CalendarRulesTest, AWeekWithoutWorkIsNeverOpenWhateverSpecialDaysSay) {
  EXPECT_THAT(Wrong("time_zone: 'UTC'"), ElementsAre("c.week NEVER_OPEN"));
  EXPECT_THAT(Wrong("time_zone: 'UTC' special_days { date { year: 2026 month: 2 day: 17 } windows { open: '10:00' close: '11:00' } }"),
              ElementsAre("c.week NEVER_OPEN"));
}

TEST(CalendarRulesTest, TextsThatAreNoTimesOfTheDay) {
  for (const char* text : {"", "9:00", "09:60", "25:00", "24:01", "24:00:01", "09:00:60", "09.00", "+9:00", " 9:00", "09:00 ", "09:0a",
                           "09:00:0", "-1:00", "09:00:00.5", "十二点"}) {
    EXPECT_THAT(Wrong(absl::StrCat("time_zone: 'UTC' week { days: MONDAY windows { open: '00:00' close: '", text, "' } }")),
                ElementsAre("c.week[0].windows[0].close BAD_VALUE", "c.week NEVER_OPEN"))
        << text;
  }
}

TEST(CalendarRulesTest, MeansWhatItSays) {
  const auto calendar = BusinessCalendar::Make({{absl::InfinitePast(), *RulesOf(Proto<type::v1::BusinessCalendar>(R"pb(
                                                   time_zone: "Asia/Taipei"
                                                   week {
                                                     days: [ MONDAY, TUESDAY ]
                                                     windows { open: "09:00" close: "12:00" }
                                                   }
                                                   week {
                                                     days: TUESDAY
                                                     windows { open: "22:00:30" close: "06:00" overnight: true }
                                                   }
                                                   holidays { date { year: 2026 month: 1 day: 12 } }
                                                   special_days {
                                                     date { year: 2026 month: 1 day: 10 }
                                                     windows { open: "00:00" close: "24:00" }
                                                   }
                                                   closures {
                                                     start_time { seconds: 1767576600 }
                                                     end_time { seconds: 1767578400 }
                                                   }
                                                 )pb"))}});  // the closure: Monday 5 January, 09:30 to 10:00
  ASSERT_TRUE(calendar.ok());
  absl::TimeZone zone;
  ASSERT_TRUE(absl::LoadTimeZone("Asia/Taipei", &zone));
  const auto worked = [&](int first, int last) {
    return calendar->Working(absl::FromCivil(absl::CivilDay(2026, 1, first), zone), absl::FromCivil(absl::CivilDay(2026, 1, last), zone));
  };
  EXPECT_EQ(worked(5, 6), absl::Minutes(150));
  EXPECT_EQ(worked(6, 8), absl::Hours(3) + absl::Hours(8) - absl::Seconds(30));
  EXPECT_EQ(worked(8, 10), absl::ZeroDuration());
  EXPECT_EQ(worked(10, 11), absl::Hours(24));
  EXPECT_EQ(worked(12, 13), absl::ZeroDuration());
  EXPECT_EQ(calendar->StartOf(absl::CivilDay(2026, 1, 10)), absl::FromCivil(absl::CivilDay(2026, 1, 10), zone));
}

// "windows { … }" so often, apart from each other.
std::string WindowsApart(int count) {
  std::string windows;
  for (int i = 0; i < count; ++i) {
    absl::StrAppendFormat(&windows, "windows { open: '%02d:%02d' close: '%02d:%02d:30' } ", i / 60, i % 60, i / 60, i % 60);
  }
  return windows;
}

TEST(CalendarRulesTest, ADayOfTheWeekHasFiftyWindowsAtMost) {
  const std::string monday = "time_zone: 'UTC' week { days: MONDAY days: TUESDAY " + WindowsApart(50) + "} ";
  EXPECT_THAT(Wrong(monday + "week { days: SUNDAY " + WindowsApart(50) + "} "), ElementsAre());
  EXPECT_THAT(Wrong(monday + "week { days: SUNDAY " + WindowsApart(50) + "} week { days: TUESDAY " + WindowsApart(1) + "} "),
              ElementsAre("c.week[2] TOO_MANY_WINDOWS"));
  EXPECT_THAT(Wrong("time_zone: 'UTC' week { days: MONDAY days: MONDAY " + WindowsApart(26) + "} "),
              ElementsAre("c.week[0] TOO_MANY_WINDOWS"));
}

TEST(CalendarRulesTest, AZoneThatIsNotInstalledIsNotTakenForUtc) {
  EXPECT_THAT(RulesOf(Proto<type::v1::BusinessCalendar>("time_zone: 'Asia/Atlantis'")), test::HasReason("UNKNOWN_TIME_ZONE"));
}

TEST(CalendarCacheTest, MakesOnlyWhatChanged) {
  CalendarCache cache;
  int made = 0;
  const auto make = [&]() -> absl::StatusOr<NamedCalendar> {
    ++made;
    return NamedCalendar{*BusinessCalendar::Make({{absl::InfinitePast(), *RulesOf(Proto<type::v1::BusinessCalendar>(kGood))}}),
                         {absl::StrCat(made)}};
  };
  EXPECT_EQ((*cache.Get("a", "1", make))->versions[0], "1");
  EXPECT_EQ((*cache.Get("a", "1", make))->versions[0], "1");
  EXPECT_EQ((*cache.Get("a", "2", make))->versions[0], "2") << "as it is now";
  EXPECT_EQ((*cache.Get("b", "2", make))->versions[0], "3");
  EXPECT_EQ(cache.Get("a", "3", [&]() -> absl::StatusOr<NamedCalendar> { return absl::UnavailableError("no"); }).status().message(), "no");
  EXPECT_EQ((*cache.Get("a", "2", make))->versions[0], "2");
  for (size_t i = 0; i < 2 * CalendarCache::kMost; ++i) EXPECT_THAT(cache.Get(absl::StrCat("c", i), "", make), IsOk());
  EXPECT_EQ(made, 3 + 2 * static_cast<int>(CalendarCache::kMost));
}

}  // namespace
}  // namespace heitie::time
