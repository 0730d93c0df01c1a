// Categories, locations, items and suppliers through the service (policy S3, S4).
#include <thread>

#include "absl/strings/str_cat.h"
#include "google/protobuf/empty.pb.h"
#include "heitie/resource/v1/location.pb.h"
#include "heitie/resource/v1/supplier.pb.h"
#include "services/resource/resource_test.h"

namespace heitie::resource {
namespace {

using test::HasViolation;
using v1::ItemRules;

class CatalogueTest : public ResourceTest {
 protected:
  template <typename Resp, typename Req>
  absl::StatusOr<Resp> Ask(const std::string& method, const std::string& request) {
    return Call<Resp>(method, Specialist(), Proto<Req>(request));
  }
  absl::StatusOr<v1::ItemCategory> Category(const std::string& id, const std::string& above, const std::string& rules = "") {
    return Ask<v1::ItemCategory, v1::CreateItemCategoryRequest>(
        "CreateItemCategory", absl::StrCat("item_category_id: '", id, "' item_category { display_name: 'x' parent_category: '", above,
                                           "' rules {", rules, "} }"));
  }
  absl::StatusOr<v1::ItemCategory> Below(const std::string& id, const std::string& above) {
    return Ask<v1::ItemCategory, v1::UpdateItemCategoryRequest>(
        "UpdateItemCategory", absl::StrCat("item_category { name: 'itemCategories/", id, "' parent_category: 'itemCategories/", above,
                                           "' } update_mask { paths: 'parent_category' }"));
  }
  absl::StatusOr<v1::Item> SetRules(const std::string& rules) {
    return Ask<v1::Item, v1::UpdateItemRequest>(
        "UpdateItem", absl::StrCat("item { name: 'items/mug' rules {", rules, "} } update_mask { paths: 'rules' }"));
  }
  v1::ExplainItemRulesResponse Rules() {
    const auto rules = Ask<v1::ExplainItemRulesResponse, v1::ExplainItemRulesRequest>("ExplainItemRules", "name: 'items/mug'");
    EXPECT_THAT(rules, IsOk());
    return rules.value_or(v1::ExplainItemRulesResponse());
  }
  absl::StatusOr<v1::SupplierPrice> Price(const std::string& supplier, const std::string& more) {
    return Ask<v1::SupplierPrice, v1::CreateSupplierPriceRequest>(
        "CreateSupplierPrice",
        absl::StrCat("parent: 'suppliers/", supplier, "' supplier_price { item: 'items/mug' currency_code: 'TWD' price_quantity: 1 ",
                     "minimum_quantity: 1 breaks { from_quantity: 1 price_minor: 100 } lead_days: 5 ", more, " }"));
  }
  void HaveSupplier(const std::string& id) {
    ASSERT_THAT((Ask<v1::Supplier, v1::CreateSupplierRequest>("CreateSupplier",
                                                              absl::StrCat("supplier_id: '", id,
                                                                           "' supplier { display_name: 'Printer' contacts { display_name: "
                                                                           "'Orders' email: 'orders@example.com' } }"))),
                IsOk());
  }
};

TEST_F(CatalogueTest, ACategoryIsNeverBelowItself) {
  ASSERT_THAT(Category("a", ""), IsOk());
  ASSERT_THAT(Category("b", "itemCategories/a"), IsOk());
  ASSERT_THAT(Category("c", "itemCategories/b"), IsOk());
  EXPECT_THAT(Category("d", "itemCategories/none"), HasViolation("item_category.parent_category", "UNKNOWN_CATEGORY"));
  EXPECT_THAT(Below("a", "c"), HasViolation("item_category.parent_category", "CATEGORY_CYCLE"));
  EXPECT_THAT(Below("a", "a"), HasViolation("item_category.parent_category", "CATEGORY_CYCLE"));
  EXPECT_THAT(Below("c", "a"), IsOk());
}

TEST_F(CatalogueTest, WhatWasCreatedByMistakeGoesWhileNothingRefersToIt) {
  const auto forget = [&](const std::string& category, const std::string& more = "") {
    return Ask<google::protobuf::Empty, v1::DeleteItemCategoryRequest>("DeleteItemCategory",
                                                                       absl::StrCat("name: 'itemCategories/", category, "' ", more));
  };
  ASSERT_THAT(Category("a", ""), IsOk());
  ASSERT_THAT(Category("b", "itemCategories/a"), IsOk());
  const auto held = forget("a");
  EXPECT_THAT(held, HasReason("STILL_REFERRED"));
  EXPECT_THAT(std::string(held.status().message()), ::testing::HasSubstr("itemCategories/b"));
  EXPECT_THAT(forget("b", "etag: '7'"), HasReason("STALE_ETAG"));
  EXPECT_THAT(forget("b", "validate_only: true"), IsOk());
  ASSERT_THAT(forget("b"), IsOk());
  ASSERT_THAT(forget("a"), IsOk());
  EXPECT_THAT(forget("a"), HasReason("NOT_FOUND"));

  HaveItem("mug");
  HaveSupplier("used");
  HaveSupplier("mistake");
  ASSERT_THAT(Price("used", "valid_from { year: 2026 month: 1 day: 1 }"), IsOk());
  const auto forget_supplier = [&](const std::string& id) {
    return Ask<google::protobuf::Empty, v1::DeleteSupplierRequest>("DeleteSupplier", absl::StrCat("name: 'suppliers/", id, "'"));
  };
  EXPECT_THAT(forget_supplier("used"), HasReason("STILL_REFERRED")) << "a price is below it";
  EXPECT_THAT(forget_supplier("mistake"), IsOk());
}

TEST_F(CatalogueTest, OfTwoMovesThatCloseACircleOneIsRefused) {
  for (int round = 0; round < 8; ++round) {
    const std::string a = absl::StrCat("a", round), b = absl::StrCat("b", round);
    ASSERT_THAT(Category(a, ""), IsOk());
    ASSERT_THAT(Category(b, ""), IsOk());
    absl::Status one, other;
    std::thread thread([&] { one = Below(a, b).status(); });
    other = Below(b, a).status();
    thread.join();
    EXPECT_NE(one.ok(), other.ok()) << one << other;
  }
}

TEST_F(CatalogueTest, ALocationIsNeverAPartOfItself) {
  const auto create = [&](const std::string& id, const std::string& above) {
    return Ask<v1::Location, v1::CreateLocationRequest>(
        "CreateLocation",
        absl::StrCat("location_id: '", id, "' location { display_name: 'x' kind: KIND_STORE parent_location: '", above, "' }"));
  };
  ASSERT_THAT(create("room", "locations/main"), IsOk());
  ASSERT_THAT(create("shelf", "locations/room"), IsOk());
  EXPECT_THAT(create("x", "locations/none"), HasViolation("location.parent_location", "UNKNOWN_LOCATION"));
  const auto moved = Ask<v1::Location, v1::UpdateLocationRequest>(
      "UpdateLocation", "location { name: 'locations/main' parent_location: 'locations/shelf' } update_mask { paths: 'parent_location' }");
  EXPECT_THAT(moved, HasViolation("location.parent_location", "LOCATION_CYCLE"));
}

TEST_F(CatalogueTest, ALocationIsPutAwayWhileNothingRefersToItAndTakenBack) {
  const auto create = [&](const std::string& id, const std::string& above) {
    return Ask<v1::Location, v1::CreateLocationRequest>(
        "CreateLocation",
        absl::StrCat("location_id: '", id, "' location { display_name: 'x' kind: KIND_STORE parent_location: '", above, "' }"));
  };
  const auto archive = [&](const std::string& id, const std::string& more = "") {
    return Ask<v1::Location, v1::ArchiveLocationRequest>("ArchiveLocation", absl::StrCat("name: 'locations/", id, "' ", more));
  };
  ASSERT_THAT(create("room", ""), IsOk());
  ASSERT_THAT(create("shelf", "locations/room"), IsOk());
  const auto held = archive("room");
  EXPECT_THAT(held, HasReason("STILL_REFERRED"));
  EXPECT_THAT(std::string(held.status().message()), ::testing::HasSubstr("locations/shelf"));
  EXPECT_THAT(archive("main"), HasReason("ALWAYS_NEEDED"));
  EXPECT_THAT(archive("shelf", "etag: '7'"), HasReason("STALE_ETAG"));
  ASSERT_THAT(archive("shelf"), IsOk());
  EXPECT_THAT(archive("shelf"), IsOk()) << "it is so already";
  // Whoever knows it still reads it; nothing new names it.
  const auto read = Ask<v1::Location, v1::GetLocationRequest>("GetLocation", "name: 'locations/shelf'");
  ASSERT_THAT(read, IsOk());
  EXPECT_TRUE(read->archived());
  EXPECT_THAT(create("box", "locations/shelf"), HasViolation("location.parent_location", "UNKNOWN_LOCATION"));
  HaveItem("mug");
  const std::string there =
      "goods_receipt { supplier: 's' receive_date { year: 2026 month: 1 day: 1 } lines { item: 'items/mug' quantity: 1 location: "
      "'locations/shelf' } }";
  EXPECT_THAT((Ask<v1::GoodsReceipt, v1::CreateGoodsReceiptRequest>("CreateGoodsReceipt", there)),
              HasViolation("goods_receipt.lines[0].location", "UNKNOWN_LOCATION"));
  const auto listed = Ask<v1::ListLocationsResponse, v1::ListLocationsRequest>("ListLocations", "filter: 'archived = true'");
  ASSERT_THAT(listed, IsOk());
  EXPECT_EQ(listed->locations_size(), 1);
  EXPECT_THAT((Ask<v1::Location, v1::RestoreLocationRequest>("RestoreLocation", "name: 'locations/shelf'")), IsOk());
  EXPECT_THAT(create("box", "locations/shelf"), IsOk());
}

TEST_F(CatalogueTest, WhatAnItemDoesNotSayItsCategoriesSay) {
  ASSERT_THAT(Category("all", "", "valuation: VALUATION_FIFO shelf_life_days: 30 expense_account: '6100'"), IsOk());
  ASSERT_THAT(Category("gifts", "itemCategories/all", "usage: USAGE_DURABLE shelf_life_days: 0"), IsOk());
  HaveItem("mug");
  v1::ExplainItemRulesResponse rules = Rules();
  EXPECT_EQ(rules.rules().usage(), ItemRules::USAGE_DURABLE);
  EXPECT_EQ(rules.rules().valuation(), ItemRules::VALUATION_FIFO);
  EXPECT_EQ(rules.rules().tracking(), ItemRules::TRACKING_NONE);
  EXPECT_EQ(rules.rules().shelf_life_days(), 0);
  EXPECT_EQ(rules.rules().expense_account(), "6100");
  EXPECT_EQ(rules.kept_valuation(), ItemRules::VALUATION_FIFO);
  std::map<std::string, std::string> sources;
  for (const auto& source : rules.sources()) sources[source.rule()] = source.resource();
  EXPECT_EQ(sources["usage"], "itemCategories/gifts");
  EXPECT_EQ(sources["valuation"], "itemCategories/all");
  EXPECT_EQ(sources["tracking"], "");
  ASSERT_THAT(SetRules("usage: USAGE_CONSUMABLE tracking: TRACKING_LOT"), IsOk());
  rules = Rules();
  EXPECT_EQ(rules.rules().usage(), ItemRules::USAGE_CONSUMABLE);
  EXPECT_EQ(rules.kept_tracking(), ItemRules::TRACKING_LOT);
}

TEST_F(CatalogueTest, RulesOfWhatIsOwnedDoNotChange) {
  HaveItem("mug", 10);
  EXPECT_THAT(SetRules("valuation: VALUATION_FIFO"), HasReason("RULES_IN_USE"));
  EXPECT_THAT(SetRules("usage: USAGE_DURABLE valuation: VALUATION_MOVING_AVERAGE"), IsOk());
  // What the category says from now on counts once nothing is owned.
  ASSERT_THAT((Ask<v1::ItemCategory, v1::UpdateItemCategoryRequest>(
                  "UpdateItemCategory",
                  "item_category { name: 'itemCategories/gifts' rules { tracking: TRACKING_LOT } } update_mask { paths: 'rules' }")),
              IsOk());
  EXPECT_EQ(Rules().rules().tracking(), ItemRules::TRACKING_LOT);
  EXPECT_EQ(Rules().kept_tracking(), ItemRules::TRACKING_NONE);
  ASSERT_THAT(Receive("items/mug", 1, 100), IsOk());
  ASSERT_THAT(Reserve("r1", {Of("items/mug", 11)}), IsOk());
  ASSERT_THAT(Confirm("reservations/r1"), IsOk());
  ASSERT_THAT(Issue("reservations/r1", {Of("items/mug", 11)}), IsOk());
  EXPECT_THAT(Receive("items/mug", 1, 100), HasViolation("goods_receipt.lines[0].lot_code", "LOT_CODE_REQUIRED"));
  ExpectSound();
}

TEST_F(CatalogueTest, ARetiredItemIsUsedUp) {
  HaveItem("mug", 10);
  const auto retired = Ask<v1::Item, v1::RetireItemRequest>("RetireItem", "name: 'items/mug' reason: 'old logo'");
  ASSERT_THAT(retired, IsOk());
  EXPECT_EQ(retired->state(), v1::Item::STATE_RETIRED);
  EXPECT_THAT(retired->allowed_verbs(), ::testing::ElementsAre("reinstate"));
  EXPECT_THAT(Receive("items/mug", 1, 100), HasReason("ITEM_RETIRED"));
  HaveSupplier("a");
  EXPECT_THAT(Price("a", "valid_from { year: 2026 month: 1 day: 1 }"), HasReason("ITEM_RETIRED"));
  EXPECT_THAT(Reserve("r1", {Of("items/mug", 10)}), HasReason("ITEM_RETIRED"));
  ASSERT_THAT((Ask<v1::Item, v1::ReinstateItemRequest>("ReinstateItem", "name: 'items/mug' reason: 'again'")), IsOk());
  EXPECT_THAT(Receive("items/mug", 1, 100), IsOk());
}

TEST_F(CatalogueTest, QuantitiesOfOtherUnitsAreWhole) {
  HaveItem("mug");
  ASSERT_THAT((Ask<v1::Item, v1::UpdateItemRequest>(
                  "UpdateItem",
                  "item { name: 'items/mug' units { unit: 'box' numerator: 12 denominator: 1 } units { unit: 'half' numerator: "
                  "1 denominator: 2 } } update_mask { paths: 'units' }")),
              IsOk());
  const auto receipt = Ask<v1::GoodsReceipt, v1::CreateGoodsReceiptRequest>(
      "CreateGoodsReceipt",
      "goods_receipt { supplier: 's' receive_date { year: 2026 month: 1 day: 1 } lines { item: 'items/mug' quantity: 2 "
      "unit: 'box' unit_cost_minor: 1000 } lines { item: 'items/mug' quantity: 1 cost_minor: 7 } }");
  ASSERT_THAT(receipt, IsOk());
  EXPECT_EQ(receipt->lines(0).quantity(), 24);
  EXPECT_EQ(receipt->lines(0).entered_quantity(), 2);
  EXPECT_EQ(receipt->lines(0).cost_minor(), 2000);
  EXPECT_EQ(StockOf("items/mug").on_hand(), 25);
  EXPECT_EQ(StockOf("items/mug").value_minor(), 2007);
  auto wanted = Wanted("r1", {Of("items/mug", 1)});
  wanted.mutable_reservation()->mutable_lines(0)->set_unit("half");
  EXPECT_THAT(Call<v1::Reservation>("CreateReservation", Specialist(), wanted),
              HasViolation("reservation.lines[0].quantity", "UNIT_NOT_WHOLE"));
  wanted.mutable_reservation()->mutable_lines(0)->set_unit("box");
  const auto held = Call<v1::Reservation>("CreateReservation", Specialist(), wanted);
  ASSERT_THAT(held, IsOk());
  EXPECT_EQ(held->lines(0).quantity(), 12);
  ASSERT_THAT(Confirm("reservations/r1"), IsOk());
  v1::ItemQuantity quantity = Of("items/mug", 8);
  quantity.set_unit("half");
  ASSERT_THAT(Issue("reservations/r1", {quantity}), IsOk());
  EXPECT_EQ(StockOf("items/mug").on_hand(), 21);
  ExpectSound();
}

TEST_F(CatalogueTest, OnePriceADay) {
  HaveItem("mug");
  HaveSupplier("a");
  ASSERT_THAT(Price("a", "valid_from { year: 2026 month: 1 day: 1 } valid_until { year: 2026 month: 1 day: 31 }"), IsOk());
  EXPECT_THAT(Price("a", "valid_from { year: 2026 month: 1 day: 31 }"), HasReason("PRICE_OVERLAPS"));
  EXPECT_THAT(Price("a", "valid_from { year: 2026 month: 2 day: 2 } valid_until { year: 2026 month: 2 day: 1 }"),
              HasViolation("supplier_price.valid_until", "DATES_REVERSED"));
  EXPECT_THAT(Price("a", "unit: 'box' valid_from { year: 2026 month: 1 day: 1 }"), HasViolation("supplier_price.unit", "UNKNOWN_UNIT"));
  EXPECT_THAT(Price("a", "valid_from { year: 2026 month: 2 day: 1 }"), IsOk());
  EXPECT_EQ(Price("none", "valid_from { year: 2026 month: 2 day: 1 }").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(CatalogueTest, SuppliersQuote) {
  HaveItem("mug");
  HaveSupplier("a");
  HaveSupplier("b");
  const auto price = Price("a", "valid_from { year: 2026 month: 1 day: 1 }");
  ASSERT_THAT(price, IsOk());
  ASSERT_THAT(Price("b", "valid_from { year: 2027 month: 1 day: 1 }"), IsOk());
  auto quote = Ask<v1::QuoteItemResponse, v1::QuoteItemRequest>("QuoteItem", "name: 'items/mug' quantity: 7");
  ASSERT_THAT(quote, IsOk());
  ASSERT_EQ(quote->offers_size(), 1);
  EXPECT_EQ(quote->offers(0).supplier(), "suppliers/a");
  EXPECT_EQ(quote->offers(0).cost_minor(), 700);
  quote =
      Ask<v1::QuoteItemResponse, v1::QuoteItemRequest>("QuoteItem", "name: 'items/mug' quantity: 7 date { year: 2027 month: 3 day: 1 }");
  EXPECT_EQ(quote->offers_size(), 2);
  const auto ended = Ask<v1::SupplierPrice, v1::UpdateSupplierPriceRequest>(
      "UpdateSupplierPrice", absl::StrCat("supplier_price { name: '", price->name(),
                                          "' valid_until { year: 2026 month: 6 day: 30 } } update_mask { paths: 'valid_until' }"));
  ASSERT_THAT(ended, IsOk());
  quote =
      Ask<v1::QuoteItemResponse, v1::QuoteItemRequest>("QuoteItem", "name: 'items/mug' quantity: 7 date { year: 2027 month: 3 day: 1 }");
  EXPECT_EQ(quote->offers_size(), 1);
}

}  // namespace
}  // namespace heitie::resource
