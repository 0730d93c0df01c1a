#include "services/personnel/staff/calendar.h"

#include <atomic>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/record/json.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "common/time/zone.h"
#include "google/protobuf/empty.pb.h"
#include "heitie/personnel/v1/calendar.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/personnel/service.h"

namespace heitie::personnel {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;
using test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::CalendarVersion;

// The working week of the golden values C.
constexpr char kOffice[] = "windows { open: '09:00' close: '12:00' } windows { open: '13:30' close: '18:00' } ";
constexpr char kEveryDay[] = "days: [MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY] ";

std::string Date(const std::string& text) {
  const absl::CivilDay day = time::ParseDay(text).value();
  return absl::StrCat("{ year: ", day.year(), " month: ", day.month(), " day: ", day.day(), " } ");
}
std::string Holidays(const std::string& first, const std::string& last) {
  std::string text;
  for (absl::CivilDay day = *time::ParseDay(first); day <= *time::ParseDay(last); ++day) {
    absl::StrAppend(&text, "holidays { date ", Date(time::DayText(day)), "} ");
  }
  return text;
}

class CalendarTest : public test::ServiceTest<Service> {
 protected:
  CalendarTest() : ServiceTest("personnel") {}

  template <typename Resp, typename Req>
  absl::StatusOr<Resp> Ask(const std::string& method, const std::string& request) {
    const bool reads = method[0] == 'G' || method[0] == 'L' || method.compare(0, 4, "Comp") == 0;
    return Call<Resp>(method, reads ? Analyst() : Manager(), Proto<Req>(request));
  }
  absl::StatusOr<CalendarVersion> Draft(const std::string& calendar, const std::string& id, const std::string& rules,
                                        const std::string& more = "") {
    return Ask<CalendarVersion, v1::CreateCalendarVersionRequest>(
        "CreateCalendarVersion", absl::StrCat("parent: 'calendars/", calendar, "' calendar_version_id: '", id,
                                              "' calendar_version { reason: 'why' ", more, " rules { ", rules, " } }"));
  }
  absl::StatusOr<CalendarVersion> Publish(const std::string& name, const std::string& more = "") {
    return Ask<CalendarVersion, v1::PublishCalendarVersionRequest>("PublishCalendarVersion", absl::StrCat("name: '", name, "' ", more));
  }
  absl::StatusOr<CalendarVersion> GetVersion(const std::string& name) {
    return Ask<CalendarVersion, v1::GetCalendarVersionRequest>("GetCalendarVersion", "name: '" + name + "'");
  }
  void CreateCalendar(const std::string& id) {
    ASSERT_THAT(
        (Ask<v1::Calendar, v1::CreateCalendarRequest>("CreateCalendar", "calendar_id: '" + id + "' calendar { title: 'For a test' }")),
        IsOk());
  }
  // A calendar with one published version, by which the following questions are answered.
  void Use(const std::string& zone, const std::string& rules) {
    const std::string id = absl::StrCat("c", ++calendars_);
    CreateCalendar(id);
    ASSERT_THAT(Draft(id, "1", absl::StrCat("time_zone: '", zone, "' ", rules)), IsOk());
    ASSERT_THAT(Publish("calendars/" + id + "/versions/1"), IsOk());
    calendar_ = "calendars/" + id;
    zone_ = *time::FindZone(zone);
  }

  // "2026-03-02 11:40" on the clock of the calendar.
  absl::Time At(const std::string& text) const {
    absl::CivilMinute minute;
    EXPECT_TRUE(absl::ParseLenientCivilTime(absl::StrReplaceAll(text, {{" ", "T"}}), &minute)) << text;
    return absl::FromCivil(minute, zone_);
  }
  std::string Field(const std::string& name, absl::Time time) const {
    return absl::StrCat(name, " { ", time::ToTimestamp(time).ShortDebugString(), " } ");
  }
  std::string Between(const std::string& from, const std::string& to) const {
    return absl::StrCat("name: '", calendar_, "' ", Field("start_time", At(from)), Field("end_time", At(to)));
  }

