#include "services/resource/stock/count.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "services/resource/resource_test.h"

namespace heitie::resource {
namespace {

using test::HasViolation;
using v1::StockCount;

class CountTest : public ResourceTest {
 protected:
  template <typename Resp, typename Req>
  absl::StatusOr<Resp> Ask(const std::string& method, const std::string& request) {
    return Call<Resp>(method, Specialist(), Proto<Req>(request));
  }
  absl::StatusOr<StockCount> Open(const std::string& more = "") {
    return Ask<StockCount, v1::CreateStockCountRequest>(
        "CreateStockCount", absl::StrCat("stock_count_id: 'c' stock_count { location: 'locations/main' ", more, " }"));
  }
  absl::StatusOr<StockCount> Found(const std::string& item, int64_t quantity, const std::string& lot = "") {
    return Ask<StockCount, v1::RecordStockCountRequest>(
        "RecordStockCount",
        absl::StrCat("name: 'stockCounts/c' found { item: 'items/", item, "' quantity: ", quantity, " lot: '", lot, "' }"));
  }
  absl::StatusOr<StockCount> Post(bool release = false) {
    auto request = Proto<v1::PostStockCountRequest>("name: 'stockCounts/c' reason: 'year end'");
    request.set_release_reservations(release);
    return Call<StockCount>("PostStockCount", Manager(), request);
  }
  absl::StatusOr<v1::Reservation> ReserveUntil(const std::string& id, const std::string& item, int64_t quantity, int day) {
    auto request = Wanted(id, {Of("items/" + item, quantity)});
    *request.mutable_reservation()->mutable_lines(0)->mutable_need_date() =
        Proto<google::type::Date>(absl::StrCat("year: 2026 month: 2 day: ", day));
    return Call<v1::Reservation>("CreateReservation", Specialist(), request);
  }
  std::string HaveLot(const std::string& item, const std::string& code, int64_t quantity, int expiry_day) {
    const auto receipt = Ask<v1::GoodsReceipt, v1::CreateGoodsReceiptRequest>(
        "CreateGoodsReceipt",
        absl::StrCat("goods_receipt { supplier: 's' receive_date { year: 2026 month: 1 day: 1 } lines { item: 'items/", item,
                     "' quantity: ", quantity, " cost_minor: ", 100 * quantity, " lot_code: '", code,
                     "' expiry_date { year: 2026 month: 2 day: ", expiry_day, " } } }"));
    EXPECT_THAT(receipt, IsOk());
    return receipt.ok() ? receipt->lines(0).lot() : "";
  }
  void HaveTracked(const std::string& item) {
    HaveItem(item);
    ASSERT_THAT((Ask<v1::Item, v1::UpdateItemRequest>(
                    "UpdateItem",
                    absl::StrCat("item { name: 'items/", item, "' rules { tracking: TRACKING_LOT } } update_mask { paths: 'rules' }"))),
                IsOk());
  }
};

TEST_F(CountTest, IsBlindUntilItIsPosted) {
  HaveItem("mug", 10);
  HaveItem("pen", 5);
  HaveItem("bag");
  const auto sheet = Open();
  ASSERT_THAT(sheet, IsOk());
  ASSERT_EQ(sheet->lines_size(), 2);
  EXPECT_EQ(sheet->lines(0).item(), "items/mug");
  EXPECT_FALSE(sheet->lines(0).has_book_quantity());
  EXPECT_THAT(Post(), HasReason("COUNT_INCOMPLETE"));
  ASSERT_THAT(Found("mug", 9), IsOk());
  ASSERT_THAT(Found("pen", 5), IsOk());
  const auto found = Found("bag", 2);
  ASSERT_THAT(found, IsOk());
  for (const StockCount::Line& line : found->lines()) EXPECT_FALSE(line.has_book_quantity() || line.has_difference());
  const auto posted = Post();
  ASSERT_THAT(posted, IsOk());
  EXPECT_EQ(posted->state(), StockCount::STATE_POSTED);
  EXPECT_EQ(posted->lines(0).book_quantity(), 10);
  EXPECT_EQ(posted->lines(0).difference(), -1);
  EXPECT_EQ(posted->lines(0).difference_value_minor(), -100);
  EXPECT_EQ(StockOf("items/mug").on_hand(), 9);
  EXPECT_EQ(StockOf("items/mug").value_minor(), 900);
  EXPECT_EQ(StockOf("items/pen").entry_count(), 1);
  EXPECT_EQ(StockOf("items/bag").on_hand(), 2);
  ExpectSound();
  const auto accuracy = Ask<v1::ComputeCountAccuracyResponse, v1::ComputeCountAccuracyRequest>("ComputeCountAccuracy", "start_time {}");
  ASSERT_THAT(accuracy, IsOk());
  ASSERT_EQ(accuracy->categories_size(), 1);
  EXPECT_EQ(accuracy->categories(0).line_count(), 3);
  EXPECT_EQ(accuracy->categories(0).exact_count(), 1);
  EXPECT_EQ(accuracy->categories(0).accuracy_bp(), 3333);
}

TEST_F(CountTest, WhatMovesMeanwhileIsNoDifference) {
  HaveItem("mug", 10);
  ASSERT_THAT(Reserve("r1", {Of("items/mug", 4)}), IsOk());
  ASSERT_THAT(Confirm("reservations/r1"), IsOk());
  ASSERT_THAT(Open(), IsOk());
  ASSERT_THAT(Found("mug", 11), IsOk());
  ASSERT_THAT(Issue("reservations/r1", {Of("items/mug", 4)}), IsOk());
  ASSERT_THAT(Receive("items/mug", 7, 100), IsOk());
  const auto posted = Post();
  ASSERT_THAT(posted, IsOk());
  EXPECT_EQ(posted->lines(0).book_quantity(), 10);
  EXPECT_EQ(posted->lines(0).difference(), 1);
  EXPECT_EQ(StockOf("items/mug").on_hand(), 14);
  ExpectSound();
}

TEST_F(CountTest, AnAdjustmentSinceMakesItStale) {
  HaveItem("mug", 10);
  ASSERT_THAT(Open(), IsOk());
  ASSERT_THAT(Found("mug", 9), IsOk());
  const auto other =
      Ask<StockCount, v1::CreateStockCountRequest>("CreateStockCount", "stock_count_id: 'd' stock_count { location: 'locations/main' }");
  ASSERT_THAT(other, IsOk());
  ASSERT_THAT(
      (Ask<StockCount, v1::RecordStockCountRequest>("RecordStockCount", "name: 'stockCounts/d' found { item: 'items/mug' quantity: 8 }")),
      IsOk());
  ASSERT_THAT(Call<StockCount>("PostStockCount", Manager(), Proto<v1::PostStockCountRequest>("name: 'stockCounts/d' reason: 'first'")),
              IsOk());
  EXPECT_THAT(Post(), HasReason("COUNT_STALE"));
  EXPECT_EQ(StockOf("items/mug").on_hand(), 8);
  ASSERT_THAT(Found("mug", 8), IsOk());
  ASSERT_THAT(Post(), IsOk());
  EXPECT_EQ(StockOf("items/mug").on_hand(), 8);
  ExpectSound();
}

TEST_F(CountTest, WhoCountedDoesNotPost) {
  HaveItem("mug", 10);
  ASSERT_THAT(Open(), IsOk());
  ASSERT_THAT(Call<StockCount>("RecordStockCount", Manager(),
                               Proto<v1::RecordStockCountRequest>("name: 'stockCounts/c' found { item: 'items/mug' quantity: 9 }")),
              IsOk());
  EXPECT_THAT(Post(), HasReason("OWN_COUNT"));
}

TEST_F(CountTest, BadLinesAreNamedTogether) {
  HaveItem("mug", 10);
  HaveTracked("cake");
  const std::string lot = HaveLot("cake", "a", 5, 10);
  ASSERT_THAT(Open("items: 'items/mug'"), IsOk());
  const auto bad = Ask<StockCount, v1::RecordStockCountRequest>(
      "RecordStockCount", absl::StrCat("name: 'stockCounts/c' found { item: 'items/mug' } found { item: 'items/mug' } found { item: "
                                       "'items/none' } found { item: 'items/mug' lot: '",
                                       lot, "' } found { item: 'items/cake' }"));
  EXPECT_THAT(bad, HasViolation("found[1].item", "COUNTED_TWICE"));
  EXPECT_THAT(bad, HasViolation("found[2].item", "UNKNOWN_ITEM"));
  EXPECT_THAT(bad, HasViolation("found[3].lot", "UNKNOWN_LOT"));
  EXPECT_THAT(bad, HasViolation("found[4].lot", "UNKNOWN_LOT"));
  EXPECT_THAT((Ask<StockCount, v1::CreateStockCountRequest>("CreateStockCount", "stock_count { location: 'locations/none' }")),
              HasViolation("stock_count.location", "UNKNOWN_LOCATION"));
  ASSERT_THAT((Ask<StockCount, v1::CancelStockCountRequest>("CancelStockCount", "name: 'stockCounts/c' reason: 'x'")), IsOk());
  EXPECT_THAT(Found("mug", 1), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(CountTest, ALossNamesTheReservationsInItsWayOrReleasesThem) {
  HaveItem("mug", 10);
  ASSERT_THAT(Reserve("r1", {Of("items/mug", 4)}), IsOk());
  ASSERT_THAT(ReserveUntil("r2", "mug", 5, 3), IsOk());
  ASSERT_THAT(Open(), IsOk());
  ASSERT_THAT(Found("mug", 3), IsOk());
  const auto refused = Post();
  EXPECT_THAT(refused, HasReason("COUNT_BREAKS_PROMISES"));
  EXPECT_THAT(refused, HasViolation("reservations/r1", "STANDS_IN_THE_WAY"));
  EXPECT_THAT(refused, HasViolation("reservations/r2", "STANDS_IN_THE_WAY"));
  EXPECT_EQ(StockOf("items/mug").on_hand(), 10);
  ASSERT_THAT(Post(true), IsOk());
  // The one without an end is the latest.
  EXPECT_EQ(ReservationOf("reservations/r1")->state(), v1::Reservation::STATE_RELEASED);
  const auto kept = ReservationOf("reservations/r2");
  EXPECT_EQ(kept->state(), v1::Reservation::STATE_HELD);
  EXPECT_EQ(kept->lines(0).released_quantity(), 2);
  EXPECT_EQ(StockOf("items/mug").reserved(), 3);
  EXPECT_EQ(StockOf("items/mug").on_hand(), 3);
  const auto events =
      Call<type::v1::ListEventsResponse>("ListEvents", Manager(), Proto<type::v1::ListEventsRequest>("subject: 'reservations/r2'"));
  ASSERT_THAT(events, IsOk());
  EXPECT_EQ(events->events(events->events_size() - 1).action(), "give_up");
  clock_.Advance(absl::Hours(2));
  EXPECT_EQ(RunJobs(), 1) << "the one that was released does not expire any more";
  ExpectSound();
}

TEST_F(CountTest, ALostLotFreesTheLatestNeed) {
  HaveTracked("cake");
  HaveLot("cake", "early", 5, 5);
  const std::string late = HaveLot("cake", "late", 5, 20);
  ASSERT_THAT(ReserveUntil("r1", "cake", 4, 4), IsOk());
  ASSERT_THAT(ReserveUntil("r2", "cake", 4, 18), IsOk());
  ASSERT_THAT(Open(), IsOk());
  const auto sheet = Ask<StockCount, v1::GetStockCountRequest>("GetStockCount", "name: 'stockCounts/c'");
  ASSERT_EQ(sheet->lines_size(), 2);
  for (const StockCount::Line& line : sheet->lines()) ASSERT_THAT(Found("cake", line.lot() == late ? 2 : 5, line.lot()), IsOk());
  EXPECT_THAT(Post(), HasReason("COUNT_BREAKS_PROMISES"));
  ASSERT_THAT(Post(true), IsOk());
  EXPECT_EQ(ReservationOf("reservations/r1")->lines(0).released_quantity(), 0);
  EXPECT_EQ(ReservationOf("reservations/r2")->lines(0).released_quantity(), 2);
  EXPECT_EQ(StockOf("items/cake").on_hand(), 7);
  ExpectSound();
}

// Against trying every quantity: as little as possible must go of what is promised.
TEST(MissingAfterLossTest, IsWhatTheLatestNeedsMustGiveUp) {
  std::mt19937 random(11);
  const absl::CivilDay first(2026, 1, 1);
  int missing_some = 0;
  for (int round = 0; round < 2000; ++round) {
    v1::Stock stock;
    stock.set_tracking(v1::ItemRules::TRACKING_LOT);
    Books books(stock);
    std::vector<ByDay> usable, needs;
    Balance whole;
    for (int i = 0; i < 3; ++i) {
      Balance lot;
      lot.on_hand = static_cast<int64_t>(random() % 6);
      lot.expiry = first + static_cast<int>(random() % 6);
      whole.on_hand += lot.on_hand;
      usable.push_back({lot.expiry, lot.on_hand});
      books.Put(kMainLocation, absl::StrCat("lot", i), lot);
    }
    for (int i = 0; i < 3; ++i) {
      const ByDay need{first + i * 2, static_cast<int64_t>(random() % 4)};
      needs.push_back(need);
      if (!AllCanBeMet(first, usable, needs)) {
        needs.pop_back();
        continue;
      }
      whole.reserved += need.quantity;
      books.PutNeed(kMainLocation, need.day, need.quantity);
    }
    books.Put(kMainLocation, "", whole);
    const int at = static_cast<int>(random() % 3);
    if (usable[at].quantity == 0) continue;
    const int64_t loss = 1 + static_cast<int64_t>(random() % usable[at].quantity);
    usable[at].quantity -= loss;
    int64_t released = 0;
    while (!AllCanBeMet(first, usable, needs)) {  // the latest first, one by one
      ++released;
      if (--needs.back().quantity == 0) needs.pop_back();
    }
    ASSERT_EQ(MissingAfterLoss(books, kMainLocation, absl::StrCat("lot", at), loss, first), released);
    missing_some += released > 0 ? 1 : 0;
  }
  EXPECT_GT(missing_some, 300);
}

}  // namespace
}  // namespace heitie::resource
