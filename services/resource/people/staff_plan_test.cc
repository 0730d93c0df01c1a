#include <algorithm>
#include <random>
#include <thread>

#include "common/record/json.h"
#include "common/test/fixture.h"
#include "heitie/type/v1/event.pb.h"
#include "services/resource/people/chapter.h"
#include "services/resource/service.h"

namespace heitie::resource {
namespace {

using personnel::v1::Employee;
using test::HasReason;
using test::HasViolation;
using test::IsOk;
using test::Proto;
using test::Violations;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::StaffDemand;
using v1::StaffOverload;
using v1::StaffPlan;

// Events of another service, as its door tells them.
class Source {
 public:
  void Play(test::FakeClient& client, const std::string& service) {
    client.On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
        "heitie." + service + ".v1.RecordService/ListEvents", [this](const rpc::Call&, const type::v1::ListEventsRequest& request) {
          type::v1::ListEventsResponse response;
          for (const type::v1::Event& event : events_) {
            const auto& types = request.subject_types();
            const bool asked = types.empty() || std::find(types.begin(), types.end(), event.subject_type()) != types.end();
            if (asked && event.position() > request.after_position()) *response.add_events() = event;
          }
          response.set_last_position(std::max<int64_t>(request.after_position(), static_cast<int64_t>(events_.size())));
          return response;
        });
  }
  template <typename T>
  void Tell(const std::string& type, T resource) {
    const int64_t revision = ++revisions_[resource.name()];
    resource.set_etag(absl::StrCat(revision));
    type::v1::Event& event = events_.emplace_back();
    event.set_position(static_cast<int64_t>(events_.size()));
    event.set_subject_type(type);
    event.set_subject(resource.name());
    event.set_action(revision == 1 ? "create" : "update");
    event.set_revision(revision);
    event.set_after_json(record::ToJson(resource));
  }

 private:
  std::vector<type::v1::Event> events_;
  std::map<std::string, int64_t> revisions_;
};

class StaffPlanTest : public test::ServiceTest<Service> {
 protected:
  StaffPlanTest() : ServiceTest("resource") {
    clock_.Set(absl::FromCivil(absl::CivilHour(2026, 3, 2, 8), service::DefaultTimeZone()));  // a Monday
    personnel_.Play(clients_["personnel"], "personnel");
    activity_.Play(clients_["activity"], "activity");
    planning_.Play(clients_["planning"], "planning");
  }

  static Employee Host(const std::string& id, const std::string& more = "") {
    return Proto<Employee>(absl::StrCat("name: 'employees/", id,
                                        "' position: 'positions/host' department: 'operations' hire_date { year: 2020 month: 1 day: 1 } "
                                        "assignments { start_date { year: 2020 month: 1 day: 1 } position: 'positions/host' department: "
                                        "'operations' } ",
                                        more));
  }
  void Tell(const Employee& employee) { personnel_.Tell("personnel.heitie/Employee", employee); }
  // Until followers and the judge have seen everything.
  void Settle() {
    for (int i = 0; i < 3; ++i) {
      clock_.Advance(absl::Seconds(65));
      ASSERT_THAT(jobs_.RunDue(), IsOk());
    }
  }

