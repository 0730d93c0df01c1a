#include "services/resource/budgeting/period_end.h"

#include <thread>
#include <vector>

#include "services/resource/budgeting/budgeting_testing.h"

namespace heitie::resource {
namespace {

using ::testing::ElementsAre;

constexpr absl::CivilDay kQ2(2026, 4, 1), kQ2End(2026, 6, 30);

class PeriodEndTest : public BudgetingTest {
 protected:
  // The quarter after.
  void HaveNext(const std::string& id, int64_t amount, const std::string& parent = "") {
    HaveBudgetOf(id, amount, {.parent = parent, .start = kQ2, .end = kQ2End});
  }
  void EndPeriod() {
    GoTo(absl::CivilDay(2026, 4, 12));
    ASSERT_THAT(jobs_.RunDue(), IsOk());
  }
  v1::Budget::State StateOf(const std::string& id) { return BudgetOf("budgets/" + id).state(); }
};

TEST_F(PeriodEndTest, WhatEndedBeforePeriodsWereEndedStaysOpen) {
  HaveBudget("q1", 1000);
  ASSERT_THAT(Call<v1::MoneyPolicy>("CreateMoneyPolicy", Manager(),
                                    Proto<v1::CreateMoneyPolicyRequest>(
                                        "money_policy_id: 'since' money_policy { reason: 'From April on' alert_thresholds_bp: 8000 carry: "
                                        "CARRY_NONE closing_days: 10 closing_start_date { year: 2026 month: 4 day: 1 } }")),
              IsOk());
  ASSERT_THAT((Do<v1::MoneyPolicy, v1::PublishMoneyPolicyRequest>("PublishMoneyPolicy", "moneyPolicies/since", Manager())), IsOk());
  HaveNext("q2", 500);
  EndPeriod();
  EXPECT_EQ(StateOf("q1"), v1::Budget::STATE_APPROVED);
  GoTo(absl::CivilDay(2026, 7, 12));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ(StateOf("q1"), v1::Budget::STATE_APPROVED);
  EXPECT_EQ(StateOf("q2"), v1::Budget::STATE_CLOSED);
}

TEST_F(PeriodEndTest, WhatIsOrderedGoesToTheNextPeriodAndTheRestLapses) {
  HaveBudget("q1", 1000);
  HaveNext("q2", 500);
  auto wanted = Wanted("request", "budgets/q1", 100);
  wanted.mutable_encumbrance()->mutable_expire_time()->set_seconds(absl::ToUnixSeconds(clock_.Now()) + 86400 * 300);
  ASSERT_THAT(Call<v1::Encumbrance>("CreateEncumbrance", Specialist(), wanted), IsOk());
  ASSERT_THAT(PreCommit("order", "budgets/q1", 300), IsOk());
  ASSERT_THAT(Commit("encumbrances/order", 250), IsOk());
  ASSERT_THAT(RecordActual("encumbrances/order", 50), IsOk());
  ASSERT_THAT(PreCommit("half", "budgets/q1", 60), IsOk());
  ASSERT_THAT(Commit("encumbrances/half", 40), IsOk());
  ASSERT_THAT(RecordActual("encumbrances/half", 40), IsOk());  // 20 of the request is open, nothing of the order
  // During the days of closing it stays as it is.
  GoTo(absl::CivilDay(2026, 4, 10));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ(StateOf("q1"), v1::Budget::STATE_APPROVED);
  EndPeriod();

  EXPECT_EQ(StateOf("q1"), v1::Budget::STATE_CLOSED);
  EXPECT_EQ(BudgetOf("budgets/q1").successor(), "budgets/q2");
  EXPECT_EQ(EncumbranceOf("encumbrances/request")->state(), v1::Encumbrance::STATE_EXPIRED);
  EXPECT_EQ(EncumbranceOf("encumbrances/half")->state(), v1::Encumbrance::STATE_SETTLED);
  const v1::Encumbrance order = *EncumbranceOf("encumbrances/order");
  EXPECT_EQ(order.budget(), "budgets/q2");
  EXPECT_THAT(order.earlier_budgets(), ElementsAre("budgets/q1"));
  EXPECT_EQ(order.committed_minor(), 200);
  EXPECT_EQ(order.actual_minor(), 50);
  const v1::Budget old = BudgetOf("budgets/q1"), next = BudgetOf("budgets/q2");
  EXPECT_EQ(old.transferred_minor(), -200);
  EXPECT_EQ(next.transferred_minor(), 200);
  EXPECT_EQ(next.committed_minor(), 200);
  EXPECT_EQ(next.available_minor(), 500);
  ASSERT_THAT(RecordActual("encumbrances/order", 200), IsOk());
  EXPECT_EQ(BudgetOf("budgets/q2").actual_minor(), 200);
  ExpectSound();
  // For good.
  EXPECT_THAT(Propose("budgets/q1", "r1", 2000), HasReason("BUDGET_NOT_APPROVED"));
  EXPECT_THAT(PreCommit("late", "budgets/q1", 1), HasReason("BUDGET_NOT_APPROVED"));
}

TEST_F(PeriodEndTest, WithoutANextBudgetWhatIsOrderedWaits) {
  HaveBudget("q1", 1000);
  ASSERT_THAT(PreCommit("order", "budgets/q1", 300), IsOk());
  ASSERT_THAT(Commit("encumbrances/order", 250), IsOk());
  EndPeriod();
  EXPECT_EQ(StateOf("q1"), v1::Budget::STATE_APPROVED);
  EXPECT_EQ(EncumbranceOf("encumbrances/order")->pre_committed_minor(), 0);
  EXPECT_EQ(EncumbranceOf("encumbrances/order")->committed_minor(), 250);
  HaveNext("q2", 100);
  clock_.Advance(absl::Hours(1));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ(StateOf("q1"), v1::Budget::STATE_CLOSED);
  EXPECT_EQ(EncumbranceOf("encumbrances/order")->budget(), "budgets/q2");
  ExpectSound();
}

TEST_F(PeriodEndTest, ARuleSaysWhatGoesOfTheUnspentMoney) {
  HavePolicy("share", "carry: CARRY_SHARE carry_share_bp: 2500");
  HaveBudget("q1", 1001);
  HaveNext("q2", 100);
  EndPeriod();
  EXPECT_EQ(BudgetOf("budgets/q1").transferred_minor(), -250);
  EXPECT_EQ(BudgetOf("budgets/q2").transferred_minor(), 250);
  EXPECT_EQ(EntriesOf("budgets/q2").back().document(), "moneyPolicies/share");
  ExpectSound();
}

// The tree of the old quarter is closed from below, and each level's money goes to its own successor.
TEST_F(PeriodEndTest, TreesAreEndedFromBelow) {
  HavePolicy("cap", "carry: CARRY_CAP carry_cap_minor: 1000");
  HaveBudgetOf("top", 500, {.cost_center = "sales"});
  HaveBudgetOf("leaf", 400, {.parent = "budgets/top"});
  HaveBudgetOf("top-next", 500, {.cost_center = "sales", .start = kQ2, .end = kQ2End});
  HaveNext("leaf-next", 400, "budgets/top-next");
  ASSERT_THAT(PreCommit("order", "budgets/leaf", 300), IsOk());
  ASSERT_THAT(Commit("encumbrances/order", 300), IsOk());
  ASSERT_THAT(PreCommit("own", "budgets/top", 150), IsOk());
  ASSERT_THAT(Commit("encumbrances/own", 150), IsOk());
  ASSERT_THAT(RecordActual("encumbrances/own", 150), IsOk());
  ASSERT_THAT(HoldSome("h", "budgets/leaf", 20), IsOk());
  EndPeriod();
  for (const char* id : {"top", "leaf"}) EXPECT_EQ(StateOf(id), v1::Budget::STATE_CLOSED) << id;
  // The leaf had 100 left, but the top only 50: so much went on. Nothing was left of the top then.
  EXPECT_EQ(BudgetOf("budgets/leaf").transferred_minor(), -350);
  EXPECT_EQ(BudgetOf("budgets/leaf-next").transferred_minor(), 350);
  EXPECT_EQ(BudgetOf("budgets/top").transferred_minor(), -350);
  EXPECT_EQ(BudgetOf("budgets/top-next").transferred_minor(), 350);
  EXPECT_EQ(BudgetOf("budgets/top-next").available_minor(), 550);
  EXPECT_EQ(BudgetOf("budgets/top-next").committed_minor(), 300);
  ExpectSound();
}

TEST_F(PeriodEndTest, CreditNotesForAClosedPeriodComeToTheNext) {
  HaveBudget("q1", 1000);
  ASSERT_THAT(PreCommit("order", "budgets/q1", 300), IsOk());
  ASSERT_THAT(Commit("encumbrances/order", 300), IsOk());
  ASSERT_THAT(RecordActual("encumbrances/order", 300), IsOk());
  HaveNext("q2", 100);
  EndPeriod();
  ASSERT_THAT(CreditSome("encumbrances/order", 120), IsOk());
  EXPECT_EQ(BudgetOf("budgets/q1").actual_minor(), 300);
  EXPECT_EQ(BudgetOf("budgets/q2").actual_minor(), -120);
  EXPECT_EQ(BudgetOf("budgets/q2").available_minor(), 220);
  ASSERT_THAT(PreCommit("more", "budgets/q2", 220), IsOk());
  ExpectSound();
}

// Invoices and credit notes arrive while several replicas end the period: whichever comes first, each minor unit is in one budget.
TEST_F(PeriodEndTest, RacesWithInvoices) {
  HaveBudget("q1", 1000);
  HaveNext("q2", 1000);
  constexpr int kOrders = 12;
  for (int i = 0; i < kOrders; ++i) {
    const std::string id = "o" + std::to_string(i);
    ASSERT_THAT(PreCommit(id, "budgets/q1", 50), IsOk());
    ASSERT_THAT(Commit("encumbrances/" + id, 40), IsOk());
  }
  GoTo(absl::CivilDay(2026, 4, 12));
  std::vector<std::jthread> threads;
  for (int t = 0; t < 3; ++t) threads.emplace_back([&] { EXPECT_THAT(jobs_.RunDue(), IsOk()); });
  for (int i = 0; i < kOrders; ++i) {
    threads.emplace_back([&, name = "encumbrances/o" + std::to_string(i)] {
      EXPECT_THAT(RecordActual(name, 30), IsOk()) << name;
      EXPECT_THAT(CreditSome(name, 5), IsOk()) << name;
    });
  }
  threads.clear();
  clock_.Advance(absl::Hours(2));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  const v1::Budget old = BudgetOf("budgets/q1"), next = BudgetOf("budgets/q2");
  EXPECT_EQ(old.state(), v1::Budget::STATE_CLOSED);
  EXPECT_EQ(old.actual_minor() + next.actual_minor(), kOrders * 25);
  EXPECT_EQ(old.committed_minor(), 0);
  EXPECT_EQ(next.committed_minor(), kOrders * 10);
  EXPECT_EQ(old.transferred_minor() + next.transferred_minor(), 0);
  ExpectSound();
}

TEST(RestToCarryTest, IsNeverMoreThanALevelHasLeft) {
  v1::MoneyPolicy policy;
  policy.set_carry(v1::MoneyPolicy::CARRY_SHARE);
  policy.set_carry_share_bp(5000);
  Levels levels(2);
  levels[0].set_available_minor(101);
  levels[1].set_available_minor(40);
  EXPECT_EQ(RestToCarry(policy, levels), 40);
  levels[1].set_available_minor(90);
  EXPECT_EQ(RestToCarry(policy, levels), 50);
  policy.set_carry(v1::MoneyPolicy::CARRY_NONE);
  EXPECT_EQ(RestToCarry(policy, levels), 0);
}

}  // namespace
}  // namespace heitie::resource
