#include "services/activity/lesson/lesson.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "heitie/activity/v1/launch_gate.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/activity/preparation/activity_fixture.h"

namespace heitie::activity {
namespace {

using test::HasReason;
using test::HasViolation;
using test::HasViolations;
using test::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using v1::Lesson;
using v1::LessonAnswer;
using v1::ReviewAction;

class LessonTest : public ActivityTest {
 protected:
  std::string Ended() {
    const std::string name = Live("before");
    EXPECT_THAT(Call<v1::Activity>("EndActivity", Specialist(), Named<v1::EndActivityRequest>(name)), IsOk());
    return name;
  }
  absl::StatusOr<Lesson> Propose(const std::string& activity, const std::string& id = "gifts", const std::string& kind = "sale") {
    auto request = test::Proto<v1::CreateLessonRequest>(R"pb(lesson {
                                                               statement: "Order gifts early"
                                                               evidence { statement: "They came on the day" }
                                                               owner: "employees/li"
                                                             })pb");
    request.set_lesson_id(id);
    request.mutable_lesson()->set_activity(activity);
    v1::Applicability& applicability = *request.mutable_lesson()->mutable_applicability();
    if (kind.rfind("activityTemplates/", 0) == 0) {
      applicability.add_templates(kind);
    } else if (!kind.empty()) {
      applicability.add_kinds(kind);
    }
    return Call<Lesson>("CreateLesson", Analyst(), request);
  }
  absl::StatusOr<Lesson> Accept(const std::string& name) {
    return Call<Lesson>("AcceptLesson", Manager(), Named<v1::AcceptLessonRequest>(name));
  }
  absl::StatusOr<Lesson> End(const std::string& method, const std::string& name) {
    auto request = Named<v1::EndLessonRequest>(name);
    request.set_reason("It is known");
    return Call<Lesson>(method, Manager(), request);
  }
  absl::StatusOr<ReviewAction> Demand(const std::string& activity, const std::string& id = "supplier") {
    auto request = test::Proto<v1::CreateReviewActionRequest>(R"pb(review_action {
                                                                     title: "Find a second supplier"
                                                                     owner: "employees/li"
                                                                     applicability { kinds: "sale" }
                                                                   })pb");
    request.set_review_action_id(id);
    request.mutable_review_action()->set_activity(activity);
    *request.mutable_review_action()->mutable_due_time() = time::ToTimestamp(clock_.Now() + absl::Hours(72));
    return Call<ReviewAction>("CreateReviewAction", Analyst(), request);
  }
  absl::StatusOr<ReviewAction> Close(const std::string& method, const std::string& name) {
    auto request = Named<v1::CloseReviewActionRequest>(name);
    request.set_outcome("Found one");
    return Call<ReviewAction>(method, Manager(), request);
  }
  // An activity of the kind that is being prepared, with its item done.
  std::string Preparing(const std::string& id, const std::string& kind = "sale") {
    clock_.Advance(absl::Seconds(1));
    auto request = NewActivity(id);
    request.mutable_activity()->set_kind(kind);
    EXPECT_THAT(Call<v1::Activity>("CreateActivity", Specialist(), request), IsOk());
    const std::string name = "activities/" + id;
    EXPECT_THAT(Call<v1::Activity>("PrepareActivity", Specialist(), Named<v1::PrepareActivityRequest>(name)), IsOk());
    AddItem(name, true);
    return name;
  }
  absl::StatusOr<v1::Activity> MarkReady(const std::string& name) {
    return Call<v1::Activity>("MarkActivityReady", Specialist(), Named<v1::MarkActivityReadyRequest>(name));
  }
  absl::StatusOr<LessonAnswer> Answer(const std::string& activity, const std::string& subject, const std::string& id) {
    auto request = test::Proto<v1::CreateLessonAnswerRequest>(R"pb(lesson_answer { adopted: true explanation: "Item poster" })pb");
    request.set_parent(activity);
    request.set_lesson_answer_id(id);
    request.mutable_lesson_answer()->set_subject(subject);
    return Call<LessonAnswer>("CreateLessonAnswer", Specialist(), request);
  }
  std::vector<std::string> ToAnswer(const std::string& activity) {
    v1::ListLessonsToAnswerRequest request;
    request.set_name(activity);
    const auto listed = Call<v1::ListLessonsToAnswerResponse>("ListLessonsToAnswer", Analyst(), request);
    EXPECT_THAT(listed, IsOk());
    std::vector<std::string> all;
    for (const auto& lesson : listed->lessons_to_answer()) all.push_back(lesson.subject() + (lesson.answer().empty() ? "?" : ""));
    return all;
  }
};

