#include "services/planning/followup/action_item.h"

#include "services/planning/followup/reminders.h"
#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::ActionItem;
using v1::Meeting;
using v1::MeetingSeries;

v1::MeetingPolicy Ladder() {
  return test::Proto<v1::MeetingPolicy>(R"pb(reminder_steps { after_seconds: -86400 recipient: RECIPIENT_OWNER }
                                             reminder_steps { after_seconds: 0 recipient: RECIPIENT_OWNER }
                                             reminder_steps { after_seconds: 86400 recipient: RECIPIENT_SUPERIOR })pb");
}

TEST(RemindersTest, EachStepIsDueOnceAndOnlyTheLastOfThoseThatWereSleptOver) {
  const absl::Time end = absl::FromUnixSeconds(1000000);
  const auto next = [&](int done, int64_t since) { return NextReminderOf(Ladder(), end, done, end + absl::Seconds(since)); };
  EXPECT_EQ(next(0, -100000)->time, end - absl::Seconds(86400));
  EXPECT_EQ(next(0, -80000)->step, 0) << "late, but nothing else is due yet";
  EXPECT_EQ(next(0, 5)->step, 1);
  EXPECT_EQ(next(0, 90000)->step, 2);
  EXPECT_EQ(next(2, 5)->time, end + absl::Seconds(86400));
  EXPECT_EQ(next(3, 90000), std::nullopt);
  EXPECT_EQ(StepsOver(Ladder(), end, end - absl::Seconds(86401)), 0);
  EXPECT_EQ(StepsOver(Ladder(), end, end - absl::Seconds(100)), 1);
  EXPECT_EQ(EndOfDay(absl::CivilDay(2026, 2, 28), absl::UTCTimeZone()), absl::FromCivil(absl::CivilDay(2026, 3, 1), absl::UTCTimeZone()));
}

// The clock stands at the 1st of January 2026, 08:00 in Taipei, a Thursday.
class ActionItemTest : public PlanningTest {
 protected:
  void CreateSeries(const std::string& id, const std::string& more) {
    auto request = test::Proto<v1::CreateMeetingSeriesRequest>(R"pb(meeting_series {
                                                                      title: "Weekly"
                                                                      kind: KIND_TEAM_WEEKLY
                                                                      chair: "employees/zhao"
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
    EXPECT_THAT(Call<MeetingSeries>("CreateMeetingSeries", Specialist(), request), IsOk());
  }
  absl::StatusOr<ActionItem> TryCreate(const std::string& more = "", const std::string& id = "ask") {
    auto request = test::Proto<v1::CreateActionItemRequest>(R"pb(action_item {
                                                                   title: "Ask the printer"
                                                                   owner: "employees/li"
                                                                   due_date { year: 2026 month: 1 day: 7 }
                                                                   department: "operations"
                                                                 })pb");
    request.set_action_item_id(id);
    request.mutable_action_item()->MergeFrom(test::Proto<ActionItem>(more));
    return Call<ActionItem>("CreateActionItem", Specialist(), request);
  }
  ActionItem Item(const std::string& id = "ask") {
    return Do<ActionItem, v1::GetActionItemRequest>("GetActionItem", Analyst(), "name: 'actionItems/" + id + "'");
  }
  rpc::Call As(const std::string& who) const { return test::By("employees/" + who, {options::v1::ROLE_DEPARTMENT_MEMBER}, clock_.Now()); }
  void Pass(absl::Duration time) {
    clock_.Advance(time);
    EXPECT_THAT(jobs_.RunDue(), IsOk());
  }
  std::vector<std::string> Violations() {
    std::vector<std::string> violations;
    const auto audit = Do<v1::AuditFollowUpResponse, v1::AuditFollowUpRequest>("AuditFollowUp", Analyst(), "");
    for (const auto& one : audit.violations()) {
      violations.push_back(absl::StrCat(v1::FollowUpViolation::Rule_Name(one.rule()).substr(5), " ", one.resource()));
    }
    return violations;
  }
};

