#include "services/personnel/privacy/personal_file.h"

#include <random>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/event/event_log.h"
#include "common/job/sealing.h"
#include "common/record/json.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/personnel/privacy/export.h"
#include "services/personnel/service.h"

namespace heitie::personnel {
namespace {

using absl::CivilDay;
using test::By;
using test::HasReason;
using test::HasViolation;
using test::IsOk;
using test::Proto;
using v1::Employee;
using v1::PersonalFile;

constexpr char kHerName[] = "孟小滿", kWhy[] = "手術後休養", kMoved[] = "因個人因素調職";

TEST(EraseDay, IsTheDayAfterTheLastTermAndTheHold) {
  std::mt19937 random(11);
  for (int round = 0; round < 2000; ++round) {
    v1::RetentionPolicy policy;
    PersonalFile file;
    std::optional<CivilDay> expected = CivilDay(2000, 1, 1);
    const int purposes = static_cast<int>(random() % 4);
    for (int i = 0; i < purposes; ++i) {
      v1::HeldPurpose& held = *file.add_purposes();
      held.set_purpose(absl::StrCat("p", i));
      const CivilDay end = CivilDay(2026, 1, 1) + static_cast<int>(random() % 1000);
      const int days = static_cast<int>(random() % 1000);
      if (random() % 8 != 0) *held.mutable_end_date() = time::ToDate(end);
      if (random() % 8 != 0) {
        v1::RetentionTerm& term = *policy.add_terms();
        term.set_purpose(held.purpose());
        term.set_days(days);
      }
      const bool known =
          held.has_end_date() && policy.terms_size() > 0 && policy.terms(policy.terms_size() - 1).purpose() == held.purpose();
      if (!known) expected = std::nullopt;
      if (expected) expected = std::max(*expected, end + days + 1);
    }
    if (purposes == 0) expected = std::nullopt;
    if (random() % 2 == 0) {
      const CivilDay hold = CivilDay(2026, 1, 1) + static_cast<int>(random() % 3000);
      *file.mutable_legal_hold()->mutable_end_date() = time::ToDate(hold);
      if (expected) expected = std::max(*expected, hold + 1);
    }
    EXPECT_EQ(EraseDay(file, policy), expected) << file.DebugString() << policy.DebugString();
  }
}

class PersonalFileTest : public test::ServiceTest<Service> {
 protected:
  PersonalFileTest() : ServiceTest("personnel") {
    clock_.Set(absl::FromUnixSeconds(1768478400));  // 2026-01-15T12:00:00Z, the evening of that day in the business time zone
    EXPECT_THAT(Call<v1::Position>("CreatePosition", Manager(),
                                   Proto<v1::CreatePositionRequest>("position_id: 'p' position { title: 'P' responsibilities: 'r' "
                                                                    "roles: ROLE_OPERATIONS_SPECIALIST }")),
                IsOk());
    Hire("meng", kHerName);
    Hire("bo", "Bo Stays");
  }

