#include "services/planning/notice/absences.h"

#include "heitie/planning/v1/action_item.pb.h"
#include "heitie/planning/v1/meeting.pb.h"
#include "heitie/planning/v1/meeting_series.pb.h"
#include "heitie/planning/v1/progress_report.pb.h"
#include "heitie/planning/v1/urgent_call.pb.h"
#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::IsOk;
using test::Partially;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::ActionItem;
using v1::Notice;

TEST(StandingInTest, CountsTheDaysOfAbsencesThatNameADeputy) {
  const auto employee = test::Proto<personnel::v1::Employee>(R"pb(name: "employees/li"
                                                                  absences {
                                                                    start_date { year: 2026 month: 2 day: 9 }
                                                                    end_date { year: 2026 month: 2 day: 10 }
                                                                    deputy: "employees/mei"
                                                                  }
                                                                  absences {
                                                                    start_date { year: 2026 month: 3 day: 2 }
                                                                    end_date { year: 2026 month: 3 day: 6 }
                                                                  })pb");
  const auto on = [&](int month, int day) { return StandingInOn({employee}, absl::CivilDay(2026, month, day)); };
  EXPECT_THAT(on(2, 8), IsEmpty());
  ASSERT_THAT(on(2, 9), SizeIs(1));
  EXPECT_EQ(on(2, 9)[0].deputy, "employees/mei");
  EXPECT_EQ(on(2, 10)[0].last, absl::CivilDay(2026, 2, 10));
  EXPECT_THAT(on(2, 11), IsEmpty());
  EXPECT_THAT(on(3, 3), IsEmpty()) << "nobody stands in";
}

// The clock stands at the 1st of January 2026, 08:00 in Taipei, a Thursday.
class AbsenceTest : public PlanningTest {
 protected:
  rpc::Call As(const std::string& person) const {
    rpc::Call call = test::By("employees/" + person, {options::v1::ROLE_DEPARTMENT_MEMBER}, clock_.Now());
    call.principal.department = "operations";
    return call;
  }
  // From the 1st to the 3rd.
  void IsAway(const std::string& person, const std::string& deputy) {
    EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                     [&](sql::Session& session) {
                                       return session
                                           .Execute(
                                               "REPLACE INTO mirrored_employees (name, etag, superior, department, absences) VALUES (?, "
                                               "'1', '', 'operations', ?)",
                                               sql::Bind("employees/" + person,
                                                         R"({"absences":[{"start_date":{"year":2026,"month":1,"day":1},"end_date":)"
                                                         R"({"year":2026,"month":1,"day":3},"deputy":"employees/)" +
                                                             deputy + "\"}]}"))
                                           .status();
                                     }),
                IsOk());
  }
  void Give(const std::string& id, const std::string& owner) {
    Do<ActionItem, v1::CreateActionItemRequest>(
        "CreateActionItem", Specialist(),
        absl::StrCat("action_item_id: '", id, "' action_item { title: 'Do ", id, "' owner: 'employees/", owner,
                     "' due_date { year: 2026 month: 1 day: 9 } series: 'meetingSeries/w' }"));
  }
  void HaveSeries() {
    Do<v1::MeetingSeries, v1::CreateMeetingSeriesRequest>(
        "CreateMeetingSeries", Specialist(),
        "meeting_series_id: 'w' meeting_series { title: 'Weekly' kind: KIND_TEAM_WEEKLY chair: 'employees/zhao' departments: 'operations' "
        "schedule { start_date { year: 2026 month: 1 day: 5 } start_clock: '09:30' time_zone: 'Asia/Taipei' duration_minutes: 60 rule: "
        "'FREQ=WEEKLY;BYDAY=MO' day_off_policy: DAY_OFF_POLICY_NEXT } }");
  }
  std::vector<Notice> ToldTo(const std::string& person, const std::string& filter = "") {
    const auto page = Do<v1::ListNoticesResponse, v1::ListNoticesRequest>("ListNotices", As(person), "filter: '" + filter + "'");
    return {page.notices().begin(), page.notices().end()};
  }
  void Pass(absl::Duration duration) {
    clock_.Advance(duration);
    EXPECT_THAT(jobs_.RunDue(), IsOk());
  }
};

