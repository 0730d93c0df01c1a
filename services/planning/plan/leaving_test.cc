// Everything in planning that waits for somebody passes to a successor, kind by kind, as the contract declares it (W14).
#include <map>
#include <set>

#include "common/people/handovers.h"
#include "common/record/holdings.h"
#include "common/record/json.h"
#include "heitie/planning/v1/action_item.pb.h"
#include "heitie/planning/v1/collection_duty.pb.h"
#include "heitie/planning/v1/cooperation_form.pb.h"
#include "heitie/planning/v1/cooperation_request.pb.h"
#include "heitie/planning/v1/decision.pb.h"
#include "heitie/planning/v1/issue.pb.h"
#include "heitie/planning/v1/liaison.pb.h"
#include "heitie/planning/v1/meeting.pb.h"
#include "heitie/planning/v1/meeting_series.pb.h"
#include "heitie/planning/v1/notice_rule.pb.h"
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
    Do<v1::ActionItem, v1::CreateActionItemRequest>("CreateActionItem", Specialist(),
                                                    "action_item_id: 'led' action_item { title: 'Do' owner: 'employees/li' owed_to: "
                                                    "'employees/mei' due_date { year: 2026 month: 3 day: "
                                                    "2 } series: 'meetingSeries/two' }");
    const std::string held = "name: 'meetingSeries/one/meetings/d20260105'";
    Do<v1::Meeting, v1::PublishAgendaRequest>("PublishAgenda", Specialist(), held);
    Do<v1::Meeting, v1::HoldMeetingRequest>("HoldMeeting", Specialist(), held);
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
    Do<v1::NoticeRule, v1::CreateNoticeRuleRequest>(
        "CreateNoticeRule", Manager(),
        "notice_rule_id: 'r' notice_rule { title: 'Risks' subject_type: 'risk.heitie/Risk' text_en: "
        "'x' text_zh: 'x' urgency: URGENCY_LOW recipients { person: 'employees/li' } }");
    Ask();
    for (int i = 0; i < 3; ++i) {
      clock_.Advance(absl::Seconds(11));
      EXPECT_THAT(jobs_.RunDue(), IsOk());
    }
  }

  // Finance asks technology for two things: li asks for the one, and delivers the other.
  void Ask() {
    Do<v1::CooperationForm, v1::CreateCooperationFormRequest>("CreateCooperationForm", Specialist(),
                                                              "cooperation_form_id: 'help' cooperation_form { title: 'Help' }");
    Do<v1::CooperationFormVersion, v1::CreateCooperationFormVersionRequest>(
        "CreateCooperationFormVersion", Specialist(),
        "parent: 'cooperationForms/help' cooperation_form_version_id: 'one' cooperation_form_version { reason: 'First' response_seconds: "
        "28800 delivery_seconds: 57600 escalation_seconds: [ 0, 28800 ] }");
    Do<v1::CooperationFormVersion, v1::PublishCooperationFormVersionRequest>("PublishCooperationFormVersion", Manager(),
                                                                             "name: 'cooperationForms/help/versions/one'");
    const auto ask = [&](const std::string& id, const std::string& who) {
      const rpc::Call call = test::By("employees/" + who, {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now());
      Do<v1::CooperationRequest, v1::CreateCooperationRequestRequest>(
          "CreateCooperationRequest", call,
          absl::StrCat(
              "cooperation_request_id: '", id,
              "' cooperation_request { title: 'A till' form: 'cooperationForms/help' deliverable: 'A till' acceptance_criteria: 'It "
              "prints' needed_date { year: 2026 month: 3 day: 2 } requester_department: 'finance' department: 'technology' }"));
      Do<v1::CooperationRequest, v1::SendCooperationRequestRequest>("SendCooperationRequest", call,
                                                                    "name: 'cooperationRequests/" + id + "'");
    };
    ask("asked", "li");
    ask("delivered", "mei");
    Do<v1::CooperationRequest, v1::AcceptCooperationRequestRequest>("AcceptCooperationRequest", Li(),
                                                                    "name: 'cooperationRequests/delivered' owner: 'employees/li'");
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
  declared.erase("planning.heitie/PlanDuty deputy");  // one has it once it has escalated
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

// Personnel says that li has left and that nobody was agreed on; the boss decides about what has no fallback of its own.
class PlanningHandoverTest : public PlanningLeavingTest {
 protected:
  PlanningHandoverTest() {
    personnel_.On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
        "heitie.personnel.v1.RecordService/ListEvents",
        [this](const rpc::Call&, const type::v1::ListEventsRequest& request) -> absl::StatusOr<type::v1::ListEventsResponse> {
          if (request.has_wait()) return absl::CancelledError();
          type::v1::ListEventsResponse response;
          if (event_.position() > request.after_position()) *response.add_events() = event_;
          response.set_last_position(event_.position());
          return response;
        });
    for (const char* name : {"li", "mei", "wang", "boss"}) Know(name, std::nullopt);
  }
  void Know(const std::string& id, std::optional<absl::CivilDay> last) {
    people::EmployeeFact fact;
    fact.hired = absl::CivilDay(2020, 1, 1);
    fact.last = last;
    fact.posts = {{fact.hired, "positions/x", "operations"}};
    people::Directory::Changes changes;
    changes.employees["employees/" + id] = fact;
    people_.Take(changes);
  }
  void LiLeaves() {
    Know("li", absl::CivilDay(2025, 12, 31));
    auto handover = test::Proto<personnel::v1::Handover>(
        "name: 'handovers/li' employee: 'employees/li' leave_date { year: 2025 month: 12 day: 31 } state: STATE_DUE etag: '1' fallback: "
        "'employees/boss'");
    *handover.mutable_due_time() = time::ToTimestamp(clock_.Now());
    event_.set_position(1);
    event_.set_subject_type("personnel.heitie/Handover");
    event_.set_subject(handover.name());
    event_.set_action("advance");
    event_.set_revision(1);
    event_.set_after_json(record::ToJson(handover));
    for (int i = 0; i < 20; ++i) {
      clock_.Advance(absl::Seconds(1));
      const auto run = own_jobs_.RunDue();
      ASSERT_THAT(run, IsOk());
      if (*run == 0) return;
    }
  }
  // Every day and time that something waits for, by resource and field.
  std::map<std::string, std::string> Clocks() {
    std::map<std::string, std::string> clocks;
    const auto add = [&](const std::string& table, const std::vector<std::string>& fields) {
      for (const std::string& field : fields) {
        EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                         [&](sql::Session& session) {
                                           return session.Query(
                                               absl::StrCat("SELECT name, CAST(", field, " AS CHAR) FROM ", table), {},
                                               [&](const sql::Row& row) { clocks[absl::StrCat(row.Text(0), " ", field)] = row.Text(1); });
                                         }),
                    IsOk());
      }
    };
    add("action_items", {"due_date", "first_due_date", "postponement_count"});
    add("decisions", {"due_date"});
    add("issues", {"due_time", "escalate_time", "escalation"});
    add("cooperation_requests", {"response_due_time", "delivery_due_time", "agreed_date", "escalate_time", "escalation"});
    add("consultations", {"due_time"});
    add("plan_duties", {"due_date", "escalation"});
    add("tasks", {"start_date", "end_date"});
    add("projects", {"state"});
    return clocks;
  }
  std::string OwnerOf(const std::string& table, const std::string& name, const std::string& field) {
    std::string owner;
    EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                     [&](sql::Session& session) {
                                       return session.Query(absl::StrCat("SELECT ", field, " FROM ", table, " WHERE name = ?"),
                                                            sql::Bind(name), [&](const sql::Row& row) { owner = row.Text(0); });
                                     }),
                IsOk());
    return owner.substr(owner.find('/') + 1);
  }

  test::FakeClient personnel_;
  type::v1::Event event_;
  job::Runner own_jobs_{store_, clock_, "services/planning"};
  people::Handovers handovers_{store_, own_jobs_, personnel_, "planning", people_};
};

