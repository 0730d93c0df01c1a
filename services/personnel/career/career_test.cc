#include <atomic>
#include <thread>

#include "heitie/personnel/v1/career_path.pb.h"
#include "heitie/personnel/v1/course.pb.h"
#include "heitie/personnel/v1/eligibility.pb.h"
#include "heitie/personnel/v1/promotion.pb.h"
#include "heitie/personnel/v1/session.pb.h"
#include "heitie/personnel/v1/skill.pb.h"
#include "heitie/personnel/v1/training_plan.pb.h"
#include "heitie/type/v1/fact.pb.h"
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

class CareerTest : public CareerFixture {
 protected:
  absl::StatusOr<v1::CareerPath> MakePath(const std::string& id, const std::string& from, const std::string& to) {
    v1::CreateCareerPathRequest request;
    request.set_career_path_id(id);
    request.mutable_career_path()->set_title("晉升");
    request.mutable_career_path()->set_from_position("positions/" + from);
    request.mutable_career_path()->set_to_position("positions/" + to);
    return Call<v1::CareerPath>("CreateCareerPath", Manager(), request);
  }
  // Publishes these conditions of a path.
  void Ask(const std::string& path, const std::string& id, const std::string& conditions) {
    auto request = Proto<v1::CreateCareerPathVersionRequest>(
        absl::StrCat("career_path_version { reason: 'As agreed' ", conditions, " } career_path_version_id: '", id, "'"));
    request.set_parent("careerPaths/" + path);
    ASSERT_THAT(Call<v1::CareerPathVersion>("CreateCareerPathVersion", Manager(), request), IsOk());
    v1::PublishCareerPathVersionRequest publish;
    publish.set_name(absl::StrCat("careerPaths/", path, "/versions/", id));
    ASSERT_THAT(Call<v1::CareerPathVersion>("PublishCareerPathVersion", Manager(), publish), IsOk());
  }
  // A place is left besides boss and wu.
  void MakeUp() {
    PlanHeadcount("manager", 3);
    ASSERT_THAT(MakePath("up", "specialist", "manager"), IsOk());
    Ask("up", "first", "months_in_post: 9 no_open_plan: true");
  }
  absl::StatusOr<v1::ComputeEligibilityResponse> Judge(const rpc::Call& call, const std::string& id, CivilDay day) {
    v1::ComputeEligibilityRequest request;
    request.set_name("employees/" + id);
    request.set_path("careerPaths/up");
    *request.mutable_date() = time::ToDate(day);
    return Call<v1::ComputeEligibilityResponse>("ComputeEligibility", call, request);
  }
  absl::StatusOr<v1::Promotion> Propose(const rpc::Call& call, const std::string& id, const std::string& of,
                                        CivilDay day = CivilDay(2026, 2, 1)) {
    v1::CreatePromotionRequest request;
    request.set_promotion_id(id);
    request.mutable_promotion()->set_employee("employees/" + of);
    request.mutable_promotion()->set_path("careerPaths/up");
    *request.mutable_promotion()->mutable_start_date() = time::ToDate(day);
    request.mutable_promotion()->set_reason("帶領團隊有成");
    return Call<v1::Promotion>("CreatePromotion", call, request);
  }
  template <typename Req>
  absl::StatusOr<v1::Promotion> Do(const std::string& method, const rpc::Call& call, const std::string& id, Req request = Req()) {
    request.set_name("promotions/" + id);
    return Call<v1::Promotion>(method, call, request);
  }
  absl::StatusOr<v1::Promotion> Approve(const rpc::Call& call, const std::string& id) {
    return Do<v1::ApprovePromotionRequest>("ApprovePromotion", call, id);
  }
  absl::StatusOr<v1::Promotion> CarryOut(const rpc::Call& call, const std::string& id) {
    return Do<v1::CarryOutPromotionRequest>("CarryOutPromotion", call, id);
  }
  absl::StatusOr<v1::Promotion> Withdraw(const rpc::Call& call, const std::string& id) {
    return Do("WithdrawPromotion", call, id, Proto<v1::WithdrawPromotionRequest>("reason: '改變心意'"));
  }
  v1::Employee Employee(const std::string& id) {
    v1::GetEmployeeRequest request;
    request.set_name("employees/" + id);
    const auto employee = Call<v1::Employee>("GetEmployee", Manager(), request);
    EXPECT_THAT(employee, IsOk());
    return employee.value_or(v1::Employee());
  }
};

