#include <thread>

#include "google/protobuf/empty.pb.h"
#include "heitie/planning/v1/action_item.pb.h"
#include "heitie/planning/v1/consultation.pb.h"
#include "heitie/planning/v1/issue.pb.h"
#include "heitie/planning/v1/liaison.pb.h"
#include "heitie/planning/v1/meeting_series.pb.h"
#include "heitie/planning/v1/notice.pb.h"
#include "heitie/planning/v1/project_forecast.pb.h"
#include "heitie/planning/v1/raci_entry.pb.h"
#include "heitie/planning/v1/robot.pb.h"
#include "heitie/planning/v1/working_group.pb.h"
#include "services/planning/collaboration/collaboration_policy.h"
#include "services/planning/collaboration/readiness.h"
#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::Consultation;
using v1::Issue;
using v1::RaciEntry;
using v1::WorkingGroup;

TEST(CollaborationPolicyTest, EachSeverityHasOneDeadline) {
  auto policy = test::Proto<v1::CollaborationPolicy>(R"pb(issue_terms { severity: SEVERITY_LOW seconds: 4 }
                                                          issue_terms { severity: SEVERITY_MEDIUM seconds: 3 }
                                                          issue_terms { severity: SEVERITY_HIGH seconds: 2 }
                                                          issue_terms { severity: SEVERITY_HIGH seconds: 1 }
                                                          escalation_seconds: [ 5, 5 ])pb");
  EXPECT_THAT(CheckCollaborationPolicy(policy), HasViolation("collaboration_policy.issue_terms", "SEVERITY_TERMS"));
  EXPECT_THAT(CheckCollaborationPolicy(policy), HasViolation("collaboration_policy.escalation_seconds[1]", "STEPS_NOT_ASCENDING"));
  policy.mutable_issue_terms(3)->set_severity(Issue::SEVERITY_CRITICAL);
  policy.clear_escalation_seconds();
  EXPECT_THAT(CheckCollaborationPolicy(policy), IsOk());
  EXPECT_EQ(TermOf(policy, Issue::SEVERITY_MEDIUM), absl::Seconds(3));
}

// A project of two departments, with two tasks of which one is a part of a third.
class ReadinessTest : public ::testing::Test {
 protected:
  ReadinessTest() {
    project_ = test::Proto<v1::Project>("name: 'projects/p' owner: 'employees/li'");
    tasks_ = {test::Proto<v1::Task>("name: 'projects/p/tasks/whole' part_count: 1 owner: 'employees/li'"),
              test::Proto<v1::Task>("name: 'projects/p/tasks/part' parent_task: 'projects/p/tasks/whole' owner: 'employees/li'"),
              test::Proto<v1::Task>("name: 'projects/p/tasks/other' owner: 'employees/hsu'")};
    known_.departments = {{"employees/li", "operations"}, {"employees/hsu", "technology"}};
  }
  std::vector<std::string> Missing() {
    std::vector<std::string> missing;
    for (const Defect& defect : CheckCollaboration(project_, tasks_, known_))
      missing.push_back(absl::StrCat(defect.reason->id, " ", defect.subject));
    return missing;
  }

  v1::Project project_;
  std::vector<v1::Task> tasks_;
  Collaborators known_;
};

TEST_F(ReadinessTest, OneDepartmentNeedsNothing) {
  known_.departments["employees/hsu"] = "operations";
  EXPECT_THAT(Missing(), IsEmpty());
  known_.departments.erase("employees/hsu");
  EXPECT_THAT(Missing(), IsEmpty()) << "who is not known is of no department";
}