  int64_t WorkedSeconds(const std::string& from, const std::string& to) {
    const auto answer = Ask<v1::ComputeWorkingTimeResponse, v1::ComputeWorkingTimeRequest>("ComputeWorkingTime", Between(from, to));
    EXPECT_THAT(answer, IsOk());
    EXPECT_EQ(answer->working_time().nanos(), 0);
    return answer->working_time().seconds();
  }
  std::string Due(const std::string& from, absl::Duration amount) {
    const auto answer = Ask<v1::ComputeDueTimeResponse, v1::ComputeDueTimeRequest>(
        "ComputeDueTime", absl::StrCat("name: '", calendar_, "' ", Field("start_time", At(from)),
                                       "working_time { seconds: ", absl::ToInt64Seconds(amount), " }"));
    EXPECT_THAT(answer, IsOk());
    return answer.ok() ? absl::FormatTime("%Y-%m-%d %H:%M", time::ToTime(answer->due_time()), zone_) : "";
  }
  std::string WorkingDate(const std::string& date, int days) {
    const auto answer = Ask<v1::ComputeWorkingDateResponse, v1::ComputeWorkingDateRequest>(
        "ComputeWorkingDate", absl::StrCat("name: '", calendar_, "' date ", Date(date), "working_days: ", days));
    EXPECT_THAT(answer, IsOk());
    return answer.ok() ? time::DayText(time::ToDay(answer->date())) : "";
  }
  int64_t WorkingDays(const std::string& from, const std::string& to) {
    const auto answer = Ask<v1::ComputeWorkingDaysResponse, v1::ComputeWorkingDaysRequest>(
        "ComputeWorkingDays", absl::StrCat("name: '", calendar_, "' start_date ", Date(from), "end_date ", Date(to)));
    EXPECT_THAT(answer, IsOk());
    return answer.ok() ? answer->working_days() : -1;
  }

