#include "services/activity/inquiry/inquiry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "common/people/directory.h"
#include "common/time/instant.h"
#include "heitie/type/v1/handover.pb.h"
#include "heitie/type/v1/holding.pb.h"
#include "services/activity/inquiry/inquiry_fixture.h"

namespace heitie::activity {
namespace {

using ::heitie::test::HasReason;
using ::heitie::test::HasViolations;
using ::heitie::test::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::Inquiry;
using v1::InquiryMessage;
using v1::InquiryResolution;
using v1::ServiceClock;

class InquiryTest : public InquiryFixture {
 protected:
  InquiryResolution Rated(const std::string& inquiry, int rating) {
    v1::ReceiveRatingRequest request;
    request.set_name(inquiry + "/resolutions/0001");
    request.set_rating(rating);
    request.set_comment("Because");
    const auto rated = Call<InquiryResolution>("ReceiveRating", Specialist(), request);
    EXPECT_THAT(rated, IsOk());
    return rated.value_or(InquiryResolution());
  }
  ServiceClock Resolution(const std::string& inquiry) {
    for (const ServiceClock& clock : ClocksOf(inquiry)) {
      if (clock.target() == ServiceClock::TARGET_RESOLUTION) return clock;
    }
    ADD_FAILURE() << "no clock";
    return {};
  }
};

// ---- Intake

TEST_F(InquiryTest, HasAnOwnerClocksAndAPlaceInTheQueueFromTheFirstMoment) {
  const Inquiry inquiry = Received("customer: 'c-1'");
  EXPECT_EQ(inquiry.state(), Inquiry::STATE_OPEN);
  EXPECT_EQ(inquiry.owner(), "employees/a");
  EXPECT_EQ(inquiry.priority(), v1::SERVICE_PRIORITY_NORMAL);
  EXPECT_EQ(inquiry.category_tree(), "inquiryCategoryTrees/second");
  EXPECT_EQ(inquiry.customer(), "c-1");
  EXPECT_NE(inquiry.customer_key(), "");
  EXPECT_NE(inquiry.customer_key(), "c-1");
  EXPECT_EQ(ClocksOf(inquiry.name()).size(), 2u);
  // Two hours of work until the first answer, of which a millisecond is left at noon.
  EXPECT_EQ(time::ToTime(inquiry.queue_time()), clock_.Now() + absl::Hours(3));
  EXPECT_EQ(GetInquiry(inquiry.name()).text(), "Where is my money?");
}

TEST_F(InquiryTest, EveryBadFieldIsNamedAndNothingIsWritten) {
  auto request = Comes("category: 'nowhere' activity: 'activities/none' external_id: 'x'");
  *request.mutable_inquiry()->mutable_receive_time() = time::ToTimestamp(clock_.Now() - absl::Hours(169));
  EXPECT_THAT(Receive(Specialist(), request),
              HasViolations("inquiry.source SOURCE_MISSING", "inquiry.category UNKNOWN_INQUIRY_CATEGORY",
                            "inquiry.receive_time RECEIVED_TOO_EARLY", "inquiry.activity UNKNOWN_ACTIVITY"));
  EXPECT_THAT(Receive(Specialist(), Comes("category: 'payment/old'")), HasViolations("inquiry.category CATEGORY_CLOSED"));
  EXPECT_THAT(Receive(Producer(), Comes("source: 'producers/other'")), HasViolations("inquiry.source SOURCE_OWNED"));
  EXPECT_THAT(Receive(Member("care"), Comes("source: 'producers/shop' external_id: 'x'")), HasViolations("inquiry.source SOURCE_OWNED"));
  EXPECT_THAT(Receive(Member(""), Comes()), HasReason("DEPARTMENT_MISSING"));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM inquiries"), 0);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM inquiry_intakes"), 0);
}

