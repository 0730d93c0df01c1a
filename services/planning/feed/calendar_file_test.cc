#include "services/planning/feed/calendar_file.h"

#include <cstdio>
#include <fstream>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "heitie/planning/v1/calendar_feed.pb.h"
#include "services/planning/meeting/meeting_days.h"
#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::IsOk;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

// An independent reader: what icalendar (python3-icalendar) and dateutil make of a file until the 1st of April 2026.
constexpr char kReader[] = R"py(
import sys, datetime, icalendar
from dateutil.rrule import rrulestr
calendar = icalendar.Calendar.from_ical(open(sys.argv[1], 'rb').read())
events = [e for e in calendar.walk('VEVENT')]
zones = [str(z['TZID']) for z in calendar.walk('VTIMEZONE')]
moved = {(str(e['UID']), e['RECURRENCE-ID'].dt): e for e in events if 'RECURRENCE-ID' in e}
print('zones', ' '.join(sorted(zones)))
for e in events:
    if 'RECURRENCE-ID' in e: continue
    start = e['DTSTART'].dt
    out = e.get('EXDATE', [])
    out = {d.dt for x in (out if isinstance(out, list) else [out]) for d in x.dts}
    rule = e.get('RRULE')
    end = datetime.datetime(2026, 4, 1, tzinfo=start.tzinfo)
    days = rrulestr(rule.to_ical().decode(), dtstart=start).between(start, end, inc=True) if rule else [start]
    for day in days:
        if day in out: continue
        shown = moved.get((str(e['UID']), day), e)
        at = day if shown is e else shown['DTSTART'].dt
        print(str(e['UID']), at.strftime('%m-%d %H:%M'), str(shown['SUMMARY']), str(shown.get('LOCATION', '')).replace('\n', '/'))
)py";

std::vector<std::string> ReadBack(const std::string& calendar) {
  const std::string path = ::testing::TempDir() + "/calendar_file_test.ics", script = ::testing::TempDir() + "/calendar_file_test.py";
  std::ofstream(path, std::ios::binary) << calendar;
  std::ofstream(script) << kReader;
  const std::unique_ptr<FILE, decltype(&pclose)> reader(popen(("/usr/bin/python3 " + script + " " + path + " 2>&1").c_str(), "r"), &pclose);
  std::string output;
  static char part[4096];
  while (const size_t size = fread(part, 1, sizeof(part), reader.get())) output.append(part, size);
  return absl::StrSplit(output, '\n', absl::SkipEmpty());
}

// Mondays from the 2nd of February 2026; nobody works from the 16th to the 20th, and on Saturday the 14th they do.
SeriesInCalendar Mondays(v1::MeetingSchedule::DayOffPolicy policy, const std::string& rule = "FREQ=WEEKLY;BYDAY=MO") {
  SeriesInCalendar one;
  one.series = test::Proto<v1::MeetingSeries>(R"pb(title: "Weekly, with cake; and tea"
                                                   place: "Room 3\nFloor 2"
                                                   calendar_uid: "uid-1"
                                                   meetings_until { year: 2026 month: 3 day: 2 }
                                                   etag: "3"
                                                   schedule {
                                                     start_date { year: 2026 month: 2 day: 2 }
                                                     start_clock: "09:30"
                                                     time_zone: "Asia/Taipei"
                                                     duration_minutes: 60
                                                   })pb");
  one.series.mutable_schedule()->set_rule(rule);
  one.series.mutable_schedule()->set_day_off_policy(policy);
  std::vector<absl::CivilDay> holidays;
  for (int day = 16; day <= 20; ++day) holidays.emplace_back(2026, 2, day);
  const time::BusinessCalendar calendar = CalendarForTest(holidays, {absl::CivilDay(2026, 2, 14)});
  for (const MeetingDay& day : MeetingDaysOf(one.series.schedule(), calendar, absl::CivilDay(2026, 2, 2), absl::CivilDay(2026, 3, 2))) {
    v1::Meeting meeting;
    meeting.set_etag("1");
    meeting.set_calendar_uid("uid-1");
    meeting.set_place(one.series.place());
    meeting.set_state(v1::Meeting::STATE_PLANNED);
    *meeting.mutable_rule_date() = time::ToDate(day.rule_date);
    *meeting.mutable_start_time() = time::ToTimestamp(StartOfMeeting(one.series.schedule(), day.day));
    *meeting.mutable_end_time() = time::ToTimestamp(StartOfMeeting(one.series.schedule(), day.day) + absl::Hours(1));
    one.meetings.push_back(meeting);
  }
  return one;
}