TEST_F(LessonTest, ANewActivityOfTheKindAnswersLessonsAndActions) {
  const std::string before = Ended();
  ASSERT_THAT(Propose(before), IsOk());
  ASSERT_THAT(Propose(before, "proposed"), IsOk());
  ASSERT_THAT(Propose(before, "other", "fair"), IsOk());
  ASSERT_THAT(Accept("lessons/gifts"), IsOk());
  ASSERT_THAT(Accept("lessons/other"), IsOk());
  ASSERT_THAT(Demand(before), IsOk());
  const std::string next = Preparing("next");
  EXPECT_THAT(ToAnswer(next), ElementsAre("lessons/gifts?", "reviewActions/supplier?"));
  const auto refused = MarkReady(next);
  EXPECT_THAT(refused, HasReason("NOT_PREPARED"));
  EXPECT_THAT(refused, HasViolation("PRECONDITION_PREPARATION_COMPLETE", "LESSONS_UNANSWERED"));
  v1::EvaluateLaunchGateRequest look;
  look.set_name(next);
  const auto gate = Call<v1::EvaluateLaunchGateResponse>("EvaluateLaunchGate", Analyst(), look);
  ASSERT_THAT(gate, IsOk());
  EXPECT_THAT(gate->Utf8DebugString(), HasSubstr("lessons/gifts, reviewActions/supplier"));
  ASSERT_THAT(Answer(next, "lessons/gifts", "a"), IsOk());
  EXPECT_THAT(MarkReady(next), HasReason("NOT_PREPARED"));
  ASSERT_THAT(Answer(next, "reviewActions/supplier", "b"), IsOk());
  EXPECT_THAT(ToAnswer(next), ElementsAre("lessons/gifts", "reviewActions/supplier"));
  EXPECT_THAT(MarkReady(next), IsOk());
  EXPECT_THAT(MarkReady(Preparing("fair", "trade")), IsOk()) << "of another kind";
}

TEST_F(LessonTest, WhatIsNoLongerHeededNeedsNoAnswer) {
  const std::string before = Ended();
  ASSERT_THAT(Propose(before), IsOk());
  ASSERT_THAT(Accept("lessons/gifts"), IsOk());
  ASSERT_THAT(Demand(before), IsOk());
  ASSERT_THAT(Demand(before, "price"), IsOk());
  const std::string next = Preparing("next");
  ASSERT_THAT(End("RetireLesson", "lessons/gifts"), IsOk());
  ASSERT_THAT(Close("CompleteReviewAction", "reviewActions/supplier"), IsOk());
  ASSERT_THAT(Close("DropReviewAction", "reviewActions/price"), IsOk());
  EXPECT_THAT(ToAnswer(next), IsEmpty());
  EXPECT_THAT(MarkReady(next), IsOk());
}

TEST_F(LessonTest, AnActivityAnswersWhatWasThereWhenItWasCreated) {
  const std::string before = Ended();
  const std::string next = Preparing("next");
  clock_.Advance(absl::Seconds(1));
  ASSERT_THAT(Propose(before), IsOk());
  ASSERT_THAT(Accept("lessons/gifts"), IsOk());
  EXPECT_THAT(ToAnswer(next), IsEmpty());
  EXPECT_THAT(ToAnswer(Preparing("later")), ElementsAre("lessons/gifts?"));
}

TEST_F(LessonTest, AnswersAreOnePerLessonAndChangeUntilTheLaunch) {
  const std::string before = Ended();
  ASSERT_THAT(Propose(before), IsOk());
  ASSERT_THAT(Accept("lessons/gifts"), IsOk());
  const std::string next = Preparing("next");
  EXPECT_THAT(Answer(next, "projects/p", "a"), HasViolations("lesson_answer.subject NOT_A_LESSON"));
  EXPECT_THAT(Answer(next, "lessons/none", "a"), HasReason("NOTHING_TO_ANSWER"));
  ASSERT_THAT(Answer(next, "lessons/gifts", "a"), IsOk());
  EXPECT_THAT(Answer(next, "lessons/gifts", "b"), HasReason("ALREADY_ANSWERED"));
  v1::UpdateLessonAnswerRequest change;
  change.mutable_lesson_answer()->set_name(next + "/lessonAnswers/a");
  change.mutable_lesson_answer()->set_explanation("There are none");
  change.mutable_update_mask()->add_paths("adopted");
  change.mutable_update_mask()->add_paths("explanation");
  const auto changed = Call<LessonAnswer>("UpdateLessonAnswer", Specialist(), change);
  ASSERT_THAT(changed, IsOk());
  EXPECT_FALSE(changed->adopted());
  ASSERT_THAT(MarkReady(next), IsOk());
  ASSERT_THAT(Launch(next), IsOk());
  EXPECT_THAT(Call<LessonAnswer>("UpdateLessonAnswer", Specialist(), change), HasReason("PREPARATION_OVER"));
}