TEST_F(InquiryTest, TheSameSourceAndExternalIdIsOne) {
  const auto first = Receive(Producer(), Comes("external_id: 't-1'"));
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->source(), "producers/shop");
  EXPECT_EQ(first->producer(), "producers/shop");
  // Also when it is another in everything else, and its category is closed by now.
  const auto again = Receive(Producer(), Comes("external_id: 't-1' category: 'payment/old' text: 'Again'"));
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->name(), first->name());
  EXPECT_EQ(again->text(), "Where is my money?");
  EXPECT_NE(Receive(Producer("producers/app"), Comes("external_id: 't-1'"))->name(), first->name());
  EXPECT_NE(Receive(Producer(), Comes("external_id: 't-2'"))->name(), first->name());
  // Another department gets to know that it is there and nothing else.
  ASSERT_THAT(Receive(Member("care"), Comes("source: 'hotline' external_id: 'h-1'")), IsOk());
  const auto hidden = Receive(Member("law"), Comes("source: 'hotline' external_id: 'h-1'"));
  if (hidden.ok()) EXPECT_EQ(hidden->text(), "");
}

TEST_F(InquiryTest, ManyWhoComeAtOnceOnTwoReplicasAreOne) {
  SecondReplica second(database_.get(), clock_, clients_, people_);
  std::vector<std::string> names(32);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < names.size(); ++i) {
    threads.emplace_back([&, i] {
      auto& service = i % 2 == 0 ? service_->rpc() : second.service.rpc();
      const auto inquiry = service.Invoke<Inquiry>("ReceiveInquiry", Producer(), Comes("external_id: 'one'"));
      EXPECT_THAT(inquiry, IsOk());
      names[i] = inquiry.ok() ? inquiry->name() : "";
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(std::set<std::string>(names.begin(), names.end()), SizeIs(1));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM inquiries"), 1);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM service_clocks"), 2);
}

// ---- Owners

TEST_F(InquiryTest, ComesToWhoHasTheFewest) {
  EXPECT_EQ(Received().owner(), "employees/a");
  EXPECT_EQ(Received().owner(), "employees/b");
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Received().owner(), "employees/a") << "has been longest without a new one; both came at once: by name";
  const Inquiry of_b = Received();
  EXPECT_EQ(of_b.owner(), "employees/b");
  ASSERT_THAT(Resolve(of_b.name()), IsOk());
  EXPECT_EQ(Received().owner(), "employees/b");
  EXPECT_EQ(Number("SELECT open_count FROM inquiry_loads WHERE owner = 'employees/a'"), 2);
  EXPECT_EQ(Number("SELECT open_count FROM inquiry_loads WHERE owner = 'employees/b'"), 2);
}

TEST_F(InquiryTest, WhoIsAbsentOrHasLeftGetsNothing) {
  Copied("employees/a", R"({"absences":[{"start_date":{"year":2026,"month":1,"day":1},"end_date":{"year":2026,"month":1,"day":1}}]})");
  EXPECT_EQ(Received().owner(), "employees/b");
  EXPECT_EQ(Received().owner(), "employees/b");
  Know("employees/b", false, true);
  const std::string activity = Live();
  EXPECT_EQ(Received(absl::StrCat("activity: '", activity, "'")).owner(), "employees/li") << "the activity's owner";
  Copied("employees/boss");
  Know("employees/boss", true);
  EXPECT_EQ(Received().owner(), "employees/boss") << "a manager";
}

TEST_F(InquiryTest, WhoHasShiftsTodayIsAtWorkInThem) {
  const auto shift = [&](const std::string& employee, absl::Duration from, absl::Duration to) {
    Sql("INSERT INTO shift_slots (shift, employee, activity, start_time, end_time) VALUES (?, ?, 'activities/x', ?, ?)",
        sql::Bind(absl::StrCat("activities/x/shifts/s", absl::ToInt64Minutes(from)), employee, clock_.Now() + from, clock_.Now() + to));
  };
  shift("employees/a", absl::Hours(2), absl::Hours(4));
  shift("employees/b", -absl::Hours(1), absl::Hours(1));
  EXPECT_EQ(Received().owner(), "employees/b");
  EXPECT_EQ(Received().owner(), "employees/b");
  clock_.Advance(absl::Hours(2));
  EXPECT_EQ(Received().owner(), "employees/a");
  clock_.Advance(absl::Hours(24));
  EXPECT_EQ(Received().owner(), "employees/a") << "without shifts today both are at work";
}