TEST_F(AbsenceTest, WhoeverStandsInIsToldWhatComesToWait) {
  HaveSeries();
  Give("before", "li");
  EXPECT_THAT(ToldTo("mei"), IsEmpty());
  IsAway("li", "mei");
  for (const char* id : {"one", "two"}) Give(id, "li");
  ASSERT_THAT(ToldTo("mei"), SizeIs(2)) << "each new thing, not only the first";
  const Notice told = ToldTo("mei")[0];
  EXPECT_THAT(told, Partially(R"pb(subject: "actionItems/one" wording: "item-given")pb"));
  EXPECT_THAT(told.text(), HasSubstr("代理 employees/li：")) << told.text();
  EXPECT_EQ(told.escalates(), ToldTo("li", R"(subject = "actionItems/one")")[0].name());
  // She acts, on record as deputy.
  EXPECT_EQ((Do<ActionItem, v1::FinishActionItemRequest>("FinishActionItem", As("mei"), "name: 'actionItems/one'")).deputy(),
            "employees/mei");
  Pass(absl::Hours(24 * 3));
  Give("after", "li");
  EXPECT_THAT(ToldTo("mei", R"(subject = "actionItems/after")"), IsEmpty());
  EXPECT_THAT((Refused<ActionItem, v1::FinishActionItemRequest>("FinishActionItem", As("mei"), "name: 'actionItems/after'")),
              HasReason("NOT_YOUR_ITEM"));
}

TEST_F(AbsenceTest, RemindersComeToWhoeverStandsIn) {
  HaveSeries();
  Give("one", "li");
  Pass(absl::Hours(24 * 8));  // a day before its day, and later
  EXPECT_THAT(ToldTo("mei"), IsEmpty());
  EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                   [&](sql::Session& session) {
                                     return session
                                         .Execute(
                                             "REPLACE INTO mirrored_employees (name, etag, superior, department, absences) VALUES "
                                             "('employees/li', '1', '', 'operations', ?)",
                                             sql::Bind(R"({"absences":[{"start_date":{"year":2026,"month":1,"day":9},"end_date":{"year":)"
                                                       R"(2026,"month":1,"day":30},"deputy":"employees/mei"}]})"))
                                         .status();
                                   }),
              IsOk());
  for (int i = 0; i < 5; ++i) Pass(absl::Hours(12));
  EXPECT_GE(ToldTo("mei", R"(wording = "item-due")").size(), 2u) << "at the end of the day, and a day later";
}

