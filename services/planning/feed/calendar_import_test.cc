#include "services/planning/feed/calendar_import.h"

#include <algorithm>
#include <random>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "heitie/planning/v1/action_item.pb.h"
#include "heitie/planning/v1/calendar_feed.pb.h"
#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// The clock of the tests stands at the 1st of January 2026, a Thursday.
const absl::CivilDay kReadOn(2026, 1, 1);

// Ten Mondays from the 1st of December on, of which the 12th of January is left out and the 19th moved; a zone under a name of its own.
constexpr char kFile[] = R"ics(BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Somebody//Calendar//EN
BEGIN:VTIMEZONE
TZID:Taipei Standard Time
X-LIC-LOCATION:Asia/Taipei
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0800
TZOFFSETTO:+0800
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:weekly@example
SEQUENCE:2
SUMMARY:Weekly\, with cake\; and t
 ea
LOCATION:Room 3
DTSTART;TZID=Taipei Standard Time:20251201T093000
DTEND;TZID=Taipei Standard Time:20251201T103000
RRULE:FREQ=WEEKLY;COUNT=10;BYDAY=MO;WKST=MO
EXDATE;TZID=Taipei Standard Time:20260112T093000
BEGIN:VALARM
ACTION:DISPLAY
TRIGGER:-PT10M
END:VALARM
END:VEVENT
BEGIN:VEVENT
UID:weekly@example
RECURRENCE-ID;TZID=Taipei Standard Time:20260119T093000
DTSTART:20260120T060000Z
DURATION:PT30M
SUMMARY:Weekly
LOCATION:Room 4
END:VEVENT
BEGIN:VEVENT
UID:party@example
SUMMARY:Party
DTSTART;TZID=Asia/Taipei:20260110T190000
DTEND;TZID=Asia/Taipei:20260110T220000
END:VEVENT
BEGIN:VEVENT
UID:last-year@example
SUMMARY:Last year
DTSTART;TZID=Asia/Taipei:20251210T190000
DTEND;TZID=Asia/Taipei:20251210T220000
END:VEVENT
END:VCALENDAR
)ics";

CalendarRead ReadText(const std::string& text) {
  return ReadCalendar(absl::StrReplaceAll(text, {{"\n", "\r\n"}}), "Asia/Taipei", kReadOn, status::Language::kEnglish);
}
// "uid REASON" of each finding.
std::vector<std::string> FindingsOf(const CalendarRead& read) {
  std::vector<std::string> findings;
  for (const v1::CalendarFinding& finding : read.findings) findings.push_back(finding.uid() + " " + finding.reason());
  return findings;
}
// An event with these lines.
std::string EventOf(const std::string& lines) {
  return "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:x\nSUMMARY:x\n" + lines + "\nEND:VEVENT\nEND:VCALENDAR\n";
}
std::vector<std::string> FindingsOf(const std::string& lines) { return FindingsOf(ReadText(EventOf(lines))); }

TEST(CalendarReadingTest, WhatIsToComeIsTakenAsItIs) {
  const CalendarRead read = ReadText(kFile);
  EXPECT_THAT(FindingsOf(read), ElementsAre("last-year@example CALENDAR_OVER"));
  EXPECT_FALSE(read.Blocks());
  ASSERT_THAT(read.series, SizeIs(2));
  const SeriesInFile& weekly = read.series[0];
  EXPECT_EQ(weekly.title, "Weekly, with cake; and tea");
  EXPECT_EQ(weekly.place, "Room 3");
  EXPECT_EQ(time::ToDay(weekly.schedule.start_date()), absl::CivilDay(2026, 1, 5));
  EXPECT_EQ(weekly.schedule.start_clock(), "09:30");
  EXPECT_EQ(weekly.schedule.time_zone(), "Asia/Taipei");
  EXPECT_EQ(weekly.schedule.duration_minutes(), 60);
  EXPECT_THAT(weekly.schedule.rule(), HasSubstr("COUNT=5")) << "of ten, five are over";
  ASSERT_THAT(weekly.schedule.skipped_dates(), SizeIs(1));
  EXPECT_EQ(time::ToDay(weekly.schedule.skipped_dates(0)), absl::CivilDay(2026, 1, 12));
  ASSERT_THAT(weekly.moved, SizeIs(1));
  EXPECT_EQ(weekly.moved[0].rule_date, absl::CivilDay(2026, 1, 19));
  EXPECT_EQ(weekly.moved[0].start, absl::FromUnixSeconds(1768888800));
  EXPECT_EQ(weekly.moved[0].minutes, 30);
  EXPECT_EQ(weekly.moved[0].place, "Room 4");
  EXPECT_EQ(read.series[1].schedule.rule(), "");
}