TEST_F(LessonTest, LessonsComeOfActivitiesThatAreOverAndApplyToSomething) {
  EXPECT_THAT(Propose(Live()), HasReason("ACTIVITY_NOT_OVER"));
  const std::string before = Ended();
  EXPECT_THAT(Propose(before, "x", ""), HasViolations("lesson.applicability APPLIES_TO_NOTHING"));
  EXPECT_THAT(Propose(before, "x", "activityTemplates/none"), HasViolations("lesson.applicability.templates[0] TEMPLATE_MISSING"));
  EXPECT_EQ(Propose("activities/none").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(LessonTest, WhatWasDecidedDoesNotChange) {
  const std::string before = Ended();
  ASSERT_THAT(Propose(before), IsOk());
  v1::UpdateLessonRequest change;
  change.mutable_lesson()->set_name("lessons/gifts");
  change.mutable_lesson()->set_statement("Order gifts a month before");
  change.mutable_lesson()->set_owner("employees/li");
  EXPECT_THAT(Call<Lesson>("UpdateLesson", Analyst(), change), IsOk());
  const auto accepted = Accept("lessons/gifts");
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(accepted->decider(), "employees/manager");
  EXPECT_TRUE(accepted->has_accept_time());
  change.mutable_lesson()->set_statement("Never mind");
  EXPECT_THAT(Call<Lesson>("UpdateLesson", Analyst(), change), HasReason("LESSON_DECIDED"));
  change.mutable_lesson()->clear_statement();
  change.mutable_lesson()->set_owner("employees/wu");
  EXPECT_THAT(Call<Lesson>("UpdateLesson", Analyst(), change), IsOk()) << "somebody else answers for it";
  EXPECT_THAT(End("RejectLesson", "lessons/gifts"), HasReason("ILLEGAL_TRANSITION"));
  ASSERT_THAT(Propose(before, "bad"), IsOk());
  EXPECT_THAT(End("RejectLesson", "lessons/bad"), IsOk());
  EXPECT_THAT(Accept("lessons/bad"), HasReason("ILLEGAL_TRANSITION"));
  ASSERT_THAT(Demand(before), IsOk());
  ASSERT_THAT(Close("CompleteReviewAction", "reviewActions/supplier"), IsOk());
  v1::UpdateReviewActionRequest late;
  late.mutable_review_action()->set_name("reviewActions/supplier");
  late.mutable_review_action()->set_title("x");
  EXPECT_THAT(Call<ReviewAction>("UpdateReviewAction", Analyst(), late), HasReason("ACTION_CLOSED"));
}

TEST_F(LessonTest, AnOverdueActionComesBackUntilItIsClosed) {
  ASSERT_THAT(Demand(Ended()), IsOk());
  const auto reminders = [&] {
    type::v1::ListEventsRequest request;
    request.set_subject("reviewActions/supplier");
    int count = 0;
    const auto listed = Call<type::v1::ListEventsResponse>("ListEvents", Manager(), request);
    EXPECT_THAT(listed, IsOk());
    for (const auto& event : listed->events()) {
      count += event.action() == "remind" ? 1 : 0;
    }
    return count;
  };
  RunJobs(absl::Hours(71));
  EXPECT_EQ(reminders(), 0);
  RunJobs(absl::Hours(2));
  EXPECT_EQ(reminders(), 1);
  RunJobs(absl::Hours(1));
  EXPECT_EQ(reminders(), 1);
  RunJobs(absl::Hours(24));
  EXPECT_EQ(reminders(), 2);
  ASSERT_THAT(Close("DropReviewAction", "reviewActions/supplier"), IsOk());
  RunJobs(absl::Hours(48));
  EXPECT_EQ(reminders(), 2);
}

}  // namespace
}  // namespace heitie::activity
