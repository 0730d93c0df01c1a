#include "services/resource/money/budget_ledger.h"

#include "common/test/fixture.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"

namespace heitie::resource {
namespace {

using test::HasReason;
using test::IsOk;

v1::Budget Approved(const std::string& name, int64_t amount) {
  v1::Budget budget;
  budget.set_name(name);
  budget.set_currency_code("TWD");
  budget.set_requested_minor(amount);
  EXPECT_THAT(Approve(budget), IsOk());
  return budget;
}

v1::Encumbrance Request(const std::string& name, int64_t amount) {
  v1::Encumbrance encumbrance;
  encumbrance.set_name(name);
  encumbrance.set_amount_minor(amount);
  return encumbrance;
}

// The golden case: 1000; request 300 → 700; order 200 from it → 700 (100 of the request stays); invoice 200 and another request 50 → 650.
TEST(BudgetLedgerTest, EachStageConsumesTheOneBefore) {
  v1::Budget budget = Approved("budgets/b", 1000);
  EXPECT_EQ(budget.available_minor(), 1000);

  v1::Encumbrance first = Request("encumbrances/1", 300);
  ASSERT_THAT(PreCommit(budget, first), IsOk());
  EXPECT_EQ(budget.available_minor(), 700);

  ASSERT_THAT(Commit(budget, first, 200), IsOk());
  EXPECT_EQ(budget.available_minor(), 700);
  EXPECT_EQ(first.pre_committed_minor(), 100);

  ASSERT_THAT(RecordActual(budget, first, 200), IsOk());
  v1::Encumbrance second = Request("encumbrances/2", 50);
  ASSERT_THAT(PreCommit(budget, second), IsOk());
  EXPECT_EQ(budget.available_minor(), 650);
  EXPECT_EQ(budget.pre_committed_minor(), 150);
  EXPECT_EQ(budget.committed_minor(), 0);
  EXPECT_EQ(budget.actual_minor(), 200);
}

TEST(BudgetLedgerTest, ReleaseFreesWhatIsNotActual) {
  v1::Budget budget = Approved("budgets/b", 1000);
  v1::Encumbrance encumbrance = Request("encumbrances/1", 300);
  ASSERT_THAT(PreCommit(budget, encumbrance), IsOk());
  ASSERT_THAT(Commit(budget, encumbrance, 200), IsOk());
  ASSERT_THAT(RecordActual(budget, encumbrance, 120), IsOk());
  const auto entry = Release(budget, encumbrance);
  ASSERT_THAT(entry, IsOk());
  EXPECT_EQ(entry->pre_committed_delta_minor(), -100);
  EXPECT_EQ(entry->committed_delta_minor(), -80);
  EXPECT_EQ(encumbrance.released_minor(), 180);
  EXPECT_EQ(Open(encumbrance), 0);
  EXPECT_EQ(budget.available_minor(), 880);
}

TEST(BudgetLedgerTest, NothingIsSpentTwice) {
  v1::Budget budget = Approved("budgets/b", 100);
  v1::Encumbrance first = Request("encumbrances/1", 70);
  ASSERT_THAT(PreCommit(budget, first), IsOk());
  v1::Encumbrance second = Request("encumbrances/2", 31);
  const v1::Budget before = budget;
  EXPECT_THAT(PreCommit(budget, second), HasReason("BUDGET_SHORT"));
  EXPECT_THAT(budget, test::EqualsProto(before));
  EXPECT_EQ(second.pre_committed_minor(), 0);
  second.set_amount_minor(30);
  EXPECT_THAT(PreCommit(budget, second), IsOk());
}

TEST(BudgetLedgerTest, AStageTakesNoMoreThanTheOneBeforeHolds) {
  v1::Budget budget = Approved("budgets/b", 100);
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
  v1::Budget source = Approved("budgets/a", 100), target = Approved("budgets/b", 50);
  const auto entries = Transfer(source, target, 60, "t1", "the fair moved");
  ASSERT_THAT(entries, IsOk());
  EXPECT_EQ(entries->source.transferred_delta_minor() + entries->target.transferred_delta_minor(), 0);
  EXPECT_EQ(entries->source.counterpart(), "budgets/b");
  EXPECT_EQ(entries->target.counterpart(), "budgets/a");
  EXPECT_EQ(entries->source.transfer_id(), "t1");
  EXPECT_EQ(source.available_minor(), 40);
  EXPECT_EQ(target.available_minor(), 110);
  EXPECT_THAT(Transfer(source, target, 41, "t2", "more"), HasReason("BUDGET_SHORT"));
}

TEST(BudgetLedgerTest, ARefusedTransferChangesNeitherSide) {
  v1::Budget source = Approved("budgets/a", 100), target = Approved("budgets/b", kMaxBudgetMinor);
  EXPECT_THAT(Transfer(source, target, 1, "t1", "too much"), HasReason("BUDGET_LIMIT"));
  EXPECT_EQ(source.available_minor(), 100);
  EXPECT_EQ(target.available_minor(), kMaxBudgetMinor);
}

TEST(BudgetLedgerTest, AnEntryCarriesDeltasAndBalances) {
  v1::Budget budget = Approved("budgets/b", 1000);
  v1::Encumbrance encumbrance = Request("encumbrances/1", 300);
  const auto entry = PreCommit(budget, encumbrance);
  ASSERT_THAT(entry, IsOk());
  EXPECT_EQ(entry->name(), "budgets/b/budgetEntries/000000000002");
  EXPECT_EQ(entry->budget(), "budgets/b");
  EXPECT_EQ(entry->sequence(), 2);
  EXPECT_EQ(entry->kind(), v1::BudgetEntry::KIND_PRE_COMMITMENT);
  EXPECT_EQ(entry->encumbrance(), "encumbrances/1");
  EXPECT_EQ(entry->pre_committed_delta_minor(), 300);
  EXPECT_EQ(entry->approved_minor(), 1000);
  EXPECT_EQ(entry->pre_committed_minor(), 300);
}

}  // namespace
}  // namespace heitie::resource