TEST_F(CareerTest, NoPathsLeadBackToWhereTheyBegin) {
  Adopt("data-analyst", "analyst");
  EXPECT_THAT(MakePath("up", "specialist", "manager"), IsOk());
  EXPECT_THAT(MakePath("again", "specialist", "manager"), HasReason("CAREER_PATH_EXISTS"));
  EXPECT_THAT(MakePath("down", "manager", "specialist"), HasViolations("career_path.to_position CAREER_CIRCLE"));
  EXPECT_THAT(MakePath("round", "manager", "manager"), HasViolations("career_path.to_position CAREER_CIRCLE"));
  EXPECT_THAT(MakePath("on", "manager", "analyst"), IsOk());
  EXPECT_THAT(MakePath("back", "analyst", "specialist"), HasViolations("career_path.to_position CAREER_CIRCLE"));
  EXPECT_THAT(MakePath("across", "specialist", "analyst"), IsOk()) << "two ways to one position are no circle";
  EXPECT_THAT(MakePath("nowhere", "none", "neither"),
              HasViolations("career_path.from_position UNKNOWN_POSITION", "career_path.to_position UNKNOWN_POSITION"));
}

TEST_F(CareerTest, OfPathsThatWouldCloseACircleTogetherOneIsRefused) {
  for (int round = 0; round < 8; ++round) {
    const std::string a = absl::StrCat("a", round), b = absl::StrCat("b", round), c = absl::StrCat("c", round);
    for (const std::string& id : {a, b, c}) Adopt("data-analyst", id);
    std::atomic<int> made = 0;
    {
      std::vector<std::jthread> threads;
      for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{{a, b}, {b, c}, {c, a}}) {
        threads.emplace_back([&, from = from, to = to] { made += MakePath(absl::StrCat(from, "-", to), from, to).ok(); });
      }
    }
    EXPECT_EQ(made, 2) << round;
  }
}

TEST_F(CareerTest, EligibilityAnswersEachCondition) {
  ASSERT_THAT(MakePath("up", "specialist", "manager"), IsOk());
  EXPECT_THAT(Judge(As("bo"), "bo", CivilDay(2026, 2, 28)), HasReason("NO_VERSION_IN_FORCE"));
  Ask("up", "first", "months_in_post: 11 no_open_plan: true");
  const auto met = Judge(As("bo"), "bo", CivilDay(2026, 2, 28));
  ASSERT_THAT(met, IsOk());
  EXPECT_TRUE(met->eligibility().eligible());
  EXPECT_EQ(met->version(), "careerPaths/up/versions/first");
  const auto early = Judge(As("bo"), "bo", CivilDay(2026, 2, 27));
  ASSERT_THAT(early, IsOk());
  EXPECT_THAT(*early, test::Partially("eligibility { employee: 'employees/bo' conditions { kind: KIND_POST } conditions { kind: "
                                      "KIND_MONTHS_IN_POST required: 11 found: 10 } conditions { kind: KIND_NO_OPEN_PLAN met: true } }"));
  EXPECT_FALSE(early->eligibility().eligible());
  const auto manager = Judge(Manager(), "boss", CivilDay(2026, 2, 28));
  ASSERT_THAT(manager, IsOk());
  EXPECT_FALSE(manager->eligibility().eligible()) << "holds another position";
  clock_.Advance(absl::Seconds(1));
  Ask("up", "second", "months_in_post: 6");
  EXPECT_EQ(Judge(As("bo"), "bo", CivilDay(2026, 2, 28))->version(), "careerPaths/up/versions/second");
}

TEST_F(CareerTest, EligibilityIsToldToThePersonAndThoseAbove) {
  MakeUp();
  const CivilDay day(2026, 2, 1);
  EXPECT_THAT(Judge(As("bo"), "bo", day), IsOk());
  EXPECT_THAT(Judge(As("li"), "bo", day), IsOk());
  EXPECT_THAT(Judge(As("boss"), "bo", day), IsOk()) << "above at any depth, whatever the role";
  EXPECT_THAT(Judge(AsManager("wu"), "bo", day), IsOk());
  EXPECT_THAT(Judge(As("an"), "bo", day), HasReason("NOT_YOUR_CAREER"));
  EXPECT_THAT(Judge(As("bo"), "li", day), HasReason("NOT_YOUR_CAREER")) << "who leads the caller";
  EXPECT_THAT(Judge(As("an"), "nobody", day), HasReason("NOT_YOUR_CAREER")) << "as of somebody who exists";
}

