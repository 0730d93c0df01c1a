#include "services/resource/material/goods_receipt.h"

#include "heitie/resource/v1/goods_receipt.pb.h"
#include "services/resource/resource_test.h"

namespace heitie::resource {
namespace {

class GoodsReceiptTest : public ResourceTest {};

TEST_F(GoodsReceiptTest, RaisesTheStockAtMovingAverage) {
  HaveItem("mug");
  HaveItem("pen");
  const auto receipt = Call<v1::GoodsReceipt>("CreateGoodsReceipt", Specialist(), Proto<v1::CreateGoodsReceiptRequest>(R"pb(
                                                goods_receipt {
                                                  supplier: "Potter"
                                                  delivery_note: "D-7"
                                                  receive_date { year: 2026 month: 1 day: 1 }
                                                  lines { item: "items/mug" quantity: 10 unit_cost_minor: 100 }
                                                  lines { item: "items/pen" quantity: 3 }
                                                  lines { item: "items/mug" quantity: 30 unit_cost_minor: 200 }
                                                }
                                                goods_receipt_id: "g1"
                                              )pb"));
  ASSERT_THAT(receipt, IsOk());
  EXPECT_EQ(receipt->name(), "goodsReceipts/g1");
  EXPECT_EQ(StockOf("items/mug").on_hand(), 40);
  EXPECT_EQ(StockOf("items/mug").available(), 40);
  EXPECT_EQ(StockOf("items/mug").value_minor(), 7000);
  EXPECT_EQ(StockOf("items/mug").entry_count(), 2);
  EXPECT_EQ(StockOf("items/pen").on_hand(), 3);
  EXPECT_EQ(StockOf("items/pen").value_minor(), 0);

  const auto read = Call<v1::GoodsReceipt>("GetGoodsReceipt", Analyst(), Proto<v1::GetGoodsReceiptRequest>("name: 'goodsReceipts/g1'"));
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->lines_size(), 3);
  EXPECT_THAT(*read, test::EqualsProto(*receipt));
  const auto page = Call<v1::ListGoodsReceiptsResponse>("ListGoodsReceipts", Analyst(), v1::ListGoodsReceiptsRequest());
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->goods_receipts_size(), 1);
  ExpectSound();
}

TEST_F(GoodsReceiptTest, ARepetitionDoesNotRaiseTheStockTwice) {
  HaveItem("mug");
  const auto request = Proto<v1::CreateGoodsReceiptRequest>(R"pb(
    goods_receipt {
      supplier: "Potter"
      receive_date { year: 2026 month: 1 day: 1 }
      lines { item: "items/mug" quantity: 10 unit_cost_minor: 100 }
    }
    request_id: "once"
  )pb");
  const auto first = Call<v1::GoodsReceipt>("CreateGoodsReceipt", Specialist(), request);
  const auto second = Call<v1::GoodsReceipt>("CreateGoodsReceipt", Specialist(), request);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(first->name(), second->name());
  EXPECT_EQ(StockOf("items/mug").on_hand(), 10);
}

TEST_F(GoodsReceiptTest, NamesEveryUnknownItemAndRaisesNothing) {
  HaveItem("mug");
  const auto refused = Call<v1::GoodsReceipt>("CreateGoodsReceipt", Specialist(), Proto<v1::CreateGoodsReceiptRequest>(R"pb(
                                                goods_receipt {
                                                  supplier: "Potter"
                                                  receive_date { year: 2026 month: 1 day: 1 }
                                                  lines { item: "items/none" quantity: 1 }
                                                  lines { item: "items/mug" quantity: 1 }
                                                  lines { item: "items/nil" quantity: 1 }
                                                }
                                              )pb"));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("lines[0].item: items/none"));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("lines[2].item: items/nil"));
  EXPECT_EQ(StockOf("items/mug").on_hand(), 0);
}

TEST_F(GoodsReceiptTest, RefusesWhatCannotBeKeptExactly) {
  HaveItem("mug", 1);
  EXPECT_THAT(Receive("items/mug", 1'000'000'000, 1'000'000'000), HasReason("STOCK_LIMIT"));
  EXPECT_EQ(StockOf("items/mug").on_hand(), 1);
}

TEST_F(GoodsReceiptTest, RefusesNonsense) {
  HaveItem("mug");
  EXPECT_EQ(Receive("items/mug", 0, 100).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Receive("items/mug", -1, 100).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Receive("items/mug", 1, -1).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace heitie::resource
