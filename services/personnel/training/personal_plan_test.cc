#include "services/personnel/training/personal_plan.h"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "heitie/personnel/v1/enrollment.pb.h"
#include "heitie/personnel/v1/external_certificate.pb.h"
#include "heitie/personnel/v1/pending_step.pb.h"
#include "heitie/personnel/v1/session.pb.h"
#include "heitie/personnel/v1/waiting_entry.pb.h"
#include "services/personnel/service.h"

namespace heitie::personnel {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;
using test::Proto;
using v1::TrainingPlan;

// An, whom Su leads, is a host; hosts need hosting 1, which the course "host" grants for a year.
class PersonalPlanTest : public test::ServiceTest<Service> {
 protected:
  PersonalPlanTest() : ServiceTest("personnel") {
    Must<v1::Skill, v1::CreateSkillRequest>("CreateSkill", "skill_id: 'hosting' skill { title: '主持' levels: 'alone' levels: 'teaches' }");
    Must<v1::Course, v1::CreateCourseRequest>(
        "CreateCourse", "course_id: 'host' course { title: 'c' validity_months: 12 granted_skills { skill: 'skills/hosting' level: 1 } }");
    Must<v1::Position, v1::CreatePositionRequest>(
        "CreatePosition",
        "position_id: 'host' position { title: 'h' responsibilities: 'hosts' required_skills { skill: 'skills/hosting' level: 1 } }");
    Must<v1::Position, v1::CreatePositionRequest>(
        "CreatePosition",
        "position_id: 'trainer' position { title: 't' responsibilities: 'trains' required_skills { skill: 'skills/hosting' level: 2 } }");
    AddEmployee("su", "");
    AddEmployee("an", "superior: 'employees/su'");
    AddSession("s1", "2026 month: 2 day: 2");
  }