TEST_F(ReadinessTest, SeveralNeedEntriesAGroupOfAllOfThemAndItsMeetings) {
  EXPECT_THAT(Missing(), ElementsAre("RACI_MISSING projects/p", "GROUP_MISSING projects/p"));
  known_.entries = {
      test::Proto<RaciEntry>("task: 'projects/p/tasks/whole' accountable: 'employees/li' responsible_departments: 'finance'")};
  known_.group = test::Proto<WorkingGroup>("name: 'projects/p/workingGroups/g' lead: 'employees/li'");
  EXPECT_THAT(Missing(), ElementsAre("RACI_MISSING projects/p/tasks/other", "GROUP_DEPARTMENT_MISSING projects/p/workingGroups/g",
                                     "COORDINATION_MISSING projects/p/workingGroups/g"));
  known_.entries.push_back(
      test::Proto<RaciEntry>("task: 'projects/p/tasks/other' accountable: 'employees/hsu' responsible: 'employees/hsu'"));
  *known_.group->add_members() = test::Proto<v1::GroupMember>("employee: 'employees/kuo' department: 'finance'");
  EXPECT_THAT(Missing(),
              ElementsAre("GROUP_DEPARTMENT_MISSING projects/p/workingGroups/g", "COORDINATION_MISSING projects/p/workingGroups/g"));
  *known_.group->add_members() = test::Proto<v1::GroupMember>("employee: 'employees/hsu' department: 'technology'");
  known_.group_meets = true;
  EXPECT_THAT(Missing(), IsEmpty());
  // A seat is a seat while it lasts, and of the department of which one is.
  known_.day = absl::CivilDay(2026, 3, 2);
  v1::GroupMember& hsu = *known_.group->mutable_members(1);
  *hsu.mutable_end_date() = time::ToDate(known_.day);
  *hsu.mutable_start_date() = time::ToDate(known_.day);
  EXPECT_THAT(Missing(), IsEmpty());
  *hsu.mutable_end_date() = time::ToDate(known_.day - 1);
  EXPECT_THAT(Missing(), ElementsAre("GROUP_DEPARTMENT_MISSING projects/p/workingGroups/g"));
  hsu.clear_end_date();
  *hsu.mutable_start_date() = time::ToDate(known_.day + 1);
  EXPECT_THAT(Missing(), ElementsAre("GROUP_DEPARTMENT_MISSING projects/p/workingGroups/g"));
  hsu.clear_start_date();
  hsu.set_department("finance");
  EXPECT_THAT(Missing(), IsEmpty()) << "personnel knows it better";
  hsu.set_employee("employees/stranger");
  EXPECT_THAT(Missing(), ElementsAre("GROUP_DEPARTMENT_MISSING projects/p/workingGroups/g"));
  hsu.set_department("technology");
  EXPECT_THAT(Missing(), IsEmpty()) << "of whom personnel knows nothing, what was typed";
}

// The clock stands at the 1st of January 2026, 08:00 in Taipei, a Thursday.
class CollaborationTest : public PlanningTest {
 protected:
  CollaborationTest() { CreateQuarter(); }
  rpc::Call As(const std::string& who, const std::string& department = "") const {
    rpc::Call call = test::By("employees/" + who, {options::v1::ROLE_DEPARTMENT_MEMBER}, clock_.Now());
    call.principal.department = department;
    return call;
  }
  void Employ(const std::string& person, const std::string& department) {
    EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                     [&](sql::Session& session) {
                                       return session
                                           .Execute(
                                               "INSERT INTO mirrored_employees (name, etag, superior, department) VALUES (?, '1', '', ?)",
                                               sql::Bind("employees/" + person, department))
                                           .status();
                                     }),
                IsOk());
  }
  absl::StatusOr<RaciEntry> Enter(const std::string& id, const std::string& entry) {
    return Call<RaciEntry>(
        "CreateRaciEntry", Specialist(),
        test::Proto<v1::CreateRaciEntryRequest>("parent: 'projects/fair' raci_entry_id: '" + id + "' raci_entry { " + entry + " }"));
  }
  absl::StatusOr<Issue> Raise(const rpc::Call& call, const std::string& issue) {
    return Call<Issue>(
        "CreateIssue", call,
        test::Proto<v1::CreateIssueRequest>("parent: 'projects/fair' issue_id: 'hall' issue { title: 'No hall' " + issue + " }"));
  }
  template <typename Req>
  absl::StatusOr<Issue> Act(const std::string& method, const rpc::Call& call, const std::string& more = "") {
    return Call<Issue>(method, call, test::Proto<Req>("name: 'projects/fair/issues/hall' " + more));
  }
  std::vector<std::string> InboxOf(const std::string& who) {
    std::vector<std::string> told;
    const auto page = Do<v1::ListNoticesResponse, v1::ListNoticesRequest>("ListNotices", As(who), "");
    for (const auto& notice : page.notices()) told.push_back(notice.wording());
    return told;
  }
  void Pass(absl::Duration time) {
    clock_.Advance(time);
    EXPECT_THAT(jobs_.RunDue(), IsOk());
  }
};

