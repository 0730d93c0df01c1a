#include "services/personnel/staff/step.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/personnel/v1/course.pb.h"
#include "heitie/personnel/v1/duty.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/pending_step.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/personnel/v1/position_template.pb.h"
#include "services/personnel/service.h"
#include "services/personnel/staff/approval.h"
#include "services/personnel/staff/position.h"
#include "services/personnel/staff/teams.h"

namespace heitie::personnel {
namespace {

using absl::CivilDay;
using test::By;
using test::HasReason;
using test::IsOk;
using test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(AllBelow, IsWhatIsReachedFromOneToTheNext) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    const int size = 1 + static_cast<int>(random() % 9);
    std::map<std::string, std::vector<std::string>> reports;
    std::vector<std::vector<bool>> reached(size, std::vector<bool>(size));
    for (int below = 0; below < size; ++below) {
      if (random() % 3 == 0) continue;
      const int above = static_cast<int>(random() % size);  // circles and oneself included
      reports[absl::StrCat(above)].push_back(absl::StrCat(below));
      reached[above][below] = true;
    }
    for (int k = 0; k < size; ++k) {
      for (int i = 0; i < size; ++i) {
        for (int j = 0; j < size; ++j) reached[i][j] = reached[i][j] || (reached[i][k] && reached[k][j]);
      }
    }
    for (int above = 0; above < size; ++above) {
      std::vector<std::string> expected;
      for (int below = 0; below < size; ++below) {
        if (reached[above][below] && below != above) expected.push_back(absl::StrCat(below));
      }
      EXPECT_EQ(AllBelow(reports, absl::StrCat(above)), expected) << round;
    }
  }
}