TEST_F(InquiryTest, WhatNobodyOwnsGetsAnOwnerAsSoonAsThereIsOne) {
  const Inquiry inquiry = Received("category: 'other'");
  EXPECT_EQ(inquiry.owner(), "");
  Copied("employees/boss");
  Know("employees/boss", true);
  RunJobs(absl::Minutes(2));
  EXPECT_EQ(GetInquiry(inquiry.name()).owner(), "employees/boss");
  EXPECT_EQ(Resolution(inquiry.name()).owner(), "employees/boss");
}

TEST_F(InquiryTest, ManyAtOnceAreDividedEvenly) {
  SecondReplica second(database_.get(), clock_, clients_, people_);
  std::vector<std::thread> threads;
  for (int i = 0; i < 24; ++i) {
    threads.emplace_back([&, i] {
      auto& service = i % 2 == 0 ? service_->rpc() : second.service.rpc();
      EXPECT_THAT(service.Invoke<Inquiry>("ReceiveInquiry", Specialist(), Comes()), IsOk());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Number("SELECT COUNT(*) FROM inquiries WHERE owner = 'employees/a'"), 12);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM inquiries WHERE owner = 'employees/b'"), 12);
}

TEST_F(InquiryTest, IsGivenToSomebodyElseButNotToWhoHasLeft) {
  const Inquiry inquiry = Received();
  const ServiceClock before = Resolution(inquiry.name());
  v1::ReassignInquiryRequest request;
  request.set_name(inquiry.name());
  request.set_owner("employees/c");
  request.set_reason("Knows the shop");
  const auto given = Call<Inquiry>("ReassignInquiry", Specialist(), request);
  ASSERT_THAT(given, IsOk());
  EXPECT_EQ(given->owner(), "employees/c");
  const ServiceClock after = Resolution(inquiry.name());
  EXPECT_EQ(after.owner(), "employees/c");
  EXPECT_EQ(time::ToTime(after.due_time()), time::ToTime(before.due_time()));
  EXPECT_EQ(Number("SELECT open_count FROM inquiry_loads WHERE owner = 'employees/a'"), 0);
  EXPECT_EQ(Number("SELECT open_count FROM inquiry_loads WHERE owner = 'employees/c'"), 1);
  request.clear_owner();
  EXPECT_EQ(Call<Inquiry>("ReassignInquiry", Specialist(), request)->owner(), "employees/b") << "who never had one";
}

TEST_F(InquiryTest, WhoTakesOverGetsTheInquiryAndItsClocks) {
  const Inquiry inquiry = Received();
  const ServiceClock before = Resolution(inquiry.name());
  type::v1::HandOverRequest request;
  request.set_resource(inquiry.name());
  request.set_field("owner");
  request.set_employee("employees/a");
  request.set_successor("employees/c");
  request.set_reason("Leaves");
  ASSERT_THAT(Call<type::v1::Holding>("HandOver", Manager(), request), IsOk());
  EXPECT_EQ(GetInquiry(inquiry.name()).owner(), "employees/c");
  EXPECT_EQ(Resolution(inquiry.name()).owner(), "employees/c");
  EXPECT_EQ(time::ToTime(Resolution(inquiry.name()).due_time()), time::ToTime(before.due_time())) << "the clocks run on";
  EXPECT_EQ(Number("SELECT open_count FROM inquiry_loads WHERE owner = 'employees/c'"), 1);
}

// ---- What is said

TEST_F(InquiryTest, AnswersAsksWaitsAndIsResolved) {
  const std::string name = Received().name();
  EXPECT_FALSE(Answer(name, false, true)->has_first_answer_time()) << "a machine's is no first answer";
  v1::AnswerInquiryRequest both;
  both.set_name(name);
  both.set_text("?");
  both.set_asks(true);
  both.set_automatic(true);
  EXPECT_THAT(Call<Inquiry>("AnswerInquiry", Specialist(), both), HasViolations("asks AUTOMATIC_ASKS"));
  clock_.Advance(absl::Minutes(30));
  const auto asked = Answer(name, true);
  ASSERT_THAT(asked, IsOk());
  EXPECT_EQ(asked->state(), Inquiry::STATE_WAITING);
  EXPECT_TRUE(asked->has_first_answer_time());
  EXPECT_GT(time::ToTime(asked->queue_time()), clock_.Now() + absl::Hours(24 * 365 * 100)) << "nothing is due while it waits";
  EXPECT_EQ(Resolution(name).state(), ServiceClock::STATE_PAUSED);
  clock_.Advance(absl::Minutes(30));
  const auto said = Says(Specialist(), name);
  ASSERT_THAT(said, IsOk());
  EXPECT_EQ(said->state(), Inquiry::STATE_OPEN);
  EXPECT_FALSE(said->has_silence_time());
  EXPECT_EQ(Resolution(name).state(), ServiceClock::STATE_RUNNING);
  EXPECT_EQ(time::ToTime(said->queue_time()), time::ToTime(Resolution(name).due_time()));
  const auto resolved = Resolve(name);
  ASSERT_THAT(resolved, IsOk());
  EXPECT_EQ(resolved->state(), Inquiry::STATE_RESOLVED);
  EXPECT_EQ(Resolution(name).result(), ServiceClock::RESULT_MET);
  EXPECT_THAT(Answer(name), HasReason("ILLEGAL_TRANSITION"));
  std::vector<InquiryMessage::Kind> kinds;
  for (const InquiryMessage& message : MessagesOf(Specialist(), name)) kinds.push_back(message.kind());
  EXPECT_THAT(kinds, ElementsAre(InquiryMessage::KIND_ANSWER, InquiryMessage::KIND_ANSWER, InquiryMessage::KIND_CUSTOMER,
                                 InquiryMessage::KIND_ANSWER));
}

TEST_F(InquiryTest, TimesNeverRunBackwards) {
  const std::string name = Received().name();
  ASSERT_THAT(Answer(name, true), IsOk());
  // Another replica's clock is behind.
  rpc::Call behind = Specialist();
  behind.now -= absl::Seconds(5);
  ASSERT_THAT(Says(behind, name), IsOk());
  const auto messages = MessagesOf(Specialist(), name);
  ASSERT_THAT(messages, SizeIs(2));
  EXPECT_GE(time::ToTime(messages[1].create_time()), time::ToTime(messages[0].create_time()));
}

TEST_F(InquiryTest, WhatTheCustomerSaysReopensInTimeAndElseMakesANewOne) {
  const std::string name = Received("customer: 'c-1'").name();
  ASSERT_THAT(Resolve(name), IsOk());
  clock_.Advance(absl::Hours(3));
  auto said = Says(Specialist(), name);
  ASSERT_THAT(said, IsOk());
  EXPECT_EQ(said->name(), name);
  EXPECT_EQ(said->state(), Inquiry::STATE_OPEN);
  ASSERT_THAT(Resolve(name), IsOk());
  EXPECT_EQ(GetInquiry(name).resolution_count(), 2);
  // Four working days later it is too late.
  clock_.Advance(absl::Hours(24 * 8));
  said = Says(Specialist(), name, "Still nothing");
  ASSERT_THAT(said, IsOk());
  EXPECT_NE(said->name(), name);
  EXPECT_EQ(said->previous(), name);
  EXPECT_EQ(said->text(), "Still nothing");
  EXPECT_EQ(said->customer_key(), GetInquiry(name).customer_key());
  EXPECT_EQ(said->category(), "payment/refund");
  EXPECT_THAT(ClocksOf(said->name()), SizeIs(2));
}

TEST_F(InquiryTest, WhoSaysNothingIsRemindedAndThenItIsClosedInWorkingTime) {
  const std::string name = Received().name();
  ASSERT_THAT(Answer(name, true), IsOk());
  // 8 h of work from Thursday 10:00 are over on Friday at 10:00.
  RunJobs(absl::Hours(23));
  EXPECT_FALSE(GetInquiry(name).has_remind_time());
  RunJobs(absl::Hours(1));
  EXPECT_TRUE(GetInquiry(name).has_remind_time());
  EXPECT_THAT(MessagesOf(Specialist(), name), SizeIs(2));
  // Another 8 h end on Monday at 10:00.
  RunJobs(absl::Hours(24 * 3 - 1));
  EXPECT_EQ(GetInquiry(name).state(), Inquiry::STATE_WAITING);
  RunJobs(absl::Hours(1));
  EXPECT_EQ(GetInquiry(name).state(), Inquiry::STATE_CLOSED);
  EXPECT_EQ(Resolution(name).state(), ServiceClock::STATE_CANCELLED);
  EXPECT_THAT(MessagesOf(Specialist(), name), SizeIs(2));
  const auto said = Says(Specialist(), name);
  ASSERT_THAT(said, IsOk());
  EXPECT_EQ(said->previous(), name);
}

TEST_F(InquiryTest, WhatIsResolvedIsClosedAfterSilenceAndWhoAnswersInTimeIsNotReminded) {
  const std::string name = Received().name();
  ASSERT_THAT(Answer(name, true), IsOk());
  clock_.Advance(absl::Hours(4));
  ASSERT_THAT(Says(Specialist(), name), IsOk());
  ASSERT_THAT(Resolve(name), IsOk());
  RunJobs(absl::Hours(24));
  EXPECT_EQ(GetInquiry(name).state(), Inquiry::STATE_RESOLVED);
  EXPECT_FALSE(GetInquiry(name).has_remind_time());
  RunJobs(absl::Hours(24 * 4));
  EXPECT_EQ(GetInquiry(name).state(), Inquiry::STATE_CLOSED);
  EXPECT_EQ(Resolution(name).result(), ServiceClock::RESULT_MET);
}

// ---- Who sees what

TEST_F(InquiryTest, DepartmentsAndProducersSeeTheirsAndNoNotes) {
  const auto of_care = Receive(Member("care"), Comes()), of_shop = Receive(Producer(), Comes());
  ASSERT_THAT(of_care, IsOk());
  ASSERT_THAT(of_shop, IsOk());
  ASSERT_THAT(Answer(of_care->name()), IsOk());
  v1::NoteOnInquiryRequest note;
  note.set_name(of_care->name());
  note.set_text("He calls every day");
  ASSERT_THAT(Call<InquiryMessage>("NoteOnInquiry", Specialist(), note), IsOk());
  EXPECT_THAT(MessagesOf(Specialist(), of_care->name()), SizeIs(2));
  const auto seen = MessagesOf(Member("care"), of_care->name());
  ASSERT_THAT(seen, SizeIs(1));
  EXPECT_EQ(seen[0].kind(), InquiryMessage::KIND_ANSWER);
  EXPECT_THAT(
      Call<InquiryMessage>("GetInquiryMessage", Member("care"), Of<v1::GetInquiryMessageRequest>(of_care->name() + "/messages/000002")),
      HasReason("NOT_FOUND"));
  EXPECT_THAT(Listed(Member("care")), SizeIs(1));
  EXPECT_THAT(Listed(Producer()), SizeIs(1));
  EXPECT_THAT(Listed(Producer("producers/app")), IsEmpty());
  EXPECT_THAT(Listed(Member("law")), IsEmpty());
  EXPECT_THAT(Listed(Specialist()), SizeIs(2));
  for (const rpc::Call& other : {Member("law"), Producer("producers/app"), Producer()}) {
    EXPECT_THAT(Call<Inquiry>("GetInquiry", other, Of<v1::GetInquiryRequest>(of_care->name())), HasReason("NOT_FOUND"));
    EXPECT_THAT(Says(other, of_care->name()), HasReason("NOT_FOUND"));
  }
  EXPECT_THAT(Says(Member("care"), of_care->name()), IsOk());
  EXPECT_THAT(Says(Producer(), of_shop->name()), IsOk());
  v1::RetractInquiryRequest retract;
  retract.set_name(of_care->name());
  retract.set_reason("A mistake");
  EXPECT_THAT(Call<Inquiry>("RetractInquiry", Member("law"), retract), HasReason("NOT_FOUND"));
  EXPECT_EQ(Call<Inquiry>("RetractInquiry", Member("care"), retract)->state(), Inquiry::STATE_CLOSED);
}

TEST_F(InquiryTest, TheQueueComesNextDueFirst) {
  const std::string slow = Received("kind: KIND_INQUIRY").name();
  const std::string waits = Received().name();
  const std::string quick = Received("priority: SERVICE_PRIORITY_URGENT").name();
  const std::string usual = Received().name();
  ASSERT_THAT(Answer(waits, true), IsOk());
  std::vector<std::string> order;
  for (const Inquiry& inquiry : Listed(Specialist(), "queue_time")) order.push_back(inquiry.name());
  EXPECT_THAT(order, ElementsAre(quick, usual, slow, waits));
}

// ---- Merged, retracted, reclassified

TEST_F(InquiryTest, MergedOnesGoOnAsTheOther) {
  const std::string one = Received("customer: 'c-1'").name(), other = Received("customer: 'c-1'").name();
  v1::MergeInquiryRequest request;
  request.set_name(one);
  request.set_into(one);
  request.set_reason("The same refund");
  EXPECT_THAT(Call<Inquiry>("MergeInquiry", Specialist(), request), HasViolations("into MERGED_INTO_ITSELF"));
  request.set_into(other);
  const auto merged = Call<Inquiry>("MergeInquiry", Specialist(), request);
  ASSERT_THAT(merged, IsOk());
  EXPECT_EQ(merged->state(), Inquiry::STATE_MERGED);
  EXPECT_EQ(Resolution(one).state(), ServiceClock::STATE_CANCELLED);
  // No circle: what is merged is over.
  request.set_name(other);
  request.set_into(one);
  EXPECT_THAT(Call<Inquiry>("MergeInquiry", Specialist(), request), HasReason("MERGE_TARGET_OVER"));
  const auto said = Says(Specialist(), one);
  ASSERT_THAT(said, IsOk());
  EXPECT_EQ(said->name(), other);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM inquiries WHERE complaint_time IS NOT NULL"), 1);
}

TEST_F(InquiryTest, AnotherPriorityMovesTheClocksAndLoweringWantsAReason) {
  const std::string name = Received().name();
  v1::ReclassifyInquiryRequest request;
  request.set_name(name);
  request.set_priority(v1::SERVICE_PRIORITY_URGENT);
  const auto urgent = Call<Inquiry>("ReclassifyInquiry", Specialist(), request);
  ASSERT_THAT(urgent, IsOk());
  EXPECT_EQ(time::ToTime(urgent->queue_time()), clock_.Now() + absl::Hours(1));
  request.set_priority(v1::SERVICE_PRIORITY_NORMAL);
  EXPECT_THAT(Call<Inquiry>("ReclassifyInquiry", Specialist(), request), HasViolations("reason LOWERING_NEEDS_REASON"));
  request.set_reason("A mistake");
  EXPECT_THAT(Call<Inquiry>("ReclassifyInquiry", Specialist(), request), IsOk());
  request.set_category("nowhere");
  request.set_activity("activities/none");
  EXPECT_THAT(Call<Inquiry>("ReclassifyInquiry", Specialist(), request),
              HasViolations("category UNKNOWN_INQUIRY_CATEGORY", "activity UNKNOWN_ACTIVITY"));
}

// ---- Satisfaction

TEST_F(InquiryTest, SatisfactionIsOfWhatWasRated) {
  v1::ComputeSatisfactionRequest request;
  *request.mutable_start_time() = time::ToTimestamp(clock_.Now());
  *request.mutable_end_time() = time::ToTimestamp(clock_.Now() + absl::Hours(1));
  auto none = Call<v1::ComputeSatisfactionResponse>("ComputeSatisfaction", Analyst(), request);
  ASSERT_THAT(none, IsOk());
  EXPECT_FALSE(none->has_csat());
  EXPECT_FALSE(none->has_response_rate());
  std::vector<std::string> names;
  for (int i = 0; i < 4; ++i) {
    names.push_back(Received(i == 3 ? "category: 'other'" : "").name());
    ASSERT_THAT(Resolve(names.back()), IsOk());
  }
  Rated(names[0], 5);
  EXPECT_EQ(Rated(names[1], 3).comment(), "Because");
  Rated(names[3], 4);
  v1::ReceiveRatingRequest again;
  again.set_name(names[0] + "/resolutions/0001");
  again.set_rating(1);
  EXPECT_THAT(Call<InquiryResolution>("ReceiveRating", Specialist(), again), HasReason("ALREADY_RATED"));
  auto all = Call<v1::ComputeSatisfactionResponse>("ComputeSatisfaction", Analyst(), request);
  ASSERT_THAT(all, IsOk());
  EXPECT_EQ(all->resolution_count(), 4);
  EXPECT_EQ(all->rating_count(), 3);
  EXPECT_DOUBLE_EQ(all->csat(), 2.0 / 3);
  EXPECT_DOUBLE_EQ(all->response_rate(), 0.75);
  request.set_category("payment");
  EXPECT_DOUBLE_EQ(Call<v1::ComputeSatisfactionResponse>("ComputeSatisfaction", Analyst(), request)->csat(), 0.5);
  *request.mutable_end_time() = request.start_time();
  EXPECT_THAT(Call<v1::ComputeSatisfactionResponse>("ComputeSatisfaction", Analyst(), request),
              HasViolations("end_time START_NOT_BEFORE_END"));
}

// ---- Erasure

TEST_F(InquiryTest, ErasedCustomersLeaveCountsAndNothingElse) {
  const std::string one = Received("customer: 'c-secret' source: 'hotline' external_id: 'x-secret' text: 'my-words'").name();
  const std::string two = Received("customer: 'c-secret'").name(), other = Received("customer: 'c-other'").name();
  ASSERT_THAT(Says(Specialist(), one, "more-words"), IsOk());
  ASSERT_THAT(Answer(two, true), IsOk());
  v1::EraseCustomerRequest request;
  request.set_customer("c-secret");
  request.set_reference("DSR-1");
  const auto erased = Call<v1::EraseCustomerResponse>("EraseCustomer", Manager(), request);
  ASSERT_THAT(erased, IsOk());
  EXPECT_EQ(erased->inquiry_count(), 2);
  clock_.Advance(absl::Seconds(1));
  absl::SleepFor(absl::Milliseconds(600));  // Other replicas may show it for half a second.
  const Inquiry blank = GetInquiry(one);
  EXPECT_EQ(blank.text(), "");
  EXPECT_EQ(blank.customer(), "");
  EXPECT_EQ(blank.external_id(), "");
  EXPECT_EQ(blank.customer_key(), GetInquiry(two).customer_key()) << "still one customer";
  EXPECT_EQ(MessagesOf(Specialist(), one)[0].text(), "");
  EXPECT_EQ(GetInquiry(other).text(), "Where is my money?");
  EXPECT_EQ(Number("SELECT COUNT(*) FROM inquiries WHERE complaint_time IS NOT NULL"), 3);
  EXPECT_THAT(Says(Specialist(), one), HasReason("PERSON_ERASED"));
  // The same id later is somebody new.
  const Inquiry later = Received("customer: 'c-secret'");
  EXPECT_EQ(later.customer(), "c-secret");
  EXPECT_NE(later.customer_key(), blank.customer_key());
  std::string dump;
  ASSERT_THAT(test::DumpOf(database_.get(), &dump), IsOk());
  for (const char* secret : {"c-secret", "x-secret", "my-words", "more-words"}) {
    EXPECT_EQ(dump.find(secret), std::string::npos) << secret;
  }
  // What waits is closed all the same.
  RunJobs(absl::Hours(24 * 2));
  RunJobs(absl::Hours(24 * 5));
  EXPECT_EQ(GetInquiry(two).state(), Inquiry::STATE_CLOSED);
}

}  // namespace
}  // namespace heitie::activity