TEST_F(CollaborationTest, AtEveryMomentOneIsAccountableAndOneResponsible) {
  CreateActionable("fair");
  EXPECT_THAT(Enter("a", "accountable: 'employees/li' responsible: 'employees/wang'"), HasViolation("raci_entry.task", "RACI_OF_ONE"));
  EXPECT_THAT(Enter("a", "task: 'projects/fair/tasks/none' accountable: 'employees/li'"), HasViolation("raci_entry.task", "UNKNOWN_TASK"));
  EXPECT_THAT(Enter("a", "task: 'projects/fair/tasks/copy' accountable: 'employees/li'"),
              HasViolation("raci_entry.responsible", "RESPONSIBLE_MISSING"));
  const std::string of_copy = "task: 'projects/fair/tasks/copy' accountable: 'employees/li' responsible: 'employees/wang'";
  ASSERT_THAT(Enter("a", of_copy), IsOk());
  EXPECT_THAT(Enter("b", of_copy), HasReason("RACI_TAKEN"));
  // One takes everybody out of the one list while another takes them out of the other.
  const std::string name = "raci_entry { name: 'projects/fair/raciEntries/a' ";
  Do<RaciEntry, v1::UpdateRaciEntryRequest>("UpdateRaciEntry", Specialist(),
                                            name + "responsible_departments: 'design' } update_mask { paths: 'responsible_departments' }");
  std::vector<absl::Status> results(8);
  std::vector<std::thread> editors;
  for (size_t i = 0; i < results.size(); ++i) {
    editors.emplace_back([&, i] {
      const std::string list = i % 2 == 0 ? "responsible" : "responsible_departments";
      results[i] = Call<RaciEntry>("UpdateRaciEntry", Specialist(),
                                   test::Proto<v1::UpdateRaciEntryRequest>(name + "} update_mask { paths: '" + list + "' }"))
                       .status();
    });
  }
  for (std::thread& editor : editors) editor.join();
  const auto left = Do<RaciEntry, v1::GetRaciEntryRequest>("GetRaciEntry", Analyst(), "name: 'projects/fair/raciEntries/a'");
  EXPECT_EQ(left.responsible_size() + left.responsible_departments_size(), 1);
  EXPECT_THAT(results, Contains(HasViolation("raci_entry.responsible", "RESPONSIBLE_MISSING")));
  EXPECT_EQ(left.accountable(), "employees/li");
  Submit("fair");
  EXPECT_THAT((Refused<google::protobuf::Empty, v1::DeleteRaciEntryRequest>("DeleteRaciEntry", Specialist(),
                                                                            "name: 'projects/fair/raciEntries/a'")),
              HasReason("RACI_IN_FORCE"));
}

