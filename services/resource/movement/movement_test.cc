// Papers that move stock, through the service (policy S4).
#include <atomic>
#include <barrier>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/record/hand_over.h"
#include "common/status/macros.h"
#include "heitie/resource/v1/custody.pb.h"
#include "heitie/resource/v1/location.pb.h"
#include "heitie/resource/v1/price_difference.pb.h"
#include "heitie/resource/v1/stock_issue.pb.h"
#include "heitie/resource/v1/stock_transfer.pb.h"
#include "heitie/resource/v1/write_off.pb.h"
#include "services/resource/movement/price_difference.h"
#include "services/resource/resource_test.h"

namespace heitie::resource {
namespace {

using test::HasViolation;
using v1::Custody;
using v1::StockTransfer;
using v1::WriteOff;

class MovementTest : public ResourceTest {
 protected:
  MovementTest() { clock_.Set(absl::FromCivil(absl::CivilHour(2026, 5, 1, 8), service::DefaultTimeZone())); }

  template <typename Resp, typename Req>
  absl::StatusOr<Resp> Ask(const std::string& method, const std::string& request) {
    return Call<Resp>(method, Specialist(), Proto<Req>(request));
  }
  template <typename Resp, typename Req>
  absl::StatusOr<Resp> AskBy(const rpc::Call& call, const std::string& method, const std::string& request) {
    return Call<Resp>(method, call, Proto<Req>(request));
  }
  rpc::Call Boss() const { return test::By("employees/boss", {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now()); }
  rpc::Call Colleague() const { return test::By("employees/colleague", {options::v1::ROLE_DEPARTMENT_MEMBER}, clock_.Now()); }
  rpc::Call Stranger() const { return test::By("employees/stranger", {options::v1::ROLE_DEPARTMENT_MEMBER}, clock_.Now()); }

  void HaveRules(const std::string& id, const std::string& rules) {
    HaveItem(id);
    ASSERT_THAT((Ask<v1::Item, v1::UpdateItemRequest>(
                    "UpdateItem", absl::StrCat("item { name: 'items/", id, "' rules {", rules, "} } update_mask { paths: 'rules' }"))),
                IsOk());
  }
  void HaveLocation(const std::string& id, const std::string& kind = "KIND_STORE") {
    ASSERT_THAT((Ask<v1::Location, v1::CreateLocationRequest>(
                    "CreateLocation",
                    absl::StrCat("location_id: '", id, "' location { display_name: 'x' kind: ", kind, " owner: 'employees/owner' }"))),
                IsOk());
  }
  // The name of the lot.
  std::string HaveLot(const std::string& item, const std::string& code, int64_t quantity, int64_t cost, int expiry_day = 0) {
    const std::string expiry = expiry_day == 0 ? "" : absl::StrCat("expiry_date { year: 2026 month: 5 day: ", expiry_day, " }");
    const auto receipt = Ask<v1::GoodsReceipt, v1::CreateGoodsReceiptRequest>(
        "CreateGoodsReceipt",
        absl::StrCat("goods_receipt { supplier: 's' receive_date { year: 2026 month: 5 day: 1 } lines { item: 'items/", item,
                     "' quantity: ", quantity, " cost_minor: ", cost, " lot_code: '", code, "' ", expiry, " } }"));
    EXPECT_THAT(receipt, IsOk());
    return receipt.ok() ? receipt->lines(0).lot() : "";
  }
  absl::StatusOr<StockTransfer> Send(const std::string& id, const std::string& more) {
    return Ask<StockTransfer, v1::CreateStockTransferRequest>(
        "CreateStockTransfer", absl::StrCat("stock_transfer_id: '", id, "' stock_transfer { from_location: 'locations/main' ", more, " }"));
  }
  absl::StatusOr<WriteOff> Write(const std::string& id, const std::string& more) {
    return Ask<WriteOff, v1::CreateWriteOffRequest>("CreateWriteOff",
                                                    absl::StrCat("write_off_id: '", id, "' write_off { reason: 'it fell' ", more, " }"));
  }
  absl::StatusOr<WriteOff> ApproveBy(const rpc::Call& call, const std::string& name) {
    return Do<WriteOff, v1::ApproveWriteOffRequest>("ApproveWriteOff", name, call);
  }
  absl::StatusOr<v1::IssueStockResponse> IssueNow(const std::string& request) {
    return Ask<v1::IssueStockResponse, v1::IssueStockRequest>("IssueStock", request);
  }
  absl::StatusOr<Custody> CustodyOf(const std::string& name, const rpc::Call& call) {
    return Do<Custody, v1::GetCustodyRequest>("GetCustody", name, call);
  }
};

// ---- Transfers.

TEST_F(MovementTest, ATransferArrivesAtOnce) {
  HaveItem("mug", 10);
  HaveLocation("hall", "KIND_EVENT_SITE");
  const auto sent = Send("t", "to_location: 'locations/hall' lines { item: 'items/mug' quantity: 4 } reason: 'the fair'");
  ASSERT_THAT(sent, IsOk());
  EXPECT_EQ(sent->state(), StockTransfer::STATE_ARRIVED);
  EXPECT_EQ(sent->lines(0).arrived_quantity(), 4);
  EXPECT_EQ(StockOf("items/mug").on_hand(), 10);
  EXPECT_EQ(StockOf("items/mug").placed_on_hand(), 4);
  EXPECT_EQ(StockOf("items/mug").value_minor(), 1000);
  const auto back = Ask<StockTransfer, v1::CreateStockTransferRequest>("CreateStockTransfer", R"pb(
    stock_transfer {
      from_location: "locations/hall"
      to_location: "locations/main"
      lines { item: "items/mug" quantity: 5 }
    })pb");
  EXPECT_THAT(back, HasReason("STOCK_SHORT"));
  ExpectSound();
}

TEST_F(MovementTest, EverythingWrongWithATransferIsSaidAtOnce) {
  HaveItem("mug", 10);
  const auto sent = Send("t", R"pb(to_location: 'locations/main'
                                   lines { item: 'items/mug' quantity: 4 }
                                   lines { item: 'items/mug' quantity: 4 }
                                   lines { item: 'items/no' quantity: 4 }
                                   lines { item: 'items/mug' lot: 'items/mug/lots/x' quantity: 1 }
                                   business_date { year: 2026 month: 5 day: 2 })pb");
  EXPECT_THAT(sent, HasViolation("stock_transfer.to_location", "SAME_PLACE"));
  EXPECT_THAT(sent, HasViolation("stock_transfer.lines[1].item", "COUNTED_TWICE"));
  EXPECT_THAT(sent, HasViolation("stock_transfer.lines[2].item", "UNKNOWN_ITEM"));
  EXPECT_THAT(sent, HasViolation("stock_transfer.lines[3].lot", "UNKNOWN_LOT"));
  EXPECT_THAT(sent, HasViolation("stock_transfer.business_date", "FUTURE_DAY"));
  EXPECT_THAT(Send("t", "to_location: 'locations/no' lines { item: 'items/mug' quantity: 1 }"),
              HasViolation("stock_transfer.to_location", "UNKNOWN_LOCATION"));
  EXPECT_THAT(Send("t", "to_location: 'locations/transit' lines { item: 'items/mug' quantity: 1 }"),
              HasViolation("stock_transfer.to_location", "TRANSIT_PLACE"));
  EXPECT_EQ(StockOf("items/mug").entry_count(), 1);
}

TEST_F(MovementTest, ALotGoesOnlyAsFarAsNobodyNeedsIt) {
  HaveRules("cake", "tracking: TRACKING_LOT");
  HaveLocation("hall");
  const std::string lot = HaveLot("cake", "a", 10, 1000, 20);
  auto wanted = Wanted("r", {Of("items/cake", 7)});
  *wanted.mutable_reservation()->mutable_lines(0)->mutable_need_date() = Proto<google::type::Date>("year: 2026 month: 5 day: 10");
  ASSERT_THAT(Call<v1::Reservation>("CreateReservation", Specialist(), wanted), IsOk());
  const auto line = [&](int quantity) {
    return absl::StrCat("to_location: 'locations/hall' lines { item: 'items/cake' lot: '", lot, "' quantity: ", quantity, " }");
  };
  EXPECT_THAT(Send("t", line(4)), HasReason("LOT_NEEDED"));
  EXPECT_THAT(Send("t", "to_location: 'locations/hall' lines { item: 'items/cake' quantity: 1 }"),
              HasViolation("stock_transfer.lines[0].lot", "UNKNOWN_LOT"));
  ASSERT_THAT(Send("t", line(3)), IsOk());
  ExpectSound();
}

TEST_F(MovementTest, BackdatedTransfersLeaveNothingBelowNothing) {
  HaveLocation("hall");
  HaveItem("mug");
  clock_.Set(absl::FromCivil(absl::CivilHour(2026, 5, 3, 8), service::DefaultTimeZone()));
  const auto receipt = Ask<v1::GoodsReceipt, v1::CreateGoodsReceiptRequest>("CreateGoodsReceipt", R"pb(
    goods_receipt {
      supplier: "s"
      receive_date { year: 2026 month: 5 day: 2 }
      lines { item: "items/mug" quantity: 5 cost_minor: 500 }
    })pb");
  ASSERT_THAT(receipt, IsOk());
  const std::string lines =
      "to_location: 'locations/hall' lines { item: 'items/mug' quantity: 5 } business_date { year: 2026 month: 5 day: ";
  EXPECT_THAT(Send("t", lines + "1 }"), HasReason("BACKDATED_NEGATIVE"));
  EXPECT_THAT(Send("t", lines + "2 }"), IsOk());
  ExpectSound();
}

TEST_F(MovementTest, InTwoStepsGoodsAreInTransitAndDifferencesDecided) {
  HaveItem("mug", 10);
  HaveItem("pen", 5);
  HaveLocation("hall");
  const auto sent = Send("t", R"pb(to_location: 'locations/hall'
                                   two_steps: true
                                   lines { item: 'items/mug' quantity: 6 }
                                   lines { item: 'items/pen' quantity: 5 })pb");
  ASSERT_THAT(sent, IsOk());
  EXPECT_EQ(sent->state(), StockTransfer::STATE_IN_TRANSIT);
  EXPECT_EQ(StockOf("items/mug").on_hand(), 10);
  EXPECT_EQ(StockOf("items/mug").available(), 4);
  // What is on its way is nobody's to move, count or write off.
  EXPECT_THAT(Write("w", "cause: CAUSE_LOST location: 'locations/transit' lines { item: 'items/mug' quantity: 1 }"),
              HasViolation("write_off.location", "TRANSIT_PLACE"));
  const auto arrived = Ask<StockTransfer, v1::ReceiveStockTransferRequest>("ReceiveStockTransfer", R"pb(
    name: "stockTransfers/t"
    arrived { item: "items/mug" quantity: 7 }
    arrived { item: "items/no" quantity: 0 })pb");
  EXPECT_THAT(arrived, HasViolation("arrived[0].quantity", "MORE_THAN_SENT"));
  EXPECT_THAT(arrived, HasViolation("arrived[1].item", "NOT_SENT"));
  const auto received = AskBy<StockTransfer, v1::ReceiveStockTransferRequest>(
      Manager(), "ReceiveStockTransfer", "name: 'stockTransfers/t' arrived { item: 'items/mug' quantity: 4 } reason: 'two fell'");
  ASSERT_THAT(received, IsOk());
  EXPECT_EQ(received->state(), StockTransfer::STATE_DIFFERENT);
  EXPECT_EQ(received->lines(1).arrived_quantity(), 5);
  EXPECT_EQ(StockOf("items/mug").available(), 8);
  EXPECT_EQ(StockOf("items/pen").available(), 5);
  const std::string lost = "name: 'stockTransfers/t' decision: DECISION_LOST reason: 'nobody finds them'";
  EXPECT_THAT((AskBy<StockTransfer, v1::SettleStockTransferRequest>(Manager(), "SettleStockTransfer", lost)), HasReason("OWN_TRANSFER"));
  const auto settled = AskBy<StockTransfer, v1::SettleStockTransferRequest>(Boss(), "SettleStockTransfer", lost);
  ASSERT_THAT(settled, IsOk());
  EXPECT_EQ(settled->state(), StockTransfer::STATE_SETTLED);
  EXPECT_EQ(StockOf("items/mug").on_hand(), 8);
  EXPECT_EQ(StockOf("items/mug").value_minor(), 800);
  ExpectSound();
  // Found, or sent back.
  for (const std::string decision : {"FOUND", "SENT_BACK"}) {
    const std::string id = decision == "FOUND" ? "found" : "back";
    ASSERT_THAT(Send(id, "to_location: 'locations/hall' two_steps: true lines { item: 'items/mug' quantity: 2 }"), IsOk());
    ASSERT_THAT((Ask<StockTransfer, v1::ReceiveStockTransferRequest>(
                    "ReceiveStockTransfer", absl::StrCat("name: 'stockTransfers/", id, "' arrived { item: 'items/mug' quantity: 0 }"))),
                IsOk());
    ASSERT_THAT(
        (AskBy<StockTransfer, v1::SettleStockTransferRequest>(
            Boss(), "SettleStockTransfer", absl::StrCat("name: 'stockTransfers/", id, "' decision: DECISION_", decision, " reason: 'x'"))),
        IsOk());
  }
  EXPECT_EQ(StockOf("items/mug").available(), 8);
  EXPECT_EQ(StockOf("items/mug").placed_on_hand(), 6);
  ExpectSound();
}

// ---- What is handed out at once, and what comes back as it is.

TEST_F(MovementTest, ReservesAndIssuesAtOnce) {
  HaveItem("mug", 10);
  HaveItem("pen", 1);
  EXPECT_THAT(IssueNow("lines { item: 'items/mug' quantity: 1 }"), HasViolation("holder", "HOLDER_REQUIRED"));
  const auto unknown = IssueNow(R"pb(subject: 'activities/fair'
                                     cost_center: 'costCenters/no'
                                     lines { item: 'items/no' quantity: 1 }
                                     lines { item: 'items/mug' quantity: 1 location: 'locations/quarantine' })pb");
  EXPECT_THAT(unknown, HasViolation("lines[0].item", "UNKNOWN_ITEM"));
  EXPECT_THAT(unknown, HasViolation("lines[1].location", "LOCATION_NOT_USABLE"));
  EXPECT_THAT(unknown, HasViolation("cost_center", "UNKNOWN_COST_CENTER"));
  EXPECT_THAT(IssueNow("subject: 'activities/fair' lines { item: 'items/mug' quantity: 3 } lines { item: 'items/pen' quantity: 2 }"),
              HasReason("STOCK_SHORT"));
  EXPECT_EQ(StockOf("items/mug").entry_count(), 1);
  const auto issued =
      IssueNow("subject: 'activities/fair' lines { item: 'items/mug' quantity: 3 } lines { item: 'items/pen' quantity: 1 }");
  ASSERT_THAT(issued, IsOk());
  ASSERT_EQ(issued->reservations_size(), 1);
  EXPECT_EQ(issued->custodies_size(), 0);
  EXPECT_EQ(issued->reservations(0).state(), v1::Reservation::STATE_CLOSED);
  EXPECT_EQ(issued->reservations(0).lines(0).issued_value_minor(), 300);
  EXPECT_EQ(StockOf("items/mug").on_hand(), 7);
  ExpectSound();
}

TEST_F(MovementTest, WhatIsRetiredIsUsedUpButNotReserved) {
  HaveItem("mug", 10);
  ASSERT_THAT(Reserve("before", {Of("items/mug", 2)}), IsOk());
  ASSERT_THAT((Ask<v1::Item, v1::RetireItemRequest>("RetireItem", "name: 'items/mug' reason: 'old logo'")), IsOk());
  EXPECT_THAT(Reserve("after", {Of("items/mug", 1)}), HasReason("ITEM_RETIRED"));
  ASSERT_THAT(Confirm("reservations/before"), IsOk());
  EXPECT_THAT(Issue("reservations/before", {Of("items/mug", 2)}), IsOk());
  EXPECT_THAT(IssueNow("subject: 'activities/fair' lines { item: 'items/mug' quantity: 8 }"), IsOk());
  ASSERT_THAT((Ask<v1::Item, v1::ReinstateItemRequest>("ReinstateItem", "name: 'items/mug' reason: 'again'")), IsOk());
  ASSERT_THAT(Receive("items/mug", 1, 100), IsOk());
  EXPECT_THAT(Reserve("again", {Of("items/mug", 1)}), IsOk());
  ExpectSound();
}

TEST_F(MovementTest, WhatIsDamagedComesBackToQuarantine) {
  HaveItem("mug", 10);
  HaveLocation("shelf");
  ASSERT_THAT(Reserve("r", {Of("items/mug", 6)}), IsOk());
  ASSERT_THAT(Confirm("reservations/r"), IsOk());
  ASSERT_THAT(Issue("reservations/r", {Of("items/mug", 6)}), IsOk());
  const auto back = [&](const std::string& lines) {
    return Ask<v1::Reservation, v1::TakeBackReservationRequest>("TakeBackReservation", absl::StrCat("name: 'reservations/r' ", lines));
  };
  EXPECT_THAT(back("lines { item: 'items/mug' quantity: 1 condition: RETURN_CONDITION_GOOD location: 'locations/quarantine' }"),
              HasViolation("lines[0].location", "WRONG_PLACE"));
  EXPECT_THAT(back("lines { item: 'items/mug' quantity: 1 condition: RETURN_CONDITION_DAMAGED location: 'locations/shelf' }"),
              HasViolation("lines[0].location", "WRONG_PLACE"));
  EXPECT_THAT(back("lines { item: 'items/mug' quantity: 4 condition: RETURN_CONDITION_GOOD } "
                   "lines { item: 'items/mug' quantity: 3 condition: RETURN_CONDITION_DAMAGED }"),
              HasReason("RETURN_REFUSED"));
  const auto returned = back(
      "lines { item: 'items/mug' quantity: 3 condition: RETURN_CONDITION_GOOD location: 'locations/shelf' } "
      "lines { item: 'items/mug' quantity: 2 condition: RETURN_CONDITION_DAMAGED }");
  ASSERT_THAT(returned, IsOk());
  EXPECT_EQ(returned->lines(0).returned_quantity(), 5);
  EXPECT_EQ(returned->lines(0).returned_value_minor(), 500);
  const v1::Stock stock = StockOf("items/mug");
  EXPECT_EQ(stock.on_hand(), 9);
  EXPECT_EQ(stock.blocked(), 2);
  EXPECT_EQ(stock.placed_on_hand(), 5);
  ExpectSound();
}

// 40 of the 90 of the golden case come back at 5800, half of them damaged, in one request.
TEST_F(MovementTest, WhatComesBackInTwoConditionsGoesBackToItsLayers) {
  HaveRules("cake", "valuation: VALUATION_FIFO");
  ASSERT_THAT(Receive("items/cake", 100, 100), IsOk());
  ASSERT_THAT(Receive("items/cake", 50, 160), IsOk());
  ASSERT_THAT(Reserve("first", {Of("items/cake", 40)}), IsOk());
  ASSERT_THAT(Confirm("reservations/first"), IsOk());
  ASSERT_THAT(Issue("reservations/first", {Of("items/cake", 40)}), IsOk());
  const auto issued = IssueNow("subject: 'activities/fair' lines { item: 'items/cake' quantity: 90 }");
  ASSERT_THAT(issued, IsOk());
  EXPECT_EQ(issued->reservations(0).lines(0).issued_value_minor(), 6000 + 30 * 160);
  const auto back = Ask<v1::Reservation, v1::TakeBackReservationRequest>(
      "TakeBackReservation", absl::StrCat("name: '", issued->reservations(0).name(),
                                          "' lines { item: 'items/cake' quantity: 20 condition: RETURN_CONDITION_GOOD } ",
                                          "lines { item: 'items/cake' quantity: 20 condition: RETURN_CONDITION_DAMAGED }"));
  ASSERT_THAT(back, IsOk());
  EXPECT_EQ(back->lines(0).returned_value_minor(), 30 * 160 + 10 * 100);
  EXPECT_EQ(StockOf("items/cake").blocked(), 20);
  ExpectSound();
}

// ---- Write-offs.

TEST_F(MovementTest, AboveTheLimitSomebodyElseApproves) {
  HaveItem("mug", 100);
  HaveItem("stage");
  ASSERT_THAT(Receive("items/stage", 2, 400000), IsOk());
  const auto small = Write("small", "cause: CAUSE_DAMAGED lines { item: 'items/mug' quantity: 3 }");
  ASSERT_THAT(small, IsOk());
  EXPECT_EQ(small->state(), WriteOff::STATE_BOOKED);
  EXPECT_EQ(small->lines(0).value_minor(), 300);
  EXPECT_EQ(small->policy(), "movementPolicies/default");
  EXPECT_EQ(StockOf("items/mug").on_hand(), 97);
  // 5,000 TWD is the limit of all lines together.
  const auto large = Write("large",
                           "cause: CAUSE_STOLEN responsible: 'employees/guard' lines { item: 'items/stage' quantity: 1 } "
                           "lines { item: 'items/mug' quantity: 97 }");
  ASSERT_THAT(large, IsOk());
  EXPECT_EQ(large->state(), WriteOff::STATE_BOOKED) << "409,700 of 500,000";
  clock_.Advance(absl::Hours(24));
  const auto larger = AskBy<WriteOff, v1::CreateWriteOffRequest>(Manager(), "CreateWriteOff", R"pb(
    write_off_id: "larger"
    write_off {
      cause: CAUSE_LOST
      reason: "gone"
      responsible: "employees/guard"
      lines { item: "items/stage" quantity: 1 }
    })pb");
  ASSERT_THAT(larger, IsOk());
  EXPECT_EQ(larger->state(), WriteOff::STATE_BOOKED);
  ASSERT_THAT(Receive("items/stage", 2, 500001), IsOk());
  const auto waiting = AskBy<WriteOff, v1::CreateWriteOffRequest>(Manager(), "CreateWriteOff", R"pb(
    write_off_id: "waiting"
    write_off {
      cause: CAUSE_LOST
      reason: "gone"
      responsible: "employees/guard"
      lines { item: "items/stage" quantity: 1 }
    })pb");
  ASSERT_THAT(waiting, IsOk());
  EXPECT_EQ(waiting->state(), WriteOff::STATE_WAITING);
  EXPECT_EQ(waiting->lines(0).value_minor(), 500001);
  EXPECT_EQ(StockOf("items/stage").on_hand(), 2);
  EXPECT_THAT(ApproveBy(Manager(), "writeOffs/waiting"), HasReason("OWN_WRITE_OFF"));
  EXPECT_THAT(ApproveBy(test::By("employees/guard", {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now()), "writeOffs/waiting"),
              HasReason("OWN_WRITE_OFF"));
  const auto approved = ApproveBy(Boss(), "writeOffs/waiting");
  ASSERT_THAT(approved, IsOk());
  EXPECT_EQ(approved->state(), WriteOff::STATE_BOOKED);
  EXPECT_EQ(approved->decider(), "employees/boss");
  EXPECT_EQ(StockOf("items/stage").on_hand(), 1);
  EXPECT_THAT(ApproveBy(Boss(), "writeOffs/waiting"), HasReason("ILLEGAL_TRANSITION"));
  const auto refused = Write("refused", "cause: CAUSE_LOST lines { item: 'items/stage' quantity: 1 }");
  ASSERT_THAT(refused, IsOk());
  ASSERT_THAT((AskBy<WriteOff, v1::RejectWriteOffRequest>(Boss(), "RejectWriteOff", "name: 'writeOffs/refused' reason: 'look again'")),
              IsOk());
  EXPECT_EQ(StockOf("items/stage").on_hand(), 1);
  const auto taken_back = Write("again", "cause: CAUSE_LOST lines { item: 'items/stage' quantity: 1 }");
  ASSERT_THAT(taken_back, IsOk());
  ASSERT_THAT((Ask<WriteOff, v1::WithdrawWriteOffRequest>("WithdrawWriteOff", "name: 'writeOffs/again' reason: 'found'")), IsOk());
  EXPECT_THAT(ApproveBy(Boss(), "writeOffs/again"), HasReason("ILLEGAL_TRANSITION"));
  ExpectSound();
}

TEST_F(MovementTest, WhatOnePersonAnswersForOnADayCountsTogether) {
  HaveItem("stage");
  ASSERT_THAT(Receive("items/stage", 9, 200000), IsOk());
  const auto one = [&](const std::string& id, const std::string& responsible) {
    return Write(id, absl::StrCat("cause: CAUSE_LOST responsible: '", responsible, "' lines { item: 'items/stage' quantity: 1 }"));
  };
  EXPECT_EQ(one("a", "employees/guard")->state(), WriteOff::STATE_BOOKED);
  EXPECT_EQ(one("b", "employees/guard")->state(), WriteOff::STATE_BOOKED);
  const auto third = one("c", "employees/guard");
  ASSERT_THAT(third, IsOk());
  EXPECT_EQ(third->state(), WriteOff::STATE_WAITING) << "600,000 of 500,000";
  EXPECT_THAT(third->counted_together(), testing::ElementsAre("writeOffs/a", "writeOffs/b"));
  EXPECT_EQ(one("d", "employees/other")->state(), WriteOff::STATE_BOOKED);
  ASSERT_THAT((Ask<WriteOff, v1::WithdrawWriteOffRequest>("WithdrawWriteOff", "name: 'writeOffs/c' reason: 'found'")), IsOk());
  // Nobody is named: what the same person has reported so counts.
  EXPECT_EQ(one("e", "")->state(), WriteOff::STATE_BOOKED);
  EXPECT_EQ(one("f", "")->state(), WriteOff::STATE_BOOKED);
  EXPECT_EQ(one("g", "")->state(), WriteOff::STATE_WAITING);
  clock_.Advance(absl::Hours(24));
  EXPECT_EQ(one("h", "employees/guard")->state(), WriteOff::STATE_BOOKED) << "another day";
  ExpectSound();
}

TEST_F(MovementTest, InACurrencyWithoutLimitEverythingWaits) {
  ASSERT_THAT((Ask<v1::ItemCategory, v1::CreateItemCategoryRequest>("CreateItemCategory",
                                                                    "item_category { display_name: 'x' } item_category_id: 'gifts'")),
              IsOk());
  ASSERT_THAT((Ask<v1::Item, v1::CreateItemRequest>("CreateItem", R"pb(
                item_id: "yen"
                item {
                  display_name: "Item"
                  category: "itemCategories/gifts"
                  unit: "piece"
                  currency_code: "JPY"
                  custodian: "employees/keeper"
                })pb")),
              IsOk());
  ASSERT_THAT(Receive("items/yen", 5, 1), IsOk());
  const auto write_off = Write("w", "cause: CAUSE_OBSOLETE lines { item: 'items/yen' quantity: 1 }");
  ASSERT_THAT(write_off, IsOk());
  EXPECT_EQ(write_off->state(), WriteOff::STATE_WAITING);
  EXPECT_EQ(StockOf("items/yen").on_hand(), 5);
  EXPECT_THAT((AskBy<v1::MovementPolicy, v1::CreateMovementPolicyRequest>(
                  Manager(), "CreateMovementPolicy",
                  "movement_policy { reason: 'x' write_off_limits { currency_code: 'JPY' } write_off_limits { currency_code: 'JPY' } }")),
              HasViolation("movement_policy.write_off_limits[1].currency_code", "CURRENCY_TWICE"));
}

TEST_F(MovementTest, ExpiredLotsAreWrittenOffByDecision) {
  HaveRules("cake", "tracking: TRACKING_LOT");
  const std::string old = HaveLot("cake", "old", 4, 400, 2), good = HaveLot("cake", "new", 4, 400, 20);
  const auto expired = [&](const std::string& lot, int quantity) {
    return absl::StrCat("cause: CAUSE_EXPIRED lines { item: 'items/cake' lot: '", lot, "' quantity: ", quantity, " }");
  };
  EXPECT_THAT(Write("early", expired(old, 4)), HasViolation("write_off.lines[0].lot", "NOT_EXPIRED"));
  clock_.Set(absl::FromCivil(absl::CivilHour(2026, 5, 3, 8), service::DefaultTimeZone()));
  EXPECT_THAT(Write("wrong", expired(good, 4)), HasViolation("write_off.lines[0].lot", "NOT_EXPIRED"));
  const auto gone = Write("w", expired(old, 4));
  ASSERT_THAT(gone, IsOk());
  EXPECT_EQ(gone->lines(0).value_minor(), 400);
  EXPECT_EQ(StockOf("items/cake").on_hand(), 4);
  EXPECT_EQ(StockOf("items/cake").available(), 4);
  ExpectSound();
}

// ---- Custody.

TEST_F(MovementTest, WhatIsDurableIsInThePersonsCustody) {
  HaveRules("camera", "usage: USAGE_DURABLE");
  HaveItem("pen", 5);
  HaveLocation("studio");
  ASSERT_THAT(Receive("items/camera", 3, 333), IsOk());
  ASSERT_THAT(Send("t", "to_location: 'locations/studio' lines { item: 'items/camera' quantity: 3 }"), IsOk());
  const auto issued = IssueNow(R"pb(holder: 'employees/colleague'
                                    lines { item: 'items/camera' quantity: 3 location: 'locations/studio' }
                                    lines { item: 'items/pen' quantity: 1 })pb");
  ASSERT_THAT(issued, IsOk());
  ASSERT_EQ(issued->custodies_size(), 1);
  EXPECT_EQ(issued->reservations_size(), 2);
  const Custody custody = issued->custodies(0);
  EXPECT_EQ(custody.holder(), "employees/colleague");
  EXPECT_EQ(custody.keeper(), "employees/owner");
  EXPECT_EQ(custody.value_minor(), 999);
  EXPECT_EQ(StockOf("items/camera").on_hand(), 0);
  // The holder sees it, and who runs the stock; no stranger.
  EXPECT_THAT(CustodyOf(custody.name(), Colleague()), IsOk());
  EXPECT_THAT(CustodyOf(custody.name(), Analyst()), IsOk());
  EXPECT_EQ(CustodyOf(custody.name(), Stranger()).status().code(), absl::StatusCode::kNotFound);

  const auto accept = [&](const rpc::Call& call, int quantity) {
    return AskBy<Custody, v1::AcceptCustodyRequest>(call, "AcceptCustody",
                                                    absl::StrCat("name: '", custody.name(), "' counted_quantity: ", quantity));
  };
  EXPECT_THAT(accept(Specialist(), 3), HasReason("NOT_THE_CUSTODY_HOLDER"));
  auto after = accept(Colleague(), 2);
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(after->state(), Custody::STATE_DIFFERENT);
  after = accept(Colleague(), 3);
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(after->state(), Custody::STATE_HELD);

  // Its ledger is its own: nobody gives it back otherwise.
  EXPECT_THAT(Return(custody.reservation(), {Of("items/camera", 1)}), HasReason("IN_CUSTODY"));
  const auto take_back = [&](int quantity, const std::string& condition) {
    return Ask<Custody, v1::TakeBackCustodyRequest>(
        "TakeBackCustody", absl::StrCat("name: '", custody.name(), "' quantity: ", quantity, " condition: RETURN_CONDITION_", condition));
  };
  EXPECT_THAT(take_back(4, "GOOD"), HasReason("CUSTODY_EXCEEDED"));
  after = take_back(1, "DAMAGED");
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(after->value_minor(), 666);
  EXPECT_EQ(after->damaged_quantity(), 1);
  EXPECT_EQ(StockOf("items/camera").blocked(), 1);
  const auto lost = AskBy<WriteOff, v1::ReportCustodyLossRequest>(
      Colleague(), "ReportCustodyLoss",
      absl::StrCat("name: '", custody.name(), "' quantity: 1 cause: CAUSE_STOLEN reason: 'in the train'"));
  ASSERT_THAT(lost, IsOk());
  EXPECT_EQ(lost->state(), WriteOff::STATE_BOOKED);
  EXPECT_EQ(lost->responsible(), "employees/colleague");
  EXPECT_EQ(lost->lines(0).value_minor(), 333);
  after = take_back(1, "GOOD");
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(after->state(), Custody::STATE_ENDED);
  EXPECT_EQ(after->value_minor(), 0);
  EXPECT_EQ(after->lost_value_minor(), 333);
  const v1::Stock stock = StockOf("items/camera");
  EXPECT_EQ(stock.on_hand(), 2);
  EXPECT_EQ(stock.value_minor(), 666);
  EXPECT_THAT(take_back(1, "GOOD"), HasReason("ILLEGAL_TRANSITION"));
  ExpectSound();
}

TEST_F(MovementTest, ALossAboveTheLimitWaitsAndIsReportedOnce) {
  HaveRules("camera", "usage: USAGE_DURABLE tracking: TRACKING_SERIAL valuation: VALUATION_FIFO");
  const std::string first = HaveLot("camera", "s1", 1, 600000), second = HaveLot("camera", "s2", 1, 700000);
  const auto issued = IssueNow("holder: 'employees/colleague' lines { item: 'items/camera' quantity: 2 }");
  ASSERT_THAT(issued, IsOk());
  const Custody custody = issued->custodies(0);
  ASSERT_EQ(custody.lots_size(), 2);
  const auto report = [&](const std::string& lot) {
    return Ask<WriteOff, v1::ReportCustodyLossRequest>("ReportCustodyLoss", absl::StrCat("name: '", custody.name(), "' quantity: 1 lot: '",
                                                                                         lot, "' cause: CAUSE_DAMAGED reason: 'it fell'"));
  };
  const auto waiting = report(first);
  ASSERT_THAT(waiting, IsOk());
  EXPECT_EQ(waiting->state(), WriteOff::STATE_WAITING);
  ASSERT_THAT(report(second), IsOk());
  EXPECT_THAT(report(first), HasReason("CUSTODY_EXCEEDED"));
  const auto booked = ApproveBy(Boss(), waiting->name());
  ASSERT_THAT(booked, IsOk());
  EXPECT_EQ(booked->lines(0).value_minor(), 600000);
  const auto after = CustodyOf(custody.name(), Specialist());
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(after->value_minor(), 700000);
  EXPECT_EQ(after->lost_quantity(), 1);
  ExpectSound();
}

TEST_F(MovementTest, HandsOutWhatAReservationHolds) {
  HaveRules("camera", "usage: USAGE_DURABLE");
  HaveItem("pen", 5);
  ASSERT_THAT(Receive("items/camera", 4, 1000), IsOk());
  ASSERT_THAT(Reserve("r", {Of("items/camera", 3), Of("items/pen", 2)}), IsOk());
  ASSERT_THAT(Confirm("reservations/r"), IsOk());
  const auto hand_out = [&](int cameras, int pens) {
    return Ask<v1::HandOutReservationResponse, v1::HandOutReservationRequest>(
        "HandOutReservation", absl::StrCat("name: 'reservations/r' holder: 'employees/colleague' lines { item: 'items/camera' quantity: ",
                                           cameras, " } lines { item: 'items/pen' quantity: ", pens, " }"));
  };
  EXPECT_THAT(hand_out(4, 1), HasReason("ISSUE_REFUSED"));
  auto out = hand_out(2, 1);
  ASSERT_THAT(out, IsOk());
  ASSERT_EQ(out->custodies_size(), 1);
  EXPECT_EQ(out->custodies(0).subject(), "activities/fair");
  EXPECT_EQ(out->custodies(0).keeper(), "employees/keeper");
  EXPECT_EQ(out->custodies(0).value_minor(), 2000);
  EXPECT_EQ(out->reservation().state(), v1::Reservation::STATE_CONFIRMED);
  out = hand_out(1, 1);
  ASSERT_THAT(out, IsOk());
  EXPECT_EQ(out->reservation().state(), v1::Reservation::STATE_CLOSED);
  EXPECT_EQ(StockOf("items/camera").on_hand(), 1);
  EXPECT_EQ(StockOf("items/camera").reserved(), 0);
  ExpectSound();
}

// Whoever takes custody over, the keeper for example when the holder leaves without successor (W14), says anew what there is.
TEST_F(MovementTest, WhoTakesCustodyOverCountsAnew) {
  HaveRules("camera", "usage: USAGE_DURABLE");
  ASSERT_THAT(Receive("items/camera", 2, 1000), IsOk());
  const auto issued = IssueNow("holder: 'employees/colleague' lines { item: 'items/camera' quantity: 2 }");
  ASSERT_THAT(issued, IsOk());
  const std::string name = issued->custodies(0).name();
  ASSERT_THAT(
      (AskBy<Custody, v1::AcceptCustodyRequest>(Colleague(), "AcceptCustody", absl::StrCat("name: '", name, "' counted_quantity: 2"))),
      IsOk());
  const auto held = AskBy<type::v1::ListHoldingsResponse, type::v1::ListHoldingsRequest>(Manager(), "ListHoldings",
                                                                                         "employee: 'employees/colleague' open_only: true");
  ASSERT_THAT(held, IsOk());
  ASSERT_EQ(held->holdings_size(), 1);
  EXPECT_EQ(held->holdings(0).resource(), name);
  ASSERT_THAT(store_.Write(Manager(),
                           [&](record::Transaction& tx) -> absl::Status {
                             ASSIGN_OR_RETURN(const std::string fallback,
                                              record::FallbackOf(tx, store_, "heitie.resource.v1", held->holdings(0)));
                             EXPECT_EQ(fallback, "employees/keeper");
                             return absl::OkStatus();
                           }),
              IsOk());
  ASSERT_THAT((AskBy<type::v1::Holding, type::v1::HandOverRequest>(
                  Manager(), "HandOver",
                  absl::StrCat("resource: '", name,
                               "' field: 'holder' employee: 'employees/colleague' successor: 'employees/keeper' "
                               "reason: 'leaves'"))),
              IsOk());
  const auto after = CustodyOf(name, Specialist());
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(after->holder(), "employees/keeper");
  EXPECT_EQ(after->state(), Custody::STATE_HANDED_OVER);
  EXPECT_FALSE(after->has_counted_quantity());
  EXPECT_EQ(after->value_minor(), 2000);
  EXPECT_EQ(CustodyOf(name, Colleague()).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(MovementTest, TheAuditFindsWhatPapersSayWrong) {
  HaveRules("camera", "usage: USAGE_DURABLE");
  HaveLocation("hall");
  ASSERT_THAT(Receive("items/camera", 3, 1000), IsOk());
  ASSERT_THAT(IssueNow("holder: 'employees/colleague' lines { item: 'items/camera' quantity: 1 }"), IsOk());
  ASSERT_THAT(Send("t", "to_location: 'locations/hall' two_steps: true lines { item: 'items/camera' quantity: 1 }"), IsOk());
  ExpectSound();
  const auto sql = [&](const std::string& statement) {
    ASSERT_THAT(
        database_.get().Write(absl::Now() + absl::Seconds(5), [&](sql::Session& session) { return session.Execute(statement).status(); }),
        IsOk());
  };
  sql("UPDATE custodies SET value_minor = value_minor + 1");
  sql("UPDATE stock_transfers SET state = 'STATE_ARRIVED'");
  sql("INSERT INTO price_differences (name, item, goods_receipt, document, quantity, difference_minor, to_stock_minor, variance_minor, "
      "cost_center, business_date, reason, create_time, creator) VALUES ('priceDifferences/x', 'items/camera', '', '', 1, 5, 5, 0, '', "
      "'2026-05-01', '', NOW(), 'x')");
  const v1::VerifyLedgersResponse found = Verify();
  std::vector<std::string> figures;
  for (const auto& one : found.discrepancies()) figures.push_back(one.figure());
  EXPECT_THAT(figures, ::testing::UnorderedElementsAre("value_minor", "on_hand", "price differences to_stock_minor"));
}

// Papers of all kinds from many at once, on two items at two places: nothing is lost or doubled, whatever is refused.
TEST_F(MovementTest, ManyMoveAtOnce) {
  HaveLocation("hall");
  HaveItem("mug", 60);
  HaveItem("pen", 60);
  std::atomic<int> unexpected = 0, succeeded = 0;
  std::barrier start(12);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 12; ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      for (int k = 0; k < 8; ++k) {
        const bool out = (i + k) % 2 == 0;
        const std::string lines = "lines { item: 'items/mug' quantity: 3 } lines { item: 'items/pen' quantity: 2 } ";
        const std::string places = out ? "from_location: 'locations/main' to_location: 'locations/hall' "
                                       : "from_location: 'locations/hall' to_location: 'locations/main' ";
        absl::Status status;
        switch (i % 4) {
          case 0:
            status = Ask<StockTransfer, v1::CreateStockTransferRequest>("CreateStockTransfer",
                                                                        absl::StrCat("stock_transfer { ", places, lines, "}"))
                         .status();
            break;
          case 1: {
            const auto sent = Ask<StockTransfer, v1::CreateStockTransferRequest>(
                "CreateStockTransfer", absl::StrCat("stock_transfer { two_steps: true ", places, lines, "}"));
            status = sent.status();
            if (sent.ok()) {
              status = Do<StockTransfer, v1::ReceiveStockTransferRequest>("ReceiveStockTransfer", sent->name(), Specialist()).status();
            }
            break;
          }
          case 2:
            status = IssueNow("subject: 'activities/fair' lines { item: 'items/mug' quantity: 1 }").status();
            break;
          default:
            status = Ask<WriteOff, v1::CreateWriteOffRequest>(
                         "CreateWriteOff",
                         "write_off { cause: CAUSE_LOST reason: 'x' location: 'locations/hall' lines { item: 'items/pen' quantity: 1 } }")
                         .status();
        }
        if (status.ok()) {
          ++succeeded;
        } else if (status.code() != absl::StatusCode::kFailedPrecondition) {
          ++unexpected;
          ADD_FAILURE() << status;
        }
      }
    });
  }
  threads.clear();
  EXPECT_EQ(unexpected, 0);
  EXPECT_GT(succeeded, 20);
  ExpectSound();
}

// Of many who report the last piece lost, or give it back, one succeeds.
TEST_F(MovementTest, APieceEndsOnce) {
  HaveRules("camera", "usage: USAGE_DURABLE");
  ASSERT_THAT(Receive("items/camera", 1, 100), IsOk());
  const auto issued = IssueNow("holder: 'employees/colleague' lines { item: 'items/camera' quantity: 1 }");
  ASSERT_THAT(issued, IsOk());
  const std::string name = issued->custodies(0).name();
  std::atomic<int> succeeded = 0;
  std::barrier start(8);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      const bool ok = i % 2 == 0 ? Ask<Custody, v1::TakeBackCustodyRequest>(
                                       "TakeBackCustody", absl::StrCat("name: '", name, "' quantity: 1 condition: RETURN_CONDITION_GOOD"))
                                       .ok()
                                 : Ask<WriteOff, v1::ReportCustodyLossRequest>(
                                       "ReportCustodyLoss", absl::StrCat("name: '", name, "' quantity: 1 cause: CAUSE_LOST reason: 'x'"))
                                       .ok();
      if (ok) ++succeeded;
    });
  }
  threads.clear();
  EXPECT_EQ(succeeded, 1);
  ExpectSound();
}

// ---- Price differences.

TEST_F(MovementTest, AnInvoicesDifferenceIsBookedWithWhatItIsFor) {
  HaveRules("cake", "tracking: TRACKING_LOT valuation: VALUATION_FIFO");
  const auto receipt = Ask<v1::GoodsReceipt, v1::CreateGoodsReceiptRequest>("CreateGoodsReceipt", R"pb(
    goods_receipt {
      supplier: "s"
      receive_date { year: 2026 month: 5 day: 1 }
      lines { item: "items/cake" quantity: 10 cost_minor: 1000 lot_code: "a" }
      lines { item: "items/cake" quantity: 30 cost_minor: 3000 lot_code: "b" }
    })pb");
  ASSERT_THAT(receipt, IsOk());
  ASSERT_THAT(IssueNow("subject: 'activities/fair' lines { item: 'items/cake' quantity: 20 }"), IsOk());
  Stocks stocks(store_, service::DefaultTimeZone());
  PriceDifferences differences(store_);
  PriceSplit split;
  ASSERT_THAT(store_.Write(Specialist(),
                           [&](record::Transaction& tx) -> absl::Status {
                             status::BadFields none;
                             ASSIGN_OR_RETURN(const Moment moment, stocks.MomentOf(tx, nullptr, "", none));
                             ASSIGN_OR_RETURN(StockChange change, stocks.Lock(tx, {"items/cake"}, Stocks::Depth::kMove));
                             const PriceDifferences::Change invoice{"items/cake", receipt->name(), "invoices/i", 0, 401,
                                                                    "",           "dearer",        "6120"};
                             ASSIGN_OR_RETURN(split, differences.Book(tx, invoice, *change.Find("items/cake"), moment));
                             return stocks.Save(tx, change, "reprice");
                           }),
              IsOk());
  // 100 of lot a, of which nothing is left; 301 of lot b, of which 20 of 30 are.
  EXPECT_EQ(split.to_stock, 201);
  EXPECT_EQ(split.variance, 200);
  EXPECT_EQ(StockOf("items/cake").value_minor(), 2201);
  const auto rows = AskBy<v1::ListPriceDifferencesResponse, v1::ListPriceDifferencesRequest>(Analyst(), "ListPriceDifferences",
                                                                                             "filter: 'item = \"items/cake\"'");
  ASSERT_THAT(rows, IsOk());
  ASSERT_EQ(rows->price_differences_size(), 1);
  EXPECT_EQ(rows->price_differences(0).difference_minor(), 401);
  EXPECT_EQ(rows->price_differences(0).quantity(), 40);
  EXPECT_EQ(rows->price_differences(0).expense_account(), "6120");
  ExpectSound();
}

}  // namespace
}  // namespace heitie::resource