TEST_F(CareerTest, AllTogetherAreJudgedAsOneByOne) {
  MakeUp();
  clock_.Advance(absl::Seconds(1));
  Ask("up", "second", "months_in_post: 10 skills: true no_open_plan: true");
  ASSERT_THAT(
      Call<v1::Skill>("CreateSkill", Manager(), Proto<v1::CreateSkillRequest>("skill { title: 'Talk' levels: 'a' } skill_id: 'talk'")),
      IsOk());
  ASSERT_THAT(Call<v1::Position>("UpdatePosition", Manager(),
                                 Proto<v1::UpdatePositionRequest>("position { name: 'positions/manager' required_skills { skill: "
                                                                  "'skills/talk' level: 1 } } update_mask { paths: 'required_skills' }")),
              IsOk());
  for (const char* id : {"li", "bo"}) {
    auto request = Proto<v1::CreateSkillAssessmentRequest>(
        "skill_assessment { skill: 'skills/talk' level: 1 evidence: 'Seen' valid_from { year: 2026 month: 1 day: 1 } }");
    request.mutable_skill_assessment()->set_employee(absl::StrCat("employees/", id));
    ASSERT_THAT(Call<v1::SkillAssessment>("CreateSkillAssessment", Manager(), request), IsOk());
  }
  for (int i = 0; i < 12; ++i) Hire(absl::StrCat("new", i), i % 3 == 0 ? "manager" : "specialist", "li");
  const CivilDay day(2026, 2, 1);
  v1::FindEligibleRequest request;
  request.set_name("careerPaths/up");
  *request.mutable_date() = time::ToDate(day);
  const auto all = Call<v1::FindEligibleResponse>("FindEligible", Manager(), request);
  ASSERT_THAT(all, IsOk());
  EXPECT_EQ(all->people_size(), 11) << "li, bo, an and eight of the new ones";
  int eligible = 0;
  std::string before;
  for (const v1::Eligibility& one : all->people()) {
    EXPECT_LT(before, one.employee());
    before = one.employee();
    eligible += one.eligible();
    const auto alone = Judge(Manager(), record::IdOf(one.employee()), day);
    ASSERT_THAT(alone, IsOk());
    EXPECT_THAT(one, test::EqualsProto(alone->eligibility()));
  }
  EXPECT_EQ(eligible, 2);

  request.set_after(all->people(4).employee());
  const auto rest = Call<v1::FindEligibleResponse>("FindEligible", Manager(), request);
  ASSERT_THAT(rest, IsOk());
  EXPECT_EQ(rest->people_size(), 6);
  request.clear_after();
  const auto led = Call<v1::FindEligibleResponse>("FindEligible", As("li"), request);
  ASSERT_THAT(led, IsOk());
  EXPECT_EQ(led->people_size(), 10) << "all but li";
  request.set_department("sales");
  EXPECT_EQ(Call<v1::FindEligibleResponse>("FindEligible", Manager(), request)->people_size(), 0);
  request.clear_department();
  EXPECT_EQ(Call<v1::FindEligibleResponse>("FindEligible", As("an"), request)->people_size(), 0) << "leads nobody";
}