TEST_F(CollaborationTest, ATaskIsDoneWhenWhoIsAskedHasAnsweredOrTheirTimeHasPassed) {
  CreateApproved("fair");
  ASSERT_THAT(Enter("a",
                    "task: 'projects/fair/tasks/copy' accountable: 'employees/li' responsible: 'employees/wang' consulted: 'employees/sun' "
                    "consulted: 'employees/zhou' informed: 'employees/wu'"),
              IsOk());
  EXPECT_THAT(InboxOf("sun"), ElementsAre("raci-consulted"));
  EXPECT_THAT(InboxOf("wang"), Contains("raci-responsible"));
  const std::string task = "name: 'projects/fair/tasks/copy'";
  Do<v1::Task, v1::StartTaskRequest>("StartTask", Specialist(), task);
  EXPECT_THAT(InboxOf("wu"), ElementsAre("raci-informed"));
  const absl::Status refused = Refused<v1::Task, v1::CompleteTaskRequest>("CompleteTask", Specialist(), task);
  EXPECT_THAT(refused, HasReason("CONSULTATIONS_OPEN"));
  EXPECT_THAT(Violations(refused), SizeIs(2));
  const auto asked = Do<v1::ListConsultationsResponse, v1::ListConsultationsRequest>("ListConsultations", Analyst(),
                                                                                     "parent: 'projects/fair' order_by: 'person'");
  ASSERT_THAT(asked.consultations(), SizeIs(2));
  const Consultation& of_sun = asked.consultations(0).person() == "employees/sun" ? asked.consultations(0) : asked.consultations(1);
  const std::string answer = "name: '" + of_sun.name() + "' answer: 'Shorter'";
  EXPECT_THAT((Refused<Consultation, v1::AnswerConsultationRequest>("AnswerConsultation", As("zhou"), answer)), HasReason("NOT_CONSULTED"));
  EXPECT_EQ((Do<Consultation, v1::AnswerConsultationRequest>("AnswerConsultation", As("sun"), answer)).answerer(), "employees/sun");
  EXPECT_THAT((Refused<v1::Task, v1::CompleteTaskRequest>("CompleteTask", Specialist(), task)), HasReason("CONSULTATIONS_OPEN"));
  Pass(absl::Hours(24 * 6));
  Pass(absl::Seconds(10));
  const auto later = Do<v1::ListConsultationsResponse, v1::ListConsultationsRequest>(
      "ListConsultations", Analyst(), "parent: 'projects/fair' filter: 'state = STATE_LAPSED'");
  EXPECT_THAT(later.consultations(), SizeIs(1));
  Do<v1::Task, v1::CompleteTaskRequest>("CompleteTask", Specialist(), task);
}

TEST_F(CollaborationTest, WhoDoesATaskGoesWithItAndNobodyIsAskedAboutItAnyMore) {
  CreateActionable("fair");
  CreateTask("projects/fair", "print", "title: 'Print'");
  for (const char* task : {"copy", "print"}) {
    ASSERT_THAT(Enter(task, absl::StrCat("task: 'projects/fair/tasks/", task,
                                         "' accountable: 'employees/li' responsible: 'employees/wang' consulted: 'employees/sun'")),
                IsOk());
  }
  Do<google::protobuf::Empty, v1::DeleteTaskRequest>("DeleteTask", Specialist(), "name: 'projects/fair/tasks/print'");
  EXPECT_THAT((Refused<RaciEntry, v1::GetRaciEntryRequest>("GetRaciEntry", Analyst(), "name: 'projects/fair/raciEntries/print'")),
              HasReason("NOT_FOUND"));
  Do<v1::Task, v1::CancelTaskRequest>("CancelTask", Specialist(), "name: 'projects/fair/tasks/copy'");
  const auto dropped = Do<v1::ListConsultationsResponse, v1::ListConsultationsRequest>(
      "ListConsultations", Analyst(), "parent: 'projects/fair' filter: 'state = STATE_DROPPED'");
  EXPECT_THAT(dropped.consultations(), SizeIs(2));
}

