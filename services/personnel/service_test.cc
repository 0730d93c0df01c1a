#include "services/personnel/service.h"

#include <barrier>
#include <functional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/personnel/v1/certificate.pb.h"
#include "heitie/personnel/v1/course.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/enrollment.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/personnel/v1/qualification.pb.h"
#include "heitie/personnel/v1/session.pb.h"
#include "heitie/type/v1/event.pb.h"

namespace heitie::personnel {
namespace {

using absl::CivilDay;
using test::HasReason;
using test::HasViolation;
using test::IsOk;
using test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::Certificate;
using v1::Disqualification;
using v1::Employee;
using v1::Enrollment;

constexpr char kSession[] = "courses/live/sessions/january";

std::string Date(const std::string& field, CivilDay day) {
  return absl::StrCat(field, " { year: ", day.year(), " month: ", day.month(), " day: ", day.day(), " } ");
}

// Runs `work(0)` … `work(count - 1)` in threads that begin at the same moment.
std::vector<absl::Status> AtOnce(int count, const std::function<absl::Status(int)>& work) {
  std::barrier begin(count);
  std::vector<absl::Status> outcomes(count);
  std::vector<std::thread> threads;
  threads.reserve(count);
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      begin.arrive_and_wait();
      outcomes[i] = work(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
  return outcomes;
}

class PersonnelTest : public test::ServiceTest<Service> {
 protected:
  // 2026-01-15T12:00:00Z, the evening of that day in the business time zone.
  PersonnelTest() : ServiceTest("personnel") { clock_.Set(absl::FromUnixSeconds(1768478400)); }

  absl::StatusOr<v1::Position> CreatePosition(const std::string& more = "") {
    return Call<v1::Position>(
        "CreatePosition", Manager(),
        Proto<v1::CreatePositionRequest>(
            absl::StrCat("position_id: 'specialist' position { title: '運營專員' responsibilities: 'runs activities' ", more, " }")));
  }
  absl::StatusOr<Employee> Hire(const std::string& id, CivilDay day = CivilDay(2025, 6, 1)) {
    return Call<Employee>(
        "CreateEmployee", Manager(),
        Proto<v1::CreateEmployeeRequest>(absl::StrCat("employee_id: '", id, "' employee { display_name: '李明' department: 'operations' ",
                                                      "position: 'positions/specialist' ", Date("hire_date", day), " }")));
  }
  absl::StatusOr<v1::Course> CreateCourse(const std::string& id, const std::string& terms) {
    return Call<v1::Course>("CreateCourse", Specialist(),
                            Proto<v1::CreateCourseRequest>(absl::StrCat("course_id: '", id, "' course { title: '直播合規' ", terms, " }")));
  }
  absl::StatusOr<v1::Session> CreateSession(const std::string& id, CivilDay day, int capacity) {
    return Call<v1::Session>(
        "CreateSession", Specialist(),
        Proto<v1::CreateSessionRequest>(absl::StrCat("parent: 'courses/live' session_id: '", id,
                                                     "' session { trainer: 'Dr. Wu' capacity: ", capacity, " ", Date("date", day), " }")));
  }
  absl::StatusOr<Enrollment> Enroll(const std::string& employee, const std::string& session = kSession) {
    return Call<Enrollment>("EnrollEmployee", Specialist(),
                            Proto<v1::EnrollEmployeeRequest>(absl::StrCat("name: '", session, "' employee: 'employees/", employee, "'")));
  }
  absl::StatusOr<Enrollment> Record(const std::string& employee, const std::string& result, const std::string& session = kSession) {
    return Call<Enrollment>(
        "RecordResult", Specialist(),
        Proto<v1::RecordResultRequest>(absl::StrCat("name: '", session, "' employee: 'employees/", employee, "' ", result)));
  }
  absl::StatusOr<Certificate> Revoke(const std::string& name, const std::string& more = "") {
    return Call<Certificate>("RevokeCertificate", Manager(),
                             Proto<v1::RevokeCertificateRequest>(absl::StrCat("name: '", name, "' reason: 'wrong person' ", more)));
  }
  absl::StatusOr<Certificate> GetCertificate(const std::string& name) {
    return Call<Certificate>("GetCertificate", Analyst(), Proto<v1::GetCertificateRequest>(absl::StrCat("name: '", name, "'")));
  }
  absl::StatusOr<Employee> GetEmployee(const std::string& id) { return GetEmployee(Analyst(), id); }
  absl::StatusOr<Employee> GetEmployee(const rpc::Call& caller, const std::string& id) {
    return Call<Employee>("GetEmployee", caller, Proto<v1::GetEmployeeRequest>(absl::StrCat("name: 'employees/", id, "'")));
  }
  absl::StatusOr<v1::CheckQualificationResponse> Check(const std::string& employees, const std::string& requirement, CivilDay first,
                                                       CivilDay last) {
    return Call<v1::CheckQualificationResponse>(
        "CheckQualification", ServiceCaller(),
        Proto<v1::CheckQualificationRequest>(
            absl::StrCat(employees, " requirement { ", requirement, " } ", Date("start_date", first), Date("end_date", last))));
  }
  // A position, li-ming and wang-fang, a course valid for 30 days from 60 points, and a session of it on 2026-01-10 with two seats.
  void SetUpTraining() {
    ASSERT_THAT(CreatePosition(), IsOk());
    ASSERT_THAT(Hire("li-ming"), IsOk());
    ASSERT_THAT(Hire("wang-fang"), IsOk());
    ASSERT_THAT(CreateCourse("live", "validity_days: 30 pass_score: 60"), IsOk());
    ASSERT_THAT(CreateSession("january", CivilDay(2026, 1, 10), 2), IsOk());
  }
};

TEST_F(PersonnelTest, KeepsPositionsWithRolesOfPeopleAndCoursesThatExist) {
  EXPECT_THAT(CreatePosition("roles: ROLE_SERVICE"), HasViolation("position.roles[0]", "ROLE_NOT_FOR_PEOPLE"));
  EXPECT_THAT(CreatePosition("roles: [ROLE_OPERATIONS_SPECIALIST, ROLE_PRODUCER]"),
              HasViolation("position.roles[1]", "ROLE_NOT_FOR_PEOPLE"));
  EXPECT_THAT(CreatePosition("required_courses: 'courses/live'"), HasViolation("position.required_courses[0]", "UNKNOWN_COURSE"));
  ASSERT_THAT(CreateCourse("live", ""), IsOk());
  ASSERT_THAT(CreatePosition("roles: ROLE_OPERATIONS_SPECIALIST required_courses: 'courses/live'"), IsOk());
  const auto position = Call<v1::Position>("GetPosition", Analyst(), Proto<v1::GetPositionRequest>("name: 'positions/specialist'"));
  ASSERT_THAT(position, IsOk());
  EXPECT_EQ(position->title(), "運營專員");
  EXPECT_THAT(position->responsibilities(), ElementsAre("runs activities"));
  EXPECT_THAT(position->roles(), ElementsAre(options::v1::ROLE_OPERATIONS_SPECIALIST));
  EXPECT_THAT(position->required_courses(), ElementsAre("courses/live"));
  const auto update = Proto<v1::UpdatePositionRequest>(
      "position { name: 'positions/specialist' required_courses: 'courses/none' } update_mask { paths: 'required_courses' }");
  EXPECT_THAT(Call<v1::Position>("UpdatePosition", Manager(), update), HasViolation("position.required_courses[0]", "UNKNOWN_COURSE"));
  const auto list = Call<v1::ListPositionsResponse>("ListPositions", Analyst(), v1::ListPositionsRequest());
  ASSERT_THAT(list, IsOk());
  EXPECT_THAT(list->positions(), SizeIs(1));
}

TEST_F(PersonnelTest, HiresIntoPositionsThatExist) {
  EXPECT_THAT(Hire("li-ming"), HasViolation("employee.position", "UNKNOWN_POSITION"));
  ASSERT_THAT(CreatePosition(), IsOk());
  const auto employee = Hire("li-ming");
  ASSERT_THAT(employee, IsOk());
  EXPECT_EQ(employee->name(), "employees/li-ming");
  EXPECT_EQ(employee->state(), Employee::STATE_ACTIVE);
  EXPECT_EQ(employee->creator(), "employees/manager");
  EXPECT_THAT(Hire("li-ming"), HasReason("ALREADY_EXISTS"));
  const auto update = Proto<v1::UpdateEmployeeRequest>(
      "employee { name: 'employees/li-ming' position: 'positions/none' } update_mask { paths: 'position' }");
  EXPECT_THAT(Call<Employee>("UpdateEmployee", Manager(), update), HasViolation("employee.position", "UNKNOWN_POSITION"));
  const auto list = Call<v1::ListEmployeesResponse>("ListEmployees", Analyst(),
                                                    Proto<v1::ListEmployeesRequest>("filter: 'position = \"positions/specialist\"'"));
  ASSERT_THAT(list, IsOk());
  ASSERT_THAT(list->employees(), SizeIs(1));
  EXPECT_EQ(list->employees(0).state(), Employee::STATE_ACTIVE);
}

TEST_F(PersonnelTest, FollowsAbsencesByTheCalendar) {
  ASSERT_THAT(CreatePosition(), IsOk());
  ASSERT_THAT(Hire("li-ming"), IsOk());
  const auto record = Proto<v1::RecordAbsenceRequest>(absl::StrCat("name: 'employees/li-ming' absence { reason: 'annual leave' ",
                                                                   Date("start_date", CivilDay(2026, 1, 16)),
                                                                   Date("end_date", CivilDay(2026, 1, 17)), " }"));
  ASSERT_THAT(Call<Employee>("RecordAbsence", Manager(), record), IsOk());
  // Days begin at midnight in Taipei, which is 16:00 UTC.
  clock_.Set(absl::FromUnixSeconds(1768492800) - absl::Microseconds(1));
  EXPECT_EQ(GetEmployee("li-ming")->state(), Employee::STATE_ACTIVE);
  clock_.Advance(absl::Microseconds(1));
  EXPECT_EQ(GetEmployee("li-ming")->state(), Employee::STATE_ON_LEAVE);
  EXPECT_EQ(GetEmployee(Manager(), "li-ming")->absences(0).reason(), "annual leave");
  EXPECT_THAT(Call<Employee>("RecordAbsence", Manager(), record), HasReason("ABSENCE_OVERLAPS"));
  clock_.Advance(absl::Hours(48));
  EXPECT_EQ(GetEmployee("li-ming")->state(), Employee::STATE_ACTIVE);

  auto cancel = Proto<v1::CancelAbsenceRequest>(absl::StrCat("name: 'employees/li-ming' ", Date("start_date", CivilDay(2026, 1, 17))));
  EXPECT_THAT(Call<Employee>("CancelAbsence", Manager(), cancel), HasReason("NO_SUCH_ABSENCE"));
  cancel.mutable_start_date()->set_day(16);
  cancel.set_etag("1");
  EXPECT_THAT(Call<Employee>("CancelAbsence", Manager(), cancel), HasReason("STALE_ETAG"));
  cancel.set_etag("2");
  const auto cancelled = Call<Employee>("CancelAbsence", Manager(), cancel);
  ASSERT_THAT(cancelled, IsOk());
  EXPECT_THAT(cancelled->absences(), IsEmpty());
}

// That somebody is absent is everybody's to know; why, hers and her managers'.
TEST_F(PersonnelTest, TellsTheReasonOfAnAbsenceToFew) {
  ASSERT_THAT(CreatePosition(), IsOk());
  ASSERT_THAT(Hire("li-ming"), IsOk());
  const auto record = Proto<v1::RecordAbsenceRequest>(absl::StrCat("name: 'employees/li-ming' absence { reason: 'an operation' ",
                                                                   Date("start_date", CivilDay(2026, 1, 16)),
                                                                   Date("end_date", CivilDay(2026, 1, 17)), " }"));
  const auto recorded = Call<Employee>("RecordAbsence", Manager(), record);
  ASSERT_THAT(recorded, IsOk());
  EXPECT_EQ(recorded->absences(0).reason(), "an operation");
  const absl::Time now = clock_.Now();
  const rpc::Call herself = test::By("employees/li-ming", {options::v1::ROLE_OPERATIONS_SPECIALIST}, now);
  const rpc::Call engineer = test::By("employees/engineer", {options::v1::ROLE_PLATFORM_ENGINEER}, now);
  const rpc::Call colleague = test::By("employees/colleague", {options::v1::ROLE_DEPARTMENT_MEMBER}, now);
  for (const rpc::Call& caller : {Manager(), herself}) EXPECT_EQ(GetEmployee(caller, "li-ming")->absences(0).reason(), "an operation");
  for (const rpc::Call& caller : {Specialist(), Analyst(), engineer, colleague, ServiceCaller()}) {
    const auto employee = GetEmployee(caller, "li-ming");
    ASSERT_THAT(employee, IsOk());
    ASSERT_THAT(employee->absences(), SizeIs(1)) << "who plans shifts must know the days";
    EXPECT_EQ(employee->absences(0).start_date().day(), 16);
    EXPECT_EQ(employee->absences(0).reason(), "") << caller.principal.name;
  }
}

TEST_F(PersonnelTest, EndsAndReinstatesEmployments) {
  ASSERT_THAT(CreatePosition(), IsOk());
  ASSERT_THAT(Hire("li-ming"), IsOk());
  const auto reinstate = Proto<v1::ReinstateEmployeeRequest>("name: 'employees/li-ming'");
  EXPECT_THAT(Call<Employee>("ReinstateEmployee", Manager(), reinstate), HasReason("NOT_TERMINATED"));
  const auto terminate = [&](CivilDay day) {
    return Call<Employee>("TerminateEmployee", Manager(),
                          Proto<v1::TerminateEmployeeRequest>(absl::StrCat("name: 'employees/li-ming' ", Date("leave_date", day))));
  };
  EXPECT_THAT(terminate(CivilDay(2025, 5, 31)), HasViolation("leave_date", "DATES_REVERSED"));
  ASSERT_THAT(terminate(CivilDay(2026, 1, 15)), IsOk());
  EXPECT_EQ(GetEmployee("li-ming")->state(), Employee::STATE_ACTIVE) << "the last day is a day of work";
  clock_.Advance(absl::Hours(24));
  const auto left = GetEmployee("li-ming");
  EXPECT_EQ(left->state(), Employee::STATE_LEFT);
  EXPECT_THAT(left->allowed_verbs(), ElementsAre("reinstate"));
  EXPECT_THAT(terminate(CivilDay(2026, 1, 20)), HasReason("ILLEGAL_TRANSITION"));
  const auto absence = Proto<v1::RecordAbsenceRequest>(absl::StrCat(
      "name: 'employees/li-ming' absence { ", Date("start_date", CivilDay(2026, 1, 2)), Date("end_date", CivilDay(2026, 1, 2)), " }"));
  EXPECT_THAT(Call<Employee>("RecordAbsence", Manager(), absence), HasReason("ILLEGAL_TRANSITION"));
  const auto back = Call<Employee>("ReinstateEmployee", Manager(), reinstate);
  ASSERT_THAT(back, IsOk());
  EXPECT_EQ(back->state(), Employee::STATE_ACTIVE);
  EXPECT_FALSE(back->has_leave_date());
}

TEST_F(PersonnelTest, IssuesACertificateForAPass) {
  SetUpTraining();
  const auto enrolled = Enroll("li-ming");
  ASSERT_THAT(enrolled, IsOk());
  EXPECT_EQ(enrolled->name(), absl::StrCat(kSession, "/enrollments/li-ming"));
  EXPECT_EQ(enrolled->state(), Enrollment::STATE_ENROLLED);
  EXPECT_THAT(enrolled->allowed_verbs(), ElementsAre("cancel", "recordResult"));
  const auto result = Record("li-ming", "attended: true score: 60");
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->state(), Enrollment::STATE_RECORDED);
  EXPECT_EQ(result->outcome(), Enrollment::OUTCOME_PASSED);
  EXPECT_EQ(result->score(), 60);
  EXPECT_EQ(result->recorder(), "employees/specialist");
  const auto certificate = GetCertificate(result->certificate());
  ASSERT_THAT(certificate, IsOk());
  EXPECT_EQ(certificate->employee(), "employees/li-ming");
  EXPECT_EQ(certificate->course(), "courses/live");
  EXPECT_EQ(certificate->enrollment(), enrolled->name());
  EXPECT_EQ(time::ToDay(certificate->valid_from()), CivilDay(2026, 1, 10));
  EXPECT_EQ(time::ToDay(certificate->valid_until()), CivilDay(2026, 2, 8));
  EXPECT_EQ(certificate->state(), Certificate::STATE_ISSUED);
  EXPECT_THAT(certificate->allowed_verbs(), ElementsAre("revoke"));
}

TEST_F(PersonnelTest, IssuesNoneForLess) {
  SetUpTraining();
  ASSERT_THAT(Enroll("li-ming"), IsOk());
  ASSERT_THAT(Enroll("wang-fang"), IsOk());
  const auto failed = Record("li-ming", "attended: true score: 59");
  ASSERT_THAT(failed, IsOk());
  EXPECT_EQ(failed->outcome(), Enrollment::OUTCOME_FAILED);
  EXPECT_EQ(failed->certificate(), "");
  const auto absent = Record("wang-fang", "attended: false");
  ASSERT_THAT(absent, IsOk());
  EXPECT_EQ(absent->outcome(), Enrollment::OUTCOME_ABSENT);
  EXPECT_FALSE(absent->has_score());
  const auto list = Call<v1::ListCertificatesResponse>("ListCertificates", Analyst(), v1::ListCertificatesRequest());
  ASSERT_THAT(list, IsOk());
  EXPECT_THAT(list->certificates(), IsEmpty());
  const auto corrected = Record("li-ming", "attended: true score: 95");
  ASSERT_THAT(corrected, IsOk());
  EXPECT_EQ(corrected->outcome(), Enrollment::OUTCOME_PASSED);
}

TEST_F(PersonnelTest, RefusesResultsThatCannotBe) {
  SetUpTraining();
  EXPECT_THAT(Record("li-ming", "attended: true score: 60"), HasReason("NOT_ENROLLED"));
  ASSERT_THAT(Enroll("li-ming"), IsOk());
  EXPECT_THAT(Record("li-ming", "attended: true"), HasViolation("score", "SCORE_MISSING"));
  EXPECT_THAT(Record("li-ming", "score: 70"), HasViolation("score", "SCORE_OF_ABSENT"));
  EXPECT_THAT(Record("li-ming", "attended: true score: 101"), HasViolation("score", "BAD_VALUE"));
  EXPECT_THAT(Record("li-ming", "attended: true score: 60 etag: '9'"), HasReason("STALE_ETAG"));
  EXPECT_THAT(Record("li-ming", "attended: true score: 60", "courses/live/sessions/none"), HasReason("NOT_FOUND"));
  ASSERT_THAT(CreateSession("february", CivilDay(2026, 2, 10), 5), IsOk());
  ASSERT_THAT(Enroll("li-ming", "courses/live/sessions/february"), IsOk());
  EXPECT_THAT(Record("li-ming", "attended: true score: 60", "courses/live/sessions/february"), HasReason("SESSION_NOT_HELD"));
  clock_.Advance(absl::Hours(24 * 26));
  EXPECT_THAT(Record("li-ming", "attended: true score: 60", "courses/live/sessions/february"), IsOk());
}

TEST_F(PersonnelTest, IssuesOneCertificateForOneResultUnderConcurrency) {
  SetUpTraining();
  for (int round = 0; round < 10; ++round) {
    const std::string id = absl::StrCat("round-", round);
    ASSERT_THAT(CreateSession(id, CivilDay(2026, 1, 10), 2), IsOk());
    const std::string session = absl::StrCat("courses/live/sessions/", id);
    ASSERT_THAT(Enroll("li-ming", session), IsOk());
    const std::vector<absl::Status> outcomes =
        AtOnce(8, [&](int) { return Record("li-ming", "attended: true score: 90", session).status(); });
    EXPECT_EQ(std::count_if(outcomes.begin(), outcomes.end(), [](const absl::Status& s) { return s.ok(); }), 1);
    for (const absl::Status& outcome : outcomes) EXPECT_TRUE(outcome.ok() || status::ReasonOf(outcome) == "CERTIFICATE_ISSUED") << outcome;
  }
  const auto list = Call<v1::ListCertificatesResponse>("ListCertificates", Analyst(), v1::ListCertificatesRequest());
  ASSERT_THAT(list, IsOk());
  EXPECT_THAT(list->certificates(), SizeIs(10));
}

TEST_F(PersonnelTest, CorrectsAResultByRevokingItsCertificate) {
  SetUpTraining();
  ASSERT_THAT(Enroll("li-ming"), IsOk());
  const auto first = Record("li-ming", "attended: true score: 90");
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(Record("li-ming", "attended: true score: 50"), HasReason("CERTIFICATE_ISSUED"));
  EXPECT_THAT(Revoke(first->certificate(), "etag: '9'"), HasReason("STALE_ETAG"));
  const auto revoked = Revoke(first->certificate());
  ASSERT_THAT(revoked, IsOk());
  EXPECT_EQ(revoked->state(), Certificate::STATE_REVOKED);
  EXPECT_EQ(revoked->revoke_reason(), "wrong person");
  EXPECT_EQ(revoked->revoker(), "employees/manager");
  EXPECT_THAT(Revoke(first->certificate()), HasReason("ILLEGAL_TRANSITION"));
  v1::GetEnrollmentRequest get;
  get.set_name(first->name());
  const auto voided = Call<Enrollment>("GetEnrollment", Analyst(), get);
  ASSERT_THAT(voided, IsOk());
  EXPECT_EQ(voided->state(), Enrollment::STATE_VOIDED);
  EXPECT_EQ(voided->certificate(), "");
  EXPECT_FALSE(voided->has_score());
  const auto second = Record("li-ming", "attended: true score: 61");
  ASSERT_THAT(second, IsOk());
  EXPECT_NE(second->certificate(), first->certificate());
  EXPECT_EQ(GetCertificate(first->certificate())->state(), Certificate::STATE_REVOKED);
}

// On several nodes of a cluster only a changed row shows a conflict (Kind::Guard).
TEST_F(PersonnelTest, SeatsAndResultsChangeTheSessionsRow) {
  SetUpTraining();
  EXPECT_EQ(GuardOf("sessions", kSession), 0);
  ASSERT_THAT(Enroll("li-ming"), IsOk());
  EXPECT_EQ(GuardOf("sessions", kSession), 1);
  clock_.Advance(absl::Hours(24 * 60));
  ASSERT_THAT(Record("li-ming", "attended: true score: 60"), IsOk());
  EXPECT_EQ(GuardOf("sessions", kSession), 2);
}

TEST_F(PersonnelTest, GivesSeatsOnce) {
  SetUpTraining();
  ASSERT_THAT(Enroll("li-ming"), IsOk());
  EXPECT_THAT(Enroll("li-ming"), HasReason("ALREADY_EXISTS"));
  EXPECT_THAT(Enroll("nobody"), HasReason("NOT_FOUND"));
  EXPECT_THAT(Enroll("li-ming", "courses/live/sessions/none"), HasReason("NOT_FOUND"));
  ASSERT_THAT(Hire("newcomer", CivilDay(2026, 1, 11)), IsOk());
  EXPECT_THAT(Enroll("newcomer"), HasReason("NOT_EMPLOYED"));
  ASSERT_THAT(Enroll("wang-fang"), IsOk());
  ASSERT_THAT(Hire("third"), IsOk());
  EXPECT_THAT(Enroll("third"), HasReason("SESSION_FULL"));

  const auto cancel = Proto<v1::CancelEnrollmentRequest>(absl::StrCat("name: '", kSession, "/enrollments/wang-fang'"));
  const auto cancelled = Call<Enrollment>("CancelEnrollment", Specialist(), cancel);
  ASSERT_THAT(cancelled, IsOk());
  EXPECT_EQ(cancelled->state(), Enrollment::STATE_CANCELLED);
  EXPECT_THAT(Call<Enrollment>("CancelEnrollment", Specialist(), cancel), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(Record("wang-fang", "attended: true score: 60"), HasReason("NOT_ENROLLED"));
  ASSERT_THAT(Enroll("third"), IsOk());
  EXPECT_THAT(Enroll("wang-fang"), HasReason("SESSION_FULL")) << "the seat has gone to somebody else";
  const auto list = Call<v1::ListEnrollmentsResponse>(
      "ListEnrollments", Analyst(),
      Proto<v1::ListEnrollmentsRequest>(absl::StrCat("parent: '", kSession, "' filter: 'state = STATE_ENROLLED'")));
  ASSERT_THAT(list, IsOk());
  EXPECT_THAT(list->enrollments(), SizeIs(2));
}

TEST_F(PersonnelTest, NeverOverbooksUnderConcurrency) {
  SetUpTraining();
  constexpr int people = 8;
  for (int i = 0; i < people; ++i) ASSERT_THAT(Hire(absl::StrCat("p", i)), IsOk());
  for (int round = 0; round < 10; ++round) {
    const std::string id = absl::StrCat("round-", round);
    ASSERT_THAT(CreateSession(id, CivilDay(2026, 1, 10), 2), IsOk());
    const std::string session = absl::StrCat("courses/live/sessions/", id);
    const std::vector<absl::Status> outcomes = AtOnce(people, [&](int i) { return Enroll(absl::StrCat("p", i), session).status(); });
    for (const absl::Status& outcome : outcomes) EXPECT_TRUE(outcome.ok() || status::ReasonOf(outcome) == "SESSION_FULL") << outcome;
    const auto read = Call<v1::Session>("GetSession", Analyst(), Proto<v1::GetSessionRequest>(absl::StrCat("name: '", session, "'")));
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(read->enrolled_count(), 2);
  }
}

TEST_F(PersonnelTest, ChangesSessionsWithinWhatHasHappened) {
  SetUpTraining();
  ASSERT_THAT(Enroll("li-ming"), IsOk());
  ASSERT_THAT(Enroll("wang-fang"), IsOk());
  auto shrink =
      Proto<v1::UpdateSessionRequest>(absl::StrCat("session { name: '", kSession, "' capacity: 1 } update_mask { paths: 'capacity' }"));
  EXPECT_THAT(Call<v1::Session>("UpdateSession", Specialist(), shrink), HasReason("SESSION_FULL"));
  const auto move = Proto<v1::UpdateSessionRequest>(
      absl::StrCat("session { name: '", kSession, "' ", Date("date", CivilDay(2026, 1, 12)), " } update_mask { paths: 'date' }"));
  const auto moved = Call<v1::Session>("UpdateSession", Specialist(), move);
  ASSERT_THAT(moved, IsOk());
  EXPECT_EQ(moved->date().day(), 12);
  EXPECT_EQ(moved->trainer(), "Dr. Wu");
  ASSERT_THAT(Record("li-ming", "attended: true score: 60"), IsOk());
  auto again = move;
  again.mutable_session()->mutable_date()->set_day(13);
  EXPECT_THAT(Call<v1::Session>("UpdateSession", Specialist(), again), HasReason("SESSION_HELD"));
  const auto orphan = Proto<v1::CreateSessionRequest>(
      absl::StrCat("parent: 'courses/none' session { trainer: 't' capacity: 1 ", Date("date", CivilDay(2026, 1, 12)), " }"));
  EXPECT_THAT(Call<v1::Session>("CreateSession", Specialist(), orphan), HasReason("NOT_FOUND"));
  const auto list = Call<v1::ListSessionsResponse>("ListSessions", Analyst(), Proto<v1::ListSessionsRequest>("parent: 'courses/live'"));
  ASSERT_THAT(list, IsOk());
  EXPECT_THAT(list->sessions(), SizeIs(1));
}

TEST_F(PersonnelTest, KeepsTheDatesOfCertificatesWhenTheCourseChanges) {
  SetUpTraining();
  ASSERT_THAT(Enroll("li-ming"), IsOk());
  const auto result = Record("li-ming", "attended: true score: 60");
  ASSERT_THAT(result, IsOk());
  const auto update =
      Proto<v1::UpdateCourseRequest>("course { name: 'courses/live' validity_days: 5 } update_mask { paths: 'validity_days' }");
  ASSERT_THAT(Call<v1::Course>("UpdateCourse", Specialist(), update), IsOk());
  EXPECT_EQ(time::ToDay(GetCertificate(result->certificate())->valid_until()), CivilDay(2026, 2, 8));
  const auto course = Call<v1::Course>("GetCourse", Analyst(), Proto<v1::GetCourseRequest>("name: 'courses/live'"));
  ASSERT_THAT(course, IsOk());
  EXPECT_EQ(course->validity_days(), 5);
  EXPECT_EQ(course->pass_score(), 60);
  const auto list = Call<v1::ListCoursesResponse>("ListCourses", Analyst(), Proto<v1::ListCoursesRequest>("filter: 'pass_score >= 60'"));
  ASSERT_THAT(list, IsOk());
  EXPECT_THAT(list->courses(), SizeIs(1));
}

TEST_F(PersonnelTest, ChecksQualificationOnEveryDay) {
  SetUpTraining();
  ASSERT_THAT(Enroll("li-ming"), IsOk());
  const auto result = Record("li-ming", "attended: true score: 60");
  ASSERT_THAT(result, IsOk());
  constexpr char everybody[] = "employees: 'employees/li-ming' employees: 'employees/wang-fang' employees: 'employees/nobody'";
  auto check = Check(everybody, "courses: 'courses/live' min_count: 1", CivilDay(2026, 1, 10), CivilDay(2026, 2, 8));
  ASSERT_THAT(check, IsOk());
  EXPECT_TRUE(check->qualified());
  EXPECT_EQ(check->qualified_count(), 1);
  ASSERT_THAT(check->employees(), SizeIs(3));
  EXPECT_TRUE(check->employees(0).qualified());
  ASSERT_THAT(check->employees(0).facts(), SizeIs(2));
  EXPECT_EQ(check->employees(0).facts(1).subject(), result->certificate());
  EXPECT_EQ(check->employees(0).facts(1).version(), "1");
  EXPECT_EQ(check->employees(1).disqualifications(0).reason(), Disqualification::REASON_MISSING_CERTIFICATE);
  EXPECT_EQ(check->employees(2).disqualifications(0).reason(), Disqualification::REASON_UNKNOWN_EMPLOYEE);

  check = Check(everybody, "courses: 'courses/live'", CivilDay(2026, 1, 10), CivilDay(2026, 2, 8));
  ASSERT_THAT(check, IsOk());
  EXPECT_FALSE(check->qualified()) << "all three are demanded";
  EXPECT_EQ(check->required_count(), 3);

  check = Check("employees: 'employees/li-ming'", "courses: 'courses/live'", CivilDay(2026, 2, 8), CivilDay(2026, 2, 9));
  ASSERT_THAT(check, IsOk());
  ASSERT_THAT(check->employees(0).disqualifications(), SizeIs(1));
  EXPECT_EQ(check->employees(0).disqualifications(0).reason(), Disqualification::REASON_CERTIFICATE_EXPIRES);
  EXPECT_EQ(time::ToDay(check->employees(0).disqualifications(0).date()), CivilDay(2026, 2, 8));

  ASSERT_THAT(Revoke(result->certificate()), IsOk());
  check = Check("employees: 'employees/li-ming'", "courses: 'courses/live'", CivilDay(2026, 1, 20), CivilDay(2026, 1, 20));
  ASSERT_THAT(check, IsOk());
  EXPECT_EQ(check->employees(0).disqualifications(0).reason(), Disqualification::REASON_MISSING_CERTIFICATE);
  EXPECT_THAT(Check("employees: 'employees/li-ming'", "courses: 'courses/live'", CivilDay(2026, 2, 9), CivilDay(2026, 2, 8)),
              HasViolation("end_date", "DATES_REVERSED"));
}

TEST_F(PersonnelTest, ChecksWorkOnEveryDayAndCoursesOfThePosition) {
  SetUpTraining();
  const auto require = Proto<v1::UpdatePositionRequest>(
      "position { name: 'positions/specialist' required_courses: 'courses/live' } update_mask { paths: 'required_courses' }");
  ASSERT_THAT(Call<v1::Position>("UpdatePosition", Manager(), require), IsOk());
  constexpr char li_ming[] = "employees: 'employees/li-ming'";
  EXPECT_TRUE(Check(li_ming, "", CivilDay(2026, 1, 10), CivilDay(2026, 1, 20))->qualified());
  const auto by_position = Check(li_ming, "position_courses: true", CivilDay(2026, 1, 10), CivilDay(2026, 1, 20));
  ASSERT_THAT(by_position, IsOk());
  EXPECT_FALSE(by_position->qualified());
  EXPECT_EQ(by_position->employees(0).disqualifications(0).course(), "courses/live");
  const auto absence = Proto<v1::RecordAbsenceRequest>(absl::StrCat(
      "name: 'employees/li-ming' absence { ", Date("start_date", CivilDay(2026, 1, 20)), Date("end_date", CivilDay(2026, 1, 25)), " }"));
  ASSERT_THAT(Call<Employee>("RecordAbsence", Manager(), absence), IsOk());
  EXPECT_TRUE(Check(li_ming, "", CivilDay(2026, 1, 10), CivilDay(2026, 1, 19))->qualified());
  const auto away = Check(li_ming, "", CivilDay(2026, 1, 10), CivilDay(2026, 1, 20));
  ASSERT_THAT(away, IsOk());
  EXPECT_EQ(away->employees(0).disqualifications(0).reason(), Disqualification::REASON_NOT_ACTIVE);
  EXPECT_EQ(time::ToDay(away->employees(0).disqualifications(0).date()), CivilDay(2026, 1, 20));
}

TEST_F(PersonnelTest, AnswersARepeatedRequestWithoutDoingItAgain) {
  SetUpTraining();
  ASSERT_THAT(Enroll("li-ming"), IsOk());
  const auto first = Record("li-ming", "attended: true score: 60 request_id: 'r1'");
  const auto second = Record("li-ming", "attended: true score: 60 request_id: 'r1'");
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(first->certificate(), second->certificate());
}

TEST_F(PersonnelTest, LeavesPeopleToTheManager) {
  SetUpTraining();
  const auto hire = Proto<v1::CreateEmployeeRequest>("employee { display_name: 'x' }");
  EXPECT_EQ(Call<Employee>("CreateEmployee", Specialist(), hire).status().code(), absl::StatusCode::kPermissionDenied);
  const auto revoke = Proto<v1::RevokeCertificateRequest>("name: 'certificates/x' reason: 'r'");
  EXPECT_EQ(Call<Certificate>("RevokeCertificate", Specialist(), revoke).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Call<v1::Course>("CreateCourse", Analyst(), v1::CreateCourseRequest()).status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(PersonnelTest, RecordsWhoDidWhat) {
  SetUpTraining();
  ASSERT_THAT(Enroll("li-ming"), IsOk());
  const auto result = Record("li-ming", "attended: true score: 60");
  ASSERT_THAT(result, IsOk());
  ASSERT_THAT(Revoke(result->certificate()), IsOk());
  type::v1::ListEventsRequest request;
  request.set_subject(result->name());
  const auto events = Call<type::v1::ListEventsResponse>("ListEvents", Manager(), request);
  ASSERT_THAT(events, IsOk());
  std::vector<std::string> story;
  for (const auto& event : events->events()) story.push_back(absl::StrCat(event.principal(), " ", event.action()));
  EXPECT_THAT(story, ElementsAre("employees/specialist enroll", "employees/specialist record_result", "employees/manager void"));
}

TEST_F(PersonnelTest, JudgesManyCasesByOneQuestion) {
  SetUpTraining();
  ASSERT_THAT(Call<Enrollment>("EnrollEmployee", Specialist(),
                               Proto<v1::EnrollEmployeeRequest>("name: 'courses/live/sessions/january' employee: 'employees/li-ming'")),
              IsOk());
  // Valid from 2026-01-10 for 30 days.
  ASSERT_THAT(Call<Enrollment>("RecordResult", Specialist(),
                               Proto<v1::RecordResultRequest>(
                                   "name: 'courses/live/sessions/january' employee: 'employees/li-ming' attended: true score: 80")),
              IsOk());
  const auto ask = [&](const std::string& cases) {
    return Call<v1::CheckQualificationCasesResponse>("CheckQualificationCases", ServiceCaller(),
                                                     Proto<v1::CheckQualificationCasesRequest>(cases));
  };
  const auto one = [](const std::string& who, const std::string& courses, CivilDay first, CivilDay last) {
    return absl::StrCat("cases { employee: 'employees/", who, "' ", courses, Date("start_date", first), Date("end_date", last), "} ");
  };
  const std::string live = "courses: 'courses/live' ";
  const auto judged = ask(one("li-ming", live, CivilDay(2026, 1, 12), CivilDay(2026, 1, 13)) +
                          one("li-ming", live, CivilDay(2026, 2, 7), CivilDay(2026, 2, 12)) +
                          one("wang-fang", live, CivilDay(2026, 1, 12), CivilDay(2026, 1, 12)) +
                          one("wang-fang", "", CivilDay(2026, 1, 12), CivilDay(2026, 1, 12)) +
                          one("nobody", "", CivilDay(2026, 1, 12), CivilDay(2026, 1, 12)));
  ASSERT_THAT(judged, IsOk());
  EXPECT_FALSE(judged->qualified());
  ASSERT_EQ(judged->cases_size(), 5);
  EXPECT_TRUE(judged->cases(0).qualified());
  EXPECT_EQ(judged->cases(1).disqualifications(0).reason(), v1::Disqualification::REASON_CERTIFICATE_EXPIRES);
  EXPECT_EQ(judged->cases(2).disqualifications(0).reason(), v1::Disqualification::REASON_MISSING_CERTIFICATE);
  EXPECT_TRUE(judged->cases(3).qualified());
  EXPECT_EQ(judged->cases(4).disqualifications(0).reason(), v1::Disqualification::REASON_UNKNOWN_EMPLOYEE);
  // Each fact once: two people, one certificate.
  EXPECT_EQ(judged->facts_size(), 3);
  EXPECT_TRUE(judged->cases(0).facts().empty());
  EXPECT_THAT(ask(one("li-ming", "", CivilDay(2026, 1, 12), CivilDay(2026, 1, 11))), HasViolation("cases[0].end_date", "DATES_REVERSED"));
}

}  // namespace
}  // namespace heitie::personnel
