#include "services/personnel/training/course.h"

#include <gtest/gtest.h>

#include "heitie/personnel/v1/course.pb.h"

namespace heitie::personnel {
namespace {

using absl::CivilDay;
v1::Course Course(int months, int days) {
  v1::Course course;
  course.set_validity_months(months);
  course.set_validity_days(days);
  return course;
}

TEST(AddMonths, KeepsTheDayOfTheMonth) {
  EXPECT_EQ(AddMonths(CivilDay(2026, 3, 15), 12), CivilDay(2027, 3, 15));
  EXPECT_EQ(AddMonths(CivilDay(2026, 11, 30), 3), CivilDay(2027, 2, 28));
  EXPECT_EQ(AddMonths(CivilDay(2026, 1, 31), 0), CivilDay(2026, 1, 31));
}

TEST(AddMonths, TakesTheLastDayOfAShorterMonth) {
  EXPECT_EQ(AddMonths(CivilDay(2026, 1, 31), 1), CivilDay(2026, 2, 28));
  EXPECT_EQ(AddMonths(CivilDay(2028, 1, 31), 1), CivilDay(2028, 2, 29));
  EXPECT_EQ(AddMonths(CivilDay(2028, 2, 29), 12), CivilDay(2029, 2, 28));
}

TEST(ValidUntil, IsTheDayBeforeTheAnniversary) {
  EXPECT_EQ(ValidUntil(Course(12, 0), CivilDay(2026, 3, 15)), CivilDay(2027, 3, 14));
  EXPECT_EQ(ValidUntil(Course(1, 0), CivilDay(2026, 1, 31)), CivilDay(2026, 2, 27));
}

TEST(ValidUntil, AddsDaysToMonths) {
  EXPECT_EQ(ValidUntil(Course(0, 1), CivilDay(2026, 3, 15)), CivilDay(2026, 3, 15));
  EXPECT_EQ(ValidUntil(Course(0, 30), CivilDay(2026, 3, 1)), CivilDay(2026, 3, 30));
  EXPECT_EQ(ValidUntil(Course(1, 10), CivilDay(2026, 3, 1)), CivilDay(2026, 4, 10));
}

TEST(ValidUntil, IsNeverWithoutValidity) { EXPECT_EQ(ValidUntil(Course(0, 0), CivilDay(2026, 3, 15)), std::nullopt); }

}  // namespace
}  // namespace heitie::personnel