TEST_F(CollaborationTest, WhoSpeaksForADepartmentByNowAnswersForIt) {
  CreateActionable("fair");
  Do<v1::Liaison, v1::CreateLiaisonRequest>(
      "CreateLiaison", Specialist(),
      "liaison_id: 'it' liaison { department: 'technology' employee: 'employees/hsu' deputy: 'employees/lu' }");
  ASSERT_THAT(Enter("a",
                    "task: 'projects/fair/tasks/copy' accountable: 'employees/li' responsible: 'employees/wang' consulted_departments: "
                    "'technology'"),
              IsOk());
  const auto asked =
      Do<v1::ListConsultationsResponse, v1::ListConsultationsRequest>("ListConsultations", Analyst(), "parent: 'projects/fair'");
  ASSERT_THAT(asked.consultations(), SizeIs(1));
  Do<v1::Liaison, v1::UpdateLiaisonRequest>("UpdateLiaison", Specialist(),
                                            "liaison { name: 'liaisons/it' employee: 'employees/zhou' } update_mask { paths: 'employee' }");
  const std::string answer = "name: '" + asked.consultations(0).name() + "' answer: 'Shorter'";
  EXPECT_THAT((Refused<Consultation, v1::AnswerConsultationRequest>("AnswerConsultation", As("wu"), answer)), HasReason("NOT_CONSULTED"));
  EXPECT_EQ((Do<Consultation, v1::AnswerConsultationRequest>("AnswerConsultation", As("zhou"), answer)).answerer(), "employees/zhou");
}

TEST_F(CollaborationTest, AProjectOfTwoDepartmentsIsSubmittedOnlyWhenItIsSetUp) {
  Employ("li", "operations");
  Employ("wang", "design");
  CreateActionable("fair");
  const absl::Status refused = Refused<v1::Project, v1::SubmitProjectRequest>("SubmitProject", Specialist(), "name: 'projects/fair'");
  EXPECT_THAT(refused, HasReason("NOT_ACTIONABLE"));
  EXPECT_THAT(Violations(refused), ElementsAre("projects/fair RACI_MISSING", "projects/fair GROUP_MISSING"));
  ASSERT_THAT(Enter("a", "task: 'projects/fair/tasks/copy' accountable: 'employees/li' responsible: 'employees/wang'"), IsOk());
  Do<v1::MeetingSeries, v1::CreateMeetingSeriesRequest>(
      "CreateMeetingSeries", Specialist(),
      "meeting_series_id: 'fair' meeting_series { title: 'Fair' kind: KIND_PROJECT_COORDINATION project: 'projects/fair' chair: "
      "'employees/li' departments: 'operations' schedule { start_date { year: 2026 month: 1 day: 5 } start_clock: '09:30' time_zone: "
      "'Asia/Taipei' duration_minutes: 60 rule: 'FREQ=WEEKLY;BYDAY=MO' day_off_policy: DAY_OFF_POLICY_NEXT } }");
  const std::string group = "parent: 'projects/fair' working_group_id: 'team' working_group { title: 'Team' lead: 'employees/li' ";
  EXPECT_THAT((Refused<WorkingGroup, v1::CreateWorkingGroupRequest>(
                  "CreateWorkingGroup", Specialist(), group + "members { employee: 'employees/li' department: 'operations' } }")),
              HasViolation("working_group.members[0].employee", "MEMBER_TWICE"));
  Do<WorkingGroup, v1::CreateWorkingGroupRequest>(
      "CreateWorkingGroup", Specialist(),
      group + "series: 'meetingSeries/fair' members { employee: 'employees/wang' department: 'design' } }");
  EXPECT_THAT((Refused<WorkingGroup, v1::CreateWorkingGroupRequest>(
                  "CreateWorkingGroup", Specialist(), "parent: 'projects/fair' working_group { title: 'Another' lead: 'employees/wang' }")),
              HasReason("GROUP_TAKEN"));
  EXPECT_THAT(InboxOf("wang"), Contains("group-joined"));
  Submit("fair");
  Do<v1::Project, v1::CancelProjectRequest>("CancelProject", Manager(), "name: 'projects/fair' reason: 'No hall'");
  EXPECT_EQ(
      (Do<WorkingGroup, v1::GetWorkingGroupRequest>("GetWorkingGroup", Analyst(), "name: 'projects/fair/workingGroups/team'")).state(),
      WorkingGroup::STATE_ENDED);
  EXPECT_EQ((Do<RaciEntry, v1::GetRaciEntryRequest>("GetRaciEntry", Analyst(), "name: 'projects/fair/raciEntries/a'")).state(),
            RaciEntry::STATE_ENDED);
}