  // A demand for the days of March from `first` to `last`.
  void Demand(const std::string& id, int first, int last, int count = 1, const std::string& more = "") {
    ASSERT_THAT(Call<StaffDemand>("CreateStaffDemand", Specialist(),
                                  Proto<v1::CreateStaffDemandRequest>(
                                      absl::StrCat("staff_demand_id: '", id, "' staff_demand { subject: 'activities/", id,
                                                   "' title: 'D' position: 'positions/host' owner: 'employees/li' required_count: ", count,
                                                   " start_date { year: 2026 month: 3 day: ", first,
                                                   " } end_date { year: 2026 month: 3 day: ", last, " } ", more, " }"))),
                IsOk());
  }
  StaffDemand DemandNow(const std::string& id) {
    return *Call<StaffDemand>("GetStaffDemand", Analyst(), Proto<v1::GetStaffDemandRequest>(absl::StrCat("name: 'staffDemands/", id, "'")));
  }
  absl::StatusOr<StaffPlan> Draft(const std::string& id, const std::string& more = "", int last = 31) {
    return Call<StaffPlan>(
        "CreateStaffPlan", Specialist(),
        Proto<v1::CreateStaffPlanRequest>(absl::StrCat("staff_plan_id: '", id,
                                                       "' staff_plan { title: 'March' start_date { year: 2026 month: 3 day: 1 } end_date { "
                                                       "year: 2026 month: 3 day: ",
                                                       last, " } ", more, " }")));
  }
  absl::StatusOr<StaffPlan> Propose(const std::string& id) {
    return Call<StaffPlan>("ProposeStaffPlan", Specialist(),
                           Proto<v1::ProposeStaffPlanRequest>(absl::StrCat("name: 'staffPlans/", id, "'")));
  }
  absl::StatusOr<StaffPlan> Approve(const std::string& id) {
    return Call<StaffPlan>("ApproveStaffPlan", Manager(), Proto<v1::ApproveStaffPlanRequest>(absl::StrCat("name: 'staffPlans/", id, "'")));
  }
  StaffPlan PlanNow(const std::string& id) {
    return *Call<StaffPlan>("GetStaffPlan", Analyst(), Proto<v1::GetStaffPlanRequest>(absl::StrCat("name: 'staffPlans/", id, "'")));
  }
  std::vector<StaffOverload> Overloads(const std::string& state = "STATE_OPEN") {
    v1::ListStaffOverloadsRequest request;
    request.set_filter("state = " + state);
    const auto listed = *Call<v1::ListStaffOverloadsResponse>("ListStaffOverloads", Analyst(), request);
    return {listed.staff_overloads().begin(), listed.staff_overloads().end()};
  }
  // Minutes that plans in force take of each person and day, by rows and by their sums, which must agree.
  std::map<std::string, int64_t> Taken() {
    std::map<std::string, int64_t> rows, sums;
    EXPECT_THAT(store_.Read(Manager(),
                            [&](sql::Session& session) {
                              absl::Status status = session.Query(
                                  "SELECT CONCAT(employee, ' ', date), CAST(SUM(minutes) AS SIGNED) FROM staff_days GROUP BY 1", {},
                                  [&](const sql::Row& row) { rows[row.Text(0)] = row.Int(1); });
                              if (!status.ok()) return status;
                              return session.Query("SELECT CONCAT(employee, ' ', date), minutes FROM staff_day_totals WHERE minutes <> 0",
                                                   {}, [&](const sql::Row& row) { sums[row.Text(0)] = row.Int(1); });
                            }),
                IsOk());
    EXPECT_EQ(rows, sums);
    return rows;
  }

