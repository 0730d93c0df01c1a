#include "services/personnel/onboarding/onboarding.h"

#include <algorithm>
#include <barrier>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "heitie/personnel/v1/enrollment.pb.h"
#include "heitie/personnel/v1/external_certificate.pb.h"
#include "heitie/personnel/v1/handbook.pb.h"
#include "heitie/personnel/v1/pending_step.pb.h"
#include "heitie/personnel/v1/session.pb.h"
#include "heitie/personnel/v1/sharing_series.pb.h"
#include "services/personnel/service.h"

namespace heitie::personnel {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;
using test::Proto;
using v1::Onboarding;
using v1::OnboardingItem;

TEST(CheckTasksTest, TellsEveryBadField) {
  const auto tasks =
      Proto<v1::OnboardingTemplate>(R"pb(
        tasks { id: 'a' kind: KIND_READ course: 'courses/c' }
        tasks { id: 'a' kind: KIND_CONFIRM confirmer: CONFIRMER_DUTY }
        tasks { id: 'c' kind: KIND_CONFIRM }
        tasks {
          id: 'd'
          kind: KIND_COURSE
          course: 'courses/c'
          duty: 'duties/d'
          confirmer: CONFIRMER_SUPERIOR
          document: 'handbookDocuments/d'
        })pb");
  const std::string at = "onboarding_template.tasks";
  EXPECT_THAT(CheckTasks(tasks),
              test::HasViolations(at + "[0].document TASK_INCOMPLETE", at + "[0].course TASK_MIXED", at + "[1].id DUPLICATE_TASK",
                                  at + "[1].duty TASK_INCOMPLETE", at + "[2].confirmer TASK_INCOMPLETE", at + "[3].document TASK_MIXED",
                                  at + "[3].confirmer TASK_MIXED", at + "[3].duty TASK_MIXED"));
}

// Su leads the hosts, Ti carries the duty "accounts" in the same department. Who comes reads the rules, passes "live", gets an account, and
// is welcomed.
class OnboardingTest : public test::ServiceTest<Service> {
 protected:
  OnboardingTest() : ServiceTest("personnel") {
    Must<v1::Duty, v1::CreateDutyRequest>("CreateDuty", "duty_id: 'accounts' duty { title: 'opens accounts' }");
    Must<v1::Course, v1::CreateCourseRequest>("CreateCourse", "course_id: 'live' course { title: 'c' validity_months: 1 }");
    Must<v1::Position, v1::CreatePositionRequest>("CreatePosition",
                                                  "position_id: 'host' position { title: 'h' responsibilities: 'hosts' }");
    Must<v1::Position, v1::CreatePositionRequest>(
        "CreatePosition", "position_id: 'it' position { title: 'i' responsibilities: 'accounts' duties: 'duties/accounts' }");
    Must<v1::HandbookDocument, v1::CreateHandbookDocumentRequest>(
        "CreateHandbookDocument", "handbook_document_id: 'rules' handbook_document { title: '守則' subject: SUBJECT_RULES }");
    PublishText("one");
    AddEmployee("su", "host", "");
    AddEmployee("ti", "it", "");
    Must<v1::OnboardingTemplate, v1::CreateOnboardingTemplateRequest>(
        "CreateOnboardingTemplate",
        R"pb(parent: 'positions/host'
             onboarding_template_id: 'first'
             onboarding_template {
               reason: 'r'
               tasks { id: 'read' title: 't' kind: KIND_READ document: 'handbookDocuments/rules' due_working_days: 1 }
               tasks { id: 'live' title: 't' kind: KIND_COURSE course: 'courses/live' due_working_days: 10 }
               tasks { id: 'account' title: 't' kind: KIND_CONFIRM confirmer: CONFIRMER_DUTY duty: 'duties/accounts' }
               tasks { id: 'welcome' title: 't' kind: KIND_CONFIRM confirmer: CONFIRMER_SUPERIOR due_working_days: 2 }
             })pb");
  }