  rpc::Call Second() const { return By("employees/second", {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now()); }
  rpc::Call Herself() const { return By("employees/meng", {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now()); }

  void Hire(const std::string& id, const std::string& name) {
    v1::CreateEmployeeRequest request;
    request.set_employee_id(id);
    request.set_request_id("hire-" + id);
    request.mutable_employee()->set_display_name(name);
    request.mutable_employee()->set_position("positions/p");
    request.mutable_employee()->set_department("operations");
    *request.mutable_employee()->mutable_hire_date() = time::ToDate(CivilDay(2020, 3, 1));
    EXPECT_THAT(Call<Employee>("CreateEmployee", Manager(), request), IsOk());
  }
  template <typename Req>
  absl::StatusOr<PersonalFile> Ask(const std::string& method, const rpc::Call& call, const std::string& request) {
    return Call<PersonalFile>(method, call, Proto<Req>(request));
  }
  void Record() {
    EXPECT_THAT(
        Call<Employee>("RecordAbsence", Manager(),
                       Proto<v1::RecordAbsenceRequest>(absl::StrCat(
                           "name: 'employees/meng' request_id: 'absence' absence { start_date { year: 2026 month: 1 day: 2 } end_date { "
                           "year: 2026 month: 1 day: 3 } reason: '",
                           kWhy, "' }"))),
        IsOk());
    EXPECT_THAT(
        Call<Employee>(
            "TransferEmployee", Manager(),
            Proto<v1::TransferEmployeeRequest>(absl::StrCat(
                "name: 'employees/meng' start_date { year: 2025 month: 6 day: 1 } position: 'positions/p' department: 'live' reason: '",
                kMoved, "'"))),
        IsOk());
  }
  void Leave() {
    EXPECT_THAT(Call<Employee>("TerminateEmployee", Manager(),
                               Proto<v1::TerminateEmployeeRequest>("name: 'employees/meng' leave_date { year: 2026 month: 1 day: 10 }")),
                IsOk());
  }
  void Open() { EXPECT_THAT(Ask<v1::CreatePersonalFileRequest>("CreatePersonalFile", Manager(), kOpen), IsOk()); }
  std::string Dump() {
    std::string dump;
    EXPECT_THAT(test::DumpOf(database_.get(), &dump), IsOk());
    return dump;
  }
  absl::StatusOr<Employee> Get() {
    return Call<Employee>("GetEmployee", Manager(), Proto<v1::GetEmployeeRequest>("name: 'employees/meng'"));
  }

  static constexpr char kOpen[] = "personal_file_id: 'f' personal_file { person: 'employees/meng' }";
  static constexpr char kName[] = "name: 'personalFiles/f' ";
};

TEST_F(PersonalFileTest, NothingOfHersIsStoredReadable) {
  Record();
  Leave();
  Open();
  EXPECT_THAT(Ask<v1::PlaceLegalHoldRequest>("PlaceLegalHold", Manager(),
                                             absl::StrCat(kName, "reason: '勞資爭議' end_date { year: 2026 month: 6 day: 1 }")),
              IsOk());
  const std::string dump = Dump();
  for (const char* text : {kHerName, kWhy, kMoved, "Bo Stays", "勞資爭議"}) EXPECT_FALSE(absl::StrContains(dump, text)) << text;
  const auto employee = Get();
  ASSERT_THAT(employee, IsOk());
  EXPECT_EQ(employee->display_name(), kHerName);
  EXPECT_EQ(employee->absences(0).reason(), kWhy);
  // A repeated request gets the first answer, opened.
  v1::CreateEmployeeRequest again;
  again.set_employee_id("meng");
  again.set_request_id("hire-meng");
  again.mutable_employee()->set_display_name(kHerName);
  again.mutable_employee()->set_position("positions/p");
  again.mutable_employee()->set_department("operations");
  *again.mutable_employee()->mutable_hire_date() = time::ToDate(CivilDay(2020, 3, 1));
  const auto first = Call<Employee>("CreateEmployee", Manager(), again);
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->display_name(), kHerName);
  EXPECT_EQ(first->etag(), "1");
}

TEST_F(PersonalFileTest, WhatLooksSealedHarmsNobody) {
  const std::string forged = absl::StrCat("sealed:1:", std::string(32, '0'), ":AAAA");
  Hire("forger", forged);
  v1::TransferEmployeeRequest request;
  request.set_name("employees/forger");
  *request.mutable_start_date() = time::ToDate(CivilDay(2025, 6, 1));
  request.set_position("positions/p");
  request.set_department(forged);
  request.set_reason(forged);
  EXPECT_THAT(Call<Employee>("TransferEmployee", Manager(), request), IsOk());
  const auto listed = Call<v1::ListEmployeesResponse>("ListEmployees", Manager(), Proto<v1::ListEmployeesRequest>(""));
  ASSERT_THAT(listed, IsOk());
  ASSERT_EQ(listed->employees_size(), 3);
  EXPECT_EQ(listed->employees(1).display_name(), forged);
  EXPECT_EQ(listed->employees(1).assignments(1).reason(), forged);
  EXPECT_EQ(listed->employees(1).department(), forged);
  EXPECT_THAT(Call<type::v1::ListEventsResponse>("ListEvents", Manager(), type::v1::ListEventsRequest()), IsOk());
}

TEST_F(PersonalFileTest, SealedFieldsAreNotFilteredOrOrderedBy) {
  for (const char* filter : {"display_name = \"孟小滿\"", "display_name : \"孟\"", "absences : \"x\""}) {
    v1::ListEmployeesRequest request;
    request.set_filter(filter);
    EXPECT_THAT(Call<v1::ListEmployeesResponse>("ListEmployees", Manager(), request), HasViolation("filter", "BAD_VALUE")) << filter;
  }
  v1::ListEmployeesRequest request;
  request.set_order_by("display_name");
  EXPECT_THAT(Call<v1::ListEmployeesResponse>("ListEmployees", Manager(), request), HasViolation("order_by", "BAD_VALUE"));
}

TEST_F(PersonalFileTest, TwoPeopleEraseAndNothingIsReadAnyMore) {
  Record();
  Open();
  EXPECT_THAT(Ask<v1::CreatePersonalFileRequest>("CreatePersonalFile", Manager(), "personal_file { person: 'employees/meng' }"),
              HasReason("FILE_EXISTS"));
  EXPECT_THAT(Ask<v1::CreatePersonalFileRequest>("CreatePersonalFile", Manager(), "personal_file { person: 'employees/nobody' }"),
              HasReason("NOT_FOUND"));
  EXPECT_THAT(Ask<v1::ProposeErasureRequest>("ProposeErasure", Manager(), absl::StrCat(kName, "reason: '本人要求'")),
              HasReason("PURPOSE_LASTS"));
  Leave();
  EXPECT_THAT(Ask<v1::PlaceLegalHoldRequest>("PlaceLegalHold", Manager(),
                                             absl::StrCat(kName, "reason: 'x' end_date { year: 2026 month: 1 day: 14 }")),
              HasViolation("end_date", "HOLD_IS_OVER"));
  EXPECT_THAT(Ask<v1::PlaceLegalHoldRequest>("PlaceLegalHold", Manager(),
                                             absl::StrCat(kName, "reason: '勞資爭議' end_date { year: 2026 month: 1 day: 15 }")),
              IsOk());
  EXPECT_THAT(Ask<v1::ProposeErasureRequest>("ProposeErasure", Manager(), absl::StrCat(kName, "reason: '本人要求'")),
              HasReason("UNDER_LEGAL_HOLD"));
  EXPECT_THAT(Ask<v1::LiftLegalHoldRequest>("LiftLegalHold", Manager(), kName), IsOk());
  const auto proposed = Ask<v1::ProposeErasureRequest>("ProposeErasure", Manager(), absl::StrCat(kName, "reason: '本人要求'"));
  ASSERT_THAT(proposed, IsOk());
  EXPECT_EQ(proposed->state(), PersonalFile::STATE_ERASURE_PROPOSED);
  EXPECT_EQ(proposed->reason(), "本人要求");
  EXPECT_THAT(Ask<v1::ApproveErasureRequest>("ApproveErasure", Manager(), kName), HasReason("OWN_PROPOSAL"));
  // Nobody decides about herself, whatever her role is; who does not see the file is told nothing.
  EXPECT_THAT(
      Ask<v1::ApproveErasureRequest>("ApproveErasure", By("employees/meng", {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now()), kName),
      HasReason("OWN_PROPOSAL"));
  EXPECT_EQ(Get()->display_name(), kHerName);
  const auto erased = Ask<v1::ApproveErasureRequest>("ApproveErasure", Second(), absl::StrCat(kName, "request_id: 'erase'"));
  ASSERT_THAT(erased, IsOk());
  EXPECT_EQ(erased->state(), PersonalFile::STATE_ERASED);
  EXPECT_EQ(erased->reason(), "");
  EXPECT_EQ(erased->approver(), "employees/second");
  // At once here.
  const auto employee = Get();
  ASSERT_THAT(employee, IsOk());
  EXPECT_EQ(employee->display_name(), "");
  EXPECT_TRUE(employee->has_erase_time());
  ASSERT_EQ(employee->absences_size(), 1);
  EXPECT_EQ(employee->absences(0).reason(), "");
  EXPECT_EQ(time::ToDay(employee->absences(0).start_date()), CivilDay(2026, 1, 2));
  for (const v1::Assignment& assignment : employee->assignments()) EXPECT_EQ(assignment.reason(), "");
  const std::string dump = Dump();
  for (const char* text : {kHerName, kWhy, kMoved, "本人要求", "勞資爭議"}) EXPECT_FALSE(absl::StrContains(dump, text)) << text;
  // Events and first answers still read, without her.
  type::v1::ListEventsRequest list;
  list.set_subject("employees/meng");
  const auto events = Call<type::v1::ListEventsResponse>("ListEvents", Manager(), list);
  ASSERT_THAT(events, IsOk());
  ASSERT_EQ(events->events_size(), 5);
  EXPECT_EQ(events->events(4).action(), "erase");
  for (const type::v1::Event& event : events->events()) {
    for (const std::string& side : {event.before_json(), event.after_json()}) {
      Employee told;
      if (side.empty()) continue;
      EXPECT_TRUE(record::FromKnownJson(side, &told)) << side;
      EXPECT_EQ(told.display_name(), "");
      for (const char* text : {kHerName, kWhy, kMoved}) EXPECT_FALSE(absl::StrContains(side, text)) << side;
    }
  }
  const auto repeated = Call<Employee>("RecordAbsence", Manager(),
                                       Proto<v1::RecordAbsenceRequest>(absl::StrCat(
                                           "name: 'employees/meng' request_id: 'absence' absence { start_date { year: 2026 month: 1 "
                                           "day: 2 } end_date { year: 2026 month: 1 day: 3 } reason: '",
                                           kWhy, "' }")));
  ASSERT_THAT(repeated, IsOk());
  EXPECT_EQ(repeated->display_name(), "");
  EXPECT_EQ(repeated->absences_size(), 1);
  // Nothing is recorded about her again, by nobody.
  v1::UpdateEmployeeRequest update;
  update.mutable_employee()->set_name("employees/meng");
  update.mutable_employee()->set_display_name(kHerName);
  update.mutable_update_mask()->add_paths("display_name");
  EXPECT_THAT(Call<Employee>("UpdateEmployee", Manager(), update), HasReason("PERSON_ERASED"));
  EXPECT_THAT(Ask<v1::ProposeErasureRequest>("ProposeErasure", Manager(), absl::StrCat(kName, "reason: 'x'")),
              HasReason("ILLEGAL_TRANSITION"));
  EXPECT_EQ(Call<Employee>("GetEmployee", Manager(), Proto<v1::GetEmployeeRequest>("name: 'employees/bo'"))->display_name(), "Bo Stays");
}

TEST_F(PersonalFileTest, TheDayErasesByItself) {
  Record();
  Leave();
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  auto listed = Call<v1::ListPersonalFilesResponse>("ListPersonalFiles", Manager(), Proto<v1::ListPersonalFilesRequest>(""));
  ASSERT_THAT(listed, IsOk());
  ASSERT_EQ(listed->personal_files_size(), 1) << "bo is employed";
  const PersonalFile file = listed->personal_files(0);
  EXPECT_EQ(file.person(), "employees/meng");
  EXPECT_EQ(file.retention_policy(), "retentionPolicies/default");
  EXPECT_EQ(time::ToDay(file.erase_date()), CivilDay(2026, 1, 10) + 1827 + 1);
  // Another version of the terms counts from the day it is in force.
  const auto draft = Call<v1::RetentionPolicy>(
      "CreateRetentionPolicy", Manager(),
      Proto<v1::CreateRetentionPolicyRequest>("retention_policy_id: 'short' retention_policy { reason: 'short' terms { purpose: "
                                              "'employment' days: 30 } terms { purpose: 'talent_pool' } }"));
  ASSERT_THAT(draft, IsOk());
  ASSERT_THAT(Call<v1::RetentionPolicy>("PublishRetentionPolicy", Manager(),
                                        Proto<v1::PublishRetentionPolicyRequest>("name: 'retentionPolicies/short'")),
              IsOk());
  clock_.Advance(absl::Hours(1));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  const auto get = [&] {
    return *Call<PersonalFile>("GetPersonalFile", Manager(), Proto<v1::GetPersonalFileRequest>(absl::StrCat("name: '", file.name(), "'")));
  };
  EXPECT_EQ(time::ToDay(get().erase_date()), CivilDay(2026, 2, 10));
  // A consent that ends later, and a hold that ends later still.
  EXPECT_THAT(Ask<v1::RecordConsentRequest>("RecordConsent", Manager(),
                                            absl::StrCat("name: '", file.name(), "' end_date { year: 2026 month: 2 day: 20 }")),
              IsOk());
  EXPECT_EQ(time::ToDay(get().erase_date()), CivilDay(2026, 2, 21));
  EXPECT_THAT(Ask<v1::PlaceLegalHoldRequest>("PlaceLegalHold", Manager(),
                                             absl::StrCat("name: '", file.name(), "' reason: 'x' end_date { year: 2026 month: 3 day: 1 }")),
              IsOk());
  EXPECT_EQ(time::ToDay(get().erase_date()), CivilDay(2026, 3, 2));
  clock_.Set(absl::FromCivil(CivilDay(2026, 3, 1), absl::UTCTimeZone()) + absl::Hours(12));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ(get().state(), PersonalFile::STATE_HELD);
  EXPECT_EQ(Get()->display_name(), kHerName);
  clock_.Advance(absl::Hours(24));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ(get().state(), PersonalFile::STATE_ERASED);
  EXPECT_FALSE(get().has_erase_date());
  EXPECT_EQ(Get()->display_name(), "");
}

TEST_F(PersonalFileTest, WhoCameBackIsNotErased) {
  Leave();
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_THAT(Call<Employee>("ReinstateEmployee", Manager(), Proto<v1::ReinstateEmployeeRequest>("name: 'employees/meng'")), IsOk());
  clock_.Set(absl::FromCivil(CivilDay(2032, 3, 1), absl::UTCTimeZone()));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ(Get()->display_name(), kHerName);
  const auto listed = Call<v1::ListPersonalFilesResponse>("ListPersonalFiles", Manager(), Proto<v1::ListPersonalFilesRequest>(""));
  ASSERT_EQ(listed->personal_files_size(), 1);
  EXPECT_EQ(listed->personal_files(0).state(), PersonalFile::STATE_HELD);
  EXPECT_FALSE(listed->personal_files(0).has_erase_date());
}

// Employees of a version before: plain rows, events and first answers.
TEST_F(PersonalFileTest, WhoWasRecordedBeforeIsSealedAndErasedAlike) {
  Record();
  const Employee employee = *Get();
  const std::string json = record::ToJson(employee);
  const auto sql = [&](const std::string& statement, const sql::Values& values) {
    EXPECT_THAT(database_.get().Write(absl::Now() + absl::Seconds(20),
                                      [&](sql::Session& session) { return session.Execute(statement, values).status(); }),
                IsOk());
  };
  sql("UPDATE employees SET display_name = ?, absences = ? WHERE name = 'employees/meng'",
      sql::Bind(kHerName,
                absl::StrCat(
                    R"({"absences":[{"start_date":{"year":2026,"month":1,"day":2},"end_date":{"year":2026,"month":1,"day":3},"reason":")",
                    kWhy, R"("}]})")));
  sql("UPDATE event SET payload = ?, before_json = NULL WHERE aggregateid = 'employees/meng'", sql::Bind(json));
  sql("UPDATE idempotency SET response = ? WHERE request_id IN ('hire-meng', 'absence')", sql::Bind(employee.SerializeAsString()));
  ASSERT_TRUE(absl::StrContains(Dump(), kHerName));
  EXPECT_EQ(Get()->display_name(), kHerName);
  job::KeepSealed(jobs_, store_);
  ASSERT_THAT(event::PlaceAll(store_, absl::Now() + absl::Seconds(20)), IsOk());
  for (int i = 0; i < 3; ++i) {
    ASSERT_THAT(jobs_.RunDue(), IsOk());
    clock_.Advance(absl::Minutes(1));
  }
  const std::string dump = Dump();
  for (const char* text : {kHerName, kWhy, kMoved}) EXPECT_FALSE(absl::StrContains(dump, text)) << text;
  EXPECT_EQ(Get()->absences(0).reason(), kWhy);
  EXPECT_EQ(Get()->etag(), employee.etag());
  // Also where the job has not come so far.
  sql("UPDATE event SET payload = ?, before_json = ? WHERE aggregateid = 'employees/meng'", sql::Bind(json, json));
  Leave();
  Open();
  ASSERT_THAT(Ask<v1::ProposeErasureRequest>("ProposeErasure", Manager(), absl::StrCat(kName, "reason: 'x'")), IsOk());
  ASSERT_THAT(Ask<v1::ApproveErasureRequest>("ApproveErasure", Second(), kName), IsOk());
  EXPECT_FALSE(absl::StrContains(Dump(), kHerName));
  EXPECT_EQ(Get()->display_name(), "");
}

TEST_F(PersonalFileTest, OnlyThePersonAndManagersSeeTheFile) {
  Leave();
  Open();
  const auto get = [&](const rpc::Call& call) {
    return Call<PersonalFile>("GetPersonalFile", call, Proto<v1::GetPersonalFileRequest>(kName));
  };
  EXPECT_THAT(get(Manager()), IsOk());
  EXPECT_THAT(get(Herself()), IsOk());
  for (const rpc::Call& call : {Specialist(), Analyst(), By("employees/tsai", {options::v1::ROLE_PLATFORM_ENGINEER}, clock_.Now())}) {
    EXPECT_THAT(get(call), HasReason("NOT_FOUND"));
    EXPECT_EQ(
        Call<v1::ListPersonalFilesResponse>("ListPersonalFiles", call, Proto<v1::ListPersonalFilesRequest>(""))->personal_files_size(), 0);
  }
}

TEST_F(PersonalFileTest, AWholeRecordIsHadByThePersonAndManagers) {
  Record();
  Leave();
  Open();
  const auto ask = [&](const rpc::Call& call, const std::string& rest) {
    return Call<v1::ExportPersonResponse>("ExportPerson", call, Proto<v1::ExportPersonRequest>("person: 'employees/meng' " + rest));
  };
  const auto all = ask(Herself(), "");
  ASSERT_THAT(all, IsOk());
  std::vector<std::string> names;
  for (const v1::ExportedResource& resource : all->resources()) names.push_back(resource.type());
  EXPECT_THAT(names, ::testing::ElementsAre("personnel.heitie/Employee", "personnel.heitie/Handover", "personnel.heitie/PersonalFile"));
  EXPECT_TRUE(absl::StrContains(all->resources(0).json(), kHerName));
  EXPECT_TRUE(absl::StrContains(all->resources(0).json(), kWhy));
  // Page by page the same.
  std::vector<std::string> paged;
  std::string token;
  do {
    const auto page = ask(Manager(), absl::StrCat("page_size: 1 page_token: '", token, "'"));
    ASSERT_THAT(page, IsOk());
    for (const v1::ExportedResource& resource : page->resources()) paged.push_back(resource.type());
    token = page->next_page_token();
  } while (!token.empty() && paged.size() < 10);
  EXPECT_EQ(paged, names);
  EXPECT_THAT(ask(Specialist(), ""), HasReason("NOT_FOUND"));
  EXPECT_THAT(ask(By("employees/tsai", {options::v1::ROLE_PLATFORM_ENGINEER}, clock_.Now()), ""), HasReason("NOT_FOUND"));
  EXPECT_THAT(ask(Manager(), "page_token: 'x'"), HasViolation("page_token", "BAD_VALUE"));
  EXPECT_THAT(Call<v1::ExportPersonResponse>("ExportPerson", Manager(), Proto<v1::ExportPersonRequest>("person: 'employees/nobody'")),
              HasReason("NOT_FOUND"));
}

TEST(RecordsOfPerson, AreWhatNamesThePersonAsWhoseTheyAre) {
  std::set<std::string> found;
  for (const RecordsOfPerson& records : RecordsOf(*Employee::descriptor(), "heitie.personnel.v1"))
    found.insert(absl::StrCat(records.kind->name(), " ", records.field));
  for (const char* wanted : {"Employee ", "Certificate employee", "Enrollment employee", "PersonalFile person", "SkillAssessment employee"})
    EXPECT_EQ(found.count(wanted), 1u) << wanted;
}

}  // namespace
}  // namespace heitie::personnel