class StepTest : public test::ServiceTest<Service> {
 protected:
  StepTest()
      : ServiceTest("personnel"),
        other_jobs_(store_, clock_, "services/personnel"),
        context_{store_, clock_, other_jobs_, [this](const std::string& target) -> client::Client& { return clients_[target]; }},
        courses_(store_),
        skills_(store_),
        duties_(store_),
        absence_kinds_(store_),
        positions_(store_, courses_, skills_, duties_),
        employees_(context_, positions_.kind(), absence_kinds_),
        steps_(context_, employees_),
        approvals_(context_, employees_) {
    clock_.Set(absl::FromUnixSeconds(1768478400));  // 2026-01-15T12:00:00Z, the evening of that day in the business time zone
    Adopt("operations-manager", "manager");
    Adopt("operations-specialist", "specialist");
    // boss leads li, li leads bo and an; wu is another manager.
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
    ASSERT_THAT(Call<v1::Employee>("CreateEmployee", Manager(), request), IsOk());
  }
  void Away(const std::string& id, const std::string& deputy) {
    v1::RecordAbsenceRequest request;
    request.set_name("employees/" + id);
    *request.mutable_absence()->mutable_start_date() = time::ToDate(CivilDay(2026, 1, 15));
    *request.mutable_absence()->mutable_end_date() = time::ToDate(CivilDay(2026, 1, 16));
    request.mutable_absence()->set_deputy("employees/" + deputy);
    ASSERT_THAT(Call<v1::Employee>("RecordAbsence", Manager(), request), IsOk());
  }
  rpc::Call Of(const std::string& id) const { return By("employees/" + id, {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now()); }
  absl::Status Do(const rpc::Call& call, const std::function<absl::Status(record::Transaction&)>& work) { return store_.Write(call, work); }
  void Open(const std::string& subject, const std::string& owner, absl::Duration due, const std::string& action = "approve") {
    ASSERT_THAT(Do(Manager(),
                   [&](record::Transaction& tx) {
                     return steps_.Open(tx, {subject, action, owner, clock_.Now() + due});
                   }),
                IsOk());
  }
  // "projects/a OWNER 0", …
  std::vector<std::string> Mine(const std::string& id) {
    const auto response = Call<v1::FindMyStepsResponse>("FindMySteps", Of(id), v1::FindMyStepsRequest());
    EXPECT_THAT(response, IsOk());
    std::vector<std::string> mine;
    if (!response.ok()) return mine;
    for (const v1::MyStep& step : response->steps()) {
      mine.push_back(
          absl::StrCat(step.step().subject(), " ", v1::MyStep::Ground_Name(step.ground()).substr(7), " ", step.step().escalations()));
    }
    return mine;
  }

  job::Runner other_jobs_;
  service::Context context_;
  record::Kind<v1::Course> courses_;
  record::Kind<v1::Skill> skills_;
  record::Kind<v1::Duty> duties_;
  record::Kind<v1::AbsenceKind> absence_kinds_;
  Positions positions_;
  Employees employees_;
  Steps steps_;
  Approvals approvals_;
};

TEST_F(StepTest, WaitsForItsOwnerUntilItIsDone) {
  Open("projects/b", "employees/bo", absl::Hours(2));
  Open("projects/a", "employees/bo", absl::Hours(1));
  Open("projects/c", "employees/an", absl::Hours(1));
  EXPECT_THAT(Mine("bo"), ElementsAre("projects/a OWNER 0", "projects/b OWNER 0"));
  EXPECT_THAT(Mine("li"), IsEmpty()) << "the superior is not concerned before it is overdue";

  Open("projects/b", "employees/an", absl::Minutes(30));
  EXPECT_THAT(Mine("bo"), ElementsAre("projects/a OWNER 0"));
  EXPECT_THAT(Mine("an"), ElementsAre("projects/b OWNER 0", "projects/c OWNER 0"));

  const auto done = [&](record::Transaction& tx) { return steps_.Done(tx, "projects/b", "approve"); };
  EXPECT_THAT(Do(Of("an"), done), IsOk());
  EXPECT_THAT(Do(Of("an"), done), IsOk()) << "twice is as good as once";
  EXPECT_THAT(Mine("an"), ElementsAre("projects/c OWNER 0"));
  Open("projects/b", "employees/bo", absl::Hours(3));
  EXPECT_THAT(Mine("bo"), ElementsAre("projects/a OWNER 0", "projects/b OWNER 0")) << "opened again";
}

TEST_F(StepTest, EndsWithItsSubject) {
  Open("projects/a", "employees/bo", absl::Hours(1), "approve");
  Open("projects/a", "employees/an", absl::Hours(1), "confirm");
  Open("projects/ab", "employees/an", absl::Hours(1), "confirm");
  EXPECT_THAT(Do(Manager(), [&](record::Transaction& tx) { return steps_.DoneAll(tx, "projects/a"); }), IsOk());
  EXPECT_THAT(Mine("bo"), IsEmpty());
  EXPECT_THAT(Mine("an"), ElementsAre("projects/ab OWNER 0"));
}

TEST_F(StepTest, OverdueItReachesTheSuperiorAndComesBackEveryDay) {
  Open("projects/a", "employees/bo", absl::Hours(1));
  const absl::Time due = clock_.Now() + absl::Hours(1);
  clock_.Set(due - absl::Seconds(1));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_THAT(Mine("li"), IsEmpty());
  clock_.Set(due);
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_THAT(Mine("li"), ElementsAre("projects/a ESCALATED 1"));
  EXPECT_THAT(Mine("bo"), ElementsAre("projects/a OWNER 1"));
  clock_.Set(due + absl::Hours(23));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_THAT(Mine("li"), ElementsAre("projects/a ESCALATED 1"));
  clock_.Set(due + absl::Hours(24));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_THAT(Mine("li"), ElementsAre("projects/a ESCALATED 2"));
  clock_.Set(due + absl::Hours(24 * 5 + 1));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_THAT(Mine("li"), ElementsAre("projects/a ESCALATED 6")) << "however long the service was away";

  ASSERT_THAT(Do(Of("bo"), [&](record::Transaction& tx) { return steps_.Done(tx, "projects/a", "approve"); }), IsOk());
  clock_.Advance(absl::Hours(48));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_THAT(Mine("li"), IsEmpty());
  EXPECT_THAT(Mine("bo"), IsEmpty());
}

TEST_F(StepTest, ADeputySeesWhatWaitsForWhoIsAbsent) {
  Open("projects/a", "employees/li", absl::Hours(1));
  EXPECT_THAT(Mine("an"), IsEmpty());
  Away("li", "an");
  EXPECT_THAT(Mine("an"), ElementsAre("projects/a DEPUTY 0"));
  EXPECT_THAT(Mine("bo"), IsEmpty());
  clock_.Advance(absl::Hours(48));
  EXPECT_THAT(Mine("an"), IsEmpty()) << "back at work";
}

TEST_F(StepTest, IsSeenByThoseItConcernsAndByManagers) {
  Open("projects/a", "employees/bo", absl::Hours(1));
  const auto seen = [&](const rpc::Call& call) {
    const auto list = Call<v1::ListPendingStepsResponse>("ListPendingSteps", call, v1::ListPendingStepsRequest());
    EXPECT_THAT(list, IsOk());
    return list.ok() ? list->pending_steps_size() : -1;
  };
  EXPECT_EQ(seen(Of("bo")), 1);
  EXPECT_EQ(seen(Of("an")), 0);
  EXPECT_EQ(seen(Of("li")), 0);
  EXPECT_EQ(seen(Manager()), 1);
  EXPECT_EQ(seen(By("employees/tsai", {options::v1::ROLE_PLATFORM_ENGINEER}, clock_.Now())), 0);
}

TEST_F(StepTest, NobodyDecidesForThemselves) {
  const auto check = [&](const rpc::Call& call, const std::string& proposer, const std::vector<std::string>& about = {}) {
    return Do(call, [&](record::Transaction& tx) { return approvals_.Check(tx, "employees/" + proposer, about); });
  };
  const auto manager = [&](const std::string& id) { return By("employees/" + id, {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now()); };
  EXPECT_THAT(check(Of("li"), "bo"), IsOk()) << "the superior, whatever the role";
  EXPECT_THAT(check(manager("wu"), "bo"), IsOk());
  EXPECT_THAT(check(manager("wu"), "wu"), HasReason("OWN_PROPOSAL"));
  EXPECT_THAT(check(manager("wu"), "bo", {"employees/wu"}), HasReason("OWN_PROPOSAL")) << "a manager whom it concerns";
  EXPECT_THAT(check(Of("bo"), "an"), HasReason("NOT_THE_APPROVER"));
  EXPECT_THAT(check(Of("bo"), "li"), HasReason("NOT_THE_APPROVER")) << "who is led does not lead";
  EXPECT_THAT(check(Of("an"), "bo"), HasReason("NOT_THE_APPROVER"));
  Away("li", "an");
  EXPECT_THAT(check(Of("an"), "bo"), IsOk()) << "the deputy of the superior";
  EXPECT_THAT(check(Of("an"), "an"), HasReason("OWN_PROPOSAL")) << "also as a deputy";
}

TEST_F(StepTest, ADecisionWaitsForTheFirstAboveWhoIsNotConcerned) {
  const auto approver = [&](const std::string& proposer, const std::vector<std::string>& about = {}) {
    std::string name;
    EXPECT_THAT(store_.Read(Manager(),
                            [&](sql::Session& session) -> absl::Status {
                              const auto found = approvals_.Approver(session, "employees/" + proposer, CivilDay(2026, 1, 15), about);
                              if (found.ok()) name = *found;
                              return found.status();
                            }),
                IsOk());
    return name;
  };
  EXPECT_EQ(approver("bo"), "employees/li");
  EXPECT_EQ(approver("bo", {"employees/li"}), "employees/boss");
  EXPECT_EQ(approver("bo", {"employees/li", "employees/boss"}), "employees/wu");
  EXPECT_EQ(approver("boss"), "employees/wu") << "managers stand in for each other";
  EXPECT_EQ(approver("nobody"), "");
}

TEST_F(StepTest, ATeamIsAsItWasCommitted) {
  const auto below = employees_.teams().Below();
  const auto of = [&](const std::string& id) { return below(Of(id).principal); };
  EXPECT_THAT(of("boss"), ElementsAre("employees/an", "employees/bo", "employees/li"));
  EXPECT_THAT(of("li"), ElementsAre("employees/an", "employees/bo"));
  EXPECT_THAT(of("bo"), IsEmpty());
}

}  // namespace
}  // namespace heitie::personnel