  Source personnel_, activity_, planning_;
};

TEST_F(StaffPlanTest, NothingIsPlannedBeforePersonnelHasBeenHeard) {
  Demand("fair", 3, 4);
  ASSERT_THAT(Draft("p"), IsOk());
  EXPECT_THAT(Propose("p"), HasReason("MIRROR_INCOMPLETE"));
  Tell(Host("li"));
  Settle();
  EXPECT_THAT(Propose("p"), IsOk());
}

TEST_F(StaffPlanTest, IsAProposalUntilAnotherPersonApprovesIt) {
  Tell(Host("an"));
  Tell(Host("bo"));
  Settle();
  Demand("fair", 3, 4, 1);
  ASSERT_THAT(Draft("p"), IsOk());
  const auto proposed = Propose("p");
  ASSERT_THAT(proposed, IsOk());
  EXPECT_EQ(proposed->state(), StaffPlan::STATE_PROPOSED);
  EXPECT_EQ(proposed->method(), StaffPlan::METHOD_INTEGER_PROGRAMME) << "one person for two days";
  EXPECT_TRUE(proposed->proven_optimal());
  ASSERT_THAT(proposed->assignments(), SizeIs(1));
  EXPECT_EQ(proposed->assignments(0).employee(), "employees/an");
  EXPECT_THAT(Taken(), IsEmpty());

  const rpc::Call proposer = test::By("employees/specialist", {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now());
  EXPECT_THAT(Call<StaffPlan>("ApproveStaffPlan", proposer, Proto<v1::ApproveStaffPlanRequest>("name: 'staffPlans/p'")),
              HasReason("OWN_PLAN"));
  const auto approved = Approve("p");
  ASSERT_THAT(approved, IsOk());
  EXPECT_EQ(approved->approver(), "employees/manager");
  EXPECT_THAT(Taken(), ElementsAre(std::pair("employees/an 2026-03-03", 480), std::pair("employees/an 2026-03-04", 480)));
  EXPECT_THAT(Approve("p"), HasReason("ILLEGAL_TRANSITION"));

  // The same again changes nothing, and another demand gets who is left.
  Demand("show", 4, 4);
  ASSERT_THAT(Draft("q"), IsOk());
  const auto next = Propose("q");
  ASSERT_THAT(next, IsOk());
  EXPECT_EQ(next->objective().changed_person_days(), 1);
  ASSERT_THAT(Approve("q"), IsOk());
  EXPECT_THAT(Taken(), SizeIs(3));

  const auto released =
      Call<StaffPlan>("ReleaseStaffPlan", Manager(), Proto<v1::ReleaseStaffPlanRequest>("name: 'staffPlans/q' reason: 'rain'"));
  ASSERT_THAT(released, IsOk());
  EXPECT_THAT(Taken(), IsEmpty()) << "the later plan had taken the place of the earlier one";
}

TEST_F(StaffPlanTest, BadInputIsRefused) {
  EXPECT_THAT(Draft("p", "", 0 + 28).status(), IsOk());
  EXPECT_THAT(Draft("q", "demands: 'staffDemands/none'"), HasViolation("staff_plan.demands[0]", "UNKNOWN_DEMAND"));
  const auto reversed = Proto<v1::CreateStaffPlanRequest>(
      "staff_plan { title: 'x' start_date { year: 2026 month: 3 day: 2 } end_date { year: 2026 month: 3 day: 1 } }");
  EXPECT_THAT(Call<StaffPlan>("CreateStaffPlan", Specialist(), reversed), HasViolation("staff_plan.end_date", "DATES_REVERSED"));
  const auto endless = Proto<v1::CreateStaffPlanRequest>(
      "staff_plan { title: 'x' start_date { year: 2026 month: 3 day: 2 } end_date { year: 2026 month: 6 day: 2 } }");
  EXPECT_THAT(Call<StaffPlan>("CreateStaffPlan", Specialist(), endless), HasViolation("staff_plan.end_date", "STAFF_PLAN_TOO_LONG"));
  const auto twice = Proto<v1::CreateStaffPolicyRequest>(R"pb(
    staff_policy {
      reason: "x"
      day_off_minutes: 1
      solve_seconds: 1
      rates { position: "positions/host" }
      rates { position: "positions/host" department: "sales" }
      rates { position: "positions/host" }
    })pb");
  EXPECT_THAT(Call<v1::StaffPolicy>("CreateStaffPolicy", Manager(), twice), HasViolation("staff_policy.rates[2].position", "RATE_TWICE"));
  Tell(Host("an"));
  Settle();
  ASSERT_THAT(Draft("r", "", 2), IsOk());
  clock_.Advance(absl::Hours(48));
  EXPECT_THAT(Propose("r"), HasReason("PLAN_OVER"));
}

TEST_F(StaffPlanTest, ApprovalJudgesEveryPersonDayAgain) {
  Tell(Host("an"));
  Tell(Host("bo"));
  Settle();
  Demand("fair", 3, 4);
  Demand("show", 3, 4);
  ASSERT_THAT(Draft("p", "demands: 'staffDemands/fair'"), IsOk());
  ASSERT_THAT(Draft("q", "demands: 'staffDemands/show'"), IsOk());
  ASSERT_THAT(Propose("p"), IsOk());
  ASSERT_THAT(Propose("q"), IsOk());
  ASSERT_THAT(Approve("p"), IsOk());
  EXPECT_THAT(Violations(Approve("q").status()), ElementsAre("employees/an PERSON_DAY_TAKEN"));
  EXPECT_THAT(Approve("q"), HasReason("PLAN_DOES_NOT_HOLD"));
  ASSERT_THAT(Propose("q"), IsOk());
  Tell(Host("bo", "absences { start_date { year: 2026 month: 3 day: 4 } end_date { year: 2026 month: 3 day: 4 } }"));
  Settle();
  const StaffPlan judged = PlanNow("q");
  ASSERT_THAT(judged.changed_facts(), SizeIs(1));
  EXPECT_EQ(judged.changed_facts(0).name(), "employees/bo");
  ASSERT_THAT(judged.broken(), SizeIs(1));
  EXPECT_EQ(judged.broken(0).missing(0).kind(), StaffPlan::Missing::KIND_ABSENCE);
  EXPECT_THAT(Violations(Approve("q").status()), ElementsAre("employees/bo PERSON_ABSENT"));
  ASSERT_THAT(Call<StaffDemand>("UpdateStaffDemand", Specialist(),
                                Proto<v1::UpdateStaffDemandRequest>("staff_demand { name: 'staffDemands/show' required_count: 2 }")),
              IsOk());
  EXPECT_THAT(Approve("q"), HasReason("PLAN_STALE"));
}

// Two demands want the only person; many managers approve plans for them at the same time.
TEST_F(StaffPlanTest, TwoPlansNeverTakeOneDayOfAPerson) {
  Tell(Host("an"));
  Settle();
  constexpr int kPlans = 6;
  for (int i = 0; i < kPlans; ++i) {
    Demand(absl::StrCat("d", i), 3, 5);
    ASSERT_THAT(Draft(absl::StrCat("p", i), absl::StrCat("demands: 'staffDemands/d", i, "'")), IsOk());
    ASSERT_THAT(Propose(absl::StrCat("p", i)), IsOk());
  }
  std::vector<absl::Status> outcomes(kPlans);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kPlans; ++i) {
      threads.emplace_back([&, i] { outcomes[i] = Approve(absl::StrCat("p", i)).status(); });
    }
  }
  int approved = 0;
  for (const absl::Status& outcome : outcomes) {
    approved += outcome.ok() ? 1 : 0;
    if (!outcome.ok()) {
      EXPECT_THAT(outcome, HasReason("PLAN_DOES_NOT_HOLD"));
    }
  }
  EXPECT_EQ(approved, 1);
  EXPECT_THAT(Taken(), ElementsAre(std::pair("employees/an 2026-03-03", 480), std::pair("employees/an 2026-03-04", 480),
                                   std::pair("employees/an 2026-03-05", 480)));
}

