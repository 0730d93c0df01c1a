// Counting in cycles (policy S4).
#include "services/resource/movement/cycle_count.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "heitie/resource/v1/stock_issue.pb.h"
#include "services/resource/resource_test.h"

namespace heitie::resource {
namespace {

using test::HasViolation;
using ::testing::ElementsAre;
using ::testing::Pair;

TEST(ClassesOfTest, MostOfTheValueIsInAFew) {
  const auto classes = ClassesOf({{"items/a", "TWD", 700},
                                  {"items/b", "TWD", 150},
                                  {"items/c", "TWD", 100},
                                  {"items/d", "TWD", 50},
                                  {"items/e", "TWD", 0},
                                  {"items/f", "TWD", -5},
                                  {"items/y", "JPY", 1}},
                                 8000, 9500);
  EXPECT_THAT(classes,
              ElementsAre(Pair("items/a", v1::COUNT_CLASS_A), Pair("items/b", v1::COUNT_CLASS_A), Pair("items/c", v1::COUNT_CLASS_B),
                          Pair("items/d", v1::COUNT_CLASS_C), Pair("items/e", v1::COUNT_CLASS_C), Pair("items/f", v1::COUNT_CLASS_C),
                          Pair("items/y", v1::COUNT_CLASS_A)));
}

// Whoever has used more is never in a lower class, and class A covers its share or holds all that was used.
TEST(ClassesOfTest, MoreUsedIsNeverCountedLessOften) {
  std::mt19937 random(5);
  for (int round = 0; round < 500; ++round) {
    std::vector<UsedItem> items;
    for (int i = 0, n = 1 + static_cast<int>(random() % 30); i < n; ++i) {
      items.push_back({absl::StrCat("items/", i), "TWD", static_cast<int64_t>(random() % 100)});
    }
    const int64_t a = static_cast<int64_t>(random() % 10001), b = a + static_cast<int64_t>(random() % static_cast<uint64_t>(10001 - a));
    const auto classes = ClassesOf(items, a, b);
    int64_t all = 0, in_a = 0;
    for (const UsedItem& one : items) {
      all += one.used_minor;
      if (classes.at(one.item) == v1::COUNT_CLASS_A) in_a += one.used_minor;
      for (const UsedItem& other : items) {
        ASSERT_TRUE(one.used_minor <= other.used_minor || classes.at(one.item) <= classes.at(other.item));
      }
    }
    ASSERT_GE(in_a * 10'000, all * a);
  }
}

class CycleCountTest : public ResourceTest {
 protected:
  template <typename Resp, typename Req>
  absl::StatusOr<Resp> Ask(const std::string& method, const std::string& request) {
    return Call<Resp>(method, Manager(), Proto<Req>(request));
  }
  v1::ComputeCountCycleResponse Cycle() {
    const auto cycle = Ask<v1::ComputeCountCycleResponse, v1::ComputeCountCycleRequest>("ComputeCountCycle", "name: 'locations/main'");
    EXPECT_THAT(cycle, IsOk());
    return cycle.ok() ? *cycle : v1::ComputeCountCycleResponse();
  }
  std::vector<v1::StockCount> Sheets() {
    const auto sheets = Ask<v1::ListStockCountsResponse, v1::ListStockCountsRequest>("ListStockCounts", "filter: 'state = STATE_OPEN'");
    EXPECT_THAT(sheets, IsOk());
    return sheets.ok() ? std::vector<v1::StockCount>(sheets->stock_counts().begin(), sheets->stock_counts().end())
                       : std::vector<v1::StockCount>();
  }
  void RunJobs() { ASSERT_THAT(jobs_.RunDue(), IsOk()); }
};

TEST_F(CycleCountTest, TheJobOpensASheetOfWhatIsDue) {
  HaveItem("mug", 100);
  HaveItem("pen", 100);
  HaveItem("bag");
  ASSERT_THAT((Ask<v1::IssueStockResponse, v1::IssueStockRequest>("IssueStock",
                                                                  "subject: 'activities/fair' lines { item: 'items/mug' quantity: 90 }")),
              IsOk());
  auto cycle = Cycle();
  ASSERT_EQ(cycle.lines_size(), 2);
  EXPECT_EQ(cycle.lines(0).item(), "items/mug");
  EXPECT_EQ(cycle.lines(0).count_class(), v1::COUNT_CLASS_A);
  EXPECT_EQ(cycle.lines(0).used_minor(), 9000);
  EXPECT_EQ(cycle.lines(1).count_class(), v1::COUNT_CLASS_C);
  RunJobs();
  auto sheets = Sheets();
  ASSERT_EQ(sheets.size(), 1u);
  EXPECT_EQ(sheets[0].policy(), "countPolicies/default");
  EXPECT_EQ(sheets[0].lines_size(), 2);
  EXPECT_EQ(Cycle().lines(0).open_count(), sheets[0].name());
  EXPECT_FALSE(Cycle().lines(0).due());
  // One at a time.
  clock_.Advance(absl::Hours(25));
  RunJobs();
  EXPECT_EQ(Sheets().size(), 1u);
  ASSERT_THAT((Call<v1::StockCount>("RecordStockCount", Specialist(),
                                    Proto<v1::RecordStockCountRequest>(absl::StrCat(
                                        "name: '", sheets[0].name(),
                                        "' found { item: 'items/mug' quantity: 10 } found { item: 'items/pen' quantity: 100 }")))),
              IsOk());
  ASSERT_THAT(
      (Ask<v1::StockCount, v1::PostStockCountRequest>("PostStockCount", absl::StrCat("name: '", sheets[0].name(), "' reason: 'cycle'"))),
      IsOk());
  RunJobs();
  EXPECT_TRUE(Sheets().empty());
  // A month later class A is due again, class C is not.
  clock_.Advance(absl::Hours(24 * 31));
  RunJobs();
  sheets = Sheets();
  ASSERT_EQ(sheets.size(), 1u);
  ASSERT_EQ(sheets[0].lines_size(), 1);
  EXPECT_EQ(sheets[0].lines(0).item(), "items/mug");
}

TEST_F(CycleCountTest, ClassesAreInOrder) {
  EXPECT_THAT((Ask<v1::CountPolicy, v1::CreateCountPolicyRequest>(
                  "CreateCountPolicy",
                  "count_policy { reason: 'x' class_a_share_bp: 9000 class_b_share_bp: 8000 class_a_days: 1 "
                  "class_b_days: 2 class_c_days: 3 sheet_items: 5 }")),
              HasViolation("count_policy.class_b_share_bp", "CLASSES_REVERSED"));
}

}  // namespace
}  // namespace heitie::resource
