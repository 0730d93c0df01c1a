#include <atomic>
#include <thread>

#include "heitie/personnel/v1/career_path.pb.h"
#include "heitie/personnel/v1/improvement_plan.pb.h"
#include "heitie/personnel/v1/performance_interview.pb.h"
#include "heitie/personnel/v1/promotion.pb.h"
#include "services/personnel/career/career_testing.h"

namespace heitie::personnel {
namespace {

using absl::CivilDay;
using test::HasReason;
using test::HasViolations;
using test::IsOk;
using test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ImprovementTest : public CareerFixture {
 protected:
  absl::StatusOr<v1::PerformanceInterview> Invite(const rpc::Call& call, const std::string& id, const std::string& of,
                                                  const std::string& interviewer = "") {
    v1::CreatePerformanceInterviewRequest request;
    request.set_performance_interview_id(id);
    v1::PerformanceInterview& interview = *request.mutable_performance_interview();
    interview.set_employee("employees/" + of);
    if (!interviewer.empty()) interview.set_interviewer("employees/" + interviewer);
    *interview.mutable_planned_date() = time::ToDate(CivilDay(2026, 1, 16));
    interview.set_reason("三個月低於標準");
    return Call<v1::PerformanceInterview>("CreatePerformanceInterview", call, request);
  }
  absl::StatusOr<v1::PerformanceInterview> Hold(const rpc::Call& call, const std::string& id, CivilDay day = CivilDay(2026, 1, 15)) {
    v1::HoldPerformanceInterviewRequest request;
    request.set_name("performanceInterviews/" + id);
    *request.mutable_held_date() = time::ToDate(day);
    request.set_record("談了目標與支援");
    return Call<v1::PerformanceInterview>("HoldPerformanceInterview", call, request);
  }
  // A held interview of li with bo.
  void Interview(const std::string& id) {
    ASSERT_THAT(Invite(As("li"), id, "bo"), IsOk());
    ASSERT_THAT(Hold(As("li"), id), IsOk());
  }
  // A plan for bo, from 16 January to 14 March.
  static v1::CreateImprovementPlanRequest PlanFor(const std::string& id, const std::string& interview) {
    auto request = Proto<v1::CreateImprovementPlanRequest>(
        "improvement_plan { employee: 'employees/bo' mentor: 'employees/an' start_date { year: 2026 month: 1 day: 16 } "
        "end_date { year: 2026 month: 3 day: 14 } goals { goal: '回覆更快' measure: '平均回覆時間' target: '4 小時' } "
        "actions { action: '每日檢視' due_date { year: 2026 month: 1 day: 20 } } }");
    request.set_improvement_plan_id(id);
    request.mutable_improvement_plan()->set_interview("performanceInterviews/" + interview);
    return request;
  }
  absl::StatusOr<v1::ImprovementPlan> Present(const rpc::Call& call, const v1::CreateImprovementPlanRequest& request) {
    return Call<v1::ImprovementPlan>("CreateImprovementPlan", call, request);
  }
  template <typename Req>
  absl::StatusOr<v1::ImprovementPlan> Do(const std::string& method, const rpc::Call& call, const std::string& text) {
    Req request = Proto<Req>(text);
    request.set_name("improvementPlans/p");
    return Call<v1::ImprovementPlan>(method, call, request);
  }
  absl::StatusOr<v1::ImprovementPlan> Acknowledge(const rpc::Call& call) {
    return Do<v1::AcknowledgeImprovementPlanRequest>("AcknowledgeImprovementPlan", call, "");
  }
  absl::StatusOr<v1::ImprovementPlan> Witness(const rpc::Call& call) {
    return Do<v1::WitnessRefusalRequest>("WitnessRefusal", call, "refusal: '不同意目標'");
  }
  absl::StatusOr<v1::ImprovementPlan> Review(const rpc::Call& call) {
    return Do<v1::RecordImprovementReviewRequest>("RecordImprovementReview", call, "record: '有進步' on_track: true");
  }
  absl::StatusOr<v1::ImprovementPlan> Pass(const rpc::Call& call) {
    return Do<v1::PassImprovementPlanRequest>("PassImprovementPlan", call, "reason: '達成'");
  }
  absl::StatusOr<v1::ImprovementPlan> Extend(const rpc::Call& call, CivilDay end) {
    v1::ExtendImprovementPlanRequest request;
    request.set_name("improvementPlans/p");
    *request.mutable_end_date() = time::ToDate(end);
    request.set_reason("接近目標");
    return Call<v1::ImprovementPlan>("ExtendImprovementPlan", call, request);
  }
  // An acknowledged plan at its last day.
  void Run() {
    Interview("i");
    ASSERT_THAT(Present(As("li"), PlanFor("p", "i")), IsOk());
    ASSERT_THAT(Acknowledge(As("bo")), IsOk());
    SetToday(CivilDay(2026, 3, 14));
  }
};

TEST_F(ImprovementTest, AnInterviewIsHeldAndRecorded) {
  ASSERT_THAT(Invite(As("li"), "i", "bo"), IsOk());
  EXPECT_THAT(Waiting("li"), ElementsAre("performanceInterviews/i hold 2026-01-16 0"));
  auto update = Proto<v1::UpdatePerformanceInterviewRequest>(
      "performance_interview { name: 'performanceInterviews/i' interviewer: 'employees/boss' } update_mask { paths: 'interviewer' }");
  ASSERT_THAT(Call<v1::PerformanceInterview>("UpdatePerformanceInterview", As("li"), update), IsOk());
  EXPECT_THAT(Waiting("li"), IsEmpty());
  EXPECT_THAT(Waiting("boss"), ElementsAre("performanceInterviews/i hold 2026-01-16 0"));
  EXPECT_THAT(Hold(As("boss"), "i", CivilDay(2026, 1, 17)), HasViolations("held_date NOT_HELD_YET"));
  EXPECT_THAT(Hold(As("boss"), "i", CivilDay(2025, 3, 30)), HasViolations("held_date OUTSIDE_EMPLOYMENT"));
  EXPECT_THAT(Hold(As("bo"), "i"), HasReason("OWN_MATTER"));
  EXPECT_THAT(Hold(As("an"), "i"), HasReason("NOT_FOUND"));
  const auto held = Hold(As("boss"), "i");
  ASSERT_THAT(held, IsOk());
  EXPECT_EQ(held->finisher(), "employees/boss");
  EXPECT_THAT(Waiting("boss"), IsEmpty());
  EXPECT_THAT(Call<v1::PerformanceInterview>("UpdatePerformanceInterview", As("li"), update), HasReason("INTERVIEW_OVER"));
}

TEST_F(ImprovementTest, AnInterviewIsPlannedByThoseWhoLead) {
  EXPECT_THAT(Invite(As("bo"), "i", "bo"), HasReason("OWN_MATTER"));
  EXPECT_THAT(Invite(As("an"), "i", "bo"), HasReason("NOT_THEIR_LEADER"));
  EXPECT_THAT(Invite(As("li"), "i", "bo", "bo"), HasViolations("performance_interview.interviewer INTERVIEWER_THEMSELVES"));
  EXPECT_THAT(Invite(As("li"), "i", "bo", "nobody"), HasViolations("performance_interview.interviewer UNKNOWN_COLLEAGUE"));
  ASSERT_THAT(Invite(AsManager("wu"), "i", "bo", "an"), IsOk());
  EXPECT_THAT(Hold(As("an"), "i"), IsOk()) << "whoever is named for it";
  ASSERT_THAT(Invite(As("li"), "j", "bo"), IsOk());
  auto cancel = Proto<v1::CancelPerformanceInterviewRequest>("name: 'performanceInterviews/j' reason: '誤植'");
  EXPECT_THAT(Call<v1::PerformanceInterview>("CancelPerformanceInterview", As("bo"), cancel), HasReason("OWN_MATTER"));
  EXPECT_THAT(Call<v1::PerformanceInterview>("CancelPerformanceInterview", As("li"), cancel), IsOk());
  EXPECT_THAT(Waiting("li"), IsEmpty());
}

TEST_F(ImprovementTest, NoPlanWithoutAHeldInterview) {
  EXPECT_THAT(Present(As("li"), PlanFor("p", "none")), HasReason("NO_HELD_INTERVIEW"));
  ASSERT_THAT(Invite(As("li"), "planned", "bo"), IsOk());
  EXPECT_THAT(Present(As("li"), PlanFor("p", "planned")), HasReason("NO_HELD_INTERVIEW"));
  ASSERT_THAT(Invite(As("li"), "other", "an"), IsOk());
  ASSERT_THAT(Hold(As("li"), "other"), IsOk());
  EXPECT_THAT(Present(As("li"), PlanFor("p", "other")), HasReason("NO_HELD_INTERVIEW")) << "with somebody else";
  ASSERT_THAT(Invite(As("li"), "old", "bo"), IsOk());
  ASSERT_THAT(Hold(As("li"), "old", CivilDay(2025, 12, 1)), IsOk());
  EXPECT_THAT(Present(As("li"), PlanFor("p", "old")), HasReason("INTERVIEW_TOO_OLD"));
  Interview("i");
  ASSERT_THAT(Present(As("li"), PlanFor("p", "i")), IsOk());
  ASSERT_THAT(Do<v1::WithdrawImprovementPlanRequest>("WithdrawImprovementPlan", As("boss"), "reason: '重擬'"), IsOk());
  EXPECT_THAT(Present(As("li"), PlanFor("q", "i")), IsOk()) << "the first was withdrawn";
}

TEST_F(ImprovementTest, EveryBadFieldOfAPlanIsTold) {
  Interview("i");
  auto request = PlanFor("p", "i");
  v1::ImprovementPlan& plan = *request.mutable_improvement_plan();
  plan.set_mentor("employees/bo");
  plan.set_reviewer("employees/nobody");
  plan.add_courses("courses/none");
  *plan.mutable_actions(0)->mutable_due_date() = time::ToDate(CivilDay(2026, 3, 15));
  *plan.add_reviews()->mutable_due_date() = time::ToDate(CivilDay(2026, 3, 14));
  EXPECT_THAT(Present(As("li"), request),
              HasViolations("improvement_plan.actions[0].due_date ACTION_OUTSIDE_PLAN",
                            "improvement_plan.reviews[0].due_date REVIEWS_TOO_FAR_APART", "improvement_plan.courses[0] UNKNOWN_COURSE",
                            "improvement_plan.mentor MENTOR_THEMSELVES", "improvement_plan.reviewer UNKNOWN_COLLEAGUE"));
  EXPECT_THAT(Present(As("an"), PlanFor("p", "i")), HasReason("NOT_THEIR_LEADER"));
  EXPECT_THAT(Present(As("bo"), PlanFor("p", "i")), HasReason("OWN_MATTER"));
}

TEST_F(ImprovementTest, APlanIsAcknowledgedReviewedAndDecided) {
  Interview("i");
  auto request = PlanFor("p", "i");
  const auto presented = Present(As("li"), request);
  ASSERT_THAT(presented, IsOk());
  EXPECT_EQ(presented->reviewer(), "employees/li");
  EXPECT_EQ(presented->policy(), "careerPolicies/default");
  ASSERT_EQ(presented->reviews_size(), 2) << "15 February and the last day";
  EXPECT_THAT(Waiting("bo"), ElementsAre("improvementPlans/p acknowledge 2026-01-22 0"));
  EXPECT_THAT(Waiting("boss"), ElementsAre("improvementPlans/p decide 2026-03-14 0"));
  EXPECT_THAT(Review(As("li")), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(Acknowledge(As("li")), HasReason("NOT_THE_PERSON"));
  ASSERT_THAT(Acknowledge(As("bo")), IsOk());
  EXPECT_THAT(Waiting("bo"), IsEmpty());
  EXPECT_THAT(Waiting("li"), ElementsAre("improvementPlans/p review 2026-02-15 0"));

  EXPECT_THAT(Review(As("bo")), HasReason("OWN_MATTER"));
  EXPECT_THAT(Review(As("an")), HasReason("NOT_THEIR_LEADER")) << "a mentor helps and does not judge";
  ASSERT_THAT(Review(As("li")), IsOk());
  EXPECT_THAT(Waiting("li"), ElementsAre("improvementPlans/p review 2026-03-14 0"));
  EXPECT_THAT(Pass(As("boss")), HasReason("PLAN_NOT_OVER"));
  SetToday(CivilDay(2026, 3, 14));
  EXPECT_THAT(Pass(As("boss")), HasReason("REVIEWS_OUTSTANDING"));
  ASSERT_THAT(Review(As("li")), IsOk());
  EXPECT_THAT(Review(As("li")), HasReason("NO_REVIEW_LEFT"));
  EXPECT_THAT(Pass(As("li")), HasReason("OWN_PROPOSAL"));
  EXPECT_THAT(Pass(As("an")), HasReason("NOT_THE_APPROVER"));
  const auto passed = Pass(As("boss"));
  ASSERT_THAT(passed, IsOk());
  EXPECT_EQ(passed->state(), v1::ImprovementPlan::STATE_SUCCEEDED);
  EXPECT_EQ(passed->decider(), "employees/boss");
  EXPECT_THAT(Waiting("boss"), IsEmpty());
  EXPECT_THAT(Present(As("li"), PlanFor("q", "i")), HasReason("INTERVIEW_FOLLOWED"));
}

TEST_F(ImprovementTest, DatesAtTheEndOfAllDaysAreTaken) {
  auto invite = Proto<v1::CreatePerformanceInterviewRequest>(
      "performance_interview { employee: 'employees/bo' planned_date { year: 9999 month: 12 day: 31 } reason: 'r' }");
  EXPECT_THAT(Call<v1::PerformanceInterview>("CreatePerformanceInterview", As("li"), invite), IsOk());
  Interview("i");
  auto request = PlanFor("p", "i");
  *request.mutable_improvement_plan()->mutable_end_date() = time::ToDate(CivilDay(9999, 12, 31));
  EXPECT_THAT(Present(As("li"), request), HasViolations("improvement_plan.end_date PLAN_TOO_LONG"));
}

TEST_F(ImprovementTest, ARefusalIsWitnessedByAnother) {
  Interview("i");
  ASSERT_THAT(Present(As("li"), PlanFor("p", "i")), IsOk());
  EXPECT_THAT(Witness(As("bo")), HasReason("NOT_A_WITNESS"));
  EXPECT_THAT(Witness(As("li")), HasReason("NOT_A_WITNESS")) << "who presented it";
  EXPECT_THAT(Witness(As("wu")), HasReason("NOT_FOUND"));
  const auto witnessed = Witness(As("an"));
  ASSERT_THAT(witnessed, IsOk());
  EXPECT_EQ(witnessed->state(), v1::ImprovementPlan::STATE_ACTIVE);
  EXPECT_EQ(witnessed->witness(), "employees/an");
  EXPECT_FALSE(witnessed->has_acknowledge_time());
  EXPECT_THAT(Acknowledge(As("bo")), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(ImprovementTest, UndecidedItIsOverdueEveryDay) {
  Run();
  SetToday(CivilDay(2026, 3, 15));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_THAT(Waiting("boss"), ::testing::Contains("improvementPlans/p decide 2026-03-14 1"));
  SetToday(CivilDay(2026, 3, 17));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_THAT(Waiting("boss"), ::testing::Contains("improvementPlans/p decide 2026-03-14 3"));
}

TEST_F(ImprovementTest, APlanIsExtendedOnce) {
  Run();
  ASSERT_THAT(Review(As("li")), IsOk());
  ASSERT_THAT(Review(As("li")), IsOk());
  EXPECT_THAT(Extend(As("boss"), CivilDay(2026, 3, 14)), HasViolations("end_date DATES_REVERSED"));
  EXPECT_THAT(Extend(As("boss"), CivilDay(2026, 9, 15)), HasViolations("end_date PLAN_TOO_LONG"));
  EXPECT_THAT(Extend(As("li"), CivilDay(2026, 4, 20)), HasReason("OWN_PROPOSAL"));
  const auto extended = Extend(As("boss"), CivilDay(2026, 4, 20));
  ASSERT_THAT(extended, IsOk());
  EXPECT_EQ(time::ToDay(extended->first_end_date()), CivilDay(2026, 3, 14));
  ASSERT_EQ(extended->reviews_size(), 4) << "13 and 20 April";
  EXPECT_THAT(Waiting("boss"), ElementsAre("improvementPlans/p decide 2026-04-20 0"));
  EXPECT_THAT(Waiting("li"), ElementsAre("improvementPlans/p review 2026-04-13 0"));
  SetToday(CivilDay(2026, 4, 20));
  ASSERT_THAT(Review(As("li")), IsOk());
  ASSERT_THAT(Review(As("li")), IsOk());
  EXPECT_THAT(Extend(As("boss"), CivilDay(2026, 5, 20)), HasReason("EXTENDED_BEFORE"));
  EXPECT_THAT(Do<v1::FailImprovementPlanRequest>("FailImprovementPlan", As("boss"), "reason: '未達成'"), IsOk());
}

TEST_F(ImprovementTest, OfPlansForOneAtTheSameMomentOneIsPresented) {
  for (int i = 0; i < 8; ++i) Interview(absl::StrCat("i", i));
  std::atomic<int> presented = 0, open = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] {
        const auto plan = Present(As("li"), PlanFor(absl::StrCat("p", i), absl::StrCat("i", i)));
        presented += plan.ok();
        open += status::ReasonOf(plan.status()) == "IMPROVEMENT_PLAN_OPEN";
      });
    }
  }
  EXPECT_EQ(presented, 1);
  EXPECT_EQ(open, 7);
}

// A promotion and a plan for the same person: whichever comes first stands in the way of the other's decision.
TEST_F(ImprovementTest, AnOpenPlanStandsInTheWayOfAPromotion) {
  ASSERT_THAT(Call<v1::CareerPath>("CreateCareerPath", Manager(),
                                   Proto<v1::CreateCareerPathRequest>("career_path { title: 'Up' from_position: 'positions/specialist' "
                                                                      "to_position: 'positions/manager' } career_path_id: 'up'")),
              IsOk());
  ASSERT_THAT(Call<v1::CareerPathVersion>("CreateCareerPathVersion", Manager(),
                                          Proto<v1::CreateCareerPathVersionRequest>(
                                              "parent: 'careerPaths/up' career_path_version { reason: 'r' no_open_plan: true } "
                                              "career_path_version_id: 'v'")),
              IsOk());
  ASSERT_THAT(Call<v1::CareerPathVersion>("PublishCareerPathVersion", Manager(),
                                          Proto<v1::PublishCareerPathVersionRequest>("name: 'careerPaths/up/versions/v'")),
              IsOk());
  PlanHeadcount("manager", 3);
  const auto propose = Proto<v1::CreatePromotionRequest>(
      "promotion { employee: 'employees/bo' path: 'careerPaths/up' start_date { year: 2026 month: 2 day: 1 } reason: 'r' } "
      "promotion_id: 'p'");
  ASSERT_THAT(Call<v1::Promotion>("CreatePromotion", As("li"), propose), IsOk());
  Interview("i");
  ASSERT_THAT(Present(As("li"), PlanFor("p", "i")), IsOk());
  const auto approve = Proto<v1::ApprovePromotionRequest>("name: 'promotions/p'");
  EXPECT_THAT(Call<v1::Promotion>("ApprovePromotion", As("boss"), approve), HasReason("NOT_ELIGIBLE"));
  ASSERT_THAT(Do<v1::WithdrawImprovementPlanRequest>("WithdrawImprovementPlan", As("boss"), "reason: '誤植'"), IsOk());
  EXPECT_THAT(Call<v1::Promotion>("ApprovePromotion", As("boss"), approve), IsOk());
}

TEST_F(ImprovementTest, APlanIsSeenByThoseItConcerns) {
  Interview("i");
  ASSERT_THAT(Present(As("li"), PlanFor("p", "i")), IsOk());
  const auto seen = [&](const rpc::Call& call) {
    const auto plans = Call<v1::ListImprovementPlansResponse>("ListImprovementPlans", call, v1::ListImprovementPlansRequest());
    const auto interviews =
        Call<v1::ListPerformanceInterviewsResponse>("ListPerformanceInterviews", call, v1::ListPerformanceInterviewsRequest());
    EXPECT_THAT(plans, IsOk());
    EXPECT_THAT(interviews, IsOk());
    return plans.ok() && interviews.ok() ? absl::StrCat(plans->improvement_plans_size(), " ", interviews->performance_interviews_size())
                                         : "";
  };
  EXPECT_EQ(seen(As("bo")), "1 1");
  EXPECT_EQ(seen(As("li")), "1 1");
  EXPECT_EQ(seen(As("boss")), "1 1");
  EXPECT_EQ(seen(As("an")), "1 0") << "the mentor sees the plan alone";
  EXPECT_EQ(seen(AsManager("wu")), "1 1");
  EXPECT_EQ(seen(As("wu")), "0 0");
}

}  // namespace
}  // namespace heitie::personnel
