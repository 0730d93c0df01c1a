#include "services/personnel/career/standard.h"

#include <map>
#include <memory>
#include <thread>

#include "heitie/personnel/v1/appraisal_part.pb.h"
#include "heitie/personnel/v1/appraisal_scheme.pb.h"
#include "heitie/personnel/v1/career_policy.pb.h"
#include "heitie/personnel/v1/improvement_plan.pb.h"
#include "heitie/personnel/v1/performance_interview.pb.h"
#include "services/personnel/career/career_testing.h"

namespace heitie::personnel {
namespace {

using absl::CivilDay;
using absl::CivilMonth;
using test::HasReason;
using test::HasViolations;
using test::IsOk;
using test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class StandardTest : public CareerFixture {
 protected:
  // A closed month of bo; no points: without a score.
  void Close(CivilMonth month, std::optional<int> points, std::optional<int> adjusted = std::nullopt) {
    CloseSheet(month, false, "bo", points ? absl::StrCat("points: ", *points) : "", adjusted);
  }
  // A closed year of bo.
  void CloseYear(int year, const std::string& grade, std::optional<int> adjusted = std::nullopt) {
    CloseSheet(CivilMonth(year, 1), true, "bo", absl::StrCat("points: 5500 score_grade: '", grade, "' grade: '", grade, "'"), adjusted);
  }
  // The grounds of each interview, after an hour: "2025-10 2025-11 2025-year PLANNED", by name.
  std::vector<std::string> Interviews() {
    clock_.Advance(absl::Hours(1));
    EXPECT_THAT(jobs_.RunDue(), IsOk());
    const auto list =
        Call<v1::ListPerformanceInterviewsResponse>("ListPerformanceInterviews", Manager(), v1::ListPerformanceInterviewsRequest());
    EXPECT_THAT(list, IsOk());
    std::vector<std::string> interviews;
    if (!list.ok()) return interviews;
    for (const v1::PerformanceInterview& interview : list->performance_interviews()) {
      std::string text;
      for (const std::string& appraisal : interview.appraisals())
        absl::StrAppend(&text, appraisal.substr(16, appraisal.find("-operations") - 16), " ");
      interviews.push_back(absl::StrCat(text, v1::PerformanceInterview::State_Name(interview.state()).substr(6)));
    }
    return interviews;
  }
};

TEST_F(StandardTest, ThreeMonthsInARowLeadToAnInterviewWithTheSuperior) {
  Close(CivilMonth(2025, 8), 7000);
  Close(CivilMonth(2025, 9), 5999);
  Close(CivilMonth(2025, 10), 5000);
  EXPECT_THAT(Interviews(), IsEmpty());
  Close(CivilMonth(2025, 11), std::nullopt);
  EXPECT_THAT(Interviews(), IsEmpty());
  Close(CivilMonth(2025, 12), 5500);
  EXPECT_THAT(Interviews(), ElementsAre("2025-09 2025-10 2025-12 PLANNED"));
  EXPECT_THAT(Interviews(), ElementsAre("2025-09 2025-10 2025-12 PLANNED")) << "once";
  ASSERT_EQ(Waiting("li").size(), 1u);
  EXPECT_THAT(Waiting("li")[0], ::testing::EndsWith(" hold 2026-01-29 0"));
}

TEST_F(StandardTest, MonthsThatLedToAnInterviewLeadToNoOther) {
  for (const int month : {8, 9, 10}) Close(CivilMonth(2025, month), 5000);
  ASSERT_THAT(Interviews(), ElementsAre("2025-08 2025-09 2025-10 PLANNED"));
  const auto list =
      Call<v1::ListPerformanceInterviewsResponse>("ListPerformanceInterviews", Manager(), v1::ListPerformanceInterviewsRequest());
  v1::CancelPerformanceInterviewRequest cancel;
  cancel.set_name(list->performance_interviews(0).name());
  cancel.set_reason("已談過");
  ASSERT_THAT(Call<v1::PerformanceInterview>("CancelPerformanceInterview", As("li"), cancel), IsOk());
  for (const int month : {11, 12}) Close(CivilMonth(2025, month), 5000);
  EXPECT_THAT(Interviews(), ElementsAre("2025-08 2025-09 2025-10 CANCELLED"));
  Close(CivilMonth(2026, 1), 5000);
  EXPECT_THAT(Interviews(), ElementsAre("2025-08 2025-09 2025-10 CANCELLED", "2025-11 2025-12 2026-01 PLANNED"));
}

TEST_F(StandardTest, AnApprovedAdjustmentCountsInPlaceOfTheScore) {
  Close(CivilMonth(2025, 10), 5000);
  Close(CivilMonth(2025, 11), 5000, 6000);
  Close(CivilMonth(2025, 12), 5000);
  EXPECT_THAT(Interviews(), IsEmpty());
  Close(CivilMonth(2026, 1), 6500, 5900);
  EXPECT_THAT(Interviews(), IsEmpty()) << "two in a row";
  Close(CivilMonth(2026, 2), 5000);
  EXPECT_THAT(Interviews(), ElementsAre("2025-12 2026-01 2026-02 PLANNED"));
}

TEST_F(StandardTest, AYearsGradeLeadsToAnInterviewOnce) {
  CloseYear(2025, "C");
  EXPECT_THAT(Interviews(), ElementsAre("2025-year PLANNED"));
  EXPECT_THAT(Interviews(), ElementsAre("2025-year PLANNED")) << "once";
  ASSERT_EQ(Waiting("li").size(), 1u);
  EXPECT_THAT(Waiting("li")[0], ::testing::EndsWith(" hold 2026-01-29 0"));
  const auto list =
      Call<v1::ListPerformanceInterviewsResponse>("ListPerformanceInterviews", As("bo"), v1::ListPerformanceInterviewsRequest());
  ASSERT_THAT(list, IsOk());
  const v1::PerformanceInterview& interview = list->performance_interviews(0);
  EXPECT_EQ(interview.reason(), "Grade C in 2025. 2025 年度等第為 C。");
  EXPECT_EQ(interview.policy(), "careerPolicies/default");
  EXPECT_EQ(time::ToDay(interview.ground_month()), CivilDay(2025, 12, 1));
  SetToday(CivilDay(2026, 1, 31));
  (void)Interviews();
  EXPECT_THAT(Waiting("li")[0], ::testing::EndsWith(" hold 2026-01-29 2")) << "every day";
  v1::HoldPerformanceInterviewRequest hold;
  hold.set_name(interview.name());
  *hold.mutable_held_date() = time::ToDate(CivilDay(2026, 1, 31));
  hold.set_record("談了目標與支援");
  ASSERT_THAT(Call<v1::PerformanceInterview>("HoldPerformanceInterview", As("li"), hold), IsOk());
  EXPECT_THAT(Interviews(), ElementsAre("2025-year HELD"));
  EXPECT_THAT(Waiting("li"), IsEmpty());
}

TEST_F(StandardTest, AGradeThatIsGoodEnoughLeadsToNothing) {
  CloseYear(2025, "B");
  CloseYear(2024, "D");
  EXPECT_THAT(Interviews(), IsEmpty()) << "the latest year counts";
  Adjust("appraisalCycles/2025-year-operations/appraisals/bo", "bo", 5999);
  EXPECT_THAT(Interviews(), ElementsAre("2025-year PLANNED")) << "the adjusted grade does";
}

TEST_F(StandardTest, AnAdjustedGradeCountsInPlaceOfTheOther) {
  CloseYear(2025, "D", 6000);
  EXPECT_THAT(Interviews(), IsEmpty());
}

TEST_F(StandardTest, WhatIsPlannedAlreadyTakesTheYearAlong) {
  auto invite = Proto<v1::CreatePerformanceInterviewRequest>(
      "performance_interview_id: 'i' performance_interview { employee: 'employees/bo' planned_date { year: 2026 month: 1 day: 20 } reason: "
      "'r' }");
  ASSERT_THAT(Call<v1::PerformanceInterview>("CreatePerformanceInterview", As("li"), invite), IsOk());
  CloseYear(2025, "D");
  EXPECT_THAT(Interviews(), ElementsAre("2025-year PLANNED"));
  EXPECT_THAT(Waiting("li"), ElementsAre("performanceInterviews/i hold 2026-01-20 0"));
  for (const int month : {10, 11, 12}) Close(CivilMonth(2025, month), 5000);
  EXPECT_THAT(Interviews(), ElementsAre("2025-year PLANNED")) << "months of that year besides";
}

TEST_F(StandardTest, MonthsAndTheirYearLeadToOneInterview) {
  for (const int month : {10, 11, 12}) Close(CivilMonth(2025, month), 5000);
  CloseYear(2025, "D");
  EXPECT_THAT(Interviews(), ElementsAre("2025-10 2025-11 2025-12 2025-year PLANNED"));
}

TEST_F(StandardTest, AYearThatAPlanHasCoveredLeadsToNothing) {
  auto invite = Proto<v1::CreatePerformanceInterviewRequest>(
      "performance_interview_id: 'i' performance_interview { employee: 'employees/bo' planned_date { year: 2026 month: 1 day: 15 } reason: "
      "'r' }");
  ASSERT_THAT(Call<v1::PerformanceInterview>("CreatePerformanceInterview", As("li"), invite), IsOk());
  const auto hold =
      Proto<v1::HoldPerformanceInterviewRequest>("name: 'performanceInterviews/i' held_date { year: 2026 month: 1 day: 15 } record: 'r'");
  ASSERT_THAT(Call<v1::PerformanceInterview>("HoldPerformanceInterview", As("li"), hold), IsOk());
  const auto plan = Proto<v1::CreateImprovementPlanRequest>(
      "improvement_plan { employee: 'employees/bo' interview: 'performanceInterviews/i' mentor: 'employees/an' start_date { year: 2026 "
      "month: 1 day: 16 } end_date { year: 2026 month: 1 day: 30 } goals { goal: 'g' measure: 'm' target: 't' } actions { action: 'a' "
      "due_date { year: 2026 month: 1 day: 20 } } } improvement_plan_id: 'p'");
  ASSERT_THAT(Call<v1::ImprovementPlan>("CreateImprovementPlan", As("li"), plan), IsOk());
  CloseYear(2025, "D");
  EXPECT_THAT(Interviews(), ElementsAre("HELD")) << "a plan is open";
}

TEST_F(StandardTest, TheNumbersAreThoseOfTheTermsInForce) {
  const auto draft = [&](const std::string& id, const std::string& fields) {
    return Call<v1::CareerPolicy>("CreateCareerPolicy", Manager(),
                                  Proto<v1::CreateCareerPolicyRequest>(absl::StrCat(
                                      "career_policy_id: '", id, "' career_policy { reason: 'r' decision_days: 14 ",
                                      "acknowledge_days: 7 interview_days: 30 review_days: 30 most_plan_days: 180 ", fields, " }")));
  };
  const auto publish = [&](const std::string& id) {
    v1::PublishCareerPolicyRequest request;
    request.set_name("careerPolicies/" + id);
    return Call<v1::CareerPolicy>("PublishCareerPolicy", Manager(), request);
  };
  EXPECT_THAT(draft("half", "months_in_a_row: 2"), HasViolations("career_policy.below_points HALF_A_CONDITION"));
  ASSERT_THAT(draft("unknown", "below_grades: 'D' below_grades: 'F'"), IsOk());
  EXPECT_THAT(publish("unknown"), HasReason("UNKNOWN_GRADE"));
  ASSERT_THAT(draft("mild", "below_grades: 'D' hold_days: 7"), IsOk());
  ASSERT_THAT(publish("mild"), IsOk());
  clock_.Advance(absl::Seconds(1));
  for (const int month : {10, 11, 12}) Close(CivilMonth(2025, month), 1000);
  CloseYear(2025, "C");
  EXPECT_THAT(Interviews(), IsEmpty());
  Adjust("appraisalCycles/2025-year-operations/appraisals/bo", "bo", 4999);
  EXPECT_THAT(Interviews(), ElementsAre("2025-year PLANNED"));
  EXPECT_THAT(Waiting("li")[0], ::testing::EndsWith(" hold 2026-01-22 0"));
}

// By the methods of appraisal: a job follows from the closing itself, whoever closes.
TEST_F(StandardTest, ClosingAYearProposesTheInterviewsThatFollow) {
  const auto scheme = Proto<v1::CreateAppraisalSchemeRequest>(
      "parent: 'positions/specialist' appraisal_scheme_id: 'one' appraisal_scheme { reason: 'first' "
      "indicators { id: 'shows' title: 's' kind: KIND_RESULTS weight: 5000 levels { anchor: 'l' points: 4000 } levels { anchor: 'h' "
      "points: "
      "9000 } } indicators { id: 'care' title: 'c' kind: KIND_ATTITUDE weight: 3000 levels { anchor: 'l' points: 4000 } levels { anchor: "
      "'h' points: 9000 } } indicators { id: 'help' title: 'h' kind: KIND_TEAMWORK weight: 2000 levels { anchor: 'l' points: 4000 } levels "
      "{ anchor: 'h' points: 9000 } } }");
  ASSERT_THAT(Call<v1::AppraisalScheme>("CreateAppraisalScheme", Manager(), scheme), IsOk());
  const auto publish = Proto<v1::PublishAppraisalSchemeRequest>("name: 'positions/specialist/appraisalSchemes/one'");
  ASSERT_THAT(Call<v1::AppraisalScheme>("PublishAppraisalScheme", Manager(), publish), IsOk());
  for (int month = 7; month <= 12; ++month) {
    for (const auto& [id, points] : std::map<std::string, int>{{"li", 9000}, {"bo", month == 12 ? 6000 : 4000}, {"an", 9000}}) {
      CloseSheet(CivilMonth(2025, month), false, id, absl::StrCat("outcome: OUTCOME_SCORED points: ", points), std::nullopt);
    }
  }
  const std::string year = "appraisalCycles/2025-year-operations";
  const auto open =
      Proto<v1::OpenAppraisalCycleRequest>("month { year: 2025 month: 1 day: 1 } department: 'operations' period: PERIOD_YEAR");
  ASSERT_THAT(Call<v1::AppraisalCycle>("OpenAppraisalCycle", Manager(), open), IsOk());
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  for (const auto& [id, rater] : std::map<std::string, std::string>{{"li", "boss"}, {"bo", "li"}, {"an", "li"}}) {
    const std::string sheet = absl::StrCat(year, "/appraisals/", id);
    ASSERT_THAT(Call<v1::Appraisal>("SubmitSelfReview", As(id),
                                    Proto<v1::SubmitSelfReviewRequest>(absl::StrCat("name: '", sheet, "' summary: 's'"))),
                IsOk());
    std::string ratings;
    for (const char* indicator : {"shows", "care", "help"}) {
      absl::StrAppend(&ratings, " ratings { indicator: '", indicator, "' level: ", id == "bo" ? 1 : 2, " words: 'w' }");
    }
    ASSERT_THAT(Call<v1::AppraisalPart>("RateAppraisalPart", As(rater),
                                        Proto<v1::RateAppraisalPartRequest>(absl::StrCat("name: '", sheet, "/parts/1'", ratings))),
                IsOk());
  }
  v1::CalibrateAppraisalCycleRequest calibrate;
  calibrate.set_name(year);
  ASSERT_THAT(Call<v1::AppraisalCycle>("CalibrateAppraisalCycle", Manager(), calibrate), IsOk());
  v1::CloseAppraisalCycleRequest close;
  close.set_name(year);
  ASSERT_THAT(Call<v1::AppraisalCycle>("CloseAppraisalCycle", Manager(), close), IsOk());
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  ASSERT_EQ(Waiting("li").size(), 1u) << "without waiting for the hour";
  EXPECT_THAT(Waiting("li")[0], ::testing::EndsWith(" hold 2026-01-29 0"));
  EXPECT_THAT(Interviews(), ElementsAre("2025-year PLANNED")) << "of bo, with grade D";
}

TEST_F(StandardTest, JobsThatRunAtTheSameMomentPlanOne) {
  CloseYear(2025, "D");
  ASSERT_THAT(store_.Write(Manager(),
                           [&](record::Transaction& tx) -> absl::Status {
                             for (int i = 0; i < 6; ++i) {
                               const absl::Status status = job::Schedule(
                                   tx, {absl::StrCat("again-", i), "judge-standard", "appraisalCycles/2025-year-operations", tx.call.now});
                               if (!status.ok()) return status;
                             }
                             return absl::OkStatus();
                           }),
              IsOk());
  struct Replica {
    Replica(record::Store& store, const time::Clock& clock, people::Directory& people)
        : jobs(store, clock, "services/personnel"),
          service(service::Context{store, clock, jobs, [this](const std::string& target) -> client::Client& { return clients[target]; },
                                   service::DefaultTimeZone(), people}) {}
    std::map<std::string, test::FakeClient> clients;
    job::Runner jobs;
    Service service;
  };
  std::vector<std::unique_ptr<Replica>> replicas;
  for (int i = 0; i < 4; ++i) replicas.push_back(std::make_unique<Replica>(store_, clock_, people_));
  {
    std::vector<std::jthread> threads;
    for (const auto& replica : replicas) threads.emplace_back([&] { EXPECT_THAT(replica->jobs.RunDue(), IsOk()); });
  }
  EXPECT_THAT(Interviews(), ElementsAre("2025-year PLANNED"));
}

}  // namespace
}  // namespace heitie::personnel