TEST_F(StaffPlanTest, DemandsTellWhatIsShortAndWhoIsElsewhere) {
  Tell(Host("an"));
  Tell(Host("bo"));
  Settle();
  Demand("fair", 3, 4, 1, "priority: 5");
  Demand("show", 3, 4, 2);
  ASSERT_THAT(Draft("p"), IsOk());
  const auto proposed = Propose("p");
  ASSERT_THAT(proposed, IsOk());
  ASSERT_THAT(proposed->conflicts(), SizeIs(1));
  EXPECT_THAT(proposed->conflicts(0).demands(), ElementsAre("staffDemands/fair", "staffDemands/show"));
  EXPECT_FALSE(DemandNow("show").has_shortage());
  ASSERT_THAT(Approve("p"), IsOk());
  Settle();
  EXPECT_EQ(DemandNow("show").shortage().missing_count(), 1);
  EXPECT_THAT(DemandNow("show").shortage().days(), SizeIs(2));
  EXPECT_THAT(DemandNow("show").assigned_elsewhere(), ElementsAre("employees/an"));
  EXPECT_THAT(DemandNow("fair").assigned_elsewhere(), ElementsAre("employees/bo"));
  EXPECT_FALSE(DemandNow("fair").has_shortage());
  ASSERT_THAT(Call<StaffDemand>("WithdrawStaffDemand", Specialist(),
                                Proto<v1::WithdrawStaffDemandRequest>("name: 'staffDemands/fair' reason: 'rain'")),
              IsOk());
  EXPECT_THAT(Taken(), SizeIs(2));
  Settle();
  EXPECT_THAT(DemandNow("show").assigned_elsewhere(), IsEmpty());
}

