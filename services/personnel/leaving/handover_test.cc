#include "services/personnel/leaving/handover.h"

#include <thread>

#include "absl/strings/str_cat.h"
#include "common/people/copy.h"
#include "common/people/handovers.h"
#include "common/record/hand_over.h"
#include "common/record/json.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/personnel/v1/duty.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/handover.pb.h"
#include "heitie/personnel/v1/handover_policy.pb.h"
#include "heitie/personnel/v1/pending_step.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/personnel/v1/position_template.pb.h"
#include "services/personnel/service.h"

namespace heitie::personnel {
namespace {

using absl::CivilDay;
using test::By;
using test::HasReason;
using test::IsOk;
using test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using type::v1::HandoverReport;
using v1::Employee;
using v1::Handover;
using v1::HandoverItem;

// li leaves on 30 January. boss leads li, li leads bo and an; wu is another manager.
class HandoverTest : public test::ServiceTest<Service> {
 protected:
  HandoverTest() : ServiceTest("personnel"), part_(store_, jobs_, own_events_, "personnel", directory_) {
    clock_.Set(absl::FromUnixSeconds(1768478400));  // 2026-01-15T12:00:00Z, the evening of that day in the business time zone
    for (const char* service : {"planning", "activity", "risk", "resource", "metrics"}) {
      clients_[service].On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
          absl::StrCat("heitie.", service, ".v1.RecordService/ListEvents"),
          [this, service = std::string(service)](
              const rpc::Call&, const type::v1::ListEventsRequest& request) -> absl::StatusOr<type::v1::ListEventsResponse> {
            if (request.has_wait()) return absl::CancelledError();
            type::v1::ListEventsResponse response;
            for (const auto& event : told_[service]) {
              if (event.position() > request.after_position()) *response.add_events() = event;
            }
            response.set_last_position(static_cast<int64_t>(told_[service].size()));
            return response;
          });
    }
    Adopt("operations-manager", "manager");
    Adopt("operations-specialist", "specialist");
    Hire("boss", "manager", "");
    Hire("wu", "manager", "");
    Hire("li", "specialist", "boss");
    Hire("bo", "specialist", "li");
    Hire("an", "specialist", "li");
  }