TEST(CalendarReadingTest, AnEndIsTheLastDayOnWhichItStillBegins) {
  const auto rule = [](const std::string& until) {
    const CalendarRead read = ReadText(EventOf("DTSTART;TZID=Asia/Taipei:20260105T093000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=" + until));
    return read.series.empty() ? FindingsOf(read)[0] : read.series[0].schedule.rule();
  };
  EXPECT_THAT(rule("20260110"), HasSubstr("UNTIL=20260110"));
  EXPECT_THAT(rule("20260110T013000Z"), HasSubstr("UNTIL=20260110")) << "09:30 in Taipei";
  EXPECT_THAT(rule("20260110T012959Z"), HasSubstr("UNTIL=20260109"));
}

TEST(CalendarReadingTest, WhatMeetingsHaveNothingForKeepsTheFileOut) {
  const std::string times = "DTSTART;TZID=Asia/Taipei:20260105T093000\nDURATION:PT1H\n";
  EXPECT_THAT(FindingsOf("DTSTART;VALUE=DATE:20260105"), ElementsAre("x CALENDAR_WHOLE_DAY"));
  EXPECT_THAT(FindingsOf("DTSTART;TZID=Mars/Olympus:20260105T093000\nDURATION:PT1H"), ElementsAre("x CALENDAR_ZONE_UNKNOWN"));
  EXPECT_THAT(FindingsOf("DTSTART;TZID=../../etc/passwd:20260105T093000\nDURATION:PT1H"), ElementsAre("x CALENDAR_ZONE_UNKNOWN"));
  EXPECT_THAT(FindingsOf("DTSTART;TZID=Asia/Taipei:20260105T093000"), ElementsAre("x CALENDAR_LENGTH"));
  EXPECT_THAT(FindingsOf("DTSTART;TZID=Asia/Taipei:20260105T093000\nDURATION:P2D"), ElementsAre("x CALENDAR_LENGTH"));
  EXPECT_THAT(FindingsOf(times + "RRULE:FREQ=SECONDLY"), ElementsAre("x RULE_FORM_REFUSED"));
  EXPECT_THAT(FindingsOf(times + "RRULE:FREQ=WEEKLY;BYDAY=TU"), ElementsAre("x START_NOT_IN_RULE"));
  EXPECT_THAT(FindingsOf(times + "RRULE:FREQ=DAILY\nRDATE;TZID=Asia/Taipei:20260131T093000"), ElementsAre("x CALENDAR_PART_LEFT"));
  EXPECT_THAT(FindingsOf(times + "RRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY"), ElementsAre("x CALENDAR_PART_LEFT"));
  EXPECT_THAT(FindingsOf(times + "RRULE:FREQ=NEVER"), ElementsAre("x CALENDAR_UNREADABLE"));
  EXPECT_THAT(FindingsOf(times + "STATUS:CANCELLED"), ElementsAre("x CALENDAR_CANCELLED"));
  EXPECT_THAT(FindingsOf(times + "RECURRENCE-ID:20260106T013000Z"), ElementsAre("x CALENDAR_OF_NO_SERIES"));
  EXPECT_THAT(FindingsOf(ReadText("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\n" + times + "END:VEVENT\nEND:VCALENDAR\n")),
              ElementsAre(" CALENDAR_NO_UID"));
}