TEST_F(StaffPlanTest, ADayThatIsTooFullIsFoundAndResolvedByFacts) {
  Tell(Host("an"));
  Settle();
  Demand("fair", 3, 4);
  ASSERT_THAT(Draft("p"), IsOk());
  ASSERT_THAT(Propose("p"), IsOk());
  ASSERT_THAT(Approve("p"), IsOk());
  Settle();
  EXPECT_THAT(Overloads(), IsEmpty());
  auto other = Proto<activity::v1::Activity>(
      "name: 'activities/other' title: 'O' state: STATE_READY time_zone: 'Asia/Taipei' staff { employee: 'employees/an' role: 'host' }");
  other.mutable_start_time()->set_seconds(absl::ToUnixSeconds(absl::FromCivil(absl::CivilHour(2026, 3, 4, 9), service::DefaultTimeZone())));
  other.mutable_end_time()->set_seconds(absl::ToUnixSeconds(absl::FromCivil(absl::CivilHour(2026, 3, 4, 12), service::DefaultTimeZone())));
  activity_.Tell("activity.heitie/Activity", other);
  Settle();
  const auto open = Overloads();
  ASSERT_THAT(open, SizeIs(1));
  EXPECT_EQ(open[0].name(), "staffOverloads/an-20260304");
  EXPECT_EQ(open[0].capacity_minutes(), 480);
  EXPECT_EQ(open[0].assigned_minutes(), 540);
  ASSERT_THAT(open[0].loads(), SizeIs(2));
  EXPECT_EQ(open[0].loads(1).subject(), "activities/other");
  ASSERT_THAT(PlanNow("p").broken(), SizeIs(1));
  EXPECT_EQ(PlanNow("p").broken(0).missing(0).minutes(), 60);
  const auto load = Call<v1::ComputeStaffLoadResponse>(
      "ComputeStaffLoad", Analyst(),
      Proto<v1::ComputeStaffLoadRequest>("start_date { year: 2026 month: 3 day: 2 } end_date { year: 2026 month: 3 day: 8 }"));
  ASSERT_THAT(load, IsOk());
  EXPECT_EQ(load->people(0).weeks(0).overload_days(), 1);
  other.set_state(activity::v1::Activity::STATE_CANCELLED);
  activity_.Tell("activity.heitie/Activity", other);
  Settle();
  EXPECT_THAT(Overloads(), IsEmpty());
  EXPECT_THAT(Overloads("STATE_RESOLVED"), SizeIs(1));
  EXPECT_THAT(PlanNow("p").broken(), IsEmpty());
}

TEST_F(StaffPlanTest, AShiftThatDoesNotFitIsFoundWithinSeconds) {
  Tell(Host("an"));
  auto fair = Proto<activity::v1::Activity>("name: 'activities/fair' title: 'F' state: STATE_READY time_zone: 'Asia/Taipei'");
  auto shift = Proto<activity::v1::Shift>(
      "name: 'activities/fair/shifts/a' state: STATE_PLANNED time_zone: 'Asia/Taipei' people { employee: 'employees/an' }");
  const auto at = [](int day, int hour) {
    return absl::ToUnixSeconds(absl::FromCivil(absl::CivilHour(2026, 3, day, hour), service::DefaultTimeZone()));
  };
  fair.mutable_start_time()->set_seconds(at(3, 9));
  fair.mutable_end_time()->set_seconds(at(6, 18));
  shift.mutable_start_time()->set_seconds(at(4, 9));
  shift.mutable_end_time()->set_seconds(at(4, 19));
  activity_.Tell("activity.heitie/Activity", fair);
  activity_.Tell("activity.heitie/Shift", shift);
  Settle();
  ASSERT_THAT(Overloads(), SizeIs(1));
  EXPECT_EQ(Overloads()[0].assigned_minutes(), 600);
  shift.mutable_end_time()->set_seconds(at(4, 17));
  activity_.Tell("activity.heitie/Shift", shift);
  Settle();
  EXPECT_THAT(Overloads(), IsEmpty());
}

