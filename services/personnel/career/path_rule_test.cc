#include "services/personnel/career/path_rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "services/personnel/staff/employee.h"

namespace heitie::personnel {
namespace {

using absl::CivilDay;
using test::Proto;

TEST(FullMonths, CountsAnniversariesAsCertificatesDo) {
  EXPECT_EQ(FullMonths(CivilDay(2025, 3, 31), CivilDay(2026, 2, 28)), 11);
  EXPECT_EQ(FullMonths(CivilDay(2025, 3, 31), CivilDay(2026, 2, 27)), 10);
  EXPECT_EQ(FullMonths(CivilDay(2025, 3, 31), CivilDay(2026, 3, 30)), 11);
  EXPECT_EQ(FullMonths(CivilDay(2025, 3, 31), CivilDay(2026, 3, 31)), 12);
  EXPECT_EQ(FullMonths(CivilDay(2024, 2, 29), CivilDay(2025, 2, 28)), 12);
  EXPECT_EQ(FullMonths(CivilDay(2025, 3, 31), CivilDay(2025, 3, 31)), 0);
}

// The anniversary by the calendar alone: the same day, or the last one of a month that has no such day.
CivilDay Anniversary(CivilDay first, int months) {
  const absl::CivilMonth month = absl::CivilMonth(first) + months;
  for (int day = first.day();; --day) {
    const CivilDay candidate(month.year(), month.month(), day);
    if (absl::CivilMonth(candidate) == month) return candidate;
  }
}

TEST(FullMonths, AreThoseWhoseAnniversaryHasCome) {
  std::mt19937 random(3);
  for (int round = 0; round < 2000; ++round) {
    const CivilDay first = CivilDay(2023, 12, 1) + random() % 500;
    const CivilDay day = first + random() % 900;
    int months = 0;
    while (Anniversary(first, months + 1) <= day) ++months;
    EXPECT_EQ(FullMonths(first, day), months) << first << " " << day;
  }
}

TEST(HeldSince, IsTheFirstOfTheDaysInARowOnWhichThePositionIsHeld) {
  std::mt19937 random(4);
  for (int round = 0; round < 500; ++round) {
    v1::Employee employee;
    const CivilDay hired(2025, 1, 1);
    *employee.mutable_hire_date() = time::ToDate(hired);
    if (random() % 2 == 0) *employee.mutable_leave_date() = time::ToDate(hired + 20 + random() % 20);
    CivilDay start = hired;
    for (int i = 0; i < 5 && EmployedOn(employee, start); ++i) {
      v1::Assignment& assignment = *employee.add_assignments();
      *assignment.mutable_start_date() = time::ToDate(start);
      assignment.set_position(random() % 2 == 0 ? "positions/host" : "positions/other");
      assignment.set_department(random() % 2 == 0 ? "operations" : "sales");
      start += 1 + random() % 9;
    }
    const auto holds = [&](CivilDay day) {
      const std::optional<v1::Assignment> assignment = AssignmentOn(employee, day);
      return assignment && assignment->position() == "positions/host";
    };
    for (CivilDay day = hired - 2; day < hired + 50; ++day) {
      std::optional<CivilDay> expected;
      for (CivilDay at = day; holds(at); --at) expected = at;
      EXPECT_EQ(HeldSince(employee, "positions/host", day), expected) << employee.ShortDebugString() << day;
    }
  }
}

class JudgePathTest : public ::testing::Test {
 protected:
  JudgePathTest() {
    *employee_.mutable_hire_date() = time::ToDate(CivilDay(2025, 3, 31));
    employee_.set_name("employees/bo");
    employee_.set_etag("7");
    employee_.set_position("positions/host");
    employee_.set_department("operations");
    path_.set_from_position("positions/host");
    path_.set_to_position("positions/lead");
    to_.set_name("positions/lead");
    facts_.skills.courses["courses/talk"] = Proto<v1::Course>("name: 'courses/talk' granted_skills { skill: 'skills/talk' level: 2 }");
  }
  v1::Eligibility Judge(CivilDay day) const { return JudgePath(path_, version_, to_, employee_, day, facts_); }

