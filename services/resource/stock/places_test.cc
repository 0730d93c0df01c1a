// Stock by location, lot and day through the service (policy S4, W7).
#include <algorithm>
#include <barrier>
#include <limits>
#include <map>
#include <random>
#include <thread>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "common/time/day.h"
#include "heitie/resource/v1/location.pb.h"
#include "heitie/resource/v1/stock_balance.pb.h"
#include "services/resource/resource_test.h"

namespace heitie::resource {
namespace {

using test::HasViolation;

// Today is 1 May 2026, 08:00 in Taipei.
class PlacesTest : public ResourceTest {
 protected:
  PlacesTest() { clock_.Set(absl::FromCivil(absl::CivilHour(2026, 5, 1, 8), service::DefaultTimeZone())); }

  template <typename Resp, typename Req>
  absl::StatusOr<Resp> Ask(const std::string& method, const std::string& request) {
    return Call<Resp>(method, Specialist(), Proto<Req>(request));
  }
  void HaveTracked(const std::string& id, const std::string& rules) {
    HaveItem(id);
    ASSERT_THAT((Ask<v1::Item, v1::UpdateItemRequest>(
                    "UpdateItem", absl::StrCat("item { name: 'items/", id, "' rules {", rules, "} } update_mask { paths: 'rules' }"))),
                IsOk());
  }
  void HaveLocation(const std::string& id, const std::string& kind = "KIND_STORE") {
    ASSERT_THAT((Ask<v1::Location, v1::CreateLocationRequest>(
                    "CreateLocation", absl::StrCat("location_id: '", id, "' location { display_name: 'x' kind: ", kind, " }"))),
                IsOk());
  }
  static std::string Date(absl::CivilDay day) {
    return absl::StrCat("{ year: ", day.year(), " month: ", day.month(), " day: ", day.day(), " }");
  }
  static absl::CivilDay May(int day) { return absl::CivilDay(2026, 5, day); }

  absl::StatusOr<v1::GoodsReceipt> ReceiveLine(const std::string& line, absl::CivilDay day = May(1)) {
    return Ask<v1::GoodsReceipt, v1::CreateGoodsReceiptRequest>(
        "CreateGoodsReceipt", absl::StrCat("goods_receipt { supplier: 's' receive_date ", Date(day), " lines { ", line, " } }"));
  }
  // The name of the lot.
  std::string ReceiveLot(const std::string& item, const std::string& code, int64_t quantity, const std::string& expiry = "",
                         const std::string& more = "") {
    const auto receipt = ReceiveLine(absl::StrCat("item: 'items/", item, "' quantity: ", quantity, " cost_minor: ", 100 * quantity,
                                                  " lot_code: '", code, "' ", expiry.empty() ? "" : "expiry_date ", expiry, more));
    EXPECT_THAT(receipt, IsOk());
    return receipt.ok() ? receipt->lines(0).lot() : "";
  }
  absl::StatusOr<v1::Reservation> ReserveFor(const std::string& id, const std::string& item, int64_t quantity, const std::string& more) {
    return Ask<v1::Reservation, v1::CreateReservationRequest>(
        "CreateReservation",
        absl::StrCat("reservation_id: '", id, "' reservation { subject: 'activities/fair' lines { item: 'items/", item,
                     "' quantity: ", quantity, " ", more, " } expire_time { seconds: ", absl::ToUnixSeconds(clock_.Now()) + 3600, " } }"));
  }
  absl::StatusOr<v1::Reservation> IssueOf(const std::string& id, const std::string& item, int64_t quantity, const std::string& more = "") {
    return Ask<v1::Reservation, v1::IssueReservationRequest>(
        "IssueReservation",
        absl::StrCat("name: 'reservations/", id, "' lines { item: 'items/", item, "' quantity: ", quantity, " } ", more));
  }
  absl::StatusOr<v1::Reservation> ReturnOf(const std::string& id, const std::string& item, int64_t quantity, const std::string& more = "") {
    return Ask<v1::Reservation, v1::ReturnReservationRequest>(
        "ReturnReservation",
        absl::StrCat("name: 'reservations/", id, "' lines { item: 'items/", item, "' quantity: ", quantity, " } ", more));
  }
  int64_t AvailableFor(const std::string& item, const std::string& date, const std::string& location = "") {
    const auto answer = Ask<v1::ComputeAvailabilityResponse, v1::ComputeAvailabilityRequest>(
        "ComputeAvailability", absl::StrCat("name: 'items/", item, "' location: '", location, "' dates ", date));
    EXPECT_THAT(answer, IsOk());
    return answer.ok() ? answer->days(0).available() : -1;
  }
  // What is on hand of each lot, by its code; of the location as a whole with "".
  std::map<std::string, int64_t> OnHandAt(const std::string& item, const std::string& location = "locations/main") {
    std::map<std::string, int64_t> on_hand;
    const auto balances = Ask<v1::ListStockBalancesResponse, v1::ListStockBalancesRequest>(
        "ListStockBalances", absl::StrCat("parent: 'items/", item, "' page_size: 1000 filter: 'location = \"", location, "\"'"));
    EXPECT_THAT(balances, IsOk());
    for (const v1::StockBalance& balance : balances->stock_balances()) {
      std::string& code = codes_[balance.lot()];
      if (code.empty() && !balance.lot().empty()) {
        const auto lot = Ask<v1::Lot, v1::GetLotRequest>("GetLot", absl::StrCat("name: '", balance.lot(), "'"));
        EXPECT_THAT(lot, IsOk());
        code = lot->code();
      }
      on_hand[code] = balance.on_hand();
    }
    return on_hand;
  }
  absl::Status Sql(const std::string& statement) {
    return database_.get().Write(absl::Now() + absl::Seconds(5),
                                 [&](sql::Session& session) { return session.Execute(statement).status(); });
  }
  using Lots = std::map<std::string, int64_t>;