TEST_F(StaffPlanTest, SchemesAndActivitiesMakeDemands) {
  planning_.Tell(
      "planning.heitie/Project",
      Proto<planning::v1::Project>("name: 'projects/spring' title: 'Spring' owner: 'employees/li' state: STATE_APPROVED start_date "
                                   "{ year: 2026 month: 3 day: 9 } end_date { year: 2026 month: 4 day: 30 }"));
  auto scheme = Proto<planning::v1::Scheme>(
      "name: 'projects/spring/schemes/1' state: STATE_APPROVED demand { staff { position: 'positions/host' headcount: 2 courses: "
      "'courses/safety' } }");
  planning_.Tell("planning.heitie/Scheme", scheme);
  const auto open = [&] {
    v1::ListStaffDemandsRequest request;
    request.set_filter("state = STATE_OPEN");
    const auto listed = *Call<v1::ListStaffDemandsResponse>("ListStaffDemands", Analyst(), request);
    return std::vector<StaffDemand>(listed.staff_demands().begin(), listed.staff_demands().end());
  };
  Settle();
  ASSERT_THAT(open(), SizeIs(1));
  const StaffDemand of_project = open()[0];
  EXPECT_EQ(of_project.subject(), "projects/spring");
  EXPECT_EQ(of_project.origin(), "projects/spring/schemes/1");
  EXPECT_EQ(of_project.owner(), "employees/li");
  EXPECT_EQ(of_project.required_count(), 2);
  EXPECT_EQ(of_project.end_date().month(), 4);
  EXPECT_THAT(Call<StaffDemand>("UpdateStaffDemand", Specialist(),
                                Proto<v1::UpdateStaffDemandRequest>(absl::StrCat("staff_demand { name: '", of_project.name(),
                                                                                 "' required_count: 3 } update_mask { paths: "
                                                                                 "'required_count' }"))),
              HasReason("DEMAND_FOLLOWS"));
  EXPECT_THAT(Call<StaffDemand>("UpdateStaffDemand", Specialist(),
                                Proto<v1::UpdateStaffDemandRequest>(absl::StrCat("staff_demand { name: '", of_project.name(),
                                                                                 "' priority: 3 } update_mask { paths: 'priority' }"))),
              IsOk());
  EXPECT_THAT(Call<StaffDemand>("WithdrawStaffDemand", Specialist(),
                                Proto<v1::WithdrawStaffDemandRequest>(absl::StrCat("name: '", of_project.name(), "' reason: 'no'"))),
              HasReason("DEMAND_FOLLOWS"));

  // The activity says when, and what must be learnt besides.
  auto fair = Proto<activity::v1::Activity>(
      "name: 'activities/fair' title: 'Fair' owner: 'employees/an' scheme: 'projects/spring/schemes/1' state: STATE_PREPARING time_zone: "
      "'Asia/Taipei' training_requirement { courses: 'courses/first-aid' }");
  const auto at = [](int day, int hour) {
    return absl::ToUnixSeconds(absl::FromCivil(absl::CivilHour(2026, 3, day, hour), service::DefaultTimeZone()));
  };
  fair.mutable_start_time()->set_seconds(at(10, 9));
  fair.mutable_end_time()->set_seconds(at(12, 18));
  activity_.Tell("activity.heitie/Activity", fair);
  Settle();
  ASSERT_THAT(open(), SizeIs(1));
  EXPECT_EQ(open()[0].subject(), "activities/fair");
  EXPECT_THAT(open()[0].courses(), ElementsAre("courses/safety", "courses/first-aid"));
  EXPECT_EQ(open()[0].start_date().day(), 10);
  const std::string of_fair = open()[0].name();
  fair.mutable_end_time()->set_seconds(at(13, 18));
  activity_.Tell("activity.heitie/Activity", fair);
  Settle();
  ASSERT_THAT(open(), SizeIs(1));
  EXPECT_EQ(open()[0].name(), of_fair);
  EXPECT_EQ(open()[0].end_date().day(), 13);

  // Called off, the project needs them again; another version of the scheme needs nobody.
  fair.set_state(activity::v1::Activity::STATE_CANCELLED);
  activity_.Tell("activity.heitie/Activity", fair);
  Settle();
  ASSERT_THAT(open(), SizeIs(1));
  EXPECT_EQ(open()[0].subject(), "projects/spring");
  EXPECT_NE(open()[0].name(), of_project.name()) << "what is withdrawn is so for good";
  scheme.set_state(planning::v1::Scheme::STATE_SUPERSEDED);
  planning_.Tell("planning.heitie/Scheme", scheme);
  Settle();
  EXPECT_THAT(open(), IsEmpty());
}