  v1::CareerPath path_;
  v1::CareerPathVersion version_;
  v1::Position to_;
  v1::Employee employee_;
  PathFacts facts_;
};

TEST_F(JudgePathTest, AsksForNothingButThePost) {
  EXPECT_TRUE(Judge(CivilDay(2025, 3, 31)).eligible());
  const v1::Eligibility before = Judge(CivilDay(2025, 3, 30));
  EXPECT_FALSE(before.eligible());
  EXPECT_EQ(UnmetOf(before), "POST");
  EXPECT_EQ(before.conditions(0).facts(0).version(), "7");
  path_.set_from_position("positions/other");
  EXPECT_EQ(UnmetOf(Judge(CivilDay(2025, 4, 1))), "POST");
}

TEST_F(JudgePathTest, TellsTheMonthsBesideThoseThatAreAskedFor) {
  version_.set_months_in_post(12);
  const v1::Eligibility february = Judge(CivilDay(2026, 2, 28));
  EXPECT_EQ(UnmetOf(february), "MONTHS_IN_POST");
  EXPECT_EQ(february.conditions(1).found(), 11);
  EXPECT_EQ(february.conditions(1).required(), 12);
  EXPECT_TRUE(Judge(CivilDay(2026, 3, 31)).eligible());
  version_.set_months_in_post(11);
  EXPECT_TRUE(Judge(CivilDay(2026, 2, 28)).eligible());
}

TEST_F(JudgePathTest, AsksForTheSkillsOfTheDay) {
  version_.set_skills(true);
  to_ = Proto<v1::Position>(
      "name: 'positions/lead' required_skills { skill: 'skills/talk' level: 2 } "
      "required_skills { skill: 'skills/count' level: 1 }");
  facts_.skills.certificates.push_back(
      Proto<v1::Certificate>("name: 'certificates/1' etag: '3' course: 'courses/talk' state: STATE_ISSUED "
                             "valid_from { year: 2025 month: 5 day: 1 } valid_until { year: 2025 month: 12 day: 31 }"));
  const v1::Eligibility lacking = Judge(CivilDay(2025, 6, 1));
  EXPECT_EQ(UnmetOf(lacking), "SKILLS");
  EXPECT_EQ(lacking.conditions(1).found(), 1);
  EXPECT_EQ(lacking.conditions(1).required(), 2);
  EXPECT_EQ(lacking.conditions(1).facts(0).subject(), "certificates/1");
  EXPECT_EQ(lacking.conditions(1).facts(0).version(), "3");
  EXPECT_EQ(lacking.conditions(1).facts(1).subject(), "skills/count");
  facts_.skills.assessments.push_back(Proto<v1::SkillAssessment>(
      "name: 'skillAssessments/1' skill: 'skills/count' level: 1 state: STATE_ATTESTED valid_from { year: 2025 month: 1 day: 1 }"));
  EXPECT_TRUE(Judge(CivilDay(2025, 12, 31)).eligible());
  EXPECT_EQ(UnmetOf(Judge(CivilDay(2026, 1, 1))), "SKILLS") << "the certificate has expired";
}

TEST_F(JudgePathTest, AnOpenPlanStandsInTheWay) {
  facts_.open_plans.push_back(Proto<v1::ImprovementPlan>("name: 'improvementPlans/p' end_date { year: 2026 month: 1 day: 1 }"));
  EXPECT_TRUE(Judge(CivilDay(2025, 6, 1)).eligible()) << "not asked for";
  version_.set_no_open_plan(true);
  const v1::Eligibility eligibility = Judge(CivilDay(2025, 6, 1));
  EXPECT_EQ(UnmetOf(eligibility), "NO_OPEN_PLAN");
  EXPECT_EQ(eligibility.conditions(1).facts(0).subject(), "improvementPlans/p");
  version_.set_months_in_post(12);
  EXPECT_EQ(UnmetOf(Judge(CivilDay(2025, 6, 1))), "MONTHS_IN_POST, NO_OPEN_PLAN");
}

TEST_F(JudgePathTest, APlaceMustBeLeft) {
  version_.set_vacancy(true);
  facts_.headcount.set_version("headcountPlans/leads/versions/1");
  EXPECT_EQ(UnmetOf(Judge(CivilDay(2025, 6, 1))), "VACANCY");
  facts_.headcount.set_to_open(2);
  const v1::Eligibility eligibility = Judge(CivilDay(2025, 6, 1));
  EXPECT_TRUE(eligibility.eligible());
  EXPECT_EQ(eligibility.conditions(1).required(), 1);
  EXPECT_EQ(eligibility.conditions(1).found(), 2);
  EXPECT_EQ(eligibility.conditions(1).facts(0).subject(), "headcountPlans/leads/versions/1");
}

TEST_F(JudgePathTest, EachOfTheLastYearsHasTheGrade) {
  version_.set_grade_years(2);
  version_.set_least_grade("B");
  const auto graded = [](int year, const std::string& grade) {
    YearGrade of_year;
    of_year.appraisal = absl::StrCat("appraisalCycles/", year, "-year-operations/appraisals/bo");
    of_year.version = "9";
    of_year.closed = true;
    of_year.grade = grade;
    of_year.grades = {"A", "B", "C"};
    return of_year;
  };
  facts_.grades = {{2024, graded(2024, "A")}, {2025, graded(2025, "B")}};
  const v1::Eligibility met = Judge(CivilDay(2026, 1, 1));
  EXPECT_TRUE(met.eligible());
  EXPECT_THAT(met.conditions(1),
              test::EqualsProto(Proto<v1::PathCondition>(
                  "kind: KIND_GRADES met: true required: 2 found: 2 "
                  "facts { subject: 'appraisalCycles/2025-year-operations/appraisals/bo' version: '9' statement: '2025: grade B' } "
                  "facts { subject: 'appraisalCycles/2024-year-operations/appraisals/bo' version: '9' statement: '2024: grade A' }")));
  const v1::Eligibility early = Judge(CivilDay(2025, 12, 31));
  EXPECT_EQ(UnmetOf(early), "GRADES");
  EXPECT_EQ(early.conditions(1).found(), 1);
  EXPECT_EQ(early.conditions(1).facts(1).subject(), "employees/bo");
  EXPECT_EQ(early.conditions(1).facts(1).version(), "");
  EXPECT_EQ(early.conditions(1).facts(1).statement(), "2023: no appraisal");
  facts_.grades[2024] = graded(2024, "C");
  EXPECT_EQ(UnmetOf(Judge(CivilDay(2026, 1, 1))), "GRADES");
  facts_.grades[2024].adjusted = "B";
  EXPECT_TRUE(Judge(CivilDay(2026, 1, 1)).eligible());
}

}  // namespace
}  // namespace heitie::personnel
