#include <thread>

#include "services/planning/notice/inbox.h"
#include "services/planning/plan/planning_fixture.h"

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

class NoticeTest : public PlanningTest {
 protected:
  rpc::Call As(const std::string& person) const {
    return test::By("employees/" + person, {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now());
  }
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
  std::vector<Notice> InboxOf(const std::string& person, const std::string& filter = "") {
    const auto page = Do<v1::ListNoticesResponse, v1::ListNoticesRequest>("ListNotices", As(person), "filter: '" + filter + "'");
    return {page.notices().begin(), page.notices().end()};
  }
  // "cause STATE" of each.
  std::vector<std::string> States() {
    std::vector<std::string> out;
    for (const Notice& notice : InboxOf("li"))
      out.push_back(absl::StrCat(notice.cause(), " ", Notice::State_Name(notice.state()).substr(6)));
    return out;
  }

  Notices notices_{service::Context{store_, clock_, jobs_,
                                    [this](const std::string& target) -> client::Client& { return clients_[target]; },
                                    service::DefaultTimeZone(), people_}};
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

TEST_F(NoticeTest, WhoHasLeftIsToldNothing) {
  people::Directory::Changes changes;
  changes.employees["employees/li"] = people::EmployeeFact{absl::CivilDay(2020, 1, 1), absl::CivilDay(2025, 12, 30), {}};
  people_.Take(changes);
  EXPECT_THAT(Tell(Of("a")), IsOk());
  EXPECT_THAT(InboxOf("li"), IsEmpty());
}

}  // namespace
}  // namespace heitie::planning