TEST(CalendarFileTest, AnotherReaderFindsTheMeetingsWhereTheyAre) {
  using Policy = v1::MeetingSchedule;
  const std::string rest = " 09:30 Weekly, with cake; and tea Room 3/Floor 2";
  EXPECT_THAT(ReadBack(CalendarFileOf("Mine", {Mondays(Policy::DAY_OFF_POLICY_NEXT)})),
              ElementsAre("zones Asia/Taipei", "uid-1 02-02" + rest, "uid-1 02-09" + rest, "uid-1 02-23" + rest, "uid-1 03-02" + rest,
                          "uid-1 03-09" + rest, "uid-1 03-16" + rest, "uid-1 03-23" + rest, "uid-1 03-30" + rest));
  EXPECT_THAT(ReadBack(CalendarFileOf("Mine", {Mondays(Policy::DAY_OFF_POLICY_PREVIOUS, "FREQ=WEEKLY;BYDAY=MO;UNTIL=20260302")})),
              ElementsAre("zones Asia/Taipei", "uid-1 02-02" + rest, "uid-1 02-09" + rest, "uid-1 02-14" + rest, "uid-1 02-23" + rest,
                          "uid-1 03-02" + rest));
  EXPECT_THAT(ReadBack(CalendarFileOf("Mine", {Mondays(Policy::DAY_OFF_POLICY_SKIP, "FREQ=WEEKLY;BYDAY=MO;COUNT=4")})),
              ElementsAre("zones Asia/Taipei", "uid-1 02-02" + rest, "uid-1 02-09" + rest, "uid-1 02-23" + rest));
}

TEST(CalendarFileTest, AnotherRuleEndsTheOldEventAndBeginsANewOne) {
  SeriesInCalendar one = Mondays(v1::MeetingSchedule::DAY_OFF_POLICY_NEXT);
  v1::FormerSchedule& former = *one.series.add_former_schedules();
  *former.mutable_schedule() = one.series.schedule();
  *former.mutable_end_date() = time::ToDate(absl::CivilDay(2026, 2, 10));
  former.set_calendar_uid("uid-1");
  one.series.set_calendar_uid("uid-2");
  *one.series.mutable_schedule()->mutable_start_date() = time::ToDate(absl::CivilDay(2026, 3, 3));
  one.series.mutable_schedule()->set_rule("FREQ=WEEKLY;BYDAY=TU");
  one.series.mutable_schedule()->set_start_clock("14:00");
  one.meetings.resize(2);
  const std::vector<std::string> read = ReadBack(CalendarFileOf("Mine", {one}));
  ASSERT_THAT(read, SizeIs(8));
  EXPECT_THAT(read[2], HasSubstr("uid-1 02-09 09:30"));
  EXPECT_THAT(read[3], HasSubstr("uid-2 03-03 14:00"));
}

TEST(CalendarFileTest, LinesHaveAtMost75OctetsAndCharactersAreWhole) {
  SeriesInCalendar one = Mondays(v1::MeetingSchedule::DAY_OFF_POLICY_NEXT);
  std::string title;
  for (int i = 0; i < 40; ++i) title += "週會，議程；";
  one.series.set_title(title);
  const std::string file = CalendarFileOf("我的會議", {one});
  for (const absl::string_view line : absl::StrSplit(file, "\r\n")) {
    EXPECT_LE(line.size(), 75u) << line;
    const size_t first = absl::StartsWith(line, " ") ? 1 : 0;
    EXPECT_TRUE(line.size() <= first || (static_cast<unsigned char>(line[first]) & 0xC0) != 0x80) << "a character is cut: " << line;
  }
  EXPECT_THAT(ReadBack(file)[1], HasSubstr(title));
}

TEST(CalendarFileTest, AnUntilIsAnInstantAndExcludesACount) {
  auto schedule = test::Proto<v1::MeetingSchedule>(R"pb(start_date { year: 2026 month: 2 day: 2 }
                                                        start_clock: "09:30"
                                                        time_zone: "Asia/Taipei"
                                                        rule: "FREQ=DAILY;COUNT=9")pb");
  EXPECT_EQ(RuleInCalendar(schedule, std::nullopt), "FREQ=DAILY;COUNT=9");
  EXPECT_EQ(RuleInCalendar(schedule, absl::CivilDay(2026, 2, 4)), "FREQ=DAILY;UNTIL=20260204T013000Z");
  schedule.set_rule("FREQ=DAILY;UNTIL=20260210");
  EXPECT_EQ(RuleInCalendar(schedule, std::nullopt), "FREQ=DAILY;UNTIL=20260210T013000Z");
  EXPECT_EQ(RuleInCalendar(schedule, absl::CivilDay(2026, 3, 1)), "FREQ=DAILY;UNTIL=20260210T013000Z");
}