  template <typename Resp, typename Req>
  absl::StatusOr<Resp> Ask(const rpc::Call& call, const std::string& method, const std::string& request) {
    return Call<Resp>(method, call, Proto<Req>(request));
  }
  template <typename Resp, typename Req>
  void Must(const std::string& method, const std::string& request) {
    EXPECT_THAT((Ask<Resp, Req>(Manager(), method, request)), IsOk()) << method << " " << request;
  }
  rpc::Call As(const std::string& id) const { return test::By("employees/" + id, {options::v1::ROLE_DEPARTMENT_MEMBER}, clock_.Now()); }
  void AddEmployee(const std::string& id, const std::string& position, const std::string& more,
                   const std::string& hired = "2020 month: 1 day: 1") {
    Must<v1::Employee, v1::CreateEmployeeRequest>(
        "CreateEmployee", absl::StrCat("employee_id: '", id, "' employee { display_name: 'x' position: 'positions/", position,
                                       "' department: 'operations' hire_date { year: ", hired, " } ", more, " }"));
  }
  void PublishText(const std::string& id) {
    clock_.Advance(absl::Seconds(1));
    Must<v1::HandbookVersion, v1::CreateHandbookVersionRequest>(
        "CreateHandbookVersion",
        absl::StrCat("parent: 'handbookDocuments/rules' handbook_version_id: '", id, "' handbook_version { reason: 'r' text: 't' }"));
    Must<v1::HandbookVersion, v1::PublishHandbookVersionRequest>("PublishHandbookVersion",
                                                                 absl::StrCat("name: 'handbookDocuments/rules/versions/", id, "'"));
  }
  void PublishTemplate() {
    Must<v1::OnboardingTemplate, v1::PublishOnboardingTemplateRequest>("PublishOnboardingTemplate",
                                                                       "name: 'positions/host/onboardingTemplates/first'");
  }
  // An, led by Su, comes on Monday, 12 January 2026.
  void An() { AddEmployee("an", "host", "superior: 'employees/su'", "2026 month: 1 day: 12"); }
  Onboarding Get() { return Ask<Onboarding, v1::GetOnboardingRequest>(Manager(), "GetOnboarding", "name: 'onboardings/an'").value(); }
  OnboardingItem Item(const std::string& id) {
    return Ask<OnboardingItem, v1::GetOnboardingItemRequest>(Manager(), "GetOnboardingItem", "name: 'onboardings/an/items/" + id + "'")
        .value();
  }
  absl::StatusOr<OnboardingItem> Confirm(const rpc::Call& call, const std::string& id, const std::string& version = "") {
    return Ask<OnboardingItem, v1::ConfirmOnboardingItemRequest>(
        call, "ConfirmOnboardingItem",
        absl::StrCat("name: 'onboardings/an/items/", id, "' ",
                     version.empty() ? "" : "document_version: 'handbookDocuments/rules/versions/" + version + "'"));
  }
  std::string Pass(const std::string& session, const std::string& date) {
    const std::string name = "courses/live/sessions/" + session;
    Must<v1::Session, v1::CreateSessionRequest>(
        "CreateSession",
        absl::StrCat("parent: 'courses/live' session_id: '", session, "' session { trainer: 't' capacity: 9 date { year: ", date, " } }"));
    Must<v1::Enrollment, v1::EnrollEmployeeRequest>("EnrollEmployee", "name: '" + name + "' employee: 'employees/an'");
    return Ask<v1::Enrollment, v1::RecordResultRequest>(Manager(), "RecordResult",
                                                        "name: '" + name + "' employee: 'employees/an' attended: true")
        ->certificate();
  }
  // "employees/an 2026-01-14" of what waits about a subject.
  std::vector<std::string> Waiting(const std::string& subject) {
    const auto steps = Ask<v1::ListPendingStepsResponse, v1::ListPendingStepsRequest>(
        Manager(), "ListPendingSteps", absl::StrCat("filter: 'subject = \"", subject, "\" AND state = STATE_OPEN'"));
    EXPECT_THAT(steps, IsOk());
    std::vector<std::string> texts;
    for (const v1::PendingStep& step : steps->pending_steps()) {
      texts.push_back(absl::StrCat(
          step.owner(), " ", absl::FormatTime("%Y-%m-%d", absl::FromUnixSeconds(step.due_time().seconds()), service::DefaultTimeZone())));
    }
    return texts;
  }
  void SetDay(int year, int month, int day) {
    clock_.Set(absl::FromCivil(absl::CivilHour(year, month, day, 9), service::DefaultTimeZone()));
    ASSERT_THAT(jobs_.RunDue(), IsOk());
  }
};

TEST_F(OnboardingTest, IsMadeWithTheEmployeeAndDoneByFactAndWord) {
  An();
  EXPECT_THAT((Ask<Onboarding, v1::GetOnboardingRequest>(Manager(), "GetOnboarding", "name: 'onboardings/an'")), HasReason("NOT_FOUND"))
      << "nothing is published yet";
  PublishTemplate();
  AddEmployee("bo", "it", "");
  EXPECT_THAT((Ask<Onboarding, v1::GetOnboardingRequest>(Manager(), "GetOnboarding", "name: 'onboardings/bo'")), HasReason("NOT_FOUND"))
      << "another position";
  PublishText("two");
  // An is there already; Ce comes the same way.
  AddEmployee("ce", "host", "superior: 'employees/su'", "2026 month: 1 day: 12");
  const auto item = Ask<OnboardingItem, v1::GetOnboardingItemRequest>(Manager(), "GetOnboardingItem", "name: 'onboardings/ce/items/read'");
  ASSERT_THAT(item, IsOk());
  EXPECT_EQ(item->document_version(), "handbookDocuments/rules/versions/two");
  EXPECT_EQ(time::ToDay(item->due_date()), absl::CivilDay(2026, 1, 13));
}

TEST_F(OnboardingTest, EachItemIsDoneByWhomItWaitsFor) {
  PublishTemplate();
  An();
  EXPECT_THAT(Waiting("onboardings/an/items/read"), testing::ElementsAre("employees/an 2026-01-14"));
  EXPECT_THAT(Waiting("onboardings/an/items/live"), testing::ElementsAre("employees/an 2026-01-27"));
  EXPECT_THAT(Waiting("onboardings/an/items/account"), testing::ElementsAre("employees/ti 2026-01-13"));
  EXPECT_THAT(Waiting("onboardings/an/items/welcome"), testing::ElementsAre("employees/su 2026-01-15"));
  SetDay(2026, 1, 12);
  PublishText("two");
  EXPECT_THAT(Confirm(As("an"), "read", "two"), HasReason("OTHER_VERSION")) << "the text of the day on which An was recorded";
  EXPECT_THAT(Confirm(As("an"), "read"), HasReason("OTHER_VERSION"));
  EXPECT_THAT(Confirm(As("su"), "read", "one"), HasReason("NOT_THE_CONFIRMER"));
  EXPECT_THAT(Confirm(As("an"), "read", "one"), IsOk());
  EXPECT_THAT(Confirm(As("an"), "read", "one"), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(Confirm(As("an"), "account"), HasReason("NOT_THE_CONFIRMER"));
  EXPECT_THAT(Confirm(As("su"), "account"), HasReason("NOT_THE_CONFIRMER"));
  // Ti sees the one item and not the checklist.
  EXPECT_THAT((Ask<Onboarding, v1::GetOnboardingRequest>(As("ti"), "GetOnboarding", "name: 'onboardings/an'")), HasReason("NOT_FOUND"));
  EXPECT_THAT(Confirm(As("ti"), "welcome"), HasReason("NOT_FOUND"));
  EXPECT_THAT(Confirm(As("ti"), "account"), IsOk());
  EXPECT_THAT(Confirm(As("su"), "welcome"), IsOk());
  EXPECT_THAT(Confirm(As("an"), "live"), HasReason("DONE_BY_CERTIFICATE"));
  EXPECT_EQ(Get().state(), Onboarding::STATE_IN_PROGRESS);
  const std::string certificate = Pass("s", "2026 month: 1 day: 12");
  EXPECT_EQ(Item("live").certificate(), certificate);
  EXPECT_EQ(Get().state(), Onboarding::STATE_COMPLETED);
  EXPECT_THAT(Waiting("onboardings/an/items/live"), testing::IsEmpty());
  Must<v1::Certificate, v1::RevokeCertificateRequest>("RevokeCertificate", "name: '" + certificate + "' reason: 'wrong'");
  EXPECT_EQ(Item("live").state(), OnboardingItem::STATE_WAITING);
  EXPECT_EQ(Get().state(), Onboarding::STATE_IN_PROGRESS);
  EXPECT_FALSE(Get().has_complete_time());
  EXPECT_THAT(Waiting("onboardings/an/items/live"), testing::ElementsAre("employees/an 2026-01-27"));
}

TEST_F(OnboardingTest, DueDaysMoveWithTheFirstDay) {
  PublishTemplate();
  An();
  EXPECT_THAT(Confirm(Manager(), "account"), IsOk());
  Must<v1::Employee, v1::UpdateEmployeeRequest>(
      "UpdateEmployee", "employee { name: 'employees/an' hire_date { year: 2026 month: 1 day: 23 } } update_mask { paths: 'hire_date' }");
  EXPECT_EQ(time::ToDay(Get().first_day()), absl::CivilDay(2026, 1, 23));
  EXPECT_EQ(time::ToDay(Item("read").due_date()), absl::CivilDay(2026, 1, 26)) << "Friday and the next working day";
  EXPECT_EQ(time::ToDay(Item("account").due_date()), absl::CivilDay(2026, 1, 12)) << "what is done stays";
  EXPECT_THAT(Waiting("onboardings/an/items/welcome"), testing::ElementsAre("employees/su 2026-01-28"));
}

TEST_F(OnboardingTest, EndsByWordAndWithTheEmployment) {
  PublishTemplate();
  An();
  EXPECT_THAT((Ask<Onboarding, v1::EndOnboardingRequest>(As("an"), "EndOnboarding", "name: 'onboardings/an' reason: 'r'")),
              HasReason("PERMISSION_DENIED"));
  Must<v1::Employee, v1::TerminateEmployeeRequest>("TerminateEmployee", "name: 'employees/an' leave_date { year: 2026 month: 1 day: 15 }");
  SetDay(2026, 1, 15);
  EXPECT_EQ(Get().state(), Onboarding::STATE_IN_PROGRESS);
  SetDay(2026, 1, 16);
  EXPECT_EQ(Get().state(), Onboarding::STATE_ENDED);
  EXPECT_EQ(Item("read").state(), OnboardingItem::STATE_DROPPED);
  EXPECT_THAT(Waiting("onboardings/an/items/read"), testing::IsEmpty());
  AddEmployee("ce", "host", "", "2026 month: 1 day: 19");
  const auto ended =
      Ask<Onboarding, v1::EndOnboardingRequest>(Manager(), "EndOnboarding", "name: 'onboardings/ce' reason: 'a colleague returns'");
  ASSERT_THAT(ended, IsOk());
  EXPECT_EQ(ended->state_reason(), "a colleague returns");
}

// Whatever is done last, and by whom, the checklist is complete.
TEST_F(OnboardingTest, TheLastItemsAtOnceCompleteIt) {
  PublishTemplate();
  for (int round = 0; round < 5; ++round) {
    const std::string id = absl::StrCat("e", round);
    AddEmployee(id, "host", "superior: 'employees/su'", "2025 month: 12 day: 1");
    const std::string items = absl::StrCat("name: 'onboardings/", id, "/items/");
    Must<v1::ExternalCertificate, v1::CreateExternalCertificateRequest>(
        "CreateExternalCertificate",
        absl::StrCat(
            "external_certificate { employee: 'employees/", id,
            "' course: 'courses/live' issuing_body: 'a' reference: 'r' evidence: 'e' valid_from { year: 2025 month: 12 day: 1 } }"));
    const auto filed = Ask<v1::ListExternalCertificatesResponse, v1::ListExternalCertificatesRequest>(
        Manager(), "ListExternalCertificates", absl::StrCat("filter: 'employee = \"employees/", id, "\"'"));
    ASSERT_EQ(filed->external_certificates_size(), 1);
    std::barrier begin(4);
    const auto confirm = [&](const rpc::Call& call, const std::string& item, const std::string& more) {
      begin.arrive_and_wait();
      EXPECT_THAT(
          (Ask<OnboardingItem, v1::ConfirmOnboardingItemRequest>(call, "ConfirmOnboardingItem", absl::StrCat(items, item, "' ", more))),
          IsOk());
    };
    {
      std::jthread a([&] { confirm(As(id), "read", "document_version: 'handbookDocuments/rules/versions/one'"); });
      std::jthread b([&] { confirm(As("ti"), "account", ""); });
      std::jthread c([&] { confirm(As("su"), "welcome", ""); });
      std::jthread d([&] {
        begin.arrive_and_wait();
        EXPECT_THAT((Ask<v1::ExternalCertificate, v1::VerifyExternalCertificateRequest>(
                        As("su"), "VerifyExternalCertificate", "name: '" + filed->external_certificates(0).name() + "'")),
                    IsOk());
      });
    }
    EXPECT_EQ(
        (Ask<Onboarding, v1::GetOnboardingRequest>(Manager(), "GetOnboarding", absl::StrCat("name: 'onboardings/", id, "'"))->state()),
        Onboarding::STATE_COMPLETED);
  }
}

TEST_F(OnboardingTest, TemplatesNameWhatIsThere) {
  Must<v1::HandbookDocument, v1::CreateHandbookDocumentRequest>(
      "CreateHandbookDocument", "handbook_document_id: 'empty' handbook_document { title: 'e' subject: SUBJECT_CULTURE }");
  Must<v1::OnboardingTemplate, v1::CreateOnboardingTemplateRequest>(
      "CreateOnboardingTemplate",
      R"pb(parent: 'positions/it'
           onboarding_template_id: 'x'
           onboarding_template {
             reason: 'r'
             tasks { id: 'a' title: 't' kind: KIND_READ document: 'handbookDocuments/empty' }
             tasks { id: 'b' title: 't' kind: KIND_COURSE course: 'courses/none' }
             tasks { id: 'c' title: 't' kind: KIND_CONFIRM confirmer: CONFIRMER_DUTY duty: 'duties/none' }
           })pb");
  EXPECT_THAT((Ask<v1::OnboardingTemplate, v1::PublishOnboardingTemplateRequest>(Manager(), "PublishOnboardingTemplate",
                                                                                 "name: 'positions/it/onboardingTemplates/x'")),
              test::HasViolations("onboarding_template.tasks[0].document UNKNOWN_DOCUMENT",
                                  "onboarding_template.tasks[1].course UNKNOWN_COURSE", "onboarding_template.tasks[2].duty UNKNOWN_DUTY"));
}

// ---- Sharing series

TEST_F(OnboardingTest, TheNextSessionIsPlannedAndSleepIsReported) {
  EXPECT_THAT(
      (Ask<v1::SharingSeries, v1::CreateSharingSeriesRequest>(
          Manager(), "CreateSharingSeries",
          "sharing_series_id: 'x' sharing_series { title: 't' department: 'operations' owner: 'employees/none' hosts: 'employees/su' "
          "hosts: 'employees/no' cadence: CADENCE_WEEKLY weekday: 5 start_date { year: 2026 month: 1 day: 1 } }")),
      test::HasViolations("sharing_series.owner UNKNOWN_HOST", "sharing_series.hosts[1] UNKNOWN_HOST"));
  const auto series = Ask<v1::SharingSeries, v1::CreateSharingSeriesRequest>(
      Manager(), "CreateSharingSeries",
      "sharing_series_id: 'live' sharing_series { title: 't' department: 'operations' owner: 'employees/su' hosts: 'employees/su' "
      "hosts: 'employees/ti' cadence: CADENCE_WEEKLY weekday: 6 start_date { year: 2026 month: 1 day: 1 } }");
  ASSERT_THAT(series, IsOk());
  // Saturday, 3 January, is no working day.
  EXPECT_EQ(time::ToDay(series->next_date()), absl::CivilDay(2026, 1, 5));
  const std::string first = "sharingSeries/live/sessions/2026-01-03", second = "sharingSeries/live/sessions/2026-01-10";
  EXPECT_THAT(Waiting(first), testing::ElementsAre("employees/su 2026-01-06"));
  const auto hold = [&](const std::string& name) {
    return Ask<v1::SharingSession, v1::HoldSharingSessionRequest>(
        Manager(), "HoldSharingSession",
        "name: '" + name + "' topic: 'lights' material: 'https://example.com/1' attendees: 'employees/su' attendees: 'employees/ti'");
  };
  EXPECT_THAT(hold(first), HasReason("SESSION_AHEAD"));
  SetDay(2026, 1, 5);
  const auto held = hold(first);
  ASSERT_THAT(held, IsOk());
  EXPECT_EQ(held->attendees_size(), 2) << "the host once";
  EXPECT_THAT(Waiting(first), testing::IsEmpty());
  SetDay(2026, 1, 6);
  const auto next = Ask<v1::SharingSession, v1::GetSharingSessionRequest>(Manager(), "GetSharingSession", "name: '" + second + "'");
  ASSERT_THAT(next, IsOk());
  EXPECT_EQ(next->host(), "employees/ti");
  Must<v1::SharingSession, v1::CancelSharingSessionRequest>("CancelSharingSession", "name: '" + second + "' reason: 'a holiday'");
  const auto get = [&] {
    return Ask<v1::SharingSeries, v1::GetSharingSeriesRequest>(Manager(), "GetSharingSeries", "name: 'sharingSeries/live'").value();
  };
  SetDay(2026, 1, 26);
  EXPECT_EQ(get().state(), v1::SharingSeries::STATE_ACTIVE);
  SetDay(2026, 1, 27);
  EXPECT_EQ(get().state(), v1::SharingSeries::STATE_ASLEEP) << "none since 5 January";
  EXPECT_THAT(Waiting("sharingSeries/live"), testing::ElementsAre("employees/su 2026-02-04"));
  EXPECT_EQ(time::ToDay(get().next_date()), absl::CivilDay(2026, 2, 2)) << "what was missed meanwhile is not planned";
  SetDay(2026, 2, 2);
  ASSERT_THAT(hold("sharingSeries/live/sessions/2026-01-31"), IsOk());
  EXPECT_EQ(get().state(), v1::SharingSeries::STATE_ACTIVE);
  EXPECT_THAT(Waiting("sharingSeries/live"), testing::IsEmpty());
  SetDay(2026, 2, 3);
  Must<v1::SharingSeries, v1::EndSharingSeriesRequest>("EndSharingSeries", "name: 'sharingSeries/live' reason: 'r'");
  EXPECT_EQ((Ask<v1::SharingSession, v1::GetSharingSessionRequest>(Manager(), "GetSharingSession",
                                                                   "name: 'sharingSeries/live/sessions/2026-02-07'")
                 ->state()),
            v1::SharingSession::STATE_CANCELLED);
  SetDay(2026, 6, 1);
  EXPECT_EQ(get().state(), v1::SharingSeries::STATE_ENDED);
}

}  // namespace
}  // namespace heitie::personnel