  template <typename Resp, typename Req>
  absl::StatusOr<Resp> Ask(const rpc::Call& call, const std::string& method, const std::string& request) {
    return Call<Resp>(method, call, Proto<Req>(request));
  }
  template <typename Resp, typename Req>
  void Must(const std::string& method, const std::string& request) {
    EXPECT_THAT((Ask<Resp, Req>(Manager(), method, request)), IsOk()) << method << " " << request;
  }
  rpc::Call As(const std::string& id) const { return test::By("employees/" + id, {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now()); }
  void AddEmployee(const std::string& id, const std::string& more) {
    Must<v1::Employee, v1::CreateEmployeeRequest>(
        "CreateEmployee", absl::StrCat("employee_id: '", id,
                                       "' employee { display_name: 'x' position: 'positions/host' department: 'operations' "
                                       "hire_date { year: 2020 month: 1 day: 1 } ",
                                       more, " }"));
  }
  void AddSession(const std::string& id, const std::string& date, int capacity = 9) {
    Must<v1::Session, v1::CreateSessionRequest>(
        "CreateSession", absl::StrCat("parent: 'courses/host' session_id: '", id, "' session { trainer: 't' capacity: ", capacity,
                                      " date { year: ", date, " } }"));
  }
  absl::StatusOr<v1::Enrollment> Enroll(const std::string& session, const std::string& id) {
    return Ask<v1::Enrollment, v1::EnrollEmployeeRequest>(
        Manager(), "EnrollEmployee", absl::StrCat("name: 'courses/host/sessions/", session, "' employee: 'employees/", id, "'"));
  }
  std::string Pass(const std::string& session, const std::string& id) {
    EXPECT_THAT(Enroll(session, id), IsOk());
    const auto result = Ask<v1::Enrollment, v1::RecordResultRequest>(
        Manager(), "RecordResult",
        absl::StrCat("name: 'courses/host/sessions/", session, "' employee: 'employees/", id, "' attended: true"));
    EXPECT_THAT(result, IsOk());
    return result.ok() ? result->certificate() : "";
  }
  absl::StatusOr<TrainingPlan> Propose(const rpc::Call& call, const std::string& more = "") {
    return Ask<TrainingPlan, v1::CreateTrainingPlanRequest>(call, "CreateTrainingPlan",
                                                            absl::StrCat("training_plan { employee: 'employees/an' ", more, " }"));
  }
  absl::StatusOr<TrainingPlan> Accept(const rpc::Call& call, const std::string& name) {
    return Ask<TrainingPlan, v1::AcceptTrainingPlanRequest>(call, "AcceptTrainingPlan", "name: '" + name + "'");
  }
  absl::StatusOr<TrainingPlan> Approve(const rpc::Call& call, const std::string& name) {
    return Ask<TrainingPlan, v1::ApproveTrainingPlanRequest>(call, "ApproveTrainingPlan", "name: '" + name + "'");
  }
  TrainingPlan Get(const std::string& name) {
    return Ask<TrainingPlan, v1::GetTrainingPlanRequest>(Manager(), "GetTrainingPlan", "name: '" + name + "'").value();
  }
  // "complete employees/an 2026-02-03T00:00" of what waits about a subject.
  std::vector<std::string> Waiting(const std::string& subject) {
    const auto steps = Ask<v1::ListPendingStepsResponse, v1::ListPendingStepsRequest>(
        Manager(), "ListPendingSteps", absl::StrCat("filter: 'subject = \"", subject, "\" AND state = STATE_OPEN'"));
    EXPECT_THAT(steps, IsOk());
    std::vector<std::string> texts;
    for (const v1::PendingStep& step : steps->pending_steps()) {
      texts.push_back(
          absl::StrCat(step.action(), " ", step.owner(), " ",
                       absl::FormatTime("%Y-%m-%d", absl::FromUnixSeconds(step.due_time().seconds()), service::DefaultTimeZone())));
    }
    std::sort(texts.begin(), texts.end());
    return texts;
  }
  void SetDay(int year, int month, int day) {
    clock_.Set(absl::FromCivil(absl::CivilHour(year, month, day, 9), service::DefaultTimeZone()));
    ASSERT_THAT(jobs_.RunDue(), IsOk());
  }
};

TEST_F(PersonalPlanTest, BothAgreeAndCertificatesCloseIt) {
  const auto plan = Propose(As("an"));
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->position(), "positions/host");
  ASSERT_EQ(plan->items_size(), 1);
  EXPECT_EQ(plan->items(0).session(), "courses/host/sessions/s1");
  EXPECT_EQ(plan->items(0).skills(0).skill(), "skills/hosting");
  EXPECT_EQ(plan->policy(), "developmentPolicies/default");
  // Five working days from Thursday, 1 January.
  EXPECT_THAT(Waiting(plan->name()), testing::ElementsAre("accept employees/an 2026-01-09", "approve employees/su 2026-01-09"));
  EXPECT_THAT(Propose(As("an")), HasReason("TRAINING_PLAN_EXISTS"));
  EXPECT_THAT(Accept(As("su"), plan->name()), HasReason("NOT_YOUR_PLAN"));
  EXPECT_THAT(Approve(As("an"), plan->name()), HasReason("OWN_PROPOSAL"));
  EXPECT_EQ(Accept(As("an"), plan->name())->state(), TrainingPlan::STATE_AGREED_BY_EMPLOYEE);
  EXPECT_THAT(Waiting(plan->name()), testing::ElementsAre("approve employees/su 2026-01-09"));
  const auto agreed = Approve(As("su"), plan->name());
  ASSERT_THAT(agreed, IsOk());
  EXPECT_EQ(agreed->state(), TrainingPlan::STATE_AGREED);
  EXPECT_EQ(agreed->approver(), "employees/su");
  EXPECT_THAT(Waiting(plan->name()), testing::ElementsAre("complete employees/an 2026-02-03"));
  SetDay(2026, 2, 2);
  const std::string certificate = Pass("s1", "an");
  TrainingPlan after = Get(plan->name());
  EXPECT_EQ(after.state(), TrainingPlan::STATE_COMPLETED);
  EXPECT_EQ(after.items(0).certificate(), certificate);
  EXPECT_EQ(time::ToDay(after.items(0).valid_until()), absl::CivilDay(2027, 2, 1));
  EXPECT_EQ(time::ToDay(after.change_date()), absl::CivilDay(2027, 2, 1) - 60);
  EXPECT_THAT(Waiting(plan->name()), testing::IsEmpty());
  ASSERT_THAT((Ask<v1::Certificate, v1::RevokeCertificateRequest>(Manager(), "RevokeCertificate",
                                                                  absl::StrCat("name: '", certificate, "' reason: 'wrong'"))),
              IsOk());
  after = Get(plan->name());
  EXPECT_EQ(after.state(), TrainingPlan::STATE_AGREED);
  EXPECT_EQ(after.items(0).state(), v1::TrainingPlanItem::STATE_OPEN);
  EXPECT_EQ(after.items(0).session(), "") << "none is ahead";
}

TEST_F(PersonalPlanTest, OpensAgainInTimeForARenewal) {
  const auto plan = Propose(As("su"));
  ASSERT_THAT(plan, IsOk());
  ASSERT_THAT(Approve(As("su"), plan->name()), IsOk());
  ASSERT_THAT(Accept(As("an"), plan->name()), IsOk());
  SetDay(2026, 2, 2);
  Pass("s1", "an");
  AddSession("s2", "2027 month: 1 day: 15");
  SetDay(2026, 12, 2);
  EXPECT_EQ(Get(plan->name()).state(), TrainingPlan::STATE_COMPLETED);
  SetDay(2026, 12, 3);
  const TrainingPlan open = Get(plan->name());
  EXPECT_EQ(open.state(), TrainingPlan::STATE_AGREED) << "60 days before 1 February";
  EXPECT_EQ(open.items(0).session(), "courses/host/sessions/s2");
  EXPECT_THAT(Waiting(plan->name()), testing::ElementsAre("complete employees/an 2027-01-16"));
  const std::string etag = open.etag();
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ(Get(plan->name()).etag(), etag);
  // The holder is reminded of the certificate itself, once.
  SetDay(2027, 1, 10);
  const std::string certificate = open.items(0).certificate();
  EXPECT_THAT(Waiting(certificate), testing::ElementsAre("renew employees/an 2027-02-02"));
  SetDay(2027, 1, 15);
  Pass("s2", "an");
  EXPECT_EQ(Get(plan->name()).state(), TrainingPlan::STATE_COMPLETED);
  EXPECT_THAT(Waiting(certificate), testing::IsEmpty());
  EXPECT_EQ(time::ToDay(Get(plan->name()).items(0).valid_until()), absl::CivilDay(2028, 1, 14));
}

TEST_F(PersonalPlanTest, SaysWhatCannotBeClosed) {
  const auto aimed = Propose(As("an"), "position: 'positions/trainer' purpose: 'wants to train others'");
  ASSERT_THAT(aimed, IsOk());
  EXPECT_EQ(aimed->items_size(), 0);
  ASSERT_EQ(aimed->open_demands_size(), 1);
  EXPECT_EQ(aimed->open_demands(0).cause(), v1::OpenDemand::CAUSE_NO_COURSE);
  ASSERT_THAT(Accept(As("an"), aimed->name()), IsOk());
  EXPECT_EQ(Approve(As("su"), aimed->name())->state(), TrainingPlan::STATE_AGREED) << "nothing is not done";
  Must<v1::Course, v1::CreateCourseRequest>("CreateCourse",
                                            "course_id: 'teach' course { title: 'c' granted_skills { skill: 'skills/hosting' level: 2 } }");
  Must<v1::Session, v1::CreateSessionRequest>(
      "CreateSession", "parent: 'courses/teach' session_id: 's' session { trainer: 't' capacity: 3 date { year: 2026 month: 3 day: 2 } }");
  const auto revised = Ask<TrainingPlan, v1::ReviseTrainingPlanRequest>(As("an"), "ReviseTrainingPlan", "name: '" + aimed->name() + "'");
  ASSERT_THAT(revised, IsOk());
  EXPECT_EQ(revised->state(), TrainingPlan::STATE_PROPOSED);
  EXPECT_FALSE(revised->has_approve_time());
  ASSERT_EQ(revised->items_size(), 1);
  EXPECT_EQ(revised->items(0).course(), "courses/teach");
  EXPECT_EQ(revised->open_demands_size(), 0);
  EXPECT_THAT(Propose(As("an"), "target_date { year: 2026 month: 1 day: 20 }"), IsOk()) << "another position has another plan";
}

TEST_F(PersonalPlanTest, IsSeenByThoseWhomItConcerns) {
  AddEmployee("bo", "");
  EXPECT_THAT(Propose(As("bo")), HasReason("NOT_YOUR_SKILLS"));
  const auto plan = Propose(Manager());
  ASSERT_THAT(plan, IsOk());
  const std::string get = "name: '" + plan->name() + "'";
  EXPECT_THAT((Ask<TrainingPlan, v1::GetTrainingPlanRequest>(As("bo"), "GetTrainingPlan", get)), HasReason("NOT_FOUND"));
  EXPECT_THAT((Ask<TrainingPlan, v1::GetTrainingPlanRequest>(As("su"), "GetTrainingPlan", get)), IsOk());
  EXPECT_THAT(Approve(As("bo"), plan->name()), HasReason("NOT_FOUND"));
  // In Su's absence the deputy decides, and sees what about.
  Must<v1::Employee, v1::RecordAbsenceRequest>("RecordAbsence",
                                               "name: 'employees/su' absence { start_date { year: 2026 month: 1 day: 1 } end_date { year: "
                                               "2026 month: 1 day: 9 } deputy: 'employees/bo' }");
  EXPECT_THAT(Approve(As("bo"), plan->name()), IsOk());
  const auto rejected = Ask<TrainingPlan, v1::RejectTrainingPlanRequest>(As("an"), "RejectTrainingPlan", get + " reason: 'not now'");
  ASSERT_THAT(rejected, IsOk());
  EXPECT_EQ(rejected->state_reason(), "not now");
  EXPECT_THAT(Waiting(plan->name()), testing::IsEmpty());
  EXPECT_THAT(Propose(As("an")), IsOk()) << "a rejected one stands in nobody's way";
}

TEST_F(PersonalPlanTest, EndsWithTheEmployment) {
  const auto plan = Propose(Manager());
  ASSERT_THAT(plan, IsOk());
  Must<v1::Employee, v1::TerminateEmployeeRequest>("TerminateEmployee", "name: 'employees/an' leave_date { year: 2026 month: 1 day: 20 }");
  SetDay(2026, 1, 20);
  EXPECT_EQ(Get(plan->name()).state(), TrainingPlan::STATE_PROPOSED);
  SetDay(2026, 1, 21);
  EXPECT_EQ(Get(plan->name()).state(), TrainingPlan::STATE_ENDED);
  EXPECT_THAT(Waiting(plan->name()), testing::IsEmpty());
  EXPECT_THAT(Propose(Manager()), HasReason("NOT_EMPLOYED"));
}

// In each round two certificates that close the only item, and a plan, are made at once; whatever comes first, the plan says what is held.
TEST_F(PersonalPlanTest, MissesNoCertificate) {
  SetDay(2026, 2, 2);
  AddSession("s9", "2026 month: 9 day: 2");
  for (int round = 0; round < 10; ++round) {
    const std::string session = absl::StrCat("r", round);
    AddSession(session, "2026 month: 2 day: 1");
    ASSERT_THAT(Enroll(session, "an"), IsOk());
    absl::StatusOr<TrainingPlan> plan;
    absl::StatusOr<v1::Enrollment> result;
    std::barrier begin(2);
    {
      std::jthread planner([&] { begin.arrive_and_wait(), plan = Propose(As("an")); });
      std::jthread recorder([&] {
        begin.arrive_and_wait();
        result = Ask<v1::Enrollment, v1::RecordResultRequest>(
            Manager(), "RecordResult", absl::StrCat("name: 'courses/host/sessions/", session, "' employee: 'employees/an' attended: true"));
      });
    }
    ASSERT_THAT(result, IsOk());
    if (plan.ok()) {
      EXPECT_EQ(Get(plan->name()).items(0).certificate(), result->certificate());
      ASSERT_THAT((Ask<TrainingPlan, v1::EndTrainingPlanRequest>(Manager(), "EndTrainingPlan", "name: '" + plan->name() + "' reason: 'r'")),
                  IsOk());
    } else {
      EXPECT_THAT(plan, HasReason("NOTHING_MISSING"));
    }
    ASSERT_THAT((Ask<v1::Certificate, v1::RevokeCertificateRequest>(Manager(), "RevokeCertificate",
                                                                    absl::StrCat("name: '", result->certificate(), "' reason: 'again'"))),
                IsOk());
  }
}

// ---- Certificates from outside

TEST_F(PersonalPlanTest, WhatComesFromOutsideCountsOnceVerified) {
  const std::string filing =
      "external_certificate { employee: 'employees/an' course: 'courses/host' issuing_body: 'Academy' reference: 'A-1' evidence: 'scan' "
      "valid_from { year: 2025 month: 6 day: 1 } valid_until { year: 2026 month: 12 day: 31 } }";
  const auto file = [&](const rpc::Call& call, const std::string& request) {
    return Ask<v1::ExternalCertificate, v1::CreateExternalCertificateRequest>(call, "CreateExternalCertificate", request);
  };
  const auto plan = Propose(As("an"));
  EXPECT_THAT(file(As("su"), filing), HasReason("NOT_YOUR_CERTIFICATE"));
  EXPECT_THAT(file(As("an"),
                   "external_certificate { employee: 'employees/an' course: 'courses/none' issuing_body: 'A' reference: 'A' evidence: 'e' "
                   "valid_from { year: 2025 month: 6 day: 1 } valid_until { year: 2025 month: 5 day: 31 } }"),
              test::HasViolations("external_certificate.course UNKNOWN_COURSE", "external_certificate.valid_until DATES_REVERSED"));
  const auto filed = file(As("an"), filing);
  ASSERT_THAT(filed, IsOk());
  EXPECT_THAT(Waiting(filed->name()), testing::ElementsAre("verify employees/su 2026-01-09"));
  const auto verify = [&](const rpc::Call& call) {
    return Ask<v1::ExternalCertificate, v1::VerifyExternalCertificateRequest>(call, "VerifyExternalCertificate",
                                                                              "name: '" + filed->name() + "'");
  };
  EXPECT_THAT(verify(As("an")), HasReason("OWN_PROPOSAL"));
  EXPECT_EQ(Get(plan->name()).items(0).state(), v1::TrainingPlanItem::STATE_OPEN);
  const auto verified = verify(As("su"));
  ASSERT_THAT(verified, IsOk());
  EXPECT_EQ(Get(plan->name()).items(0).certificate(), verified->certificate());
  EXPECT_THAT(Waiting(filed->name()), testing::IsEmpty());
  // A second one of the same course counts as well.
  const auto second = file(As("an"), filing);
  ASSERT_THAT(second, IsOk());
  ASSERT_THAT((Ask<v1::ExternalCertificate, v1::VerifyExternalCertificateRequest>(Manager(), "VerifyExternalCertificate",
                                                                                  "name: '" + second->name() + "'")),
              IsOk());
  ASSERT_THAT((Ask<v1::Certificate, v1::RevokeCertificateRequest>(Manager(), "RevokeCertificate",
                                                                  "name: '" + verified->certificate() + "' reason: 'forged'")),
              IsOk());
  const auto get =
      Ask<v1::ExternalCertificate, v1::GetExternalCertificateRequest>(As("an"), "GetExternalCertificate", "name: '" + filed->name() + "'");
  EXPECT_EQ(get->state(), v1::ExternalCertificate::STATE_REVOKED);
  EXPECT_EQ(get->state_reason(), "forged");
  EXPECT_EQ(Get(plan->name()).items(0).state(), v1::TrainingPlanItem::STATE_CLOSED);
}

TEST_F(PersonalPlanTest, WhoFiledForSomebodyDoesNotVerify) {
  const auto filed = Ask<v1::ExternalCertificate, v1::CreateExternalCertificateRequest>(
      Manager(), "CreateExternalCertificate",
      "external_certificate { employee: 'employees/an' course: 'courses/host' issuing_body: 'A' reference: 'A' evidence: 'e' "
      "valid_from { year: 2025 month: 6 day: 1 } }");
  ASSERT_THAT(filed, IsOk());
  EXPECT_THAT((Ask<v1::ExternalCertificate, v1::VerifyExternalCertificateRequest>(Manager(), "VerifyExternalCertificate",
                                                                                  "name: '" + filed->name() + "'")),
              HasReason("OWN_PROPOSAL"));
  const auto rejected = Ask<v1::ExternalCertificate, v1::RejectExternalCertificateRequest>(
      As("su"), "RejectExternalCertificate", "name: '" + filed->name() + "' reason: 'unreadable'");
  ASSERT_THAT(rejected, IsOk());
  EXPECT_EQ(rejected->decider(), "employees/su");
}

// ---- Waiting lists

TEST_F(PersonalPlanTest, AFreedSeatGoesToTheFirstWhoCanAttend) {
  AddSession("full", "2026 month: 3 day: 2", 1);
  for (const char* id : {"bo", "ch", "da"}) AddEmployee(id, "");
  const auto join = [&](const std::string& id) {
    clock_.Advance(absl::Seconds(1));
    return Ask<v1::WaitingEntry, v1::JoinWaitingListRequest>(
        Manager(), "JoinWaitingList", absl::StrCat("name: 'courses/host/sessions/full' employee: 'employees/", id, "'"));
  };
  EXPECT_THAT(join("bo"), HasReason("SEATS_LEFT"));
  ASSERT_THAT(Enroll("full", "an"), IsOk());
  EXPECT_THAT(join("an"), HasReason("ALREADY_EXISTS"));
  for (const char* id : {"bo", "ch", "da"}) ASSERT_THAT(join(id), IsOk());
  EXPECT_THAT(join("bo"), HasReason("ALREADY_EXISTS"));
  Must<v1::Employee, v1::RecordAbsenceRequest>(
      "RecordAbsence",
      "name: 'employees/bo' absence { start_date { year: 2026 month: 3 day: 2 } end_date { year: 2026 month: 3 day: 2 } }");
  Must<v1::Enrollment, v1::CancelEnrollmentRequest>("CancelEnrollment", "name: 'courses/host/sessions/full/enrollments/an'");
  const auto entry = [&](const std::string& id) {
    return Ask<v1::WaitingEntry, v1::GetWaitingEntryRequest>(Manager(), "GetWaitingEntry",
                                                             absl::StrCat("name: 'courses/host/sessions/full/waitingEntries/", id, "'"))
        ->state();
  };
  EXPECT_EQ(entry("bo"), v1::WaitingEntry::STATE_WAITING) << "absent, and keeps the place";
  EXPECT_EQ(entry("ch"), v1::WaitingEntry::STATE_SEATED);
  EXPECT_THAT(Enroll("full", "ch"), HasReason("ALREADY_EXISTS"));
  // Another seat, and Bo is back.
  Must<v1::Employee, v1::CancelAbsenceRequest>("CancelAbsence", "name: 'employees/bo' start_date { year: 2026 month: 3 day: 2 }");
  Must<v1::Session, v1::UpdateSessionRequest>(
      "UpdateSession", "session { name: 'courses/host/sessions/full' capacity: 2 } update_mask { paths: 'capacity' }");
  EXPECT_EQ(entry("bo"), v1::WaitingEntry::STATE_SEATED);
  EXPECT_EQ(entry("da"), v1::WaitingEntry::STATE_WAITING);
  Must<v1::WaitingEntry, v1::LeaveWaitingListRequest>("LeaveWaitingList", "name: 'courses/host/sessions/full/waitingEntries/da'");
  Must<v1::Enrollment, v1::CancelEnrollmentRequest>("CancelEnrollment", "name: 'courses/host/sessions/full/enrollments/ch'");
  EXPECT_EQ(entry("da"), v1::WaitingEntry::STATE_WITHDRAWN);
  EXPECT_EQ(entry("ch"), v1::WaitingEntry::STATE_SEATED);
  ASSERT_THAT(Enroll("full", "an"), IsOk());
  ASSERT_THAT(join("su"), IsOk());
  SetDay(2026, 3, 1);
  EXPECT_EQ(entry("su"), v1::WaitingEntry::STATE_WAITING);
  SetDay(2026, 3, 2);
  EXPECT_EQ(entry("su"), v1::WaitingEntry::STATE_WITHDRAWN) << "the day has come";
  EXPECT_THAT(join("da"), HasReason("SESSION_OVER"));
}

// The seat that is given back is wanted by 6 who enroll and 4 who wait, at the same moment: one gets it, and never one more.
TEST_F(PersonalPlanTest, AFreedSeatIsTakenOnce) {
  for (int i = 0; i < 10; ++i) AddEmployee(absl::StrCat("e", i), "");
  for (int round = 0; round < 5; ++round) {
    const std::string session = absl::StrCat("race", round);
    AddSession(session, "2026 month: 3 day: 2", 1);
    ASSERT_THAT(Enroll(session, "an"), IsOk());
    std::barrier begin(11);
    std::atomic<int> taken = 0;
    {
      std::vector<std::jthread> racers;
      for (int i = 0; i < 10; ++i) {
        racers.emplace_back([&, i] {
          begin.arrive_and_wait();
          const std::string id = absl::StrCat("e", i);
          if (i < 6) {
            if (Enroll(session, id).ok()) ++taken;
          } else {
            (void)Ask<v1::WaitingEntry, v1::JoinWaitingListRequest>(
                Manager(), "JoinWaitingList", absl::StrCat("name: 'courses/host/sessions/", session, "' employee: 'employees/", id, "'"));
          }
        });
      }
      racers.emplace_back([&] {
        begin.arrive_and_wait();
        EXPECT_THAT((Ask<v1::Enrollment, v1::CancelEnrollmentRequest>(
                        Manager(), "CancelEnrollment", absl::StrCat("name: 'courses/host/sessions/", session, "/enrollments/an'"))),
                    IsOk());
      });
    }
    const auto waiting = Ask<v1::ListWaitingEntriesResponse, v1::ListWaitingEntriesRequest>(
        Manager(), "ListWaitingEntries", absl::StrCat("parent: 'courses/host/sessions/", session, "'"));
    ASSERT_THAT(waiting, IsOk());
    int seated = 0;
    for (const v1::WaitingEntry& entry : waiting->waiting_entries()) seated += entry.state() == v1::WaitingEntry::STATE_SEATED;
    const auto held =
        Ask<v1::Session, v1::GetSessionRequest>(Manager(), "GetSession", absl::StrCat("name: 'courses/host/sessions/", session, "'"));
    EXPECT_LE(held->enrolled_count(), 1);
    EXPECT_EQ(held->enrolled_count(), taken + seated);
    if (waiting->waiting_entries_size() > 0) {
      EXPECT_EQ(held->enrolled_count(), 1) << "nobody waits beside a free seat";
    }
  }
}

}  // namespace
}  // namespace heitie::personnel