class CalendarFeedTest : public PlanningTest {
 protected:
  CalendarFeedTest() {
    Do<v1::MeetingSeries, v1::CreateMeetingSeriesRequest>(
        "CreateMeetingSeries", Specialist(),
        "meeting_series_id: 'weekly' meeting_series { title: 'Weekly' kind: KIND_TEAM_WEEKLY chair: 'employees/zhao' departments: "
        "'operations' schedule { start_date { year: 2026 month: 1 day: 5 } start_clock: '09:30' time_zone: 'Asia/Taipei' duration_minutes: "
        "60 rule: 'FREQ=WEEKLY;BYDAY=MO' day_off_policy: DAY_OFF_POLICY_NEXT } }");
  }
  rpc::Call As(const std::string& who) const { return test::By("employees/" + who, {options::v1::ROLE_DEPARTMENT_MEMBER}, clock_.Now()); }
  v1::ReadCalendarFeedRequest Issue(const std::string& who, const std::string& request = "") {
    const auto issued = Do<v1::IssueCalendarFeedResponse, v1::IssueCalendarFeedRequest>("IssueCalendarFeed", As(who), request);
    v1::ReadCalendarFeedRequest read;
    read.set_name(issued.calendar_feed());
    read.set_key(issued.key());
    EXPECT_EQ(issued.path(), absl::StrCat("/v1/", issued.calendar_feed(), ":read?key=", issued.key()));
    return read;
  }
};

TEST_F(CalendarFeedTest, WhoHasTheAddressReadsWhatItsOwnerTakesPartIn) {
  const v1::ReadCalendarFeedRequest of_zhao = Issue("zhao"), of_wang = Issue("wang");
  const rpc::Call anybody = test::By("guests", {}, clock_.Now());
  const auto read = Call<v1::ReadCalendarFeedResponse>("ReadCalendarFeed", anybody, of_zhao);
  ASSERT_THAT(read, IsOk());
  EXPECT_THAT(read->content(), HasSubstr("SUMMARY:Weekly"));
  EXPECT_THAT(Call<v1::ReadCalendarFeedResponse>("ReadCalendarFeed", anybody, of_wang)->content(), Not(HasSubstr("SUMMARY")));
  EXPECT_THAT((Refused<v1::IssueCalendarFeedResponse, v1::IssueCalendarFeedRequest>("IssueCalendarFeed", As("wang"),
                                                                                    "series: 'meetingSeries/weekly'")),
              HasReason("NOT_FOUND"));
  Do<v1::MeetingSeries, v1::UpdateMeetingSeriesRequest>(
      "UpdateMeetingSeries", Manager(),
      "meeting_series { name: 'meetingSeries/weekly' members: 'employees/wang' } update_mask { paths: 'members' }");
  const v1::ReadCalendarFeedRequest of_series = Issue("wang", "series: 'meetingSeries/weekly'");
  EXPECT_THAT(Call<v1::ReadCalendarFeedResponse>("ReadCalendarFeed", anybody, of_series)->content(), HasSubstr("SUMMARY:Weekly"));
  Do<v1::MeetingSeries, v1::UpdateMeetingSeriesRequest>("UpdateMeetingSeries", Manager(),
                                                        "meeting_series { name: 'meetingSeries/weekly' } update_mask { paths: 'members' }");
  EXPECT_THAT(Call<v1::ReadCalendarFeedResponse>("ReadCalendarFeed", anybody, of_series).status(), HasReason("FEED_KEY_INVALID"))
      << "who was of it once";
  v1::ReadCalendarFeedRequest other = of_zhao;
  other.set_key("00000000000000000000000000000000");
  EXPECT_THAT(Call<v1::ReadCalendarFeedResponse>("ReadCalendarFeed", anybody, other).status(), HasReason("FEED_KEY_INVALID"));
  Do<v1::CalendarFeed, v1::RevokeCalendarFeedRequest>("RevokeCalendarFeed", As("zhao"), "name: '" + of_zhao.name() + "'");
  EXPECT_THAT(Call<v1::ReadCalendarFeedResponse>("ReadCalendarFeed", anybody, of_zhao).status(), HasReason("FEED_KEY_INVALID"));
}

}  // namespace
}  // namespace heitie::planning
