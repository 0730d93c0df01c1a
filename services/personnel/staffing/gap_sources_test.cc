// Gaps that come from headcount plans and from resource's demands, and what is decided about them, beside a real resource service.
#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/time/day.h"
#include "heitie/personnel/v1/course.pb.h"
#include "heitie/personnel/v1/enrollment.pb.h"
#include "heitie/personnel/v1/session.pb.h"
#include "heitie/personnel/v1/skill.pb.h"
#include "heitie/personnel/v1/staffing_gap.pb.h"
#include "heitie/personnel/v1/training_plan.pb.h"
#include "heitie/resource/v1/staff_demand.pb.h"
#include "services/personnel/recruitment/recruitment_test.h"

namespace heitie::personnel {
namespace {

using absl::CivilDay;
using resource::v1::StaffDemand;
using test::HasReason;
using test::HasViolation;
using test::IsOk;
using test::Proto;
using v1::StaffingGap;

// It is 1 January 2026. Ma manages operations, which plans hosts.
class GapSourcesTest : public RecruitmentTest {
 protected:
  GapSourcesTest() {
    EXPECT_THAT(Call<v1::Position>("CreatePosition", Manager(),
                                   Proto<v1::CreatePositionRequest>(
                                       "position_id: 'lead' position { title: 'm' responsibilities: 'l' roles: ROLE_OPERATIONS_MANAGER }")),
                IsOk());
    HaveEmployee("ma", "positions/lead");
    HavePosition();
  }

  void Second() { RunJobs(absl::Seconds(1)); }
  std::vector<StaffingGap> Gaps() {
    const auto gaps = Call<v1::ListStaffingGapsResponse>("ListStaffingGaps", Manager(), v1::ListStaffingGapsRequest());
    EXPECT_THAT(gaps, IsOk());
    return {gaps->staffing_gaps().begin(), gaps->staffing_gaps().end()};
  }
  StaffingGap Gap() {
    const std::vector<StaffingGap> gaps = Gaps();
    EXPECT_EQ(gaps.size(), 1u);
    return gaps.empty() ? StaffingGap() : gaps.front();
  }
  static std::string Days(const StaffingGap& gap) {
    return absl::StrCat(time::DayText(time::ToDay(gap.start_date())), " ", time::DayText(time::ToDay(gap.end_date())));
  }
  static std::string Count(const StaffingGap& gap) { return absl::StrCat(gap.qualified_count(), " of ", gap.required_count()); }
  v1::ProposeStaffingResponse Proposal() {
    const auto proposal = Do<v1::ProposeStaffingResponse, v1::ProposeStaffingRequest>("ProposeStaffing", Gap().name(), Manager());
    EXPECT_THAT(proposal, IsOk());
    return proposal.ok() ? *proposal : v1::ProposeStaffingResponse();
  }
  void Leaves(const std::string& id, CivilDay last) {
    auto request = Proto<v1::TerminateEmployeeRequest>("");
    request.set_name("employees/" + id);
    *request.mutable_leave_date() = time::ToDate(last);
    ASSERT_THAT(Call<v1::Employee>("TerminateEmployee", Manager(), request), IsOk());
  }
  v1::DecideStaffingGapRequest Hiring() {
    auto request = Proto<v1::DecideStaffingGapRequest>(
        "decision: DECISION_HIRE reason: 'for spring' requisition { requirements: 'speaks' budget: 'budgets/people' seat_amount_minor: "
        "1000 }");
    request.set_name(Gap().name());
    *request.mutable_requisition()->mutable_expire_time() = time::ToTimestamp(clock_.Now() + absl::Hours(9));
    return request;
  }
  absl::StatusOr<StaffingGap> Decide(const v1::DecideStaffingGapRequest& request) {
    return Call<StaffingGap>("DecideStaffingGap", Manager(), request);
  }
  std::vector<v1::Requisition> RequisitionsOf() {
    const auto found = Call<v1::ListRequisitionsResponse>("ListRequisitions", Manager(), v1::ListRequisitionsRequest());
    EXPECT_THAT(found, IsOk());
    return {found->requisitions().begin(), found->requisitions().end()};
  }

  // ---- Demands

