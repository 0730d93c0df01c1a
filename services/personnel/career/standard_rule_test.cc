#include "services/personnel/career/standard_rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "common/time/day.h"

namespace heitie::personnel {
namespace {

TEST(BelowStandard, IsWhenTheLatestMonthsAreAllBelow) {
  std::mt19937 random(8);
  int below = 0;
  for (int round = 0; round < 2000; ++round) {
    std::vector<ScoredMonth> months;
    for (int i = static_cast<int>(random() % 7); i > 0; --i) {
      months.push_back({absl::CivilMonth(2026, 1) + static_cast<int>(months.size()), 5998 + static_cast<int64_t>(random() % 4), ""});
    }
    const int in_a_row = static_cast<int>(random() % 4);
    int run = 0;  // of months below, up to the last one
    for (const ScoredMonth& month : months) run = month.points < 6000 ? run + 1 : 0;
    const std::vector<ScoredMonth> found = BelowStandard(months, 6000, in_a_row);
    EXPECT_EQ(found.size(), in_a_row > 0 && run >= in_a_row ? static_cast<size_t>(in_a_row) : 0u);
    if (found.empty()) continue;
    EXPECT_EQ(found.back().month, months.back().month);
    ++below;
  }
  EXPECT_GT(below, 200);
}

class FollowedTest : public ::testing::Test {
 protected:
  static v1::PerformanceInterview Interview(v1::PerformanceInterview::State state, absl::CivilMonth last, const std::string& appraisal) {
    v1::PerformanceInterview interview;
    interview.set_state(state);
    interview.add_appraisals(appraisal);
    *interview.mutable_ground_month() = time::ToDate(absl::CivilDay(last));
    return interview;
  }
  static constexpr char kYear[] = "appraisalCycles/2025-year-operations/appraisals/bo";
  Followed followed_;
};

TEST_F(FollowedTest, NothingFollowsFromWhatNobodyDidAnythingAbout) {
  EXPECT_FALSE(IsFollowed(followed_, absl::CivilMonth(2025, 12)));
  EXPECT_FALSE(IsFollowed(followed_, 2025, kYear));
  followed_.interviews.emplace_back().set_state(v1::PerformanceInterview::STATE_HELD);
  EXPECT_FALSE(IsFollowed(followed_, absl::CivilMonth(2025, 12))) << "about something else";
  EXPECT_FALSE(IsFollowed(followed_, 2025, kYear));
}

TEST_F(FollowedTest, APlanCoversWhatLiesBeforeItsEnd) {
  followed_.plans_end = absl::CivilDay(2025, 12, 1);
  EXPECT_TRUE(IsFollowed(followed_, absl::CivilMonth(2025, 12)));
  EXPECT_FALSE(IsFollowed(followed_, absl::CivilMonth(2026, 1)));
  EXPECT_TRUE(IsFollowed(followed_, 2025, kYear));
  followed_.plans_end = absl::CivilDay(2025, 11, 30);
  EXPECT_FALSE(IsFollowed(followed_, 2025, kYear)) << "the year came out below the standard after the plan";
}

TEST_F(FollowedTest, AnInterviewCoversItsGrounds) {
  followed_.interviews = {Interview(v1::PerformanceInterview::STATE_CANCELLED, absl::CivilMonth(2025, 12), "appraisalCycles/2025-12-x")};
  EXPECT_TRUE(IsFollowed(followed_, absl::CivilMonth(2025, 12)));
  EXPECT_FALSE(IsFollowed(followed_, 2025, kYear)) << "nobody has talked about the year";
  followed_.interviews[0].set_state(v1::PerformanceInterview::STATE_HELD);
  EXPECT_TRUE(IsFollowed(followed_, 2025, kYear));
  *followed_.interviews[0].mutable_ground_month() = time::ToDate(absl::CivilDay(2025, 11, 1));
  EXPECT_FALSE(IsFollowed(followed_, 2025, kYear));
  followed_.interviews = {Interview(v1::PerformanceInterview::STATE_CANCELLED, absl::CivilMonth(2025, 12), kYear)};
  EXPECT_TRUE(IsFollowed(followed_, 2025, kYear)) << "decided against";
  EXPECT_FALSE(IsFollowed(followed_, 2026, "appraisalCycles/2026-year-operations/appraisals/bo"));
}

}  // namespace
}  // namespace heitie::personnel
