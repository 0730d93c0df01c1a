// Whatever waits for somebody's act says for whom, and they were told (efficiency): every state in which a responsibility is open.
#include "services/planning/notice/waiting.h"

#include <set>

#include "absl/strings/ascii.h"
#include "common/record/holdings.h"
#include "heitie/planning/v1/action_item.pb.h"
#include "heitie/planning/v1/agenda_entry.pb.h"
#include "heitie/planning/v1/cooperation_form.pb.h"
#include "heitie/planning/v1/cooperation_request.pb.h"
#include "heitie/planning/v1/decision.pb.h"
#include "heitie/planning/v1/liaison.pb.h"
#include "heitie/planning/v1/meeting.pb.h"
#include "heitie/type/v1/holding.pb.h"
#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using test::IsOk;
using ::testing::IsEmpty;

// Responsibilities that wait for an act in none of these states: a seat, a role in what others do, or what one has written oneself. What is
// asked of these people comes as something else, which is told: a duty, an entry, a request.
const std::set<std::string> kSeats = {
    "ActionItem.owed_to OPEN",
    "ActionItem.owed_to IN_PROGRESS",
    "CollectionDuty.owner ACTIVE",
    "CollectionDuty.deputy ACTIVE",
    "CooperationRequest.requester DRAFT",
    "CooperationRequest.requester SENT",
    "CooperationRequest.owner COUNTERED",
    "Issue.raiser OPEN",
    "Issue.raiser IN_PROGRESS",
    "Liaison.deputy ACTIVE",
    "Meeting.chair PLANNED",
    "Meeting.chair AGENDA_PUBLISHED",
    "Meeting.chair HELD",
    "Meeting.secretary PLANNED",
    "Meeting.secretary AGENDA_PUBLISHED",
    "Meeting.secretary HELD",
    "MeetingSeries.chair ACTIVE",
    "MeetingSeries.secretary ACTIVE",
    "MeetingSeries.members ACTIVE",
    "PlanDuty.deputy OPEN",
    "NoticeRule.recipients.person ACTIVE",
    "Project.owner DRAFT",
    "Project.owner SUBMITTED",
    "Project.owner APPROVED",
    "RaciEntry.consulted ACTIVE",
    "RaciEntry.informed ACTIVE",
    "Robot.owner DISABLED",
    "Robot.owner ENABLED",
    "Survey.owner DRAFT",
    "Survey.owner OPEN",
    "Survey.owner PAUSED",
};

// What people are told and need not act on before anything else comes.
const std::set<std::string> kAnnounced = {"Liaison.employee ACTIVE", "WorkingGroup.lead ACTIVE", "WorkingGroup.members.employee ACTIVE"};

// "ActionItem.owner OPEN" of each responsibility and each state in which it is open.
std::set<std::string> Responsibilities() {
  std::set<std::string> all;
  for (const google::protobuf::Descriptor* resource : record::ResourcesOf("heitie.planning.v1")) {
    for (const record::Responsibility& responsibility : record::ResponsibilitiesOf(*resource)) {
      std::vector<std::string> path;
      for (const auto* field : responsibility.path) path.push_back(field->name());
      for (const std::string& state : responsibility.open) {
        all.insert(absl::StrCat(resource->name(), ".", absl::StrJoin(path, "."), " ", state.substr(6)));
      }
    }
  }
  return all;
}