TEST_F(CareerTest, TheGradesOfTheLastYearsCount) {
  ASSERT_THAT(MakePath("up", "specialist", "manager"), IsOk());
  const auto draft = [&](const std::string& id, const std::string& conditions) {
    return Call<v1::CareerPathVersion>(
        "CreateCareerPathVersion", Manager(),
        Proto<v1::CreateCareerPathVersionRequest>(absl::StrCat("parent: 'careerPaths/up' career_path_version_id: '", id,
                                                               "' career_path_version { reason: 'r' ", conditions, " }")));
  };
  EXPECT_THAT(draft("a", "grade_years: 1"), HasViolations("career_path_version.least_grade HALF_A_CONDITION"));
  EXPECT_THAT(draft("b", "least_grade: 'B'"), HasViolations("career_path_version.grade_years HALF_A_CONDITION"));
  ASSERT_THAT(draft("c", "grade_years: 1 least_grade: 'F'"), IsOk());
  v1::PublishCareerPathVersionRequest publish;
  publish.set_name("careerPaths/up/versions/c");
  EXPECT_THAT(Call<v1::CareerPathVersion>("PublishCareerPathVersion", Manager(), publish), HasReason("UNKNOWN_GRADE"));
  Ask("up", "first", "grade_years: 2 least_grade: 'B'");

  const auto sheet = [&](int year, const std::string& of, const std::string& grade, std::optional<int> adjusted = std::nullopt) {
    CloseSheet(absl::CivilMonth(year, 1), true, of,
               grade.empty() ? "outcome: OUTCOME_TOO_FEW_MONTHS"
                             : absl::StrCat("outcome: OUTCOME_SCORED points: 7000 score_grade: '", grade, "' grade: '", grade, "'"),
               adjusted);
  };
  sheet(2024, "bo", "A");
  sheet(2025, "bo", "C", 6500);
  sheet(2024, "an", "B");
  sheet(2025, "an", "", std::nullopt);
  sheet(2025, "li", "S");
  CloseSheet(absl::CivilMonth(2025, 1), false, "bo", "outcome: OUTCOME_SCORED points: 1", std::nullopt);
  const CivilDay day(2026, 2, 1);
  const auto statements = [&](const std::string& id) {
    const auto judged = Judge(Manager(), id, day);
    EXPECT_THAT(judged, IsOk());
    std::vector<std::string> told;
    if (!judged.ok()) return told;
    const v1::PathCondition& grades = judged->eligibility().conditions(1);
    EXPECT_EQ(grades.kind(), v1::PathCondition::KIND_GRADES);
    told.push_back(grades.met() ? "met" : "not met");
    for (const type::v1::Fact& fact : grades.facts()) told.push_back(fact.statement());
    return told;
  };
  EXPECT_THAT(statements("bo"), ElementsAre("met", "2025: grade C, adjusted to B", "2024: grade A"));
  EXPECT_THAT(statements("an"), ElementsAre("not met", "2025: not graded: TOO_FEW_MONTHS", "2024: grade B"));
  EXPECT_THAT(statements("li"), ElementsAre("not met", "2025: grade S", "2024: no appraisal"));
  v1::FindEligibleRequest request;
  request.set_name("careerPaths/up");
  *request.mutable_date() = time::ToDate(day);
  const auto all = Call<v1::FindEligibleResponse>("FindEligible", Manager(), request);
  ASSERT_THAT(all, IsOk());
  ASSERT_EQ(all->people_size(), 3);
  for (const v1::Eligibility& one : all->people()) {
    const auto alone = Judge(Manager(), record::IdOf(one.employee()), day);
    ASSERT_THAT(alone, IsOk());
    EXPECT_THAT(one, test::EqualsProto(alone->eligibility()));
    EXPECT_EQ(one.eligible(), one.employee() == "employees/bo");
  }
}

TEST_F(CareerTest, AYearThatIsNotClosedSaysSo) {
  ASSERT_THAT(MakePath("up", "specialist", "manager"), IsOk());
  Ask("up", "first", "grade_years: 1 least_grade: 'D'");
  CloseSheet(absl::CivilMonth(2025, 1), true, "bo", "points: 9000 score_grade: 'S' grade: 'S'", 9500, v1::AppraisalCycle::STATE_OPEN);
  const auto judged = Judge(Manager(), "bo", CivilDay(2026, 2, 1));
  ASSERT_THAT(judged, IsOk());
  EXPECT_FALSE(judged->eligibility().eligible());
  EXPECT_EQ(judged->eligibility().conditions(1).facts(0).statement(), "2025: appraisal not closed");
}