TEST_F(AbsenceTest, TheyAreToldOnceWhoeverTellsThemAndNotOfWhatTheyDo) {
  HaveSeries();
  IsAway("li", "mei");
  IsAway("mei", "li");
  Give("one", "li");
  EXPECT_THAT(ToldTo("mei", R"(wording = "item-given")"), SizeIs(1));
  EXPECT_THAT(ToldTo("li", R"(wording = "item-given")"), SizeIs(1)) << "who stand in for each other";
  const rpc::Call mei = test::By("employees/mei", {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now());
  Do<ActionItem, v1::CreateActionItemRequest>("CreateActionItem", mei,
                                              "action_item_id: 'two' action_item { title: 'Do' owner: 'employees/li' due_date { year: 2026 "
                                              "month: 1 day: 9 } series: 'meetingSeries/w' }");
  EXPECT_THAT(ToldTo("mei", R"(subject = "actionItems/two")"), IsEmpty()) << "she gave it";
}

// Also to whoever is of another department, for as long.
TEST_F(AbsenceTest, WhoeverStandsInSeesWhatWaitsAndActs) {
  HaveSeries();
  Give("one", "li");
  rpc::Call wu = As("wu");
  wu.principal.department = "finance";
  const auto get = [&] { return Call<ActionItem>("GetActionItem", wu, test::Proto<v1::GetActionItemRequest>("name: 'actionItems/one'")); };
  EXPECT_THAT(get(), HasReason("NOT_FOUND"));
  IsAway("li", "wu");
  absl::SleepFor(absl::Milliseconds(1100));  // the longest that the earlier look counts
  EXPECT_THAT(get(), IsOk());
  EXPECT_EQ((Do<ActionItem, v1::StartActionItemRequest>("StartActionItem", wu, "name: 'actionItems/one'")).deputy(), "employees/wu");
  Give("theirs", "mei");
  EXPECT_THAT((Refused<ActionItem, v1::StartActionItemRequest>("StartActionItem", wu, "name: 'actionItems/theirs'")),
              HasReason("NOT_FOUND"));
}

// Confirmed by whoever stands in, it is told to nobody else.
TEST_F(AbsenceTest, AConfirmationOfWhoeverStandsInEndsTheClimb) {
  IsAway("li", "mei");
  Do<v1::UrgentCall, v1::CreateUrgentCallRequest>("CreateUrgentCall", Specialist(),
                                                  "urgent_call_id: 'u' urgent_call { text: 'Fire' person: 'employees/li' }");
  Pass(absl::Seconds(2));
  ASSERT_THAT(ToldTo("mei"), SizeIs(1));
  EXPECT_EQ(ToldTo("mei")[0].urgency(), Notice::URGENCY_CRITICAL);
  ASSERT_TRUE(ToldTo("li")[0].has_escalate_time());
  Do<Notice, v1::AcknowledgeNoticeRequest>("AcknowledgeNotice", As("mei"), "name: '" + ToldTo("mei")[0].name() + "'");
  EXPECT_FALSE(ToldTo("li")[0].has_escalate_time());
}

TEST_F(AbsenceTest, MeetingsOfAnAbsentChairAreToldToWhoeverStandsIn) {
  const auto publish = [&](const std::string& day) {
    Do<v1::Meeting, v1::PublishAgendaRequest>("PublishAgenda", Specialist(), "name: 'meetingSeries/w/meetings/" + day + "'");
  };
  HaveSeries();
  publish("d20260105");
  EXPECT_THAT(ToldTo("mei"), IsEmpty());
  IsAway("zhao", "mei");
  publish("d20260112");
  EXPECT_THAT(ToldTo("mei", R"(wording = "meeting-agenda")"), SizeIs(1));
  EXPECT_THAT(ToldTo("zhao", R"(wording = "meeting-agenda")"), SizeIs(2)) << "once of each";
  for (int i = 0; i < 4; ++i) Pass(absl::Minutes(1));
  const auto told = ToldTo("mei", R"(wording = "stands-in")");
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_THAT(told[0].text(), HasSubstr("meetingSeries/w/meetings/d20260105, meetingSeries/w/meetings/d20260112"));
}

TEST_F(AbsenceTest, AtItsBeginningTheyAreToldWhatWaits) {
  HaveSeries();
  for (const char* id : {"one", "two"}) Give(id, "li");
  Give("theirs", "wu");
  IsAway("li", "mei");
  for (int i = 0; i < 4; ++i) Pass(absl::Minutes(1));
  const auto told = ToldTo("mei", R"(wording = "stands-in")");
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_THAT(told[0].text(), HasSubstr("2"));
  EXPECT_THAT(told[0].text(), HasSubstr("actionItems/one, actionItems/two"));
  EXPECT_THAT(told[0].text(), HasSubstr("2026-01-03"));
  IsAway("wang", "mei");
  for (int i = 0; i < 2; ++i) Pass(absl::Minutes(1));
  EXPECT_THAT(ToldTo("mei", R"(wording = "stands-in")"), SizeIs(1)) << "nothing waits for wang";
}

}  // namespace
}  // namespace heitie::planning