TEST_F(ActionItemTest, OwnersActWhateverTheirRoleAndWhomItIsOwedSaysWhetherItIsDone) {
  EXPECT_THAT(TryCreate(), HasReason("NO_STANDING_MEETING"));
  CreateSeries("weekly", "standing: true");
  EXPECT_THAT(TryCreate("due_date { year: 2025 }"), HasViolation("action_item.due_date", "DUE_DAY_OVER"));
  EXPECT_THAT(TryCreate("due_date { year: 9999 }"), HasViolation("action_item.due_date", "DAY_TOO_FAR"));
  ASSERT_THAT(TryCreate(), IsOk());
  EXPECT_EQ(Item().series(), "meetingSeries/weekly");
  EXPECT_EQ(Item().owed_to(), "employees/zhao");
  const std::string name = "name: 'actionItems/ask'";
  EXPECT_THAT((Refused<ActionItem, v1::StartActionItemRequest>("StartActionItem", Manager(), name)), HasReason("NOT_YOUR_ITEM"));
  EXPECT_THAT((Refused<ActionItem, v1::StartActionItemRequest>("StartActionItem", As("stranger"), name)), HasReason("NOT_FOUND"));
  Do<ActionItem, v1::StartActionItemRequest>("StartActionItem", As("li"), name);
  Do<ActionItem, v1::FinishActionItemRequest>("FinishActionItem", As("li"), name);
  EXPECT_THAT((Refused<ActionItem, v1::VerifyActionItemRequest>("VerifyActionItem", As("li"), name)), HasReason("NOT_OWED_TO_YOU"));
  EXPECT_EQ((Do<ActionItem, v1::SendBackActionItemRequest>("SendBackActionItem", As("zhao"), name + " reason: 'No price'")).state(),
            ActionItem::STATE_IN_PROGRESS);
  Do<ActionItem, v1::FinishActionItemRequest>("FinishActionItem", As("li"), name);
  EXPECT_EQ((Do<ActionItem, v1::VerifyActionItemRequest>("VerifyActionItem", As("zhao"), name)).state(), ActionItem::STATE_VERIFIED);
  EXPECT_FALSE(Item().has_remind_time());
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(ActionItemTest, PostponingIsCountedAndBeyondThatAManagersMatter) {
  CreateSeries("weekly", "standing: true");
  ASSERT_THAT(TryCreate(), IsOk());
  const auto postpone = [&](const rpc::Call& call, int day) {
    return Call<ActionItem>("PostponeActionItem", call,
                            test::Proto<v1::PostponeActionItemRequest>(absl::StrCat(
                                "name: 'actionItems/ask' reason: 'No answer' due_date { year: 2026 month: 1 day: ", day, " }")));
  };
  EXPECT_THAT(postpone(As("li"), 7), HasViolation("due_date", "NOT_LATER"));
  EXPECT_THAT((Refused<ActionItem, v1::PostponeActionItemRequest>(
                  "PostponeActionItem", As("li"), "name: 'actionItems/ask' reason: 'Never' due_date { year: 9999 month: 1 day: 1 }")),
              HasViolation("due_date", "DAY_TOO_FAR"));
  EXPECT_THAT(postpone(As("li"), 8), IsOk());
  EXPECT_THAT(postpone(As("li"), 9), IsOk());
  EXPECT_THAT(postpone(As("li"), 10), HasReason("POSTPONED_TOO_OFTEN"));
  EXPECT_THAT(postpone(Manager(), 10), IsOk());
  EXPECT_EQ(Item().postponement_count(), 3);
  EXPECT_EQ(Item().first_due_date().day(), 7);
  EXPECT_EQ(Item().due_date().day(), 10);
  EXPECT_THAT((Refused<ActionItem, v1::UpdateActionItemRequest>(
                  "UpdateActionItem", Specialist(), "action_item { name: 'actionItems/ask' due_date { year: 2026 month: 1 day: 20 } }")),
              HasViolation("action_item.due_date", "POSTPONED_BY_VERB"));
}

TEST_F(ActionItemTest, RemindersClimbTheLadderOnce) {
  CreateSeries("weekly", "standing: true");
  ASSERT_THAT(TryCreate(), IsOk());
  Pass(absl::Hours(24 * 5) + absl::Hours(15));  // The 6th, 23:00: a day before the end of the 7th is in an hour.
  EXPECT_EQ(Item().reminder_count(), 0);
  Pass(absl::Hours(1) + absl::Seconds(1));
  EXPECT_EQ(Item().reminder_count(), 1);
  Pass(absl::Seconds(10));
  EXPECT_EQ(Item().reminder_count(), 1);
  Pass(absl::Hours(24 * 30));
  EXPECT_EQ(Item().reminder_count(), 6);
  EXPECT_FALSE(Item().has_remind_time());
}

TEST_F(ActionItemTest, WhatIsDoneWaitsForWhomItIsOwedAndClimbs) {
  EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                   [&](sql::Session& session) {
                                     return session
                                         .Execute(
                                             "INSERT INTO mirrored_employees (name, etag, superior, department) VALUES ('employees/zhao', "
                                             "'1', 'employees/sun', ''), ('employees/li', '1', 'employees/wu', '')",
                                             {})
                                         .status();
                                   }),
              IsOk());
  const auto told = [&](const std::string& who) {
    int64_t count = 0;
    EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                     [&](sql::Session& session) {
                                       return session.Query(
                                           "SELECT COUNT(*) FROM notices WHERE recipient = ? AND wording = 'item-verify-due'",
                                           sql::Bind("employees/" + who), [&](const sql::Row& row) { count = row.Int(0); });
                                     }),
                IsOk());
    return count;
  };
  CreateSeries("weekly", "standing: true");
  ASSERT_THAT(TryCreate("due_date { day: 5 }"), IsOk());
  const std::string name = "name: 'actionItems/ask'";
  Pass(absl::Hours(24 * 5));  // The 6th, 08:00: it was due, and li was told.
  const int32_t before = Item().reminder_count();
  EXPECT_GE(before, 2);
  Do<ActionItem, v1::FinishActionItemRequest>("FinishActionItem", As("li"), name);
  // Sixteen working hours, eight a day, from a Tuesday on.
  EXPECT_EQ(time::ToTime(Item().verify_due_time()), absl::FromCivil(absl::CivilSecond(2026, 1, 7, 18), service::DefaultTimeZone()));
  EXPECT_EQ(Item().meeting_policy(), "meetingPolicies/shipped-2");
  Pass(absl::Hours(33));  // The 7th, 17:00: a day before has been over since the 6th, 18:00.
  EXPECT_EQ(told("zhao"), 1);
  Pass(absl::Hours(1) + absl::Seconds(1));
  EXPECT_EQ(told("zhao"), 2);
  EXPECT_EQ(told("sun"), 0);
  Pass(absl::Hours(24));
  Pass(absl::Hours(24 * 2));
  EXPECT_EQ(told("sun"), 1) << "the superior of whom it waits for";
  EXPECT_EQ(told("wu") + told("li"), 0) << "it does not wait for its owner";
  EXPECT_TRUE(Item().has_remind_time());
  const auto back = Do<ActionItem, v1::SendBackActionItemRequest>("SendBackActionItem", As("zhao"), name + " reason: 'No price'");
  EXPECT_FALSE(back.has_verify_due_time());
  EXPECT_TRUE(back.has_remind_time()) << "its own ladder climbs on";
  Pass(absl::Seconds(2));
  EXPECT_GT(Item().reminder_count(), before);
  Do<ActionItem, v1::FinishActionItemRequest>("FinishActionItem", As("li"), name);
  EXPECT_FALSE((Do<ActionItem, v1::VerifyActionItemRequest>("VerifyActionItem", As("zhao"), name)).has_remind_time());
  Pass(absl::Hours(24 * 30));
  EXPECT_EQ(Item().state(), ActionItem::STATE_VERIFIED);
}

