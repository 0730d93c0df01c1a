#include "services/resource/stock/lot_stages.h"

#include "absl/strings/str_cat.h"
#include "services/resource/resource_test.h"

namespace heitie::resource {
namespace {

using ::testing::ElementsAre;
using v1::Lot;

TEST(StageOfTest, ByTheDaysThatAreLeft) {
  const absl::CivilDay expiry(2026, 3, 31);
  EXPECT_EQ(StageOf(expiry, absl::CivilDay(2026, 2, 28), 30).stage, Lot::STAGE_FINE);
  EXPECT_EQ(StageOf(expiry, absl::CivilDay(2026, 2, 28), 30).next, absl::CivilDay(2026, 3, 1));
  EXPECT_EQ(StageOf(expiry, absl::CivilDay(2026, 3, 1), 30).stage, Lot::STAGE_EXPIRING);
  EXPECT_EQ(StageOf(expiry, expiry, 30).stage, Lot::STAGE_EXPIRING);
  EXPECT_EQ(StageOf(expiry, expiry, 30).next, absl::CivilDay(2026, 4, 1));
  EXPECT_EQ(StageOf(expiry, expiry + 1, 30).stage, Lot::STAGE_EXPIRED);
  EXPECT_FALSE(StageOf(expiry, expiry + 1, 30).next);
}

class LotStagesTest : public ResourceTest {
 protected:
  std::vector<std::string> EventsOf(const std::string& subject) {
    type::v1::ListEventsRequest request;
    request.set_subject(subject);
    const auto events = Call<type::v1::ListEventsResponse>("ListEvents", Manager(), request);
    EXPECT_THAT(events, IsOk());
    std::vector<std::string> actions;
    for (const auto& event : events->events()) actions.push_back(event.action());
    return actions;
  }
  // `items/cake` in lots; the lot that came.
  std::string HaveCake(const std::string& code, int quantity, int month, int day) {
    if (!Call<v1::Item>("GetItem", Specialist(), Proto<v1::GetItemRequest>("name: 'items/cake'")).ok()) {
      HaveItem("cake");
      EXPECT_THAT(Call<v1::Item>("UpdateItem", Specialist(),
                                 Proto<v1::UpdateItemRequest>(
                                     "item { name: 'items/cake' rules { tracking: TRACKING_LOT } } update_mask { paths: 'rules' }")),
                  IsOk());
    }
    const auto receipt = Call<v1::GoodsReceipt>(
        "CreateGoodsReceipt", Specialist(),
        Proto<v1::CreateGoodsReceiptRequest>(absl::StrCat(
            "goods_receipt { supplier: 's' receive_date { year: 2026 month: 1 day: 1 } lines { ", "item: 'items/cake' quantity: ", quantity,
            " cost_minor: 100 lot_code: '", code, "' expiry_date { year: 2026 month: ", month, " day: ", day, " } } }")));
    EXPECT_THAT(receipt, IsOk());
    return receipt->lines(0).lot();
  }
};

TEST_F(LotStagesTest, ALotIsReportedOnceBeforeItExpiresAndOnceAfterwards) {
  const std::string lot = HaveCake("a", 5, 3, 31);
  clock_.Set(absl::FromCivil(absl::CivilDay(2026, 3, 1), service::DefaultTimeZone()) - absl::Seconds(1));
  EXPECT_EQ(RunJobs(), 0);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(RunJobs(), 1);
  EXPECT_EQ(RunJobs(), 0);
  EXPECT_THAT(EventsOf(lot), ElementsAre("create", "expire_soon"));
  EXPECT_EQ(StockOf("items/cake").available(), 5);
  clock_.Set(absl::FromCivil(absl::CivilDay(2026, 4, 1), service::DefaultTimeZone()));
  EXPECT_EQ(RunJobs(), 1);
  EXPECT_THAT(EventsOf(lot), ElementsAre("create", "expire_soon", "expire"));
  EXPECT_EQ(StockOf("items/cake").blocked(), 5);
  EXPECT_EQ(StockOf("items/cake").available(), 0);
  EXPECT_EQ(StockOf("items/cake").level(), v1::Stock::LEVEL_OUT);
  EXPECT_THAT(EventsOf("items/cake/stock"), ElementsAre("create", "adopt_rules", "receive", "block_expired", "run_out"));
  ExpectSound();
}

TEST_F(LotStagesTest, OfWhatIsUsedUpNobodyHears) {
  const std::string soon = HaveCake("b", 1, 1, 10), gone = HaveCake("a", 2, 3, 31);
  EXPECT_EQ(RunJobs(), 1) << "it came when it was about to expire";
  EXPECT_THAT(EventsOf(soon), ElementsAre("create", "expire_soon"));
  auto wanted = Wanted("r1", {Of("items/cake", 2)});
  *wanted.mutable_reservation()->mutable_lines(0)->mutable_need_date() = Proto<google::type::Date>("year: 2026 month: 3 day: 1");
  ASSERT_THAT(Call<v1::Reservation>("CreateReservation", Specialist(), wanted), IsOk());
  ASSERT_THAT(Confirm("reservations/r1"), IsOk());
  ASSERT_THAT(Issue("reservations/r1", {Of("items/cake", 2)}), IsOk());
  clock_.Set(absl::FromCivil(absl::CivilDay(2026, 3, 5), service::DefaultTimeZone()));
  EXPECT_EQ(RunJobs(), 2);
  EXPECT_THAT(EventsOf(gone), ElementsAre("create"));
}

TEST_F(LotStagesTest, LowAndOutOncePerEpisode) {
  HaveItem("mug");
  ASSERT_THAT(
      Call<v1::Item>("UpdateItem", Specialist(),
                     Proto<v1::UpdateItemRequest>("item { name: 'items/mug' low_quantity: 5 } update_mask { paths: 'low_quantity' }")),
      IsOk());
  ASSERT_THAT(Receive("items/mug", 10, 100), IsOk());
  EXPECT_EQ(StockOf("items/mug").level(), v1::Stock::LEVEL_FINE);
  ASSERT_THAT(Reserve("r1", {Of("items/mug", 5)}), IsOk());
  EXPECT_EQ(StockOf("items/mug").level(), v1::Stock::LEVEL_LOW);
  ASSERT_THAT(Reserve("r2", {Of("items/mug", 1)}), IsOk());
  ASSERT_THAT(ReleaseReservation("reservations/r1"), IsOk());
  EXPECT_EQ(StockOf("items/mug").level(), v1::Stock::LEVEL_FINE);
  ASSERT_THAT(Reserve("r3", {Of("items/mug", 9)}), IsOk());
  EXPECT_EQ(StockOf("items/mug").level(), v1::Stock::LEVEL_OUT);
  ASSERT_THAT(Receive("items/mug", 2, 100), IsOk());
  EXPECT_EQ(StockOf("items/mug").level(), v1::Stock::LEVEL_LOW);
  EXPECT_THAT(EventsOf("items/mug/stock"),
              ElementsAre("create", "set_low", "receive", "reserve", "run_low", "reserve", "release", "reserve", "run_out", "receive"));
  const auto low = Call<v1::ListStocksResponse>("ListStocks", Analyst(), Proto<v1::ListStocksRequest>("filter: 'level = LEVEL_LOW'"));
  ASSERT_THAT(low, IsOk());
  EXPECT_EQ(low->stocks_size(), 1);
  ExpectSound();
}

}  // namespace
}  // namespace heitie::resource
