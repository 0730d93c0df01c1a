// Everything in planning that waits for somebody passes to a successor, kind by kind, as the contract declares it (W14).
#include <set>

#include "common/record/holdings.h"
#include "heitie/planning/v1/action_item.pb.h"
#include "heitie/planning/v1/collection_duty.pb.h"
#include "heitie/planning/v1/decision.pb.h"
#include "heitie/planning/v1/issue.pb.h"
#include "heitie/planning/v1/liaison.pb.h"
#include "heitie/planning/v1/meeting_series.pb.h"
#include "heitie/planning/v1/raci_entry.pb.h"
#include "heitie/planning/v1/robot.pb.h"
#include "heitie/planning/v1/survey.pb.h"
#include "heitie/planning/v1/working_group.pb.h"
#include "heitie/type/v1/handover.pb.h"
#include "heitie/type/v1/holding.pb.h"
#include "re2/re2.h"
#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using test::IsOk;
using ::testing::IsEmpty;

constexpr char kPackage[] = "heitie.planning.v1";

class PlanningLeavingTest : public PlanningTest {
 protected:
  rpc::Call Li() const { return test::By("employees/li", {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now()); }

  void Series(const std::string& id, const std::string& people) {
    Do<v1::MeetingSeries, v1::CreateMeetingSeriesRequest>(
        "CreateMeetingSeries", Specialist(),
        absl::StrCat(
            "meeting_series_id: '", id, "' meeting_series { title: 'Weekly' kind: KIND_TEAM_WEEKLY standing: true departments: '", id,
            "' schedule { start_date { year: 2026 month: 1 day: 5 } start_clock: '09:30' time_zone: 'Asia/Taipei' duration_minutes: 60 "
            "rule: 'FREQ=WEEKLY;BYDAY=MO' day_off_policy: DAY_OFF_POLICY_NEXT } ",
            people, " }"));
  }
  void Duty(const std::string& id, const std::string& people) {
    Do<v1::CollectionDuty, v1::CreateCollectionDutyRequest>(
        "CreateCollectionDuty", Specialist(),
        absl::StrCat("collection_duty_id: '", id,
                     "' collection_duty { topic: 'News' recurrence { frequency: FREQUENCY_MONTHLY workday: -1 } "
                     "start_date { year: 2025 month: 11 day: 1 } items_wanted: 1 ",
                     people, " }"));
  }
  void Liaison(const std::string& department, const std::string& people) {
    Do<v1::Liaison, v1::CreateLiaisonRequest>(
        "CreateLiaison", Specialist(),
        absl::StrCat("liaison_id: '", department, "' liaison { department: '", department, "' ", people, " }"));
  }
  // Who does what of a task of its own.
  void Raci(const std::string& task, const std::string& people) {
    CreateTask("projects/p", task, "owner: 'employees/mei'");
    Do<v1::RaciEntry, v1::CreateRaciEntryRequest>(
        "CreateRaciEntry", Specialist(),
        absl::StrCat("parent: 'projects/p' raci_entry_id: '", task, "' raci_entry { task: 'projects/p/tasks/", task, "' ", people, " }"));
  }

  // What waits for li, so that every responsibility is there.
  void Fill() {
    CreateQuarter();
    CreateProject("p");
    CreateTask("projects/p", "own", "owner: 'employees/li'");
    Raci("a", "accountable: 'employees/li' responsible: 'employees/mei'");
    Raci("r", "accountable: 'employees/mei' responsible: 'employees/li'");
    Raci("c", "accountable: 'employees/mei' responsible: 'employees/mei' consulted: 'employees/li'");
    Raci("i", "accountable: 'employees/mei' responsible: 'employees/mei' informed: 'employees/li'");
    Do<v1::WorkingGroup, v1::CreateWorkingGroupRequest>(
        "CreateWorkingGroup", Specialist(),
        "parent: 'projects/p' working_group_id: 'g' working_group { title: 'The group' lead: 'employees/li' members { employee: "
        "'employees/mei' department: 'technology' } }");
    CreateProject("q", "owner: 'employees/mei'");
    Do<v1::WorkingGroup, v1::CreateWorkingGroupRequest>(
        "CreateWorkingGroup", Specialist(),
        "parent: 'projects/q' working_group_id: 'g' working_group { title: 'The group' lead: 'employees/mei' members { employee: "
        "'employees/li' department: 'technology' } }");
    Do<v1::Issue, v1::CreateIssueRequest>("CreateIssue", Li(),
                                          "parent: 'projects/p' issue_id: 'x' issue { title: 'No line' severity: SEVERITY_HIGH }");
    Series("one", "chair: 'employees/li' secretary: 'employees/mei' members: 'employees/wang'");
    Series("two", "chair: 'employees/wang' secretary: 'employees/li' members: 'employees/mei'");
    Series("three", "chair: 'employees/wang' secretary: 'employees/mei' members: 'employees/li'");
    Do<v1::ActionItem, v1::CreateActionItemRequest>("CreateActionItem", Li(),
                                                    "action_item_id: 'ask' action_item { title: 'Ask' owner: 'employees/mei' due_date { "
                                                    "year: 2026 month: 3 day: 2 } department: 'one' }");
    Do<v1::ActionItem, v1::CreateActionItemRequest>(
        "CreateActionItem", Specialist(),
        "action_item_id: 'do' action_item { title: 'Do' owner: 'employees/li' due_date { year: 2026 month: 3 day: 2 } department: 'one' }");
    Do<v1::Decision, v1::CreateDecisionRequest>(
        "CreateDecision", Specialist(),
        "decision_id: 'd' decision { department: 'one' draft { text: 'Less' reason: 'Cost' deciders: "
        "'employees/manager' owner: 'employees/li' due_date { year: 2026 month: 3 day: 2 } } }");
    Duty("mine", "owner: 'employees/li' deputy: 'employees/mei'");
    Duty("theirs", "owner: 'employees/mei' deputy: 'employees/li'");
    Liaison("technology", "employee: 'employees/li' deputy: 'employees/mei'");
    Liaison("finance", "employee: 'employees/mei' deputy: 'employees/li'");
    Do<v1::Survey, v1::CreateSurveyRequest>("CreateSurvey", Specialist(),
                                            "survey_id: 's' survey { title: 'What?' owner: 'employees/li' by_link: true }");
    Do<v1::Robot, v1::CreateRobotRequest>("CreateRobot", Manager(),
                                          "robot_id: 'r' robot { title: 'Group' kind: KIND_DINGTALK owner: 'employees/li' department: "
                                          "'operations' from_urgency: URGENCY_HIGH }");
    for (int i = 0; i < 3; ++i) {
      clock_.Advance(absl::Seconds(11));
      EXPECT_THAT(jobs_.RunDue(), IsOk());
    }
  }

  std::vector<type::v1::Holding> Open(const std::string& employee) {
    const auto page = Do<type::v1::ListHoldingsResponse, type::v1::ListHoldingsRequest>(
        "ListHoldings", Manager(), absl::StrCat("employee: 'employees/", employee, "' open_only: true page_size: 1000"));
    return {page.holdings().begin(), page.holdings().end()};
  }
};

// "planning.heitie/Task owner" of each responsibility that the contract declares.
std::set<std::string> Declared() {
  std::set<std::string> declared;
  for (const google::protobuf::Descriptor* resource : record::ResourcesOf(kPackage)) {
    for (const record::Responsibility& responsibility : record::ResponsibilitiesOf(*resource)) {
      std::string path;
      for (const auto* step : responsibility.path) absl::StrAppend(&path, path.empty() ? "" : ".", step->name());
      declared.insert(absl::StrCat("planning.heitie/", resource->name(), " ", path));
    }
  }
  return declared;
}

TEST_F(PlanningLeavingTest, WhateverWaitsForSomebodyPassesToASuccessor) {
  Fill();
  std::set<std::string> held;
  for (const type::v1::Holding& holding : Open("li")) {
    std::string field = holding.field();
    RE2::GlobalReplace(&field, "\\[[0-9]+\\]", "");
    held.insert(absl::StrCat(holding.resource_type(), " ", field));
  }
  std::set<std::string> declared = Declared();
  // A duty has a deputy once it has escalated, and a request for cooperation begins with a form of another department.
  for (const char* later : {"PlanDuty deputy", "CooperationRequest owner", "CooperationRequest requester"}) {
    declared.erase(absl::StrCat("planning.heitie/", later));
  }
  EXPECT_THAT(held, ::testing::IsSupersetOf(declared)) << "each kind of responsibility is handed over here";
  // What passes may bring something else to who takes over, so until nothing is left.
  for (int round = 0; round < 3; ++round) {
    for (const type::v1::Holding& holding : Open("li")) {
      type::v1::HandOverRequest request;
      request.set_resource(holding.resource());
      request.set_field(holding.field());
      request.set_employee("employees/li");
      request.set_successor("employees/sun");
      request.set_reason("Li leaves");
      EXPECT_THAT(Call<type::v1::Holding>("HandOver", Manager(), request), IsOk()) << holding.ShortDebugString();
    }
  }
  EXPECT_THAT(Open("li"), IsEmpty());
  EXPECT_GE(Open("sun").size(), held.size());
}

}  // namespace
}  // namespace heitie::planning