TEST_F(StaffPlanTest, WhoLeavesBreaksThePlan) {
  Tell(Host("an"));
  Settle();
  Demand("fair", 3, 4);
  ASSERT_THAT(Draft("p"), IsOk());
  ASSERT_THAT(Propose("p"), IsOk());
  ASSERT_THAT(Approve("p"), IsOk());
  Tell(Host("an", "leave_date { year: 2026 month: 3 day: 3 }"));
  Settle();
  ASSERT_THAT(PlanNow("p").broken(), SizeIs(1));
  EXPECT_EQ(PlanNow("p").broken(0).missing(0).kind(), StaffPlan::Missing::KIND_EMPLOYMENT);
  ASSERT_THAT(Overloads(), SizeIs(1));
  EXPECT_EQ(Overloads()[0].capacity_minutes(), 0);
}

// Random demands, plans, approvals, releases and withdrawals; after each step the rows are their sums, nobody's day holds more than it has,
// and each demand has at most the people that it wants.
TEST_F(StaffPlanTest, WhateverHappensNoDayHoldsMoreThanItHas) {
  for (const char* id : {"an", "bo", "chen"}) Tell(Host(id));
  Settle();
  std::mt19937 random(21);
  const auto draw = [&](int from, int to) { return std::uniform_int_distribution<int>(from, to)(random); };
  int demands = 0, plans = 0, approved = 0;
  for (int step = 0; step < 60; ++step) {
    const int what = draw(0, 9);
    if (what <= 3 || demands == 0) {
      const int first = draw(3, 12);
      Demand(absl::StrCat("d", demands++), first, first + draw(0, 4), draw(1, 2),
             absl::StrCat("minutes_a_day: ", draw(0, 4) * 120, " priority: ", draw(0, 2),
                          draw(0, 1) == 0 ? " continuity: CONTINUITY_ANY_PERSON" : ""));
    } else if (what <= 6) {
      const std::string id = absl::StrCat("p", plans++);
      const auto drafted = Draft(id, draw(0, 1) == 0 ? "" : absl::StrCat("demands: 'staffDemands/d", draw(0, demands - 1), "'"));
      if (!drafted.ok()) continue;  // The demand was withdrawn.
      ASSERT_THAT(Propose(id), IsOk());
    } else if (what <= 8 && plans > 0) {
      approved += Approve(absl::StrCat("p", draw(0, plans - 1))).ok() ? 1 : 0;
    } else if (plans > 0) {
      (void)Call<StaffDemand>(
          "WithdrawStaffDemand", Specialist(),
          Proto<v1::WithdrawStaffDemandRequest>(absl::StrCat("name: 'staffDemands/d", draw(0, demands - 1), "' reason: 'x'")));
      (void)Call<StaffPlan>("ReleaseStaffPlan", Manager(),
                            Proto<v1::ReleaseStaffPlanRequest>(absl::StrCat("name: 'staffPlans/p", draw(0, plans - 1), "' reason: 'x'")));
    }
    for (const auto& [day, minutes] : Taken()) EXPECT_LE(minutes, 480) << day;
  }
  EXPECT_GT(approved, 3);
  Settle();
  EXPECT_THAT(Overloads(), IsEmpty());
}

}  // namespace
}  // namespace heitie::resource