  std::map<std::string, std::string> codes_;  // by lots that were seen
};

TEST_F(PlacesTest, TheGoldenCaseOfAvailability) {
  HaveTracked("cake", "tracking: TRACKING_LOT");
  ReceiveLot("cake", "a", 30, Date(May(10)));
  ReceiveLot("cake", "b", 50, Date(May(31)));
  ReceiveLot("cake", "c", 20);
  ASSERT_THAT(ReserveFor("r1", "cake", 25, "need_date " + Date(May(8))), IsOk());
  ASSERT_THAT(ReserveFor("r2", "cake", 40, "need_date " + Date(May(20))), IsOk());
  EXPECT_EQ(AvailableFor("cake", Date(May(5))), 35);
  EXPECT_EQ(AvailableFor("cake", Date(May(10))), 35);
  EXPECT_EQ(AvailableFor("cake", Date(May(15))), 30);
  EXPECT_EQ(AvailableFor("cake", Date(May(25))), 30);
  EXPECT_EQ(AvailableFor("cake", Date(absl::CivilDay(2026, 6, 1))), 20);
  EXPECT_THAT(ReserveFor("r3", "cake", 31, "need_date " + Date(May(15))), HasReason("STOCK_SHORT"));
  // Without a day it may be needed for ever.
  EXPECT_THAT(ReserveFor("r3", "cake", 21, ""), HasReason("STOCK_SHORT"));
  EXPECT_THAT(ReserveFor("r3", "cake", 20, ""), IsOk());
  const auto check = Ask<v1::CheckStockResponse, v1::CheckStockRequest>(
      "CheckStock", absl::StrCat("lines { item: 'items/cake' quantity: 20 } need_date ", Date(May(9))));
  ASSERT_THAT(check, IsOk());
  EXPECT_EQ(check->lines(0).available(), 15);
  EXPECT_EQ(check->lines(0).short_quantity(), 5);
  ExpectSound();
}

TEST_F(PlacesTest, WhatExpiresFirstGoesFirst) {
  HaveTracked("cake", "tracking: TRACKING_LOT shelf_life_days: 30");
  ReceiveLot("cake", "late", 10);  // 31 May, by the shelf life
  ReceiveLot("cake", "early", 10, Date(May(10)));
  ReceiveLot("cake", "soon", 10, Date(May(3)));
  ASSERT_THAT(ReserveFor("r1", "cake", 25, "need_date " + Date(May(3))), IsOk());
  ASSERT_THAT(Confirm("reservations/r1"), IsOk());
  ASSERT_THAT(IssueOf("r1", "cake", 15), IsOk());
  EXPECT_EQ(OnHandAt("cake"), (Lots{{"", 15}, {"early", 5}, {"late", 10}}));
  // Four days later the day of need counts as today.
  clock_.Advance(absl::Hours(24 * 10));
  ASSERT_THAT(IssueOf("r1", "cake", 4), IsOk());
  EXPECT_EQ(OnHandAt("cake"), (Lots{{"", 11}, {"early", 5}, {"late", 6}}));
  ExpectSound();
}

TEST_F(PlacesTest, AnotherLotByChoiceOnlyIfAllOthersStayPossible) {
  HaveTracked("cake", "tracking: TRACKING_LOT");
  const std::string early = ReceiveLot("cake", "early", 10, Date(May(10))), late = ReceiveLot("cake", "late", 10, Date(May(31)));
  ASSERT_THAT(ReserveFor("r1", "cake", 8, "need_date " + Date(May(5))), IsOk());
  ASSERT_THAT(ReserveFor("r2", "cake", 6, "need_date " + Date(May(20))), IsOk());
  ASSERT_THAT(Confirm("reservations/r1"), IsOk());
  const auto choose = [](const std::string& lot, int quantity, const std::string& reason) {
    return absl::StrCat("lots { lot: '", lot, "' quantity: ", quantity, " reason: '", reason, "' }");
  };
  EXPECT_THAT(IssueOf("r1", "cake", 8, choose(late, 5, "")), HasReason("LOT_REASON"));
  EXPECT_THAT(IssueOf("r1", "cake", 8, choose(late, 5, "red ones")), HasReason("LOT_NEEDED"));
  EXPECT_THAT(IssueOf("r1", "cake", 8, choose(late, 11, "red ones")), HasReason("LOT_NOT_USABLE"));
  EXPECT_THAT(IssueOf("r1", "cake", 8, choose("items/pen/lots/x", 1, "red ones")), HasViolation("lots[0].lot", "ITEM_NOT_RESERVED"));
  ASSERT_THAT(IssueOf("r1", "cake", 6, choose(late, 4, "red ones")), IsOk());
  EXPECT_EQ(OnHandAt("cake"), (Lots{{"", 14}, {"early", 8}, {"late", 6}}));
  const auto entries = Ask<v1::ListStockEntriesResponse, v1::ListStockEntriesRequest>(
      "ListStockEntries", absl::StrCat("parent: 'items/cake' filter: 'lot = \"", late, "\" AND kind = KIND_ISSUE'"));
  ASSERT_THAT(entries, IsOk());
  ASSERT_EQ(entries->stock_entries_size(), 1);
  EXPECT_EQ(entries->stock_entries(0).reason(), "red ones");
  // A lot that expires before the day of need does not serve it.
  ASSERT_THAT(Confirm("reservations/r2"), IsOk());
  EXPECT_THAT(IssueOf("r2", "cake", 1, choose(early, 1, "x")), HasReason("LOT_NOT_USABLE"));
  ExpectSound();
}

TEST_F(PlacesTest, WhatHasExpiredIsOnHandAndNeverIssued) {
  HaveTracked("cake", "tracking: TRACKING_LOT");
  ReceiveLot("cake", "a", 10, Date(May(3)));
  ASSERT_THAT(ReserveFor("r1", "cake", 4, "need_date " + Date(May(3))), IsOk());
  ASSERT_THAT(Confirm("reservations/r1"), IsOk());
  clock_.Advance(absl::Hours(24 * 2 + 15));  // 3 May, 23:00
  ASSERT_THAT(IssueOf("r1", "cake", 1), IsOk());
  clock_.Advance(absl::Hours(1));  // 4 May, 00:00
  EXPECT_THAT(IssueOf("r1", "cake", 1), HasReason("LOTS_EXPIRED"));
  EXPECT_EQ(StockOf("items/cake").on_hand(), 9);
  EXPECT_EQ(AvailableFor("cake", Date(May(4))), 0);
  EXPECT_THAT(ReserveFor("r2", "cake", 1, "need_date " + Date(May(3))), HasReason("STOCK_SHORT"));
  ASSERT_THAT(ReleaseReservation("reservations/r1"), IsOk());
  EXPECT_EQ(AvailableFor("cake", Date(May(4))), 0);
  // What comes back after its last day is blocked.
  ASSERT_THAT(ReturnOf("r1", "cake", 1), IsOk());
  EXPECT_EQ(StockOf("items/cake").blocked(), 1);
  EXPECT_EQ(StockOf("items/cake").available(), 9);
  ExpectSound();
}

TEST_F(PlacesTest, ASerialIsALotOfOne) {
  HaveTracked("camera", "tracking: TRACKING_SERIAL usage: USAGE_DURABLE");
  ReceiveLot("camera", "sn1", 1);
  EXPECT_THAT(ReceiveLine("item: 'items/camera' quantity: 2 lot_code: 'sn2'"),
              HasViolation("goods_receipt.lines[0].quantity", "SERIAL_IS_ONE"));
  EXPECT_THAT(ReceiveLine("item: 'items/camera' quantity: 1"), HasViolation("goods_receipt.lines[0].lot_code", "LOT_CODE_REQUIRED"));
  EXPECT_THAT(ReceiveLine("item: 'items/camera' quantity: 1 lot_code: 'sn1'"),
              HasViolation("goods_receipt.lines[0].lot_code", "SERIAL_ON_HAND"));
  const std::string second = ReceiveLot("camera", "sn2", 1);
  ASSERT_THAT(ReserveFor("r1", "camera", 1, ""), IsOk());
  ASSERT_THAT(Confirm("reservations/r1"), IsOk());
  ASSERT_THAT(IssueOf("r1", "camera", 1, absl::StrCat("lots { lot: '", second, "' quantity: 1 reason: 'the good one' }")), IsOk());
  EXPECT_EQ(OnHandAt("camera"), (Lots{{"", 1}, {"sn1", 1}}));
  ASSERT_THAT(ReturnOf("r1", "camera", 1), IsOk());
  EXPECT_EQ(OnHandAt("camera"), (Lots{{"", 2}, {"sn1", 1}, {"sn2", 1}}));
  ExpectSound();
}

TEST_F(PlacesTest, OnlyWhatIsToldApartHasLots) {
  HaveItem("mug");
  EXPECT_THAT(ReceiveLine("item: 'items/mug' quantity: 2 lot_code: 'x'"),
              HasViolation("goods_receipt.lines[0].lot_code", "NOT_TOLD_APART"));
  HaveTracked("cake", "tracking: TRACKING_LOT");
  ReceiveLot("cake", "a", 5, Date(May(9)));
  EXPECT_THAT(ReceiveLine("item: 'items/cake' quantity: 2 lot_code: 'a' expiry_date " + Date(May(8))),
              HasViolation("goods_receipt.lines[0].expiry_date", "LOT_DIFFERS"));
  ReceiveLot("cake", "a", 2);
  EXPECT_EQ(OnHandAt("cake"), (Lots{{"", 7}, {"a", 7}}));
}

TEST_F(PlacesTest, EachLocationHoldsItsOwn) {
  HaveItem("mug", 10);
  HaveLocation("fair", "KIND_EVENT_SITE");
  HaveLocation("doubt", "KIND_QUARANTINE");
  ASSERT_THAT(ReceiveLine("item: 'items/mug' quantity: 4 location: 'locations/fair'"), IsOk());
  ASSERT_THAT(ReceiveLine("item: 'items/mug' quantity: 3 location: 'locations/doubt'"), IsOk());
  EXPECT_THAT(ReceiveLine("item: 'items/mug' quantity: 3 location: 'locations/none'"),
              HasViolation("goods_receipt.lines[0].location", "UNKNOWN_LOCATION"));
  EXPECT_EQ(StockOf("items/mug").on_hand(), 17);
  EXPECT_EQ(StockOf("items/mug").blocked(), 3);
  EXPECT_EQ(StockOf("items/mug").available(), 14);
  EXPECT_THAT(ReserveFor("r1", "mug", 11, ""), HasReason("STOCK_SHORT"));
  EXPECT_THAT(ReserveFor("r1", "mug", 5, "location: 'locations/fair'"), HasReason("STOCK_SHORT"));
  EXPECT_THAT(ReserveFor("r1", "mug", 1, "location: 'locations/doubt'"),
              HasViolation("reservation.lines[0].location", "LOCATION_NOT_USABLE"));
  ASSERT_THAT(ReserveFor("r1", "mug", 10, ""), IsOk());
  ASSERT_THAT(ReserveFor("r2", "mug", 4, "location: 'locations/fair'"), IsOk());
  ASSERT_THAT(Confirm("reservations/r2"), IsOk());
  ASSERT_THAT(IssueOf("r2", "mug", 3), IsOk());
  ASSERT_THAT(ReturnOf("r2", "mug", 1), IsOk());
  EXPECT_EQ(OnHandAt("mug", "locations/fair"), (Lots{{"", 2}}));
  EXPECT_EQ(AvailableFor("mug", Date(May(1)), "locations/fair"), 1);
  EXPECT_EQ(AvailableFor("mug", Date(May(1))), 0);
  ExpectSound();
}

TEST_F(PlacesTest, TheGoldenCaseOfFifo) {
  HaveTracked("mug", "valuation: VALUATION_FIFO");
  const auto receive = [&](int quantity, int cost) {
    ASSERT_THAT(ReceiveLine(absl::StrCat("item: 'items/mug' quantity: ", quantity, " cost_minor: ", cost)), IsOk());
  };
  const auto issue = [&](const std::string& id, int quantity) {
    EXPECT_THAT(ReserveFor(id, "mug", quantity, ""), IsOk());
    EXPECT_THAT(Confirm("reservations/" + id), IsOk());
    const auto issued = IssueOf(id, "mug", quantity);
    EXPECT_THAT(issued, IsOk());
    return issued->lines(0).issued_value_minor();
  };
  receive(100, 10000);
  receive(50, 8000);
  EXPECT_EQ(issue("a", 40), 4000);
  receive(7, 1000);
  EXPECT_EQ(issue("b", 90), 10800);
  const auto back = ReturnOf("b", "mug", 40);
  ASSERT_THAT(back, IsOk());
  EXPECT_EQ(back->lines(0).returned_value_minor(), 5800);
  EXPECT_EQ(StockOf("items/mug").value_minor(), 4200 + 5800);
  ExpectSound();
  EXPECT_EQ(issue("c", 10), 1000);  // What came back to the first layer goes first.
  EXPECT_EQ(issue("d", 57), 9000);
  EXPECT_EQ(StockOf("items/mug").value_minor(), 0);
  ExpectSound();
}

TEST_F(PlacesTest, TheGoldenCaseOfTheMovingAverage) {
  HaveItem("mug");
  const auto issue = [&](const std::string& id, int quantity) {
    EXPECT_THAT(ReserveFor(id, "mug", quantity, ""), IsOk());
    EXPECT_THAT(Confirm("reservations/" + id), IsOk());
    return IssueOf(id, "mug", quantity)->lines(0).issued_value_minor();
  };
  ASSERT_THAT(ReceiveLine("item: 'items/mug' quantity: 100 cost_minor: 10000"), IsOk());
  ASSERT_THAT(ReceiveLine("item: 'items/mug' quantity: 50 cost_minor: 8000"), IsOk());
  EXPECT_EQ(issue("a", 40), 4800);
  ASSERT_THAT(ReceiveLine("item: 'items/mug' quantity: 7 cost_minor: 1000"), IsOk());
  EXPECT_EQ(issue("b", 90), 10923);
  EXPECT_EQ(issue("c", 27), 3277);
  EXPECT_EQ(StockOf("items/mug").value_minor(), 0);
  ExpectSound();
}

TEST_F(PlacesTest, NoBusinessDayEndsBelowNothing) {
  HaveItem("mug");
  clock_.Advance(absl::Hours(24 * 20));  // 21 May
  ASSERT_THAT(ReceiveLine("item: 'items/mug' quantity: 10 cost_minor: 1000", May(3)), IsOk());
  ASSERT_THAT(ReserveFor("r1", "mug", 10, ""), IsOk());
  ASSERT_THAT(Confirm("reservations/r1"), IsOk());
  ASSERT_THAT(IssueOf("r1", "mug", 6, "business_date " + Date(May(10))), IsOk());
  EXPECT_THAT(IssueOf("r1", "mug", 2, "business_date " + Date(May(2))), HasReason("BACKDATED_NEGATIVE"));
  ASSERT_THAT(ReceiveLine("item: 'items/mug' quantity: 5 cost_minor: 500", May(15)), IsOk());
  ASSERT_THAT(ReserveFor("r2", "mug", 5, ""), IsOk());
  ASSERT_THAT(Confirm("reservations/r2"), IsOk());
  const auto refused = IssueOf("r2", "mug", 5, "business_date " + Date(May(5)));
  EXPECT_THAT(refused, HasReason("BACKDATED_NEGATIVE"));  // 10 less 6 are there at the end of the 10th.
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("2026-05-10"));
  ASSERT_THAT(IssueOf("r2", "mug", 4, "business_date " + Date(May(5))), IsOk());
  EXPECT_THAT(IssueOf("r2", "mug", 1, "business_date " + Date(May(22))), HasViolation("business_date", "FUTURE_DAY"));
  EXPECT_THAT(ReceiveLine("item: 'items/mug' quantity: 5", May(22)), HasViolation("goods_receipt.receive_date", "FUTURE_DAY"));
  ExpectSound();
}

TEST_F(PlacesTest, BothAxesOfReports) {
  HaveItem("mug");
  ASSERT_THAT(ReceiveLine("item: 'items/mug' quantity: 10 cost_minor: 1000"), IsOk());
  const absl::Time first = clock_.Now();
  clock_.Advance(absl::Hours(24 * 4));  // 5 May
  ASSERT_THAT(ReceiveLine("item: 'items/mug' quantity: 7 cost_minor: 1400", May(2)), IsOk());
  ASSERT_THAT(ReserveFor("r1", "mug", 3, ""), IsOk());
  ASSERT_THAT(Confirm("reservations/r1"), IsOk());
  ASSERT_THAT(IssueOf("r1", "mug", 2), IsOk());
  const auto past = [&](const std::string& more) {
    const auto answer = Ask<v1::ComputePastStockResponse, v1::ComputePastStockRequest>("ComputePastStock", "name: 'items/mug' " + more);
    EXPECT_THAT(answer, IsOk());
    return answer.value_or(v1::ComputePastStockResponse());
  };
  const std::string then = absl::StrCat("known_time { seconds: ", absl::ToUnixSeconds(first), " } ");
  EXPECT_EQ(past("").on_hand(), 15);
  EXPECT_EQ(past("").reserved(), 1);
  EXPECT_EQ(past(then).on_hand(), 10);
  EXPECT_EQ(past(then).value_minor(), 1000);
  EXPECT_EQ(past(then).ledger_position(), 1);
  EXPECT_EQ(past(then + "business_date " + Date(May(3))).on_hand(), 10);
  const auto by_day = past("business_date " + Date(May(3)));
  EXPECT_EQ(by_day.on_hand(), 17);
  EXPECT_EQ(by_day.value_minor(), 2400);
  ASSERT_EQ(by_day.late_entries_size(), 1);
  EXPECT_TRUE(by_day.late_entries(0).late());
  EXPECT_EQ(past("business_date " + Date(May(1))).on_hand(), 10);
  EXPECT_EQ(past("known_time { seconds: 5 }").on_hand(), 0);
}

TEST_F(PlacesTest, AClosedMonthStaysAsItIs) {
  HaveItem("mug");
  const auto close = [&](absl::CivilDay day) {
    return Call<v1::StockClosing>(
        "CreateStockClosing", Manager(),
        Proto<v1::CreateStockClosingRequest>(absl::StrCat("stock_closing { reason: 'month end' last_day ", Date(day),
                                                          " } stock_closing_id: 'd", absl::FormatCivilTime(day), "'")));
  };
  EXPECT_THAT(close(May(31)), HasReason("STOCK_MONTH_NOT_OVER"));
  EXPECT_THAT(close(absl::CivilDay(2026, 4, 30)), HasReason("STOCK_MONTH_NOT_OVER"));  // Since midnight.
  EXPECT_THAT(close(absl::CivilDay(2026, 4, 29)), HasViolation("stock_closing.last_day", "NOT_A_MONTHS_END"));
  ASSERT_THAT(ReceiveLine("item: 'items/mug' quantity: 1", absl::CivilDay(2026, 4, 30)), IsOk());
  clock_.Advance(absl::Hours(24));
  ASSERT_THAT(close(absl::CivilDay(2026, 4, 30)), IsOk());
  EXPECT_THAT(close(absl::CivilDay(2026, 3, 31)), HasReason("PERIOD_CLOSED"));
  EXPECT_THAT(ReceiveLine("item: 'items/mug' quantity: 1", absl::CivilDay(2026, 4, 30)), HasReason("PERIOD_CLOSED"));
  EXPECT_THAT(ReceiveLine("item: 'items/mug' quantity: 1", absl::CivilDay(2026, 1, 2)), HasReason("PERIOD_CLOSED"));
  EXPECT_THAT(ReceiveLine("item: 'items/mug' quantity: 1", May(1)), IsOk());
}

TEST_F(PlacesTest, ALotIsFoundWhereverItWent) {
  HaveTracked("cake", "tracking: TRACKING_LOT");
  const std::string lot = ReceiveLot("cake", "a", 10);
  ASSERT_THAT(ReserveFor("r1", "cake", 6, ""), IsOk());
  ASSERT_THAT(Confirm("reservations/r1"), IsOk());
  ASSERT_THAT(IssueOf("r1", "cake", 5), IsOk());
  ASSERT_THAT(ReturnOf("r1", "cake", 2), IsOk());
  const auto trace = Ask<v1::TraceLotResponse, v1::TraceLotRequest>("TraceLot", absl::StrCat("name: '", lot, "'"));
  ASSERT_THAT(trace, IsOk());
  EXPECT_EQ(trace->received(), 10);
  ASSERT_EQ(trace->uses_size(), 1);
  EXPECT_EQ(trace->uses(0).subject(), "activities/fair");
  EXPECT_EQ(trace->uses(0).issued(), 5);
  EXPECT_EQ(trace->uses(0).returned(), 2);
  ASSERT_EQ(trace->balances_size(), 1);
  EXPECT_EQ(trace->balances(0).on_hand(), 7);
  const auto used = Ask<v1::TraceSubjectResponse, v1::TraceSubjectRequest>("TraceSubject", "subject: 'activities/fair'");
  ASSERT_THAT(used, IsOk());
  ASSERT_EQ(used->uses_size(), 1);
  EXPECT_EQ(used->uses(0).lot(), lot);
  EXPECT_EQ(used->uses(0).value_minor(), 300);
}

// ---- The version before

TEST_F(PlacesTest, TheVersionBeforeGoesOnWithSimpleItems) {
  HaveItem("mug", 10);
  ASSERT_THAT(Sql("UPDATE stocks SET reserved = 3, available = 7, entry_count = 2 WHERE item = 'items/mug'"), IsOk());
  ASSERT_THAT(
      Sql("INSERT INTO stock_entries (name, item, sequence, kind, on_hand_delta, reserved_delta, value_delta_minor, on_hand, "
          "reserved, value_minor, goods_receipt, reservation, line_reserved, line_issued, line_returned, create_time, creator) VALUES "
          "('items/mug/stockEntries/000000000002', 'items/mug', 2, 'KIND_RESERVE', 0, 3, 0, 10, 3, 1000, '', 'reservations/old', 3, 0, "
          "0, '2026-05-01 00:00:00', 'x')"),
      IsOk());
  ASSERT_THAT(Sql("INSERT INTO reservations (name, subject, `lines`, state, expire_time, etag, create_time, update_time, creator) VALUES "
                  "('reservations/old', 'activities/fair', '{\"lines\":[{\"item\":\"items/mug\",\"quantity\":\"3\"}]}', 'STATE_CONFIRMED', "
                  "NULL, '1', '2026-05-01 00:00:00', '2026-05-01 00:00:00', 'x')"),
              IsOk());
  ExpectSound();
  ASSERT_THAT(IssueOf("old", "mug", 2, "business_date " + Date(May(1))), IsOk());
  EXPECT_EQ(AvailableFor("mug", Date(May(1))), 7);
  ExpectSound();
}

TEST_F(PlacesTest, TheVersionBeforeIsKeptFromWhatItDoesNotKnow) {
  HaveLocation("fair", "KIND_EVENT_SITE");
  HaveItem("mug", 10);
  ASSERT_THAT(ReceiveLine("item: 'items/mug' quantity: 4 location: 'locations/fair'"), IsOk());
  EXPECT_THAT(Sql("UPDATE stocks SET reserved = 10, available = 4 WHERE item = 'items/mug'"), IsOk());
  EXPECT_FALSE(Sql("UPDATE stocks SET reserved = 11, available = 3 WHERE item = 'items/mug'").ok());
  HaveTracked("cake", "tracking: TRACKING_LOT");
  ReceiveLot("cake", "a", 5);
  EXPECT_FALSE(Sql("UPDATE stocks SET on_hand = 6, available = 6 WHERE item = 'items/cake'").ok());
  HaveTracked("pen", "valuation: VALUATION_FIFO");
  ASSERT_THAT(Receive("items/pen", 5, 100), IsOk());
  EXPECT_FALSE(Sql("UPDATE stocks SET on_hand = 6, available = 6, value_minor = 600 WHERE item = 'items/pen'").ok());
  EXPECT_TRUE(Sql("UPDATE stocks SET reserved = 5, available = 0 WHERE item = 'items/pen'").ok());
}

// ---- Many at once

TEST_F(PlacesTest, OneOfSixtyFourGetsTheLastOfALocation) {
  HaveItem("mug", 100);
  HaveLocation("fair", "KIND_EVENT_SITE");
  HaveTracked("cake", "tracking: TRACKING_LOT");
  ASSERT_THAT(ReceiveLine("item: 'items/mug' quantity: 1 location: 'locations/fair'"), IsOk());
  ReceiveLot("cake", "a", 1, Date(May(10)), " location: 'locations/fair'");
  ReceiveLot("cake", "b", 50, Date(May(10)));
  std::barrier start(64);
  std::atomic<int> mugs = 0, cakes = 0, others = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 64; ++i) {
      threads.emplace_back([&, i] {
        start.arrive_and_wait();
        const auto status = ReserveFor(absl::StrCat("r", i), i % 2 == 0 ? "mug" : "cake", 1,
                                       absl::StrCat("location: 'locations/fair' need_date ", Date(May(9))))
                                .status();
        if (status.ok()) {
          ++(i % 2 == 0 ? mugs : cakes);
        } else if (status::ReasonOf(status) != "STOCK_SHORT") {
          ++others;
        }
      });
    }
  }
  EXPECT_EQ(mugs, 1);
  EXPECT_EQ(cakes, 1);
  EXPECT_EQ(others, 0);
  ExpectSound();
}

