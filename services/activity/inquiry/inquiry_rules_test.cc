#include "services/activity/inquiry/inquiry_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/test/fixture.h"

namespace heitie::activity {
namespace {

using ::heitie::test::HasViolations;
using ::heitie::test::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::InquiryCategoryTree;

constexpr char kTree[] = R"pb(
  categories { path: "payment" group: "employees/a" group: "employees/b" }
  categories { path: "payment/refund" }
  categories { path: "payment/refund/late" group: "employees/c" closed: true }
  categories { path: "other" }
  remind_after { seconds: 3600 }
  close_after { seconds: 7200 })pb";

absl::Status CheckedTree(const std::string& text) {
  status::BadFields bad;
  CheckCategories(
      test::Proto<InquiryCategoryTree>(text), [](const std::string& employee) { return employee == "employees/gone"; }, bad);
  return bad.status();
}

TEST(InquiryRulesTest, TreesAreChecked) {
  EXPECT_THAT(CheckedTree(kTree), IsOk());
  EXPECT_THAT(
      CheckedTree(R"pb(categories { path: "a" }
                       categories { path: "a" group: "employees/b" group: "employees/gone" }
                       categories { path: "b/c" }
                       remind_after { seconds: 0 }
                       close_after { seconds: 0 })pb"),
      HasViolations("inquiry_category_tree.categories[1].path CATEGORY_TWICE", "inquiry_category_tree.categories[1].group[1] OWNER_LEFT",
                    "inquiry_category_tree.categories[2].path CATEGORY_WITHOUT_PARENT", "inquiry_category_tree.remind_after NOT_POSITIVE",
                    "inquiry_category_tree.close_after CLOSED_BEFORE_REMINDED"));
}

TEST(InquiryRulesTest, TheLongestPathWithPeopleCounts) {
  const auto tree = test::Proto<InquiryCategoryTree>(kTree);
  EXPECT_THAT(GroupOf(tree, "payment/refund"), ElementsAre("employees/a", "employees/b"));
  EXPECT_THAT(GroupOf(tree, "payment/refund/late"), ElementsAre("employees/c"));
  EXPECT_THAT(GroupOf(tree, "other"), IsEmpty());
  EXPECT_EQ(NearestCategory(tree, "payment/refund/late"), "payment/refund") << "closed";
  EXPECT_EQ(NearestCategory(tree, "payment/gone"), "payment");
  EXPECT_EQ(NearestCategory(tree, "gone"), "");
}

TEST(InquiryRulesTest, TheFewestThenTheLongestWithoutThenTheName) {
  const absl::Time t = absl::FromUnixSeconds(1000);
  EXPECT_EQ(ChooseOwner({}), "");
  EXPECT_EQ(ChooseOwner({{"a", 2, t}, {"b", 1, t + absl::Seconds(5)}}), "b");
  EXPECT_EQ(ChooseOwner({{"a", 1, t + absl::Seconds(1)}, {"b", 1, t}}), "b");
  EXPECT_EQ(ChooseOwner({{"a", 1, t}, {"b", 1, std::nullopt}}), "b") << "who never had one has been longest without";
  EXPECT_EQ(ChooseOwner({{"b", 1, t}, {"a", 1, t}}), "a");
}

TEST(InquiryRulesTest, WorksBetweenTheFirstAndTheLastDayUnlessAbsent) {
  const auto li = test::Proto<personnel::v1::Employee>(R"pb(hire_date { year: 2026 month: 3 day: 2 }
                                                            leave_date { year: 2026 month: 3 day: 20 }
                                                            absences {
                                                              start_date { year: 2026 month: 3 day: 9 }
                                                              end_date { year: 2026 month: 3 day: 10 }
                                                            })pb");
  const auto day = [](int d) { return absl::CivilDay(2026, 3, d); };
  EXPECT_FALSE(WorksOn(li, day(1)));
  EXPECT_TRUE(WorksOn(li, day(2)));
  EXPECT_FALSE(WorksOn(li, day(9)));
  EXPECT_FALSE(WorksOn(li, day(10)));
  EXPECT_TRUE(WorksOn(li, day(11)));
  EXPECT_TRUE(WorksOn(li, day(20)));
  EXPECT_FALSE(WorksOn(li, day(21)));
}

TEST(InquiryRulesTest, ReceiptsLieSevenDaysBackAtMost) {
  const absl::Time now = absl::FromUnixSeconds(1767225600);
  const auto judged = [&](absl::Duration back) {
    status::BadFields bad;
    CheckReceiveTime(now - back, now, "f", bad);
    return bad.status();
  };
  EXPECT_THAT(judged(absl::ZeroDuration()), IsOk());
  EXPECT_THAT(judged(absl::Hours(168)), IsOk());
  EXPECT_THAT(judged(absl::Hours(168) + absl::Microseconds(1)), HasViolations("f RECEIVED_TOO_EARLY"));
  EXPECT_THAT(judged(-absl::Microseconds(1)), HasViolations("f RECEIVED_IN_FUTURE"));
}

}  // namespace
}  // namespace heitie::activity
