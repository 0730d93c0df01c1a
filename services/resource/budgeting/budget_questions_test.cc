#include "services/resource/budgeting/budget_questions.h"

#include <numeric>
#include <random>

#include "services/resource/budgeting/budgeting_testing.h"
#include "services/resource/budgeting/variance.h"

namespace heitie::resource {
namespace {

using test::HasViolations;
using ::testing::ElementsAre;

TEST(PlanByMonthTest, SharesTheLimitByDays) {
  const absl::CivilDay start(2026, 1, 1), end(2026, 3, 31);
  const absl::CivilMonth first(2026, 1), last(2026, 3);
  EXPECT_THAT(PlanByMonth(9000, start, end, first, last), ElementsAre(3100, 2800, 3100));
  // 34.44, 31.11, 34.44: the first of the equal remainders gets what is left.
  EXPECT_THAT(PlanByMonth(100, start, end, first, last), ElementsAre(35, 31, 34));
  EXPECT_THAT(PlanByMonth(100, start, end, absl::CivilMonth(2025, 12), absl::CivilMonth(2026, 1)), ElementsAre(0, 35));
  EXPECT_THAT(PlanByMonth(-100, start, end, first, last), ElementsAre(-35, -31, -34));
  EXPECT_THAT(PlanByMonth(7, absl::CivilDay(2026, 1, 31), absl::CivilDay(2026, 2, 6), first, absl::CivilMonth(2026, 2)), ElementsAre(1, 6));
}

// All months add up to the limit, and each is its quota rounded up or down.
TEST(PlanByMonthTest, AgreesWithTheQuotas) {
  std::mt19937 random(7);
  for (int i = 0; i < 500; ++i) {
    const absl::CivilDay start = absl::CivilDay(2026, 1, 1) + random() % 365, end = start + random() % 700;
    const int64_t limit = random() % 1'000'000;
    const std::vector<int64_t> plan = PlanByMonth(limit, start, end, absl::CivilMonth(start), absl::CivilMonth(end));
    ASSERT_EQ(std::accumulate(plan.begin(), plan.end(), int64_t{0}), limit);
    int64_t month = 0;
    for (const int64_t share : plan) {
      const absl::CivilMonth of = absl::CivilMonth(start) + month++;
      int64_t days = 0;
      for (absl::CivilDay day = start; day <= end; ++day) days += absl::CivilMonth(day) == of ? 1 : 0;
      const int64_t all = end - start + 1;
      ASSERT_GE(share, limit * days / all);
      ASSERT_LE(share, (limit * days + all - 1) / all);
    }
  }
}

TEST(VarianceBpTest, IsUndefinedWithoutAPlan) {
  EXPECT_EQ(VarianceBp(0, 5), std::nullopt);
  EXPECT_EQ(VarianceBp(200, 150), 2500);
  EXPECT_EQ(VarianceBp(200, 250), -2500);
  EXPECT_EQ(VarianceBp(3, 2), 3333);
  EXPECT_EQ(VarianceBp(3, 1), 6667);
  EXPECT_EQ(VarianceBp(16, 17), -625);
  EXPECT_EQ(VarianceBp(32'000, 31'999), 0);
  EXPECT_EQ(VarianceBp(20'000, 19'999), 1);  // half away from zero
  EXPECT_EQ(VarianceBp(20'000, 20'001), -1);
  EXPECT_EQ(VarianceBp(1, kMaxBudgetMinor), std::nullopt);
}

TEST(RunRateTest, GoesOnAsBefore) {
  EXPECT_EQ(RunRate(100, 0, 60), std::nullopt);
  EXPECT_EQ(RunRate(100, 20, 60), 300);
  EXPECT_EQ(RunRate(1, 2, 3), 2);
  EXPECT_EQ(RunRate(-1, 2, 3), -2);
  EXPECT_EQ(RunRate(kMaxBudgetMinor, 1, 3000), std::nullopt);
}

class BudgetQuestionsTest : public BudgetingTest {
 protected:
  void HaveCenter(const std::string& id, const std::string& parent = "") {
    v1::CreateCostCenterRequest request;
    request.set_cost_center_id(id);
    request.mutable_cost_center()->set_display_name(id);
    if (!parent.empty()) request.mutable_cost_center()->set_parent_cost_center("costCenters/" + parent);
    ASSERT_THAT(Call<v1::CostCenter>("CreateCostCenter", Specialist(), request), IsOk());
  }
  void HaveAccount(const std::string& id, const std::string& parent = "") {
    v1::CreateExpenseAccountRequest request;
    request.set_expense_account_id(id);
    request.mutable_expense_account()->set_display_name(id);
    if (!parent.empty()) request.mutable_expense_account()->set_parent_account("expenseAccounts/" + parent);
    ASSERT_THAT(Call<v1::ExpenseAccount>("CreateExpenseAccount", Specialist(), request), IsOk());
  }
  absl::StatusOr<v1::FindCoveringBudgetResponse> Covering(const std::string& center, const std::string& account,
                                                          absl::CivilDay day = absl::CivilDay(2026, 2, 1)) {
    v1::FindCoveringBudgetRequest request;
    request.set_cost_center(center);
    request.set_expense_account(account);
    *request.mutable_date() = time::ToDate(day);
    return Call<v1::FindCoveringBudgetResponse>("FindCoveringBudget", Analyst(), request);
  }
  std::string Payer(const std::string& center, const std::string& account, absl::CivilDay day = absl::CivilDay(2026, 2, 1)) {
    const auto found = Covering(center, account, day);
    return found.ok() ? found->levels(0).budget() : status::ReasonOf(found.status());
  }
};

TEST_F(BudgetQuestionsTest, TheNearestBudgetPays) {
  HaveCenter("company");
  HaveCenter("operations", "company");
  HaveCenter("events", "operations");
  HaveAccount("travel");
  HaveAccount("trains", "travel");
  HaveBudgetOf("company-all", 10, {.cost_center = "company"});
  HaveBudgetOf("company-trains", 10, {.account = "trains", .cost_center = "company"});
  HaveBudgetOf("operations-travel", 10, {.account = "travel"});
  EXPECT_EQ(Payer("events", "trains"), "budgets/operations-travel");
  EXPECT_EQ(Payer("costCenters/events", "expenseAccounts/trains"), "budgets/operations-travel");
  EXPECT_EQ(Payer("events", "catering"), "budgets/company-all");
  EXPECT_EQ(Payer("company", "trains"), "budgets/company-trains");
  EXPECT_EQ(Payer("company", "travel"), "budgets/company-all");
  // No account is none in particular, and never skipped.
  EXPECT_EQ(Payer("operations", ""), "budgets/company-all");
  EXPECT_EQ(Payer("elsewhere", "trains"), "NO_BUDGET");
  EXPECT_EQ(Payer("events", "trains", absl::CivilDay(2026, 4, 1)), "NO_BUDGET");
  // Drafts and closed ones pay nothing, shorter periods come first.
  HaveBudgetOf("operations-february", 10, {.account = "travel", .start = absl::CivilDay(2026, 2, 1), .end = absl::CivilDay(2026, 2, 28)});
  EXPECT_EQ(Payer("events", "trains"), "budgets/operations-february");
  ASSERT_THAT((Do<v1::Budget, v1::CloseBudgetRequest>("CloseBudget", "budgets/operations-february", Manager())), IsOk());
  ASSERT_THAT(DraftOf("events-trains", 10, {.account = "trains", .cost_center = "events"}), IsOk());
  EXPECT_EQ(Payer("events", "trains"), "budgets/operations-travel");
}

TEST_F(BudgetQuestionsTest, TellsWhatCanBeTakenOnTheWayUp) {
  HaveTree();
  ASSERT_THAT(PreCommit("e", "budgets/side", 450), IsOk());
  ASSERT_THAT(PreCommit("f", "budgets/top", 300), IsOk());
  HaveAccount("print");
  HaveBudgetOf("print", 400, {.parent = "budgets/middle", .account = "print"});
  const auto found = Covering("operations", "print");
  ASSERT_THAT(found, IsOk());
  ASSERT_EQ(found->levels_size(), 3);
  EXPECT_EQ(found->levels(1).available_minor(), 600);
  EXPECT_EQ(found->available_minor(), 250);
  EXPECT_EQ(found->currency_code(), "TWD");
}

TEST_F(BudgetQuestionsTest, TreesHaveNoCircles) {
  HaveCenter("a");
  HaveCenter("b", "a");
  const auto moved =
      Call<v1::CostCenter>("UpdateCostCenter", Specialist(),
                           Proto<v1::UpdateCostCenterRequest>("cost_center { name: 'costCenters/a' parent_cost_center: 'costCenters/b' }"));
  EXPECT_THAT(moved, HasViolations("cost_center.parent_cost_center COST_CENTER_CYCLE"));
  HaveAccount("x");
  EXPECT_THAT(Call<v1::ExpenseAccount>("UpdateExpenseAccount", Specialist(),
                                       Proto<v1::UpdateExpenseAccountRequest>(
                                           "expense_account { name: 'expenseAccounts/x' parent_account: 'expenseAccounts/x' }")),
              HasViolations("expense_account.parent_account ACCOUNT_CYCLE"));
  EXPECT_THAT(Call<v1::ExpenseAccount>("UpdateExpenseAccount", Specialist(),
                                       Proto<v1::UpdateExpenseAccountRequest>(
                                           "expense_account { name: 'expenseAccounts/x' parent_account: 'expenseAccounts/none' }")),
              HasViolations("expense_account.parent_account UNKNOWN_ACCOUNT"));
}

TEST_F(BudgetQuestionsTest, ComparesPlanAndActualByMonth) {
  HaveAccount("print");
  HaveBudgetOf("top", 9000, {.account = "print"});
  HaveBudgetOf("leaf", 900, {.parent = "budgets/top", .account = "print"});
  HaveBudgetOf("rest", 1, {});  // Nothing of it is for February.
  const auto spend = [&](const std::string& id, const std::string& budget, int64_t amount) {
    ASSERT_THAT(PreCommit(id, budget, amount), IsOk());
    ASSERT_THAT(Commit("encumbrances/" + id, amount), IsOk());
    ASSERT_THAT(RecordActual("encumbrances/" + id, amount), IsOk());
  };
  spend("a", "budgets/leaf", 400);
  GoTo(absl::CivilDay(2026, 2, 10));
  spend("b", "budgets/top", 3000);
  ASSERT_THAT(CreditSome("encumbrances/a", 100), IsOk());

  v1::ComputeBudgetVarianceRequest request;
  request.set_cost_center("operations");
  *request.mutable_start_date() = time::ToDate(absl::CivilDay(2026, 1, 15));
  *request.mutable_end_date() = time::ToDate(absl::CivilDay(2026, 3, 1));
  const auto variance = Call<v1::ComputeBudgetVarianceResponse>("ComputeBudgetVariance", Analyst(), request);
  ASSERT_THAT(variance, IsOk());
  ASSERT_EQ(variance->budgets_size(), 3);
  const auto& leaf = variance->budgets(0);
  EXPECT_EQ(leaf.budget(), "budgets/leaf");
  EXPECT_EQ(leaf.months(0).planned_minor(), 310);
  EXPECT_EQ(leaf.months(0).variance_minor(), -90);
  EXPECT_EQ(leaf.months(0).variance_bp(), -2903);
  EXPECT_EQ(leaf.months(1).actual_minor(), -100);
  EXPECT_EQ(leaf.total().actual_minor(), 300);
  const auto& rest = variance->budgets(1);
  EXPECT_EQ(rest.months(0).variance_bp(), 10'000);
  EXPECT_FALSE(rest.months(1).has_variance_bp());
  const auto& top = variance->budgets(2);
  EXPECT_EQ(top.months(1).planned_minor(), 2800);
  EXPECT_EQ(top.months(1).actual_minor(), 2900);
  EXPECT_EQ(top.total().variance_minor(), 9000 - 3300);
  // By account nothing counts twice.
  ASSERT_EQ(variance->accounts_size(), 2);
  EXPECT_EQ(variance->accounts(1).expense_account(), "print");
  EXPECT_EQ(variance->accounts(1).total().planned_minor(), 9000);
  EXPECT_EQ(variance->accounts(1).total().actual_minor(), 3300);

  *request.mutable_end_date() = time::ToDate(absl::CivilDay(2031, 1, 1));
  request.clear_cost_center();
  EXPECT_THAT(Call<v1::ComputeBudgetVarianceResponse>("ComputeBudgetVariance", Analyst(), request),
              HasViolations("end_date VARIANCE_TOO_LONG", "cost_center REQUIRED"));
}

}  // namespace
}  // namespace heitie::resource