TEST_F(PlacesTest, RandomWorkOfManyClientsKeepsEveryLedgerSound) {
  HaveLocation("fair", "KIND_EVENT_SITE");
  HaveLocation("doubt", "KIND_QUARANTINE");
  HaveTracked("cake", "tracking: TRACKING_LOT valuation: VALUATION_FIFO");
  HaveTracked("mug", "valuation: VALUATION_FIFO");
  HaveTracked("pen", "tracking: TRACKING_LOT");
  HaveItem("bag");
  const std::vector<std::string> items = {"cake", "mug", "pen", "bag"}, places = {"", "locations/fair"};
  std::atomic<int> done = 0, broken = 0;
  {
    std::vector<std::jthread> threads;
    for (int client = 0; client < 8; ++client) {
      threads.emplace_back([&, client] {
        std::mt19937 random(client);
        std::vector<std::pair<std::string, std::string>> held;  // reservation, item
        for (int step = 0; step < 60; ++step) {
          const std::string item = items[random() % items.size()], place = places[random() % 2];
          const bool tracked = item == "cake" || item == "pen";
          const int64_t quantity = 1 + static_cast<int64_t>(random() % 9);
          absl::Status status;
          switch (random() % 6) {
            case 0: {
              const std::string lot = tracked ? absl::StrCat(" lot_code: '", client, "-", step, "' expiry_date ",
                                                             Date(May(1 + static_cast<int>(random() % 20))))
                                              : "";
              status = ReceiveLine(absl::StrCat("item: 'items/", item, "' quantity: ", quantity, " cost_minor: ", random() % 1000,
                                                " location: '", random() % 8 == 0 ? "locations/doubt" : place, "'", lot),
                                   random() % 3 == 0 ? absl::CivilDay(2026, 4, 28) : May(1))
                           .status();
              break;
            }
            case 1:
            case 2: {
              const std::string id = absl::StrCat("r", client, "-", step);
              status = ReserveFor(id, item, quantity,
                                  absl::StrCat("location: '", place, "' need_date ", Date(May(1 + static_cast<int>(random() % 20)))))
                           .status();
              if (status.ok()) {
                held.emplace_back(id, item);
                status = Confirm("reservations/" + id).status();
              }
              break;
            }
            case 3:
            case 4: {
              if (held.empty()) break;
              const auto& [id, of] = held[random() % held.size()];
              status = random() % 3 == 0 ? ReturnOf(id, of, 1 + static_cast<int64_t>(random() % 3)).status()
                                         : IssueOf(id, of, 1 + static_cast<int64_t>(random() % 4),
                                                   random() % 4 == 0 ? "business_date " + Date(absl::CivilDay(2026, 4, 29)) : "")
                                               .status();
              break;
            }
            default:
              if (!held.empty() && random() % 3 == 0)
                status = ReleaseReservation("reservations/" + held[random() % held.size()].first).status();
          }
          if (status.ok()) {
            ++done;
          } else if (status::ReasonOf(status).empty() || status::ReasonOf(status) == "INTERNAL") {
            ADD_FAILURE() << status;
            ++broken;
          }
        }
      });
    }
  }
  EXPECT_GT(done, 150);
  EXPECT_EQ(broken, 0);
  ExpectSound();
}