  StaffDemand Need(int count, const std::string& more = "") {
    auto request = Proto<resource::v1::CreateStaffDemandRequest>(
        "staff_demand_id: 'fair' staff_demand { subject: 'activities/fair' title: 'Fair' position: 'positions/host' courses: "
        "'courses/live' "
        "owner: 'employees/ma' start_date { year: 2026 month: 2 day: 2 } end_date { year: 2026 month: 2 day: 3 } " +
        more + "}");
    request.mutable_staff_demand()->set_required_count(count);
    const auto demand = resource_.rpc().Invoke<StaffDemand>("CreateStaffDemand", Specialist(), request);
    EXPECT_THAT(demand, IsOk());
    return demand.ok() ? *demand : StaffDemand();
  }
  absl::StatusOr<StaffDemand> Change(const std::string& mask, const std::string& fields) {
    return resource_.rpc().Invoke<StaffDemand>(
        "UpdateStaffDemand", Specialist(),
        Proto<resource::v1::UpdateStaffDemandRequest>("staff_demand { name: 'staffDemands/fair' " + fields + " } update_mask { paths: '" +
                                                      mask + "' }"));
  }
  void HaveCourse() {
    ASSERT_THAT(Call<v1::Course>("CreateCourse", Manager(),
                                 Proto<v1::CreateCourseRequest>("course_id: 'live' course { title: 'c' validity_months: 12 }")),
                IsOk());
  }
  void HaveSession(const std::string& id, CivilDay day) {
    auto request = Proto<v1::CreateSessionRequest>("parent: 'courses/live' session { trainer: 't' capacity: 9 }");
    request.set_session_id(id);
    *request.mutable_session()->mutable_date() = time::ToDate(day);
    ASSERT_THAT(Call<v1::Session>("CreateSession", Manager(), request), IsOk());
  }
  std::string Pass(const std::string& id, const std::string& session) {
    const std::string who = absl::StrCat("name: 'courses/live/sessions/", session, "' employee: 'employees/", id, "' ");
    EXPECT_THAT(Call<v1::Enrollment>("EnrollEmployee", Manager(), Proto<v1::EnrollEmployeeRequest>(who)), IsOk());
    const auto result = Call<v1::Enrollment>("RecordResult", Manager(), Proto<v1::RecordResultRequest>(who + "attended: true"));
    EXPECT_THAT(result, IsOk());
    return result.ok() ? result->certificate() : "";
  }
};

TEST_F(GapSourcesTest, APlanMakesOneGapThatClosesByFact) {
  HaveEmployee("an");
  Second();
  EXPECT_TRUE(Gaps().empty()) << "nothing is planned";
  HavePlan(2);
  Second();
  StaffingGap gap = Gap();
  EXPECT_EQ(gap.state(), StaffingGap::STATE_OPEN);
  EXPECT_EQ(gap.source(), StaffingGap::SOURCE_HEADCOUNT_PLAN);
  EXPECT_EQ(gap.subject(), "headcountPlans/hosts");
  EXPECT_EQ(gap.title(), "Host");
  EXPECT_EQ(gap.position(), "positions/host");
  EXPECT_EQ(gap.department(), "operations");
  EXPECT_EQ(gap.owner(), "employees/ma");
  EXPECT_EQ(gap.requester(), "employees/specialist") << "who wrote the version";
  EXPECT_EQ(Days(gap), "2026-01-01 2026-04-30") << "three months ahead";
  EXPECT_EQ(Count(gap), "1 of 2");
  PlanAnew("again", 2);
  Second();
  EXPECT_EQ(Gap().etag(), gap.etag()) << "however often it is reported";
  HaveEmployee("bo");
  Second();
  EXPECT_EQ(Gap().state(), StaffingGap::STATE_CLOSED);
  EXPECT_EQ(Gap().closing(), StaffingGap::CLOSING_QUALIFIED);
  EXPECT_EQ(Count(Gap()), "2 of 2");
  Leaves("bo", CivilDay(2026, 2, 27));
  Second();
  EXPECT_EQ(Gap().state(), StaffingGap::STATE_OPEN);
  EXPECT_EQ(Gap().reopenings(), 1);
  EXPECT_EQ(Days(Gap()), "2026-02-28 2026-04-30");
  PlanAnew("fewer", 1, CivilDay(2026, 2, 1));
  Second();
  EXPECT_EQ(Gap().state(), StaffingGap::STATE_CLOSED);
}

TEST_F(GapSourcesTest, DaysComeIntoSight) {
  HaveEmployee("an");
  HavePlan(1);
  PlanAnew("summer", 3, CivilDay(2026, 6, 1));
  Second();
  EXPECT_TRUE(Gaps().empty()) << "more are planned in summer only";
  clock_.Set(absl::FromCivil(CivilDay(2026, 3, 1), service::DefaultTimeZone()));
  Second();
  EXPECT_EQ(Days(Gap()), "2026-06-01 2026-06-30");
  clock_.Set(absl::FromCivil(CivilDay(2026, 6, 10), service::DefaultTimeZone()));
  Second();
  EXPECT_EQ(Days(Gap()), "2026-06-01 2026-09-30") << "what is missing since then is missing since then";
}

TEST_F(GapSourcesTest, HiringOpensOneRequisitionUntilFactsCloseTheGap) {
  HavePlan(1);
  HaveBudget(100000);
  HaveBand();
  HaveEmployee("specialist", "positions/lead");
  Second();
  EXPECT_EQ(Proposal().hire_count(), 1);
  auto request = Hiring();
  request.mutable_requisition()->set_owner("employees/specialist");
  request.set_request_id("once");
  const auto decided = Decide(request);
  ASSERT_THAT(decided, IsOk());
  EXPECT_EQ(decided->state(), StaffingGap::STATE_HIRING);
  EXPECT_EQ(Decide(request)->requisition(), decided->requisition());
  ASSERT_EQ(RequisitionsOf().size(), 1u);
  const v1::Requisition opened = RequisitionsOf().front();
  EXPECT_EQ(opened.name(), decided->requisition());
  EXPECT_EQ(opened.staffing_gap(), decided->name());
  EXPECT_EQ(opened.state(), v1::Requisition::STATE_PENDING);
  EXPECT_EQ(opened.seats(), 1);
  EXPECT_EQ(time::ToDay(opened.need_date()), CivilDay(2026, 1, 1));
  EXPECT_EQ(opened.owner(), "employees/specialist");
  request.set_request_id("again");
  EXPECT_THAT(Decide(request), HasReason("ILLEGAL_TRANSITION"));
  auto accept = Proto<v1::AcceptStaffingGapRequest>("reason: 'r' accept_until { year: 2026 month: 1 day: 9 }");
  accept.set_name(request.name());
  ASSERT_THAT(Call<StaffingGap>("AcceptStaffingGap", Manager(), accept), IsOk());
  request.set_request_id("anew");
  EXPECT_EQ(Decide(request)->requisition(), opened.name());
  EXPECT_EQ(RequisitionsOf().size(), 1u) << "the one that is open stays the only one";
  // The second person.
  const rpc::Call other = test::By("employees/ma", {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now());
  ASSERT_THAT((Do<v1::Requisition, v1::ApproveRequisitionRequest>("ApproveRequisition", opened.name(), other)), IsOk());
  EXPECT_EQ(Proposal().in_progress_count(), 1);
  EXPECT_EQ(Proposal().hire_count(), 0) << "the seat is sought already";
  const std::string application = record::IdOf(opened.name()) + "-a";
  HaveAccepted("o", application);
  Second();
  EXPECT_EQ(Days(Gap()), "2026-01-01 2026-01-19") << "from the 20th on somebody comes";
  clock_.Set(absl::FromCivil(CivilDay(2026, 1, 20), service::DefaultTimeZone()));
  for (int i = 0; i < 3; ++i) Second();
  EXPECT_EQ(Gap().state(), StaffingGap::STATE_CLOSED);
  EXPECT_EQ(RequisitionsOf().front().state(), v1::Requisition::STATE_FILLED);
}

TEST_F(GapSourcesTest, ABadRequisitionChangesNothing) {
  HavePlan(1);
  Second();
  auto request = Hiring();
  request.clear_requisition();
  EXPECT_THAT(Decide(request), HasViolation("requisition", "REQUISITION_MISSING"));
  request = Hiring();
  request.mutable_requisition()->set_owner("employees/nobody");
  *request.mutable_requisition()->mutable_expire_time() = time::ToTimestamp(clock_.Now());
  EXPECT_THAT(Decide(request), HasViolation("requisition.owner", "UNKNOWN_OWNER"));
  EXPECT_THAT(Decide(request), HasViolation("requisition.expire_time", "MONEY_TERM_PAST"));
  request.set_decision(v1::DecideStaffingGapRequest::DECISION_TRAIN);
  EXPECT_THAT(Decide(request), HasReason("NOBODY_TRAINABLE")) << "training fills no post";
  EXPECT_EQ(Gap().state(), StaffingGap::STATE_OPEN);
  EXPECT_TRUE(RequisitionsOf().empty());
}

TEST_F(GapSourcesTest, ADemandIsMetByWhoeverHoldsThePosition) {
  HaveCourse();
  HaveSession("s", CivilDay(2025, 12, 1));
  HaveEmployee("an");
  HaveEmployee("bo");
  HaveEmployee("zoe", "positions/lead");
  const std::string certificate = Pass("an", "s");
  Pass("zoe", "s");
  Need(1);
  Second();
  EXPECT_TRUE(Gaps().empty());
  ASSERT_THAT(Change("required_count", "required_count: 2"), IsOk());
  Second();
  StaffingGap gap = Gap();
  EXPECT_EQ(gap.source(), StaffingGap::SOURCE_STAFF_DEMAND);
  EXPECT_EQ(gap.subject(), "staffDemands/fair");
  EXPECT_EQ(gap.owner(), "employees/ma");
  EXPECT_EQ(Count(gap), "1 of 2");
  ASSERT_EQ(gap.shortfalls_size(), 1);
  EXPECT_EQ(gap.shortfalls(0).employee(), "employees/bo") << "Zoe holds another position";
  Pass("bo", "s");
  Second();
  EXPECT_EQ(Gap().state(), StaffingGap::STATE_CLOSED);
  ASSERT_THAT(Change("engaged", "engaged: 'employees/an'"), IsOk());
  Second();
  EXPECT_EQ(Count(Gap()), "1 of 2") << "An is needed elsewhere";
  HaveEmployee("di");
  Second();
  EXPECT_EQ(Gap().shortfalls(0).employee(), "employees/di") << "who has come can be trained";
  Pass("di", "s");
  Second();
  EXPECT_EQ(Gap().state(), StaffingGap::STATE_CLOSED);
  Leaves("di", CivilDay(2026, 2, 2));
  Second();
  EXPECT_EQ(Gap().state(), StaffingGap::STATE_OPEN);
  EXPECT_EQ(Gap().reopenings(), 2);
  auto withdraw = Proto<resource::v1::WithdrawStaffDemandRequest>("name: 'staffDemands/fair' reason: 'rain'");
  ASSERT_THAT(resource_.rpc().Invoke<StaffDemand>("WithdrawStaffDemand", Specialist(), withdraw), IsOk());
  Second();
  EXPECT_EQ(Gap().closing(), StaffingGap::CLOSING_NEED_OVER);
}

TEST_F(GapSourcesTest, NobodyAtAllIsAGapAsWell) {
  HaveCourse();
  HaveBudget(100000);
  Need(3);
  Second();
  EXPECT_EQ(Count(Gap()), "0 of 3");
  EXPECT_EQ(Proposal().hire_count(), 3);
  auto request = Hiring();
  EXPECT_THAT(Decide(request), HasViolation("requisition.department", "GAP_TELLS_NOT"));
  request.mutable_requisition()->set_department("operations");
  ASSERT_THAT(Decide(request), IsOk());
  EXPECT_EQ(RequisitionsOf().front().owner(), "employees/manager") << "who decided";
  EXPECT_EQ(RequisitionsOf().front().position(), "positions/host");
  EXPECT_EQ(time::ToDay(RequisitionsOf().front().need_date()), CivilDay(2026, 2, 2));
}

TEST_F(GapSourcesTest, TrainingMakesPlansThatCloseIt) {
  HaveCourse();
  HaveSession("past", CivilDay(2025, 12, 1));
  HaveSession("soon", CivilDay(2026, 1, 20));
  HaveEmployee("an", "positions/host", "employees/ma");
  HaveEmployee("bo", "positions/host", "employees/ma");
  HaveEmployee("cy", "positions/host", "employees/ma");
  Need(2);
  Second();
  auto request = Proto<v1::DecideStaffingGapRequest>("decision: DECISION_TRAIN reason: 'for the fair' trainees: 'employees/ma'");
  request.set_name(Gap().name());
  EXPECT_THAT(Decide(request), HasViolation("trainees[0]", "NOT_TRAINABLE"));
  request.clear_trainees();
  const auto decided = Decide(request);
  ASSERT_THAT(decided, IsOk());
  ASSERT_EQ(decided->training_plans_size(), 2) << "as many as are missing";
  const auto plan_of = [&](int i) {
    return *Do<v1::TrainingPlan, v1::GetTrainingPlanRequest>("GetTrainingPlan", decided->training_plans(i), Manager());
  };
  EXPECT_EQ(plan_of(0).employee(), "employees/an");
  EXPECT_EQ(plan_of(0).staffing_gap(), decided->name());
  EXPECT_EQ(plan_of(0).state(), v1::TrainingPlan::STATE_PROPOSED);
  ASSERT_EQ(plan_of(0).items_size(), 1);
  EXPECT_EQ(plan_of(0).items(0).session(), "courses/live/sessions/soon");
  EXPECT_EQ(plan_of(0).purpose(), "for the fair");
  const rpc::Call an = test::By("employees/an", {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now());
  const auto own = Do<v1::TrainingPlan, v1::GetTrainingPlanRequest>("GetTrainingPlan", decided->training_plans(0), an);
  ASSERT_THAT(own, IsOk());
  EXPECT_EQ(own->staffing_gap(), "") << "whose rows An may not read";
  // A revision keeps what the gap asks for.
  EXPECT_EQ((Do<v1::TrainingPlan, v1::ReviseTrainingPlanRequest>("ReviseTrainingPlan", decided->training_plans(0), an)->items_size()), 1);
  for (const char* id : {"an", "bo"}) Pass(id, "past");
  Second();
  EXPECT_EQ(Gap().state(), StaffingGap::STATE_CLOSED);
  EXPECT_EQ(plan_of(0).items(0).state(), v1::TrainingPlanItem::STATE_CLOSED);
}

TEST_F(GapSourcesTest, APlanThatIsThereTakesTheCoursesOver) {
  HaveCourse();
  HaveSession("soon", CivilDay(2026, 1, 20));
  ASSERT_THAT(
      Call<v1::Skill>("CreateSkill", Manager(), Proto<v1::CreateSkillRequest>("skill_id: 'sing' skill { title: 's' levels: 'a bit' }")),
      IsOk());
  ASSERT_THAT(
      Call<v1::Position>("UpdatePosition", Manager(),
                         Proto<v1::UpdatePositionRequest>("position { name: 'positions/host' required_skills { skill: 'skills/sing' "
                                                          "level: 1 } } update_mask { paths: 'required_skills' }")),
      IsOk());
  HaveEmployee("an", "positions/host", "employees/ma");
  const auto plan = Call<v1::TrainingPlan>("CreateTrainingPlan", Manager(),
                                           Proto<v1::CreateTrainingPlanRequest>("training_plan { employee: 'employees/an' }"));
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->open_demands_size(), 1) << "no course grants it";
  Need(1);
  Second();
  auto request = Proto<v1::DecideStaffingGapRequest>("decision: DECISION_TRAIN reason: 'r'");
  request.set_name(Gap().name());
  const auto decided = Decide(request);
  ASSERT_THAT(decided, IsOk());
  EXPECT_THAT(decided->training_plans(), testing::ElementsAre(plan->name()));
  const auto after = Do<v1::TrainingPlan, v1::GetTrainingPlanRequest>("GetTrainingPlan", plan->name(), Manager());
  ASSERT_EQ(after->items_size(), 1);
  EXPECT_EQ(after->items(0).course(), "courses/live");
  EXPECT_EQ(after->items(0).skills_size(), 0);
  EXPECT_EQ(after->open_demands_size(), 1);
  EXPECT_THAT(after->courses(), testing::ElementsAre("courses/live"));
}

// People come and go while plan and demand are judged: soon the gaps say what is so.
TEST_F(GapSourcesTest, MissesNobody) {
  HavePlan(8);
  HaveCourse();
  HaveSession("s", CivilDay(2025, 12, 1));
  for (int round = 0; round < 4; ++round) {
    const auto outcomes = Race(4, [&](int i) -> absl::Status {
      if (i == 0) {
        if (round == 0) Need(6);
        return round == 0 ? absl::OkStatus() : Change("title", absl::StrCat("title: 'Fair ", round, "'")).status();
      }
      if (i == 1) return jobs_.RunDue().status();
      const std::string id = absl::StrCat("e", round, "-", i);
      HaveEmployee(id);
      Pass(id, "s");
      return absl::OkStatus();
    });
    EXPECT_EQ(outcomes.at(""), 4);
    for (int i = 0; i < 3; ++i) Second();
    const int there = 2 * (round + 1);
    for (const StaffingGap& gap : Gaps()) {
      const int needed = gap.source() == StaffingGap::SOURCE_STAFF_DEMAND ? 6 : 8;
      EXPECT_EQ(gap.state() == StaffingGap::STATE_CLOSED, there >= needed) << round << " " << gap.subject();
      EXPECT_EQ(gap.qualified_count(), there) << round << " " << gap.subject();
    }
    EXPECT_EQ(Gaps().size(), 2u);
  }
}

}  // namespace
}  // namespace heitie::personnel