TEST_F(PlanningHandoverTest, WithoutAgreementEachThingHasItsFallbackAndNoClockIsReset) {
  Fill();
  CreateTask("projects/q", "theirs", "owner: 'employees/li'");
  const std::map<std::string, std::string> before = Clocks();
  LiLeaves();
  EXPECT_THAT(Open("li"), IsEmpty());
  EXPECT_EQ(OwnerOf("tasks", "projects/q/tasks/theirs", "owner"), "mei") << "the project's owner";
  EXPECT_EQ(OwnerOf("tasks", "projects/p/tasks/own", "owner"), "boss") << "who left owned the project as well";
  EXPECT_EQ(OwnerOf("action_items", "actionItems/do", "owner"), "mei") << "who leads the series by now, since li did";
  EXPECT_EQ(OwnerOf("action_items", "actionItems/do", "owed_to"), "boss");
  EXPECT_EQ(OwnerOf("action_items", "actionItems/led", "owner"), "wang") << "the chair, not whom it is owed to";
  EXPECT_EQ(OwnerOf("meeting_minutes", "meetingSeries/one/meetings/d20260105/meetingMinutes/minutes", "chair"), "mei") << "the secretary";
  EXPECT_EQ(OwnerOf("liaisons", "liaisons/technology", "employee"), "mei") << "the deputy";
  EXPECT_EQ(OwnerOf("meeting_series", "meetingSeries/one", "chair"), "mei") << "the secretary";
  EXPECT_EQ(OwnerOf("cooperation_requests", "cooperationRequests/asked", "requester"), "boss");
  EXPECT_EQ(OwnerOf("cooperation_requests", "cooperationRequests/asked", "liaison"), "technology") << "waits for whoever speaks now";
  std::map<std::string, std::string> after = Clocks();
  for (const auto& [clock, value] : before) EXPECT_EQ(after[clock], value) << clock;
  const auto audit = Do<v1::AuditFollowUpResponse, v1::AuditFollowUpRequest>("AuditFollowUp", Manager(), "");
  EXPECT_THAT(audit.violations(), IsEmpty());
  // What is made for who has left is refused.
  EXPECT_THAT((Refused<v1::ActionItem, v1::CreateActionItemRequest>(
                  "CreateActionItem", Specialist(),
                  "action_item { title: 'Ask' owner: 'employees/li' due_date { year: 2026 month: 3 day: 2 } department: 'one' }")),
              test::HasReason("OWNER_LEFT"));
}

}  // namespace
}  // namespace heitie::planning