TEST_F(CollaborationTest, AnIssueIsSolvedByItsDeadlineAndClosedByWhoRaisedIt) {
  CreateApproved("fair");
  EXPECT_THAT(Raise(As("stranger"), "severity: SEVERITY_HIGH"), HasReason("NOT_IN_PROJECT"));
  EXPECT_THAT(Raise(As("wang"), "severity: SEVERITY_HIGH tasks: 'projects/other/tasks/copy' due_time { seconds: 1000 }"),
              HasViolation("issue.tasks", "UNKNOWN_TASK"));
  EXPECT_THAT(Raise(As("wang"), "severity: SEVERITY_HIGH due_time { seconds: 253370764800 }"),
              HasViolation("issue.due_time", "DAY_TOO_FAR"));
  const auto raised = Raise(As("wang"), "severity: SEVERITY_HIGH");
  ASSERT_THAT(raised, IsOk());
  EXPECT_EQ(raised->owner(), "employees/li");
  // 16 working hours, which are two days from 09:00 to 18:00 with an hour at noon.
  EXPECT_EQ(absl::ToCivilSecond(time::ToTime(raised->due_time()), service::DefaultTimeZone()), absl::CivilSecond(2026, 1, 2, 18, 0, 0));
  EXPECT_THAT(InboxOf("li"), Contains("issue-given"));
  EXPECT_THAT(Act<v1::ResolveIssueRequest>("ResolveIssue", As("wang"), "resolution: 'Found'"), HasReason("NOT_YOUR_ISSUE"));
  ASSERT_THAT(Act<v1::StartIssueRequest>("StartIssue", As("li")), IsOk());
  ASSERT_THAT(Act<v1::ResolveIssueRequest>("ResolveIssue", As("li"), "resolution: 'Found'"), IsOk());
  EXPECT_THAT(InboxOf("wang"), Contains("issue-resolved"));
  EXPECT_THAT(Act<v1::CloseIssueRequest>("CloseIssue", As("li")), HasReason("NOT_YOUR_ISSUE"));
  ASSERT_THAT(Act<v1::ReopenIssueRequest>("ReopenIssue", As("wang"), "reason: 'Too small'"), IsOk());
  ASSERT_THAT(Act<v1::ProposeRiskOfIssueRequest>("ProposeRiskOfIssue", Specialist(), "reason: 'No other hall'"), IsOk());
  EXPECT_THAT(Actions("projects/fair/issues/hall"), ElementsAre("create", "start", "resolve", "reopen", "propose_risk"));
  Pass(absl::Hours(24 * 9));
  for (int i = 0; i < 5; ++i) Pass(absl::Seconds(6));
  const auto climbed = Do<Issue, v1::GetIssueRequest>("GetIssue", Analyst(), "name: 'projects/fair/issues/hall'");
  EXPECT_EQ(climbed.escalation(), 4);
  EXPECT_EQ(climbed.state(), Issue::STATE_OPEN);
  ASSERT_THAT(Act<v1::ResolveIssueRequest>("ResolveIssue", As("li"), "resolution: 'A larger one'"), IsOk());
  EXPECT_EQ(Act<v1::CloseIssueRequest>("CloseIssue", As("wang"))->reopen_count(), 1);
}

