#include "services/personnel/staffing/staff_figure.h"

#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/time/day.h"
#include "heitie/personnel/v1/course.pb.h"
#include "services/personnel/recruitment/recruitment_test.h"

namespace heitie::personnel {
namespace {

using absl::CivilDay;
using test::IsOk;
using test::Proto;

// Everybody, every course and every certificate is looked at one by one.
TEST(MissingCertificates, EqualsALookAtEachCourseOfEachPerson) {
  std::mt19937 random(5);
  const auto day = [&] { return CivilDay(2026, 1, 1) + static_cast<int>(random() % 30); };
  int missed = 0;
  for (int round = 0; round < 300; ++round) {
    std::map<std::string, v1::Position> positions;
    for (const char* name : {"positions/a", "positions/b"}) {
      for (const char* course : {"courses/x", "courses/y", "courses/z"}) {
        if (random() % 2 == 0) positions[name].add_required_courses(course);
      }
    }
    std::vector<v1::Employee> employees;
    std::map<std::string, std::vector<v1::Certificate>> certificates;
    for (int i = 0; i < 5; ++i) {
      v1::Employee& employee = employees.emplace_back();
      employee.set_name(absl::StrCat("employees/", i));
      employee.set_position(random() % 2 == 0 ? "positions/a" : "positions/b");
      employee.set_department(random() % 2 == 0 ? "operations" : "finance");
      *employee.mutable_hire_date() = time::ToDate(day());
      if (random() % 3 == 0) *employee.mutable_leave_date() = time::ToDate(time::ToDay(employee.hire_date()) + 5);
      for (const char* course : {"courses/x", "courses/y", "courses/z"}) {
        if (random() % 2 == 0) continue;
        v1::Certificate& certificate = certificates[employee.name()].emplace_back();
        certificate.set_course(course);
        *certificate.mutable_valid_from() = time::ToDate(day());
        if (random() % 2 == 0) *certificate.mutable_valid_until() = time::ToDate(time::ToDay(certificate.valid_from()) + 9);
      }
    }
    const CivilDay at = day();
    for (const std::string department : {"", "operations", "finance"}) {
      CountOfWhole expected;
      for (const v1::Employee& employee : employees) {
        const bool employed =
            time::ToDay(employee.hire_date()) <= at && (!employee.has_leave_date() || at <= time::ToDay(employee.leave_date()));
        if (!employed || (!department.empty() && employee.department() != department)) continue;
        for (const std::string& course : positions[employee.position()].required_courses()) {
          ++expected.whole;
          bool held = false;
          for (const v1::Certificate& one : certificates[employee.name()]) {
            held = held || (one.course() == course && time::ToDay(one.valid_from()) <= at &&
                            (!one.has_valid_until() || at <= time::ToDay(one.valid_until())));
          }
          expected.count += held ? 0 : 1;
        }
      }
      const CountOfWhole found = MissingCertificates(employees, positions, certificates, department, at);
      ASSERT_EQ(found.count, expected.count) << round << department;
      ASSERT_EQ(found.whole, expected.whole);
      missed += found.count;
    }
  }
  EXPECT_GT(missed, 100);
}

class StaffFigureTest : public RecruitmentTest {
 protected:
  // "2 of 3".
  std::string Figure(const std::string& figure, const std::string& more = "") {
    const rpc::Call risk = test::By("services/risk", {options::v1::ROLE_SERVICE}, clock_.Now());
    const auto answer = Call<v1::ComputeStaffFigureResponse>(
        "ComputeStaffFigure", risk, Proto<v1::ComputeStaffFigureRequest>(absl::StrCat("figure: ", figure, " ", more)));
    EXPECT_THAT(answer, IsOk());
    return answer.ok() ? absl::StrCat(answer->value(), " of ", answer->whole()) : "";
  }
};

TEST_F(StaffFigureTest, VacanciesAreWhatIsPlannedAndNobodyHoldsOnTheDay) {
  HavePosition();
  HavePosition("guest");
  HavePlan(3);
  HaveEmployee("an");
  HaveEmployee("elsewhere", "positions/guest");
  const std::string vacancies = "STAFF_FIGURE_VACANCIES";
  EXPECT_EQ(Figure(vacancies, "date { year: 2026 month: 2 day: 1 }"), "2 of 3");
  EXPECT_EQ(Figure(vacancies, "date { year: 2026 month: 2 day: 1 } department: 'operations'"), "2 of 3");
  EXPECT_EQ(Figure(vacancies, "date { year: 2026 month: 2 day: 1 } department: 'finance'"), "0 of 0");
  EXPECT_EQ(Figure(vacancies, "date { year: 2025 month: 6 day: 1 }"), "0 of 0") << "nothing was planned then";
  HaveEmployee("bo");
  for (const char* id : {"cu", "du"}) HaveEmployee(id);
  EXPECT_EQ(Figure(vacancies, "date { year: 2026 month: 2 day: 1 }"), "0 of 3") << "one more than planned fills no other place";
}

TEST_F(StaffFigureTest, CertificatesAreMissingThatThePositionDemands) {
  ASSERT_THAT(Call<v1::Course>("CreateCourse", Manager(),
                               Proto<v1::CreateCourseRequest>("course_id: 'live' course { title: 'Live' validity_months: 12 }")),
              IsOk());
  ASSERT_THAT(Call<v1::Position>("CreatePosition", Manager(),
                                 Proto<v1::CreatePositionRequest>("position_id: 'speaker' position { title: 'Speaker' responsibilities: "
                                                                  "'speaks' required_courses: 'courses/live' }")),
              IsOk());
  HaveEmployee("an", "positions/speaker");
  HaveEmployee("bo", "positions/speaker");
  EXPECT_EQ(Figure("STAFF_FIGURE_MISSING_CERTIFICATES"), "2 of 2");
  EXPECT_EQ(Figure("STAFF_FIGURE_MISSING_CERTIFICATES", "date { year: 2024 month: 1 day: 1 }"), "0 of 0") << "nobody was there";
  EXPECT_EQ(Figure("STAFF_FIGURE_MISSING_CERTIFICATES", "department: 'finance'"), "0 of 0");
}

}  // namespace
}  // namespace heitie::personnel