  void Adopt(const std::string& of, const std::string& id) {
    ASSERT_THAT(Call<v1::Position>(
                    "AdoptPositionTemplate", Manager(),
                    Proto<v1::AdoptPositionTemplateRequest>(absl::StrCat("name: 'positionTemplates/", of, "' position_id: '", id, "'"))),
                IsOk());
  }
  void Hire(const std::string& id, const std::string& position, const std::string& superior) {
    v1::CreateEmployeeRequest request;
    request.set_employee_id(id);
    request.mutable_employee()->set_display_name("李明");
    request.mutable_employee()->set_department("operations");
    request.mutable_employee()->set_position("positions/" + position);
    if (!superior.empty()) request.mutable_employee()->set_superior("employees/" + superior);
    *request.mutable_employee()->mutable_hire_date() = time::ToDate(CivilDay(2025, 6, 1));
    ASSERT_THAT(Call<Employee>("CreateEmployee", Manager(), request), IsOk());
  }
  // And every door knows it.
  void Terminate(const std::string& id, CivilDay last) {
    v1::TerminateEmployeeRequest request;
    request.set_name("employees/" + id);
    *request.mutable_leave_date() = time::ToDate(last);
    ASSERT_THAT(Call<Employee>("TerminateEmployee", Manager(), request), IsOk());
    people::EmployeeFact fact;
    fact.hired = CivilDay(2025, 6, 1);
    fact.last = last;
    fact.posts = {{fact.hired, "positions/x", "operations"}};
    people::Directory::Changes changes;
    changes.employees["employees/" + id] = fact;
    directory_.Take(changes);
  }
  void Reinstate(const std::string& id) {
    v1::ReinstateEmployeeRequest request;
    request.set_name("employees/" + id);
    ASSERT_THAT(Call<Employee>("ReinstateEmployee", Manager(), request), IsOk());
  }
  absl::StatusOr<Handover> Plan(const std::string& fields, const std::string& mask) {
    return Call<Handover>("UpdateHandover", Manager(),
                          Proto<v1::UpdateHandoverRequest>(
                              absl::StrCat("handover { name: 'handovers/li' ", fields, " } update_mask { paths: '", mask, "' }")));
  }
  Handover Get(const std::string& id = "li") {
    const auto handover =
        Call<Handover>("GetHandover", Manager(), Proto<v1::GetHandoverRequest>(absl::StrCat("name: 'handovers/", id, "'")));
    EXPECT_THAT(handover, IsOk());
    return handover.value_or(Handover());
  }
  Employee Person(const std::string& id) {
    const auto employee = Call<Employee>("GetEmployee", Manager(), Proto<v1::GetEmployeeRequest>("name: 'employees/" + id + "'"));
    EXPECT_THAT(employee, IsOk());
    return employee.value_or(Employee());
  }
  // "bo.superior MOVED employees/wu", of all items.
  std::vector<std::string> Items(const std::string& id = "li") {
    std::vector<std::string> items;
    const auto list = Call<v1::ListHandoverItemsResponse>("ListHandoverItems", Manager(),
                                                          Proto<v1::ListHandoverItemsRequest>("parent: 'handovers/" + id + "'"));
    EXPECT_THAT(list, IsOk());
    if (!list.ok()) return items;
    for (const auto& item : list->handover_items()) {
      items.push_back(absl::StrCat(record::IdOf(item.holding().resource()), ".", item.holding().field(), " ",
                                   HandoverItem::State_Name(item.state()).substr(6), " ", item.successor()));
    }
    return items;
  }
  std::string NameOfItem(const std::string& resource) {
    const auto list =
        Call<v1::ListHandoverItemsResponse>("ListHandoverItems", Manager(), Proto<v1::ListHandoverItemsRequest>("parent: 'handovers/li'"));
    for (const auto& item : list->handover_items()) {
      if (item.holding().resource() == resource) return item.name();
    }
    return "";
  }
  // Subjects and actions of what waits for somebody.
  std::vector<std::string> Steps(const std::string& id) {
    std::vector<std::string> steps;
    const auto mine = Call<v1::FindMyStepsResponse>(
        "FindMySteps", By("employees/" + id, {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now()), v1::FindMyStepsRequest());
    EXPECT_THAT(mine, IsOk());
    if (!mine.ok()) return steps;
    for (const auto& step : mine->steps()) {
      if (step.ground() == v1::MyStep::GROUND_OWNER) steps.push_back(absl::StrCat(step.step().action(), " ", step.step().subject()));
    }
    return steps;
  }
  void Report(const std::string& service, HandoverReport report) {
    report.set_service(service);
    auto& events = told_[service];
    report.set_name(absl::StrCat("handovers/li/reports/", report.has_holding() ? record::IdOf(report.holding().resource()) : service));
    report.set_employee("employees/li");
    type::v1::Event event;
    event.set_position(static_cast<int64_t>(events.size()) + 1);
    event.set_subject_type("type.heitie/HandoverReport");
    event.set_subject(report.name());
    event.set_action("report");
    event.set_revision(1);
    *event.mutable_occur_time() = time::ToTimestamp(clock_.Now());
    event.set_after_json(record::ToJson(report));
    events.push_back(event);
  }
  void ReadyBut(const std::string& except = "") {
    for (const char* service : {"planning", "activity", "risk", "resource", "metrics"}) {
      if (service == except) continue;
      HandoverReport report;
      report.set_outcome(HandoverReport::OUTCOME_NOTHING_LEFT);
      Report(service, report);
    }
  }
  void Run(absl::Duration after = absl::Seconds(1)) {
    clock_.Advance(after);
    for (int i = 0; i < 30; ++i) {
      const auto run = jobs_.RunDue();
      ASSERT_THAT(run, IsOk());
      if (*run == 0) return;
    }
    FAIL() << "it does not end";
  }
  // 00:00 of a day in January and a second.
  void Midnight(int day) {
    clock_.Set(absl::FromCivil(CivilDay(2026, 1, day), service::DefaultTimeZone()));
    Run();
  }

  people::Directory directory_{service::DefaultTimeZone()};
  people::OwnEvents own_events_{store_};
  std::map<std::string, std::vector<type::v1::Event>> told_;
  people::Handovers part_;
};

TEST_F(HandoverTest, TermsAreData) {
  ASSERT_THAT(Call<v1::HandoverPolicy>("CreateHandoverPolicy", Manager(),
                                       Proto<v1::CreateHandoverPolicyRequest>("handover_policy_id: 'longer' handover_policy { reason: 'r' "
                                                                              "decision_hours: 48 plan_hours: 72 }")),
              IsOk());
  ASSERT_THAT(Call<v1::HandoverPolicy>("PublishHandoverPolicy", Manager(),
                                       Proto<v1::PublishHandoverPolicyRequest>("name: 'handoverPolicies/longer'")),
              IsOk());
  const auto due_of = [&](const std::string& subject) {
    const auto steps = Call<v1::ListPendingStepsResponse>(
        "ListPendingSteps", Manager(),
        Proto<v1::ListPendingStepsRequest>("filter: 'subject = \"" + subject + "\" AND state = STATE_OPEN'"));
    EXPECT_THAT(steps, IsOk());
    EXPECT_EQ(steps->pending_steps_size(), 1);
    return time::ToTime(steps->pending_steps(0).due_time());
  };
  Terminate("li", CivilDay(2026, 1, 30));
  EXPECT_EQ(due_of("handovers/li"), absl::FromCivil(CivilDay(2026, 1, 27), service::DefaultTimeZone()));
  Midnight(31);
  const std::string name = NameOfItem("employees/bo");
  const auto item = Call<HandoverItem>("GetHandoverItem", Manager(), Proto<v1::GetHandoverItemRequest>("name: '" + name + "'"));
  ASSERT_THAT(item, IsOk());
  EXPECT_EQ(item->policy(), "handoverPolicies/longer");
  EXPECT_EQ(due_of(name), time::ToTime(item->move_time()) + absl::Hours(48));
}

TEST_F(HandoverTest, ALeaveDateOpensIt) {
  Terminate("li", CivilDay(2026, 1, 30));
  const Handover handover = Get();
  EXPECT_EQ(handover.state(), Handover::STATE_PLANNED);
  EXPECT_EQ(handover.employee(), "employees/li");
  EXPECT_EQ(handover.fallback(), "employees/boss");
  EXPECT_THAT(Steps("boss"), ElementsAre("plan handovers/li"));
  ASSERT_THAT(Plan("successor: 'employees/wu'", "successor"), IsOk());
  EXPECT_THAT(Steps("boss"), IsEmpty()) << "somebody is named";
}

TEST_F(HandoverTest, MovesWhenTheLastDayIsOver) {
  Terminate("li", CivilDay(2026, 1, 30));
  ASSERT_THAT(Plan("successions { resource: 'employees/bo' successor: 'employees/wu' }", "successions"), IsOk());
  Midnight(30);
  EXPECT_THAT(Items(), IsEmpty());
  EXPECT_EQ(Person("bo").superior(), "employees/li");
  Midnight(31);
  EXPECT_THAT(Items(), UnorderedElementsAre("bo.superior MOVED employees/wu", "an.superior UNDECIDED employees/boss"));
  EXPECT_EQ(Person("bo").superior(), "employees/wu");
  EXPECT_EQ(Person("an").superior(), "employees/boss");
  EXPECT_EQ(Person("bo").assignments_size(), 2) << "from this day on; what was before stays";
  EXPECT_EQ(Get().state(), Handover::STATE_DUE);
  EXPECT_THAT(Get().finished_services(), ElementsAre("personnel"));
  ReadyBut("risk");
  Run();
  EXPECT_EQ(Get().state(), Handover::STATE_DUE) << "risk is away";
  HandoverReport report;
  report.set_outcome(HandoverReport::OUTCOME_NOTHING_LEFT);
  Report("risk", report);
  Run();
  EXPECT_EQ(Get().state(), Handover::STATE_COMPLETED);
}

TEST_F(HandoverTest, WhatWasLeftOverIsDecidedByWhoGotIt) {
  Terminate("li", CivilDay(2026, 1, 30));
  Midnight(31);
  const std::string item = NameOfItem("employees/an");
  EXPECT_THAT(Steps("boss"), ::testing::Contains("decide " + item));
  v1::SettleHandoverItemRequest request;
  request.set_name(item);
  request.set_decision("an stays with me.");
  EXPECT_THAT(Call<HandoverItem>("SettleHandoverItem", By("employees/li", {options::v1::ROLE_DATA_ANALYST}, clock_.Now()), request),
              HasReason("NOT_THE_RECIPIENT"));
  EXPECT_THAT(Call<HandoverItem>("SettleHandoverItem", By("employees/bo", {options::v1::ROLE_DATA_ANALYST}, clock_.Now()), request),
              HasReason("NOT_FOUND"));
  const auto settled =
      Call<HandoverItem>("SettleHandoverItem", By("employees/boss", {options::v1::ROLE_DATA_ANALYST}, clock_.Now()), request);
  ASSERT_THAT(settled, IsOk());
  EXPECT_EQ(settled->state(), HandoverItem::STATE_SETTLED);
  EXPECT_THAT(Steps("boss"), ::testing::Not(::testing::Contains("decide " + item)));
}

TEST_F(HandoverTest, AgreedDaysComeBeforeTheLastOne) {
  Terminate("li", CivilDay(2026, 1, 30));
  ASSERT_THAT(
      Plan("successions { resource: 'employees/bo' successor: 'employees/wu' start_date { year: 2026 month: 1 day: 20 } }", "successions"),
      IsOk());
  Midnight(19);
  EXPECT_THAT(Items(), IsEmpty());
  Midnight(20);
  EXPECT_THAT(Items(), ElementsAre("bo.superior MOVED employees/wu"));
  EXPECT_EQ(Get().state(), Handover::STATE_PLANNED);
  // The leave date is withdrawn: what was moved stays and is listed.
  Reinstate("li");
  EXPECT_EQ(Get().state(), Handover::STATE_WITHDRAWN);
  Midnight(31);
  EXPECT_THAT(Items(), ElementsAre("bo.superior MOVED employees/wu"));
  EXPECT_EQ(Person("an").superior(), "employees/li");
  // And comes back, with the plan that was made.
  Terminate("li", CivilDay(2026, 2, 10));
  EXPECT_EQ(Get().state(), Handover::STATE_PLANNED);
  EXPECT_EQ(Get().successions_size(), 1);
}

TEST_F(HandoverTest, ALeaveDateThatMovesTakesItAlong) {
  Terminate("li", CivilDay(2026, 1, 20));
  Terminate("li", CivilDay(2026, 1, 25));
  Midnight(21);
  EXPECT_EQ(Get().state(), Handover::STATE_PLANNED);
  Midnight(26);
  EXPECT_EQ(Get().state(), Handover::STATE_DUE);
  EXPECT_EQ(Items().size(), 2u);
}

TEST_F(HandoverTest, ADayThatIsOverIsDueAtOnce) {
  Terminate("li", CivilDay(2026, 1, 10));
  EXPECT_EQ(Get().state(), Handover::STATE_DUE);
  Run();
  EXPECT_THAT(Items(), UnorderedElementsAre("bo.superior UNDECIDED employees/boss", "an.superior UNDECIDED employees/boss"));
}

TEST_F(HandoverTest, SuccessorsAreChecked) {
  Terminate("li", CivilDay(2026, 1, 30));
  Terminate("bo", CivilDay(2026, 1, 30));
  EXPECT_THAT(Plan("successor: 'employees/li'", "successor"), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(Plan("successor: 'employees/nobody'", "successor"), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(Plan("successor: 'employees/bo'", "successor"), HasReason("INVALID_FIELDS")) << "leaves the same day";
  EXPECT_THAT(Plan("successions { resource: 'employees/an' successor: 'employees/wu' required_courses: 'courses/none' }", "successions"),
              HasReason("INVALID_FIELDS"));
  EXPECT_THAT(
      Plan("successions { resource: 'employees/an' successor: 'employees/an' required_roles: ROLE_OPERATIONS_MANAGER }", "successions"),
      HasReason("INVALID_FIELDS"));
  EXPECT_THAT(
      Plan("successions { resource: 'employees/an' successor: 'employees/wu' required_roles: ROLE_OPERATIONS_MANAGER }", "successions"),
      IsOk());
  Midnight(31);
  EXPECT_THAT(Plan("successor: 'employees/wu'", "successor"), HasReason("HANDOVER_OVER"));
}

// Nobody leads themself, and nobody above.
TEST_F(HandoverTest, ASubordinateWhoTakesOverIsLedByTheManager) {
  Terminate("li", CivilDay(2026, 1, 30));
  ASSERT_THAT(Plan("successor: 'employees/bo'", "successor"), IsOk());
  Midnight(31);
  EXPECT_EQ(Person("an").superior(), "employees/bo");
  EXPECT_EQ(Person("bo").superior(), "");
}

TEST_F(HandoverTest, RotasGoOnWithTheSuccessor) {
  ASSERT_THAT(Call<v1::Rota>("CreateRota", Manager(), Proto<v1::CreateRotaRequest>(R"pb(
                               parent: "duties/operations-execution"
                               rota_id: "a"
                               rota {
                                 department: "operations"
                                 start_date { year: 2026 month: 1 day: 16 }
                                 turn: TURN_DAY
                                 holders: "employees/bo"
                                 holders: "employees/li"
                                 holders: "employees/an"
                               })pb")),
              IsOk());
  Terminate("li", CivilDay(2026, 1, 30));
  ASSERT_THAT(Plan("successor: 'employees/wu'", "successor"), IsOk());
  Midnight(31);
  const auto rotas =
      Call<v1::ListRotasResponse>("ListRotas", Manager(), Proto<v1::ListRotasRequest>("parent: 'duties/operations-execution'"));
  ASSERT_THAT(rotas, IsOk());
  ASSERT_EQ(rotas->rotas_size(), 2);
  const v1::Rota& old = rotas->rotas(0).state() == v1::Rota::STATE_SUPERSEDED ? rotas->rotas(0) : rotas->rotas(1);
  const v1::Rota& next = rotas->rotas(0).state() == v1::Rota::STATE_SUPERSEDED ? rotas->rotas(1) : rotas->rotas(0);
  EXPECT_THAT(old.holders(), ElementsAre("employees/bo", "employees/li", "employees/an")) << "whose turn it was";
  // 15 days after the first it is the turn of the first again.
  EXPECT_EQ(time::ToDay(next.start_date()), CivilDay(2026, 1, 31));
  EXPECT_THAT(next.holders(), ElementsAre("employees/bo", "employees/wu", "employees/an"));
}

TEST_F(HandoverTest, DeputiesAreReplaced) {
  v1::RecordAbsenceRequest request;
  request.set_name("employees/bo");
  *request.mutable_absence()->mutable_start_date() = time::ToDate(CivilDay(2026, 1, 29));
  *request.mutable_absence()->mutable_end_date() = time::ToDate(CivilDay(2026, 1, 30));
  request.mutable_absence()->set_deputy("employees/li");
  ASSERT_THAT(Call<Employee>("RecordAbsence", Manager(), request), IsOk());
  Terminate("li", CivilDay(2026, 1, 28));
  ASSERT_THAT(Plan("successor: 'employees/wu'", "successor"), IsOk());
  Midnight(29);
  EXPECT_EQ(Person("bo").absences(0).deputy(), "employees/wu");
  EXPECT_THAT(Person("bo").deputies(), ElementsAre("employees/wu"));
}

// Who was to take over leaves as well: whoever takes over from them takes this over.
TEST_F(HandoverTest, ASuccessorWhoLeavesIsSucceeded) {
  Terminate("li", CivilDay(2026, 1, 30));
  ASSERT_THAT(Plan("successor: 'employees/an'", "successor"), IsOk());
  Terminate("an", CivilDay(2026, 1, 25));
  ASSERT_THAT(Call<Handover>("UpdateHandover", Manager(),
                             Proto<v1::UpdateHandoverRequest>(
                                 "handover { name: 'handovers/an' successor: 'employees/wu' } update_mask { paths: 'successor' }")),
              IsOk());
  Midnight(26);
  EXPECT_EQ(Get("li").successor(), "employees/wu");
}

TEST_F(HandoverTest, OtherServicesReportsAreKeptOnce) {
  Terminate("li", CivilDay(2026, 1, 30));
  auto report = Proto<HandoverReport>(R"pb(outcome: OUTCOME_NOT_MOVED
                                           error: "LAUNCH_IN_PROGRESS"
                                           holding { resource: "activities/fair" field: "owner" })pb");
  Report("activity", report);
  Run();
  EXPECT_THAT(Items(), ElementsAre("fair.owner NOT_MOVED "));
  EXPECT_THAT(Steps("boss"), ::testing::Contains("assign " + NameOfItem("activities/fair")));
  clock_.Advance(absl::Minutes(1));
  report.set_outcome(HandoverReport::OUTCOME_MOVED);
  report.set_successor("employees/wu");
  Report("activity", report);
  told_["activity"].push_back(told_["activity"].front());  // again, and too late
  told_["activity"].back().set_position(3);
  Run();
  EXPECT_THAT(Items(), ElementsAre("fair.owner MOVED employees/wu"));
  EXPECT_THAT(Steps("boss"), ::testing::Not(::testing::Contains("assign " + NameOfItem("activities/fair"))));
}

// A leave date that was recorded before there were handovers.
TEST_F(HandoverTest, WhatIsThereAlreadyGetsOne) {
  ASSERT_THAT(
      database_.get().Read(absl::Now() + absl::Seconds(20),
                           [&](sql::Session& session) {
                             return session.Execute("UPDATE employees SET leave_date = '2026-01-30' WHERE name = 'employees/li'").status();
                           }),
      IsOk());
  Run(absl::Hours(2));
  EXPECT_EQ(Get().state(), Handover::STATE_PLANNED);
}

TEST_F(HandoverTest, StrangersDoNotSeeIt) {
  Terminate("li", CivilDay(2026, 1, 30));
  const auto get = [&](const std::string& id) {
    return Call<Handover>("GetHandover", By("employees/" + id, {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now()),
                          Proto<v1::GetHandoverRequest>("name: 'handovers/li'"));
  };
  EXPECT_THAT(get("li"), IsOk());
  EXPECT_THAT(get("boss"), IsOk()) << "leads li";
  EXPECT_THAT(get("bo"), HasReason("NOT_FOUND"));
  EXPECT_THAT(Call<Handover>("GetHandover", By("employees/x", {options::v1::ROLE_PLATFORM_ENGINEER}, clock_.Now()),
                             Proto<v1::GetHandoverRequest>("name: 'handovers/li'")),
              HasReason("NOT_FOUND"));
}

}  // namespace
}  // namespace heitie::personnel
