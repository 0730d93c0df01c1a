#include "services/resource/material/item.h"

#include "heitie/resource/v1/item.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "services/resource/resource_test.h"

namespace heitie::resource {
namespace {

class ItemTest : public ResourceTest {};

TEST_F(ItemTest, CategoriesAreCreatedReadListedAndChanged) {
  const auto created =
      Call<v1::ItemCategory>("CreateItemCategory", Specialist(),
                             Proto<v1::CreateItemCategoryRequest>("item_category { display_name: 'Gifts' } item_category_id: 'gifts'"));
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->name(), "itemCategories/gifts");
  EXPECT_EQ(created->creator(), "employees/specialist");

  const auto updated = Call<v1::ItemCategory>("UpdateItemCategory", Manager(), Proto<v1::UpdateItemCategoryRequest>(R"pb(
                                                item_category { name: "itemCategories/gifts" description: "For visitors" }
                                                update_mask { paths: "description" }
                                              )pb"));
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->display_name(), "Gifts");
  EXPECT_EQ(updated->description(), "For visitors");

  const auto read = Call<v1::ItemCategory>("GetItemCategory", Analyst(), Proto<v1::GetItemCategoryRequest>("name: 'itemCategories/gifts'"));
  ASSERT_THAT(read, IsOk());
  EXPECT_THAT(*read, test::EqualsProto(*updated));
  const auto page = Call<v1::ListItemCategoriesResponse>("ListItemCategories", Analyst(), v1::ListItemCategoriesRequest());
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->item_categories_size(), 1);
}

TEST_F(ItemTest, ANewItemHasAnEmptyStock) {
  HaveItem("mug");
  const v1::Stock stock = StockOf("items/mug");
  EXPECT_EQ(stock.item(), "items/mug");
  EXPECT_EQ(stock.on_hand(), 0);
  EXPECT_EQ(stock.available(), 0);
  EXPECT_EQ(stock.entry_count(), 0);
}

TEST_F(ItemTest, AnItemNeedsACategoryThatExists) {
  const auto refused = Call<v1::Item>(
      "CreateItem", Specialist(), Proto<v1::CreateItemRequest>(R"pb(
        item { display_name: "Mug" category: "itemCategories/none" unit: "piece" currency_code: "TWD" custodian: "employees/keeper" }
      )pb"));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("itemCategories/none"));
}

TEST_F(ItemTest, AnItemChangesItsCustodianButNotItsUnit) {
  HaveItem("mug");
  const auto updated = Call<v1::Item>("UpdateItem", Specialist(), Proto<v1::UpdateItemRequest>(R"pb(
                                        item { name: "items/mug" custodian: "employees/other" }
                                        update_mask { paths: "custodian" }
                                      )pb"));
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->custodian(), "employees/other");
  EXPECT_EQ(updated->etag(), "2");

  Call<v1::Item>("UpdateItem", Specialist(), Proto<v1::UpdateItemRequest>(R"pb(item { name: "items/mug" unit: "box" }
                                                                               update_mask { paths: "unit" })pb"))
      .IgnoreError();
  const auto read = Call<v1::Item>("GetItem", Specialist(), Proto<v1::GetItemRequest>("name: 'items/mug'"));
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->unit(), "piece");
}

TEST_F(ItemTest, AnItemDoesNotMoveToACategoryThatDoesNotExist) {
  HaveItem("mug");
  const auto refused = Call<v1::Item>("UpdateItem", Specialist(), Proto<v1::UpdateItemRequest>(R"pb(
                                        item { name: "items/mug" category: "itemCategories/none" }
                                        update_mask { paths: "category" }
                                      )pb"));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ItemTest, ItemsAreListedByCategory) {
  HaveItem("mug");
  HaveItem("pen");
  const auto page =
      Call<v1::ListItemsResponse>("ListItems", Analyst(), Proto<v1::ListItemsRequest>("filter: 'category = \"itemCategories/gifts\"'"));
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->items_size(), 2);
  EXPECT_EQ(page->items(0).name(), "items/mug");
  EXPECT_THAT(
      Call<v1::ListItemsResponse>("ListItems", Analyst(), Proto<v1::ListItemsRequest>("filter: 'category = \"itemCategories/none\"'"))
          ->items(),
      ::testing::IsEmpty());
}

TEST_F(ItemTest, AnalystsDoNotCreateItems) {
  const auto refused = Call<v1::ItemCategory>("CreateItemCategory", Analyst(),
                                              Proto<v1::CreateItemCategoryRequest>("item_category { display_name: 'Gifts' }"));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace heitie::resource