TEST(CalendarReadingTest, HostileFilesCostNoMoreThanTheirSize) {
  EXPECT_THAT(FindingsOf(ReadText("")), ElementsAre(" CALENDAR_UNREADABLE"));
  EXPECT_THAT(FindingsOf(ReadText("\xff\xfe")), ElementsAre(" CALENDAR_UNREADABLE"));
  EXPECT_THAT(FindingsOf(ReadText(std::string("BEGIN:VCALENDAR\n\0END:VCALENDAR", 31))), ElementsAre(" CALENDAR_UNREADABLE"));
  EXPECT_THAT(FindingsOf(ReadText("BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n")), ElementsAre(" CALENDAR_UNREADABLE"));
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "BEGIN:VEVENT\n";
  EXPECT_THAT(FindingsOf(ReadText(deep)), ElementsAre(" CALENDAR_TOO_LARGE"));
  EXPECT_THAT(FindingsOf(ReadText(EventOf("DESCRIPTION:" + std::string(900'000, 'x')))), ElementsAre(" CALENDAR_TOO_LARGE"));
  EXPECT_THAT(FindingsOf(ReadText(std::string(900'000, '\n'))), ElementsAre(" CALENDAR_TOO_LARGE"));
}

TEST(CalendarReadingTest, WhateverBytesAreInAFileItEnds) {
  std::mt19937 random(7);
  const std::string file = kFile;
  int taken = 0;
  for (int round = 0; round < 400; ++round) {
    std::string spoilt = file;
    for (int i = 0; i < 1 + static_cast<int>(random() % 4); ++i) {
      const size_t at = random() % spoilt.size();
      switch (random() % 3) {
        case 0:
          spoilt[at] = static_cast<char>(random());
          break;
        case 1:
          spoilt.erase(at, random() % 40);
          break;
        default:
          spoilt.insert(at, file.substr(random() % file.size(), random() % 40));
      }
    }
    const CalendarRead read = ReadText(spoilt);
    EXPECT_TRUE(read.Blocks() || read.series.size() <= 3);
    taken += read.Blocks() ? 0 : 1;
  }
  EXPECT_GT(taken, 20);
}

class CalendarImportTest : public PlanningTest {
 protected:
  absl::StatusOr<v1::ImportCalendarResponse> Import(const std::string& more = "", const std::string& file = kFile) {
    auto request = test::Proto<v1::ImportCalendarRequest>("chair: 'employees/zhao' departments: 'operations' " + more);
    request.set_data(file);
    return Call<v1::ImportCalendarResponse>("ImportCalendar", Specialist(), request);
  }
  // "d20260105 01-05 09:30 Room 3" of each meeting.
  std::vector<std::string> MeetingsOf(const std::string& series) {
    const auto page = Do<v1::ListMeetingsResponse, v1::ListMeetingsRequest>("ListMeetings", Analyst(), "parent: '" + series + "'");
    std::vector<std::string> meetings;
    for (const v1::Meeting& meeting : page.meetings()) {
      meetings.push_back(absl::StrCat(record::IdOf(meeting.name()), " ",
                                      absl::FormatTime("%m-%d %H:%M", time::ToTime(meeting.start_time()), service::DefaultTimeZone()), " ",
                                      meeting.place()));
    }
    return meetings;
  }
};

TEST_F(CalendarImportTest, MeetingsComeOverOnce) {
  const auto tried = Import("validate_only: true");
  ASSERT_THAT(tried, IsOk());
  EXPECT_THAT(tried->meeting_series(), SizeIs(2));
  EXPECT_TRUE(absl::IsNotFound(
      Refused<v1::MeetingSeries, v1::GetMeetingSeriesRequest>("GetMeetingSeries", Analyst(), "name: '" + tried->meeting_series(0) + "'")));
  const auto taken = Import("media_type: 'text/calendar; charset=utf-8'");
  ASSERT_THAT(taken, IsOk());
  ASSERT_THAT(taken->meeting_series(), SizeIs(2));
  EXPECT_THAT(MeetingsOf(taken->meeting_series(0)), ElementsAre("d20260105 01-05 09:30 Room 3", "d20260119 01-20 14:00 Room 4",
                                                                "d20260126 01-26 09:30 Room 3", "d20260202 02-02 09:30 Room 3"));
  const auto weekly =
      Do<v1::MeetingSeries, v1::GetMeetingSeriesRequest>("GetMeetingSeries", Analyst(), "name: '" + taken->meeting_series(0) + "'");
  EXPECT_EQ(weekly.calendar_uid(), "weekly@example") << "who has both sees it once";
  EXPECT_EQ(weekly.kind(), v1::MeetingSeries::KIND_TEAM_WEEKLY);
  EXPECT_THAT(MeetingsOf(taken->meeting_series(1)), IsEmpty()) << "the 10th is a Saturday";
  const auto again = Import();
  ASSERT_THAT(again, IsOk());
  EXPECT_THAT(again->meeting_series(), IsEmpty());
  ASSERT_THAT(again->findings(), SizeIs(3));
  EXPECT_EQ(again->findings(1).reason(), "CALENDAR_KNOWN");
  EXPECT_THAT(again->findings(1).statement(), HasSubstr(taken->meeting_series(0)));
}

TEST_F(CalendarImportTest, WhatIsNewerIsFollowedAndWhatIsOlderIsNot) {
  const std::string series = Import()->meeting_series(0);
  const auto again = [&](std::vector<std::pair<absl::string_view, absl::string_view>> changes) {
    const auto response = Import("", absl::StrReplaceAll(kFile, changes));
    EXPECT_THAT(response, IsOk());
    return response.value_or(v1::ImportCalendarResponse());
  };
  const auto reasons = [](const v1::ImportCalendarResponse& response, const std::string& uid) {
    std::vector<std::string> reasons;
    for (const v1::CalendarFinding& finding : response.findings()) {
      if (finding.uid() == uid) reasons.push_back(finding.reason());
    }
    return reasons;
  };
  // The same version with other times is known, and an older one is told to be older.
  EXPECT_THAT(reasons(again({{"T093000", "T110000"}, {"T103000", "T120000"}}), "weekly@example"), ElementsAre("CALENDAR_KNOWN"));
  EXPECT_THAT(reasons(again({{"SEQUENCE:2", "SEQUENCE:1"}, {"T093000", "T110000"}, {"T103000", "T120000"}}), "weekly@example"),
              ElementsAre("CALENDAR_OLDER"));
  EXPECT_THAT(MeetingsOf(series), ElementsAre("d20260105 01-05 09:30 Room 3", "d20260119 01-20 14:00 Room 4",
                                              "d20260126 01-26 09:30 Room 3", "d20260202 02-02 09:30 Room 3"));
  // A newer one has other hours, another place, meets on the 12th, and moves the 26th instead of the 19th.
  const auto newer =
      again({{"SEQUENCE:2", "SEQUENCE:3"},
             {"SUMMARY:Weekly\\, with", "SUMMARY:Weekly\\, without"},
             {"LOCATION:Room 3", "LOCATION:Room 5"},
             {"20251201T093000", "20251201T110000"},
             {"20251201T103000", "20251201T120000"},
             {"EXDATE;TZID=Taipei Standard Time:20260112T093000\n", ""},
             {"RECURRENCE-ID;TZID=Taipei Standard Time:20260119T093000", "RECURRENCE-ID;TZID=Taipei Standard Time:20260126T110000"},
             {"DTSTART:20260120T060000Z", "DTSTART:20260127T060000Z"}});
  EXPECT_THAT(newer.meeting_series(), IsEmpty());
  EXPECT_THAT(newer.changed_meeting_series(), ElementsAre(series));
  EXPECT_THAT(reasons(newer, "weekly@example"), IsEmpty());
  EXPECT_THAT(MeetingsOf(series),
              ElementsAre("d20260105 01-05 11:00 Room 5", "d20260112 01-12 11:00 Room 5", "d20260119 01-19 11:00 Room 5",
                          "d20260126 01-27 14:00 Room 4", "d20260202 02-02 11:00 Room 5"));
  const auto kept = Do<v1::MeetingSeries, v1::GetMeetingSeriesRequest>("GetMeetingSeries", Analyst(), "name: '" + series + "'");
  EXPECT_EQ(kept.title(), "Weekly, without cake; and tea");
  EXPECT_EQ(kept.calendar_uid(), "weekly@example");
  EXPECT_EQ(kept.chair(), "employees/zhao");
  EXPECT_THAT(reasons(again({}), "weekly@example"), ElementsAre("CALENDAR_OLDER"));
}

// A version of an event: a rule from some day on, at some hour and place, of which instances are left out, cancelled or moved.
std::string VersionOf(const std::string& uid, int sequence, std::mt19937& random) {
  const auto below = [&](int count) { return static_cast<int>(random() % static_cast<unsigned>(count)); };
  const int step = 1 + below(3), first = 5 + below(4), hour = 9 + below(8);
  const auto at = [&](int day, int on_hour) { return absl::StrFormat(";TZID=Asia/Taipei:202601%02dT%02d0000\n", day, on_hour); };
  std::string text =
      absl::StrCat("BEGIN:VEVENT\nUID:", uid, "\nSEQUENCE:", sequence, "\nSUMMARY:V", sequence, "\nLOCATION:Room ", below(3), "\nDTSTART",
                   at(first, hour), "DURATION:PT1H\nRRULE:FREQ=DAILY;INTERVAL=", step, below(2) == 0 ? "" : ";COUNT=7", "\n");
  std::string changes;
  for (int i = 0; i < 6; ++i) {
    const int day = first + i * step;
    const int what = below(6);
    if (what == 0) absl::StrAppend(&text, "EXDATE", at(day, hour));
    if (what > 2 || what == 0) continue;
    absl::StrAppend(&changes, "BEGIN:VEVENT\nUID:", uid, "\nSEQUENCE:", below(3), "\nRECURRENCE-ID", at(day, hour), "DTSTART",
                    at(day + below(2), 8 + below(10)), "DURATION:PT30M\n", what == 1 ? "STATUS:CANCELLED\n" : "", "END:VEVENT\n");
  }
  return absl::StrCat("BEGIN:VCALENDAR\nVERSION:2.0\n", text, "END:VEVENT\n", changes, "END:VCALENDAR\n");
}

TEST_F(CalendarImportTest, InWhateverOrderVersionsComeTheNewestIsFollowed) {
  std::mt19937 random(18);
  const auto to_come = [&](const std::string& series) {
    const auto page = Do<v1::ListMeetingsResponse, v1::ListMeetingsRequest>("ListMeetings", Analyst(),
                                                                            "filter: 'state = STATE_PLANNED' parent: '" + series + "'");
    std::vector<std::string> meetings;
    for (const v1::Meeting& meeting : page.meetings()) {
      meetings.push_back(absl::StrCat(record::IdOf(meeting.name()), " ", absl::FormatTime(time::ToTime(meeting.start_time())), " ",
                                      absl::FormatTime(time::ToTime(meeting.end_time())), " ", meeting.place()));
    }
    return meetings;
  };
  for (int round = 0; round < 25 && !HasFailure(); ++round) {
    const std::string uid = absl::StrCat("r", round), alone = absl::StrCat("alone", round);
    std::vector<std::string> versions;
    for (int sequence = 0; sequence < 4; ++sequence) versions.push_back(VersionOf(uid, sequence, random));
    const std::string newest = versions.back();
    std::shuffle(versions.begin(), versions.end(), random);
    std::string series;
    for (const std::string& version : versions) {
      const auto response = Import("", version);
      ASSERT_THAT(response, IsOk()) << version;
      if (series.empty()) series = response->meeting_series(0);
    }
    const auto expected = Import("", absl::StrReplaceAll(newest, {{"UID:" + uid, "UID:" + alone}}));
    ASSERT_THAT(expected, IsOk());
    EXPECT_EQ(to_come(series), to_come(expected->meeting_series(0))) << absl::StrJoin(versions, "\n");
  }
}

TEST_F(CalendarImportTest, WhatMetOnceMeetsAgainAndAgain) {
  const std::string party = Import("day_off_policy: DAY_OFF_POLICY_PREVIOUS")->meeting_series(1);
  EXPECT_THAT(MeetingsOf(party), ElementsAre("d20260110 01-09 19:00 "));
  const auto newer =
      Import("", absl::StrReplaceAll(kFile, {{"UID:party@example", "UID:party@example\nSEQUENCE:1\nRRULE:FREQ=WEEKLY;COUNT=2"}}));
  ASSERT_THAT(newer, IsOk());
  EXPECT_THAT(newer->changed_meeting_series(), ElementsAre(party));
  EXPECT_THAT(MeetingsOf(party), ElementsAre("d20260110 01-09 19:00 ", "d20260117 01-16 19:00 "))
      << "its days off are dealt with as before";
  EXPECT_EQ((Do<v1::MeetingSeries, v1::GetMeetingSeriesRequest>("GetMeetingSeries", Analyst(), "name: '" + party + "'")).kind(),
            v1::MeetingSeries::KIND_TEAM_WEEKLY);
}

TEST_F(CalendarImportTest, SingleInstancesFollowByThemselves) {
  const std::string series = Import()->meeting_series(0);
  const auto change = [&](const std::string& id, const std::string& lines) {
    const auto response = Import("",
                                 "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:weekly@example\nSUMMARY:Weekly\n"
                                 "RECURRENCE-ID;TZID=Asia/Taipei:" +
                                     id + "T093000\n" + lines + "END:VEVENT\nEND:VCALENDAR\n");
    EXPECT_THAT(response, IsOk());
    return response.value_or(v1::ImportCalendarResponse());
  };
  const std::string times = "DTSTART;TZID=Asia/Taipei:20260127T150000\nDURATION:PT1H\n";
  const auto moved = change("20260126", times + "SEQUENCE:1\n");
  EXPECT_THAT(moved.changed_meeting_series(), ElementsAre(series));
  EXPECT_THAT(moved.findings(), IsEmpty());
  EXPECT_EQ(change("20260126", times + "SEQUENCE:1\n").findings(0).reason(), "CALENDAR_KNOWN");
  EXPECT_THAT(MeetingsOf(series), ElementsAre("d20260105 01-05 09:30 Room 3", "d20260119 01-20 14:00 Room 4",
                                              "d20260126 01-27 15:00 Room 3", "d20260202 02-02 09:30 Room 3"));
  // What somebody here moves since stays where the file has nothing newer of it.
  Do<v1::Meeting, v1::MoveMeetingRequest>(
      "MoveMeeting", Specialist(), "name: '" + series + "/meetings/d20260105' reason: 'A holiday' start_time { seconds: 1767668400 }");
  Do<v1::Meeting, v1::MoveMeetingRequest>(
      "MoveMeeting", Specialist(), "name: '" + series + "/meetings/d20260119' reason: 'A holiday' start_time { seconds: 1768957200 }");
  EXPECT_THAT(change("20260126", times + "SEQUENCE:2\nSTATUS:CANCELLED\n").changed_meeting_series(), ElementsAre(series));
  const auto state = [&](const std::string& id) {
    return Do<v1::Meeting, v1::GetMeetingRequest>("GetMeeting", Analyst(), "name: '" + series + "/meetings/" + id + "'").state();
  };
  EXPECT_EQ(state("d20260126"), v1::Meeting::STATE_CANCELLED);
  const auto newer = Import("", absl::StrReplaceAll(kFile, {{"SEQUENCE:2", "SEQUENCE:3"}, {"Room 3", "Room 6"}}));
  EXPECT_THAT(newer->changed_meeting_series(), ElementsAre(series));
  EXPECT_THAT(MeetingsOf(series), ElementsAre("d20260105 01-06 11:00 Room 3", "d20260119 01-21 09:00 Room 4",
                                              "d20260126 01-26 09:30 Room 6", "d20260202 02-02 09:30 Room 6"))
      << "the whole says nothing of the 26th any more";
  EXPECT_EQ(change("20260301", times).findings(0).reason(), "CALENDAR_MOVE_LATER");
  // Many at once, of which one meeting is not planned yet.
  std::string many = "BEGIN:VCALENDAR\nVERSION:2.0\n";
  for (const char* day : {"20260126", "20260202", "20260302"}) {
    absl::StrAppend(&many, "BEGIN:VEVENT\nUID:weekly@example\nSEQUENCE:7\nRECURRENCE-ID;TZID=Asia/Taipei:", day,
                    "T093000\nDTSTART;TZID=Asia/Taipei:", day, "T170000\nDURATION:PT1H\nEND:VEVENT\n");
  }
  const auto several = Import("", many + "END:VCALENDAR\n");
  ASSERT_THAT(several, IsOk());
  EXPECT_THAT(several->changed_meeting_series(), ElementsAre(series));
  ASSERT_THAT(several->findings(), SizeIs(1));
  EXPECT_EQ(several->findings(0).reason(), "CALENDAR_MOVE_LATER");
  EXPECT_THAT(MeetingsOf(series), ElementsAre("d20260105 01-06 11:00 Room 3", "d20260119 01-21 09:00 Room 4",
                                              "d20260126 01-26 17:00 Room 6", "d20260202 02-02 17:00 Room 6"));
  EXPECT_EQ(Import("", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:nobody@example\nRECURRENCE-ID:20260126T013000Z\n" + times +
                           "END:VEVENT\nEND:VCALENDAR\n")
                ->findings(0)
                .reason(),
            "CALENDAR_OF_NO_SERIES");
}

TEST_F(CalendarImportTest, WhatIsOverOrCancelledEnds) {
  const auto taken = Import("day_off_policy: DAY_OFF_POLICY_NEXT");
  const std::string weekly = taken->meeting_series(0), party = taken->meeting_series(1);
  EXPECT_THAT(
      Import("", absl::StrReplaceAll(kFile, {{"UID:party@example", "UID:party@example\nSTATUS:CANCELLED"}}))->changed_meeting_series(),
      IsEmpty())
      << "no newer";
  const std::string ended = absl::StrReplaceAll(
      kFile,
      {{"UID:party@example", "UID:party@example\nSEQUENCE:1\nSTATUS:CANCELLED"}, {"SEQUENCE:2", "SEQUENCE:4"}, {"COUNT=10", "COUNT=3"}});
  // What it leaves open has no other list yet: then nothing of the file is followed.
  Do<v1::ActionItem, v1::CreateActionItemRequest>(
      "CreateActionItem", Specialist(),
      "action_item { title: 'Ask' owner: 'employees/li' series: '" + weekly + "' due_date { year: 2026 month: 1 day: 7 } }");
  EXPECT_THAT(Import("", ended).status(), HasReason("NO_STANDING_MEETING"));
  const auto state = [&](const std::string& name) {
    return Do<v1::MeetingSeries, v1::GetMeetingSeriesRequest>("GetMeetingSeries", Analyst(), "name: '" + name + "'").state();
  };
  EXPECT_EQ(state(party), v1::MeetingSeries::STATE_ACTIVE);
  auto standing = test::Proto<v1::CreateMeetingSeriesRequest>(R"pb(meeting_series {
                                                                     title: "Monthly"
                                                                     kind: KIND_TEAM_MONTHLY
                                                                     chair: "employees/zhao"
                                                                     departments: "operations"
                                                                     standing: true
                                                                     schedule {
                                                                       start_date { year: 2026 month: 1 day: 5 }
                                                                       start_clock: "16:00"
                                                                       time_zone: "Asia/Taipei"
                                                                       duration_minutes: 60
                                                                       rule: "FREQ=MONTHLY"
                                                                       day_off_policy: DAY_OFF_POLICY_NEXT
                                                                     }
                                                                   })pb");
  ASSERT_THAT(Call<v1::MeetingSeries>("CreateMeetingSeries", Specialist(), standing), IsOk());
  const auto now = Import("", ended);
  ASSERT_THAT(now, IsOk());
  EXPECT_THAT(now->changed_meeting_series(), ElementsAre(weekly, party));
  EXPECT_EQ(state(weekly), v1::MeetingSeries::STATE_ENDED);
  EXPECT_EQ(state(party), v1::MeetingSeries::STATE_ENDED);
  const auto revived = Import("", absl::StrReplaceAll(kFile, {{"SEQUENCE:2", "SEQUENCE:5"}}));
  EXPECT_THAT(revived->changed_meeting_series(), IsEmpty());
  EXPECT_EQ(revived->findings(1).reason(), "CALENDAR_CHANGED_HERE");
}

TEST_F(CalendarImportTest, AFileIsTakenAsAWholeOrNotAtAll) {
  const auto refused = Import("", absl::StrReplaceAll(kFile, {{"UID:party@example", "UID:party@example\nRDATE:20260301T010000Z"}}));
  ASSERT_THAT(refused, IsOk());
  EXPECT_THAT(refused->meeting_series(), IsEmpty());
  EXPECT_THAT(Import("kind: KIND_SINGLE"), HasViolation("kind", "IMPORT_KIND"));
  EXPECT_THAT(Import("media_type: 'text/html'").status(), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(Import()->meeting_series(), SizeIs(2)) << "nothing was known";
}

TEST_F(CalendarImportTest, OnesOwnFeedIsKnown) {
  const auto taken = Import("day_off_policy: DAY_OFF_POLICY_NEXT");
  ASSERT_THAT(taken, IsOk());
  const rpc::Call zhao = test::By("employees/zhao", {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now());
  const auto issued = Do<v1::IssueCalendarFeedResponse, v1::IssueCalendarFeedRequest>("IssueCalendarFeed", zhao, "");
  v1::ReadCalendarFeedRequest read;
  read.set_name(issued.calendar_feed());
  read.set_key(issued.key());
  const auto feed = Call<v1::ReadCalendarFeedResponse>("ReadCalendarFeed", zhao, read);
  ASSERT_THAT(feed, IsOk());
  EXPECT_THAT(feed->content(), HasSubstr("EXDATE;TZID=Asia/Taipei:20260112T093000"));
  const auto again = Import("", feed->content());
  ASSERT_THAT(again, IsOk());
  EXPECT_THAT(again->meeting_series(), IsEmpty());
  for (const v1::CalendarFinding& finding : again->findings()) EXPECT_EQ(finding.reason(), "CALENDAR_KNOWN");
}

}  // namespace
}  // namespace heitie::planning