TEST_F(ActionItemTest, WhatIsOpenIsCarriedOnAndNeverWithoutAList) {
  CreateSeries("weekly", "standing: true");
  CreateSeries("other", "");
  ASSERT_THAT(TryCreate("series: 'meetingSeries/other'"), IsOk());
  for (const char* day : {"d20260105", "d20260112", "d20260119"}) {
    Pass(absl::Hours(24));
    const std::string name = absl::StrCat("name: 'meetingSeries/other/meetings/", day, "'");
    if (Do<Meeting, v1::GetMeetingRequest>("GetMeeting", Analyst(), name).state() == Meeting::STATE_PLANNED) {
      Do<Meeting, v1::PublishAgendaRequest>("PublishAgenda", As("zhao"), name);
    }
    Do<Meeting, v1::HoldMeetingRequest>("HoldMeeting", As("zhao"), name);
    const auto agenda = Do<v1::ListAgendaEntriesResponse, v1::ListAgendaEntriesRequest>(
        "ListAgendaEntries", As("zhao"), absl::StrCat("parent: 'meetingSeries/other/meetings/", day, "'"));
    EXPECT_THAT(agenda.agenda_entries(), SizeIs(1)) << "the item is on the agenda of each meeting";
    for (const v1::AgendaEntry& entry : agenda.agenda_entries()) {
      Do<v1::AgendaEntry, v1::ConcludeAgendaEntryRequest>("ConcludeAgendaEntry", As("zhao"),
                                                          "name: '" + entry.name() + "' outcome: OUTCOME_NOTED text: 'It goes on'");
    }
    Do<Meeting, v1::CloseMeetingRequest>("CloseMeeting", As("zhao"), name);
  }
  EXPECT_EQ(Item().carry_count(), 3);
  EXPECT_TRUE(Item().has_escalate_time());
  Do<MeetingSeries, v1::EndMeetingSeriesRequest>("EndMeetingSeries", Manager(), "name: 'meetingSeries/other' reason: 'Enough'");
  EXPECT_EQ(Item().series(), "meetingSeries/weekly");
  EXPECT_THAT(
      (Refused<MeetingSeries, v1::EndMeetingSeriesRequest>("EndMeetingSeries", Manager(), "name: 'meetingSeries/weekly' reason: 'Enough'")),
      HasReason("NO_STANDING_MEETING"));
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(ActionItemTest, TheAuditNamesWhatIsOnNoAgendaAndWhatNobodyDoes) {
  CreateQuarter();
  CreateActionable("spring");
  Do<v1::RaciEntry, v1::CreateRaciEntryRequest>("CreateRaciEntry", Specialist(),
                                                "parent: 'projects/spring' raci_entry_id: 'copy' raci_entry { task: "
                                                "'projects/spring/tasks/copy' accountable: 'employees/li' responsible: 'employees/wang' }");
  CreateSeries("weekly", "standing: true");
  ASSERT_THAT(TryCreate(), IsOk());
  Pass(absl::Hours(1));
  Do<Meeting, v1::PublishAgendaRequest>("PublishAgenda", As("zhao"), "name: 'meetingSeries/weekly/meetings/d20260105'");
  Pass(absl::Minutes(2));
  EXPECT_THAT(Violations(), IsEmpty());
  const auto lose = [&](const std::string& statement) {
    EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                     [&](sql::Session& session) { return session.Execute(statement, {}).status(); }),
                IsOk());
  };
  lose("DELETE FROM agenda_entries");
  lose("UPDATE raci_entries SET responsible = NULL, accountable = ''");
  EXPECT_THAT(Violations(), ::testing::ElementsAre("RACI projects/spring/raciEntries/copy", "RACI projects/spring/raciEntries/copy",
                                                   "ON_AGENDA actionItems/ask"));
}

