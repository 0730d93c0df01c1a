#include "services/planning/meeting/meeting.h"

#include "common/time/day.h"
#include "heitie/planning/v1/plan_duty.pb.h"
#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;
using ::testing::ElementsAre;
using ::testing::SizeIs;
using v1::Meeting;
using v1::MeetingSeries;

// The clock stands at the 1st of January 2026, 08:00 in Taipei, a Thursday.
class MeetingTest : public PlanningTest {
 protected:
  absl::StatusOr<MeetingSeries> TryCreate(const std::string& more = "", const std::string& id = "weekly") {
    auto request = test::Proto<v1::CreateMeetingSeriesRequest>(R"pb(meeting_series {
                                                                      title: "Weekly"
                                                                      kind: KIND_TEAM_WEEKLY
                                                                      chair: "employees/li"
                                                                      secretary: "employees/wang"
                                                                      departments: "operations"
                                                                      schedule {
                                                                        start_date { year: 2026 month: 1 day: 5 }
                                                                        start_clock: "09:30"
                                                                        time_zone: "Asia/Taipei"
                                                                        duration_minutes: 60
                                                                        rule: "FREQ=WEEKLY;BYDAY=MO"
                                                                        day_off_policy: DAY_OFF_POLICY_NEXT
                                                                      }
                                                                    })pb");
    request.set_meeting_series_id(id);
    request.mutable_meeting_series()->MergeFrom(test::Proto<MeetingSeries>(more));
    return Call<MeetingSeries>("CreateMeetingSeries", Specialist(), request);
  }
  std::vector<Meeting> All(const std::string& id = "weekly") {
    const auto page =
        Do<v1::ListMeetingsResponse, v1::ListMeetingsRequest>("ListMeetings", Analyst(), "parent: 'meetingSeries/" + id + "'");
    return {page.meetings().begin(), page.meetings().end()};
  }
  // "d20260105 2026-01-05T01:30:00Z PLANNED".
  std::vector<std::string> Told(const std::string& id = "weekly") {
    std::vector<std::string> told;
    for (const Meeting& meeting : All(id)) {
      told.push_back(absl::StrCat(record::IdOf(meeting.name()), " ",
                                  absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time::ToTime(meeting.start_time()), absl::UTCTimeZone()), " ",
                                  Meeting::State_Name(meeting.state()).substr(6)));
    }
    return told;
  }
  void Pass(absl::Duration time) {
    clock_.Advance(time);
    EXPECT_THAT(jobs_.RunDue(), IsOk());
  }
  rpc::Call Li(const char* who = "employees/li") const { return test::By(who, {options::v1::ROLE_DEPARTMENT_MEMBER}, clock_.Now()); }
};

TEST_F(MeetingTest, MeetingsAreThereAtOnceAndComeWithTheDays) {
  ASSERT_THAT(TryCreate(), IsOk());
  const std::vector<std::string> january{"d20260105 2026-01-05T01:30:00Z PLANNED", "d20260112 2026-01-12T01:30:00Z PLANNED",
                                         "d20260119 2026-01-19T01:30:00Z PLANNED", "d20260126 2026-01-26T01:30:00Z PLANNED",
                                         "d20260202 2026-02-02T01:30:00Z PLANNED"};
  EXPECT_EQ(Told(), january);
  Pass(absl::Seconds(11));
  EXPECT_EQ(Told(), january) << "a look changes nothing";
  Pass(absl::Hours(24 * 60));  // The service slept over two months.
  const std::vector<Meeting> all = All();
  EXPECT_THAT(all, SizeIs(14));
  Pass(absl::Seconds(11));
  EXPECT_THAT(All(), SizeIs(14)) << "each once";
}

TEST_F(MeetingTest, WhatIsNoSeriesIsRefusedInEveryField) {
  EXPECT_THAT(TryCreate("kind: KIND_SINGLE"), HasViolation("meeting_series.schedule.rule", "RULE_OF_SINGLE"));
  EXPECT_THAT(TryCreate("kind: KIND_PROJECT_COORDINATION"), HasViolation("meeting_series.project", "COORDINATES_PROJECT"));
  EXPECT_THAT(TryCreate("schedule { start_date { year: 9999 month: 12 day: 27 } }"),
              HasViolation("meeting_series.schedule.start_date", "DAY_TOO_FAR"));
  EXPECT_THAT(TryCreate("schedule { start_date { day: 6 } }"), HasViolation("meeting_series.schedule.start_date", "START_NOT_IN_RULE"));
  const auto past = TryCreate("schedule { start_date { year: 2025 month: 12 day: 29 } rule: 'X' }");
  EXPECT_THAT(past, HasViolation("meeting_series.schedule.start_date", "MEETS_IN_THE_PAST"));
  EXPECT_THAT(past, HasViolation("meeting_series.schedule.rule", "RULE_UNREADABLE"));
  ASSERT_THAT(TryCreate("standing: true"), IsOk());
  EXPECT_THAT(TryCreate("standing: true", "other"), HasReason("STANDING_TAKEN"));
  EXPECT_THAT(
      (Refused<MeetingSeries, v1::UpdateMeetingSeriesRequest>(
          "UpdateMeetingSeries", Specialist(),
          "meeting_series { name: 'meetingSeries/weekly' schedule { rule: 'FREQ=DAILY' } } update_mask { paths: 'schedule.rule' }")),
      HasViolation("meeting_series.schedule", "SCHEDULE_BY_VERB"));
}