TEST_F(CollaborationTest, TheRobotOfAGroupTellsIt) {
  CreateApproved("fair");
  const auto robot = [&](const std::string& id, const std::string& kind) {
    Do<v1::Robot, v1::CreateRobotRequest>("CreateRobot", Manager(),
                                          absl::StrCat("robot_id: '", id, "' robot { title: 'Group' kind: ", kind,
                                                       " owner: 'employees/li' department: 'finance' from_urgency: URGENCY_HIGH }"));
  };
  robot("chat", "KIND_WECOM");
  robot("hook", "KIND_WEBHOOK");
  const std::string group =
      "parent: 'projects/fair' working_group_id: 'team' working_group { title: 'Team' lead: 'employees/li' members { employee: "
      "'employees/wang' department: 'design' } robot: ";
  EXPECT_THAT((Refused<WorkingGroup, v1::CreateWorkingGroupRequest>("CreateWorkingGroup", Specialist(), group + "'robots/hook' }")),
              HasReason("GROUP_ROBOT_ELSEWHERE"));
  Do<WorkingGroup, v1::CreateWorkingGroupRequest>("CreateWorkingGroup", Specialist(), group + "'robots/chat' }");
  ASSERT_THAT(Raise(As("wang"), "severity: SEVERITY_HIGH"), IsOk());
  ASSERT_THAT(Act<v1::ResolveIssueRequest>("ResolveIssue", As("li"), "resolution: 'Found'"), IsOk());
  Do<WorkingGroup, v1::UpdateWorkingGroupRequest>(
      "UpdateWorkingGroup", Specialist(),
      "working_group { name: 'projects/fair/workingGroups/team' members { employee: 'employees/wang' department: 'design' } members { "
      "employee: 'employees/kuo' department: 'finance' } } update_mask { paths: 'members' }");
  std::vector<std::string> told;
  const auto page = Do<v1::ListNoticesResponse, v1::ListNoticesRequest>("ListNotices", Manager(), "filter: 'robot = \"robots/chat\"'");
  for (const auto& notice : page.notices()) told.push_back(notice.text());
  EXPECT_THAT(told, ElementsAre("「No hall」須於 2026-01-02 18:00 前解決：employees/li。", "「No hall」已解決：Found",
                                "「Team」新增成員：employees/kuo。"));
}

TEST_F(CollaborationTest, TheSeriesOfAProjectEndsWithItAndLeavesNothingWithoutAList) {
  CreateApproved("fair");
  const std::string schedule =
      "chair: 'employees/li' departments: 'operations' schedule { start_date { year: 2026 month: 1 day: 5 } start_clock: '09:30' "
      "time_zone: "
      "'Asia/Taipei' duration_minutes: 60 rule: 'FREQ=WEEKLY;BYDAY=MO' day_off_policy: DAY_OFF_POLICY_NEXT } ";
  const auto meet = [&](const std::string& id, const std::string& more) {
    Do<v1::MeetingSeries, v1::CreateMeetingSeriesRequest>(
        "CreateMeetingSeries", Specialist(),
        absl::StrCat("meeting_series_id: '", id, "' meeting_series { title: 'Fair' ", schedule, more, " }"));
  };
  const auto series = [&](const std::string& id) {
    return Do<v1::MeetingSeries, v1::GetMeetingSeriesRequest>("GetMeetingSeries", Analyst(), "name: 'meetingSeries/" + id + "'");
  };
  meet("fair", "kind: KIND_PROJECT_COORDINATION project: 'projects/fair'");
  meet("small", "kind: KIND_PROJECT_COORDINATION project: 'projects/fair'");
  Do<v1::ActionItem, v1::CreateActionItemRequest>("CreateActionItem", Specialist(),
                                                  "action_item_id: 'ask' action_item { title: 'Ask' owner: 'employees/li' due_date { year: "
                                                  "2026 month: 1 day: 7 } series: 'meetingSeries/fair' }");
  Do<v1::Project, v1::CancelProjectRequest>("CancelProject", Manager(), "name: 'projects/fair' reason: 'No hall'");
  EXPECT_EQ(series("small").state(), v1::MeetingSeries::STATE_ENDED);
  EXPECT_EQ(series("fair").state(), v1::MeetingSeries::STATE_ACTIVE) << "what is open would be on no list";
  meet("weekly", "kind: KIND_TEAM_WEEKLY standing: true");
  Pass(absl::Seconds(11));
  EXPECT_EQ(series("fair").state(), v1::MeetingSeries::STATE_ENDED);
  EXPECT_EQ((Do<v1::ActionItem, v1::GetActionItemRequest>("GetActionItem", Analyst(), "name: 'actionItems/ask'")).series(),
            "meetingSeries/weekly");
  const auto audit = Do<v1::AuditFollowUpResponse, v1::AuditFollowUpRequest>("AuditFollowUp", Analyst(), "");
  EXPECT_THAT(audit.violations(), IsEmpty());
}