TEST_F(ActionItemTest, AnItemThatBecomesATaskClosesWithIt) {
  CreateQuarter();
  CreateApproved("spring");
  CreateSeries("weekly", "standing: true");
  ASSERT_THAT(TryCreate(), IsOk());
  const std::string name = "name: 'actionItems/ask'";
  Do<ActionItem, v1::MakeTaskOfActionItemRequest>("MakeTaskOfActionItem", Specialist(),
                                                  name + " project: 'projects/spring' task_id: 'ask' estimate_hours: 4");
  EXPECT_EQ(Get("spring").state(), v1::Project::STATE_DRAFT) << "the scope changed (W3)";
  EXPECT_THAT((Refused<ActionItem, v1::FinishActionItemRequest>("FinishActionItem", As("li"), name)), HasReason("ITEM_IS_TASK"));
  EXPECT_THAT((Refused<ActionItem, v1::UpdateActionItemRequest>(
                  "UpdateActionItem", Specialist(),
                  "action_item { name: 'actionItems/ask' owner: 'employees/sun' } update_mask { paths: "
                  "'owner' }")),
              HasReason("ITEM_IS_TASK"));
  Do<v1::Task, v1::UpdateTaskRequest>("UpdateTask", Specialist(),
                                      "task { name: 'projects/spring/tasks/ask' owner: 'employees/sun' } update_mask { paths: 'owner' }");
  EXPECT_EQ(Item().owner(), "employees/sun") << "whoever does the task does it";
  bool told = false;
  EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                   [&](sql::Session& session) {
                                     return session.Query(
                                         "SELECT 1 FROM notices WHERE recipient = 'employees/sun' AND subject = 'actionItems/ask'", {},
                                         [&](const sql::Row&) { told = true; });
                                   }),
              IsOk());
  EXPECT_TRUE(told);
  Do<v1::Task, v1::CancelTaskRequest>("CancelTask", Specialist(), "name: 'projects/spring/tasks/ask'");
  EXPECT_EQ(Item().state(), ActionItem::STATE_CANCELLED);
}