// What is missing becomes the training plan to the position, whose certificate makes eligible.
TEST_F(CareerTest, WhatIsMissingBecomesTheTrainingPlan) {
  ASSERT_THAT(MakePath("up", "specialist", "manager"), IsOk());
  Ask("up", "first", "skills: true");
  ASSERT_THAT(
      Call<v1::Skill>("CreateSkill", Manager(), Proto<v1::CreateSkillRequest>("skill { title: 'Talk' levels: 'a' } skill_id: 'talk'")),
      IsOk());
  ASSERT_THAT(Call<v1::Course>("CreateCourse", Manager(),
                               Proto<v1::CreateCourseRequest>("course_id: 'talk' course { title: 'Talk' pass_score: 60 validity_months: 12 "
                                                              "granted_skills { skill: 'skills/talk' level: 1 } }")),
              IsOk());
  ASSERT_THAT(Call<v1::Position>("UpdatePosition", Manager(),
                                 Proto<v1::UpdatePositionRequest>("position { name: 'positions/manager' required_skills { skill: "
                                                                  "'skills/talk' level: 1 } } update_mask { paths: 'required_skills' }")),
              IsOk());
  ASSERT_THAT(Call<v1::Session>("CreateSession", Manager(),
                                Proto<v1::CreateSessionRequest>("parent: 'courses/talk' session_id: 's' session { trainer: 't' capacity: 5 "
                                                                "date { year: 2026 month: 1 day: 20 } }")),
              IsOk());
  const CivilDay day(2026, 2, 1);
  const auto lacking = Judge(As("bo"), "bo", day);
  ASSERT_THAT(lacking, IsOk());
  ASSERT_FALSE(lacking->eligibility().eligible());
  EXPECT_EQ(lacking->eligibility().conditions(1).facts(0).subject(), "skills/talk");
  const auto plan = Call<v1::TrainingPlan>(
      "CreateTrainingPlan", As("bo"),
      Proto<v1::CreateTrainingPlanRequest>("training_plan { employee: 'employees/bo' position: 'positions/manager' }"));
  ASSERT_THAT(plan, IsOk());
  ASSERT_EQ(plan->items_size(), 1);
  EXPECT_EQ(plan->items(0).course(), "courses/talk");
  auto attested = Proto<v1::CreateSkillAssessmentRequest>(
      "skill_assessment { employee: 'employees/bo' skill: 'skills/talk' level: 1 evidence: 'Seen' valid_from { year: 2026 month: 1 day: 1 "
      "} "
      "}");
  ASSERT_THAT(Call<v1::SkillAssessment>("CreateSkillAssessment", Manager(), attested), IsOk());
  EXPECT_TRUE(Judge(As("bo"), "bo", day)->eligibility().eligible());
}

