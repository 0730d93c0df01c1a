#include "services/personnel/career/year_grade.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/test/fixture.h"

namespace heitie::personnel {
namespace {

const std::vector<GradeRange>& Ranges() {
  static const auto& ranges = *new std::vector<GradeRange>{{"S", 9000, 10000}, {"A", 8000, 9000}, {"B", 6000, 8000}, {"C", 0, 6000}};
  return ranges;
}

YearGrade Closed(const std::string& grade, const std::string& adjusted = "") {
  YearGrade year;
  year.appraisal = "appraisalCycles/2025-year-operations/appraisals/bo";
  year.closed = true;
  year.outcome = grade.empty() ? "TOO_FEW_MONTHS" : "SCORED";
  year.grade = grade;
  year.adjusted = adjusted;
  year.grades = {"S", "A", "B", "C"};
  return year;
}

TEST(YearGradeTest, TheAdjustedGradeCountsWhereOneStands) {
  EXPECT_TRUE(AtLeast(Closed("B"), "B"));
  EXPECT_TRUE(AtLeast(Closed("S"), "B"));
  EXPECT_FALSE(AtLeast(Closed("C"), "B"));
  EXPECT_TRUE(AtLeast(Closed("C", "A"), "B"));
  EXPECT_FALSE(AtLeast(Closed("A", "C"), "B"));
  EXPECT_EQ(GradeStatement(2025, Closed("C", "A"), "B"), "2025: grade C, adjusted to A");
}

TEST(YearGradeTest, WhatIsMissingIsNotMetAndSaysWhy) {
  EXPECT_FALSE(AtLeast(YearGrade(), "C"));
  EXPECT_EQ(GradeStatement(2025, YearGrade(), "C"), "2025: no appraisal");
  YearGrade open = Closed("");
  open.closed = false;
  EXPECT_FALSE(AtLeast(open, "C"));
  EXPECT_EQ(GradeStatement(2025, open, "C"), "2025: appraisal not closed");
  EXPECT_FALSE(AtLeast(Closed(""), "C"));
  EXPECT_EQ(GradeStatement(2025, Closed(""), "C"), "2025: not graded: TOO_FEW_MONTHS");
  EXPECT_TRUE(AtLeast(Closed("", "B"), "B"));
  EXPECT_FALSE(AtLeast(Closed("S"), "A+")) << "rules that know no such grade say nothing about it";
  EXPECT_EQ(GradeStatement(2025, Closed("S"), "A+"), "2025: grade S, by rules without a grade A+");
}

TEST(YearGradeTest, AnAdjustmentGradesWhoeverWasNot) {
  EXPECT_EQ(AdjustedGrade(Ranges(), "", "", 8000), "A");
  EXPECT_EQ(AdjustedGrade(Ranges(), "A", "B", 8999), "B");
  EXPECT_EQ(AdjustedGrade(Ranges(), "A", "B", 9000), "S");
  EXPECT_EQ(AdjustedGrade(Ranges(), "A", "A", 100), "C");
}

TEST(YearGradeTest, GradesAreThoseOfTheRules) {
  const auto policy = test::Proto<v1::AppraisalPolicy>("name: 'appraisalPolicies/p' grades { grade: 'S' } grades { grade: 'A' }");
  EXPECT_THAT(CheckGrades(policy, {"A", "S"}), test::IsOk());
  EXPECT_THAT(CheckGrades(policy, {}), test::IsOk());
  EXPECT_EQ(status::ReasonOf(CheckGrades(policy, {"A", "B"})), "UNKNOWN_GRADE");
}

}  // namespace
}  // namespace heitie::personnel