// The clock stands at the 1st of January 2026, 08:00 in Taipei, a Thursday. Everybody is away, and one stands in for all.
class WaitingTest : public PlanningTest {
 protected:
  WaitingTest() {
    CreateQuarter();
    for (const char* who : {"zhao", "hsu", "lu", "kuo", "wang", "sun", "chen"}) {
      EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                       [&](sql::Session& session) {
                                         return session
                                             .Execute(
                                                 "INSERT INTO mirrored_employees (name, etag, superior, department, absences) VALUES (?, "
                                                 "'1', '', '', ?)",
                                                 sql::Bind(absl::StrCat("employees/", who),
                                                           R"({"absences":[{"start_date":{"year":2026,"month":1,"day":1},"end_date":)"
                                                           R"({"year":2026,"month":1,"day":31},"deputy":"employees/all"}]})"))
                                             .status();
                                       }),
                  IsOk());
    }
  }
  rpc::Call As(const std::string& who, const std::string& department = "") const {
    rpc::Call call = test::By("employees/" + who, {options::v1::ROLE_DEPARTMENT_MEMBER}, clock_.Now());
    call.principal.department = department;
    return call;
  }
  template <typename Resp, typename Req>
  void Did(const std::string& method, const rpc::Call& call, const std::string& request, const std::vector<std::string>& waited_for) {
    Do<Resp, Req>(method, call, request);
    LookAround(waited_for);
  }
  template <typename Req>
  void Asked(const std::string& method, const rpc::Call& call, const std::vector<std::string>& waited_for, const std::string& more = "") {
    Did<v1::CooperationRequest, Req>(method, call, "name: 'cooperationRequests/till' " + more, waited_for);
  }
  bool WasTold(const std::string& person, const std::string& subject) {
    bool told = false;
    const auto look = [&](sql::Session& session) {
      return session.Query("SELECT 1 FROM notices WHERE recipient = ? AND subject = ?", sql::Bind(person, subject),
                           [&](const sql::Row&) { told = true; });
    };
    EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20), look), IsOk());
    return told;
  }
  // Whatever waits for these people they were told of.
  void LookAround(const std::vector<std::string>& people) {
    for (const std::string& who : people) {
      type::v1::ListHoldingsRequest request;
      request.set_employee("employees/" + who);
      request.set_open_only(true);
      request.set_page_size(500);
      const auto held = record::FindHoldings(store_, Manager(), "heitie.planning.v1", request);
      ASSERT_THAT(held, IsOk());
      for (const type::v1::Holding& holding : held->holdings()) {
        std::string field;
        for (const char c : holding.field()) {
          if (!absl::ascii_isdigit(c) && c != '[' && c != ']') field += c;
        }
        const std::string type = holding.resource_type().substr(holding.resource_type().find('/') + 1);
        const std::string waiting = absl::StrCat(type, ".", field, " ", holding.state().substr(6));
        if (kSeats.count(waiting) > 0) continue;
        walked_.insert(waiting);
        // Of the tasks of a project that is approved people are told together.
        const bool told = WasTold(request.employee(), holding.resource()) ||
                          (type == "Task" && WasTold(request.employee(), record::ParentOf(holding.resource())));
        EXPECT_TRUE(told) << who << " was not told of " << holding.resource() << ": " << waiting;
        if (kAnnounced.count(waiting) > 0) continue;
        const bool stands_in = WasTold("employees/all", holding.resource()) ||
                               (type == "Task" && WasTold("employees/all", record::ParentOf(holding.resource())));
        EXPECT_TRUE(stands_in) << "nobody was told of " << holding.resource() << " in place of " << who << ": " << waiting;
      }
    }
  }

  std::set<std::string> walked_;
};

