#include <algorithm>
#include <iterator>
#include <map>
#include <random>
#include <thread>

#include "absl/strings/substitute.h"
#include "google/protobuf/empty.pb.h"
#include "heitie/planning/v1/collection_duty.pb.h"
#include "heitie/planning/v1/delivery.pb.h"
#include "heitie/planning/v1/notice_mute.pb.h"
#include "heitie/planning/v1/notice_preference.pb.h"
#include "heitie/planning/v1/robot.pb.h"
#include "heitie/planning/v1/urgent_call.pb.h"
#include "services/planning/notice/inbox.h"
#include "services/planning/notice/notice_fixture.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::HasViolations;
using test::IsOk;
using test::Partially;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::Notice;

const status::Phrase kTestTold{"{what} was told.", "已通知{what}。"};
const status::Phrase kTestClosed{"It is closed.", "已關閉。"};

class NoticeTest : public NoticeFixture {
 protected:
  Telling Of(const std::string& cause, Notice::Urgency urgency = Notice::URGENCY_NORMAL) {
    return {.cause = cause,
            .recipient = "employees/li",
            .subject = "projects/spring",
            .urgency = urgency,
            .wording = "test-told",
            .phrase = kTestTold,
            .args = {{"what", cause}}};
  }
  absl::Status Tell(const Telling& telling) {
    return store_.Write(Manager(), [&](record::Transaction& tx) { return notices_.Tell(tx, telling); });
  }
  void Pass(absl::Duration duration) {
    clock_.Advance(duration);
    EXPECT_THAT(jobs_.RunDue(), IsOk());
  }
  void Prefer(const std::string& person, const std::string& preference) {
    Do<v1::NoticePreference, v1::CreateNoticePreferenceRequest>(
        "CreateNoticePreference", As(person), "notice_preference_id: '" + person + "' notice_preference { " + preference + " }");
  }
  // "cause STATE" of each.
  std::vector<std::string> States() {
    std::vector<std::string> out;
    for (const Notice& notice : InboxOf("li"))
      out.push_back(absl::StrCat(notice.cause(), " ", Notice::State_Name(notice.state()).substr(6)));
    return out;
  }
};

TEST_F(NoticeTest, OneForEachCauseAndRecipientHoweverOftenItIsTold) {
  EXPECT_THAT(Tell(Of("a")), IsOk());
  EXPECT_THAT(Tell(Of("a")), IsOk());
  std::vector<std::thread> replicas;
  for (int i = 0; i < 8; ++i) {
    replicas.emplace_back([&] { EXPECT_THAT(Tell(Of("b")), IsOk()); });
  }
  for (std::thread& replica : replicas) replica.join();
  EXPECT_THAT(States(), ElementsAre("a QUEUED", "b QUEUED"));
  EXPECT_THAT(InboxOf("li")[0],
              Partially(R"pb(recipient: "employees/li" subject: "projects/spring" text: "已通知a。" language: "zh-TW")pb"));
}

