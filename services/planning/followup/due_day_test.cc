#include "services/planning/followup/due_day.h"

#include <string>
#include <vector>

#include "common/test/fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace heitie::planning {
namespace {

using absl::CivilDay;
using test::HasViolation;
using test::IsOk;

TEST(DueDayTest, IsNeitherOverNorTooFarAway) {
  const CivilDay today(2026, 1, 1);
  const auto check = [&](CivilDay day) {
    status::BadFields bad;
    CheckDueDay(day, today, "due_date", bad);
    return bad.status();
  };
  EXPECT_THAT(check(CivilDay(2025, 12, 31)), HasViolation("due_date", "DUE_DAY_OVER"));
  EXPECT_THAT(check(today), IsOk());
  EXPECT_THAT(check(CivilDay(2036, 1, 1)), IsOk());
  EXPECT_THAT(check(CivilDay(2036, 1, 2)), HasViolation("due_date", "DAY_TOO_FAR"));
  EXPECT_THAT(check(CivilDay(9999, 12, 31)), HasViolation("due_date", "DAY_TOO_FAR"));
  status::BadFields bad;
  CheckNotTooFar(CivilDay(1, 1, 1), today, "due_date", bad);
  EXPECT_THAT(bad.status(), IsOk());
  EXPECT_EQ(LastAgreeableDay(CivilDay(2028, 2, 29)), CivilDay(2038, 3, 1));
}

}  // namespace
}  // namespace heitie::planning
