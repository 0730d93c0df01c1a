#include "services/resource/money/budget_ledger.h"

#include <map>

#include "common/test/fixture.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "services/resource/money/budget.h"

namespace heitie::resource {
namespace {

using test::HasReason;
using test::IsOk;

// A budget that is below no other one.
Levels Approved(const std::string& name, int64_t amount, const std::string& parent = "") {
  v1::Budget budget;
  budget.set_name(name);
  budget.set_currency_code("TWD");
  budget.set_requested_minor(amount);
  budget.set_parent_budget(parent);
  EXPECT_THAT(Approve(budget), IsOk());
  return {budget};
}

v1::Encumbrance Request(const std::string& name, int64_t amount) {
  v1::Encumbrance encumbrance;
  encumbrance.set_name(name);
  encumbrance.set_amount_minor(amount);
  return encumbrance;
}

// The golden case: 1000; request 300 → 700; order 200 from it → 700 (100 of the request stays); invoice 200 and another request 50 → 650.
TEST(BudgetLedgerTest, EachStageConsumesTheOneBefore) {
  Levels budget = Approved("budgets/b", 1000);
  EXPECT_EQ(budget[0].available_minor(), 1000);

  v1::Encumbrance first = Request("encumbrances/1", 300);
  ASSERT_THAT(PreCommit(budget, first), IsOk());
  EXPECT_EQ(budget[0].available_minor(), 700);

  ASSERT_THAT(Commit(budget, first, 200), IsOk());
  EXPECT_EQ(budget[0].available_minor(), 700);
  EXPECT_EQ(first.pre_committed_minor(), 100);

  ASSERT_THAT(RecordActual(budget, first, 200), IsOk());
  v1::Encumbrance second = Request("encumbrances/2", 50);
  ASSERT_THAT(PreCommit(budget, second), IsOk());
  EXPECT_EQ(budget[0].available_minor(), 650);
  EXPECT_EQ(budget[0].pre_committed_minor(), 150);
  EXPECT_EQ(budget[0].committed_minor(), 0);
  EXPECT_EQ(budget[0].actual_minor(), 200);
}

TEST(BudgetLedgerTest, ReleaseFreesWhatIsNotActual) {
  Levels budget = Approved("budgets/b", 1000);
  v1::Encumbrance encumbrance = Request("encumbrances/1", 300);
  ASSERT_THAT(PreCommit(budget, encumbrance), IsOk());
  ASSERT_THAT(Commit(budget, encumbrance, 200), IsOk());
  ASSERT_THAT(RecordActual(budget, encumbrance, 120), IsOk());
  const auto entry = Release(budget, encumbrance);
  ASSERT_THAT(entry, IsOk());
  EXPECT_EQ(entry->front().pre_committed_delta_minor(), -100);
  EXPECT_EQ(entry->front().committed_delta_minor(), -80);
  EXPECT_EQ(encumbrance.released_minor(), 180);
  EXPECT_EQ(Open(encumbrance), 0);
  EXPECT_EQ(budget[0].available_minor(), 880);
}

TEST(BudgetLedgerTest, NothingIsSpentTwice) {
  Levels budget = Approved("budgets/b", 100);
  v1::Encumbrance first = Request("encumbrances/1", 70);
  ASSERT_THAT(PreCommit(budget, first), IsOk());
  v1::Encumbrance second = Request("encumbrances/2", 31);
  const v1::Budget before = budget[0];
  EXPECT_THAT(PreCommit(budget, second), HasReason("BUDGET_SHORT"));
  EXPECT_THAT(budget[0], test::EqualsProto(before));
  EXPECT_EQ(second.pre_committed_minor(), 0);
  second.set_amount_minor(30);
  EXPECT_THAT(PreCommit(budget, second), IsOk());
}

TEST(BudgetLedgerTest, AStageTakesNoMoreThanTheOneBeforeHolds) {
  Levels budget = Approved("budgets/b", 100);
  v1::Encumbrance encumbrance = Request("encumbrances/1", 70);
  ASSERT_THAT(PreCommit(budget, encumbrance), IsOk());
  const auto refused = Commit(budget, encumbrance, 71);
  EXPECT_THAT(refused, HasReason("STAGE_SHORT"));
  EXPECT_EQ(refused.status().message(), "encumbrances/1: the pre-commitment is TWD 0.70, TWD 0.71 was asked for.");
  EXPECT_EQ(status::Say(refused.status()).zh_tw, "encumbrances/1：預承付尚餘 TWD 0.70，請求 TWD 0.71。");
  EXPECT_EQ(status::Say(refused.status()).zh_cn, "encumbrances/1：预承付尚余 TWD 0.70，请求 TWD 0.71。");
  EXPECT_THAT(RecordActual(budget, encumbrance, 1), HasReason("STAGE_SHORT"));
  ASSERT_THAT(Commit(budget, encumbrance, 50), IsOk());
  const auto overspent = RecordActual(budget, encumbrance, 51);
  EXPECT_THAT(overspent, HasReason("STAGE_SHORT"));
  EXPECT_EQ(overspent.status().message(), "encumbrances/1: the commitment is TWD 0.50, TWD 0.51 was asked for.");
}

TEST(BudgetLedgerTest, TransfersAddToZero) {
  Levels source = Approved("budgets/a", 100), target = Approved("budgets/b", 50);
  const auto entries = Transfer(source, target, 60, "t1", "the fair moved");
  ASSERT_THAT(entries, IsOk());
  EXPECT_EQ(entries->source.front().transferred_delta_minor() + entries->target.front().transferred_delta_minor(), 0);
  EXPECT_EQ(entries->source.front().counterpart(), "budgets/b");
  EXPECT_EQ(entries->target.front().counterpart(), "budgets/a");
  EXPECT_EQ(entries->source.front().transfer_id(), "t1");
  EXPECT_EQ(source[0].available_minor(), 40);
  EXPECT_EQ(target[0].available_minor(), 110);
  EXPECT_THAT(Transfer(source, target, 41, "t2", "more"), HasReason("BUDGET_SHORT"));
}

TEST(BudgetLedgerTest, ARefusedTransferChangesNeitherSide) {
  Levels source = Approved("budgets/a", 100), target = Approved("budgets/b", kMaxBudgetMinor);
  EXPECT_THAT(Transfer(source, target, 1, "t1", "too much"), HasReason("BUDGET_LIMIT"));
  EXPECT_EQ(source[0].available_minor(), 100);
  EXPECT_EQ(target[0].available_minor(), kMaxBudgetMinor);
}

// A budget of 100 below one of 60 below one of 1000.
Levels Tree() {
  Levels levels = Approved("budgets/leaf", 100, "budgets/middle");
  levels.push_back(Approved("budgets/middle", 60, "budgets/top").front());
  levels.push_back(Approved("budgets/top", 1000).front());
  return levels;
}

TEST(BudgetLedgerTest, EveryLevelBearsABooking) {
  Levels levels = Tree();
  v1::Encumbrance encumbrance = Request("encumbrances/1", 50);
  const auto entries = PreCommit(levels, encumbrance);
  ASSERT_THAT(entries, IsOk());
  ASSERT_EQ(entries->size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ((*entries)[i].budget(), levels[i].name());
    EXPECT_EQ((*entries)[i].pre_committed_delta_minor(), 50);
    EXPECT_EQ((*entries)[i].origin(), i == 0 ? "" : "budgets/leaf");
    EXPECT_EQ(levels[i].pre_committed_minor(), 50);
  }
  EXPECT_EQ(levels[0].lifted_entry_count(), 2);
  EXPECT_EQ(levels[1].lifted_entry_count(), 2);
  EXPECT_EQ(levels[2].lifted_entry_count(), 0);
}

TEST(BudgetLedgerTest, ARefusalNamesEveryLevelThatIsShort) {
  Levels levels = Tree();
  v1::Encumbrance encumbrance = Request("encumbrances/1", 101);
  const Levels before = levels;
  const auto refused = PreCommit(levels, encumbrance);
  EXPECT_THAT(refused, HasReason("BUDGET_SHORT"));
  EXPECT_EQ(refused.status().message(), "budgets/leaf: TWD 1.00 is available, TWD 1.01 is needed.");
  EXPECT_THAT(test::Violations(refused.status()), ::testing::ElementsAre("budgets/leaf BUDGET_SHORT", "budgets/middle BUDGET_SHORT"));
  for (size_t i = 0; i < 3; ++i) EXPECT_THAT(levels[i], test::EqualsProto(before[i]));
  encumbrance.set_amount_minor(61);
  const auto above = PreCommit(levels, encumbrance);
  EXPECT_THAT(test::Violations(above.status()), ::testing::ElementsAre("budgets/middle BUDGET_SHORT"));
}

TEST(BudgetLedgerTest, TransfersStopBelowWhatBothAreBelow) {
  Levels source = Tree();
  Levels target = Approved("budgets/other", 10, "budgets/top");
  target.push_back(source.back());
  TrimShared(source, target);
  ASSERT_EQ(source.size(), 2u);
  ASSERT_EQ(target.size(), 1u);
  // The middle has 60.
  EXPECT_THAT(Transfer(source, target, 61, "t1", "more"), HasReason("BUDGET_SHORT"));
  ASSERT_THAT(Transfer(source, target, 60, "t1", "the fair moved"), IsOk());
  EXPECT_EQ(source[0].transferred_minor(), -60);
  EXPECT_EQ(source[1].transferred_minor(), -60);
  EXPECT_EQ(target[0].transferred_minor(), 60);
}

TEST(BudgetLedgerTest, OneAboveTheOtherLeavesNothingOfEither) {
  Levels leaf = Tree();
  Levels middle(leaf.begin() + 1, leaf.end());
  TrimShared(leaf, middle);
  EXPECT_TRUE(middle.empty());
}

TEST(BudgetLedgerTest, HoldsAreNotAvailable) {
  Levels levels = Tree();
  ASSERT_THAT(Hold(levels, 40, "budgetHolds/1", "the lawsuit"), IsOk());
  EXPECT_EQ(levels[1].available_minor(), 20);
  v1::Encumbrance encumbrance = Request("encumbrances/1", 21);
  EXPECT_THAT(PreCommit(levels, encumbrance), HasReason("BUDGET_SHORT"));
  const auto ended = EndHold(levels, 40, "budgetHolds/1", "won");
  ASSERT_THAT(ended, IsOk());
  EXPECT_EQ(ended->front().held_delta_minor(), -40);
  EXPECT_EQ(ended->front().document(), "budgetHolds/1");
  EXPECT_THAT(PreCommit(levels, encumbrance), IsOk());
}

TEST(BudgetLedgerTest, ARevisionCoversWhatIsTaken) {
  Levels levels = Approved("budgets/b", 100);
  v1::Encumbrance encumbrance = Request("encumbrances/1", 30);
  ASSERT_THAT(PreCommit(levels, encumbrance), IsOk());
  ASSERT_THAT(Hold(levels, 20, "budgetHolds/1", "kept"), IsOk());
  EXPECT_THAT(Revise(levels[0], 49, "r", "less"), HasReason("BUDGET_BELOW_CONSUMED"));
  const auto entry = Revise(levels[0], 50, "budgets/b/budgetRevisions/r", "less");
  ASSERT_THAT(entry, IsOk());
  EXPECT_EQ(entry->approved_delta_minor(), -50);
  EXPECT_EQ(entry->document(), "budgets/b/budgetRevisions/r");
  EXPECT_EQ(levels[0].available_minor(), 0);
  EXPECT_THAT(Revise(levels[0], kMaxBudgetMinor + 1, "r", "more"), HasReason("BUDGET_LIMIT"));
}

// 100 ordered, invoiced at 110, 30 of it back.
TEST(BudgetLedgerTest, ExcessAndCreditKeepTheParts) {
  Levels levels = Approved("budgets/b", 1000);
  v1::Encumbrance encumbrance = Request("encumbrances/1", 100);
  ASSERT_THAT(PreCommit(levels, encumbrance), IsOk());
  ASSERT_THAT(Raise(levels, encumbrance, 5, false), IsOk());
  EXPECT_EQ(encumbrance.pre_committed_minor(), 105);
  ASSERT_THAT(Commit(levels, encumbrance, 100), IsOk());
  ASSERT_THAT(RecordActual(levels, encumbrance, 100), IsOk());
  ASSERT_THAT(Exceed(levels, encumbrance, 10), IsOk());
  ASSERT_THAT(Credit(levels, encumbrance, 30), IsOk());
  EXPECT_EQ(encumbrance.actual_minor(), 80);
  EXPECT_EQ(encumbrance.raised_minor(), 15);
  EXPECT_EQ(encumbrance.excess_minor(), 10);
  EXPECT_EQ(encumbrance.amount_minor(), Open(encumbrance) + encumbrance.actual_minor() + encumbrance.released_minor());
  EXPECT_EQ(levels[0].available_minor(), 1000 - 80 - 5);
}

// The money goes with the order: neither period has more or less to spend.
TEST(BudgetLedgerTest, WhatIsCarriedLeavesWhatIsAvailable) {
  Levels old_year = Tree(), new_year = Approved("budgets/next", 70);
  v1::Encumbrance encumbrance = Request("encumbrances/1", 50);
  encumbrance.set_budget("budgets/leaf");
  ASSERT_THAT(PreCommit(old_year, encumbrance), IsOk());
  ASSERT_THAT(Commit(old_year, encumbrance, 50), IsOk());
  const auto entries = CarryCommitment(old_year, new_year, encumbrance, "t");
  ASSERT_THAT(entries, IsOk());
  EXPECT_EQ(encumbrance.budget(), "budgets/next");
  EXPECT_THAT(encumbrance.earlier_budgets(), ::testing::ElementsAre("budgets/leaf"));
  EXPECT_EQ(old_year[0].available_minor(), 50);
  EXPECT_EQ(old_year[0].committed_minor(), 0);
  EXPECT_EQ(old_year[2].transferred_minor(), -50);
  EXPECT_EQ(new_year[0].available_minor(), 70);
  EXPECT_EQ(new_year[0].committed_minor(), 50);
  EXPECT_EQ(entries->source.front().transferred_delta_minor() + entries->target.front().transferred_delta_minor(), 0);
}

TEST(BudgetLedgerTest, AlertsAreOfTheGreatestThresholdReached) {
  v1::Budget budget;
  budget.set_approved_minor(1000);
  for (const int threshold : {8000, 9500, 10000}) budget.add_alert_thresholds_bp(threshold);
  const std::map<int64_t, int32_t> expected = {{0, 0}, {799, 0}, {800, 8000}, {949, 8000}, {950, 9500}, {999, 9500}, {1000, 10000}};
  for (const auto& [taken, alert] : expected) {
    budget.set_committed_minor(taken);
    EXPECT_EQ(AlertOf(budget), alert) << taken;
  }
  budget.set_approved_minor(0);
  EXPECT_EQ(AlertOf(budget), 0);
  // Exact where doubles are not.
  budget.set_approved_minor(kMaxBudgetMinor);
  budget.set_committed_minor(kMaxBudgetMinor / 10 * 8 - 1);
  EXPECT_EQ(AlertOf(budget), 0);
  budget.set_committed_minor(kMaxBudgetMinor / 10 * 8);
  EXPECT_EQ(AlertOf(budget), 8000);
}

TEST(BudgetLedgerTest, AnEntryCarriesDeltasAndBalances) {
  Levels budget = Approved("budgets/b", 1000);
  v1::Encumbrance encumbrance = Request("encumbrances/1", 300);
  const auto entry = PreCommit(budget, encumbrance);
  ASSERT_THAT(entry, IsOk());
  EXPECT_EQ(entry->front().name(), "budgets/b/budgetEntries/000000000002");
  EXPECT_EQ(entry->front().budget(), "budgets/b");
  EXPECT_EQ(entry->front().sequence(), 2);
  EXPECT_EQ(entry->front().kind(), v1::BudgetEntry::KIND_PRE_COMMITMENT);
  EXPECT_EQ(entry->front().encumbrance(), "encumbrances/1");
  EXPECT_EQ(entry->front().pre_committed_delta_minor(), 300);
  EXPECT_EQ(entry->front().approved_minor(), 1000);
  EXPECT_EQ(entry->front().pre_committed_minor(), 300);
}

}  // namespace
}  // namespace heitie::resource
