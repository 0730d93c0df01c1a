#include "services/personnel/staff/employee.h"

#include "common/test/fixture.h"
#include "common/time/day.h"
#include "heitie/personnel/v1/employee.pb.h"

namespace heitie::personnel {
namespace {

using absl::CivilDay;
using test::HasReason;
using test::HasViolation;
using test::IsOk;

// Hired on 2025-01-10, absent from 2026-03-10 to 2026-03-12.
v1::Employee LiMing() {
  return test::Proto<v1::Employee>(R"pb(
    name: "employees/li-ming"
    hire_date { year: 2025 month: 1 day: 10 }
    absences {
      start_date { year: 2026 month: 3 day: 10 }
      end_date { year: 2026 month: 3 day: 12 }
    })pb");
}

v1::Employee Leaver(CivilDay last) {
  v1::Employee employee = LiMing();
  *employee.mutable_leave_date() = time::ToDate(last);
  return employee;
}

v1::Absence Away(CivilDay first, CivilDay last) {
  v1::Absence absence;
  *absence.mutable_start_date() = time::ToDate(first);
  *absence.mutable_end_date() = time::ToDate(last);
  return absence;
}

TEST(StateOn, FollowsTheDates) {
  const v1::Employee leaver = Leaver(CivilDay(2026, 6, 30));
  EXPECT_EQ(StateOn(leaver, CivilDay(2026, 3, 9)), v1::Employee::STATE_ACTIVE);
  EXPECT_EQ(StateOn(leaver, CivilDay(2026, 3, 10)), v1::Employee::STATE_ON_LEAVE);
  EXPECT_EQ(StateOn(leaver, CivilDay(2026, 3, 12)), v1::Employee::STATE_ON_LEAVE);
  EXPECT_EQ(StateOn(leaver, CivilDay(2026, 3, 13)), v1::Employee::STATE_ACTIVE);
  EXPECT_EQ(StateOn(leaver, CivilDay(2026, 6, 30)), v1::Employee::STATE_ACTIVE);
  EXPECT_EQ(StateOn(leaver, CivilDay(2026, 7, 1)), v1::Employee::STATE_LEFT);
}

TEST(EmployedOn, IncludesFirstAndLastDay) {
  const v1::Employee leaver = Leaver(CivilDay(2026, 6, 30));
  EXPECT_FALSE(EmployedOn(leaver, CivilDay(2025, 1, 9)));
  EXPECT_TRUE(EmployedOn(leaver, CivilDay(2025, 1, 10)));
  EXPECT_TRUE(EmployedOn(leaver, CivilDay(2026, 3, 11)));
  EXPECT_TRUE(EmployedOn(leaver, CivilDay(2026, 6, 30)));
  EXPECT_FALSE(EmployedOn(leaver, CivilDay(2026, 7, 1)));
}

TEST(FirstInactivity, IsNothingOnDaysOfWork) {
  EXPECT_FALSE(FirstInactivity(LiMing(), CivilDay(2025, 1, 10), CivilDay(2026, 3, 9)).has_value());
  EXPECT_FALSE(FirstInactivity(LiMing(), CivilDay(2026, 3, 13), CivilDay(2036, 1, 1)).has_value());
}

TEST(FirstInactivity, IsTheFirstDayBeforeHiring) {
  const auto inactivity = FirstInactivity(LiMing(), CivilDay(2025, 1, 8), CivilDay(2025, 1, 20));
  ASSERT_TRUE(inactivity.has_value());
  EXPECT_EQ(inactivity->day, CivilDay(2025, 1, 8));
  EXPECT_EQ(inactivity->why, "hired from 2025-01-10");
}

TEST(FirstInactivity, IsTheFirstDayOfAnAbsenceInside) {
  const auto inactivity = FirstInactivity(LiMing(), CivilDay(2026, 3, 1), CivilDay(2026, 3, 10));
  ASSERT_TRUE(inactivity.has_value());
  EXPECT_EQ(inactivity->day, CivilDay(2026, 3, 10));
  EXPECT_EQ(inactivity->why, "on leave from 2026-03-10 to 2026-03-12");
}

TEST(FirstInactivity, IsTheFirstDayAskedForWithinAnAbsence) {
  EXPECT_EQ(FirstInactivity(LiMing(), CivilDay(2026, 3, 12), CivilDay(2026, 3, 20))->day, CivilDay(2026, 3, 12));
}

TEST(FirstInactivity, IsTheDayAfterLeaving) {
  const auto inactivity = FirstInactivity(Leaver(CivilDay(2026, 3, 5)), CivilDay(2026, 3, 1), CivilDay(2026, 3, 31));
  ASSERT_TRUE(inactivity.has_value());
  EXPECT_EQ(inactivity->day, CivilDay(2026, 3, 6));
  EXPECT_EQ(FirstInactivity(Leaver(CivilDay(2026, 2, 1)), CivilDay(2026, 3, 1), CivilDay(2026, 3, 31))->day, CivilDay(2026, 3, 1));
}

TEST(AddAbsence, KeepsTheOrder) {
  v1::Employee employee = LiMing();
  ASSERT_THAT(AddAbsence(employee, Away(CivilDay(2026, 1, 5), CivilDay(2026, 1, 5))), IsOk());
  ASSERT_EQ(employee.absences_size(), 2);
  EXPECT_EQ(time::ToDay(employee.absences(0).start_date()), CivilDay(2026, 1, 5));
  EXPECT_EQ(time::ToDay(employee.absences(1).start_date()), CivilDay(2026, 3, 10));
}

TEST(AddAbsence, RefusesOverlapButNotNeighbours) {
  v1::Employee employee = LiMing();
  EXPECT_THAT(AddAbsence(employee, Away(CivilDay(2026, 3, 12), CivilDay(2026, 3, 14))), HasReason("ABSENCE_OVERLAPS"));
  EXPECT_THAT(AddAbsence(employee, Away(CivilDay(2026, 3, 1), CivilDay(2026, 3, 31))), HasReason("ABSENCE_OVERLAPS"));
  EXPECT_THAT(AddAbsence(employee, Away(CivilDay(2026, 3, 13), CivilDay(2026, 3, 14))), IsOk());
  EXPECT_THAT(AddAbsence(employee, Away(CivilDay(2026, 3, 9), CivilDay(2026, 3, 9))), IsOk());
}

TEST(AddAbsence, RefusesReversedDatesAndDaysOutsideTheEmployment) {
  v1::Employee employee = Leaver(CivilDay(2026, 6, 30));
  EXPECT_THAT(AddAbsence(employee, Away(CivilDay(2026, 5, 2), CivilDay(2026, 5, 1))), HasViolation("absence.end_date", "DATES_REVERSED"));
  EXPECT_THAT(AddAbsence(employee, Away(CivilDay(2025, 1, 9), CivilDay(2025, 1, 10))), HasReason("OUTSIDE_EMPLOYMENT"));
  EXPECT_THAT(AddAbsence(employee, Away(CivilDay(2026, 6, 30), CivilDay(2026, 7, 1))), HasReason("OUTSIDE_EMPLOYMENT"));
  EXPECT_EQ(employee.absences_size(), 1);
}

TEST(RemoveAbsence, FindsByFirstDay) {
  v1::Employee employee = LiMing();
  EXPECT_THAT(RemoveAbsence(employee, CivilDay(2026, 3, 11)), HasReason("NO_SUCH_ABSENCE"));
  EXPECT_THAT(RemoveAbsence(employee, CivilDay(2026, 3, 10)), IsOk());
  EXPECT_EQ(employee.absences_size(), 0);
}

TEST(Terminate, CutsAbsencesOff) {
  v1::Employee employee = LiMing();
  ASSERT_THAT(AddAbsence(employee, Away(CivilDay(2026, 5, 1), CivilDay(2026, 5, 5))), IsOk());
  ASSERT_THAT(Terminate(employee, CivilDay(2026, 3, 11)), IsOk());
  ASSERT_EQ(employee.absences_size(), 1);
  EXPECT_EQ(time::ToDay(employee.absences(0).end_date()), CivilDay(2026, 3, 11));
  EXPECT_THAT(CheckDates(employee), IsOk());
}

TEST(Terminate, RefusesADayBeforeHiring) {
  v1::Employee employee = LiMing();
  EXPECT_THAT(Terminate(employee, CivilDay(2025, 1, 9)), HasViolation("leave_date", "DATES_REVERSED"));
  EXPECT_FALSE(employee.has_leave_date());
}

TEST(CheckDates, RefusesAHireDateAfterWhatFollowsIt) {
  v1::Employee employee = LiMing();
  *employee.mutable_hire_date() = time::ToDate(CivilDay(2026, 3, 11));
  EXPECT_THAT(CheckDates(employee), HasReason("OUTSIDE_EMPLOYMENT"));
  employee = Leaver(CivilDay(2026, 6, 30));
  *employee.mutable_hire_date() = time::ToDate(CivilDay(2026, 7, 1));
  EXPECT_THAT(CheckDates(employee), HasViolation("employee.hire_date", "DATES_REVERSED"));
}

}  // namespace
}  // namespace heitie::personnel
