#include "services/activity/inquiry/erasures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/record/json.h"
#include "common/time/instant.h"
#include "heitie/type/v1/event.pb.h"
#include "services/activity/inquiry/inquiry_fixture.h"

namespace heitie::activity {
namespace {

using ::heitie::test::IsOk;
using metrics::v1::UserErasure;
using v1::Inquiry;

class CustomerErasureTest : public InquiryFixture {
 protected:
  // Metrics approves the erasure of somebody, and tells.
  void Erase(const std::string& user) {
    metrics::v1::ErasedUser& erased = world_.erased_users[user];
    erased.set_user(user);
    *erased.mutable_erase_time() = time::ToTimestamp(clock_.Now());
    erased.set_reference("DSR-7");
    auto erasure = test::Proto<UserErasure>("name: 'userErasures/e1' user_digest: '00' state: STATE_APPROVED");
    type::v1::Event event;
    event.set_position(static_cast<int64_t>(world_.alert_events.size()) + 1);
    event.set_subject_type("metrics.heitie/UserErasure");
    event.set_subject(erasure.name());
    event.set_action("approve");
    event.set_revision(event.position());
    event.set_after_json(record::ToJson(erasure));
    world_.alert_events.push_back(event);
  }
  // As everybody sees it once other replicas have heard of the erasure.
  Inquiry Later(const std::string& name) {
    absl::SleepFor(absl::Milliseconds(600));
    return GetInquiry(name);
  }
  // Inquiries of nobody, before all others by their names.
  void CopyOften(const std::string& name, int count) {
    std::string columns;
    EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                     [&](sql::Session& session) {
                                       return session.Query(
                                           "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND "
                                           "table_name = 'inquiries' AND column_name NOT IN ('name', 'text', 'customer', 'external_id', "
                                           "'complaint_time')",
                                           {}, [&](const sql::Row& row) { absl::StrAppend(&columns, ", `", row.Text(0), "`"); });
                                     }),
                IsOk());
    for (int i = 0; i < count; ++i) {
      Sql(absl::StrCat("INSERT INTO inquiries (name, text, customer, external_id", columns, ") SELECT ?, '', '', ''", columns,
                       " FROM inquiries WHERE name = ?"),
          sql::Bind(absl::StrCat("inquiries/0-", i), name));
    }
  }
};

TEST_F(CustomerErasureTest, WhatWasReceivedUntilThenIsBlank) {
  const std::string one = Received("customer: 'c-secret' source: 'hotline' external_id: 'x-secret' text: 'my-words'").name();
  ASSERT_THAT(Says(Specialist(), one, "more-words"), IsOk());
  const std::string other = Received("customer: 'c-other' text: 'other-words'").name(), nobodys = Received().name();
  clock_.Advance(absl::Minutes(1));
  Erase("c-secret");
  clock_.Advance(absl::Minutes(1));
  // Who writes after the erasure is somebody new, whatever the id.
  const std::string later = Received("customer: 'c-secret' text: 'later-words'").name();
  RunJobs();
  const Inquiry blank = Later(one);
  EXPECT_EQ(blank.text(), "");
  EXPECT_EQ(blank.customer(), "");
  EXPECT_EQ(blank.external_id(), "");
  EXPECT_EQ(blank.state_reason(), "DSR-7");
  EXPECT_EQ(MessagesOf(Specialist(), one)[0].text(), "");
  EXPECT_EQ(GetInquiry(other).text(), "other-words");
  EXPECT_EQ(GetInquiry(nobodys).text(), "Where is my money?");
  EXPECT_EQ(GetInquiry(later).text(), "later-words");
  EXPECT_EQ(GetInquiry(later).customer(), "c-secret");
  EXPECT_EQ(Number("SELECT COUNT(*) FROM inquiries WHERE complaint_time IS NOT NULL"), 4) << "counts stay";
  std::string dump;
  ASSERT_THAT(test::DumpOf(database_.get(), &dump), IsOk());
  for (const char* secret : {"c-secret", "x-secret", "my-words", "more-words"}) EXPECT_EQ(dump.find(secret), std::string::npos) << secret;
  // Told again, nothing more happens.
  world_.alert_events.push_back(world_.alert_events[0]);
  world_.alert_events.back().set_position(2);
  RunJobs();
  EXPECT_EQ(GetInquiry(one).etag(), blank.etag());
}

TEST_F(CustomerErasureTest, ComesInAfterTheErasureAndIsFoundWithinTheHour) {
  Erase("c-secret");
  const absl::Time erased = clock_.Now();
  RunJobs();
  // What lay at the hotline meanwhile.
  clock_.Advance(absl::Hours(2));
  auto request = Comes("customer: 'c-secret' text: 'my-words'");
  *request.mutable_inquiry()->mutable_receive_time() = time::ToTimestamp(erased - absl::Minutes(5));
  const auto late = Receive(Specialist(), request);
  ASSERT_THAT(late, IsOk());
  RunJobs(absl::Hours(1));
  EXPECT_EQ(Later(late->name()).text(), "");
}

TEST_F(CustomerErasureTest, GoesOnWhereItWasWhenMetricsWasAway) {
  const std::string one = Received("customer: 'c-secret' text: 'my-words'").name();
  CopyOften(Received().name(), 520);
  clock_.Advance(absl::Minutes(20));
  const std::string fresh = Received("customer: 'c-fresh'").name();
  Erase("c-secret");
  world_.trouble = [](const std::string& method, FakeWorld::Moment) {
    return method == "FindErasedUsers" ? absl::UnavailableError("away") : absl::OkStatus();
  };
  RunJobs();
  EXPECT_EQ(GetInquiry(one).text(), "my-words");
  EXPECT_EQ(Number("SELECT COUNT(*) FROM customer_checks WHERE checked LIKE 'inquiries/0-%'"), 1) << "nobody of these had to be asked for";
  world_.trouble = nullptr;
  RunJobs(absl::Minutes(2));
  EXPECT_EQ(Later(one).text(), "");
  // The names of the last minutes may still come: they are asked for once more.
  EXPECT_EQ(Number("SELECT COUNT(*) FROM customer_checks WHERE checked >= '" + one + "' AND checked < '" + fresh + "'"), 1);
  // The next erasure begins anew.
  Erase("c-fresh");
  RunJobs();
  EXPECT_EQ(Later(fresh).customer(), "");
}

}  // namespace
}  // namespace heitie::activity