TEST_F(MeetingTest, AChangeFromADayOnLeavesWhatWasHeldOrChangedByHand) {
  ASSERT_THAT(TryCreate(), IsOk());
  Do<Meeting, v1::MoveMeetingRequest>("MoveMeeting", Li(),
                                      "name: 'meetingSeries/weekly/meetings/d20260119' start_time { seconds: 1768870800 } reason: 'Fair'");
  EXPECT_THAT(
      (Refused<Meeting, v1::MoveMeetingRequest>(
          "MoveMeeting", Li(), "name: 'meetingSeries/weekly/meetings/d20260126' start_time { seconds: 253370764800 } reason: 'Never'")),
      HasViolation("start_time", "DAY_TOO_FAR"));
  Do<Meeting, v1::CancelMeetingRequest>("CancelMeeting", Li("employees/wang"),
                                        "name: 'meetingSeries/weekly/meetings/d20260126' reason: 'Fair'");
  const auto changed = Do<MeetingSeries, v1::ChangeMeetingScheduleRequest>("ChangeMeetingSchedule", Li(),
                                                                           R"pb(name: 'meetingSeries/weekly'
                                                                                schedule {
                                                                                  start_date { year: 2026 month: 1 day: 12 }
                                                                                  start_clock: "14:00"
                                                                                  time_zone: "Asia/Taipei"
                                                                                  duration_minutes: 30
                                                                                  rule: "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"
                                                                                  day_off_policy: DAY_OFF_POLICY_NEXT
                                                                                })pb");
  EXPECT_THAT(changed.former_schedules(), SizeIs(1));
  EXPECT_NE(changed.calendar_uid(), changed.former_schedules(0).calendar_uid());
  EXPECT_THAT(Told(), ElementsAre("d20260105 2026-01-05T01:30:00Z PLANNED", "d20260112 2026-01-12T06:00:00Z PLANNED",
                                  "d20260119 2026-01-20T01:00:00Z PLANNED", "d20260126 2026-01-26T01:30:00Z CANCELLED",
                                  "d20260202 2026-02-02T01:30:00Z CANCELLED"));
  EXPECT_EQ(All()[1].calendar_sequence(), 1);
  EXPECT_EQ(All()[4].state_reason(), "The series does not meet then any more.");
}

TEST_F(MeetingTest, MeetingsFollowTheCalendarAndTheChair) {
  ASSERT_THAT(TryCreate(), IsOk());
  clock_.Advance(absl::Seconds(1));
  CalendarArrives("calendars/default/versions/two", RulesForTest({absl::CivilDay(2026, 1, 12)}));
  Pass(absl::Seconds(11));
  EXPECT_THAT(Told()[1], "d20260112 2026-01-13T01:30:00Z PLANNED");
  Do<MeetingSeries, v1::UpdateMeetingSeriesRequest>("UpdateMeetingSeries", Specialist(),
                                                    "meeting_series { name: 'meetingSeries/weekly' chair: 'employees/zhao' }");
  EXPECT_EQ(All()[0].chair(), "employees/zhao");
  Do<MeetingSeries, v1::EndMeetingSeriesRequest>("EndMeetingSeries", Manager(), "name: 'meetingSeries/weekly' reason: 'Enough'");
  for (const Meeting& meeting : All()) EXPECT_EQ(meeting.state(), Meeting::STATE_CANCELLED);
}

TEST_F(MeetingTest, AgendasArePublishedAndMissedMeetingsAskedFor) {
  ASSERT_THAT(TryCreate(), IsOk());
  EXPECT_THAT((Refused<Meeting, v1::HoldMeetingRequest>("HoldMeeting", Li(), "name: 'meetingSeries/weekly/meetings/d20260105'")),
              HasReason("ILLEGAL_TRANSITION"));
  Pass(absl::Hours(24 * 4));  // Monday, 08:00: eight working hours before the meeting are over.
  EXPECT_EQ(All()[0].state(), Meeting::STATE_AGENDA_PUBLISHED);
  EXPECT_EQ(All()[1].state(), Meeting::STATE_PLANNED);
  Pass(absl::Hours(24));
  EXPECT_TRUE(All()[0].has_miss_time());
  const auto duties = [&] {
    return Do<v1::ListPlanDutiesResponse, v1::ListPlanDutiesRequest>("ListPlanDuties", Analyst(), "filter: 'state = STATE_OPEN'")
        .plan_duties();
  };
  ASSERT_THAT(duties(), SizeIs(1));
  EXPECT_EQ(duties()[0].owner(), "employees/li");
  Do<Meeting, v1::HoldMeetingRequest>("HoldMeeting", Li(), "name: 'meetingSeries/weekly/meetings/d20260105'");
  ASSERT_THAT(duties(), SizeIs(1));
  EXPECT_EQ(duties()[0].kind(), v1::PlanDuty::KIND_MINUTES);
  EXPECT_EQ(duties()[0].owner(), "employees/wang");
  const auto closed = Do<Meeting, v1::CloseMeetingRequest>("CloseMeeting", Li(), "name: 'meetingSeries/weekly/meetings/d20260105'");
  EXPECT_EQ(closed.state(), Meeting::STATE_CLOSED);
  EXPECT_THAT((Refused<Meeting, v1::CancelMeetingRequest>("CancelMeeting", Li("employees/stranger"),
                                                          "name: 'meetingSeries/weekly/meetings/d20260112' reason: 'No'")),
              HasReason("NOT_FOUND"));
  EXPECT_THAT((Refused<Meeting, v1::CancelMeetingRequest>("CancelMeeting", Analyst(),
                                                          "name: 'meetingSeries/weekly/meetings/d20260112' reason: 'No'")),
              HasReason("NOT_YOUR_MEETING"));
}

}  // namespace
}  // namespace heitie::planning
