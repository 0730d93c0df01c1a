#include "services/resource/purchase/purchase_order.h"

#include <atomic>
#include <thread>
#include <vector>

#include "services/resource/purchase/purchase_test.h"

namespace heitie::resource {
namespace {

using test::HasViolation;
using test::HasViolations;
using ::testing::ElementsAre;
using v1::PurchaseOrder;
using Requisition = v1::PurchaseRequisition;

class PurchaseOrderTest : public PurchaseTest {};

TEST_F(PurchaseOrderTest, FromTheRequisitionToTheLastCoin) {
  HaveRequisition("r1", Asks("mug", 10, 1000));
  absl::StatusOr<PurchaseOrder> order = Ordered("o1", Orders("mug", 10, 900, Part("r1", 1, 10)));
  ASSERT_THAT(order, IsOk());
  EXPECT_EQ(Money(), "100 900 0");  // The estimate's rest stays set aside until the requisition is closed.
  EXPECT_EQ(RequisitionOf("r1").state(), Requisition::STATE_ORDERED);
  EXPECT_EQ(ToComeOf("mug").requisitioned_quantity(), 0);
  EXPECT_EQ(ToComeOf("mug").ordered_quantity(), 10);
  ASSERT_THAT(Delivered("d1", "o1", 1, 10), IsOk());
  EXPECT_EQ(StockOf("items/mug").on_hand(), 0);  // nobody's before it is inspected
  EXPECT_EQ(ToComeOf("mug").ordered_quantity(), 10);
  EXPECT_THAT(Closed("o1"), HasReason("UNINSPECTED"));
  ASSERT_THAT(Inspected("d1", 8, 2), IsOk());
  EXPECT_EQ(StockOf("items/mug").on_hand(), 8);
  EXPECT_EQ(StockOf("items/mug").value_minor(), 720);
  EXPECT_EQ(OrderOf("o1").state(), PurchaseOrder::STATE_PART_RECEIVED);  // open for what was rejected
  EXPECT_EQ(ToComeOf("mug").ordered_quantity(), 2);
  ASSERT_THAT(Call<v1::Delivery>("SendBackDelivery", Specialist(),
                                 Proto<v1::SendBackDeliveryRequest>("name: 'deliveries/d1' reference: 'parcel 7'")),
              IsOk());
  EXPECT_EQ(StockOf("items/mug").value_minor(), 720);
  EXPECT_EQ(OrderOf("o1").lines(0).accepted_quantity(), 8);
  HaveAccepted("o1", 1, 2);
  EXPECT_EQ(OrderOf("o1").state(), PurchaseOrder::STATE_RECEIVED);
  EXPECT_EQ(StockOf("items/mug").value_minor(), 900);
  EXPECT_THAT(Closed("o1"), HasReason("NOT_INVOICED"));
  ASSERT_THAT(Invoiced("i1", Bills("o1", 1, 10, 900)), IsOk());
  EXPECT_EQ(Money(), "100 0 900");
  ASSERT_THAT(Closed("o1"), IsOk());
  ASSERT_THAT(Call<Requisition>("ClosePurchaseRequisition", Specialist(),
                                Proto<v1::ClosePurchaseRequisitionRequest>("name: 'purchaseRequisitions/r1' reason: 'all is here'")),
              IsOk());
  EXPECT_EQ(Money(), "0 0 900");
  ExpectSound();
}

TEST_F(PurchaseOrderTest, LinesOfManyRequisitionsAndALineInManyOrders) {
  HaveRequisition("r1", Asks("mug", 10, 1000) + Asks("pen", 4, 40));
  HaveRequisition("r2", Asks("mug", 6, 600));
  ASSERT_THAT(Ordered("o1", Orders("mug", 9, 901, Part("r1", 1, 4) + Part("r2", 1, 5)) + Orders("pen", 4, 40, Part("r1", 2, 4))), IsOk());
  const PurchaseOrder first = OrderOf("o1");
  EXPECT_EQ(first.lines(0).allocations(0).ordered_minor() + first.lines(0).allocations(1).ordered_minor(), 901);
  EXPECT_EQ(RequisitionOf("r1").state(), Requisition::STATE_PART_ORDERED);
  ASSERT_THAT(Ordered("o2", Orders("mug", 7, 700, Part("r1", 1, 6) + Part("r2", 1, 1))), IsOk());
  EXPECT_EQ(RequisitionOf("r1").state(), Requisition::STATE_ORDERED);
  EXPECT_EQ(RequisitionOf("r2").state(), Requisition::STATE_ORDERED);
  EXPECT_EQ(Money(), "0 1641 0");  // a coin dearer than estimated
  const auto refused = Ordered("o3", Orders("mug", 2, 200, Part("r1", 1, 1) + Part("r2", 1, 1)));
  EXPECT_THAT(refused, HasReason("ORDER_REFUSED"));
  EXPECT_THAT(refused, HasViolation("purchaseRequisitions/r1", "NOT_ORDERABLE"));
  EXPECT_EQ(Money(), "0 1641 0");
  ExpectSound();
}

TEST_F(PurchaseOrderTest, EveryBadFieldAtOnce) {
  HaveRequisition("r1", Asks("mug", 10, 1000, "supplier: 'suppliers/paper'"));
  EXPECT_THAT(Ordered("o1",
                      Orders("mug", 9, 900, Part("r1", 1, 4) + Part("r1", 1, 4)) + Orders("pen", 1, 10, Part("r1", 1, 1)) +
                          Orders("mug", 1, 10, Part("r9", 1, 1)),
                      "XXQ", "nobody"),
              HasViolations("purchase_order.supplier UNKNOWN_SUPPLIER", "purchase_order.currency_code UNKNOWN_CURRENCY",
                            "purchase_order.lines[0].allocations PARTS_DIFFER",
                            "purchase_order.lines[0].allocations[0].requisition SUPPLIER_DIFFERS",
                            "purchase_order.lines[0].allocations[1].requisition ALLOCATION_TWICE",
                            "purchase_order.lines[0].allocations[1].requisition SUPPLIER_DIFFERS",
                            "purchase_order.lines[1].allocations[0].requisition ITEM_DIFFERS",
                            "purchase_order.lines[1].allocations[0].requisition SUPPLIER_DIFFERS",
                            "purchase_order.lines[2].allocations[0].requisition UNKNOWN_REQUISITION_LINE"));
}

TEST_F(PurchaseOrderTest, WhatIsNotApprovedIsNotOrdered) {
  ASSERT_THAT(Drafted("li", "r1", Asks("mug", 10, 1000)), IsOk());
  ASSERT_THAT(Submitted("li", "r1"), IsOk());
  EXPECT_THAT(Ordered("o1", Orders("mug", 1, 100, Part("r1", 1, 1))), HasViolation("purchaseRequisitions/r1", "NOT_ORDERABLE"));
  ASSERT_THAT(Approved("r1"), IsOk());
  EXPECT_THAT(Ordered("o1", Orders("mug", 11, 100, Part("r1", 1, 11))), HasViolation("purchaseRequisitions/r1", "NOT_OPEN_ENOUGH"));
  EXPECT_THAT(Ordered("o1", Orders("mug", 10, 1101, Part("r1", 1, 10))), HasViolation("purchaseRequisitions/r1", "TOO_DEAR"));
  EXPECT_EQ(Money(), "1000 0 0");
}

TEST_F(PurchaseOrderTest, DearerThanEstimatedTakesTheExcessAtOnceOrIsRefused) {
  HaveBudget("tight", 1040);
  auto elsewhere = Proto<v1::CreatePurchaseRequisitionRequest>(
      "purchase_requisition_id: 'r1' purchase_requisition { purpose: 'Gifts' cost_center: 'operations' need_date { year: 2026 month: 2 "
      "day: 1 } " +
      Asks("mug", 10, 1000) + " }");
  // Of two budgets for the same the first by name.
  ASSERT_THAT(Call<Requisition>("CreatePurchaseRequisition", As("li"), elsewhere), IsOk());
  v1::CreateEncumbranceRequest most = Wanted("most", "budgets/q1", 1'000'000'000 - 1040);
  ASSERT_THAT(Call<v1::Encumbrance>("CreateEncumbrance", Specialist(), most), IsOk());
  ASSERT_THAT(Submitted("li", "r1"), IsOk());
  ASSERT_THAT(Approved("r1"), IsOk());
  ASSERT_EQ(RequisitionOf("r1").lines(0).budget(), "budgets/q1");
  EXPECT_THAT(Ordered("o1", Orders("mug", 10, 1041, Part("r1", 1, 10))), HasReason("BUDGET_SHORT"));
  ASSERT_THAT(Ordered("o1", Orders("mug", 10, 1040, Part("r1", 1, 10))), IsOk());
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 0);
  EXPECT_EQ(BudgetOf("budgets/q1").committed_minor(), 1040);
  ExpectSound();
}

// Also of an order whose money is spent, of which no encumbrance tells.
TEST_F(PurchaseOrderTest, WhatIsOrderedForASubjectIsFoundUntilItIsClosed) {
  HaveRequisition("r1", Asks("mug", 10, 1000) + "subject: 'activities/fair'");
  HaveRequisition("r2", Asks("mug", 6, 600) + "subject: 'activities/other'");
  HaveRequisition("r3", Asks("mug", 2, 200));
  const auto found = [&](const std::string& subjects) {
    const auto orders =
        Call<v1::FindOrdersForSubjectsResponse>("FindOrdersForSubjects", Specialist(), Proto<v1::FindOrdersForSubjectsRequest>(subjects));
    EXPECT_THAT(orders, IsOk());
    std::vector<std::string> lines;
    if (!orders.ok()) return lines;
    for (const v1::SubjectOrder& one : orders->orders()) {
      lines.push_back(absl::StrCat(one.subject(), " ", one.purchase_order(), " ", one.open_quantity(), " ", one.accepted_quantity()));
    }
    return lines;
  };
  EXPECT_THAT(found("subjects: 'activities/fair'"), ElementsAre()) << "nothing is ordered yet";
  ASSERT_THAT(Ordered("o1", Orders("mug", 13, 1300, Part("r1", 1, 10) + Part("r2", 1, 1) + Part("r3", 1, 2))), IsOk());
  ASSERT_THAT(Ordered("o2", Orders("mug", 5, 500, Part("r2", 1, 5))), IsOk());
  EXPECT_THAT(found("subjects: 'activities/other' subjects: 'activities/fair'"),
              ElementsAre("activities/fair purchaseOrders/o1 10 0", "activities/other purchaseOrders/o1 1 0",
                          "activities/other purchaseOrders/o2 5 0"));
  HaveAccepted("o1", 1, 11);
  EXPECT_THAT(found("subjects: 'activities/fair'"), ElementsAre("activities/fair purchaseOrders/o1 0 10"));
  ASSERT_THAT(ShortClosed("o1", "", false), IsOk());
  ASSERT_THAT(Invoiced("i1", Bills("o1", 1, 11, 1100)), IsOk());
  EXPECT_THAT(found("subjects: 'activities/fair'"), ElementsAre("activities/fair purchaseOrders/o1 0 10"));
  ASSERT_THAT(Closed("o1"), IsOk());
  EXPECT_THAT(found("subjects: 'activities/fair'"), ElementsAre());
}

TEST_F(PurchaseOrderTest, WhatIsGivenUpIsFreeOrOpenAgain) {
  HaveRequisition("r1", Asks("mug", 10, 1000));
  HaveRequisition("r2", Asks("mug", 10, 1000));
  ASSERT_THAT(Ordered("o1", Orders("mug", 14, 1400, Part("r1", 1, 8) + Part("r2", 1, 6))), IsOk());
  EXPECT_EQ(Money(), "600 1400 0");
  HaveAccepted("o1", 1, 5);
  EXPECT_THAT(ShortClosed("o1", "parts { line: 1 quantity: 10 } parts { line: 3 } parts { line: 1 }", true),
              HasViolations("parts[0].quantity MORE_THAN_OPEN", "parts[1].line UNKNOWN_ORDER_LINE", "parts[2].line LINE_TWICE"));
  // The last units: all six of r2 and one of r1.
  ASSERT_THAT(ShortClosed("o1", "parts { line: 1 quantity: 7 }", true), IsOk());
  EXPECT_EQ(Money(), "1300 700 0");
  EXPECT_EQ(RequisitionOf("r2").state(), Requisition::STATE_APPROVED);
  EXPECT_EQ(RequisitionOf("r1").lines(0).ordered_quantity(), 7);
  EXPECT_EQ(ToComeOf("mug").requisitioned_quantity(), 13);
  EXPECT_EQ(ToComeOf("mug").ordered_quantity(), 2);
  // For good.
  ASSERT_THAT(ShortClosed("o1", "", false), IsOk());
  EXPECT_EQ(OrderOf("o1").state(), PurchaseOrder::STATE_RECEIVED);
  EXPECT_EQ(RequisitionOf("r1").lines(0).closed_quantity(), 2);
  EXPECT_EQ(Money(), "1300 500 0");
  // What is open again can be ordered again.
  ASSERT_THAT(Ordered("o2", Orders("mug", 13, 1300, Part("r1", 1, 3) + Part("r2", 1, 10))), IsOk());
  EXPECT_EQ(Money(), "0 1800 0");
  ASSERT_THAT(ShortClosed("o2", "", false), IsOk());
  EXPECT_EQ(OrderOf("o2").state(), PurchaseOrder::STATE_CANCELLED);
  EXPECT_EQ(RequisitionOf("r2").state(), Requisition::STATE_CLOSED);
  EXPECT_EQ(Money(), "0 500 0");
  ASSERT_THAT(Invoiced("i1", Bills("o1", 1, 5, 500)), IsOk());
  ASSERT_THAT(Closed("o1"), IsOk());
  EXPECT_EQ(Money(), "0 0 500");
  ExpectSound();
}

TEST_F(PurchaseOrderTest, NoMoreIsOrderedThanWasApproved) {
  HaveRequisition("r1", Asks("mug", 10, 1000));
  std::atomic<int> placed{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const auto order = Ordered(absl::StrCat("o", i), Orders("mug", 3, 300, Part("r1", 1, 3)));
      if (order.ok()) {
        ++placed;
      } else {
        EXPECT_THAT(order, HasReason("ORDER_REFUSED"));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(placed.load(), 3);
  EXPECT_EQ(RequisitionOf("r1").lines(0).ordered_quantity(), 9);
  EXPECT_EQ(Money(), "100 900 0");
  ExpectSound();
}

TEST_F(PurchaseOrderTest, AnOverdueOrderComesBackToItsBuyer) {
  HaveRequisition("r1", Asks("mug", 10, 1000));
  ASSERT_THAT(Ordered("o1", Orders("mug", 10, 1000, Part("r1", 1, 10))), IsOk());
  clock_.Advance(absl::Hours(24 * 20 - 8) - absl::Seconds(1));  // Up to the end of the 20th in Taipei.
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_FALSE(OrderOf("o1").overdue());
  clock_.Advance(absl::Seconds(1));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_TRUE(OrderOf("o1").overdue());
  EXPECT_EQ(OrderOf("o1").buyer(), "employees/specialist");
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ(OrderOf("o1").reminder_count(), 1);
  clock_.Advance(absl::Hours(24 * 3));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ(OrderOf("o1").reminder_count(), 2);
  ASSERT_THAT(Call<PurchaseOrder>("PostponePurchaseOrder", Specialist(), Proto<v1::PostponePurchaseOrderRequest>(R"pb(
                                    name: "purchaseOrders/o1"
                                    expected_date { year: 2026 month: 1 day: 2 }
                                    reason: "They say so"
                                  )pb")),
              HasViolations("expected_date PAST_DAY"));
  ASSERT_THAT(Call<PurchaseOrder>("PostponePurchaseOrder", Specialist(), Proto<v1::PostponePurchaseOrderRequest>(R"pb(
                                    name: "purchaseOrders/o1"
                                    expected_date { year: 2026 month: 1 day: 26 }
                                    reason: "They say so"
                                  )pb")),
              IsOk());
  EXPECT_FALSE(OrderOf("o1").overdue());
  EXPECT_EQ(OrderOf("o1").reminder_count(), 0);
  clock_.Advance(absl::Hours(24 * 3));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_TRUE(OrderOf("o1").overdue());
  ASSERT_THAT(ShortClosed("o1", "", false), IsOk());
  EXPECT_FALSE(OrderOf("o1").overdue());
  EXPECT_FALSE(OrderOf("o1").has_remind_time());
  const std::string etag = OrderOf("o1").etag();
  clock_.Advance(absl::Hours(24 * 30));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ(OrderOf("o1").etag(), etag);
}

TEST_F(PurchaseOrderTest, ALapsedPreCommitmentIsTakenAnew) {
  HaveRequisition("r1", Asks("mug", 10, 1000));
  // As if its period had been ended.
  v1::PurchaseRequisition before = RequisitionOf("r1");
  record::Kind<v1::Encumbrance> encumbrances(store_);
  ASSERT_THAT(store_.Write(Manager(),
                           [&](record::Transaction& tx) {
                             return tx.sql
                                 .Execute(
                                     "UPDATE encumbrances SET state = 'STATE_EXPIRED', released_minor = 1000, "
                                     "pre_committed_minor = 0 WHERE name = ?",
                                     sql::Bind(before.lines(0).encumbrance()))
                                 .status();
                           }),
              IsOk());
  ASSERT_THAT(Ordered("o1", Orders("mug", 4, 400, Part("r1", 1, 4))), IsOk());
  const v1::PurchaseOrder order = OrderOf("o1");
  EXPECT_NE(order.lines(0).allocations(0).encumbrance(), before.lines(0).encumbrance());
  EXPECT_EQ(EncumbranceOf(order.lines(0).allocations(0).encumbrance())->committed_minor(), 400);
}

}  // namespace
}  // namespace heitie::resource