// ---- A plain model

// What a person with a notebook would write down, day by day, without sums.
struct Notebook {
  struct Part {
    std::string code;
    int expiry;  // days from today at the beginning
    int order;
    int64_t quantity;
  };
  struct Promise {
    std::string location;
    int need;
    int64_t left;
    std::vector<std::pair<std::string, int64_t>> out;  // by lot, in the order in which it was taken
  };
  std::map<std::string, std::vector<Part>> parts;  // by location
  std::map<std::string, Promise> promises;
  int today = 0;
  int64_t on_hand = 0, value = 0;

  int64_t Available(const std::string& location, int day) {
    int64_t least = std::numeric_limits<int64_t>::max();
    for (int t = today; t <= std::max(day, today); ++t) {
      int64_t usable = 0, needed = 0;
      for (const Part& part : parts[location]) usable += part.expiry >= t ? part.quantity : 0;
      for (const auto& [name, promise] : promises) {
        if (promise.location == location && std::max(promise.need, today) >= t) needed += promise.left;
      }
      least = std::min(least, usable - needed);
    }
    return least;
  }
  // The piece of the place that goes next for a day; nullptr when none can be used on it.
  Part* Next(const std::string& location, int day) {
    Part* next = nullptr;
    for (Part& part : parts[location]) {
      if (part.quantity == 0 || part.expiry < std::max(day, today)) continue;
      if (next == nullptr || std::tie(part.expiry, part.order) < std::tie(next->expiry, next->order)) next = &part;
    }
    return next;
  }
  int64_t Share(int64_t quantity) const { return (2 * value * quantity + on_hand) / (2 * on_hand); }
  void Put(const std::string& location, const std::string& code, int expiry, int order, int64_t quantity) {
    for (Part& part : parts[location]) {
      if (part.code != code) continue;
      // Nothing was left of it, so it comes anew.
      if (part.quantity == 0) part.order = order;
      part.quantity += quantity;
      return;
    }
    parts[location].push_back({code, expiry, order, quantity});
  }
};