  int calendars_ = 0;
  std::string calendar_ = "calendars/default";
  absl::TimeZone zone_ = *time::FindZone("Asia/Taipei");
};

// ---- The golden values of the policy's calendar

TEST_F(CalendarTest, GoldenC) {
  std::string rules =
      absl::StrCat("week { days: [MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY] ", kOffice, "} ", Holidays("2026-02-15", "2026-02-23"),
                   Holidays("2026-05-01", "2026-05-05"), Holidays("2026-10-01", "2026-10-07"));
  for (const char* day : {"2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"}) {
    absl::StrAppend(&rules, "special_days { date ", Date(day), kOffice, "} ");
  }
  Use("Asia/Shanghai", rules);
  EXPECT_EQ(Due("2026-03-02 11:40", absl::Hours(1)), "2026-03-02 14:10");
  EXPECT_EQ(Due("2026-03-02 12:10", absl::Minutes(30)), "2026-03-02 14:00");
  EXPECT_EQ(Due("2026-02-13 17:30", absl::Hours(4)), "2026-02-14 14:00");
  EXPECT_EQ(Due("2026-02-14 16:00", absl::Hours(8)), "2026-02-24 16:30");
  EXPECT_EQ(Due("2026-04-30 17:00", absl::Hours(10)), "2026-05-07 10:30");
  EXPECT_EQ(Due("2026-03-02 09:00", absl::Hours(3)), "2026-03-02 12:00") << "the end of a window, not the beginning of the next";
  EXPECT_EQ(Due("2026-03-02 12:10", absl::ZeroDuration()), "2026-03-02 12:10");
  EXPECT_EQ(WorkedSeconds("2026-02-13 00:00", "2026-03-02 00:00"), 189'000);
  EXPECT_EQ(WorkingDate("2026-02-25", -3), "2026-02-13");
  EXPECT_EQ(WorkingDate("2026-02-14", 0), "2026-02-14");
  EXPECT_EQ(WorkingDate("2026-02-14", 1), "2026-02-24");
  EXPECT_EQ(WorkingDays("2026-02-13", "2026-03-02"), 7) << "the 13th, 14th, 24th to 28th";
}

TEST_F(CalendarTest, GoldenNights) {
  Use("Asia/Shanghai", absl::StrCat("week { ", kEveryDay, "windows { open: '22:00' close: '06:00' overnight: true } } ",
                                    Holidays("2026-02-15", "2026-02-23")));
  EXPECT_EQ(Due("2026-02-14 23:00", absl::Hours(10)), "2026-02-25 01:00");
  EXPECT_EQ(WorkedSeconds("2026-02-15 00:00", "2026-02-25 00:00"), 28'800);
}

TEST_F(CalendarTest, GoldenClockChanges) {
  Use("America/New_York", absl::StrCat("week { ", kEveryDay, "windows { open: '00:00' close: '24:00' } }"));
  EXPECT_EQ(WorkedSeconds("2026-10-31 12:00", "2026-11-02 12:00"), 176'400);
  EXPECT_EQ(Due("2026-10-31 18:00", absl::Hours(24)), "2026-11-01 17:00");
  EXPECT_EQ(Due("2026-03-07 18:00", absl::Hours(24)), "2026-03-08 19:00");
  Use("America/New_York", absl::StrCat("week { ", kEveryDay, "windows { open: '22:00' close: '06:00' overnight: true } }"));
  EXPECT_EQ(WorkedSeconds("2026-03-07 12:00", "2026-03-08 12:00"), 25'200);
  EXPECT_EQ(WorkedSeconds("2026-10-31 12:00", "2026-11-01 12:00"), 32'400);
  Use("America/New_York", absl::StrCat("week { ", kEveryDay, "windows { open: '02:30' close: '10:00' } }"));
  EXPECT_EQ(WorkedSeconds("2026-03-08 00:00", "2026-03-09 00:00"), 7 * 3600);
  Use("America/New_York", absl::StrCat("week { ", kEveryDay, "windows { open: '01:30' close: '10:00' } }"));
  EXPECT_EQ(WorkedSeconds("2026-11-01 00:00", "2026-11-02 00:00"), 9 * 3600 + 1800);
}

// ---- What the suite comes with

TEST_F(CalendarTest, ComesWithMondayToFridayInTaipei) {
  EXPECT_EQ(Due("2026-01-02 17:00", absl::Hours(3)), "2026-01-05 11:00");
  EXPECT_EQ(WorkedSeconds("2026-01-05 00:00", "2026-01-12 00:00"), 5 * 8 * 3600);
  EXPECT_EQ(WorkingDays("2026-01-01", "2026-02-01"), 22);
  const auto version = GetVersion("calendars/default/versions/1");
  ASSERT_THAT(version, IsOk());
  EXPECT_EQ(version->version(), 1);
  EXPECT_THAT(version->allowed_verbs(), IsEmpty());
  EXPECT_FALSE(version->has_end_time());
  status::BadFields bad;
  time::CheckRules(version->rules(), "rules", bad);
  EXPECT_THAT(bad.status(), IsOk());
}

// Who follows the events learns of it as of every other.
TEST_F(CalendarTest, TheHistoryBeginsWithWhatTheSuiteComesWith) {
  for (const char* subject : {"calendars/default", "calendars/default/versions/1"}) {
    const auto events =
        Ask<type::v1::ListEventsResponse, type::v1::ListEventsRequest>("ListEvents", absl::StrCat("subject: '", subject, "'"));
    ASSERT_THAT(events, IsOk());
    ASSERT_EQ(events->events_size(), 1);
    EXPECT_EQ(events->events(0).revision(), 1);
    EXPECT_EQ(events->events(0).principal(), "services/personnel");
    if (events->events(0).subject_type() == "personnel.heitie/Calendar") {
      v1::Calendar after;
      ASSERT_TRUE(record::FromJson(events->events(0).after_json(), &after));
      const auto now = Ask<v1::Calendar, v1::GetCalendarRequest>("GetCalendar", absl::StrCat("name: '", subject, "'"));
      ASSERT_THAT(now, IsOk());
      EXPECT_EQ(after.DebugString(), now->DebugString());
    } else {
      CalendarVersion after;
      ASSERT_TRUE(record::FromJson(events->events(0).after_json(), &after));
      EXPECT_EQ(after.DebugString(), GetVersion(subject)->DebugString());
    }
  }
}

// ---- Versions

constexpr char kTaipei[] = "time_zone: 'Asia/Taipei' ";
constexpr char kMondays[] = "week { days: MONDAY windows { open: '09:00' close: '10:00' } } ";
constexpr char kTuesdays[] = "week { days: TUESDAY windows { open: '09:00' close: '11:00' } } ";

TEST_F(CalendarTest, AVersionIsDraftedChangedPublishedAndFixed) {
  CreateCalendar("branch");
  const auto draft = Draft("branch", "a", absl::StrCat(kTaipei, kMondays));
  ASSERT_THAT(draft, IsOk());
  EXPECT_EQ(draft->state(), CalendarVersion::STATE_DRAFT);
  EXPECT_EQ(draft->creator(), "employees/manager");
  EXPECT_FALSE(draft->has_version());
  EXPECT_THAT(draft->allowed_verbs(), ElementsAre("publish"));
  const std::string update = absl::StrCat("calendar_version { name: 'calendars/branch/versions/a' rules { ", kTaipei, kTuesdays,
                                          " } } update_mask { paths: 'rules' }");
  const auto updated = Ask<CalendarVersion, v1::UpdateCalendarVersionRequest>("UpdateCalendarVersion", update);
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->rules().week(0).days(0), google::type::TUESDAY);
  EXPECT_THAT(Publish("calendars/branch/versions/a", "etag: '1'"), HasReason("STALE_ETAG"));
  const auto published = Publish("calendars/branch/versions/a");
  ASSERT_THAT(published, IsOk());
  EXPECT_EQ(published->state(), CalendarVersion::STATE_PUBLISHED);
  EXPECT_EQ(published->version(), 1);
  EXPECT_EQ(published->publisher(), "employees/manager");
  EXPECT_EQ(time::ToTime(published->publish_time()), clock_.Now());
  EXPECT_EQ(time::ToTime(published->start_time()), clock_.Now());
  EXPECT_THAT((Ask<CalendarVersion, v1::UpdateCalendarVersionRequest>("UpdateCalendarVersion", update)), HasReason("RULES_IMMUTABLE"));
  EXPECT_THAT(
      (Ask<google::protobuf::Empty, v1::DeleteCalendarVersionRequest>("DeleteCalendarVersion", "name: 'calendars/branch/versions/a'")),
      HasReason("RULES_IMMUTABLE"));
  EXPECT_THAT(Publish("calendars/branch/versions/a"), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(GetVersion("calendars/branch/versions/a")->DebugString(), published->DebugString());
}

TEST_F(CalendarTest, ADraftCountsNothingAndMayBeDeleted) {
  CreateCalendar("branch");
  ASSERT_THAT(Draft("branch", "a", absl::StrCat(kTaipei, kMondays)), IsOk());
  calendar_ = "calendars/branch";
  EXPECT_THAT((Ask<v1::ComputeWorkingTimeResponse, v1::ComputeWorkingTimeRequest>("ComputeWorkingTime",
                                                                                  Between("2026-01-05 00:00", "2026-01-06 00:00"))),
              HasReason("NO_VERSION_IN_FORCE"));
  EXPECT_THAT(
      (Ask<google::protobuf::Empty, v1::DeleteCalendarVersionRequest>("DeleteCalendarVersion", "name: 'calendars/branch/versions/a'")),
      IsOk());
  EXPECT_THAT(GetVersion("calendars/branch/versions/a"), HasReason("NOT_FOUND"));
  EXPECT_THAT(Draft("nowhere", "a", absl::StrCat(kTaipei, kMondays)), HasReason("NOT_FOUND"));
  EXPECT_THAT(Publish("calendars/branch/versions/a"), HasReason("NOT_FOUND"));
  EXPECT_THAT(Publish("calendars/nowhere/versions/a"), HasReason("NOT_FOUND"));
}

// Mondays until Monday 12 January 09:30, Tuesdays from then on.
TEST_F(CalendarTest, EachMomentIsJudgedByTheVersionInForceThen) {
  Use("Asia/Taipei", kMondays);
  const std::string start = Field("start_time", At("2026-01-12 09:30"));
  ASSERT_THAT(Draft("c1", "2", absl::StrCat(kTaipei, kTuesdays), start), IsOk());
  const auto consumed = WorkedSeconds("2025-12-01 00:00", "2026-01-05 09:20");
  ASSERT_THAT(Publish("calendars/c1/versions/2"), IsOk());
  EXPECT_EQ(GetVersion("calendars/c1/versions/1")->end_time().seconds(), absl::ToUnixSeconds(At("2026-01-12 09:30")));
  EXPECT_EQ(WorkedSeconds("2025-12-01 00:00", "2026-01-05 09:20"), consumed) << "the first version counts for all time before";
  EXPECT_EQ(consumed, 5 * 3600 + 1200);
  EXPECT_EQ(WorkedSeconds("2026-01-12 00:00", "2026-01-13 00:00"), 1800);
  EXPECT_EQ(Due("2026-01-12 09:00", absl::Hours(1)), "2026-01-13 09:30");
  EXPECT_EQ(WorkingDate("2026-01-05", 3), "2026-01-20");

  const auto answer = Ask<v1::ComputeWorkingTimeResponse, v1::ComputeWorkingTimeRequest>("ComputeWorkingTime",
                                                                                         Between("2026-01-05 09:15", "2026-01-13 10:00"));
  ASSERT_THAT(answer, IsOk());
  EXPECT_THAT(answer->basis().calendar_versions(), ElementsAre("calendars/c1/versions/1", "calendars/c1/versions/2"));
  EXPECT_FALSE(answer->basis().truncated());
  std::vector<std::string> rests_on;
  for (const auto& interval : answer->basis().open_intervals()) {
    rests_on.push_back(absl::StrCat(absl::FormatTime("%d %H:%M", time::ToTime(interval.start_time()), zone_), "-",
                                    absl::FormatTime("%H:%M", time::ToTime(interval.end_time()), zone_), " ",
                                    record::IdOf(interval.calendar_version())));
  }
  EXPECT_THAT(rests_on, ElementsAre("05 09:15-10:00 1", "12 09:00-09:30 1", "13 09:00-10:00 2"));
}

TEST_F(CalendarTest, NoVersionIsInForceBeforeItsPublicationOrWithAnother) {
  Use("Asia/Taipei", kMondays);
  const std::string rules = absl::StrCat(kTaipei, kTuesdays);
  ASSERT_THAT(Draft("c1", "past", rules, Field("start_time", clock_.Now() - absl::Microseconds(1))), IsOk());
  EXPECT_THAT(Publish("calendars/c1/versions/past"), HasReason("START_IN_THE_PAST"));
  ASSERT_THAT(Draft("c1", "next", rules, Field("start_time", clock_.Now() + absl::Hours(2))), IsOk());
  ASSERT_THAT(Publish("calendars/c1/versions/next"), IsOk());
  ASSERT_THAT(Draft("c1", "same", rules, Field("start_time", clock_.Now() + absl::Hours(2))), IsOk());
  EXPECT_THAT(Publish("calendars/c1/versions/same"), HasReason("START_TAKEN"));
  ASSERT_THAT(Draft("c1", "between", rules, Field("start_time", clock_.Now() + absl::Hours(1))), IsOk());
  const auto between = Publish("calendars/c1/versions/between");
  ASSERT_THAT(between, IsOk());
  EXPECT_EQ(between->version(), 3) << "in the order of publication";
  EXPECT_EQ(time::ToTime(between->end_time()), clock_.Now() + absl::Hours(2));
  EXPECT_EQ(time::ToTime(GetVersion("calendars/c1/versions/1")->end_time()), clock_.Now() + absl::Hours(1));
}

TEST_F(CalendarTest, PublicationsAtOnceTakeTheirTurns) {
  Use("Asia/Taipei", kMondays);
  constexpr int kDrafts = 8;
  const int64_t guard = GuardOf("calendars", calendar_);
  for (int i = 0; i < kDrafts; ++i) ASSERT_THAT(Draft("c1", absl::StrCat("d", i), absl::StrCat(kTaipei, kTuesdays)), IsOk());
  const int64_t before = GuardOf("calendars", calendar_);
  EXPECT_EQ(before, guard + kDrafts);
  std::vector<absl::StatusOr<CalendarVersion>> results(kDrafts, absl::UnknownError(""));
  std::vector<std::thread> threads;
  threads.reserve(kDrafts);
  for (int i = 0; i < kDrafts; ++i) {
    threads.emplace_back([&, i] { results[i] = Publish(absl::StrCat("calendars/c1/versions/d", i)); });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<int> versions;
  std::set<absl::Time> starts;
  for (const auto& result : results) {
    ASSERT_THAT(result, IsOk());
    versions.insert(result->version());
    starts.insert(time::ToTime(result->start_time()));
  }
  EXPECT_EQ(versions, (std::set<int>{2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(starts.size(), static_cast<size_t>(kDrafts));
  EXPECT_EQ(GuardOf("calendars", calendar_), before + kDrafts) << "on several nodes of a cluster only a changed row shows a conflict";
}

// Both are first drafts. One arrives and has to wait, the other one arrives later and is published before.
TEST_F(CalendarTest, WhoWaitedForItsTurnDoesNotChangeThePast) {
  CreateCalendar("c1");
  ASSERT_THAT(Draft("c1", "waits", absl::StrCat(kTaipei, kTuesdays)), IsOk());
  ASSERT_THAT(Draft("c1", "overtakes", absl::StrCat(kTaipei, kMondays)), IsOk());
  const absl::Time arrival = clock_.Now();
  clock_.Advance(absl::Milliseconds(1));
  ASSERT_THAT(Publish("calendars/c1/versions/overtakes"), IsOk());
  calendar_ = "calendars/c1";
  zone_ = *time::FindZone("Asia/Taipei");
  const int64_t worked = WorkedSeconds("2025-12-01 00:00", "2025-12-08 00:00");
  clock_.Set(arrival);
  const auto waited = Publish("calendars/c1/versions/waits");
  ASSERT_THAT(waited, IsOk());
  EXPECT_EQ(time::ToTime(waited->start_time()), arrival + absl::Milliseconds(1) + absl::Microseconds(1));
  EXPECT_FALSE(waited->has_end_time());
  EXPECT_EQ(WorkedSeconds("2025-12-01 00:00", "2025-12-08 00:00"), worked);
}

TEST_F(CalendarTest, OneOfTwoThatWantTheSameInstantGetsIt) {
  Use("Asia/Taipei", kMondays);
  const std::string start = Field("start_time", clock_.Now() + absl::Hours(1));
  for (const char* id : {"a", "b"}) ASSERT_THAT(Draft("c1", id, absl::StrCat(kTaipei, kTuesdays), start), IsOk());
  std::atomic<int> published{0}, taken{0};
  {
    std::vector<std::jthread> threads;
    for (const char* id : {"a", "b"}) {
      threads.emplace_back([&, id] {
        const auto result = Publish(absl::StrCat("calendars/c1/versions/", id));
        published += result.ok();
        taken += status::ReasonOf(result.status()) == "START_TAKEN";
      });
    }
  }
  EXPECT_EQ(published, 1);
  EXPECT_EQ(taken, 1);
}

// ---- Bad input

TEST_F(CalendarTest, TellsEveryBadFieldAtOnce) {
  CreateCalendar("branch");
  const auto bad = Draft("branch", "a",
                         absl::StrCat(kTaipei, R"pb(
                                        week {
                                          days: MONDAY
                                          windows { open: "09:00" close: "09:00" }
                                          windows { open: "09:00" close: "10:00" overnight: true }
                                        }
                                        closures {
                                          start_time { seconds: 5 }
                                          end_time { seconds: 4 }
                                        }
                                      )pb",
                                      Holidays("2026-02-17", "2026-02-17"), "special_days { date ", Date("2026-02-17"), kOffice, "}"));
  EXPECT_THAT(bad, HasViolation("calendar_version.rules.week[0].windows[0]", "WINDOW_EMPTY"));
  EXPECT_THAT(bad, HasViolation("calendar_version.rules.week[0].windows[1]", "WINDOW_TOO_LONG"));
  EXPECT_THAT(bad, HasViolation("calendar_version.rules.week", "NEVER_OPEN"));
  EXPECT_THAT(bad, HasViolation("calendar_version.rules.special_days[0].date", "DUPLICATE_DAY"));
  EXPECT_THAT(bad, HasViolation("calendar_version.rules.closures[0]", "CLOSURE_REVERSED"));
  const auto at_the_door = Draft("branch", "a", R"pb(
    time_zone: "../../etc/passwd"
    week {
      days: MONDAY
      windows { open: "9:00" close: "24:01" }
    }
    holidays { date { year: 2026 month: 2 day: 30 } }
  )pb");
  EXPECT_THAT(at_the_door, HasViolation("calendar_version.rules.time_zone", "UNKNOWN_TIME_ZONE"));
  EXPECT_THAT(at_the_door, HasViolation("calendar_version.rules.week[0].windows[0].open", "BAD_VALUE"));
  EXPECT_THAT(at_the_door, HasViolation("calendar_version.rules.week[0].windows[0].close", "BAD_VALUE"));
  EXPECT_THAT(at_the_door, HasViolation("calendar_version.rules.holidays[0].date", "BAD_VALUE"));
  EXPECT_THAT(Call<CalendarVersion>("CreateCalendarVersion", Specialist(), v1::CreateCalendarVersionRequest()),
              HasReason("PERMISSION_DENIED"));
}

TEST_F(CalendarTest, QuestionsThatHaveNoAnswer) {
  const auto reversed = Ask<v1::ComputeWorkingTimeResponse, v1::ComputeWorkingTimeRequest>("ComputeWorkingTime",
                                                                                           Between("2026-01-06 00:00", "2026-01-05 00:00"));
  EXPECT_THAT(reversed, HasViolation("end_time", "END_BEFORE_START"));
  const auto due = [&](const std::string& amount) {
    return Ask<v1::ComputeDueTimeResponse, v1::ComputeDueTimeRequest>(
        "ComputeDueTime", absl::StrCat("name: 'calendars/default' start_time { seconds: 0 } working_time { ", amount, " }"));
  };
  EXPECT_THAT(due("seconds: -1"), HasViolation("working_time", "BAD_VALUE"));
  EXPECT_THAT(due("nanos: 2000000000"), HasViolation("working_time", "BAD_VALUE"));
  EXPECT_THAT(due("seconds: 9223372036854775807"), HasViolation("working_time", "BAD_VALUE"));
  EXPECT_THAT(due("seconds: 315576000000"), HasReason("BEYOND_CALENDAR"));
  EXPECT_THAT((Ask<v1::ComputeWorkingDateResponse, v1::ComputeWorkingDateRequest>(
                  "ComputeWorkingDate", "name: 'calendars/default' date { year: 2026 month: 1 day: 1 } working_days: -200000")),
              HasReason("BEYOND_CALENDAR"));
  EXPECT_THAT((Ask<v1::ComputeWorkingDaysResponse, v1::ComputeWorkingDaysRequest>(
                  "ComputeWorkingDays",
                  "name: 'calendars/none' start_date { year: 2026 month: 1 day: 1 } end_date { year: 2026 month: 1 day: 2 }")),
              HasReason("NOT_FOUND"));
  EXPECT_EQ(WorkedSeconds("1970-01-02 00:00", "9999-12-31 00:00"), WorkedSeconds("1970-01-02 00:00", "2400-01-01 00:00"));
}

// ---- Pages and size

TEST_F(CalendarTest, OpenIntervalsComePageByPage) {
  const std::string request =
      absl::StrCat("parent: 'calendars/default' ", Field("start_time", At("2026-01-05 10:00")), Field("end_time", At("2026-01-09 14:00")));
  std::string token;
  std::vector<int> sizes;
  std::vector<std::string> starts;
  do {
    const auto page = Ask<v1::ListOpenIntervalsResponse, v1::ListOpenIntervalsRequest>(
        "ListOpenIntervals", absl::StrCat(request, "page_size: 4 page_token: '", token, "'"));
    ASSERT_THAT(page, IsOk());
    sizes.push_back(page->open_intervals_size());
    for (const auto& i : page->open_intervals()) starts.push_back(absl::FormatTime("%d %H:%M", time::ToTime(i.start_time()), zone_));
    token = page->next_page_token();
  } while (!token.empty());
  EXPECT_THAT(sizes, ElementsAre(4, 4, 2));
  EXPECT_THAT(starts, ElementsAre("05 10:00", "05 13:00", "06 09:00", "06 13:00", "07 09:00", "07 13:00", "08 09:00", "08 13:00",
                                  "09 09:00", "09 13:00"));
  for (const char* bad : {"x", "1999-01-01T00:00:00Z", "2030-01-01T00:00:00Z"}) {
    EXPECT_THAT((Ask<v1::ListOpenIntervalsResponse, v1::ListOpenIntervalsRequest>("ListOpenIntervals",
                                                                                  absl::StrCat(request, "page_token: '", bad, "'"))),
                HasViolation("page_token", "BAD_VALUE"));
  }
}

TEST_F(CalendarTest, AnAnswerRestsOnNoMoreThanAHundredStretches) {
  const auto answer = Ask<v1::ComputeWorkingTimeResponse, v1::ComputeWorkingTimeRequest>("ComputeWorkingTime",
                                                                                         Between("1970-01-02 00:00", "2300-01-01 00:00"));
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->basis().open_intervals_size(), 100);
  EXPECT_TRUE(answer->basis().truncated());
}

TEST_F(CalendarTest, FourThousandExceptionsAreTaken) {
  std::string rules = "week { days: [MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY] windows { open: '09:00' close: '17:00' } } ";
  for (int i = 0; i < 4000; ++i) {
    absl::StrAppend(&rules, "holidays { date ", Date(time::DayText(absl::CivilDay(2026, 1, 1) + 2 * i)), "} ");
  }
  Use("Asia/Taipei", rules);
  // Of 8,000 days every second is a holiday; their weekdays come round alike.
  EXPECT_EQ(WorkingDays("2026-01-01", time::DayText(absl::CivilDay(2026, 1, 1) + 7'000)), 2'500);
  EXPECT_THAT(Draft("c1", "more", absl::StrCat(kTaipei, rules, "holidays { date { year: 2300 month: 1 day: 1 } }")),
              HasViolation("calendar_version.rules.holidays", "BAD_VALUE"));
}

// 4,000 of each with long titles are allowed one by one, but would not fit into an event together: no service that mirrors the calendar
// could read it. It is said when the draft is made, not when it is published.
TEST_F(CalendarTest, WhatNoEventCanHoldIsRefused) {
  std::string title;
  for (int i = 0; i < 100; ++i) title += "休";
  std::string holidays, closures;
  for (int i = 0; i < 4000; ++i) {
    absl::StrAppend(&holidays, "holidays { date ", Date(time::DayText(absl::CivilDay(2020, 1, 1) + i)), "title: '", title, "' } ");
    absl::StrAppend(&closures, "closures { start_time { seconds: ", 1'800'000'000 + 20 * i,
                    " } end_time { seconds: ", 1'800'000'010 + 20 * i, " } title: '", title, "' } ");
  }
  CreateCalendar("large");
  const std::string week = absl::StrCat("time_zone: 'UTC' week { ", kEveryDay, kOffice, "} ");
  EXPECT_THAT(Draft("large", "1", absl::StrCat(week, holidays, closures)), HasReason("RESOURCE_TOO_LARGE"));
  ASSERT_THAT(Draft("large", "1", absl::StrCat(week, holidays)), IsOk());
  EXPECT_THAT(Publish("calendars/large/versions/1"), IsOk());
}

}  // namespace
}  // namespace heitie::personnel