TEST_F(ActionItemTest, WhatNoMeetingIsToComeForIsOnTheListOfTheStandingOne) {
  const std::string once = "schedule { rule: 'FREQ=WEEKLY;BYDAY=MO;COUNT=1' }", meeting = "name: 'meetingSeries/once/meetings/d20260105' ";
  CreateSeries("once", once);
  ASSERT_THAT(TryCreate("series: 'meetingSeries/once'", "early"), IsOk());
  Do<Meeting, v1::PublishAgendaRequest>("PublishAgenda", As("zhao"), meeting);
  Do<Meeting, v1::HoldMeetingRequest>("HoldMeeting", As("zhao"), meeting);
  EXPECT_THAT(TryCreate("series: 'meetingSeries/once'", "late"), HasReason("NO_STANDING_MEETING"));
  const auto agenda = Do<v1::ListAgendaEntriesResponse, v1::ListAgendaEntriesRequest>("ListAgendaEntries", As("zhao"),
                                                                                      "parent: 'meetingSeries/once/meetings/d20260105'");
  for (const v1::AgendaEntry& entry : agenda.agenda_entries()) {
    Do<v1::AgendaEntry, v1::ConcludeAgendaEntryRequest>("ConcludeAgendaEntry", As("zhao"),
                                                        "name: '" + entry.name() + "' outcome: OUTCOME_NOTED text: 'It goes on'");
  }
  EXPECT_THAT(Violations(), IsEmpty()) << "the meeting that is held has it";
  Do<Meeting, v1::CloseMeetingRequest>("CloseMeeting", As("zhao"), meeting);
  EXPECT_THAT(Violations(), ::testing::ElementsAre("LISTED actionItems/early"));
  CreateSeries("weekly", "standing: true");
  Pass(absl::Seconds(11));
  EXPECT_EQ(Item("early").series(), "meetingSeries/weekly") << "as soon as somebody takes it on";
  EXPECT_THAT(Violations(), IsEmpty());
  ASSERT_THAT(TryCreate("series: 'meetingSeries/once'", "late"), IsOk());
  EXPECT_EQ(Item("late").series(), "meetingSeries/weekly");
  CreateSeries("twice", "schedule { rule: 'FREQ=WEEKLY;BYDAY=MO;COUNT=2' }");
  ASSERT_THAT(TryCreate("series: 'meetingSeries/twice'", "two"), IsOk());
  EXPECT_EQ(Item("two").series(), "meetingSeries/twice");
  for (const char* day : {"d20260105", "d20260112"}) {
    Do<Meeting, v1::CancelMeetingRequest>("CancelMeeting", As("zhao"),
                                          absl::StrCat("name: 'meetingSeries/twice/meetings/", day, "' reason: 'A fair'"));
  }
  EXPECT_EQ(Item("two").series(), "meetingSeries/weekly") << "with the last meeting, at once";
}

TEST_F(ActionItemTest, WhatAnItemComesFromIsThere) {
  CreateSeries("weekly", "standing: true");
  for (const char* source : {"nonsense", "decisions/none", "risks/none", "projects/spring"}) {
    EXPECT_THAT(TryCreate(absl::StrCat("source: '", source, "'")), HasViolation("action_item.source", "SOURCE_UNKNOWN"));
  }
  EXPECT_THAT(TryCreate("source: 'meetingSeries/weekly/meetings/d20260105'"), IsOk());
  EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                   [&](sql::Session& session) {
                                     return session
                                         .Execute(
                                             "INSERT INTO mirrored_risks (name, title, subject, owner, state, level, etag, restriction) "
                                             "VALUES ('risks/few', 'F', '', '', '', '', '1', 'restricted'), ('risks/rain', 'R', '', '', "
                                             "'', '', '1', '')",
                                             {})
                                         .status();
                                   }),
              IsOk());
  EXPECT_THAT(TryCreate("source: 'risks/rain'", "rain"), IsOk());
  EXPECT_THAT(TryCreate("source: 'risks/few'", "few"), HasViolation("action_item.source", "SOURCE_UNKNOWN")) << "few may know of it";
}

}  // namespace
}  // namespace heitie::planning