TEST_F(NoticeTest, EverybodySeesAndConfirmsTheirOwn) {
  EXPECT_THAT(Tell(Of("a")), IsOk());
  EXPECT_THAT(InboxOf("wang"), IsEmpty());
  const std::string name = "name: '" + InboxOf("li")[0].name() + "'";
  EXPECT_TRUE(absl::IsNotFound(Refused<Notice, v1::AcknowledgeNoticeRequest>("AcknowledgeNotice", As("wang"), name)));
  EXPECT_THAT((Refused<Notice, v1::AcknowledgeNoticeRequest>("AcknowledgeNotice", Manager(), name)), HasReason("NOT_YOUR_NOTICE"));
  const auto done = Do<Notice, v1::AcknowledgeNoticeRequest>("AcknowledgeNotice", As("li"), name);
  EXPECT_EQ(done.state(), Notice::STATE_ACKNOWLEDGED);
  EXPECT_TRUE(done.has_acknowledge_time());
  EXPECT_THAT((Refused<Notice, v1::AcknowledgeNoticeRequest>("AcknowledgeNotice", As("li"), name)), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(NoticeTest, WhatIsPendingEndsWithItsSubject) {
  EXPECT_THAT(Tell(Of("a")), IsOk());
  EXPECT_THAT(store_.Write(Manager(), [&](record::Transaction& tx) { return notices_.End(tx, "projects/spring", kTestClosed); }), IsOk());
  EXPECT_THAT(States(), ElementsAre("a SUPPRESSED"));
  EXPECT_EQ(InboxOf("li")[0].state_reason(), "已關閉。");
  EXPECT_FALSE(InboxOf("li")[0].has_due_time());
}

TEST_F(NoticeTest, APressingOneHoldsBackLesserOnesOfItsSubject) {
  EXPECT_THAT(Tell(Of("a")), IsOk());
  EXPECT_THAT(Tell(Of("b", Notice::URGENCY_CRITICAL)), IsOk());
  EXPECT_THAT(Tell(Of("c")), IsOk());
  EXPECT_THAT(States(), ElementsAre("a HELD", "b QUEUED", "c HELD"));
  Do<Notice, v1::AcknowledgeNoticeRequest>("AcknowledgeNotice", As("li"), "name: '" + InboxOf("li")[1].name() + "'");
  EXPECT_THAT(States(), ElementsAre("a QUEUED", "b ACKNOWLEDGED", "c QUEUED"));
}

TEST_F(NoticeTest, SnoozedUntilATimeWithinThirtyDays) {
  EXPECT_THAT(Tell(Of("a")), IsOk());
  auto request = test::Proto<v1::SnoozeNoticeRequest>("name: '" + InboxOf("li")[0].name() + "'");
  *request.mutable_until_time() = time::ToTimestamp(clock_.Now());
  EXPECT_THAT(Call<Notice>("SnoozeNotice", As("li"), request), HasViolations("until_time SNOOZE_OUT_OF_RANGE"));
  *request.mutable_until_time() = time::ToTimestamp(clock_.Now() + absl::Hours(1));
  const auto held = Call<Notice>("SnoozeNotice", As("li"), request);
  ASSERT_THAT(held, IsOk());
  EXPECT_EQ(held->state(), Notice::STATE_HELD);
  EXPECT_EQ(held->due_time().seconds(), request.until_time().seconds());
}

TEST_F(NoticeTest, ComesIntoTheInboxOnceOthersHadAMomentToJoin) {
  EXPECT_THAT(Tell(Of("a")), IsOk());
  Pass(absl::Milliseconds(100));
  EXPECT_THAT(Tell(Of("b")), IsOk());
  Pass(absl::Milliseconds(100));
  EXPECT_THAT(States(), ElementsAre("a QUEUED", "b QUEUED"));
  Pass(absl::Seconds(1));
  const std::vector<Notice> inbox = InboxOf("li");
  ASSERT_EQ(inbox.size(), 3u);
  EXPECT_EQ(inbox[0].state(), Notice::STATE_MERGED);
  EXPECT_EQ(inbox[1].digest(), inbox[2].name());
  EXPECT_THAT(inbox[2],
              Partially(R"pb(state: STATE_DELIVERED subject: "projects/spring" text: "共 2 則通知：\n· 已通知a。\n· 已通知b。")pb"));
  Do<Notice, v1::AcknowledgeNoticeRequest>("AcknowledgeNotice", As("li"), "name: '" + inbox[2].name() + "'");
  EXPECT_EQ(InboxOf("li")[0].state(), Notice::STATE_ACKNOWLEDGED) << "with its digest";
}

// The clock stands at 08:00 in Taipei.
TEST_F(NoticeTest, WhatComesInQuietHoursIsOneDigestAtTheirEndAndCriticalOnesPass) {
  Prefer("li", "language: 'en' quiet_windows { start_minute: 420 end_minute: 540 }");
  EXPECT_THAT(Tell(Of("a")), IsOk());
  Telling other = Of("b");
  other.subject = "projects/autumn";
  EXPECT_THAT(Tell(other), IsOk());
  other.cause = "c";
  other.subject = "projects/winter";
  other.urgency = Notice::URGENCY_CRITICAL;
  EXPECT_THAT(Tell(other), IsOk());
  Pass(absl::Seconds(1));
  EXPECT_THAT(States(), ElementsAre("a HELD", "b HELD", "c DELIVERED"));
  Pass(absl::Minutes(58));
  EXPECT_THAT(States(), ElementsAre("a HELD", "b HELD", "c DELIVERED"));
  Pass(absl::Minutes(2));
  const std::vector<Notice> inbox = InboxOf("li");
  ASSERT_EQ(inbox.size(), 4u);
  EXPECT_EQ(inbox[0].state(), Notice::STATE_MERGED);
  EXPECT_THAT(inbox[3], Partially(R"pb(state: STATE_DELIVERED text: "2 notices:\n· a was told.\n· b was told." language: "en")pb"));
}

TEST_F(NoticeTest, LowOnesWaitForTheNextDigest) {
  Prefer("li", "digest_minutes: 540");
  EXPECT_THAT(Tell(Of("a", Notice::URGENCY_LOW)), IsOk());
  Pass(absl::Seconds(1));
  EXPECT_THAT(States(), ElementsAre("a HELD"));
  Pass(absl::Hours(1));
  EXPECT_THAT(States(), ElementsAre("a DELIVERED"));
}

TEST_F(NoticeTest, WhatIsNotWantedDoesNotComeUnlessItIsMandatory) {
  Prefer("li", "unwanted_wordings: 'test-told'");
  EXPECT_THAT(Tell(Of("a")), IsOk());
  Telling mandatory = Of("b");
  mandatory.mandatory = true;
  EXPECT_THAT(Tell(mandatory), IsOk());
  EXPECT_THAT(States(), ElementsAre("a SUPPRESSED", "b QUEUED"));
}

TEST_F(NoticeTest, AMuteHasAuthorReasonAndAnEnd) {
  const auto mute = [&](const std::string& fields, absl::Duration length) {
    auto request = test::Proto<v1::CreateNoticeMuteRequest>("notice_mute_id: 'loud' notice_mute { reason: 'Too loud' " + fields + " }");
    *request.mutable_notice_mute()->mutable_end_time() = time::ToTimestamp(clock_.Now() + length);
    return request;
  };
  const auto refused = [&](const std::string& who, const std::string& fields, absl::Duration length) {
    return Call<v1::NoticeMute>("CreateNoticeMute", As(who), mute(fields, length)).status();
  };
  EXPECT_THAT(refused("li", "employee: 'employees/li'", absl::Hours(1)), HasViolations("notice_mute.wording MUTE_OF_NOTHING"));
  EXPECT_THAT(refused("li", "employee: 'employees/li' wording: 'x'", absl::Hours(24 * 91)),
              HasViolations("notice_mute.end_time MUTE_OUT_OF_RANGE"));
  EXPECT_THAT(refused("li", "employee: 'employees/wang' wording: 'x'", absl::Hours(1)), HasReason("NOT_YOUR_NOTICE"));
  EXPECT_THAT(refused("li", "wording: 'x'", absl::Hours(1)), HasReason("NOT_YOUR_NOTICE")) << "everybody's";
  ASSERT_THAT(Call<v1::NoticeMute>("CreateNoticeMute", Manager(), mute("wording: 'test-told' subject: 'projects/spring'", absl::Hours(1))),
              IsOk());
  EXPECT_THAT(Tell(Of("a")), IsOk());
  EXPECT_EQ(InboxOf("li")[0].state_reason(), "employees/manager 已將其靜音至 2026-01-01 09:00：Too loud");
  Telling other = Of("b");
  other.subject = "projects/autumn";
  EXPECT_THAT(Tell(other), IsOk());
  EXPECT_THAT(Tell(Of("c", Notice::URGENCY_CRITICAL)), IsOk());
  Telling mandatory = Of("d");
  mandatory.subject = "projects/winter";
  mandatory.mandatory = true;
  EXPECT_THAT(Tell(mandatory), IsOk());
  EXPECT_THAT(States(), ElementsAre("a SUPPRESSED", "b QUEUED", "c QUEUED", "d QUEUED"));
}

TEST_F(NoticeTest, AMuteThatIsOverOrDeletedMutesNothing) {
  const auto mute = [&](const std::string& id) {
    auto request =
        test::Proto<v1::CreateNoticeMuteRequest>("notice_mute { employee: 'employees/li' subject: 'projects/spring' reason: 'x' }");
    request.set_notice_mute_id(id);
    *request.mutable_notice_mute()->mutable_end_time() = time::ToTimestamp(clock_.Now() + absl::Hours(1));
    EXPECT_THAT(Call<v1::NoticeMute>("CreateNoticeMute", As("li"), request), IsOk());
  };
  mute("early");
  EXPECT_THAT(Tell(Of("0")), IsOk());
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(Tell(Of("1")), IsOk());
  EXPECT_THAT(States(), ElementsAre("0 SUPPRESSED", "1 QUEUED"));
  mute("x");
  EXPECT_TRUE(absl::IsNotFound(Refused<v1::NoticeMute, v1::GetNoticeMuteRequest>("GetNoticeMute", As("wang"), "name: 'noticeMutes/x'")));
  EXPECT_THAT(Tell(Of("a")), IsOk());
  Do<google::protobuf::Empty, v1::DeleteNoticeMuteRequest>("DeleteNoticeMute", As("li"), "name: 'noticeMutes/x'");
  EXPECT_THAT(Tell(Of("b")), IsOk());
  EXPECT_THAT(States(), ElementsAre("0 SUPPRESSED", "1 QUEUED", "a SUPPRESSED", "b QUEUED"));
}

TEST_F(NoticeTest, AStepOfTheLadderOfSomebodyWhoHasLeftIsTheirSuperiors) {
  Employ("chief", "positions/specialist");
  Employ("gone", "positions/specialist", "employees/chief");
  Do<v1::NoticePolicy, v1::CreateNoticePolicyRequest>(
      "CreateNoticePolicy", Manager(),
      "notice_policy_id: 'p' notice_policy { reason: 'x' gather_delay { } escalate_from: URGENCY_HIGH ladder { delay { seconds: 60 } "
      "target: TARGET_PERSON person: 'employees/gone' } }");
  Do<v1::NoticePolicy, v1::PublishNoticePolicyRequest>("PublishNoticePolicy", Manager(), "name: 'noticePolicies/p'");
  people::Directory::Changes changes;
  changes.employees["employees/gone"] = people::EmployeeFact{absl::CivilDay(2020, 1, 1), absl::CivilDay(2025, 12, 30), {}};
  people_.Take(changes);
  EXPECT_THAT(Tell(Of("a", Notice::URGENCY_HIGH)), IsOk());
  Pass(absl::Seconds(1));
  Pass(absl::Seconds(61));
  EXPECT_EQ(InboxOf("chief").size(), 1u);
  EXPECT_THAT(InboxOf("gone"), IsEmpty());
}

TEST_F(NoticeTest, PreferencesAreOnesOwnAndLeaveSomeTime) {
  constexpr char kQuiet[] = "notice_preference_id: 'li' notice_preference { quiet_windows { start_minute: 0 end_minute: 1440 } }";
  EXPECT_THAT((Refused<v1::NoticePreference, v1::CreateNoticePreferenceRequest>("CreateNoticePreference", As("li"), kQuiet)),
              HasViolations("notice_preference.quiet_windows ALWAYS_QUIET"));
  EXPECT_THAT((Refused<v1::NoticePreference, v1::CreateNoticePreferenceRequest>("CreateNoticePreference", As("wang"), kQuiet)),
              HasReason("NOT_YOUR_NOTICE"));
}

TEST_F(NoticeTest, AnUnansweredCallClimbsStepByStepUntilSomebodyAnswers) {
  Employ("li", "positions/specialist", "employees/chief");
  Employ("chief", "positions/specialist");
  Employ("boss", "positions/manager");
  const auto raised = Do<v1::UrgentCall, v1::CreateUrgentCallRequest>(
      "CreateUrgentCall", As("wang"), "urgent_call_id: 'fire' urgent_call { text: 'The stage burns' person: 'employees/li' }");
  EXPECT_THAT(raised, Partially(R"pb(state: STATE_OPEN called: "employees/li")pb"));
  Pass(absl::Seconds(1));
  EXPECT_THAT(InboxOf("li")[0], Partially(R"pb(state: STATE_DELIVERED urgency: URGENCY_CRITICAL mandatory: true)pb"));
  Pass(absl::Minutes(15));  // nobody stands in
  Pass(absl::Minutes(44));
  EXPECT_THAT(InboxOf("chief"), IsEmpty());
  Pass(absl::Minutes(2));
  ASSERT_EQ(InboxOf("chief").size(), 1u);
  EXPECT_EQ(InboxOf("chief")[0].escalates(), InboxOf("li")[0].name());
  EXPECT_EQ(InboxOf("li")[0].escalation(), 2);
  Do<v1::UrgentCall, v1::AnswerUrgentCallRequest>("AnswerUrgentCall", As("chief"), "name: 'urgentCalls/fire'");
  Pass(absl::Hours(10));
  EXPECT_THAT(InboxOf("boss"), IsEmpty()) << "after that never";
  EXPECT_THAT((Refused<v1::UrgentCall, v1::CloseUrgentCallRequest>("CloseUrgentCall", As("hsu"), "name: 'urgentCalls/fire' outcome: 'x'")),
              HasReason("NOT_YOUR_CALL"));
  Do<v1::UrgentCall, v1::CloseUrgentCallRequest>("CloseUrgentCall", As("wang"), "name: 'urgentCalls/fire' outcome: 'It is out'");
}

TEST_F(NoticeTest, ALadderThatWasSleptOverIsClimbedToItsEnd) {
  Employ("li", "positions/specialist", "employees/chief");
  Employ("chief", "positions/specialist");
  Employ("boss", "positions/manager");
  EXPECT_THAT(Tell(Of("a", Notice::URGENCY_HIGH)), IsOk());
  Pass(absl::Seconds(1));
  for (int i = 0; i < 6; ++i) Pass(i == 0 ? absl::Hours(20) : absl::Seconds(1));
  EXPECT_EQ(InboxOf("chief").size(), 1u);
  EXPECT_EQ(InboxOf("boss").size(), 1u);
  EXPECT_FALSE(InboxOf("li")[0].has_escalate_time());
}

TEST_F(NoticeTest, ACallNamesOneWayAndSomebody) {
  EXPECT_THAT((Refused<v1::UrgentCall, v1::CreateUrgentCallRequest>("CreateUrgentCall", As("wang"), "urgent_call { text: 'x' }")),
              HasViolations("urgent_call.person ONE_ADDRESSEE"));
  EXPECT_THAT((Refused<v1::UrgentCall, v1::CreateUrgentCallRequest>("CreateUrgentCall", As("wang"),
                                                                    "urgent_call { text: 'x' department: 'operations' }")),
              HasReason("NOBODY_TO_CALL"));
}

TEST_F(NoticeTest, WhoIsAskedForSomethingIsTold) {
  Do<v1::CollectionDuty, v1::CreateCollectionDutyRequest>("CreateCollectionDuty", Specialist(), R"pb(
    collection_duty_id: "news"
    collection_duty {
      topic: "News"
      owner: "employees/li"
      deputy: "employees/wang"
      recurrence { frequency: FREQUENCY_WEEKLY weekday: MONDAY }
      start_date { year: 2026 month: 1 day: 1 }
      items_wanted: 1
    })pb");
  Pass(absl::Seconds(1));
  ASSERT_EQ(InboxOf("li").size(), 1u);
  EXPECT_THAT(InboxOf("li")[0], Partially(R"pb(wording: "plan-duty-asked" urgency: URGENCY_NORMAL)pb"));
  Pass(absl::Hours(24 * 6));
  Pass(absl::Minutes(5));
  EXPECT_FALSE(InboxOf("wang").empty()) << "the deputy, once it is late";
}

TEST_F(NoticeTest, ManagersAreToldThatAProjectWaits) {
  Employ("boss", "positions/manager");
  CreateQuarter();
  CreateActionable("fair");
  Submit("fair");
  ASSERT_EQ(InboxOf("boss").size(), 1u);
  EXPECT_THAT(InboxOf("boss")[0], Partially(R"pb(subject: "projects/fair" wording: "project-submitted")pb"));
  Do<v1::Project, v1::RejectProjectRequest>("RejectProject", Manager(), "name: 'projects/fair' reason: 'Too dear'");
  EXPECT_EQ(InboxOf("boss")[0].state(), Notice::STATE_SUPPRESSED);
  EXPECT_FALSE(InboxOf("li").empty());
}

class NoticeRuleTest : public WithRules<NoticeTest> {
 protected:
  void Rule(const std::string& id, const std::string& more) {
    Do<v1::NoticeRule, v1::CreateNoticeRuleRequest>("CreateNoticeRule", Manager(),
                                                    "notice_rule_id: '" + id +
                                                        "' notice_rule { title: 'High risks' subject_type: 'risk.heitie/Risk' text_en: "
                                                        "'{subject} is {state}' text_zh: '{subject} {state}' " +
                                                        more + " }");
  }
  absl::Status Comes(const std::string& id, const std::string& action, const std::string& json) {
    type::v1::Event event;
    event.set_event_id(id);
    event.set_subject("risks/flood");
    event.set_subject_type("risk.heitie/Risk");
    event.set_action(action);
    *event.mutable_occur_time() = time::ToTimestamp(clock_.Now());
    event.set_after_json(json);
    return rules_.OnEvents(Manager(), {&event});
  }
};

TEST_F(NoticeRuleTest, TellsOnceWhateverOverlapsAndRepeats) {
  Rule("a", "urgency: URGENCY_LOW recipients { field: 'owner' }");
  Rule(
      "b",
      "urgency: URGENCY_HIGH recipients { person: 'employees/li' } actions: 'assess' conditions { field: 'owner' values: 'employees/li' }");
  constexpr char kRisk[] = R"({"name": "risks/flood", "owner": "employees/li", "state": "STATE_OPEN"})";
  EXPECT_THAT(Comes("1", "assess", kRisk), IsOk());
  EXPECT_THAT(Comes("1", "assess", kRisk), IsOk());
  ASSERT_EQ(InboxOf("li").size(), 1u);
  EXPECT_THAT(InboxOf("li")[0], Partially(R"pb(urgency: URGENCY_HIGH subject: "risks/flood" wording: "b")pb"));
  EXPECT_THAT(Comes("2", "treat", kRisk), IsOk());
  EXPECT_EQ(InboxOf("li").size(), 2u) << "the rule that names no action";
  Do<v1::NoticeRule, v1::EndNoticeRuleRequest>("EndNoticeRule", Manager(), "name: 'noticeRules/a'");
  EXPECT_THAT(Comes("3", "treat", kRisk), IsOk());
  EXPECT_EQ(InboxOf("li").size(), 2u);
}

TEST_F(NoticeRuleTest, APageOfEventsIsToldAsItsEventsAre) {
  Rule("a", "urgency: URGENCY_NORMAL recipients { field: 'owner' } recipients { person: 'employees/zhao' }");
  clock_.Advance(absl::Seconds(10));
  Rule("b", "urgency: URGENCY_HIGH recipients { field: 'owner' } actions: 'assess'");
  std::vector<type::v1::Event> events(6);
  std::vector<const type::v1::Event*> page;
  for (size_t i = 0; i < events.size(); ++i) {
    type::v1::Event& event = events[i];
    event.set_event_id(absl::StrCat(i == 5 ? 4 : i));  // The last one comes twice.
    event.set_subject(absl::StrCat("risks/r", i % 2));
    event.set_subject_type(i == 1 ? "risk.heitie/Unknown" : "risk.heitie/Risk");
    event.set_action("assess");
    // The first one was before the second rule, and the third is for few.
    *event.mutable_occur_time() = time::ToTimestamp(clock_.Now() - (i == 0 ? absl::Seconds(5) : absl::ZeroDuration()));
    event.set_after_json(absl::Substitute(R"({"name": "$0", "owner": "employees/li", "state": "STATE_OPEN"$1})", event.subject(),
                                          i == 2 ? R"(, "restriction": "RESTRICTION_PERSONNEL")" : ""));
    page.push_back(&event);
  }
  EXPECT_THAT(rules_.OnEvents(Manager(), page), IsOk());
  EXPECT_THAT(rules_.OnEvents(Manager(), page), IsOk());
  std::vector<std::string> told;
  for (const char* person : {"li", "zhao"}) {
    for (const Notice& notice : InboxOf(person)) told.push_back(absl::StrCat(person, " ", notice.cause(), " ", notice.wording()));
  }
  EXPECT_THAT(told, ElementsAre("li event 0 a", "li event 3 b", "li event 4 b", "zhao event 0 a", "zhao event 3 a", "zhao event 4 a"));
  events[3].set_event_id("7");
  events[4].set_event_id("8");
  events[4].set_after_json("nothing");
  EXPECT_EQ(rules_.OnEvents(Manager(), page).code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(InboxOf("li").size(), 3u) << "all of a page or nothing, then each event by itself";
}

TEST_F(NoticeRuleTest, TellsWhoHoldsADutyADepartmentOfTheSubjectAndARobot) {
  Do<v1::CollectionDuty, v1::CreateCollectionDutyRequest>(
      "CreateCollectionDuty", Specialist(),
      "collection_duty_id: 'news' collection_duty { topic: 'News' owner: 'employees/wang' deputy: 'employees/li' recurrence { frequency: "
      "FREQUENCY_MONTHLY workday: -1 } start_date { year: 2026 month: 1 day: 1 } items_wanted: 1 }");
  Do<v1::Robot, v1::CreateRobotRequest>("CreateRobot", Manager(),
                                        "robot_id: 'r' robot { title: 'Group' kind: KIND_WECOM owner: 'employees/li' department: "
                                        "'operations' from_urgency: URGENCY_CRITICAL }");
  Employ("chief", "positions/specialist");
  EXPECT_TRUE(absl::IsNotFound(Refused<v1::NoticeRule, v1::CreateNoticeRuleRequest>(
      "CreateNoticeRule", Manager(),
      "notice_rule { title: 'x' text_en: 'x' text_zh: 'x' urgency: URGENCY_LOW subject_type: 'risk.heitie/Risk' recipients { robot: "
      "'robots/none' } }")));
  Rule("a",
       "urgency: URGENCY_NORMAL recipients { duty: 'collectionDuties/news' } recipients { robot: 'robots/r' } recipients { "
       "department_of_field: 'title' }");
  EXPECT_THAT(Comes("1", "assess", R"({"name": "risks/flood", "title": "operations", "state": "STATE_ASSESSED"})"), IsOk());
  ASSERT_EQ(InboxOf("wang").size(), 1u);
  EXPECT_THAT(InboxOf("li"), IsEmpty()) << "wang is not away";
  EXPECT_EQ(InboxOf("chief").size(), 1u);
  const auto page = Do<v1::ListNoticesResponse, v1::ListNoticesRequest>("ListNotices", Manager(), "filter: 'robot = \"robots/r\"'");
  ASSERT_EQ(page.notices_size(), 1);
  EXPECT_THAT(page.notices(0), Partially(R"pb(recipient: "" text: "risks/flood STATE_ASSESSED" state: STATE_QUEUED)pb"));
  Pass(absl::Seconds(1));
  const auto carried = Do<v1::ListDeliveriesResponse, v1::ListDeliveriesRequest>("ListDeliveries", Manager(), "parent: 'robots/r'");
  ASSERT_EQ(carried.deliveries_size(), 1) << "whatever urgency it carries of people";
  EXPECT_EQ(carried.deliveries(0).notice(), page.notices(0).name());
  Do<v1::Robot, v1::EndRobotRequest>("EndRobot", Manager(), "name: 'robots/r' reason: 'Gone'");
  EXPECT_THAT(Comes("2", "assess", R"({"name": "risks/flood", "title": "x", "state": "STATE_ASSESSED"})"), IsOk());
  Pass(absl::Seconds(1));
  const auto later = Do<v1::ListNoticesResponse, v1::ListNoticesRequest>("ListNotices", Manager(), "filter: 'robot = \"robots/r\"'");
  ASSERT_EQ(later.notices_size(), 2);
  EXPECT_THAT(later.notices(1), Partially(R"pb(state: STATE_SUPPRESSED state_reason: "機器人已不再發送。")pb"));
}

TEST_F(NoticeRuleTest, NamesKindsAndFieldsThatThereAre) {
  constexpr char kText[] = "title: 'x' text_en: 'x' text_zh: 'x' urgency: URGENCY_LOW ";
  EXPECT_THAT((Refused<v1::NoticeRule, v1::CreateNoticeRuleRequest>(
                  "CreateNoticeRule", Manager(),
                  absl::StrCat("notice_rule { ", kText, "subject_type: 'risk.heitie/Nothing' recipients { field: 'owner' } }"))),
              HasViolations("notice_rule.subject_type UNKNOWN_SUBJECT_TYPE"));
  EXPECT_THAT(
      (Refused<v1::NoticeRule, v1::CreateNoticeRuleRequest>(
          "CreateNoticeRule", Manager(),
          absl::StrCat(
              "notice_rule { ", kText,
              "subject_type: 'risk.heitie/Risk' recipients { field: 'boss' } recipients { } conditions { field: 'x' values: 'y' } }"))),
      HasViolations("notice_rule.conditions[0].field FIELD_NOT_THERE", "notice_rule.recipients[0].field FIELD_NOT_THERE",
                    "notice_rule.recipients[1] ONE_ADDRESSEE"));
}

// What becomes of many things that are told together is what becomes of them one after the other, and nothing is told twice.
TEST_F(NoticeTest, ManyAreToldTogetherAsOneAfterTheOther) {
  Employ("boss", "positions/manager");
  Prefer("wang", "language: 'en' unwanted_wordings: 'test-unwanted'");
  auto mute = test::Proto<v1::CreateNoticeMuteRequest>("notice_mute { employee: 'employees/zhao' wording: 'test-told' reason: 'Later' }");
  *mute.mutable_notice_mute()->mutable_end_time() = time::ToTimestamp(clock_.Now() + absl::Hours(1));
  EXPECT_THAT(Call<v1::NoticeMute>("CreateNoticeMute", As("zhao"), mute), IsOk());
  const std::vector<std::string> people{"employees/li", "employees/wang", "employees/zhao", "employees/boss", ""};
  constexpr Notice::Urgency kUrgencies[] = {Notice::URGENCY_LOW, Notice::URGENCY_NORMAL, Notice::URGENCY_CRITICAL};
  std::mt19937 random(3);
  // "recipient cause: STATE for CAUSE: text" of each, without what tells the two ways apart.
  const auto states = [&](const std::string& way) {
    std::vector<std::string> all;
    std::map<std::string, Notice> by_name;
    std::string token;
    do {
      const auto page = Do<v1::ListNoticesResponse, v1::ListNoticesRequest>(
          "ListNotices", Manager(), absl::StrCat("page_size: 1000 filter: 'subject = \"projects/", way, "*\"' page_token: '", token, "'"));
      for (const Notice& notice : page.notices()) by_name[notice.name()] = notice;
      token = page.next_page_token();
    } while (!token.empty());
    for (const auto& [name, notice] : by_name) {
      all.push_back(absl::StrCat(notice.recipient(), notice.robot(), " ", notice.cause().substr(way.size()), ": ",
                                 Notice::State_Name(notice.state()), " for ",
                                 notice.held_for().empty() ? "" : by_name[notice.held_for()].cause().substr(way.size()), ": ",
                                 notice.text(), " ", notice.state_reason(), " ", notice.due_time().seconds()));
    }
    std::sort(all.begin(), all.end());
    return all;
  };
  std::vector<Telling> one, together;
  for (int i = 0; i < 400; ++i) {
    Telling telling = Of(absl::StrCat("c", random() % 150), kUrgencies[random() % std::size(kUrgencies)]);
    telling.recipient = people[random() % people.size()];
    telling.wording = random() % 5 == 0 ? "test-unwanted" : "test-told";
    telling.mandatory = random() % 6 == 0;
    telling.args = {{"what", absl::StrCat(i)}};
    if (telling.recipient.empty() && random() % 2 == 0) telling.robot = "robots/r";
    const std::string cause = telling.cause, subject = absl::StrCat("s", random() % 20);
    for (const std::string way : {"one", "all"}) {
      telling.cause = way + cause;
      telling.subject = "projects/" + way + subject;
      (way == "one" ? one : together).push_back(telling);
    }
  }
  for (const Telling& telling : one) EXPECT_THAT(Tell(telling), IsOk());
  // In portions, of which some begin with what was told before.
  for (size_t begin = 0; begin < together.size(); begin += 130) {
    const size_t from = begin < 10 ? 0 : begin - 10, to = std::min(begin + 130, together.size());
    const std::vector<Telling> portion(together.begin() + static_cast<int64_t>(from), together.begin() + static_cast<int64_t>(to));
    EXPECT_THAT(store_.Write(Manager(), [&](record::Transaction& tx) { return notices_.TellEach(tx, portion); }), IsOk());
  }
  const std::vector<std::string> expected = states("one");
  EXPECT_GT(expected.size(), 200u);
  for (const char* state : {"STATE_HELD", "STATE_SUPPRESSED", "STATE_QUEUED"}) {
    EXPECT_TRUE(std::any_of(expected.begin(), expected.end(), [&](const std::string& line) { return line.find(state) != line.npos; }))
        << state;
  }
  EXPECT_EQ(states("all"), expected);
}

TEST_F(NoticeTest, WhoHasLeftIsToldNothing) {
  people::Directory::Changes changes;
  changes.employees["employees/li"] = people::EmployeeFact{absl::CivilDay(2020, 1, 1), absl::CivilDay(2025, 12, 30), {}};
  people_.Take(changes);
  EXPECT_THAT(Tell(Of("a")), IsOk());
  EXPECT_THAT(InboxOf("li"), IsEmpty());
}

}  // namespace
}  // namespace heitie::planning
