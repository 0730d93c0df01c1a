#include "services/resource/purchase/supplier_invoice.h"

#include <atomic>
#include <thread>
#include <vector>

#include "heitie/resource/v1/exchange_rate.pb.h"
#include "heitie/resource/v1/money_policy.pb.h"
#include "services/resource/purchase/purchase_test.h"

namespace heitie::resource {
namespace {

using test::HasViolation;
using test::HasViolations;
using v1::PurchaseOrder;
using v1::SupplierInvoice;
using v1::SupplierReturn;

class SupplierInvoiceTest : public PurchaseTest {
 protected:
  // An order o1 of so many mugs, of which all came and are good.
  void HaveMugs(int64_t quantity, int64_t total) {
    HaveRequisition("r1", Asks("mug", quantity, total));
    ASSERT_THAT(Ordered("o1", Orders("mug", quantity, total, Part("r1", 1, quantity))), IsOk());
    HaveAccepted("o1", 1, quantity);
  }
  void Use(int64_t quantity) {
    ASSERT_THAT(Reserve("use", {Of("items/mug", quantity)}), IsOk());
    ASSERT_THAT(Confirm("reservations/use"), IsOk());
    ASSERT_THAT(Issue("reservations/use", {Of("items/mug", quantity)}), IsOk());
  }
  absl::StatusOr<SupplierReturn> SentBack(const std::string& id, int64_t quantity) {
    return Call<SupplierReturn>(
        "CreateSupplierReturn", Specialist(),
        Proto<v1::CreateSupplierReturnRequest>(absl::StrCat("supplier_return_id: '", id,
                                                            "' supplier_return { purchase_order: 'purchaseOrders/o1' "
                                                            "order_line: 1 reason: 'cracked' quantity: ",
                                                            quantity, " }")));
  }
  void HaveRate(int day, const std::string& rate) {
    ASSERT_THAT(
        Call<v1::ExchangeRate>("CreateExchangeRate", Specialist(),
                               Proto<v1::CreateExchangeRateRequest>(absl::StrCat(
                                   "exchange_rate { currency_code: 'USD' quote_currency_code: 'TWD' rate_date { year: 2026 month: 1 "
                                   "day: ",
                                   day, " } rate: '", rate, "' source: 'a bank' }"))),
        IsOk());
  }
  // What may be spent beyond a commitment: a tenth of it.
  void AllowExcess() {
    ASSERT_THAT(Call<v1::MoneyPolicy>("CreateMoneyPolicy", Manager(), Proto<v1::CreateMoneyPolicyRequest>(R"pb(
                                        money_policy_id: "loose"
                                        money_policy {
                                          reason: "Small excesses need no question"
                                          alert_thresholds_bp: 8000
                                          excess_bp: 1000
                                          carry: CARRY_NONE
                                          closing_days: 10
                                        }
                                      )pb")),
                IsOk());
    ASSERT_THAT((Do<v1::MoneyPolicy, v1::PublishMoneyPolicyRequest>("PublishMoneyPolicy", "moneyPolicies/loose", Manager())), IsOk());
    clock_.Advance(absl::Seconds(1));
  }
  void Publish(const std::string& terms) {
    ASSERT_THAT(Call<v1::PurchasePolicy>("CreatePurchasePolicy", Manager(),
                                         Proto<v1::CreatePurchasePolicyRequest>(
                                             "purchase_policy_id: 'v2' purchase_policy { reason: 'x' currency_code: 'TWD' remind_days: 1 "
                                             "limits { role: 'OPERATIONS_MANAGER' amount_minor: 1000000000 } " +
                                             terms + " }")),
                IsOk());
    ASSERT_THAT((Do<v1::PurchasePolicy, v1::PublishPurchasePolicyRequest>("PublishPurchasePolicy", "purchasePolicies/v2", Manager())),
                IsOk());
    clock_.Advance(absl::Seconds(1));
  }
};

TEST_F(SupplierInvoiceTest, ThreeWaysLineByLine) {
  AllowExcess();
  HaveRequisition("r1", Asks("mug", 10, 100'000) + Asks("pen", 10, 100'000));
  ASSERT_THAT(Ordered("o1", Orders("mug", 10, 100'000, Part("r1", 1, 10)) + Orders("pen", 10, 100'000, Part("r1", 2, 10))), IsOk());
  ASSERT_THAT(Entered("early", Bills("o1", 1, 1, 10'000)), IsOk());
  EXPECT_THAT(Booked("early"), HasViolation("lines[0]", "NOT_ACCEPTED"));
  HaveAccepted("o1", 1, 6);
  HaveAccepted("o1", 2, 10);
  ASSERT_THAT(Entered("i1", Bills("o1", 1, 7, 70'000) + Bills("o1", 2, 10, 101'001)), IsOk());
  absl::StatusOr<SupplierInvoice> refused = Booked("i1");
  EXPECT_THAT(refused, HasReason("INVOICE_MISMATCH"));
  EXPECT_THAT(refused, HasViolations("lines[0] NOT_ACCEPTED", "lines[1] PRICE_DIFFERS"));
  EXPECT_EQ(Money(), "0 200000 0");
  absl::StatusOr<SupplierInvoice> booked = Invoiced("i2", Bills("o1", 1, 6, 60'000) + Bills("o1", 2, 10, 101'000));
  ASSERT_THAT(booked, IsOk());
  EXPECT_EQ(booked->lines(0).difference_minor(), 0);
  EXPECT_EQ(booked->lines(1).expected_minor(), 100'000);
  EXPECT_EQ(booked->lines(1).difference_minor(), 1'000);
  EXPECT_EQ(booked->lines(1).pieces(0).excess_minor(), 1'000);
  EXPECT_EQ(booked->policy(), "purchasePolicies/default");
  EXPECT_EQ(StockOf("items/pen").value_minor(), 101'000);  // nothing of it was used
  EXPECT_EQ(Money(), "0 40000 161000");
  EXPECT_THAT(Booked("i2"), HasReason("ILLEGAL_TRANSITION"));
  ExpectSound();
}

TEST_F(SupplierInvoiceTest, TheSameNumberTwice) {
  HaveMugs(10, 1000);
  ASSERT_THAT(Entered("i1", Bills("o1", 1, 1, 100), "KIND_INVOICE", "TWD", 1, "AB-123"), IsOk());
  EXPECT_THAT(Entered("i2", Bills("o1", 1, 1, 100), "KIND_INVOICE", "TWD", 1, "ａｂ- 123"), HasReason("DUPLICATE_INVOICE"));
  ASSERT_THAT(Call<SupplierInvoice>("CancelSupplierInvoice", Specialist(),
                                    Proto<v1::CancelSupplierInvoiceRequest>("name: 'supplierInvoices/i1' reason: 'wrong address'")),
              IsOk());
  std::atomic<int> entered{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      const auto again = Entered(absl::StrCat("again", i), Bills("o1", 1, 1, 100), "KIND_INVOICE", "TWD", 1, "ab-123");
      if (again.ok()) {
        ++entered;
      } else {
        EXPECT_THAT(again, HasReason("DUPLICATE_INVOICE"));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(entered.load(), 1);
}

TEST_F(SupplierInvoiceTest, EveryBadFieldAtOnce) {
  HaveMugs(10, 1000);
  EXPECT_THAT(Entered("i1",
                      Bills("o1", 1, 0, 100) + Bills("o1", 1, 1, 100) + Bills("o1", 2, 1, 100, "supplier_return: 'supplierReturns/x'") +
                          Bills("o9", 1, 1, 100),
                      "KIND_INVOICE", "USD", 9),
              HasViolations(
                  "supplier_invoice.invoice_date FUTURE_DAY", "supplier_invoice.lines[0].purchase_order CURRENCY_DIFFERS",
                  "supplier_invoice.lines[0].quantity QUANTITY_MISSING", "supplier_invoice.lines[1].order_line LINE_TWICE",
                  "supplier_invoice.lines[1].purchase_order CURRENCY_DIFFERS", "supplier_invoice.lines[2].purchase_order CURRENCY_DIFFERS",
                  "supplier_invoice.lines[2].order_line UNKNOWN_ORDER_LINE", "supplier_invoice.lines[2].supplier_return ONLY_OF_CREDIT",
                  "supplier_invoice.lines[2].supplier_return RETURN_DIFFERS", "supplier_invoice.lines[3].purchase_order UNKNOWN_ORDER"));
}

TEST_F(SupplierInvoiceTest, ADifferenceGoesToWhatIsStillThere) {
  AllowExcess();
  HaveMugs(10, 10'000);
  Use(4);
  EXPECT_EQ(StockOf("items/mug").value_minor(), 6'000);
  absl::StatusOr<SupplierInvoice> booked = Invoiced("i1", Bills("o1", 1, 10, 10'060));
  ASSERT_THAT(booked, IsOk());
  EXPECT_EQ(booked->lines(0).stock_difference_minor(), 36);  // 6/10
  EXPECT_EQ(booked->lines(0).variance_minor(), 24);
  EXPECT_EQ(StockOf("items/mug").value_minor(), 6'036);
  EXPECT_EQ(Money(), "0 0 10060");
  // A credit note for the price.
  absl::StatusOr<SupplierInvoice> credit = Invoiced("c1", Bills("o1", 1, 0, 500), "KIND_CREDIT_NOTE");
  ASSERT_THAT(credit, IsOk());
  EXPECT_EQ(credit->lines(0).stock_difference_minor(), -300);
  EXPECT_EQ(credit->lines(0).variance_minor(), -200);
  EXPECT_EQ(Money(), "0 0 9560");
  EXPECT_THAT(Invoiced("c2", Bills("o1", 1, 0, 9'561), "KIND_CREDIT_NOTE"), HasViolation("lines[0]", "NOT_INVOICED_SO_MUCH"));
  ExpectSound();
}

TEST_F(SupplierInvoiceTest, APriceBeyondTheToleranceIsBorneByWhoMayDecideAsMuch) {
  AllowExcess();
  HaveMugs(10, 100'000);
  const auto accept = [&](const std::string& id, const rpc::Call& call) {
    return Call<SupplierInvoice>(
        "AcceptSupplierInvoice", call,
        Proto<v1::AcceptSupplierInvoiceRequest>(absl::StrCat("name: 'supplierInvoices/", id, "' reason: 'Paper is dearer'")));
  };
  ASSERT_THAT(Entered("fine", Bills("o1", 1, 1, 10'100)), IsOk());
  EXPECT_THAT(accept("fine", Manager()), HasReason("NOTHING_ASKED"));
  ASSERT_THAT(Entered("i1", Bills("o1", 1, 10, 109'000)), IsOk());
  EXPECT_THAT(Booked("i1"), HasViolation("lines[0]", "PRICE_DIFFERS"));
  EXPECT_THAT(accept("i1", As("specialist", options::v1::ROLE_OPERATIONS_MANAGER)), HasReason("OWN_INVOICE"));
  const auto accepted = accept("i1", Manager());
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(accepted->state(), SupplierInvoice::STATE_ENTERED);
  EXPECT_EQ(accepted->acceptance().accepter(), Manager().principal.name);
  EXPECT_EQ(accepted->acceptance().counted_minor(), 109'000);
  EXPECT_EQ(accepted->acceptance().limit_minor(), 10'000'000);
  const auto booked = Booked("i1");
  ASSERT_THAT(booked, IsOk());
  EXPECT_EQ(booked->lines(0).difference_minor(), 9'000);
  EXPECT_EQ(Money(), "0 0 109000");
  // More than one decides alone.
  HaveRequisition("r2", Asks("pen", 10, 9'000'000));
  ASSERT_THAT(Ordered("o2", Orders("pen", 10, 9'000'000, Part("r2", 1, 10))), IsOk());
  ASSERT_THAT(Entered("i2", Bills("o2", 1, 10, 10'000'001)), IsOk());
  EXPECT_THAT(accept("i2", Manager()), HasReason("ACCEPTANCE_LIMIT"));
  ExpectSound();
}

TEST_F(SupplierInvoiceTest, ACreditNoteTakesBackTheInvoiceOfSomeUnits) {
  AllowExcess();
  HaveMugs(10, 10'000);
  Use(4);
  ASSERT_THAT(Invoiced("i1", Bills("o1", 1, 10, 10'100)), IsOk());
  EXPECT_EQ(StockOf("items/mug").value_minor(), 6'060);
  EXPECT_EQ(Money(), "0 0 10100");
  EXPECT_THAT(Invoiced("c0", Bills("o1", 1, 11, 10'100), "KIND_CREDIT_NOTE"), HasViolation("lines[0]", "NOT_INVOICED_UNITS"));
  const auto credit = Invoiced("c1", Bills("o1", 1, 10, 10'100), "KIND_CREDIT_NOTE");
  ASSERT_THAT(credit, IsOk());
  EXPECT_EQ(credit->lines(0).expected_minor(), 10'000);
  EXPECT_EQ(credit->lines(0).difference_minor(), -100);
  EXPECT_EQ(credit->lines(0).stock_difference_minor(), -60);
  EXPECT_EQ(credit->lines(0).variance_minor(), -40);
  EXPECT_EQ(OrderOf("o1").lines(0).invoiced_quantity(), 0);
  EXPECT_EQ(StockOf("items/mug").value_minor(), 6'000);
  EXPECT_EQ(Money(), "0 10000 0") << "promised again";
  ASSERT_THAT(Invoiced("i2", Bills("o1", 1, 10, 10'000)), IsOk());
  EXPECT_EQ(Money(), "0 0 10000");
  EXPECT_EQ(StockOf("items/mug").value_minor(), 6'000);
  ASSERT_THAT(Closed("o1"), IsOk());
  EXPECT_THAT(Invoiced("c2", Bills("o1", 1, 1, 1'000), "KIND_CREDIT_NOTE"), HasViolation("lines[0]", "INVOICE_FINAL"));
  ExpectSound();
}

TEST_F(SupplierInvoiceTest, GoodsFoundBadLaterLeaveAtBookValue) {
  HaveMugs(10, 10'000);
  ASSERT_THAT(Receive("items/mug", 10, 2'000), IsOk());  // The average is 1,500 now.
  ASSERT_THAT(Invoiced("i1", Bills("o1", 1, 10, 10'000)), IsOk());
  EXPECT_THAT(SentBack("b0", 11), HasViolations("supplier_return.quantity MORE_THAN_ACCEPTED"));
  absl::StatusOr<SupplierReturn> sent = SentBack("b1", 3);
  ASSERT_THAT(sent, IsOk());
  EXPECT_EQ(sent->book_value_minor(), 4'500);
  EXPECT_EQ(StockOf("items/mug").on_hand(), 17);
  EXPECT_EQ(StockOf("items/mug").value_minor(), 25'500);
  EXPECT_EQ(OrderOf("o1").lines(0).accepted_quantity(), 10);
  const std::string of_return = "supplier_return: 'supplierReturns/b1'";
  absl::StatusOr<SupplierInvoice> credit = Invoiced("c1", Bills("o1", 1, 2, 2'000, of_return), "KIND_CREDIT_NOTE");
  ASSERT_THAT(credit, IsOk());
  EXPECT_EQ(credit->lines(0).variance_minor(), 1'000);
  EXPECT_EQ(credit->lines(0).stock_difference_minor(), 0);
  EXPECT_THAT(Invoiced("c2", Bills("o1", 1, 2, 2'000, of_return), "KIND_CREDIT_NOTE"), HasViolation("lines[0]", "RETURN_CREDITED"));
  ASSERT_THAT(Invoiced("c3", Bills("o1", 1, 1, 1'000, of_return), "KIND_CREDIT_NOTE"), IsOk());
  EXPECT_EQ((Do<SupplierReturn, v1::GetSupplierReturnRequest>("GetSupplierReturn", "supplierReturns/b1", Analyst()))->state(),
            SupplierReturn::STATE_CREDITED);
  EXPECT_EQ(Money(), "0 0 7000");
  EXPECT_EQ(StockOf("items/mug").value_minor(), 25'500);
  ExpectSound();
}

TEST_F(SupplierInvoiceTest, BeyondTheCommitmentUntilSomebodyRaisesIt) {
  Publish("price_tolerance_bp: 5000 dearer_bp: 1000");
  HaveMugs(10, 1'000'000);
  ASSERT_THAT(Entered("i1", Bills("o1", 1, 10, 1'400'000)), IsOk());
  EXPECT_THAT(Booked("i1"), HasReason("INVOICE_EXCEEDS_COMMITMENT"));
  const auto raise = [&](const rpc::Call& call, int64_t amount) {
    return Call<PurchaseOrder>("RaisePurchaseOrder", call,
                               Proto<v1::RaisePurchaseOrderRequest>(
                                   absl::StrCat("name: 'purchaseOrders/o1' line: 1 reason: 'The paper is dearer' amount_minor: ", amount)));
  };
  EXPECT_THAT(raise(As("specialist", options::v1::ROLE_OPERATIONS_MANAGER), 400'000), HasReason("OWN_ORDER"));
  EXPECT_THAT(raise(Manager(), 999'000'001), HasReason("LIMIT_EXCEEDED"));
  ASSERT_THAT(raise(Manager(), 400'000), IsOk());
  EXPECT_EQ(Money(), "0 1400000 0");
  absl::StatusOr<SupplierInvoice> booked = Booked("i1");
  ASSERT_THAT(booked, IsOk());
  EXPECT_EQ(booked->lines(0).pieces(0).excess_minor(), 0);
  EXPECT_EQ(Money(), "0 0 1400000");
  ASSERT_THAT(Closed("o1"), IsOk());
  ExpectSound();
}

TEST_F(SupplierInvoiceTest, ForeignMoneyShowsPriceAndRateApart) {
  AllowExcess();
  HaveRate(1, "32");
  HaveRequisition("r1", Asks("mug", 10, 100'000, "currency_code: 'USD'"));
  EXPECT_EQ(RequisitionOf("r1").lines(0).booked_minor(), 3'200'000);
  ASSERT_THAT(Ordered("o1", Orders("mug", 10, 100'000, Part("r1", 1, 10)), "USD"), IsOk());
  EXPECT_EQ(Money(), "0 3200000 0");
  HaveAccepted("o1", 1, 10);
  EXPECT_EQ(StockOf("items/mug").value_minor(), 3'200'000);
  clock_.Advance(absl::Hours(24 * 2));
  HaveRate(3, "33");
  absl::StatusOr<SupplierInvoice> booked = Invoiced("i1", Bills("o1", 1, 10, 100'100), "KIND_INVOICE", "USD", 3);
  ASSERT_THAT(booked, IsOk());
  const SupplierInvoice::Piece& piece = booked->lines(0).pieces(0);
  EXPECT_EQ(piece.actual_minor(), 3'303'300);
  EXPECT_EQ(piece.price_difference_minor(), 3'200);       // USD 1.00 at 32
  EXPECT_EQ(piece.exchange_difference_minor(), 100'100);  // USD 1,001.00 at 33 − 32
  EXPECT_EQ(piece.conversion().steps(0).rate(), "33");
  EXPECT_EQ(Money(), "0 0 3303300");
  // Too far away.
  HaveRequisition("r2", Asks("pen", 10, 100'000, "currency_code: 'USD'"));
  ASSERT_THAT(Ordered("o2", Orders("pen", 10, 100'000, Part("r2", 1, 10)), "USD"), IsOk());
  ASSERT_THAT(Call<v1::Delivery>("CreateDelivery", Specialist(), Proto<v1::CreateDeliveryRequest>(R"pb(
                                   delivery_id: "late"
                                   delivery {
                                     purchase_order: "purchaseOrders/o2"
                                     receive_date { year: 2026 month: 1 day: 3 }
                                     location: "locations/dock"
                                     lines { order_line: 1 quantity: 10 }
                                   }
                                 )pb")),
              IsOk());
  ASSERT_THAT(Inspected("late", 10, 0), IsOk());
  clock_.Advance(absl::Hours(24 * 2));
  HaveRate(5, "35");
  EXPECT_THAT(Invoiced("i2", Bills("o2", 1, 10, 100'000), "KIND_INVOICE", "USD", 5), HasViolation("lines[0]", "RATE_DIFFERS"));
  ExpectSound();
}

TEST_F(SupplierInvoiceTest, OverReceiptOnlyWithinTheTerms) {
  AllowExcess();
  HaveRequisition("r1", Asks("mug", 100, 10'000));
  ASSERT_THAT(Ordered("o1", Orders("mug", 100, 10'000, Part("r1", 1, 100))), IsOk());
  absl::StatusOr<v1::Delivery> refused = Delivered("d1", "o1", 1, 101);
  EXPECT_THAT(refused, HasReason("OVER_RECEIPT"));
  EXPECT_THAT(refused, HasViolations("purchaseOrders/o1 LINE_OVER_RECEIPT"));
  EXPECT_THAT(Delivered("d1", "o1", 1, 1, "locations/main"), HasViolations("delivery.location NOT_A_QUARANTINE"));
  Publish("over_receipt_bp: 500");
  EXPECT_THAT(Delivered("d1", "o1", 1, 106), HasReason("OVER_RECEIPT"));
  ASSERT_THAT(Delivered("d1", "o1", 1, 105), IsOk());
  EXPECT_THAT(Inspected("d1", 100, 6), HasViolations("inspections[0].accepted_quantity MORE_THAN_CAME"));
  EXPECT_THAT(Call<v1::Delivery>("InspectDelivery", Specialist(),
                                 Proto<v1::InspectDeliveryRequest>("name: 'deliveries/d1' inspections { line: 1 rejected_quantity: 1 } "
                                                                   "inspections { line: 1 } inspections { line: 2 accepted_quantity: 1 }")),
              HasViolations("inspections[0].reason REJECTION_UNEXPLAINED", "inspections[1].accepted_quantity NOTHING_FOUND",
                            "inspections[2].line UNKNOWN_DELIVERY_LINE"));
  ASSERT_THAT(Inspected("d1", 105, 0), IsOk());
  EXPECT_EQ(StockOf("items/mug").value_minor(), 10'500);
  // Beyond the commitment, but within what the terms of money allow.
  absl::StatusOr<SupplierInvoice> booked = Invoiced("i1", Bills("o1", 1, 105, 10'500));
  ASSERT_THAT(booked, IsOk());
  EXPECT_EQ(booked->lines(0).expected_minor(), 10'500);
  EXPECT_EQ(booked->lines(0).pieces(0).excess_minor(), 500);
  ExpectSound();
}

TEST_F(SupplierInvoiceTest, SuppliersAreKnownByWhatTheyDelivered) {
  HaveRequisition("r1", Asks("mug", 10, 1000));
  ASSERT_THAT(Ordered("o1", Orders("mug", 10, 1000, Part("r1", 1, 10))), IsOk());
  ASSERT_THAT(Delivered("d1", "o1", 1, 8), IsOk());
  ASSERT_THAT(Inspected("d1", 5, 2), IsOk());
  absl::StatusOr<v1::ListDeliveriesResponse> here = Call<v1::ListDeliveriesResponse>(
      "ListDeliveries", Analyst(),
      Proto<v1::ListDeliveriesRequest>(R"pb(filter: "location = \"locations/dock\" AND state = STATE_UNINSPECTED")pb"));
  ASSERT_THAT(here, IsOk());
  ASSERT_EQ(here->deliveries_size(), 1);
  EXPECT_EQ(here->deliveries(0).lines(0).accepted_quantity(), 5);
  EXPECT_EQ(here->deliveries(0).inspections(0).cost_minor(), 500);
  EXPECT_EQ(here->deliveries(0).order_date().day(), 1);
}

}  // namespace
}  // namespace heitie::resource