TEST_F(CareerTest, APromotionIsProposedDecidedAndCarriedOut) {
  MakeUp();
  const auto proposed = Propose(As("li"), "p", "bo");
  ASSERT_THAT(proposed, IsOk());
  EXPECT_EQ(proposed->department(), "operations");
  EXPECT_EQ(proposed->position(), "positions/manager");
  EXPECT_EQ(proposed->version(), "careerPaths/up/versions/first");
  EXPECT_EQ(proposed->conditions_size(), 3);
  EXPECT_THAT(Waiting("boss"), ElementsAre("promotions/p approve 2026-01-29 0"));
  EXPECT_THAT(CarryOut(As("li"), "p"), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(Approve(As("li"), "p"), HasReason("OWN_PROPOSAL"));
  EXPECT_THAT(Approve(As("bo"), "p"), HasReason("OWN_PROPOSAL"));
  EXPECT_THAT(Approve(As("an"), "p"), HasReason("NOT_FOUND"));

  const auto approved = Approve(As("boss"), "p");
  ASSERT_THAT(approved, IsOk());
  EXPECT_EQ(approved->approver(), "employees/boss");
  EXPECT_THAT(Waiting("boss"), IsEmpty());
  EXPECT_THAT(Waiting("li"), ElementsAre("promotions/p carry_out 2026-02-01 0"));
  EXPECT_EQ(Employee("bo").assignments_size(), 1);

  EXPECT_THAT(CarryOut(As("bo"), "p"), HasReason("OWN_MATTER"));
  ASSERT_THAT(CarryOut(As("li"), "p"), IsOk());
  EXPECT_THAT(Waiting("li"), IsEmpty());
  const v1::Employee bo = Employee("bo");
  ASSERT_EQ(bo.assignments_size(), 2);
  EXPECT_EQ(bo.assignments(1).position(), "positions/manager");
  EXPECT_EQ(time::ToDay(bo.assignments(1).start_date()), CivilDay(2026, 2, 1));
  EXPECT_EQ(bo.position(), "positions/specialist") << "until that day";
  EXPECT_THAT(Withdraw(As("li"), "p"), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(CarryOut(As("li"), "p"), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(CareerTest, APromotionIsProposedByThoseWhoLead) {
  MakeUp();
  EXPECT_THAT(Propose(As("bo"), "p", "bo"), HasReason("OWN_MATTER"));
  EXPECT_THAT(Propose(As("an"), "p", "bo"), HasReason("NOT_THEIR_LEADER"));
  EXPECT_THAT(Propose(As("bo"), "p", "li"), HasReason("NOT_THEIR_LEADER"));
  EXPECT_THAT(Propose(AsManager("wu"), "p", "bo"), IsOk());
  EXPECT_THAT(Propose(As("li"), "q", "bo"), HasReason("PROMOTION_UNDER_WAY"));
  ASSERT_THAT(Withdraw(As("li"), "p"), IsOk()) << "who leads may give it up";
  EXPECT_THAT(Propose(As("li"), "q", "bo"), IsOk());
  EXPECT_THAT(Do("RejectPromotion", As("boss"), "q", Proto<v1::RejectPromotionRequest>("reason: '時機未到'")), IsOk());
  EXPECT_THAT(Waiting("boss"), IsEmpty());
}

TEST_F(CareerTest, OnlyWhoIsEligibleIsPromoted) {
  MakeUp();
  EXPECT_THAT(Propose(As("li"), "p", "bo", CivilDay(2025, 12, 30)), HasReason("NOT_ELIGIBLE")) << "8 full months";
  EXPECT_THAT(Propose(As("li"), "p", "bo", CivilDay(2025, 3, 30)), HasViolations("promotion.start_date OUTSIDE_EMPLOYMENT"));
  EXPECT_THAT(Propose(As("li"), "p", "bo", CivilDay(2025, 12, 31)), IsOk());
  clock_.Advance(absl::Seconds(1));
  Ask("up", "second", "months_in_post: 10");
  EXPECT_THAT(Approve(As("boss"), "p"), HasReason("NOT_ELIGIBLE")) << "judged again by what is in force when it is decided";
}

TEST_F(CareerTest, APlaceIsTakenByOnePromotion) {
  MakeUp();
  clock_.Advance(absl::Seconds(1));
  Ask("up", "second", "vacancy: true");
  const auto to_open = [&](CivilDay day) {
    v1::ComputeHeadcountRequest request;
    request.set_name("positions/manager");
    request.set_department("operations");
    *request.mutable_date() = time::ToDate(day);
    const auto headcount = Call<v1::ComputeHeadcountResponse>("ComputeHeadcount", Manager(), request);
    EXPECT_THAT(headcount, IsOk());
    return headcount.ok() ? headcount->to_open() : -1;
  };
  ASSERT_THAT(Propose(As("li"), "later", "bo", CivilDay(2026, 6, 1)), IsOk());
  ASSERT_THAT(Propose(As("li"), "sooner", "an", CivilDay(2026, 2, 1)), IsOk()) << "a proposal takes nothing";
  EXPECT_EQ(to_open(CivilDay(2026, 6, 1)), 1);
  ASSERT_THAT(Approve(As("boss"), "later"), IsOk());
  EXPECT_EQ(to_open(CivilDay(2026, 6, 1)), 0) << "begun";
  EXPECT_EQ(to_open(CivilDay(2026, 2, 1)), 0) << "in progress";
  EXPECT_THAT(Approve(As("boss"), "sooner"), HasReason("HEADCOUNT_SHORT"));
  EXPECT_THAT(Propose(As("boss"), "third", "li"), HasReason("NOT_ELIGIBLE")) << "no vacancy";
  ASSERT_THAT(CarryOut(As("li"), "later"), IsOk());
  EXPECT_EQ(to_open(CivilDay(2026, 2, 1)), 0) << "in progress until the assignment begins";
  EXPECT_EQ(to_open(CivilDay(2026, 6, 1)), 0) << "employed, and counted once";
  v1::CancelTransferRequest cancel;
  cancel.set_name("employees/bo");
  *cancel.mutable_start_date() = time::ToDate(CivilDay(2026, 6, 1));
  ASSERT_THAT(Call<v1::Employee>("CancelTransfer", Manager(), cancel), IsOk());
  EXPECT_EQ(to_open(CivilDay(2026, 2, 1)), 1);
  EXPECT_THAT(Approve(As("boss"), "sooner"), IsOk());
  ASSERT_THAT(Withdraw(As("li"), "sooner"), IsOk());
  EXPECT_EQ(to_open(CivilDay(2026, 2, 1)), 1) << "given up";
}

TEST_F(CareerTest, OfPromotionsToTheLastPlaceAtTheSameMomentOneIsApproved) {
  MakeUp();
  for (int round = 0; round < 5; ++round) {
    const std::vector<std::string> people = {"li", "bo", "an"};
    for (size_t i = 0; i < people.size(); ++i) {
      ASSERT_THAT(Propose(AsManager("wu"), absl::StrCat(people[i], round), people[i], CivilDay(2026, 2, 1) + static_cast<int>(i)), IsOk());
    }
    std::atomic<int> approved = 0, short_of_places = 0;
    {
      std::vector<std::jthread> threads;
      for (const std::string& id : people) {
        threads.emplace_back([&, id] {
          const auto promotion = Approve(AsManager("boss"), absl::StrCat(id, round));
          approved += promotion.ok();
          short_of_places += status::ReasonOf(promotion.status()) == "HEADCOUNT_SHORT";
        });
      }
    }
    EXPECT_EQ(approved, 1);
    EXPECT_EQ(short_of_places, 2);
    for (const std::string& id : people) ASSERT_THAT(Withdraw(AsManager("wu"), absl::StrCat(id, round)), IsOk());
  }
}

TEST_F(CareerTest, APromotionThatCannotBeCarriedOutStays) {
  MakeUp();
  ASSERT_THAT(Propose(As("li"), "p", "bo"), IsOk());
  ASSERT_THAT(Approve(As("boss"), "p"), IsOk());
  v1::TerminateEmployeeRequest terminate;
  terminate.set_name("employees/bo");
  *terminate.mutable_leave_date() = time::ToDate(CivilDay(2026, 1, 31));
  ASSERT_THAT(Call<v1::Employee>("TerminateEmployee", Manager(), terminate), IsOk());
  EXPECT_THAT(CarryOut(As("li"), "p"), HasReason("OUTSIDE_EMPLOYMENT"));
  const auto list = Call<v1::ListPromotionsResponse>("ListPromotions", Manager(), v1::ListPromotionsRequest());
  ASSERT_THAT(list, IsOk());
  EXPECT_EQ(list->promotions(0).state(), v1::Promotion::STATE_APPROVED);
}

TEST_F(CareerTest, OfPeopleWhoProposeForOneAtTheSameMomentOneDoes) {
  MakeUp();
  for (int round = 0; round < 5; ++round) {
    std::atomic<int> proposed = 0;
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&, i] { proposed += Propose(As("li"), absl::StrCat("p", round, "-", i), "bo").ok(); });
      }
    }
    EXPECT_EQ(proposed, 1);
    for (int i = 0; i < 8; ++i) (void)Withdraw(As("li"), absl::StrCat("p", round, "-", i));
  }
}

TEST_F(CareerTest, APromotionIsSeenByThoseItConcerns) {
  MakeUp();
  ASSERT_THAT(Propose(AsManager("wu"), "p", "bo"), IsOk());
  const auto seen = [&](const rpc::Call& call) {
    const auto list = Call<v1::ListPromotionsResponse>("ListPromotions", call, v1::ListPromotionsRequest());
    EXPECT_THAT(list, IsOk());
    return list.ok() ? list->promotions_size() : -1;
  };
  EXPECT_EQ(seen(As("bo")), 1);
  EXPECT_EQ(seen(As("li")), 1);
  EXPECT_EQ(seen(As("boss")), 1);
  EXPECT_EQ(seen(Manager()), 1);
  EXPECT_EQ(seen(As("an")), 0);
  EXPECT_EQ(seen(As("wu")), 1) << "who proposed it";
  EXPECT_EQ(seen(test::By("employees/tsai", {options::v1::ROLE_PLATFORM_ENGINEER}, clock_.Now())), 0);
}

}  // namespace
}  // namespace heitie::personnel
