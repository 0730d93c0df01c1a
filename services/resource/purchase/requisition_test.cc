#include "services/resource/purchase/requisition.h"

#include <atomic>
#include <thread>
#include <vector>

#include "common/time/day.h"
#include "heitie/type/v1/handover.pb.h"
#include "heitie/type/v1/holding.pb.h"
#include "services/resource/purchase/purchase_test.h"

namespace heitie::resource {
namespace {

using test::HasViolation;
using test::HasViolations;
using ::testing::ElementsAre;
using Requisition = v1::PurchaseRequisition;

class RequisitionTest : public PurchaseTest {};

TEST_F(RequisitionTest, MoneyMovesWithThePaper) {
  ASSERT_THAT(Drafted("li", "r1", Asks("mug", 10, 1000) + Asks("pen", 5, 200)), IsOk());
  EXPECT_EQ(Money(), "0 0 0");
  absl::StatusOr<Requisition> submitted = Submitted("li", "r1");
  ASSERT_THAT(submitted, IsOk());
  EXPECT_EQ(submitted->lines(0).budget(), "budgets/q1");
  EXPECT_EQ(submitted->lines(0).booked_minor(), 1000);
  EXPECT_NE(submitted->lines(0).encumbrance(), submitted->lines(1).encumbrance());
  EXPECT_EQ(Money(), "1200 0 0");
  EXPECT_EQ(ToComeOf("mug").requisitioned_quantity(), 10);
  EXPECT_EQ(EncumbranceOf(submitted->lines(0).encumbrance())->paper(), "purchaseRequisitions/r1");
  ASSERT_THAT(Approved("r1"), IsOk());
  EXPECT_EQ(Money(), "1200 0 0");
  auto closed = Call<Requisition>("ClosePurchaseRequisition", As("li"),
                                  Proto<v1::ClosePurchaseRequisitionRequest>("name: 'purchaseRequisitions/r1' reason: 'not needed'"));
  ASSERT_THAT(closed, IsOk());
  EXPECT_EQ(closed->lines(0).closed_quantity(), 10);
  EXPECT_EQ(Money(), "0 0 0");
  EXPECT_EQ(ToComeOf("mug").openings_size(), 0);
  ExpectSound();
}

TEST_F(RequisitionTest, WithoutBudgetAndAccountNothingIsAskedFor) {
  ASSERT_THAT(Call<Requisition>(
                  "CreatePurchaseRequisition", As("li"), Proto<v1::CreatePurchaseRequisitionRequest>(R"pb(
                    purchase_requisition {
                      purpose: "Gifts"
                      cost_center: "operations"
                      need_date { year: 2026 month: 2 day: 1 }
                      lines { item: "items/mug" quantity: 1 estimate_minor: 5 currency_code: "TWD" }
                      lines { item: "items/none" quantity: 1 estimate_minor: 5 currency_code: "XXQ" supplier: "suppliers/none" }
                      lines { item: "items/pen" quantity: 1 estimate_minor: 5 currency_code: "TWD" expense_account: "6120" unit: "box" }
                    }
                  )pb")),
              HasViolations("purchase_requisition.lines[0].expense_account ACCOUNT_MISSING",
                            "purchase_requisition.lines[1].currency_code UNKNOWN_CURRENCY",
                            "purchase_requisition.lines[1].supplier UNKNOWN_SUPPLIER", "purchase_requisition.lines[1].item UNKNOWN_ITEM",
                            "purchase_requisition.lines[2].unit UNKNOWN_UNIT"));
  ASSERT_THAT(Drafted("li", "big", Asks("mug", 10, 1'000'000'001)), IsOk());
  EXPECT_THAT(Submitted("li", "big"), HasReason("BUDGET_SHORT"));
  EXPECT_EQ(RequisitionOf("big").state(), Requisition::STATE_DRAFT);
  auto elsewhere =
      Proto<v1::UpdatePurchaseRequisitionRequest>("purchase_requisition { name: 'purchaseRequisitions/big' cost_center: 'nowhere' }");
  elsewhere.mutable_update_mask()->add_paths("cost_center");
  ASSERT_THAT(Call<Requisition>("UpdatePurchaseRequisition", As("li"), elsewhere), IsOk());
  EXPECT_THAT(Submitted("li", "big"), HasReason("NO_BUDGET"));
  EXPECT_EQ(Money(), "0 0 0");
}

TEST_F(RequisitionTest, NobodyDecidesAboutAnOwnOne) {
  const rpc::Call manager = Manager();
  auto own = Proto<v1::CreatePurchaseRequisitionRequest>(
      "purchase_requisition_id: 'own' purchase_requisition { purpose: 'Gifts' cost_center: 'operations' need_date { year: 2026 month: 2 "
      "day: 1 } " +
      Asks("mug", 1, 10) + " }");
  ASSERT_THAT(Call<Requisition>("CreatePurchaseRequisition", manager, own), IsOk());
  ASSERT_THAT((Do<Requisition, v1::SubmitPurchaseRequisitionRequest>("SubmitPurchaseRequisition", "purchaseRequisitions/own", manager)),
              IsOk());
  EXPECT_THAT(Approved("own", manager), HasReason("OWN_REQUISITION"));
  EXPECT_THAT(Call<Requisition>("RejectPurchaseRequisition", manager,
                                Proto<v1::RejectPurchaseRequisitionRequest>("name: 'purchaseRequisitions/own' reason: 'no'")),
              HasReason("OWN_REQUISITION"));
  EXPECT_THAT(Approved("own", OtherManager()), IsOk());
  EXPECT_THAT(Approved("own", OtherManager()), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(RequisitionTest, AboveTheLimitTwoManagersDecide) {
  ASSERT_THAT(Drafted("li", "r1", Asks("mug", 10, 10'000'001)), IsOk());
  ASSERT_THAT(Submitted("li", "r1"), IsOk());
  absl::StatusOr<Requisition> first = Approved("r1");
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->state(), Requisition::STATE_SUBMITTED);
  EXPECT_EQ(first->approvals(0).policy(), "purchasePolicies/default");
  EXPECT_EQ(first->approvals(0).limit_minor(), 10'000'000);
  EXPECT_EQ(first->approvals(0).counted_minor(), 10'000'001);
  EXPECT_THAT(Approved("r1"), HasReason("APPROVED_ALREADY"));
  absl::StatusOr<Requisition> second = Approved("r1", OtherManager());
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->state(), Requisition::STATE_APPROVED);
  EXPECT_EQ(second->approvals_size(), 2);
}

TEST_F(RequisitionTest, SplittingDoesNotHelp) {
  ASSERT_THAT(Drafted("li", "r1", Asks("mug", 10, 6'000'000, "supplier: 'suppliers/print'")), IsOk());
  ASSERT_THAT(Drafted("li", "r2", Asks("pen", 10, 6'000'000)), IsOk());
  ASSERT_THAT(Drafted("li", "r3", Asks("pen", 10, 6'000'000, "supplier: 'suppliers/paper'")), IsOk());
  ASSERT_THAT(Drafted("wang", "r4", Asks("pen", 10, 6'000'000, "supplier: 'suppliers/paper'")), IsOk());
  for (const char* id : {"r1", "r2", "r3"}) ASSERT_THAT(Submitted("li", id), IsOk());
  ASSERT_THAT(Submitted("wang", "r4"), IsOk());
  // The one without a supplier may come to be bought where another is.
  absl::StatusOr<Requisition> first = Approved("r1");
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->state(), Requisition::STATE_SUBMITTED);
  EXPECT_EQ(first->approvals(0).counted_minor(), 12'000'000);
  EXPECT_THAT(first->approvals(0).counted_together(), ElementsAre("purchaseRequisitions/r2"));
  EXPECT_EQ(Approved("r4")->state(), Requisition::STATE_APPROVED);  // somebody else's
  // What was sent back does not count.
  ASSERT_THAT(Call<Requisition>("ReturnPurchaseRequisition", Manager(),
                                Proto<v1::ReturnPurchaseRequisitionRequest>("name: 'purchaseRequisitions/r2' reason: 'say from whom'")),
              IsOk());
  EXPECT_EQ(Approved("r3")->state(), Requisition::STATE_APPROVED);
  // The next day's do not either.
  clock_.Advance(absl::Hours(24));
  ASSERT_THAT(Submitted("li", "r2"), IsOk());
  EXPECT_EQ(Approved("r2")->state(), Requisition::STATE_APPROVED);
}

TEST_F(RequisitionTest, OfTwoThatAreDecidedAtOnceOneSeesTheOther) {
  for (int round = 0; round < 6; ++round) {
    const std::string a = absl::StrCat("a", round), b = absl::StrCat("b", round), who = absl::StrCat("li", round);
    for (const std::string& id : {a, b}) ASSERT_THAT(Drafted(who, id, Asks("mug", 1, 6'000'000)), IsOk());
    std::atomic<int> alone{0};
    std::vector<std::thread> threads;
    for (const std::string& id : {a, b}) {
      threads.emplace_back([&, id] {
        EXPECT_THAT(Submitted(who, id), IsOk());
        const absl::StatusOr<Requisition> approved = Approved(id);
        EXPECT_THAT(approved, IsOk());
        if (approved.ok() && approved->state() == Requisition::STATE_APPROVED) ++alone;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_LE(alone.load(), 1);
  }
  ExpectSound();
}

TEST_F(RequisitionTest, LimitsAreData) {
  ASSERT_THAT(Call<v1::PurchasePolicy>("CreatePurchasePolicy", Manager(), Proto<v1::CreatePurchasePolicyRequest>(R"pb(
                                         purchase_policy_id: "strict"
                                         purchase_policy {
                                           reason: "x"
                                           currency_code: "TWD"
                                           remind_days: 1
                                           limits { role: "OPERATIONS_MANAGER" amount_minor: 1 }
                                           limits { role: "OPERATIONS_MANAGER" amount_minor: 2 }
                                           limits { role: "CLEANER" amount_minor: 2 }
                                         }
                                       )pb")),
              HasViolations("purchase_policy.limits[1].role LIMIT_TWICE", "purchase_policy.limits[2].role UNKNOWN_ROLE"));
  ASSERT_THAT(Call<v1::PurchasePolicy>("CreatePurchasePolicy", Manager(), Proto<v1::CreatePurchasePolicyRequest>(R"pb(
                                         purchase_policy_id: "strict"
                                         purchase_policy {
                                           reason: "Operations are watched"
                                           currency_code: "TWD"
                                           remind_days: 1
                                           limits { role: "OPERATIONS_MANAGER" amount_minor: 100000 }
                                           limits { role: "OPERATIONS_MANAGER" cost_center: "operations" amount_minor: 99 }
                                         }
                                       )pb")),
              IsOk());
  ASSERT_THAT((Do<v1::PurchasePolicy, v1::PublishPurchasePolicyRequest>("PublishPurchasePolicy", "purchasePolicies/strict", Manager())),
              IsOk());
  clock_.Advance(absl::Seconds(1));
  ASSERT_THAT(Drafted("li", "r1", Asks("mug", 1, 100)), IsOk());
  ASSERT_THAT(Submitted("li", "r1"), IsOk());
  absl::StatusOr<Requisition> first = Approved("r1");
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->state(), Requisition::STATE_SUBMITTED);
  EXPECT_EQ(first->approvals(0).policy(), "purchasePolicies/strict");
}

TEST_F(RequisitionTest, MembersSeeTheirOwn) {
  ASSERT_THAT(Drafted("li", "r1", Asks("mug", 1, 100)), IsOk());
  EXPECT_THAT((Do<Requisition, v1::GetPurchaseRequisitionRequest>("GetPurchaseRequisition", "purchaseRequisitions/r1", As("li"))), IsOk());
  EXPECT_THAT((Do<Requisition, v1::GetPurchaseRequisitionRequest>("GetPurchaseRequisition", "purchaseRequisitions/r1", As("wang"))),
              HasReason("NOT_FOUND"));
  EXPECT_THAT(Submitted("wang", "r1"), HasReason("NOT_FOUND"));
  EXPECT_THAT((Do<Requisition, v1::SubmitPurchaseRequisitionRequest>("SubmitPurchaseRequisition", "purchaseRequisitions/r1", Specialist())),
              HasReason("NOT_THE_REQUESTER"));
}

TEST_F(RequisitionTest, AnotherUnitIsEnteredOnce) {
  auto request = Proto<v1::CreateItemRequest>(R"pb(
    item_id: "cup"
    item {
      display_name: "Cup"
      category: "itemCategories/gifts"
      unit: "piece"
      currency_code: "TWD"
      custodian: "employees/keeper"
      units { unit: "box" numerator: 12 denominator: 1 }
      rules { expense_account: "6130" }
    }
  )pb");
  ASSERT_THAT(Call<v1::Item>("CreateItem", Specialist(), request), IsOk());
  auto drafted = Drafted("li", "r1", "lines { item: 'items/cup' quantity: 2 unit: 'box' estimate_minor: 100 currency_code: 'TWD' }");
  ASSERT_THAT(drafted, IsOk());
  EXPECT_EQ(drafted->lines(0).quantity(), 24);
  EXPECT_EQ(drafted->lines(0).entered_quantity(), 2);
  EXPECT_EQ(drafted->lines(0).expense_account(), "6130");
  v1::UpdatePurchaseRequisitionRequest again;
  *again.mutable_purchase_requisition() = *drafted;
  again.mutable_purchase_requisition()->set_purpose("More gifts");
  auto updated = Call<Requisition>("UpdatePurchaseRequisition", As("li"), again);
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->lines(0).quantity(), 24);
}

TEST_F(RequisitionTest, WhoLeavesHandsItOver) {
  ASSERT_THAT(Drafted("li", "r1", Asks("mug", 1, 100)), IsOk());
  ASSERT_THAT(
      Call<Requisition>("SubmitPurchaseRequisition", As("li"),
                        Proto<v1::SubmitPurchaseRequisitionRequest>("name: 'purchaseRequisitions/r1' approver: 'employees/manager'")),
      IsOk());
  type::v1::ListHoldingsRequest asked;
  asked.set_employee("employees/manager");
  asked.set_open_only(true);
  auto held = Call<type::v1::ListHoldingsResponse>("ListHoldings", Manager(), asked);
  ASSERT_THAT(held, IsOk());
  ASSERT_EQ(held->holdings_size(), 1);
  EXPECT_EQ(held->holdings(0).resource(), "purchaseRequisitions/r1");
  EXPECT_EQ(held->holdings(0).field(), "approver");
}

TEST_F(RequisitionTest, WhoseMoneyLapsesIsAskedWhetherItIsStillWanted) {
  HaveRequisition("r1", Asks("mug", 10, 5'000));
  ASSERT_THAT(Drafted("li", "r2", Asks("pen", 10, 700)), IsOk());
  const v1::Budget budget = BudgetOf("budgets/q1");
  clock_.Set(absl::FromCivil(time::ToDay(budget.end_date()) + 12, absl::UTCTimeZone()));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ(BudgetOf("budgets/q1").state(), v1::Budget::STATE_CLOSED);
  const v1::PurchaseRequisition asked = RequisitionOf("r1");
  EXPECT_EQ(asked.decision_reason(), "The money that was set aside for it lapsed with the period of budgets/q1.");
  EXPECT_TRUE(asked.has_decision_due_time());
  EXPECT_FALSE(RequisitionOf("r2").has_decision_due_time()) << "no money was set aside for it";
  const auto keep = [&](const std::string& who) {
    return Call<v1::PurchaseRequisition>(
        "KeepPurchaseRequisition", As(who),
        Proto<v1::KeepPurchaseRequisitionRequest>("name: 'purchaseRequisitions/r1' reason: 'Still wanted'"));
  };
  EXPECT_THAT(keep("wu"), testing::Not(IsOk())) << "it is li's";
  const auto kept = keep("li");
  ASSERT_THAT(kept, IsOk());
  EXPECT_EQ(kept->state(), v1::PurchaseRequisition::STATE_APPROVED);
  EXPECT_FALSE(kept->has_decision_due_time());
  EXPECT_THAT(keep("li"), HasReason("NOTHING_ASKED"));
}

}  // namespace
}  // namespace heitie::resource