TEST_F(PlacesTest, TheServiceAgreesWithANotebook) {
  HaveTracked("cake", "tracking: TRACKING_LOT");
  HaveLocation("fair", "KIND_EVENT_SITE");
  const std::vector<std::string> places = {"locations/main", "locations/fair"};
  std::mt19937 random(20261129);
  Notebook notebook;
  std::map<std::string, int> expiries;
  std::vector<std::string> names;
  std::map<std::string, int> outcomes;
  for (int step = 0; step < 240; ++step) {
    const std::string place = places[random() % 2];
    const int64_t quantity = 1 + static_cast<int64_t>(random() % 8);
    const int day = std::max(0, notebook.today + static_cast<int>(random() % 12) - 2);
    const int what = static_cast<int>(random() % 13);
    const int order = static_cast<int>(StockOf("items/cake").entry_count()) + 1;
    if (what < 3) {
      const std::string code = absl::StrCat("lot", step / 40, "-", random() % 5);
      const int expiry = expiries.try_emplace(code, day).first->second;
      const auto receipt = ReceiveLine(absl::StrCat("item: 'items/cake' quantity: ", quantity, " cost_minor: ", 37 * quantity + step,
                                                    " location: '", place, "' lot_code: '", code, "' expiry_date ", Date(May(1) + expiry)),
                                       May(1) + notebook.today);
      ASSERT_THAT(receipt, IsOk());
      notebook.Put(place, code, expiry, order, quantity);
      notebook.on_hand += quantity;
      notebook.value += 37 * quantity + step;
    } else if (what < 6) {
      const std::string name = absl::StrCat("r", step);
      const bool expected = notebook.Available(place, day) >= quantity;
      const auto held = ReserveFor(name, "cake", quantity, absl::StrCat("location: '", place, "' need_date ", Date(May(1) + day)));
      ASSERT_EQ(held.ok(), expected) << held.status() << " step " << step;
      ++outcomes[expected ? "reserved" : "short"];
      if (!expected) continue;
      ASSERT_THAT(Confirm("reservations/" + name), IsOk());
      notebook.promises[name] = {place, day, quantity, {}};
      names.push_back(name);
    } else if (what >= 11) {
      clock_.Advance(absl::Hours(24));
      ++notebook.today;
      // Late on the first day of a stage the service looks at its lots; the notebook asks by the day alone.
      ASSERT_THAT(jobs_.RunDue(), IsOk());
    } else if (!names.empty()) {
      const std::string name = names[random() % names.size()];
      Notebook::Promise& promise = notebook.promises[name];
      if (what < 9 && promise.left > 0) {
        const int64_t asked = std::min(quantity, promise.left);
        std::vector<Notebook::Part> before = notebook.parts[promise.location];
        int64_t value = notebook.value, on_hand = notebook.on_hand, left = asked;
        std::vector<std::pair<std::string, int64_t>> taken;
        while (left > 0) {
          Notebook::Part* next = notebook.Next(promise.location, promise.need);
          if (next == nullptr) break;
          const int64_t part = std::min(left, next->quantity);
          const int64_t worth = notebook.Share(part);
          next->quantity -= part;
          notebook.on_hand -= part;
          notebook.value -= worth;
          taken.emplace_back(next->code, part);
          left -= part;
        }
        const auto issued = IssueOf(name, "cake", asked);
        ASSERT_EQ(issued.ok(), left == 0) << issued.status();
        ++outcomes[left == 0 ? "issued" : "expired"];
        if (left > 0) {
          EXPECT_THAT(issued, HasReason("LOTS_EXPIRED"));
          notebook.parts[promise.location] = before;
          notebook.value = value;
          notebook.on_hand = on_hand;
        } else {
          promise.left -= asked;
          promise.out.insert(promise.out.end(), taken.begin(), taken.end());
        }
      } else if (what == 9 && !promise.out.empty()) {
        const auto last = promise.out.back();
        promise.out.pop_back();
        const auto back = ReturnOf(name, "cake", last.second);
        ASSERT_THAT(back, IsOk());
        notebook.Put(promise.location, last.first, expiries[last.first], order, last.second);
        notebook.on_hand += last.second;
        notebook.value = StockOf("items/cake").value_minor();  // The share of a line is another test's.
        ++outcomes["returned"];
      } else if (what == 10 && promise.left > 0) {
        ASSERT_THAT(ReleaseReservation("reservations/" + name), IsOk());
        promise.left = 0;
        ++outcomes["released"];
      }
    }
    ASSERT_EQ(StockOf("items/cake").on_hand(), notebook.on_hand) << step;
    ASSERT_EQ(StockOf("items/cake").value_minor(), notebook.value) << step;
    for (const std::string& each : places) {
      Lots expected;
      for (const Notebook::Part& part : notebook.parts[each]) {
        if (part.quantity > 0) expected[part.code] = part.quantity;
        expected[""] += part.quantity;
      }
      ASSERT_EQ(OnHandAt("cake", each), expected) << each << " step " << step;
      ASSERT_EQ(AvailableFor("cake", Date(May(1) + day), each), std::max<int64_t>(0, notebook.Available(each, day))) << step;
    }
  }
  for (const char* outcome : {"reserved", "short", "issued", "returned", "released"}) {
    EXPECT_GT(outcomes[outcome], 2) << outcome;
  }
  ExpectSound();
}

}  // namespace
}  // namespace heitie::resource