TEST_F(WaitingTest, WhoeverSomethingWaitsForWasTold) {
  // Projects, tasks, and who does what.
  CreateActionable("fair");
  Submit("fair");
  Approve("fair");
  LookAround({"wang"});
  Did<v1::Task, v1::StartTaskRequest>("StartTask", Specialist(), "name: 'projects/fair/tasks/copy'", {"wang"});
  Did<v1::RaciEntry, v1::CreateRaciEntryRequest>("CreateRaciEntry", Specialist(),
                                                 "parent: 'projects/fair' raci_entry_id: 'a' raci_entry { task: 'projects/fair/tasks/copy' "
                                                 "accountable: 'employees/zhao' responsible: 'employees/wang' consulted: 'employees/sun' }",
                                                 {"zhao", "wang", "sun"});
  Did<v1::WorkingGroup, v1::CreateWorkingGroupRequest>(
      "CreateWorkingGroup", Specialist(),
      "parent: 'projects/fair' working_group { title: 'Team' lead: 'employees/zhao' members { "
      "employee: 'employees/wang' department: 'design' } }",
      {"zhao", "wang"});
  const std::string issue = "name: 'projects/fair/issues/hall' ";
  Did<v1::Issue, v1::CreateIssueRequest>("CreateIssue", As("wang"),
                                         "parent: 'projects/fair' issue_id: 'hall' issue { title: 'No hall' severity: SEVERITY_HIGH owner: "
                                         "'employees/zhao' }",
                                         {"zhao"});
  Did<v1::Issue, v1::StartIssueRequest>("StartIssue", As("zhao"), issue, {"zhao"});
  Did<v1::Issue, v1::ResolveIssueRequest>("ResolveIssue", As("zhao"), issue + "resolution: 'Found'", {"wang"});
  // Departments.
  Did<v1::Liaison, v1::CreateLiaisonRequest>(
      "CreateLiaison", Specialist(), "liaison { department: 'technology' employee: 'employees/hsu' deputy: 'employees/lu' }", {"hsu"});
  Do<v1::CooperationForm, v1::CreateCooperationFormRequest>("CreateCooperationForm", Specialist(),
                                                            "cooperation_form_id: 'help' cooperation_form { title: 'Help' }");
  Do<v1::CooperationFormVersion, v1::CreateCooperationFormVersionRequest>(
      "CreateCooperationFormVersion", Specialist(),
      "parent: 'cooperationForms/help' cooperation_form_version_id: 'one' cooperation_form_version { reason: 'First' response_seconds: "
      "28800 "
      "delivery_seconds: 57600 }");
  Do<v1::CooperationFormVersion, v1::PublishCooperationFormVersionRequest>("PublishCooperationFormVersion", Manager(),
                                                                           "name: 'cooperationForms/help/versions/one'");
  Do<v1::CooperationRequest, v1::CreateCooperationRequestRequest>(
      "CreateCooperationRequest", As("kuo", "finance"),
      "cooperation_request_id: 'till' cooperation_request { title: 'A till' form: 'cooperationForms/help' deliverable: 'A till' "
      "acceptance_criteria: 'It prints' needed_date { year: 2026 month: 1 day: 9 } requester_department: 'finance' department: "
      "'technology' }");
  Asked<v1::SendCooperationRequestRequest>("SendCooperationRequest", As("kuo", "finance"), {});
  EXPECT_TRUE(WasTold("employees/hsu", "cooperationRequests/till"));
  Asked<v1::CounterCooperationRequestRequest>("CounterCooperationRequest", As("hsu", "technology"), {"kuo"},
                                              "owner: 'employees/lu' scope: 'An old one' reason: 'No other'");
  Asked<v1::TakeCounterOfCooperationRequestRequest>("TakeCounterOfCooperationRequest", As("kuo", "finance"), {"lu"});
  Asked<v1::StartCooperationRequestRequest>("StartCooperationRequest", As("lu", "technology"), {"lu"});
  Asked<v1::DeliverCooperationRequestRequest>("DeliverCooperationRequest", As("lu", "technology"), {"kuo"});
  // Meetings, what they decide, and duties.
  Do<v1::MeetingSeries, v1::CreateMeetingSeriesRequest>("CreateMeetingSeries", Specialist(),
                                                        "meeting_series_id: 'weekly' meeting_series { title: 'Weekly' kind: "
                                                        "KIND_TEAM_WEEKLY chair: 'employees/zhao' departments: 'operations' "
                                                        "standing: true schedule { start_date { year: 2026 month: 1 day: 5 } start_clock: "
                                                        "'09:30' time_zone: 'Asia/Taipei' duration_minutes: 60 "
                                                        "rule: 'FREQ=WEEKLY;BYDAY=MO' day_off_policy: DAY_OFF_POLICY_NEXT } }");
  const std::string meeting = "meetingSeries/weekly/meetings/d20260112", named = "name: '" + meeting + "'";
  Do<v1::Meeting, v1::PublishAgendaRequest>("PublishAgenda", Specialist(), named);
  Do<v1::Meeting, v1::HoldMeetingRequest>("HoldMeeting", Specialist(), named);
  const auto agenda =
      Do<v1::ListAgendaEntriesResponse, v1::ListAgendaEntriesRequest>("ListAgendaEntries", Specialist(), "parent: '" + meeting + "'");
  for (const v1::AgendaEntry& entry : agenda.agenda_entries()) {
    Do<v1::AgendaEntry, v1::ConcludeAgendaEntryRequest>("ConcludeAgendaEntry", Specialist(),
                                                        "name: '" + entry.name() + "' outcome: OUTCOME_NOTED text: 'It goes on'");
  }
  Did<v1::Meeting, v1::CloseMeetingRequest>("CloseMeeting", Specialist(), named, {"zhao"});
  const std::string item = "name: 'actionItems/ask' ";
  Did<v1::ActionItem, v1::CreateActionItemRequest>(
      "CreateActionItem", Specialist(),
      "action_item_id: 'ask' action_item { title: 'Ask' owner: 'employees/chen' due_date { year: "
      "2026 month: 1 day: 7 } department: 'operations' }",
      {"chen"});
  Did<v1::ActionItem, v1::StartActionItemRequest>("StartActionItem", As("chen"), item, {"chen"});
  Did<v1::ActionItem, v1::FinishActionItemRequest>("FinishActionItem", As("chen"), item, {"zhao"});
  const auto done = Do<v1::ActionItem, v1::GetActionItemRequest>("GetActionItem", Analyst(), item);
  EXPECT_TRUE(done.has_verify_due_time() && done.has_remind_time()) << "until when, and what comes then";
  Did<v1::Decision, v1::CreateDecisionRequest>(
      "CreateDecision", Specialist(),
      "decision { draft { text: 'We rent a hall' reason: 'Rain' owner: 'employees/chen' due_date { "
      "year: 2026 month: 1 day: 9 } deciders: 'employees/zhao' } department: 'operations' }",
      {"chen"});
  clock_.Advance(absl::Hours(24 * 6));
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(absl::Seconds(40));
    EXPECT_THAT(jobs_.RunDue(), IsOk());
  }
  LookAround({"zhao", "hsu", "lu", "kuo", "wang", "sun", "chen"});  // a meeting was missed, of which the chair is asked
  std::set<std::string> missed = Responsibilities();
  for (const std::string& seat : kSeats) EXPECT_EQ(missed.erase(seat), 1u) << "no responsibility is open so: " << seat;
  for (const std::string& one : walked_) missed.erase(one);
  EXPECT_THAT(missed, IsEmpty()) << "nobody was looked for who is told then, and these are no seats either";
}

}  // namespace
}  // namespace heitie::planning