TEST_F(CollaborationTest, IssuesEndWithTheirProject) {
  CreateApproved("fair");
  ASSERT_THAT(Raise(As("wang"), "severity: SEVERITY_HIGH owner: 'employees/zhao'"), IsOk());
  ASSERT_THAT(Call<Issue>("CreateIssue", As("wang"),
                          test::Proto<v1::CreateIssueRequest>("parent: 'projects/fair' issue_id: 'till' issue { title: 'No till' severity: "
                                                              "SEVERITY_HIGH owner: 'employees/zhao' }")),
              IsOk());
  Do<Issue, v1::ResolveIssueRequest>("ResolveIssue", As("zhao"), "name: 'projects/fair/issues/till' resolution: 'Found'");
  Do<v1::Project, v1::CancelProjectRequest>("CancelProject", Manager(), "name: 'projects/fair' reason: 'No hall'");
  for (const char* id : {"hall", "till"}) {
    const auto issue = Do<Issue, v1::GetIssueRequest>("GetIssue", Analyst(), absl::StrCat("name: 'projects/fair/issues/", id, "'"));
    EXPECT_EQ(issue.state(), Issue::STATE_CLOSED) << id;
    EXPECT_EQ(issue.state_reason(), "projects/fair was cancelled.") << id;
    EXPECT_TRUE(issue.has_close_time() && !issue.has_escalate_time()) << id;
  }
  int64_t events = 0;
  EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                   [&](sql::Session& session) {
                                     return session.Query(
                                         "SELECT COUNT(*) FROM event WHERE type = 'end_with_project' AND aggregateid LIKE "
                                         "'projects/fair/issues/%'",
                                         {}, [&](const sql::Row& row) { events = row.Int(0); });
                                   }),
              IsOk());
  EXPECT_EQ(events, 2);
  const size_t told = InboxOf("zhao").size();
  Pass(absl::Hours(24 * 30));
  EXPECT_EQ(InboxOf("zhao").size(), told) << "nobody is reminded of what is over";
  EXPECT_THAT(Act<v1::ReopenIssueRequest>("ReopenIssue", As("wang"), "reason: 'Still none'"), HasReason("PROJECT_CLOSED"));
}

TEST_F(CollaborationTest, WhatAnIssueBlocksWaitsForItInTheForecast) {
  CreateApproved("fair");
  const auto finish = [&] {
    const auto forecast = Do<v1::ProjectForecast, v1::ForecastProjectRequest>("ForecastProject", Analyst(), "name: 'projects/fair'");
    return time::ToDay(forecast.tasks(0).finish_date());
  };
  EXPECT_EQ(finish(), absl::CivilDay(2026, 1, 9));
  // The 9th of January, 12:00 in Taipei: the week of work begins on the Monday after.
  ASSERT_THAT(Raise(Specialist(),
                    "severity: SEVERITY_LOW owner: 'employees/li' tasks: 'projects/fair/tasks/copy' due_time { seconds: 1767931200 }"),
              IsOk());
  EXPECT_EQ(finish(), absl::CivilDay(2026, 1, 16));
  ASSERT_THAT(Act<v1::ResolveIssueRequest>("ResolveIssue", As("li"), "resolution: 'Found'"), IsOk());
  EXPECT_EQ(finish(), absl::CivilDay(2026, 1, 9));
}

}  // namespace
}  // namespace heitie::planning
