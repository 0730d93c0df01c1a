#include "services/personnel/career/improvement_rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "common/test/matchers.h"
#include "common/time/day.h"

namespace heitie::personnel {
namespace {

using absl::CivilDay;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ReviewDays, AreTheFewestWithinTheirDistance) {
  EXPECT_THAT(ReviewDays(CivilDay(2026, 1, 1), CivilDay(2026, 3, 5), 30),
              ElementsAre(CivilDay(2026, 1, 31), CivilDay(2026, 3, 2), CivilDay(2026, 3, 5)));
  EXPECT_THAT(ReviewDays(CivilDay(2026, 1, 1), CivilDay(2026, 1, 31), 30), ElementsAre(CivilDay(2026, 1, 31)));
  EXPECT_THAT(ReviewDays(CivilDay(2026, 1, 1), CivilDay(2026, 1, 1), 30), IsEmpty());
  std::mt19937 random(5);
  for (int round = 0; round < 1000; ++round) {
    const CivilDay first = CivilDay(2026, 1, 1) + random() % 100, last = first + random() % 400;
    const int most = 1 + static_cast<int>(random() % 30);
    const std::vector<CivilDay> days = ReviewDays(first, last, most);
    CivilDay before = first;
    for (const CivilDay day : days) {
      EXPECT_GT(day, before);
      EXPECT_LE(day - before, most);
      before = day;
    }
    EXPECT_EQ(before, last);
    EXPECT_EQ(static_cast<absl::civil_diff_t>(days.size()), (last - first + most - 1) / most);
  }
}

class PlanDaysTest : public ::testing::Test {
 protected:
  PlanDaysTest() {
    policy_.set_review_days(30);
    policy_.set_most_plan_days(180);
  }
  void SetDays(CivilDay start, CivilDay end, const std::vector<CivilDay>& reviews) {
    *plan_.mutable_start_date() = time::ToDate(start);
    *plan_.mutable_end_date() = time::ToDate(end);
    plan_.clear_reviews();
    for (const CivilDay day : reviews) *plan_.add_reviews()->mutable_due_date() = time::ToDate(day);
  }
  std::vector<std::string> Bad() const {
    status::BadFields bad;
    CheckPlanDays(plan_, policy_, "", bad);
    return test::Violations(bad.status());
  }

  v1::CareerPolicy policy_;
  v1::ImprovementPlan plan_;
};

TEST_F(PlanDaysTest, EveryBadFieldIsTold) {
  SetDays(CivilDay(2026, 1, 1), CivilDay(2026, 7, 31), {CivilDay(2026, 1, 20), CivilDay(2026, 1, 20), CivilDay(2026, 8, 2)});
  *plan_.add_actions()->mutable_due_date() = time::ToDate(CivilDay(2026, 1, 1));
  *plan_.add_actions()->mutable_due_date() = time::ToDate(CivilDay(2025, 12, 31));
  EXPECT_THAT(Bad(), ElementsAre("end_date PLAN_TOO_LONG", "actions[1].due_date ACTION_OUTSIDE_PLAN",
                                 "reviews[1].due_date REVIEW_DAYS_OUT_OF_ORDER", "reviews[2].due_date REVIEW_DAYS_OUT_OF_ORDER",
                                 "reviews REVIEWS_TOO_FAR_APART"));
  SetDays(CivilDay(2026, 1, 1), CivilDay(9999, 12, 31), {});
  EXPECT_THAT(Bad(), ElementsAre("end_date PLAN_TOO_LONG", "actions[1].due_date ACTION_OUTSIDE_PLAN")) << "reviews would be set";
  SetDays(CivilDay(2026, 1, 1), CivilDay(2026, 1, 1), {});
  EXPECT_THAT(Bad(), ElementsAre("end_date DATES_REVERSED"));
}

TEST_F(PlanDaysTest, ReviewsAreNoFurtherApartThanAllowed) {
  SetDays(CivilDay(2026, 1, 1), CivilDay(2026, 3, 1), {CivilDay(2026, 1, 31)});
  EXPECT_THAT(Bad(), IsEmpty());
  SetDays(CivilDay(2026, 1, 1), CivilDay(2026, 3, 1), {CivilDay(2026, 2, 1)});
  EXPECT_THAT(Bad(), ElementsAre("reviews[0].due_date REVIEWS_TOO_FAR_APART"));
  SetDays(CivilDay(2026, 1, 1), CivilDay(2026, 3, 3), {CivilDay(2026, 1, 31)});
  EXPECT_THAT(Bad(), ElementsAre("reviews REVIEWS_TOO_FAR_APART"));
}

// A plan is right exactly when no stretch of days without a review is longer than allowed, looked at day by day.
TEST_F(PlanDaysTest, AgreesWithALookAtEveryDay) {
  std::mt19937 random(6);
  int right = 0;
  for (int round = 0; round < 2000; ++round) {
    const CivilDay start(2026, 1, 1), end = start + 1 + random() % 90;
    std::set<CivilDay> days;
    for (int i = static_cast<int>(random() % 5); i > 0; --i) days.insert(start + 1 + random() % (end - start));
    SetDays(start, end, {days.begin(), days.end()});
    int without = 0;
    bool expected = true;
    for (CivilDay day = start + 1; day <= end; ++day) {
      ++without;
      if (without > 30) expected = false;
      if (days.count(day) > 0) without = 0;
    }
    EXPECT_EQ(Bad().empty(), expected) << plan_.ShortDebugString();
    right += expected;
  }
  EXPECT_GT(right, 200);
  EXPECT_LT(right, 1800);
}

}  // namespace
}  // namespace heitie::personnel
